/* SPDX-License-Identifier: MIT */
/*
 * Over the number of lower threads: what the same work of a higher thread takes, from its first
 * instruction to its last. Of the lower ones a third sleeps until moments that pass while the work is
 * done, a third waits for a message until such moments, and a third is ready.
 */
#include "bench/crowd.h"
#include "bench/curve.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"

#define ROUNDS 10
#define WINDOW 15000 /* ticks: the lower threads' moments are in it; less than the work takes */
#define SETTLE 3000  /* ticks for each lower thread to come to its wait, and more than it takes */

#define LEVEL_READY  2 /* those that wait are above, so that they come to it */
#define LEVELS_ABOVE (BENCH_LOW - LEVEL_READY - 1)

static instant_t window;
static unsigned waiting;
static volatile bool dismissed;
static struct crowd_box never; /* nobody sends there */

/* --- The lower threads ------------------------------------------------------------------------ */

static instant_t moment_of(void *argument) {
    return instant_add(window, time_ticks((uintptr_t)argument * 997 % WINDOW));
}

static void sleeps(void *argument) {
    waiting++;
    thread_sleep_until(moment_of(argument));
}

static void waits(void *argument) {
    struct crowd_message message;
    waiting++;
    status_t status = crowd_box_recv_until(&never, &message, moment_of(argument));
    bench_must(status == STATUS_TIMED_OUT ? STATUS_OK : status, "a wait that ends in time");
}

static void is_ready(void *argument) {
    (void)argument;
    while (!dismissed) {
    }
}

static thread_id_t lower_spawn(unsigned number) {
    void *argument = (void *)(uintptr_t)number;
    uint8_t above = (uint8_t)(LEVEL_READY + 1 + number % LEVELS_ABOVE);
    switch (number % 3) {
    case 0:
        return bench_spawn(sleeps, argument, above);
    case 1:
        return bench_spawn(waits, argument, above);
    default:
        return bench_spawn(is_ready, NULL, LEVEL_READY);
    }
}

/* --- The work --------------------------------------------------------------------------------- */

static void ends_at_once(void *argument) {
    (void)argument;
}

/* It waits with a deadline that is far away, and takes what comes. */
static void receives(void *argument) {
    struct crowd_message message;
    instant_t far = instant_add(window, time_ticks(UINT64_C(1) << 40));
    while (crowd_box_recv_until(argument, &message, far) == STATUS_OK) {
    }
}

static void works_once(struct crowd_box *own, struct crowd_box *upward) {
    static const struct thread_attributes higher = {.priority = BENCH_HIGH + 1};
    struct crowd_message message = {{1, 2}};
    thread_id_t id;
    paddr_t frame;
    bench_must(crowd_box_try_send(own, &message), "try_send");
    bench_must(crowd_box_try_recv(own, &message), "try_recv");
    (void)!crowd_box_recv_until(own, &message, (instant_t){1}); /* a moment that is past */
    bench_must(crowd_box_try_send(upward, &message), "try_send");
    thread_yield();
    heap_free(heap_alloc(200));
    bench_must(frame_alloc(&frame), "frame_alloc");
    bench_must(frame_free(frame), "frame_free");
    bench_must(thread_set_priority(thread_self(), BENCH_HIGH + 1), "set_priority");
    bench_must(thread_set_priority(thread_self(), BENCH_HIGH), "set_priority");
    bench_must(thread_spawn(ends_at_once, NULL, &higher, &id), "spawn");
    bench_must(thread_join(id, NULL), "join");
}

static void works(void *argument) {
    static struct crowd_box upward;
    static crowd_box_message storage[1];
    struct figure *figure = argument;
    struct crowd_box *own = crowd_box_fresh();
    bench_must(crowd_box_init(&upward, storage, 1), "init");
    thread_id_t receiver = bench_spawn(receives, &upward, BENCH_HIGH + 1);
    bench_open();
    for (unsigned i = 0; i < ROUNDS; i++) {
        works_once(own, &upward);
    }
    figure_close(figure);
    crowd_box_close(&upward);
    bench_join(receiver);
}

static void work_among(unsigned lower, struct figure *figure) {
    static thread_id_t ids[CONFIG_THREAD_SLOTS];
    waiting = 0;
    dismissed = false;
    for (unsigned i = 0; i < lower; i++) {
        ids[i] = lower_spawn(i);
    }
    window = time_after(time_ticks((uint64_t)(lower + 1) * SETTLE));
    thread_sleep_until(window); /* this thread is above all: it lets them come to their waits */
    bench_must(waiting == lower - lower / 3 ? STATUS_OK : STATUS_OUT_OF_RANGE,
               "all wait or are ready");
    bench_join(bench_spawn(works, figure, BENCH_HIGH));
    bool is_longer = time_now().ticks - window.ticks > WINDOW;
    bench_must(is_longer ? STATUS_OK : STATUS_OUT_OF_RANGE, "the moments passed meanwhile");
    dismissed = true;
    for (unsigned i = 0; i < lower; i++) {
        bench_join(ids[i]);
    }
}

void curve_undisturbed(void) {
    static crowd_box_message storage[1];
    struct figure first = {0}; /* other frames are free, the first time */
    bench_must(crowd_box_init(&never, storage, 1), "init");
    work_among(0, &first);
    uint64_t most = crowd_max() - 1; /* three more: who works, who receives, who is spawned anew */
    for (uint64_t n = 0, last = 0; n == 0 || last < most; n = curve_next(n)) {
        struct figure figure = {0};
        last = n < most ? n : most;
        work_among((unsigned)last, &figure);
        curve_point("undisturbed", last, &figure);
    }
}
