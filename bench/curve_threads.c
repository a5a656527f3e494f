/* SPDX-License-Identifier: MIT */
/* Over the number of threads: yielding in a full level, stopping with many ready, spawning. */
#include "bench/crowd.h"
#include "bench/curve.h"

#define ROUNDS 8

static struct figure yields;
static uint64_t yields_wanted;

/* Each closes the window that the one before it opened. Who ends leaves its window to nobody, but
 * then there are enough. */
static void yielder(void *argument) {
    (void)argument;
    while (yields.count < yields_wanted) {
        bench_open();
        thread_yield();
        uint64_t reading = bench_close();
        if (yields.count < yields_wanted) {
            figure_add_value(&yields, reading - bench_empty());
        }
    }
}

/* n threads ready in one level, all of which yield. */
static void measure_yield(unsigned most) {
    static thread_id_t ids[CONFIG_THREAD_SLOTS];
    for (unsigned n = 2; n <= most; n++) {
        yields = (struct figure){0};
        yields_wanted = (uint64_t)n * ROUNDS;
        for (unsigned i = 0; i < n; i++) {
            ids[i] = bench_spawn(yielder, NULL, BENCH_LOW);
        }
        for (unsigned i = 0; i < n; i++) {
            bench_join(ids[i]);
        }
        curve_point("yield_ready", n, &yields);
    }
}

/* n threads ready below the two that work: picking who runs next. */
static void measure_block(unsigned most) {
    for (unsigned n = 1; n <= most; n++) {
        crowd_ready();
        struct pair pair = {.box = crowd_box_fresh(), .rounds = ROUNDS};
        pair_run(&pair);
        curve_point("block_ready", n, &pair.block);
    }
    crowd_end(NULL);
}

static void ends_at_once(void *argument) {
    (void)argument;
}

static void spawner(void *argument) {
    static const struct thread_attributes higher = {.priority = BENCH_HIGH};
    struct figure *figure = argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        thread_id_t id;
        bench_open();
        status_t spawned = thread_spawn(ends_at_once, NULL, &higher, &id);
        status_t joined = thread_join(id, NULL);
        figure_close(figure);
        bench_must(spawned, "spawn");
        bench_must(joined, "join");
    }
}

/* n threads exist, and wait. */
static void measure_spawn(unsigned most) {
    struct crowd_box *box = crowd_box_fresh();
    for (unsigned n = 1; n <= most; n++) {
        struct figure figure = {0};
        crowd_wait(box);
        bench_join(bench_spawn(spawner, &figure, BENCH_LOW));
        curve_point("spawn_threads", n, &figure);
    }
    crowd_end(box);
}

void curve_threads(void) {
    unsigned most = crowd_max();
    measure_yield(most);
    measure_block(most);
    measure_spawn(most);
}
