/* SPDX-License-Identifier: MIT */
/* The most harmful legal things that can happen to the objects of kernel/sync. */
#include "kernel/sched/cpu_time.h"
#include "tests/sweep/cast_port.h"
#include "tests/sweep/cast_server.h"
#include "tests/sweep/cast_sync.h"

static void answer(status_t status) {
    fact_set(scene.is_second ? FACT_SECOND : FACT_ACTION, status);
}

static void gives(void) {
    answer(units_give());
}

static void takes(void) {
    answer(units_try_take());
}

static void takes_and_gives(void) {
    answer(units_try_take());
    fact_set(FACT_GAIN, units_give());
}

static void gives_many(void) {
    int32_t count = 0;
    while (units_give() == STATUS_OK) {
        count++;
    }
    answer(count);
}

static void closes_units(void) {
    answer(semaphore_close(&units));
}

/* --- Event flags --- */

static void sets(void) {
    answer(event_flags_set(&signs, SIGN));
}

static void sets_other(void) {
    answer(event_flags_set(&signs, SIGN_OTHER));
}

static void clears(void) {
    answer(event_flags_clear(&signs, SIGN | SIGN_OTHER));
}

static void takes_sign(void) {
    int32_t seen;
    answer(signs_try(&seen));
    fact_set(FACT_GAIN, seen);
}

static void takes_sign_and_sets(void) {
    int32_t seen;
    (void)!signs_try(&seen);
    fact_set(FACT_GAIN, seen);
    answer(event_flags_set(&signs, SIGN | SIGN_OTHER));
}

static void closes_signs(void) {
    answer(event_flags_close(&signs));
}

/* --- A pool --- */

static unsigned self(void) {
    return scene.is_second ? ROLE_SECOND : ROLE_ATTACKER;
}

static void takes_block(void) {
    answer(blocks_take(self()));
}

static void takes_and_returns(void) {
    status_t status = blocks_take(self());
    answer(status == STATUS_OK ? blocks_give(self()) : status);
}

static void takes_blocks(void) {
    int32_t count = 0;
    while (count < BLOCKS && blocks_take(ROLE_CAST + (unsigned)count) == STATUS_OK) {
        count++;
    }
    answer(count);
}

/* The same that the subject may be giving back. */
static void returns_peers(void) {
    answer(blocks_give_peers());
}

/* --- A barrier --- */

/* Completes a round, or does not wait. */
static void comes(void) {
    answer(rounds_wait((instant_t){0}));
}

static void comes_twice(void) {
    int32_t first = rounds_wait((instant_t){0});
    answer(first * 100 + rounds_wait((instant_t){0}));
}

static void closes_rounds(void) {
    answer(barrier_close(&rounds));
}

/* --- A server --- */

/* Not where it would not come to its end. */
static void adds_subject(void) {
    answer(allowance_is_small() ? STATUS_BUSY : server_add(&allowance, scene.id[ROLE_SUBJECT]));
}

static void removes_subject(void) {
    answer(server_remove(scene.id[ROLE_SUBJECT]));
}

static void adds_child(void) {
    answer(server_add(&allowance, scene.child));
}

static void removes_child(void) {
    answer(server_remove(scene.child));
}

static void closes_server(void) {
    answer(server_close(&allowance));
}

static void counts_subject(void) {
    answer(thread_count_time(scene.id[ROLE_SUBJECT]));
}

/* --- Periods --- */

static void misses_itself(void) {
    answer(misses_now());
}

static void takes_miss(void) {
    struct deadline_miss miss = {.count = 0};
    answer(miss_box_try_wait(&misses, &miss));
    fact_set(FACT_GAIN, (int32_t)miss.count);
}

static void closes_misses(void) {
    answer(miss_box_close(&misses));
}

/* --- A port --- */

static void calls_desk(void) {
    answer(desk_call_briefly());
}

static void receives_desk(void) {
    struct port_message message = {.word = {0}};
    answer(port_receive_until(&desk, &message, (instant_t){1}));
}

static void closes_desk(void) {
    answer(port_close(&desk));
}

const struct action sync_actions[] = {
    {"gives", gives, OF_UNITS | ACTION_ALL_MODES | ACTION_BUDGET},
    {"takes", takes, OF_UNITS | ACTION_ALL_MODES},
    {"takes_and_gives", takes_and_gives, OF_UNITS},
    {"gives_many", gives_many, OF_UNITS | ACTION_ALL_MODES},
    {"closes_units", closes_units, OF_UNITS | ACTION_ALL_MODES},
    {"sets", sets, OF_SIGNS | ACTION_ALL_MODES | ACTION_BUDGET},
    {"sets_other", sets_other, OF_SIGNS},
    {"clears", clears, OF_SIGNS},
    {"takes_sign", takes_sign, OF_SIGNS | ACTION_ALL_MODES},
    {"takes_sign_and_sets", takes_sign_and_sets, OF_SIGNS},
    {"closes_signs", closes_signs, OF_SIGNS | ACTION_ALL_MODES},
    {"comes", comes, OF_ROUNDS | ACTION_ALL_MODES | ACTION_BUDGET},
    {"comes_twice", comes_twice, OF_ROUNDS},
    {"closes_rounds", closes_rounds, OF_ROUNDS | ACTION_ALL_MODES},
    {"takes_block", takes_block, OF_BLOCKS | ACTION_ALL_MODES | ACTION_BUDGET},
    {"takes_and_returns", takes_and_returns, OF_BLOCKS},
    {"takes_blocks", takes_blocks, OF_BLOCKS},
    {"returns_peers", returns_peers, OF_BLOCKS | ACTION_ALL_MODES},
    {"adds_subject", adds_subject, OF_BUDGET | ACTION_ALL_MODES},
    {"removes_subject", removes_subject, OF_BUDGET | ACTION_ALL_MODES},
    {"adds_child", adds_child, OF_BUDGET},
    {"removes_child", removes_child, OF_BUDGET},
    {"closes_server", closes_server, OF_BUDGET | ACTION_ALL_MODES},
    {"counts_subject", counts_subject, OF_BUDGET | ACTION_ALL_MODES},
    {"misses_itself", misses_itself, OF_PERIODS | ACTION_ALL_MODES},
    {"takes_miss", takes_miss, OF_PERIODS},
    {"calls_desk", calls_desk, OF_DESK | ACTION_ALL_MODES | ACTION_BUDGET},
    {"receives_desk", receives_desk, OF_DESK},
    {"closes_desk", closes_desk, OF_DESK | ACTION_ALL_MODES},
    {"closes_misses", closes_misses, OF_PERIODS | ACTION_ALL_MODES},
};
const unsigned sync_action_count = ARRAY_SIZE(sync_actions);
