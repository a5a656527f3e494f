/* SPDX-License-Identifier: MIT */
/* Threads that fault, with room for the report and without; and one that faults again while it
 * reports, when somebody joins it whose deadline is the first of many. */
#include "kernel/console/log.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/sched/thread_internal.h"
#include "tests/evidence/puppets.h"

#define STACK_LARGE 131072

/* Frames enough for the longest trace, then a fault. */
static NOINLINE uint64_t sinks(uint64_t depth) {
    volatile uint8_t room[16];
    room[depth % sizeof room] = (uint8_t)depth;
    if (depth == 0) {
        *(volatile uint32_t *)(uintptr_t)room[0] = 1;
    }
    return depth == 0 ? 0 : sinks(depth - 1) + room[0];
}

static void faults(void) {
    thread_exit((int64_t)sinks(30));
}

static void overflows(void) {
    thread_exit((int64_t)sinks(UINT64_MAX));
}

static void loses_stack(void) {
    __asm__ volatile("mov x16, #0\n\tmov sp, x16\n\tldr x17, [sp, #-16]" ::
                         : "x16", "x17", "memory");
}

static void writes_constant(void) {
    static const uint32_t constant = 1;
    uintptr_t address = (uintptr_t)&constant;
    __asm__ volatile("" : "+r"(address));
    *(volatile uint32_t *)address = 2;
}

static void jumps_unaligned(void) {
    __asm__ volatile("adr x16, 1f\n\tadd x16, x16, #2\n\tbr x16\n1:\tnop" ::: "x16");
}

static void breaks(void) {
    __asm__ volatile("brk #0xffff");
}

static void undefined(void) {
    __asm__ volatile("udf #0");
}

static void fault_once(void (*act)(void), const char *what) {
    thread_id_t id = actor_begin(act, 0, false);
    actor_go();
    TAP_EQ(thread_join(id, NULL), STATUS_FAULTED, what);
}

static void fault_kinds(void) {
    int level = log_threshold;
    log_set_level(LOG_LEVEL_TRACE); /* registers too */
    fault_once(faults, "a write to nowhere, deep in calls");
    fault_once(overflows, "a stack that is too small");
    fault_once(loses_stack, "no stack at all");
    fault_once(undefined, "an undefined instruction");
    fault_once(writes_constant, "a write to a constant");
    fault_once(jumps_unaligned, "a jump off the grid of instructions");
    fault_once(breaks, "a breakpoint");
    log_set_level((enum log_level)level);
}

/* --- Again, while it reports -------------------------------------------------------------------- */

static paddr_t stolen[2];

/* Takes two pages of the stack away on which the report runs, or gives them back. */
static void stack_steal(vaddr_t page) {
    for (unsigned i = 0; i < ARRAY_SIZE(stolen); i++) {
        vaddr_t at = vaddr_add(page, i * PAGE_SIZE);
        TAP_REQUIRE(translate_kernel_va(at, &stolen[i]) == STATUS_OK &&
                        unmap_kernel_region(at, PAGE_SIZE) == STATUS_OK,
                    "a page of the stack goes");
    }
}

static void stack_restore(vaddr_t page) {
    for (unsigned i = 0; i < ARRAY_SIZE(stolen); i++) {
        TAP_REQUIRE(map_kernel_region(vaddr_add(page, i * PAGE_SIZE), stolen[i], PAGE_SIZE,
                                      KERNEL_READ_WRITE) == STATUS_OK,
                    "it is back");
    }
}

/* Main comes while the actor reports its first fault, and takes its stack away. */
static void fault_again(void) {
    puppets_begin();
    thread_id_t actor = actor_begin(faults, STACK_LARGE, false);
    struct wait wait = {.kind = WAIT_JOIN, .other = actor};
    events_arm_soon(&wait);
    events_lower(EVIDENCE_BELOW); /* the joiner waits low, and not alone */
    thread_sleep_ticks(5000);
    const struct thread *thread = &thread_slots[actor.index];
    TAP_OK(thread->faulted && thread->state == THREAD_READY, "the actor reports");
    vaddr_t below = vaddr(page_align_down(thread->frame.sp) - PAGE_SIZE);
    stack_steal(below);
    actor_go();
    thread_sleep_ticks(10000);
    TAP_EQ(events_first()->result, STATUS_FAULTED, "a fault while reporting ends it");
    stack_restore(below);
    events_raise();
    events_call_off();
    puppets_end();
}

static const struct scenario fault_scenarios[] = {
    {"fault_kinds", fault_kinds},
    {"fault_again", fault_again},
};
SCENARIO_ROOM(fault);
