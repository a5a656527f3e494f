/* SPDX-License-Identifier: MIT */
/* See hostile.h. */
#include "tests/qemu/hostile.h"

#include "abi/syscall.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/heap.h"
#include "kernel/proc/process_object.h"
#include "tests/invariants/invariants.h"
#include "tests/qemu/user_build.h"

#define WITNESS    (MAIN + 8)
#define PERIOD     UINT64_C(400000) /* ticks */
#define LATE       600              /* more than alone: one masked stretch */
#define JOBS_ALONE 10
#define LOOK_PHASE                                                                                 \
    (PERIOD / 4) /* when the job is over, and so long that the look is before the next */

MAILBOX_TYPE(stop_box, uint64_t)
MAILBOX_STATIC(stop_box, own, 2);
MAILBOX_STATIC(stop_box, stop, 1);

/* --- What must be back -------------------------------------------------------------------------- */

struct left left_now(void) {
    struct left left = {.frames = frames_free(), .threads = thread_slots_free()};
    struct heap_stats heap;
    heap_stats(&heap);
    left.heap = heap.memory.used;
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        left.processes += process_slots[i].state == PROCESS_FREE;
    }
    return left;
}

void left_is_same(const struct left *before) {
    const struct left now = left_now();
    TAP_EQ(now.frames, before->frames, "all frames are back");
    TAP_EQ(now.heap, before->heap, "all of the heap is");
    TAP_EQ(now.threads, before->threads, "all threads are");
    TAP_EQ(now.processes, before->processes, "all processes are");
}

/* Each the head of a list of those before. */
static paddr_t hoard;

void frames_hoard(uint64_t spare) {
    paddr_t frame;
    for (uint64_t free = frames_free(); free > spare; free--) {
        TAP_REQUIRE(frame_alloc(&frame) == STATUS_OK, "a frame");
        *(paddr_t *)phys_to_virt(frame) = hoard;
        hoard = frame;
    }
}

void frames_give_back(void) {
    while (hoard.value != 0) {
        const paddr_t frame = hoard;
        hoard = *(const paddr_t *)phys_to_virt(frame);
        TAP_REQUIRE(frame_free(frame) == STATUS_OK, "a frame goes back");
    }
}

/* --- Who looks ---------------------------------------------------------------------------------- */

static const char *broken;
static volatile bool watching;
static unsigned looks;

static void look(bool memory) {
    struct invariants_view view = {0};
    __asm__ volatile("mrs %0, cntv_cval_el0" : "=r"(view.compare));
    arch_irq_mask();
    const char *rule = invariants_broken_irq(&view);
    if (rule == NULL && memory) {
        rule = invariants_memory_broken_irq();
    }
    arch_irq_unmask();
    broken = broken != NULL ? broken : rule;
}

/* Between two jobs of the witness, every fourth time. */
static void watches(void *first) {
    instant_t moment = {*(const uint64_t *)first + LOOK_PHASE};
    while (watching) {
        thread_sleep_until(moment);
        look(false);
        looks++;
        moment.ticks += 4 * PERIOD;
    }
}

/* --- The witness -------------------------------------------------------------------------------- */

struct testimony {
    uint64_t longest, shortest, late, jobs;
};

static struct testimony alone;

static process_id_t witness_start(uint64_t first) {
    uint32_t own_handle, stop_handle;
    const process_id_t id = BUILD(witness);
    TAP_REQUIRE(process_give_mailbox(id, &own.mailbox, HANDLE_RIGHT_ALL, &own_handle) ==
                        STATUS_OK &&
                    process_give_mailbox(id, &stop.mailbox, HANDLE_RIGHT_RECEIVE, &stop_handle) ==
                        STATUS_OK,
                "two handles");
    const uint64_t data[] = {own_handle, stop_handle, first, PERIOD};
    TAP_REQUIRE(process_map(id, vaddr(DATA), PAGE_SIZE, data, sizeof data, USER_READ_ONLY) ==
                    STATUS_OK,
                "its data");
    start_at(id, DATA, WITNESS);
    return id;
}

static struct testimony witness_stop(process_id_t id) {
    const uint64_t word = 1;
    struct process_end end = {0};
    TAP_REQUIRE(stop_box_send(&stop, &word) == STATUS_OK, "the witness is asked to stop");
    TAP_REQUIRE(process_wait_until(id, &end, INSTANT_NEVER) == STATUS_OK, "and does");
    const uint64_t code = (uint64_t)end.code;
    return (struct testimony){code & 0xffff, code >> 16 & 0xffff, code >> 32 & 0xffff, code >> 48};
}

static struct testimony witnessed(void (*deed)(void)) {
    static uint64_t first;
    first = time_now().ticks + PERIOD;
    const process_id_t id = witness_start(first);
    watching = true;
    const thread_id_t watcher = test_spawn(watches, &first, WITNESS - 1);
    deed();
    watching = false;
    test_join(watcher);
    return witness_stop(id);
}

static void nothing(void) {
    thread_sleep_ticks(JOBS_ALONE * PERIOD);
}

void hostile_do(const char *name, void (*deed)(void)) {
    if (alone.jobs == 0) {
        alone = witnessed(nothing);
        record_number("witness_alone", alone.longest);
        TAP_OK(alone.jobs >= JOBS_ALONE - 1 && alone.longest == alone.shortest,
               "alone, every job is like the other");
    }
    const struct left before = left_now();
    looks = 0;
    const struct testimony among = witnessed(deed);
    record_text("deed", name);
    record_number("jobs", among.jobs);
    record_number("late", among.late);
    left_is_same(&before);
    look(true);
    TAP_TEXT(broken != NULL ? broken : "", "", "the kernel's structures are whole");
    TAP_OK(looks > 0, "and were, meanwhile");
    TAP_OK(among.jobs > 0, "the other process worked");
    TAP_EQ(among.longest, alone.longest, "its jobs took no instruction more");
    TAP_EQ(among.shortest, alone.shortest, "nor less");
    TAP_OK(among.late <= alone.late + LATE, "and none was late by more than a masked stretch");
}
