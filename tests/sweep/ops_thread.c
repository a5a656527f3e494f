/* SPDX-License-Identifier: MIT */
/* Operations: spawning, yielding, sleeping, priorities. */
#include "tests/sweep/cast.h"

static int32_t ran;

static void child_main(void *argument) {
    ran++;
    fact_set(FACT_OTHER, ran + (int32_t)(intptr_t)argument);
    thread_exit(9);
}

static void nobody_ran(void) {
    ran = 0;
}

static void spawn_with(struct thread_attributes attributes) {
    attributes.name = "child";
    fact_set(FACT_SUBJECT, thread_spawn(child_main, NULL, &attributes, &scene.child));
}

static void spawn_lower(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_LOWERED});
}

static void spawn_equal(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_SUBJECT});
}

static void spawn_higher(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_HIGH_PEER});
}

static void spawn_large(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_HIGH_PEER,
                                          .stack_size = CONFIG_STACK_BASE_SIZE + 1});
}

static void spawn_detached(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_HIGH_PEER, .detached = true});
}

static void spawn_robin(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_SUBJECT, .policy = THREAD_ROUND_ROBIN});
}

static void spawn_refused(void) {
    spawn_with((struct thread_attributes){.priority = THREAD_PRIORITY_MAX + 1});
}

static void spawn_all(void) {
    static const struct thread_definition definitions[] = {
        {child_main, NULL, {.name = "first", .priority = LEVEL_LOWERED, .detached = true}},
        {child_main, NULL, {.name = "second", .priority = LEVEL_HIGH_PEER, .detached = true}},
    };
    fact_set(FACT_SUBJECT, thread_spawn_all(definitions, ARRAY_SIZE(definitions), NULL));
}

static void yield(void) {
    thread_yield();
    fact_set(FACT_SUBJECT, STATUS_OK);
}

/* Of the subject's level, and ready when it begins. */
static void equal_peer(void) {
    const struct thread_attributes attributes = {.name = "equal", .priority = LEVEL_SUBJECT};
    ran = 0;
    check(thread_spawn(child_main, NULL, &attributes, &scene.child) == STATUS_OK);
}

