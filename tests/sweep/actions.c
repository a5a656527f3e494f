/* SPDX-License-Identifier: MIT */
/* The most harmful legal things that can happen between two instructions of an operation. */
#include "kernel/console/log.h"
#include "kernel/ipc/irq_line.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/sched/sched.h"
#include "tests/sweep/cast.h"

#define OTHER_AREA (KERNEL_AREA_BASE + (UINT64_C(3) << 40))

static void answer(status_t status) {
    fact_set(scene.is_second ? FACT_SECOND : FACT_ACTION, status);
}

static void nothing(void) {
}

/* --- Others run --- */

static void wakes_higher(void) {
    target_tell('n');
}

static void tells_target_to_send(void) {
    target_tell('s');
}

static void tells_target_to_receive(void) {
    target_tell('r');
}

/* Between its turns the subject runs on, by a few instructions more each time. */
static void sleeps_again(void) {
    for (unsigned i = 0; i < 12 && !scene.done; i++) {
        thread_sleep_ticks(400 + 11 * i);
    }
}

/* The subject runs on at each yield, until it waits or ends. */
static void yields(void) {
    thread_id_t self = thread_self();
    unsigned level = LEVEL_ATTACKER;
    (void)!thread_get_priority(self, &level);
    answer(thread_set_priority(self, LEVEL_SUBJECT));
    for (unsigned i = 0; i < 3; i++) {
        thread_yield();
    }
    (void)!thread_set_priority(self, level);
}

static void child_main(void *argument) {
    (void)argument;
}

static status_t spawn_child(unsigned level, uint64_t stack_size) {
    const struct thread_attributes attributes = {
        .name = "child", .priority = (uint8_t)level, .detached = true, .stack_size = stack_size};
    return thread_spawn(child_main, NULL, &attributes, NULL);
}

static void spawns_higher(void) {
    answer(spawn_child(LEVEL_TARGET, 0));
}

static void spawns_equal(void) {
    answer(spawn_child(LEVEL_SUBJECT, 0));
}

/* The children end before the subject goes on: all slots have been used. */
static void spawns_all(void) {
    while (spawn_child(LEVEL_TARGET, 0) == STATUS_OK) {
    }
}

/* The children outlive the operation: it finds no slot, and no stack of a larger class. */
static void spawns_all_lower(void) {
    while (spawn_child(LEVEL_LOWERED - 1, CONFIG_STACK_BASE_SIZE + 1) == STATUS_OK) {
    }
    while (spawn_child(LEVEL_LOWERED - 1, 0) == STATUS_OK) {
    }
}

/* --- The box --- */

static void sends(void) {
    answer(cast_try_send(3));
}

static void receives(void) {
    int32_t value;
    answer(cast_try_receive(&value));
    fact_set(FACT_GAIN, value);
}

static void sends_many(void) {
    int32_t sent = 0;
    for (unsigned i = 0; i < 4; i++) {
        sent += cast_try_send(3 + i) == STATUS_OK;
    }
    answer(sent);
}

static void receives_many(void) {
    int32_t value;
    int32_t sum = 0;
    while (cast_try_receive(&value) == STATUS_OK) {
        sum = value == TORN || sum == TORN ? TORN : sum * 20 + value;
    }
    fact_set(FACT_GAIN, sum);
}

/* The box is as before, and yet another. */
static void receives_and_sends(void) {
    int32_t value;
    answer(cast_try_receive(&value));
    (void)!cast_try_send(4);
    fact_set(FACT_GAIN, value);
}

static void closes(void) {
    answer(box_close(&box));
}

/* --- Mutexes --- */

static void locks_and_unlocks(unsigned number) {
    status_t status = mutex_lock_until(&locks[number], instant_add(scene.start, (duration_t){FAR}));
    if (status == STATUS_OK || status == STATUS_OWNER_DIED) {
        (void)!mutex_unlock(&locks[number]);
    }
    answer(status);
}

static void locks_first(void) {
    locks_and_unlocks(0);
}

/* Its time is up soon, wherever the others are. */
static void locks_briefly(void) {
    status_t status = mutex_lock_until(&locks[0], time_after(time_ticks(300)));
    if (status == STATUS_OK || status == STATUS_OWNER_DIED) {
        (void)!mutex_unlock(&locks[0]);
    }
}

static void locks_second(void) {
    locks_and_unlocks(1);
}

static void closes_lock(void) {
    answer(mutex_close(&locks[0]));
}

static void signals(void) {
    condition_signal(&changed);
}

static void reads_shared(void) {
    status_t status = rwlock_read_lock_until(&shared, instant_add(scene.start, (duration_t){FAR}));
    if (status == STATUS_OK) {
        (void)!rwlock_read_unlock(&shared);
    }
    answer(status);
}

