/* SPDX-License-Identifier: MIT */
/*
 * Round-robin threads of a level with company: when the actor leaves the CPU its quantum ends, and
 * the next one's begins, because a third one is there; and both have floating-point registers. The bystanders end after some rounds, so
 * that an actor that sleeps leaves the machine idle.
 */
#include "tests/evidence/evidence.h"

#define BYSTANDERS 2
#define ROUNDS     4

static void actor_main(void *argument) {
    void (*act)(void) = *(void (**)(void))argument;
    act();
}

static void bystander(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        inline_thread_yield();
    }
}

thread_id_t actor_begin(void (*act)(void), uint64_t stack_size, bool detached) {
    static void (*argument)(void);
    struct thread_attributes attributes = {.name = "actor-with-a-long-name-",
                                           .stack_size = stack_size,
                                           .priority = EVIDENCE_ACTOR,
                                           .policy = THREAD_ROUND_ROBIN,
                                           .fp = true,
                                           .detached = detached};
    thread_id_t id = THREAD_ID_NONE;
    argument = act;
    TAP_REQUIRE(thread_spawn(actor_main, &argument, &attributes, &id) == STATUS_OK, "an actor");
    return id;
}

thread_id_t actor_spawn_like(thread_entry entry, void *argument) {
    const struct thread_attributes attributes = {
        .name = "beside", .priority = EVIDENCE_ACTOR, .policy = THREAD_ROUND_ROBIN, .fp = true};
    thread_id_t id = THREAD_ID_NONE;
    TAP_REQUIRE(thread_spawn(entry, argument, &attributes, &id) == STATUS_OK, "one like an actor");
    return id;
}

void actor_go(void) {
    thread_id_t bystanders[BYSTANDERS];
    for (unsigned i = 0; i < BYSTANDERS; i++) {
        bystanders[i] = actor_spawn_like(bystander, NULL);
    }
    for (unsigned i = 0; i < BYSTANDERS; i++) {
        test_join(bystanders[i]);
    }
}

void actor_run(void (*act)(void)) {
    thread_id_t id = actor_begin(act, 0, false);
    actor_go();
    test_join(id);
}