static void sleep_past(void) {
    thread_sleep_until((instant_t){1});
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void sleep_future(void) {
    thread_sleep_until(instant_add(scene.start, (duration_t){BRIEF}));
    fact_set(FACT_SUBJECT,
             !instant_before(time_now(), instant_add(scene.start, (duration_t){BRIEF})));
}

static void sleep_own(void) {
    thread_sleep_until(scene.mode == MODE_OWN ? scene.own_deadline
                                              : instant_add(scene.start, (duration_t){BRIEF}));
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void sleep_us(void) {
    thread_sleep_us(1);
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void set_level(thread_id_t id, unsigned level) {
    fact_set(FACT_SUBJECT, thread_set_priority(id, level));
}

static void raise_self(void) {
    set_level(thread_self(), LEVEL_TARGET + 1);
}

static void lower_self(void) {
    set_level(thread_self(), LEVEL_LOWERED);
}

static void keep_self(void) {
    set_level(thread_self(), LEVEL_SUBJECT);
}

static void raise_waiting(void) {
    set_level(scene.id[ROLE_PEER], LEVEL_TARGET + 1);
}

static void lower_waiting(void) {
    set_level(scene.id[ROLE_PEER], LEVEL_LOWERED);
}

static void raise_target(void) {
    set_level(scene.id[ROLE_TARGET], LEVEL_TARGET + 1);
}

static void raise_ready(void) {
    set_level(scene.id[ROLE_RELEASER], LEVEL_HIGH_PEER);
}

static void equal_ready(void) {
    set_level(scene.id[ROLE_RELEASER], LEVEL_SUBJECT);
}

static void lower_ready(void) {
    set_level(scene.id[ROLE_RELEASER], LEVEL_LOWERED);
}

static void set_stale(void) {
    set_level(THREAD_ID_NONE, LEVEL_LOWERED);
}

static void equal_receiver_timed(void) {
    peer_receives(LEVEL_SUBJECT, true);
}

static void high_receiver_and_extra(void) {
    peer_receives(LEVEL_HIGH_PEER, false);
    cast_spawn_extra(false);
}

static void get_level(void) {
    unsigned level = 0;
    fact_set(FACT_SUBJECT, thread_get_priority(scene.id[ROLE_TARGET], &level));
    fact_set(FACT_VALUE, (int32_t)level);
}

static void get_name(void) {
    const char *name = "none";
    fact_set(FACT_SUBJECT, thread_get_name(scene.id[ROLE_TARGET], &name));
    fact_set(FACT_VALUE, name[0]);
}

static void get_self(void) {
    fact_set(FACT_SUBJECT, thread_self().index == scene.id[ROLE_SUBJECT].index);
    fact_set(FACT_VALUE, (int32_t)thread_slots_free());
}

static void sleeps_deep(void *argument) {
    volatile uint8_t room[600];
    room[0] = (uint8_t)(uintptr_t)argument;
    (void)!thread_join_until(scene.id[ROLE_TARGET], NULL, INSTANT_NEVER);
    room[0]++;
}

/* Waits for the target's end, deep in its stack. */
static void measured_child(void) {
    const struct thread_attributes attributes = {
        .name = "child", .priority = LEVEL_HIGH_PEER, .measure_stack = true};
    check(thread_spawn(sleeps_deep, NULL, &attributes, &scene.child) == STATUS_OK);
}

static void stack_usage(void) {
    uint64_t used = 0;
    uint64_t size = 0;
    fact_set(FACT_SUBJECT, thread_stack_usage(scene.child, &used, &size));
    fact_set(FACT_VALUE, used == 0 ? 0 : used > 600 && used < size ? 1 : TORN);
}

static void spawn_measured(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_HIGH_PEER, .measure_stack = true});
}

static const struct op thread_table[] = {
    {"spawn_lower", "thread", nobody_ran, NULL, spawn_lower, NULL, NULL, 0},
    {"spawn_equal", "thread", nobody_ran, NULL, spawn_equal, NULL, NULL, 0},
    {"spawn_higher", "thread", nobody_ran, NULL, spawn_higher, NULL, NULL, 0},
    {"spawn_large", "thread", nobody_ran, NULL, spawn_large, NULL, NULL, 0},
    {"spawn_detached", "thread", nobody_ran, NULL, spawn_detached, NULL, NULL, 0},
    {"spawn_robin", "thread", nobody_ran, NULL, spawn_robin, NULL, NULL, 0},
    {"spawn_refused", "thread", nobody_ran, NULL, spawn_refused, NULL, NULL, 0},
    {"spawn_all", "thread", nobody_ran, NULL, spawn_all, NULL, NULL, OP_LOOSE},
    {"yield_alone", "thread", NULL, NULL, yield, NULL, NULL, 0},
    {"yield_contested", "thread", NULL, equal_peer, yield, NULL, NULL, 0},
    {"sleep_past", "thread", NULL, NULL, sleep_past, NULL, NULL, 0},
    {"sleep_future", "thread", NULL, NULL, sleep_future, release_spins, NULL, OP_SPINS | OP_WAITS},
    {"sleep_own", "thread", NULL, NULL, sleep_own, release_spins, NULL,
     OP_SPINS | OP_DEADLINE | OP_WAITS},
    {"sleep_us", "thread", NULL, NULL, sleep_us, release_spins, NULL, OP_SPINS | OP_SLEEPS},
    {"raise_self", "thread", NULL, NULL, raise_self, NULL, NULL, 0},
    {"lower_self", "thread", NULL, NULL, lower_self, release_sends, NULL, 0},
    {"keep_self", "thread", NULL, NULL, keep_self, NULL, NULL, 0},
    {"raise_waiting", "thread", equal_receiver_timed, NULL, raise_waiting, release_sends, NULL,
     OP_TIMED_PEER},
    {"lower_waiting", "thread", high_receiver_and_extra, NULL, lower_waiting, release_sends, NULL,
     0},
    {"raise_target", "thread", NULL, NULL, raise_target, NULL, NULL, 0},
    {"raise_ready", "thread", NULL, NULL, raise_ready, release_sends, NULL, 0},
    {"equal_ready", "thread", NULL, NULL, equal_ready, release_sends, NULL, 0},
    {"lower_ready", "thread", NULL, NULL, lower_ready, release_sends, NULL, 0},
    {"set_priority_stale", "thread", NULL, NULL, set_stale, NULL, NULL, 0},
    {"get_priority", "thread", NULL, NULL, get_level, NULL, NULL, 0},
    {"get_name", "thread", NULL, NULL, get_name, NULL, NULL, 0},
    {"spawn_measured", "thread", nobody_ran, NULL, spawn_measured, NULL, NULL, 0},
    {"stack_usage", "thread", measured_child, NULL, stack_usage, NULL, NULL, 0},
    {"thread_self", "thread", NULL, NULL, get_self, NULL, NULL, 0},
};
OP_TABLE(thread);