static void writes_shared(void) {
    status_t status = rwlock_write_lock_until(&shared, instant_add(scene.start, (duration_t){FAR}));
    if (status == STATUS_OK) {
        (void)!rwlock_write_unlock(&shared);
    }
    answer(status);
}

/* A writer that gives up: whom it kept out may enter. */
static void writes_shared_briefly(void) {
    if (rwlock_write_lock_until(&shared, time_after(time_ticks(300))) == STATUS_OK) {
        (void)!rwlock_write_unlock(&shared);
    }
}

static void closes_shared(void) {
    answer(rwlock_close(&shared));
}

/* --- Priorities --- */

static void sets_level(enum role role, unsigned level) {
    answer(thread_set_priority(scene.id[role], level));
}

static void raises_subject(void) {
    sets_level(ROLE_SUBJECT, LEVEL_TARGET + 1);
}

static void lowers_subject(void) {
    sets_level(ROLE_SUBJECT, LEVEL_LOWERED);
}

static void sets_subject_same(void) {
    sets_level(ROLE_SUBJECT, LEVEL_SUBJECT);
}

static void raises_peer(void) {
    sets_level(ROLE_PEER, LEVEL_TARGET + 1);
}

static void lowers_peer(void) {
    sets_level(ROLE_PEER, LEVEL_LOWERED);
}

static void raises_target(void) {
    sets_level(ROLE_TARGET, LEVEL_TARGET + 1);
}

static void lowers_target(void) {
    sets_level(ROLE_TARGET, LEVEL_LOWERED);
}

/* --- Ends and joins --- */

static void ends_target(void) {
    target_tell('x');
}

static void faults_target(void) {
    target_tell('f');
}

/* There is no call that ends another thread. But what is above it may write the registers that it
 * will go on with: then its next instruction is fetched from where nothing is, and it faults at the
 * very place where it was interrupted. */
static void faults_subject(void) {
    struct thread *subject = &thread_slots[scene.id[ROLE_SUBJECT].index];
    arch_irq_mask();
    if (scene.interrupted == ROLE_SUBJECT && subject->frame.kind == FRAME_FULL) {
        subject->frame.pc = FAULT_ADDRESS;
    }
    arch_irq_unmask();
}

static void detaches_subject(void) {
    answer(thread_detach(scene.id[ROLE_SUBJECT]));
}

/* Until the end: it does not come to its own. */
static void suspends_subject(void) {
    answer(thread_suspend(scene.id[ROLE_SUBJECT]));
}

static void suspends_and_resumes(void) {
    status_t status = thread_suspend(scene.id[ROLE_SUBJECT]);
    answer(status == STATUS_OK ? thread_resume(scene.id[ROLE_SUBJECT]) : status);
}

static void resumes_subject(void) {
    answer(thread_resume(scene.id[ROLE_SUBJECT]));
}

static void joins(enum role role, instant_t deadline) {
    int64_t code = 0;
    status_t status = thread_join_until(scene.id[role], &code, deadline);
    answer(status == STATUS_OK ? (int32_t)code : status);
}

static void joins_subject(void) {
    joins(ROLE_SUBJECT, INSTANT_NEVER);
}

static void joins_subject_briefly(void) {
    joins(ROLE_SUBJECT, time_after(time_ticks(900)));
}

static void detaches_target(void) {
    answer(thread_detach(scene.id[ROLE_TARGET]));
}

static void joins_target_briefly(void) {
    joins(ROLE_TARGET, time_after(time_ticks(900)));
}

/* --- Memory and the log --- */

static void churns_heap(void) {
    void *first = heap_alloc(40);
    void *second = heap_aligned(100, 256);
    void *third = heap_alloc(5000);
    heap_free(second);
    first = heap_resize(first, 3000);
    heap_free(third);
    answer(first != NULL);
    heap_free(first);
}

/* What the subject is about to get, or has just given. */
static void churns_frames(void) {
    paddr_t one;
    paddr_t run;
    status_t status = frame_alloc(&one);
    answer(frame_alloc_contiguous(3, PAGE_SIZE, &run));
    if (status == STATUS_OK) {
        (void)!frame_free(one);
    }
    (void)!frame_free_contiguous(run, 3);
}

static void churns_tables(void) {
    paddr_t frame;
    if (frame_alloc(&frame) != STATUS_OK) {
        return;
    }
    answer(map_kernel_region(vaddr(OTHER_AREA), frame, PAGE_SIZE, KERNEL_READ_WRITE));
    (void)!protect_kernel_region(vaddr(OTHER_AREA), PAGE_SIZE, KERNEL_READ_ONLY);
    (void)!unmap_kernel_region(vaddr(OTHER_AREA), PAGE_SIZE);
    (void)!frame_free(frame);
}

static void *held_block;
static paddr_t held_frame;
static bool holds_a_frame;

