/* SPDX-License-Identifier: MIT */
/* Threads that come, wait for each other and go, with stacks of every class. */
#include "tests/evidence/puppets.h"

#define STACK_SMALL  32768 /* of config.h: four of them */
#define STACK_LARGE  131072
#define SMALL_STACKS 4

/* --- Joining: with a deadline before all others; and an end that calls such a one off ------------ */

static thread_id_t joined;
static int64_t code;
static status_t result;

static void waits_for_ever(void *argument) {
    struct mailbox *never = argument;
    uint64_t word;
    thread_exit(mailbox_receive_until(never, &word, INSTANT_NEVER) == STATUS_CLOSED);
}

static void joins(void) {
    result = thread_join_until(joined, &code, events_base());
}

static void life_join(void) {
    static uint64_t storage[1];
    static struct mailbox never = MAILBOX_INITIALIZER(storage, sizeof storage, 1);
    puppets_begin();
    joined = test_spawn(waits_for_ever, &never, EVIDENCE_PUPPET);
    events_arm_soon(NULL);
    actor_run(joins);
    TAP_EQ(result, STATUS_TIMED_OUT, "joined nobody");
    events_pass();
    TAP_EQ(mailbox_close(&never), STATUS_OK, "closed");
    TAP_EQ(inline_thread_join(joined, &code), STATUS_OK, "now it can be joined");
    TAP_EQ(code, 1, "and tells what it saw");
    puppets_end();
}

static void exits(void) {
    inline_thread_exit(77);
}

/* The joiner stands below, so the next to run is the actor's neighbour. */
static void life_exit(void) {
    puppets_begin();
    thread_id_t actor = actor_begin(exits, STACK_SMALL, false);
    struct wait wait = {.kind = WAIT_JOIN, .other = actor};
    events_arm_soon(&wait);
    events_lower(EVIDENCE_BELOW); /* the joiner waits low, and not alone */
    actor_go();
    thread_sleep_ticks(10000);
    TAP_EQ(events_first()->result, STATUS_OK, "the actor is joined");
    TAP_EQ(events_first()->code, 77, "with its code");
    events_raise();
    events_call_off();
    puppets_end();
}

/* --- Spawning: with a stack of the class above, because all of its own are taken ---------------- */

static thread_id_t small[SMALL_STACKS];
static unsigned right;

static void ends(void *argument) {
    (void)argument;
}

static void small_stacks_take(void) {
    const struct thread_attributes low = {.stack_size = STACK_SMALL, .priority = EVIDENCE_BELOW};
    for (unsigned i = 0; i < SMALL_STACKS; i++) {
        TAP_REQUIRE(thread_spawn(ends, NULL, &low, &small[i]) == STATUS_OK, "a small stack");
    }
}

static void spawns(void) {
    const struct thread_attributes above = {.stack_size = STACK_SMALL,
                                            .priority = EVIDENCE_PUPPET,
                                            .policy = THREAD_ROUND_ROBIN,
                                            .fp = true,
                                            .measure_stack = true};
    const struct thread_attributes beside = {
        .priority = EVIDENCE_ACTOR, .policy = THREAD_ROUND_ROBIN, .fp = true};
    const struct thread_attributes large = {.stack_size = STACK_LARGE};
    const struct thread_attributes too_large = {.stack_size = STACK_LARGE + 1};
    const struct thread_attributes too_high = {.priority = THREAD_PRIORITY_MAX + 1};
    thread_id_t first;
    thread_id_t second;
    thread_id_t third;
    thread_id_t none;
    right += thread_spawn(ends, NULL, &above, &first) == STATUS_OK;
    right += thread_spawn(ends, NULL, &large, &second) == STATUS_OK;
    right += thread_spawn(ends, NULL, &above, &none) == STATUS_NO_MEMORY;
    right += thread_spawn(ends, NULL, &too_large, &none) == STATUS_OUT_OF_RANGE;
    right += thread_spawn(ends, NULL, &too_high, &none) == STATUS_OUT_OF_RANGE;
    right += thread_spawn(NULL, NULL, NULL, &none) == STATUS_INVALID_ARGUMENT;
    right += thread_spawn(ends, NULL, &beside, &third) == STATUS_OK;
    right += inline_thread_join(first, &code) == STATUS_OK; /* ended: its stack goes back */
    right += inline_thread_join(first, &code) == STATUS_STALE;
    right += inline_thread_join(second, NULL) == STATUS_OK;
    right += inline_thread_join(third, NULL) == STATUS_OK;
    right += inline_thread_join(thread_self(), NULL) == STATUS_DEADLOCK;
}

static void life_spawn(void) {
    right = 0;
    small_stacks_take();
    actor_run(spawns);
    TAP_EQ(right, 12, "each spawn and join is answered");
    thread_id_t waiting = test_spawn(ends, NULL, EVIDENCE_BELOW);
    TAP_EQ(thread_detach(waiting), STATUS_OK, "detached before it ran");
    TAP_EQ(thread_detach(waiting), STATUS_DETACHED, "only once");
    for (unsigned i = 0; i < SMALL_STACKS; i++) {
        TAP_EQ(thread_detach(small[i]), STATUS_OK, "detached after its end");
        TAP_EQ(thread_detach(small[i]), STATUS_STALE, "and gone");
    }
    thread_sleep_us(100);
    TAP_EQ(thread_detach(THREAD_ID_NONE), STATUS_STALE, "nobody is detached");
}

