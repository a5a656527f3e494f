/* SPDX-License-Identifier: MIT */
/*
 * The checker itself: with a whole cast on the stage, each structure is spoiled once on purpose,
 * with interrupts masked, and put right again. The checker must name the rule; a checker that says
 * nothing is worth nothing.
 */
#include "tests/sweep/corrupt.h"

#include "kernel/mm/heap.h"
#include "kernel/sched/fp_area.h"
#include "kernel/sched/sched.h"
#include "kernel/sync/wait_any.h"
#include "lib/string.h"
#include "tests/sweep/cast_server.h"
#include "tests/sweep/cast_sync.h"
#include "tests/sweep/corrupt_internal.h"
#include "tests/sweep/report.h"

#define POKES_MAX 8

struct invariants_view corrupt_view;
struct thread *target, *peer, *joiner, *ready, *free_slot, *owner, *waiter, *several, *paced;
uint32_t *block;
struct fp_state *room_lost;
static unsigned poked;
static struct {
    void *place;
    uint64_t before;
    unsigned size;
} pokes[POKES_MAX];

static uint64_t load(const void *place, unsigned size) {
    uint64_t value = 0;
    memcpy(&value, place, size);
    return value;
}

static void store(void *place, unsigned size, uint64_t value) {
    memcpy(place, &value, size);
}

void poke(void *place, unsigned size, uint64_t value) {
    check(poked < POKES_MAX);
    pokes[poked].place = place;
    pokes[poked].size = size;
    pokes[poked++].before = load(place, size);
    store(place, size, value);
}

static void restore(void) IRQ_MASKED {
    if (room_lost != NULL) {
        fp_area_give_irq(room_lost);
        room_lost = NULL;
    }
    while (poked > 0) {
        poked--;
        store(pokes[poked].place, pokes[poked].size, pokes[poked].before);
    }
}

static const struct corruption_table *const tables[] = {&threads_corruptions, &objects_corruptions,
                                                        &waits_corruptions, &server_corruptions};

NO_CONTEXT_CHECK static const char *look(void (*make)(void)) {
    arch_irq_mask();
    place_view(&corrupt_view);
    if (make != NULL) {
        make();
    }
    const char *broken = invariants_broken_irq(&corrupt_view);
    if (broken == NULL) {
        broken = invariants_memory_broken_irq();
    }
    restore();
    arch_irq_unmask();
    return broken;
}

static void target_is_joined(void *argument) {
    (void)argument;
    (void)!thread_join_until(scene.id[ROLE_TARGET], NULL, scene.own_deadline);
}

static void does_nothing(void *argument) {
    (void)argument;
}

static void owns_and_waits(void *argument) {
    int32_t value;
    (void)argument;
    (void)!mutex_lock(&locks[0]);
    (void)!cast_receive(&value, INSTANT_NEVER);
    (void)!mutex_unlock(&locks[0]);
}

static void waits_for_lock(void *argument) {
    (void)argument;
    if (mutex_lock(&locks[0]) == STATUS_OK) {
        (void)!mutex_unlock(&locks[0]);
    }
}

static void waits_for_several(void *argument) {
    (void)argument;
    unsigned which;
    char letter;
    struct wait_for list[] = {wait_for_message(&bells[1].mailbox, &letter),
                              wait_for_exit(scene.id[ROLE_PEER])};
    (void)!wait_any(list, ARRAY_SIZE(list), &which);
}

static void waits_timed(void) {
    peer_receives(LEVEL_HIGH_PEER, true);
}

static const struct op stage_op = {.name = "checker", .prepare = waits_timed, .flags = OF_BUDGET};

/* Ready, and has not arrived. */
static void enter_paced(void) {
    const struct thread_attributes attributes = {.name = "paced", .priority = LEVEL_LOWERED};
    const struct server_attributes of_lane = {
        .budget = {1000}, .period = {FAR}, .priority = LEVEL_LOWERED, .bandwidth = true};
    thread_id_t id = THREAD_ID_NONE;
    check(thread_spawn(does_nothing, NULL, &attributes, &id) == STATUS_OK);
    check(server_open(&lane, &of_lane) == STATUS_OK);
    check(server_add(&lane, id) == STATUS_OK);
    paced = &thread_slots[id.index];
}

static void leave_paced(void) {
    (void)!thread_join_until(paced->id, NULL, (instant_t){0});
    check(server_close(&lane) == STATUS_OK);
}

/* The driver stays above all others: what it spawns later is ready, and does not run. */
static void enter_stage(void) {
    scene = (struct scene){
        .op = &stage_op, .action = &sweep_actions[0], .mode = MODE_ATTACK, .driver = thread_self()};
    check(thread_set_priority(scene.driver, LEVEL_SETTING) == STATUS_OK);
    cast_plan(1000000);
    cast_enter_waiters();
    cast_spawn(ROLE_SUBJECT, target_is_joined, LEVEL_SUBJECT);
    cast_spawn(ROLE_ATTACKER, waits_for_lock, LEVEL_ATTACKER); /* looked at first, runs second */
    cast_spawn(ROLE_SECOND, owns_and_waits, LEVEL_SECOND);
    const struct thread_attributes attributes = {.name = "several", .priority = LEVEL_LOW_PEER};
    check(thread_spawn(waits_for_several, NULL, &attributes, &scene.child) == STATUS_OK);
    check(thread_set_priority(scene.driver, LEVEL_REST) == STATUS_OK);
    check(thread_set_priority(scene.driver, LEVEL_SETTING) == STATUS_OK);
    cast_spawn(ROLE_RELEASER, does_nothing, LEVEL_RELEASER);
    enter_paced();
    target = &thread_slots[scene.id[ROLE_TARGET].index];
    peer = &thread_slots[scene.id[ROLE_PEER].index];
    joiner = &thread_slots[scene.id[ROLE_SUBJECT].index];
    ready = &thread_slots[scene.id[ROLE_RELEASER].index];
    owner = &thread_slots[scene.id[ROLE_SECOND].index];
    waiter = &thread_slots[scene.id[ROLE_ATTACKER].index];
    several = &thread_slots[scene.child.index];
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        bool middle = thread_slots[i].state == THREAD_FREE && thread_slots[i].next_free != NULL;
        free_slot = middle ? &thread_slots[i] : free_slot;
    }
    check(server_add(&allowance, ready->id) == STATUS_OK);
    block = heap_alloc(64);
}

static void leave_stage(void) {
    heap_free(block);
    cast_leave();
    check(thread_set_priority(scene.driver, LEVEL_REST) == STATUS_OK);
    for (unsigned role = 0; role < ROLE_CAST; role++) {
        (void)!thread_join_until(scene.id[role], NULL, (instant_t){0});
    }
    (void)!thread_join_until(scene.child, NULL, (instant_t){0});
    leave_paced();
}

static void corrupt(const struct corruption *corruption) {
    const char *said = look(corruption->make);
    bool named = said != NULL && strncmp(said, corruption->rule, STRING_COMPARE_MAX - 1) == 0;
    if (!report_result(named, corruption->rule)) {
        report_said(said);
    }
}

void corrupt_all(void) {
    enter_stage();
    report_result(look(NULL) == NULL, "nothing is said of a stage where all is right");
    for (unsigned t = 0; t < ARRAY_SIZE(tables); t++) {
        for (unsigned i = 0; i < tables[t]->count; i++) {
            corrupt(&tables[t]->all[i]);
        }
    }
    report_result(look(NULL) == NULL, "all is right again");
    leave_stage();
}
