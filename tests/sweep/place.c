/* SPDX-License-Identifier: MIT */
/* One placement, from an empty stage to an empty stage. */
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/sched.h"
#include "tests/invariants/invariants.h"
#include "tests/sweep/cast_server.h"
#include "tests/sweep/cast_sync.h"

#define LEAD_FIRST  UINT64_C(100000) /* ticks for setting the scene, until it is known */
#define LEAD_MARGIN UINT64_C(300)
#define HORIZON     UINT64_C(2000000) /* no event before: nothing more will happen */
#define REST_LIMIT  UINT64_C(1500000) /* all must be at rest by then, ticks behind start */

uint64_t placements;

static struct {
    uint64_t lead;
    const struct op *op;
} known;

struct stock {
    uint32_t slots;
    int64_t blocks, frames;
};

static bool uses_memory(void) {
    return ((scene.op->flags & OP_MEMORY) | (scene.action->flags & ACTION_MEMORY)) != 0;
}

static uint64_t compare_read(void) {
    uint64_t compare;
    __asm__ volatile("mrs %0, cntv_cval_el0" : "=r"(compare));
    return compare;
}

void place_view(struct invariants_view *view) {
    static const struct mailbox *const mailboxes[] = {&box.mailbox, &gate.mailbox,
                                                      &bells[0].mailbox, &bells[1].mailbox};
    static const struct semaphore *const semaphores[] = {&units};
    static const struct event_flags *const event_flags[] = {&signs};
    static const struct pool *const pools[] = {&blocks};
    static const struct barrier *const barriers[] = {&rounds};
    static const struct miss_box *const miss_boxes[] = {&misses};
    *view = (struct invariants_view){.semaphores = semaphores,
                                     .semaphore_count = ARRAY_SIZE(semaphores),
                                     .event_flags = event_flags,
                                     .event_flags_count = ARRAY_SIZE(event_flags),
                                     .pools = pools,
                                     .pool_count = ARRAY_SIZE(pools),
                                     .barriers = barriers,
                                     .barrier_count = ARRAY_SIZE(barriers),
                                     .miss_boxes = miss_boxes,
                                     .miss_box_count = ARRAY_SIZE(miss_boxes),
                                     .mailboxes = mailboxes,
                                     .mailbox_count = ARRAY_SIZE(mailboxes),
                                     .compare = compare_read()};
}

void place_look(const char *when) {
    struct invariants_view view;
    if (scene.broken != NULL) {
        return;
    }
    arch_irq_mask();
    place_view(&view);
    const char *broken = invariants_broken_irq(&view);
    if (broken == NULL && uses_memory()) {
        broken = invariants_memory_broken_irq();
    }
    arch_irq_unmask();
    if (broken != NULL) {
        scene.broken = broken;
        scene.broken_when = when;
    }
}

static void go_to(unsigned level) {
    check(thread_set_priority(scene.driver, level) == STATUS_OK);
}

static struct stock stock_take(void) {
    struct heap_stats heap;
    struct frame_statistics frames;
    heap_stats(&heap);
    frame_statistics_read(&frames);
    return (struct stock){thread_slots_free(), (int64_t)heap.memory.blocks, -(int64_t)frames.free};
}

/* Whether nothing happens any more by itself; the driver, the least urgent, runs. */
static bool is_at_rest(void) {
    arch_irq_mask();
    uint64_t next = timer_queue_earliest(&arch_cpu_self()->events, 0); /* none: the greatest */
    arch_irq_unmask();
    return next > scene.start.ticks + HORIZON;
}

static bool come_to_rest(void) {
    instant_t limit = instant_add(scene.start, (duration_t){REST_LIMIT});
    while (!is_at_rest()) {
        if (!instant_before(time_now(), limit)) {
            return false;
        }
    }
    return true;
}

static int32_t end_of(thread_id_t id) {
    int64_t code = 0;
    status_t status = thread_join_until(id, &code, (instant_t){0});
    return status == STATUS_OK ? (int32_t)code : status;
}

static int32_t level_of(thread_id_t id) {
    unsigned level = 0;
    return thread_get_priority(id, &level) == STATUS_OK ? (int32_t)level : UNSET;
}

