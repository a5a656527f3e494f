/* SPDX-License-Identifier: MIT */
/*
 * Operations of a thread that has floating-point registers, among others that use theirs: whoever
 * comes in between, at whatever instruction, all of the subject's are as they were.
 */
#include "tests/qemu/vectors_fp.h"
#include "tests/sweep/cast.h"

#define SEED UINT64_C(0x13579bdf02468ace)

static int32_t ran;

static void fills(void) {
    vectors_fill(SEED);
}

/* 0, or which register is another. */
static void looks(void) {
    fact_set(FACT_VALUE, (int32_t)vectors_look(SEED));
}

static void child_main(void *argument) {
    (void)argument;
    vectors_fill(~SEED);
    ran++;
    fact_set(FACT_OTHER, ran);
    thread_exit(9);
}

static void spawn_with(struct thread_attributes attributes) {
    attributes.name = "child";
    attributes.fp = true;
    fact_set(FACT_SUBJECT, thread_spawn(child_main, NULL, &attributes, &scene.child));
    looks();
}

static void nobody_ran(void) {
    ran = 0;
}

static void fp_spawn_lower(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_LOWERED, .detached = true});
}

static void fp_spawn_higher(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_HIGH_PEER});
}

static void fp_spawn_large(void) {
    spawn_with((struct thread_attributes){.priority = LEVEL_HIGH_PEER,
                                          .stack_size = CONFIG_STACK_BASE_SIZE + 1});
}

static void equal_child(void) {
    const struct thread_attributes attributes = {
        .name = "equal", .priority = LEVEL_SUBJECT, .fp = true};
    ran = 0;
    check(thread_spawn(child_main, NULL, &attributes, &scene.child) == STATUS_OK);
    fills();
}

static void fp_yield(void) {
    thread_yield();
    fact_set(FACT_SUBJECT, STATUS_OK);
    looks();
}

static void fp_join(void) {
    fact_set(FACT_SUBJECT, thread_join(scene.child, NULL));
    looks();
}

static void fp_sleep(void) {
    thread_sleep_until(instant_add(scene.start, (duration_t){BRIEF}));
    fact_set(FACT_SUBJECT, STATUS_OK);
    looks();
}

static void fp_receive(void) {
    int32_t value = UNSET;
    fact_set(FACT_SUBJECT, cast_receive(&value, INSTANT_NEVER));
    looks();
}

/* No call at all. */
static void fp_stay(void) {
    fact_set(FACT_SUBJECT, STATUS_OK);
    looks();
}

static const struct op fp_table[] = {
    {"fp_stay", "fp", NULL, fills, fp_stay, NULL, NULL, OP_FP},
    {"fp_yield", "fp", NULL, equal_child, fp_yield, NULL, NULL, OP_FP},
    {"fp_sleep", "fp", NULL, fills, fp_sleep, release_spins, NULL, OP_FP | OP_SPINS | OP_WAITS},
    {"fp_receive", "fp", NULL, fills, fp_receive, release_sends, NULL, OP_FP | OP_WAITS},
    {"fp_join", "fp", NULL, equal_child, fp_join, NULL, NULL, OP_FP | OP_WAITS},
    {"fp_spawn_lower", "fp", nobody_ran, fills, fp_spawn_lower, NULL, NULL, OP_FP},
    {"fp_spawn_higher", "fp", nobody_ran, fills, fp_spawn_higher, NULL, NULL, OP_FP},
    {"fp_spawn_large", "fp", nobody_ran, fills, fp_spawn_large, NULL, NULL, OP_FP},
};
OP_TABLE(fp);
