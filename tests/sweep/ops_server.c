/* SPDX-License-Identifier: MIT */
/* Operations: budgets of servers, and the count of CPU time. */
#include "kernel/sched/cpu_time.h"
#include "tests/sweep/ops_served.h"

static const struct server_attributes attributes = {.budget = {50}, .period = {FAR}};

static void child_main(void *argument) {
    (void)argument;
    fact_set(FACT_OTHER, 1);
}

/* Uses up its budget before the subject begins, unless somebody takes it out. */
static void child_works(void *argument) {
    for (volatile unsigned i = 0; i < 400; i++) {
    }
    child_main(argument);
}

static void spawn(thread_entry entry, unsigned level) {
    const struct thread_attributes of_child = {.name = "child", .priority = (uint8_t)level};
    check(thread_spawn(entry, NULL, &of_child, &scene.child) == STATUS_OK);
}

static void child(void) {
    spawn(child_main, LEVEL_LOWERED);
}

static void served_child(void) {
    child();
    check(server_add(&allowance, scene.child) == STATUS_OK);
}

static void throttled_child(void) {
    allowance_make_small();
    spawn(child_works, LEVEL_LOWERED);
    check(server_add(&allowance, scene.child) == STATUS_OK);
}

static void counted_child(void) {
    child();
    check(thread_count_time(scene.child) == STATUS_OK);
}

static void open_other(void) {
    check(server_open(&served_other, &attributes) == STATUS_OK);
}

static void open(void) {
    fact_set(FACT_SUBJECT, server_open(&served_other, &attributes));
}

static void count_self(void) {
    fact_set(FACT_SUBJECT, thread_count_time(thread_self()));
}

static void count_child(void) {
    fact_set(FACT_SUBJECT, thread_count_time(scene.child));
}

static void time_of_child(void) {
    duration_t ran;
    fact_set(FACT_SUBJECT, thread_cpu_time(scene.child, &ran));
}

static void count_idle(void) {
    cpu_count_idle();
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void load(void) {
    struct cpu_load window;
    unsigned value;
    cpu_load_begin(&window);
    fact_set(FACT_SUBJECT, cpu_load(&window, &value));
}

static void time_of_idle(void) {
    duration_t idle;
    fact_set(FACT_SUBJECT, cpu_idle_time(&idle));
}

/* Of a child that was taken out, another may say that it has run, and not that it has ended. */
static const struct op server_table[] = {
    {"server_open", "server", NULL, NULL, open, NULL, served_close_other, OF_BUDGET},
    {"server_close", "server", open_other, NULL, served_close, NULL, served_close_other, OF_BUDGET},
    {"server_add_child", "server", NULL, child, served_add_child, NULL, NULL, OF_BUDGET},
    {"server_add_self", "server", NULL, NULL, served_add_self, NULL, NULL, OF_BUDGET},
    {"server_remove_child", "server", NULL, served_child, served_remove_child, NULL, NULL,
     OF_BUDGET},
    {"server_remove_throttled", "server", throttled_child, NULL, served_remove_child, NULL, NULL,
     OF_BUDGET | OP_LOOSE},
    {"server_remove_self", "server", NULL, served_self, served_remove_self, NULL, NULL, OF_BUDGET},
    {"server_get_state", "server", NULL, NULL, served_get_state, NULL, NULL, OF_BUDGET},
    {"server_wait_overrun", "server", NULL, NULL, served_wait_overrun, release_closes_server, NULL,
     OF_BUDGET | OP_WAITS},
    {"server_wait_overrun_told", "server", throttled_child, NULL, served_wait_overrun, NULL, NULL,
     OF_BUDGET},
    {"thread_count_time_self", "server", NULL, NULL, count_self, NULL, NULL, OF_BUDGET},
    {"thread_count_time_child", "server", NULL, child, count_child, NULL, NULL, OF_BUDGET},
    {"thread_cpu_time", "server", NULL, counted_child, time_of_child, NULL, NULL, OF_BUDGET},
    {"cpu_load", "server", NULL, NULL, load, NULL, NULL, OF_BUDGET | OP_LOOSE},
    {"cpu_idle_time", "server", NULL, NULL, time_of_idle, NULL, NULL, OF_BUDGET},
    {"cpu_count_idle", "server", NULL, NULL, count_idle, NULL, NULL, OF_BUDGET},
};
OP_TABLE(server);