static struct thread_definition definitions[CONFIG_THREAD_SLOTS];
static thread_id_t ids[CONFIG_THREAD_SLOTS];

static void spawns_all(void) {
    result = thread_spawn_all(definitions, CONFIG_THREAD_SLOTS, ids);
}

/* Each runs, ends and gives its slot and its stack back before the next one comes. */
static void life_spawn_all(void) {
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        definitions[i] = (struct thread_definition){.entry = ends,
                                                    .attributes = {.stack_size = STACK_SMALL,
                                                                   .priority = EVIDENCE_PUPPET,
                                                                   .policy = THREAD_ROUND_ROBIN,
                                                                   .fp = true,
                                                                   .measure_stack = true,
                                                                   .detached = true}};
    }
    small_stacks_take();
    actor_run(spawns_all);
    TAP_EQ(result, STATUS_OK, "as many as there are slots, one after the other");
    for (unsigned i = 0; i < SMALL_STACKS; i++) {
        test_join(small[i]);
    }
}

/* --- Priorities --------------------------------------------------------------------------------- */

static uint64_t gate_storage[1];
static struct mailbox gate;

/* Each with a deadline, the first spawned before the others. */
static void waits_at_gate(void *argument) {
    uint64_t word;
    duration_t patience = time_ms(100 + (uintptr_t)argument);
    thread_exit(mailbox_receive_until(&gate, &word, time_after(patience)));
}

/* Ready, waiting among others of the level, and itself: behind it two others run, then it again. */
static void changes_priority(void) {
    unsigned priority = 0;
    right += thread_set_priority(joined, EVIDENCE_PUPPET + 1) == STATUS_OK;
    right += thread_get_priority(joined, &priority) == STATUS_OK;
    right += priority == EVIDENCE_PUPPET + 1;
    right += thread_set_priority(small[0], EVIDENCE_BELOW - 1) == STATUS_OK;
    right += thread_set_priority(small[0], EVIDENCE_BELOW) == STATUS_OK;
    right += thread_set_priority(thread_self(), EVIDENCE_BELOW) == STATUS_OK;
    right += thread_set_priority(thread_self(), THREAD_PRIORITY_MAX + 1) == STATUS_OUT_OF_RANGE;
    right += thread_set_priority(THREAD_ID_NONE, EVIDENCE_BELOW) == STATUS_STALE;
    right += thread_get_priority(THREAD_ID_NONE, &priority) == STATUS_STALE;
}

static void life_priority(void) {
    thread_id_t others[3];
    const char *name = NULL;
    TAP_REQUIRE(mailbox_init(&gate, gate_storage, sizeof gate_storage, sizeof gate_storage, 1) ==
                    STATUS_OK,
                "a mailbox");
    for (unsigned i = 0; i < 3; i++) {
        others[i] = test_spawn(waits_at_gate, (void *)(uintptr_t)i, EVIDENCE_PUPPET + i / 2);
    }
    small_stacks_take();
    joined = others[0];
    right = 0;
    actor_run(changes_priority);
    TAP_EQ(right, 9, "each call is answered");
    TAP_EQ(thread_get_name(joined, &name), STATUS_OK, "a name");
    TAP_TEXT(name, "helper", "is the one given");
    TAP_EQ(thread_get_name(THREAD_ID_NONE, &name), STATUS_STALE, "nobody has none");
    TAP_EQ(thread_slots_total(), CONFIG_THREAD_SLOTS, "as many slots as configured");
    TAP_EQ(mailbox_close(&gate), STATUS_OK, "the gate closes");
    for (unsigned i = 0; i < 3; i++) {
        TAP_EQ(test_join(others[i]), STATUS_CLOSED, "for all who waited");
    }
    for (unsigned i = 0; i < SMALL_STACKS; i++) {
        test_join(small[i]);
    }
}

/* --- How deep a stack was used: a large one, of which hardly anything was ------------------------ */

static void looks_through_stack(void) {
    uint64_t used = 0;
    uint64_t size = 0;
    right += thread_stack_usage(joined, &used, &size) == STATUS_OK;
    right += size == STACK_LARGE && used < 1024;
    right += thread_stack_usage(small[0], &used, &size) == STATUS_UNSUPPORTED;
    right += thread_stack_usage(THREAD_ID_NONE, &used, &size) == STATUS_STALE;
}

static void life_stack_usage(void) {
    const struct thread_attributes measured = {
        .stack_size = STACK_LARGE, .priority = EVIDENCE_PUPPET, .measure_stack = true};
    TAP_REQUIRE(mailbox_init(&gate, gate_storage, sizeof gate_storage, sizeof gate_storage, 1) ==
                    STATUS_OK,
                "a mailbox");
    TAP_REQUIRE(thread_spawn(waits_at_gate, NULL, &measured, &joined) == STATUS_OK, "it waits");
    small_stacks_take();
    right = 0;
    actor_run(looks_through_stack);
    TAP_EQ(right, 4, "each is told");
    TAP_EQ(mailbox_close(&gate), STATUS_OK, "the gate closes");
    TAP_EQ(test_join(joined), STATUS_CLOSED, "for who waited");
    for (unsigned i = 0; i < SMALL_STACKS; i++) {
        test_join(small[i]);
    }
}

static const struct scenario life_scenarios[] = {
    {"life_join", life_join},         {"life_exit", life_exit},
    {"life_spawn", life_spawn},       {"life_spawn_all", life_spawn_all},
    {"life_priority", life_priority}, {"life_stack_usage", life_stack_usage},
};
SCENARIO_ROOM(life);
