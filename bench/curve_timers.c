/* SPDX-License-Identifier: MIT */
/*
 * Over the number of armed deadlines, the measured one among them: the others all at its level, and
 * then all below it. They are those of threads that wait for a message, at random moments an hour
 * away. To arm and to cancel is tried with a deadline in every gap between theirs.
 */
#include "bench/crowd.h"
#include "bench/curve.h"
#include "lib/random.h"

#define ROUNDS 8
#define HOUR   UINT64_C(3600000000000) /* ticks: one is a nanosecond in exact mode */

struct names {
    const char *arm;
    const char *cancel;
    const char *expire;
};

static instant_t others[CONFIG_THREAD_SLOTS];
static instant_t gaps[CONFIG_THREAD_SLOTS];
static volatile bool expire_stop;

/* Keeps the CPU from waiting: see bench/timers.c. */
static void spinner(void *argument) {
    (void)argument;
    while (!expire_stop) {
    }
}

static void sleeper(void *argument) {
    struct figure *figure = argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        instant_t when = time_after(time_ticks(4000));
        thread_sleep_until(when);
        figure_add_value(figure, time_now().ticks - when.ticks);
    }
    expire_stop = true;
}

static void measure_expire(struct figure *figure) {
    expire_stop = false;
    thread_id_t low = bench_spawn(spinner, NULL, BENCH_LOW);
    bench_join(bench_spawn(sleeper, figure, BENCH_HIGH));
    bench_join(low);
}

/* One moment right before each of the others, and one behind the last. */
static unsigned fill_gaps(unsigned count) {
    uint64_t last = time_now().ticks + HOUR;
    for (unsigned i = 0; i < count; i++) {
        gaps[i] = (instant_t){others[i].ticks - 1};
        last = others[i].ticks > last ? others[i].ticks : last;
    }
    gaps[count] = (instant_t){last + 1};
    return count + 1;
}

static void measure_among(unsigned level, const struct names *names) {
    static struct crowd_box waiting;
    static crowd_box_message storage[1];
    struct random random;
    random_init(&random, 11);
    bench_must(crowd_box_init(&waiting, storage, 1), "init");
    unsigned most = crowd_max();
    for (unsigned n = 1; n <= most; n++) {
        struct figure expire = {0};
        struct pair pair = {
            .box = crowd_box_fresh(), .deadlines = gaps, .rounds = fill_gaps(n - 1)};
        pair_run(&pair);
        measure_expire(&expire);
        curve_point(names->arm, n, &pair.block);
        curve_point(names->cancel, n, &pair.wake);
        curve_point(names->expire, n, &expire);
        others[n - 1] = time_after(time_ticks(HOUR + random_below(&random, HOUR)));
        crowd_wait_until(&waiting, others[n - 1], level);
    }
    crowd_end(&waiting);
}

void curve_timers(void) {
    static const struct names same = {"timer_arm", "timer_cancel", "timer_expire"};
    static const struct names below = {"timer_arm_lower", "timer_cancel_lower",
                                       "timer_expire_lower"};
    measure_among(BENCH_HIGH, &same);
    measure_among(BENCH_LOW - 1, &below);
}
