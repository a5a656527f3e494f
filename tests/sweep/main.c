/* SPDX-License-Identifier: MIT */
/*
 * The application: which operations and actions, by boot arguments.
 *
 *   ops=GROUP      the operations of a group, or the one of that name; all
 *   action=NAME    only this one
 *   mode=NAME      only this one
 *   form=long      every position, and pairs; else a sample
 *   at=K           one placement only, told in full
 *   second=NAME second_at=K    with another action there
 */
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "lib/string.h"
#include "tests/qemu/output.h"
#include "tests/sweep/cast.h"
#include "tests/sweep/corrupt.h"
#include "tests/sweep/report.h"
#include "tests/sweep/sweeping.h"

static const struct op_table *const tables[] = {
    &thread_ops,  &join_ops,    &send_ops,  &receive_ops,   &box_ops,    &memory_ops,
    &log_ops,     &line_ops,    &fp_ops,    &semaphore_ops, &event_ops,  &pool_ops,
    &barrier_ops, &suspend_ops, &mutex_ops, &condition_ops, &rwlock_ops, &server_ops,
    &any_ops,     &period_ops,  &edf_ops,   &bandwidth_ops, &port_ops};

static bool is_chosen(const char *key, const char *name) {
    const char *chosen = app_argument(key);
    return chosen == NULL || strcmp(chosen, "all") == 0 || strcmp(chosen, name) == 0;
}

static uint64_t number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

static bool argument_is(const char *key, const char *value) {
    const char *given = app_argument(key);
    return given != NULL && strcmp(given, value) == 0;
}

static struct plan plan_read(void) {
    const char *at = app_argument("at");
    const char *second = app_argument("second");
    const char *second_at = app_argument("second_at");
    return (struct plan){
        .action = app_argument("action"),
        .mode = app_argument("mode"),
        .is_long = argument_is("form", "long"),
        .is_single = at != NULL,
        .at = at != NULL ? number(at) : 0,
        .second = second != NULL ? action_named(second) : NULL,
        .second_at = second_at != NULL ? number(second_at) : 0,
    };
}

/* The log's thread writes out what the boot said, and waits: it is not to take part. */
static void let_log_out(void) {
    check(thread_set_priority(thread_self(), CONFIG_LOG_PRIORITY - 1) == STATUS_OK);
    while (log_is_pending()) {
    }
    check(thread_set_priority(thread_self(), LEVEL_SETTING) == STATUS_OK);
}

void app_main(void) {
    const struct plan plan = plan_read();
    unsigned swept = 0;
    log_set_level((enum log_level) - 1); /* who faults need not tell */
    let_log_out();
    report_begin();
    for (unsigned t = 0; t < ARRAY_SIZE(tables); t++) {
        for (unsigned i = 0; i < tables[t]->count; i++) {
            const struct op *op = &tables[t]->ops[i];
            if (is_chosen("ops", op->group) || is_chosen("ops", op->name)) {
                sweep_op(op, &plan);
                swept++;
            }
        }
    }
    if (argument_is("ops", "checker")) {
        corrupt_all();
        swept++;
    }
    if (swept == 0) {
        report_result(false, "there is an operation of this name");
    }
    app_exit(report_end());
}