/* These are kept until all are at rest. */
static void holds_memory(void) {
    if (!holds_a_frame) {
        holds_a_frame = frame_alloc(&held_frame) == STATUS_OK;
        held_block = heap_alloc(64);
    }
    answer(holds_a_frame);
}

void actions_clean(void) {
    heap_free(held_block);
    held_block = NULL;
    if (holds_a_frame) {
        (void)!frame_free(held_frame);
        holds_a_frame = false;
    }
}

static void logs(void) {
    for (unsigned i = 0; i < 5; i++) {
        log_write(LOG_LEVEL_ERROR, "sweep", "a burst, line %u", i);
    }
}

/* --- The line --- */

static void interrupts(void) {
    answer(irq_trigger(CAST_LINE));
}

static void unbinds_line(void) {
    answer(irq_line_unbind(CAST_LINE));
}

const struct action sweep_actions[] = {
    {"nothing", nothing, ACTION_ALL_MODES | ACTION_BUDGET},
    {"wakes_higher", wakes_higher, ACTION_ALL_MODES},
    {"sends", sends, ACTION_ALL_MODES},
    {"receives", receives, ACTION_ALL_MODES},
    {"sends_many", sends_many, ACTION_ALL_MODES},
    {"receives_many", receives_many, ACTION_ALL_MODES},
    {"receives_and_sends", receives_and_sends, ACTION_ALL_MODES},
    {"target_sends", tells_target_to_send, ACTION_ALL_MODES},
    {"target_receives", tells_target_to_receive, ACTION_ALL_MODES},
    {"closes", closes, ACTION_ALL_MODES | ACTION_BUDGET},
    {"locks_first", locks_first, OF_LOCKS | ACTION_ALL_MODES | ACTION_BUDGET},
    {"locks_briefly", locks_briefly, OF_LOCKS | ACTION_ALL_MODES},
    {"locks_second", locks_second, OF_LOCKS},
    {"closes_lock", closes_lock, OF_LOCKS | ACTION_ALL_MODES},
    {"signals", signals, OF_LOCKS | ACTION_ALL_MODES},
    {"reads_shared", reads_shared, OF_SHARES | ACTION_ALL_MODES},
    {"writes_shared", writes_shared, OF_SHARES | ACTION_ALL_MODES | ACTION_BUDGET},
    {"writes_shared_briefly", writes_shared_briefly, OF_SHARES},
    {"closes_shared", closes_shared, OF_SHARES | ACTION_ALL_MODES},
    {"raises_subject", raises_subject, ACTION_ALL_MODES},
    {"lowers_subject", lowers_subject, ACTION_ALL_MODES},
    {"sets_subject_same", sets_subject_same, 0},
    {"raises_peer", raises_peer, 0},
    {"lowers_peer", lowers_peer, 0},
    {"raises_target", raises_target, 0},
    {"lowers_target", lowers_target, 0},
    {"ends_target", ends_target, 0},
    {"faults_target", faults_target, ACTION_SLOW},
    {"faults_subject", faults_subject, ACTION_SLOW | ACTION_ENDS_SUBJECT},
    {"suspends_subject", suspends_subject, ACTION_ENDS_SUBJECT | ACTION_SUSPENDS},
    {"suspends_and_resumes", suspends_and_resumes, 0},
    {"resumes_subject", resumes_subject, OF_HELD},
    {"detaches_subject", detaches_subject, 0},
    {"joins_subject", joins_subject, 0},
    {"joins_subject_briefly", joins_subject_briefly, 0},
    {"detaches_target", detaches_target, 0},
    {"joins_target_briefly", joins_target_briefly, 0},
    {"sleeps_again", sleeps_again, 0},
    {"yields", yields, 0},
    {"spawns_higher", spawns_higher, 0},
    {"spawns_equal", spawns_equal, 0},
    {"spawns_all", spawns_all, ACTION_SLOW},
    {"spawns_all_lower", spawns_all_lower, ACTION_SLOW},
    {"churns_heap", churns_heap, ACTION_MEMORY},
    {"churns_frames", churns_frames, ACTION_MEMORY},
    {"holds_memory", holds_memory, ACTION_MEMORY},
    {"churns_tables", churns_tables, ACTION_MEMORY | ACTION_SLOW},
    {"logs", logs, ACTION_SLOW},
    {"interrupts", interrupts, OF_LINES | ACTION_ALL_MODES},
    {"unbinds_line", unbinds_line, OF_LINES | ACTION_ALL_MODES},
};
const unsigned sweep_action_count = ARRAY_SIZE(sweep_actions);

const struct action *action_of(unsigned index) {
    if (index < sweep_action_count) {
        return &sweep_actions[index];
    }
    index -= sweep_action_count;
    return index < sync_action_count ? &sync_actions[index] : NULL;
}
