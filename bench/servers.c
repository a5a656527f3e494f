/* SPDX-License-Identifier: MIT */
/*
 * Counted and served threads: what switches between them cost; and how late after the very tick at
 * which a budget ends its handler runs, and the thread below, which has waited until then; or the next
 * thread by deadline, with a constant bandwidth.
 */
#include "kernel/sched/server.h"

#include "bench/bench.h"
#include "kernel/cpu/cpu.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/edf.h"
#include "kernel/sync/semaphore.h"

#define ROUNDS 100
#define BUDGET 30000 /* far more than what it costs to end one: small pieces come back late */

static struct figure counted = {.name = "counted_yield_switch"};
static struct figure served = {.name = "served_yield_switch"};
static struct figure to_handler = {.name = "budget_to_handler"};
static struct figure to_lower = {.name = "budget_to_lower"};
static struct figure to_next = {.name = "bandwidth_to_edf"};

static struct server server;
static struct semaphore turn;
static volatile bool stop;
static volatile uint64_t limit; /* where the budget ends that is being used up */

static void open(uint64_t budget, uint64_t period) {
    const struct server_attributes attributes = {
        .budget = {budget}, .period = {period}, .priority = CONFIG_MAIN_PRIORITY};
    bench_must(server_open(&server, &attributes), "open a server");
}

/* As the yielders of bench/fp.c. */
static void yielder(void *argument) {
    const uint64_t rounds = BENCH_WARM_UP + bench_samples(BENCH_SAMPLES) + 2;
    for (uint64_t round = 0; round < rounds; round++) {
        bench_open();
        thread_yield();
        (void)figure_add(argument, bench_close());
    }
}

static void measure_counted(void) {
    thread_id_t first = bench_spawn(yielder, &counted, BENCH_LOW);
    thread_id_t second = bench_spawn(yielder, &counted, BENCH_LOW);
    bench_must(thread_count_time(first), "count");
    bench_must(thread_count_time(second), "count");
    bench_join(first);
    bench_join(second);
}

static void measure_served(void) {
    open(UINT64_C(1) << 40, UINT64_C(1) << 40);
    thread_id_t first = bench_spawn(yielder, &served, BENCH_LOW);
    thread_id_t second = bench_spawn(yielder, &served, BENCH_LOW);
    bench_must(server_add(&server, first), "add");
    bench_must(server_add(&server, second), "add");
    bench_join(first);
    bench_join(second);
    bench_must(server_close(&server), "close the server");
}

/* --- The end of a budget ------------------------------------------------------------------------ */

/* Lets the thread below be ready behind it each time that it has a budget anew. */
static void uses_up(void *argument) {
    (void)argument;
    while (!stop) {
        uint64_t end = *(const volatile uint64_t *)&arch_cpu_self()->quantum_end.ticks;
        if (end != limit) {
            limit = end;
            (void)!semaphore_give(&turn);
        }
    }
}

/* The first budget is used up by what prepares the rounds, too. */
static void note_late(struct figure *figure, unsigned round) {
    uint64_t late = time_now().ticks - limit;
    if (round > 0) {
        figure_add_value(figure, late);
    }
}

static void handler(void *argument) {
    (void)argument;
    uint64_t overruns;
    for (unsigned i = 0; i < ROUNDS; i++) {
        bench_must(server_wait_overrun(&server, &overruns), "wait for an overrun");
        note_late(&to_handler, i);
    }
    stop = true;
}

static void below(void *argument) {
    (void)argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        bench_must(semaphore_take(&turn), "take");
        note_late(&to_lower, i);
    }
    stop = true;
}

/* Keeps the CPU from waiting: bench/timers.c says why. */
static void spins(void *argument) {
    (void)argument;
    while (!stop) {
    }
}

static void measure_end(thread_entry who, uint8_t priority) {
    stop = false;
    limit = 0;
    bench_must(semaphore_init(&turn, 0, UINT32_MAX), "a semaphore");
    open(BUDGET, 4 * BUDGET);
    thread_id_t waits = bench_spawn(who, NULL, priority);
    thread_id_t works = bench_spawn(uses_up, NULL, BENCH_MIDDLE);
    thread_id_t spinner = bench_spawn(spins, NULL, BENCH_LOW - 1);
    bench_must(server_add(&server, works), "add");
    bench_join(waits);
    bench_join(works);
    bench_join(spinner);
    bench_must(server_close(&server), "close the server");
}

/* --- The end of a budget, by deadline ------------------------------------------------------------ */

/* Looks at each instruction's tick until its budget is used up, and then again. */
static void uses_up_bandwidth(void *argument) {
    (void)argument;
    while (!stop) {
        uint64_t end = *(const volatile uint64_t *)&arch_cpu_self()->quantum_end.ticks;
        limit = end != 0 ? end : limit;
    }
}

/* Has a deadline between that of the budget that ends and the next one, and takes one more each time. */
static void is_next(void *argument) {
    uint64_t deadline = *(const uint64_t *)argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        edf_set_deadline((instant_t){deadline});
        note_late(&to_next, i);
        deadline += 4 * BUDGET;
    }
    stop = true;
}

static void measure_bandwidth(void) {
    const struct server_attributes attributes = {.budget = {BUDGET},
                                                 .period = {4 * BUDGET},
                                                 .priority = BENCH_MIDDLE,
                                                 .goes_on = true,
                                                 .bandwidth = true};
    struct server_state state;
    stop = false;
    limit = 0;
    bench_must(server_open(&server, &attributes), "open a server");
    thread_id_t works = bench_spawn(uses_up_bandwidth, NULL, BENCH_MIDDLE);
    bench_must(server_add(&server, works), "add");
    thread_sleep_ticks(BUDGET / 4);
    bench_must(server_get_state(&server, &state), "state");
    static uint64_t between;
    between = state.deadline.ticks + 2 * BUDGET;
    thread_id_t next = bench_spawn(is_next, &between, BENCH_MIDDLE);
    bench_join(next);
    bench_join(works);
    bench_must(server_close(&server), "close the server");
}

void bench_servers(void) {
    measure_counted();
    measure_served();
    measure_end(handler, BENCH_HIGH);
    measure_end(below, BENCH_LOW);
    measure_bandwidth();
    figure_print(&counted);
    figure_print(&served);
    figure_print(&to_handler);
    figure_print(&to_lower);
    figure_print(&to_next);
}
