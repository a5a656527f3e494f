/* SPDX-License-Identifier: MIT */
/*
 * How late a sleeping thread runs: with the CPU idle, over a spinning lower thread, and over a
 * lower thread that calls the kernel all the time, so that the expiry falls into the masked
 * stretches of many calls. One tick is one instruction here; lateness counts from the tick the
 * compare stands at to the first instruction after the sleep.
 *
 * Only one figure is taken with the CPU idle, and each of its samples is checked. QEMU's threads
 * race when the CPU goes to wait (7.2, icount with sleep=off, a busy host): if the main loop looks
 * between the wait and the counting of the last instructions, it moves the clock as if these had
 * not been, and the interrupt comes as many ticks late (two: the idle loop is a branch and wfi). A
 * thread that spins below all others keeps the CPU from waiting while anything else is measured.
 */
#include "bench/bench.h"

#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/heap.h"
#include "lib/random.h"

#define LOADED_SAMPLES  20000
#define LATENESS_END    2048 /* the histogram's end; what is later stops the benchmark */
#define TICK_SPAN_MS    100
#define WRONG_MOVES_MAX 20 /* of QEMU's clock: more are no accident */

MAILBOX_TYPE(load_box, uint64_t)
MAILBOX_STATIC(load_box, load, 4);

static struct figure wake_idle = {.name = "timer_wake_idle"};
static struct figure wake_busy = {.name = "timer_wake_busy"};
static struct figure wake_loaded = {.name = "timer_wake_loaded_max"};
static struct figure tick_idle = {.name = "tick_idle_cost"};
static struct figure masked = {.name = "masked_max"};

static volatile bool load_stop;
static uint16_t lateness_counts[LATENESS_END];
_Static_assert(LOADED_SAMPLES <= UINT16_MAX, "a count must not overflow");

/* INST_RETIRED, which the clock's moves do not touch: event counter 0. */
static uint32_t instructions_retired(void) {
    uint64_t count;
    __asm__ volatile("isb\n\tmrs %0, pmevcntr0_el0" : "=r"(count)::"memory");
    return (uint32_t)count;
}

static void instructions_enable(void) {
    __asm__ volatile("msr pmevtyper0_el0, %0" ::"r"(UINT64_C(8)));
    __asm__ volatile("msr pmcntenset_el0, %0\n\tisb" ::"r"(UINT64_C(1)));
}

/* Any distance would do; random ones meet many positions of the load. */
static instant_t any_moment(struct random *random) {
    return time_after(time_ticks(4000 + random_below(random, 4000)));
}

/* Sleeps with nobody else ready. What the thread executes from before the sleep to its end, less
 * the lateness, is the way into the sleep: always the same, unless QEMU moved the clock wrongly.
 * Then the sample is taken again. */
static void idle_sleeper(void *argument) {
    struct figure *figure = argument;
    struct random random;
    random_init(&random, 7);
    instructions_enable();
    uint64_t samples = bench_samples(BENCH_SAMPLES) + BENCH_WARM_UP;
    uint64_t way_in = 0;
    unsigned again = 0;
    for (uint64_t taken = 0; taken < samples;) {
        instant_t when = any_moment(&random);
        uint32_t before = instructions_retired();
        thread_sleep_until(when);
        uint64_t late = time_now().ticks - when.ticks;
        uint64_t way = instructions_retired() - before - late;
        if (taken < BENCH_WARM_UP) {
            way_in = way;
        } else if (way != way_in) {
            bench_must(++again <= WRONG_MOVES_MAX ? STATUS_OK : STATUS_OUT_OF_RANGE, "clock");
            continue;
        } else {
            figure_add_value(figure, late);
        }
        taken++;
    }
}

struct sleeper {
    struct figure *figure;
    uint64_t samples;
    uint16_t *counts; /* how often each lateness was seen; NULL: nobody asks */
};

static void sleeper_count(uint16_t *counts, uint64_t late) {
    bench_must(late < LATENESS_END ? STATUS_OK : STATUS_OUT_OF_RANGE, "lateness");
    counts[late]++;
}

static void sleeper(void *argument) {
    struct sleeper *plan = argument;
    struct random random;
    random_init(&random, 7);
    for (uint64_t i = 0; i < plan->samples + BENCH_WARM_UP; i++) {
        instant_t when = any_moment(&random);
        thread_sleep_until(when);
        uint64_t late = time_now().ticks - when.ticks;
        if (i >= BENCH_WARM_UP) {
            figure_add_value(plan->figure, late);
            if (plan->counts != NULL) {
                sleeper_count(plan->counts, late);
            }
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

static void measure_lateness(struct figure *figure, uint64_t samples, uint16_t *counts,
                             thread_entry lower) {
    struct sleeper plan = {figure, bench_samples(samples), counts};
    load_stop = false;
    thread_id_t low = bench_spawn(lower, NULL, BENCH_LOW);
    thread_id_t lowest = bench_spawn(spinner, NULL, THREAD_PRIORITY_MIN);
    bench_join(bench_spawn(sleeper, &plan, BENCH_HIGH));
    bench_join(low);
    bench_join(lowest);
    figure_print(figure);
}

static void print_lateness(const char *name) {
    for (uint64_t late = 0; late < LATENESS_END; late++) {
        if (lateness_counts[late] != 0) {
            bench_record("histogram", name, late, lateness_counts[late]);
        }
    }
}

/* The most that a busy thread loses at once in a span in which nothing is due: what an interrupt
 * for nothing costs. A mean over all windows would hide it, for most of them meet none. */
static void measure_tick(void *argument) {
    (void)argument;
    struct figure window = {0};
    instant_t end = time_after(time_ms(bench_samples(TICK_SPAN_MS)));
    while (instant_before(time_now(), end)) {
        bench_open();
        for (unsigned i = 0; i < 1000; i++) {
            __asm__ volatile("nop");
        }
        figure_close(&window);
    }
    figure_add_value(&tick_idle, window.max - window.min);
}

void bench_timers(void) {
    bench_must(load_box_init(&load, load_storage, 4), "init");
    bench_join(bench_spawn(idle_sleeper, &wake_idle, BENCH_HIGH));
    figure_print(&wake_idle);
    measure_lateness(&wake_busy, BENCH_SAMPLES, NULL, spinner);
    thread_id_t echo = bench_spawn(load_echo, NULL, BENCH_LOW);
    measure_lateness(&wake_loaded, LOADED_SAMPLES, lateness_counts, loader);
    bench_join(echo);
    /* No wake took less than the least: what the worst took more, it waited for interrupts. */
    figure_add_value(&masked, wake_loaded.max - wake_loaded.min);
    figure_print(&masked);
    print_lateness("timer_wake_loaded");
    bench_join(bench_spawn(measure_tick, NULL, BENCH_HIGH));
    figure_print(&tick_idle);
}
