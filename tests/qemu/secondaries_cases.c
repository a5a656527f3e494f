/* SPDX-License-Identifier: MIT */
/* CPUs that come in at _start one after the other, as some loaders let them, while the first one
 * works: they park, and touch nothing. */
#include "kernel/mm/direct_map.h"
#include "tests/qemu/groups.h"

#define SECONDARIES 3
#define WAIT_MS     5

/* PSCI: Arm DEN 0022, 5.1.4, 5.1.5; calls by SMC Calling Convention, DEN 0028. */
#define PSCI_CPU_ON        UINT64_C(0xc4000003)
#define PSCI_AFFINITY_INFO UINT64_C(0xc4000004)
#define PSCI_SUCCESS       0
#define PSCI_ALREADY_ON    (-4)
#define AFFINITY_ON        0
#define AFFINITY_OFF       1

/* Parts of the image, kernel.ld.S: text and constants must stay as they are, and so must the boot's
 * own memory, which nobody uses any more and which every boot begins by clearing. The latter is
 * linked low, where code cannot reach: its addresses come from memory. */
extern char __text_start[], __rodata_end[], __boot_text_start[], __boot_bss_start[],
    __boot_bss_end[];
static char *volatile low_entry = __boot_text_start;
static char *volatile low_memory[] = {__boot_bss_start, __boot_bss_end};

static uint64_t sentinel[512];

static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c) {
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;
    uint64_t features;
    __asm__("mrs %0, id_aa64pfr0_el1" : "=r"(features));
    /* QEMU virt listens for HVC, but where the machine has an EL2 that is the guest's own: there
     * for SMC. */
    if (((features >> 8) & 15) == 0) {
        __asm__ volatile("hvc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8",
                           "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    } else {
        __asm__ volatile("smc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"x4", "x5", "x6", "x7", "x8",
                           "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    }
    return (int64_t)x0;
}

static uint64_t sum_of(const char *start, const char *end) {
    uint64_t sum = 0;
    for (const uint64_t *word = (const void *)start; word < (const uint64_t *)(const void *)end;
         word++) {
        sum = sum * 31 + *word;
    }
    return sum;
}

static uint64_t *boot_memory_words(uint64_t *count) {
    *count = (uint64_t)(low_memory[1] - low_memory[0]) / sizeof(uint64_t);
    return phys_to_virt(paddr((uint64_t)(uintptr_t)low_memory[0]));
}

static void mark(uint64_t *words, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        words[i] = ~i;
    }
}

static uint64_t spoiled(const uint64_t *words, uint64_t count) {
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < count; i++) {
        wrong += words[i] != ~i;
    }
    return wrong;
}

static void boot_secondaries(void) {
    uint64_t boot_count;
    uint64_t *boot_words = boot_memory_words(&boot_count);
    uint64_t entry = (uint64_t)(uintptr_t)low_entry;
    uint64_t sum = sum_of(__text_start, __rodata_end);
    TAP_EQ(entry, 0x40080000, "_start is where every loader looks for it");
    TAP_OK(boot_count > 1024, "the boot had memory of its own");
    mark(boot_words, boot_count);
    mark(sentinel, ARRAY_SIZE(sentinel));
    for (uint64_t cpu = 1; cpu <= SECONDARIES; cpu++) {
        TAP_EQ(psci(PSCI_AFFINITY_INFO, cpu, 0, 0), AFFINITY_OFF, "a CPU is off");
        TAP_EQ(psci(PSCI_CPU_ON, cpu, entry, 0), PSCI_SUCCESS, "it is sent to _start");
        instant_t begin = time_now();
        thread_sleep_ms(WAIT_MS);
        TAP_OK(instant_since(time_now(), begin).ticks >= time_ms(WAIT_MS).ticks,
               "time goes on here");
    }
    for (uint64_t cpu = 1; cpu <= SECONDARIES; cpu++) {
        TAP_EQ(psci(PSCI_AFFINITY_INFO, cpu, 0, 0), AFFINITY_ON, "it is on");
        TAP_EQ(psci(PSCI_CPU_ON, cpu, entry, 0), PSCI_ALREADY_ON, "and stays so");
    }
    TAP_EQ(spoiled(boot_words, boot_count), 0, "boot stack and boot tables were not touched");
    TAP_EQ(spoiled(sentinel, ARRAY_SIZE(sentinel)), 0, ".bss neither");
    TAP_OK(sum_of(__text_start, __rodata_end) == sum, "nor text and constants");
}

static const struct test_case secondaries_cases[] = {
    {"boot_secondaries", boot_secondaries, TEST_ALONE},
};
TEST_GROUP(secondaries);
