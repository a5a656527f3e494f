/* SPDX-License-Identifier: MIT */
/* Addresses in words: with the stacks of simulated threads, and regions that are numbers. */
#include "kernel/where.h"

#include <stdio.h>

#include "arch/probe.h"
#include "kernel/mm/region.h"
#include "kernel/panic.h"
#include "tests/unit/kernel/scenario.h"

/* Whether what is asked about is mapped: the host's own answer is always yes. */
static bool is_mapped = true;
#define arch_probe_readable(address, size) (is_mapped && (arch_probe_readable)((address), (size)))
#include "kernel/where.c"

/* As kernel/report.c, which asks about every byte. */
bool panic_subject_of(const struct thread *thread, struct panic_subject *subject) {
    *subject =
        (struct panic_subject){.index = thread->id.index, .generation = thread->id.generation};
    snprintf(subject->name, sizeof subject->name, "%s", thread->name);
    return true;
}

static const char *where(uint64_t address, enum fault_access access) {
    static char text[WHERE_TEXT_MAX];
    memset(text, '#', sizeof text);
    where_describe(vaddr(address), access, text, sizeof text);
    return text;
}

TEST(addresses_of_nobody) {
    machine_reset();
    region_forget();
    EXPECT_STRING(where(0, FAULT_READS), "null pointer: never mapped");
    EXPECT_STRING(where(1, FAULT_EXECUTES), "null pointer + 1 byte: never mapped");
    EXPECT_STRING(where(4095, FAULT_READS), "null pointer + 4095 bytes: never mapped");
    EXPECT_STRING(where(4096, FAULT_WRITES), "user half: mapped to read; this was a write");
    is_mapped = false;
    EXPECT_STRING(where(4096, FAULT_READS), "user half: not mapped");
    EXPECT_STRING(where(UINT64_C(0x0000ffffffffffff), FAULT_READS), "user half: not mapped");
    is_mapped = true;
    EXPECT_STRING(where(UINT64_C(0x0001000000000000), FAULT_READS),
                  "no address: its upper 16 bits are neither all 0 nor all 1");
    EXPECT_STRING(where(UINT64_C(0xfffeffffffffffff), FAULT_READS),
                  "no address: its upper 16 bits are neither all 0 nor all 1");
    EXPECT_STRING(where(UINT64_MAX - 1, FAULT_WRITES),
                  "a page without a name: mapped to read; this was a write");
    is_mapped = false;
    EXPECT_STRING(where(UINT64_MAX, FAULT_READS), "no memory mapped");
    is_mapped = true;
}

#define BASE UINT64_C(0xffff900000000000)

static void add(const char *name, uint64_t offset, uint64_t size, enum region_use use) {
    EXPECT_EQ(region_add(name, vaddr(BASE + offset), size, use), STATUS_OK);
}

TEST(regions_and_what_is_right_in_them) {
    machine_reset();
    region_forget();
    add("text", 0x1000, 0x1000, REGION_TEXT);
    add("constants", 0x2000, 0x1000, REGION_CONSTANTS);
    add("data", 0x3000, 0x1000, REGION_DATA);
    add("device", 0x4000, 0x1000, REGION_DEVICE);
    add("tower", 0x8000, 0x1000, REGION_GUARD);
    EXPECT_STRING(where(BASE + 0x1004, FAULT_READS), "text + 4 bytes: to read and execute");
    EXPECT_STRING(where(BASE + 0x1004, FAULT_EXECUTES), "text + 4 bytes: to read and execute");
    EXPECT_STRING(where(BASE + 0x1004, FAULT_WRITES),
                  "text + 4 bytes: to read and execute; this was a write");
    EXPECT_STRING(where(BASE + 0x2001, FAULT_READS), "constants + 1 byte: to read");
    EXPECT_STRING(where(BASE + 0x2001, FAULT_WRITES),
                  "constants + 1 byte: to read; this was a write");
    EXPECT_STRING(where(BASE + 0x3000, FAULT_WRITES), "data + 0 bytes: to read and write");
    EXPECT_STRING(where(BASE + 0x3000, FAULT_EXECUTES),
                  "data + 0 bytes: to read and write; this was an execution");
    EXPECT_STRING(where(BASE + 0x4000, FAULT_OTHER),
                  "device + 0 bytes: registers, to read and write");
    EXPECT_STRING(where(BASE + 0x4000, FAULT_EXECUTES),
                  "device + 0 bytes: registers, to read and write; this was an execution");
    EXPECT_STRING(where(BASE + 0x8ff0, FAULT_READS),
                  "guard page 16 bytes below tower: never mapped; this was a read");
    EXPECT_STRING(where(BASE + 0x8ff0, FAULT_OTHER),
                  "guard page 16 bytes below tower: never mapped; this was another access");
    is_mapped = false;
    EXPECT_STRING(where(BASE + 0x3000, FAULT_WRITES),
                  "data + 0 bytes: to read and write; but this page is not mapped");
    is_mapped = true;
}

