/* SPDX-License-Identifier: MIT */
/* Mutexes: that nobody waits for; a wait that lends its priority; handing over. A condition. */
#include "bench/bench.h"

#include "kernel/ipc/mailbox_type.h"
#include "kernel/sync/condition.h"

MAILBOX_TYPE(go_box, char)
MAILBOX_STATIC(go_box, go, 1);

static struct mutex mutex;
static struct figure lock_unlock = {.name = "mutex_lock_unlock"};
static struct figure lock_lends = {.name = "mutex_lock_lends"};
static struct condition changed;
static bool over;
static struct figure signal_higher = {.name = "condition_signal_higher"};
static struct figure hand_over = {.name = "mutex_hand_over"};

static void measure_lock_unlock(void *argument) {
    (void)argument;
    bool more = true;
    while (more) {
        bench_open();
        status_t locked = mutex_lock(&mutex);
        status_t unlocked = mutex_unlock(&mutex);
        uint64_t reading = bench_close();
        bench_must(locked, "lock");
        bench_must(unlocked, "unlock");
        more = figure_add(&lock_unlock, reading);
    }
}

/* Woken while the owner has the mutex: from there on the owner runs at this thread's priority. */
static void waiter(void *argument) {
    (void)argument;
    char token;
    while (go_box_recv(&go, &token) == STATUS_OK) {
        bench_open();
        status_t locked = mutex_lock(&mutex);
        uint64_t reading = bench_close();
        bench_must(locked, "lock");
        figure_add(&hand_over, reading);
        bench_must(mutex_unlock(&mutex), "unlock");
    }
}

static void owner(void *argument) {
    (void)argument;
    const char token = 0;
    bool more = true;
    while (more) {
        bench_must(mutex_lock(&mutex), "lock");
        status_t sent = go_box_try_send(&go, &token);
        uint64_t reading = bench_close();
        bench_must(sent, "send");
        more = figure_add(&lock_lends, reading);
        bench_open();
        bench_must(mutex_unlock(&mutex), "unlock");
    }
    go_box_close(&go);
}

/* Signalled while the mutex is owned: it goes on when that is unlocked. */
static void condition_waiter(void *argument) {
    (void)argument;
    bool more = true;
    bench_must(mutex_lock(&mutex), "lock");
    while (more) {
        status_t waited = condition_wait(&changed, &mutex);
        uint64_t reading = bench_close();
        bench_must(waited, "wait");
        more = figure_add(&signal_higher, reading);
    }
    over = true;
    bench_must(mutex_unlock(&mutex), "unlock");
}

static void condition_signaller(void *argument) {
    (void)argument;
    while (!over) {
        bench_must(mutex_lock(&mutex), "lock");
        bench_open();
        condition_signal(&changed);
        status_t unlocked = mutex_unlock(&mutex);
        bench_must(unlocked, "unlock");
    }
}

void bench_mutexes(void) {
    bench_must(mutex_init(&mutex, NULL), "init");
    bench_must(go_box_init(&go, go_storage, 1), "init");
    bench_join(bench_spawn(measure_lock_unlock, NULL, BENCH_LOW));
    figure_print(&lock_unlock);
    thread_id_t high = bench_spawn(waiter, NULL, BENCH_HIGH);
    bench_join(bench_spawn(owner, NULL, BENCH_LOW));
    bench_join(high);
    figure_print(&lock_lends);
    figure_print(&hand_over);
    bench_must(condition_init(&changed), "init");
    high = bench_spawn(condition_waiter, NULL, BENCH_HIGH);
    bench_join(bench_spawn(condition_signaller, NULL, BENCH_LOW));
    bench_join(high);
    figure_print(&signal_higher);
}