static void take_outcome(const struct stock *before) {
    struct stock now = stock_take();
    fact_set(FACT_COUNT, (int32_t)box_count(&box));
    fact_set(FACT_CLOSED, box.mailbox.closed);
    fact_set(FACT_SUBJECT_LEVEL, level_of(scene.id[ROLE_SUBJECT]));
    fact_set(FACT_TARGET_LEVEL, level_of(scene.id[ROLE_TARGET]));
    fact_set(FACT_PEER_LEVEL, level_of(scene.id[ROLE_PEER]));
    fact_set(FACT_SUBJECT_END, end_of(scene.id[ROLE_SUBJECT]));
    fact_set(FACT_TARGET_END, end_of(scene.id[ROLE_TARGET]));
    fact_set(FACT_PEER_END, end_of(scene.id[ROLE_PEER]));
    fact_set(FACT_UNITS, units.closed ? STATUS_CLOSED : (int32_t)semaphore_count(&units));
    fact_set(FACT_SIGNS, signs.closed ? STATUS_CLOSED : (int32_t)event_flags_value(&signs));
    fact_set(FACT_BLOCKS, blocks_out());
    fact_set(FACT_ROUNDS, rounds.closed ? STATUS_CLOSED : (int32_t)rounds.rounds);
    fact_set(FACT_HEAP, (int32_t)(now.blocks - before->blocks));
    fact_set(FACT_FRAMES, (int32_t)(now.frames - before->frames));
    scene.frozen = true;
}

/* Who is suspended may have been given something, and has not come to count it. */
static bool is_suspended(thread_id_t id) {
    arch_irq_mask();
    const struct thread *thread = thread_find_irq(id);
    bool suspended = thread != NULL && thread_is_suspended(arch_cpu_self(), thread);
    arch_irq_unmask();
    return suspended;
}

static bool somebody_is_suspended(void) {
    bool found = is_suspended(scene.child);
    for (unsigned role = 0; role < ROLE_CAST; role++) {
        found |= is_suspended(scene.id[role]);
    }
    return found;
}

/* What must be true of every outcome. */
static const char *judge_outcome(void) {
    if (scene.broken != NULL) {
        return scene.broken;
    }
    for (unsigned fact = 0; fact < FACTS; fact++) {
        if (scene.fact[fact] == TORN) {
            return "a message is torn";
        }
    }
    bool counts = (scene.action->flags & ACTION_ENDS_SUBJECT) == 0 && !somebody_is_suspended();
    if (counts && scene.sent - scene.received != box_count(&box)) {
        return "a message is lost or doubled";
    }
    const char *wrong = counts ? sync_judge() : NULL;
    if (wrong != NULL) {
        return wrong;
    }
    if (scene.second != NULL && !scene.second_acted) {
        return "the second attacker did not act";
    }
    bool may_miss = scene.mode >= MODE_QUANTUM;
    return scene.acted || may_miss ? NULL : "the attacker did not act";
}

/* Everybody ends; whatever the placement took is given back. */
static const char *empty_stage(const struct stock *before) {
    if (scene.op->clean != NULL) {
        scene.op->clean();
    }
    actions_clean();
    (void)heap_shrink(); /* a region that the operation added, and a block kept from going */
    cast_leave();
    go_to(LEVEL_REST);
    go_to(LEVEL_SETTING);
    for (unsigned role = 0; role < ROLE_CAST; role++) {
        (void)end_of(scene.id[role]);
    }
    (void)end_of(scene.child);
    allowance_end();
    struct stock now = stock_take();
    place_look("at the end");
    if (scene.broken != NULL) {
        return scene.broken;
    }
    if (now.slots != before->slots) {
        return "a thread remains";
    }
    bool subject_died = (scene.action->flags & ACTION_ENDS_SUBJECT) != 0;
    bool same = now.blocks == before->blocks && now.frames == before->frames;
    return same || subject_died ? NULL : "memory was not given back";
}

static const char *play(void) {
    struct stock before = stock_take();
    cast_plan(known.lead);
    cast_enter_waiters();
    go_to(LEVEL_REST);
    go_to(LEVEL_SETTING);
    cast_enter_actors();
    go_to(LEVEL_REST);
    bool rests = come_to_rest();
    go_to(LEVEL_SETTING);
    place_look("at rest");
    take_outcome(&before);
    const char *wrong = rests || scene.broken != NULL ? judge_outcome() : "no rest";
    const char *remains = empty_stage(&before);
    return wrong != NULL ? wrong : remains;
}

const char *place_run(const struct placement *placement) {
    if (known.op != placement->op) {
        known.op = placement->op;
        known.lead = LEAD_FIRST;
    }
    for (;;) {
        scene = (struct scene){.op = placement->op,
                               .action = placement->action,
                               .second = placement->second,
                               .mode = placement->mode,
                               .at = placement->at,
                               .second_at = placement->second_at,
                               .driver = thread_self()};
        go_to(LEVEL_SETTING);
        const char *wrong = play();
        placements++;
        if (!scene.late || wrong != NULL) {
            if (known.lead == LEAD_FIRST) {
                known.lead += LEAD_MARGIN - scene.spare;
            }
            return wrong;
        }
        known.lead *= 2;
    }
}
