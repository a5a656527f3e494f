/* SPDX-License-Identifier: MIT */
/*
 * How late a sleeping thread runs: with the CPU idle, over a spinning lower thread, and over a
 * lower thread that calls the kernel all the time, so that the expiry falls into every masked
 * stretch there is. One tick is one instruction here; lateness counts from the tick the compare
 * stands at to the first instruction after the sleep.
 */
#include "bench/bench.h"

#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/heap.h"
#include "lib/random.h"

#define LOADED_SAMPLES 20000

MAILBOX_TYPE(load_box, uint64_t)
MAILBOX_STATIC(load_box, load, 4);

static struct figure wake_idle = {.name = "timer_wake_idle"};
static struct figure wake_busy = {.name = "timer_wake_busy"};
static struct figure wake_loaded = {.name = "timer_wake_loaded_max"};
static struct figure tick_idle = {.name = "tick_idle_cost"};
static struct figure masked = {.name = "masked_max"};

static volatile bool load_stop;

struct sleeper {
    struct figure *figure;
    uint64_t samples;
};

static void sleeper(void *argument) {
    struct sleeper *plan = argument;
    struct random random;
    random_init(&random, 7);
    for (uint64_t i = 0; i < plan->samples + BENCH_WARM_UP; i++) {
        /* Any distance would do; random ones reach every position of the load. */
        instant_t when = time_after(time_ticks(4000 + random_below(&random, 4000)));
        thread_sleep_until(when);
        uint64_t late = time_now().ticks - when.ticks;
        if (i >= BENCH_WARM_UP) {
            figure_add_value(plan->figure, late);
        }
    }
    load_stop = true;
}

static void spinner(void *argument) {
    (void)argument;
    while (!load_stop) {
    }
}

static void nothing(void *argument) {
    (void)argument;
}

/* Takes some of what the load sends, at the load's own priority, so that both block and switch. */
static void load_echo(void *argument) {
    (void)argument;
    uint64_t value;
    while (load_box_recv(&load, &value) == STATUS_OK) {
    }
}

/* Waiting, waking and handing over, with timeouts. */
static void load_messages(struct random *random) {
    uint64_t value = random_next(random);
    bench_must(load_box_send(&load, &value), "send");
    /* Times out now and then: an armed event each. */
    (void)!load_box_recv_ticks(&load, &value, 300);
    thread_sleep_ticks(200);
}

/* Threads that come and go, and change places. */
static void load_threads(void) {
    static const struct thread_attributes joined = {.priority = BENCH_LOW};
    static const struct thread_attributes alone = {.priority = BENCH_LOW, .detached = true};
    thread_id_t id;
    bench_must(thread_spawn(nothing, NULL, &alone, NULL), "spawn");
    bench_must(thread_spawn(nothing, NULL, &joined, &id), "spawn");
    bench_must(thread_set_priority(id, BENCH_MIDDLE), "set_priority");
    bench_must(thread_join(id, NULL), "join");
    thread_yield();
}

/* The heap, and what is made on it. */
static void load_objects(struct random *random) {
    struct load_box *box = NULL;
    void *block = heap_alloc(16 + random_below(random, 1000));
    bench_must(load_box_create(1 + random_below(random, 8), &box), "create");
    heap_free(block);
    load_box_destroy(box);
}

static void loader(void *argument) {
    (void)argument;
    struct random random;
    random_init(&random, 3);
    while (!load_stop) {
        load_messages(&random);
        load_threads();
        load_objects(&random);
    }
    load_box_close(&load);
}

static void measure_lateness(struct figure *figure, uint64_t samples, thread_entry lower) {
    struct sleeper plan = {figure, samples};
    load_stop = false;
    thread_id_t low = THREAD_ID_NONE;
    if (lower != NULL) {
        low = bench_spawn(lower, NULL, BENCH_LOW);
    }
    bench_join(bench_spawn(sleeper, &plan, BENCH_HIGH));
    if (lower != NULL) {
        bench_join(low);
    }
    figure_print(figure);
}

/* What a busy thread loses in 100 ms in which nothing is due. */
static void measure_tick(void *argument) {
    (void)argument;
    instant_t end = time_after(time_ms(100));
    while (instant_before(time_now(), end)) {
        bench_open();
        for (unsigned i = 0; i < 1000; i++) {
            __asm__ volatile("nop");
        }
        figure_add_value(&tick_idle, bench_close());
    }
    uint64_t undisturbed = tick_idle.min;
    tick_idle.sum -= undisturbed * tick_idle.count;
    tick_idle.min -= undisturbed;
    tick_idle.max -= undisturbed;
}

void bench_timers(void) {
    bench_must(load_box_init(&load, load_storage, 4), "init");
    measure_lateness(&wake_idle, BENCH_SAMPLES, NULL);
    measure_lateness(&wake_busy, BENCH_SAMPLES, spinner);
    thread_id_t echo = bench_spawn(load_echo, NULL, BENCH_LOW);
    measure_lateness(&wake_loaded, LOADED_SAMPLES, loader);
    bench_join(echo);
    /* No wake took less than the least: what the worst took more, it waited for interrupts. */
    figure_add_value(&masked, wake_loaded.max - wake_loaded.min);
    figure_print(&masked);
    bench_join(bench_spawn(measure_tick, NULL, BENCH_HIGH));
    figure_print(&tick_idle);
}