TEST(between_regions) {
    machine_reset();
    region_forget();
    add("low", 0, 0x1000, REGION_DATA);
    add("high", UINT64_C(0x800000000000) - 0x1000 - 0x100000000000, 0x1000, REGION_DATA);
    is_mapped = false;
    EXPECT_STRING(where(BASE + 0x1000, FAULT_READS),
                  "no memory mapped: nearest is low, which ends 0 bytes below");
    EXPECT_STRING(where(BASE + 0x1000 + 0xfffff, FAULT_READS),
                  "no memory mapped: nearest is low, which ends 1048575 bytes below");
    EXPECT_STRING(where(BASE + 0x1000 + (UINT64_C(1) << 20), FAULT_READS),
                  "no memory mapped: nearest is low, which ends 1 MiB below");
    EXPECT_STRING(where(BASE + 0x1000 + (UINT64_C(3) << 30), FAULT_READS),
                  "no memory mapped: nearest is low, which ends 3 GiB below");
    EXPECT_STRING(where(BASE + (UINT64_C(5) << 40), FAULT_READS),
                  "no memory mapped: nearest is low, which ends 4 TiB below");
    EXPECT_STRING(where(BASE - 1, FAULT_READS),
                  "no memory mapped: nearest is low, which begins 1 byte above");
    is_mapped = true;
}

TEST(a_text_that_is_cut_ends_all_the_same) {
    char text[24];
    machine_reset();
    region_forget();
    add("a region with a name", 0, 0x1000, REGION_TEXT);
    for (size_t size = 1; size < sizeof text; size++) {
        memset(text, '#', sizeof text);
        where_describe(vaddr(BASE + 7), FAULT_WRITES, text, size);
        EXPECT_EQ(strlen(text), size - 1);
        EXPECT(text[size] == '#');
        EXPECT(strncmp(text, "a region with a name + ", size - 1) == 0);
    }
}

/* --- Stacks ------------------------------------------------------------------------------------- */

static char expected[WHERE_TEXT_MAX];

static const char *about(const char *before, const struct thread *thread, const char *behind) {
    snprintf(expected, sizeof expected, "%s%s' (%u.%u)%s", before, thread->name, thread->id.index,
             thread->id.generation, behind);
    return expected;
}

static void looks_around(void *argument) {
    const struct thread *self = arch_cpu_self()->current;
    const struct thread *other = &thread_slots[((const thread_id_t *)argument)->index];
    const uint64_t low = self->stack->low.value;
    const uint64_t end = stack_top(self->stack).value;
    EXPECT_STRING(where(low - 16, FAULT_WRITES),
                  about("guard page 16 bytes below the stack of thread '", self,
                        ", its own: never mapped; this was a write"));
    EXPECT_STRING(where(low - PAGE_SIZE, FAULT_READS),
                  about("guard page 4096 bytes below the stack of thread '", self,
                        ", its own: never mapped; this was a read"));
    EXPECT_STRING(where(low, FAULT_EXECUTES),
                  about("the stack of thread '", self,
                        " + 0 bytes, its own: to read and write; this was an execution"));
    EXPECT_STRING(where(end, FAULT_READS),
                  about("guard page 0 bytes above the end of the stack of thread '", self,
                        ", its own: never mapped; this was a read"));
    EXPECT_STRING(where(end + PAGE_SIZE - 1, FAULT_READS),
                  about("guard page 4095 bytes above the end of the stack of thread '", self,
                        ", its own: never mapped; this was a read"));
    EXPECT_STRING(where(other->stack->low.value - 1, FAULT_WRITES),
                  about("guard page 1 byte below the stack of thread '", other,
                        ", not its own: never mapped; this was a write"));
    EXPECT_STRING(
        where(other->stack->low.value + 64, FAULT_READS),
        about("the stack of thread '", other, " + 64 bytes, not its own: to read and write"));
    note('l');
}

static void waits(void *argument) {
    (void)argument;
    thread_sleep_ticks(1000);
}

static void stacks_of_both_kinds(void *argument) {
    (void)argument;
    struct thread_attributes attributes = {.name = "other", .priority = 20};
    thread_id_t other;
    thread_id_t looker;
    for (unsigned large = 0; large < 2; large++) {
        attributes.stack_size = large ? CONFIG_STACK_BASE_SIZE + 1 : 0;
        EXPECT_EQ(thread_spawn(waits, NULL, &attributes, &other), STATUS_OK);
        attributes.name = "looker";
        EXPECT_EQ(thread_spawn(looks_around, &other, &attributes, &looker), STATUS_OK);
        attributes.name = "other";
        EXPECT_EQ(thread_join(looker, NULL), STATUS_OK);
        EXPECT_EQ(thread_join(other, NULL), STATUS_OK);
    }
    const struct stack *nobodys = stack_of_slot(CONFIG_THREAD_SLOTS - 1);
    EXPECT_STRING(
        where(nobodys->low.value - 2, FAULT_READS),
        "guard page 2 bytes below a stack that nobody has: never mapped; this was a read");
}

TEST(stacks_and_whose_they_are) {
    region_forget();
    run(stacks_of_both_kinds);
    EXPECT_STRING(trace, "ll");
}
