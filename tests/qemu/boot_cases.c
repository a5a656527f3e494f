/* SPDX-License-Identifier: MIT */
/* How the machine was found and left by the boot.
 * Without a device tree this is the group that runs. */
#include "arch/mmu.h"
#include "kernel/app.h"
#include "kernel/cpu/cpu.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "lib/bits.h"
#include "tests/qemu/groups.h"

#define READ_REGISTER(name)                                                                        \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })

#define HIGH UINT64_C(0xffff000000000000)

static uint8_t zeroed[65536];
static uint64_t initialised = UINT64_C(0x0123456789abcdef);

static void boot_level(void) {
    TAP_EQ(READ_REGISTER(CurrentEL) >> 2, 1, "threads run at EL1");
    TAP_EQ(READ_REGISTER(spsel), 0, "on their own stack pointer");
    TAP_EQ(READ_REGISTER(daif) & 0x80, 0, "interrupts unmasked");
    /* QEMU enters at the highest level there is: with an EL2 the boot has come down from it. */
    record_number("boot_el2", ((READ_REGISTER(id_aa64pfr0_el1) >> 8) & 15) != 0);
}

static void boot_high_half(void) {
    TAP_OK(READ_REGISTER(vbar_el1) >= HIGH, "the vectors are high");
    TAP_OK((uint64_t)(uintptr_t)&boot_high_half >= HIGH, "the text is high");
    TAP_OK((uint64_t)(uintptr_t)arch_cpu_self() >= HIGH, "the CPU's state is high");
    int here;
    TAP_OK((uint64_t)(uintptr_t)&here >= HIGH, "the stack is high");
    TAP_OK((READ_REGISTER(sctlr_el1) & 0x1005) == 0x1005, "MMU, data and instruction cache are on");
    TAP_OK(arch_user_root_is_clear(), "the identity map is gone");
}

static void boot_memory(void) {
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof(zeroed); i++) {
        wrong += zeroed[i] != 0;
    }
    TAP_EQ(wrong, 0, ".bss is zero");
    TAP_OK(initialised == UINT64_C(0x0123456789abcdef), ".data is as linked");
    struct frame_statistics frames;
    frame_statistics_read(&frames);
    /* The image and the like take some: rounded up to 32 MiB it is what the machine has. */
    record_number("boot_ram_mib", align_up(frames.total * PAGE_SIZE, 32 << 20) >> 20);
}

/* Arguments come with the device tree, and only with it. */
static void boot_arguments(void) {
    record_text("boot_arguments", app_argument("case") != NULL ? "given" : "none");
    TAP_OK(app_argument("no_such_key") == NULL, "an argument that was not given is not there");
}

/* A debug build tries the containers at boot, on the kernel's heap, which keeps the mark of it;
 * nobody else has asked for memory yet. Had one failed, the boot would have stopped. */
static void boot_containers(void) {
    struct heap_stats heap;
    heap_stats(&heap);
    TAP_EQ(heap.memory.peak != 0, GENRT_DEBUG, "the containers were tried in a debug build");
    TAP_EQ(heap.memory.used, 0, "and gave all memory back");
    record_text("boot_containers", heap.memory.peak != 0 ? "tried" : "not_tried");
}

static void boot_time(void) {
    TAP_OK(time_frequency_hz() >= 1000000, "the counter has a frequency");
    instant_t begin = time_now();
    instant_t last = begin;
    unsigned backwards = 0;
    for (unsigned i = 0; i < 1000; i++) {
        instant_t now = time_now();
        backwards += instant_before(now, last);
        last = now;
    }
    TAP_EQ(backwards, 0, "and never goes back");
    TAP_OK(instant_before(begin, last), "but on");
}

static const struct test_case boot_cases[] = {
    {"boot_level", boot_level, TEST_ALWAYS},   {"boot_high_half", boot_high_half, TEST_ALWAYS},
    {"boot_memory", boot_memory, TEST_ALWAYS}, {"boot_arguments", boot_arguments, TEST_ALWAYS},
    {"boot_time", boot_time, TEST_ALWAYS},     {"boot_containers", boot_containers, TEST_ALONE},
};
TEST_GROUP(boot);
