/* SPDX-License-Identifier: MIT */
/* What tests/tools/trace_test.py traces: "do=WORD" says what. */
#include "kernel/app.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/sched/periodic.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/condition.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/mutex.h"
#include "kernel/sync/rwlock.h"
#include "kernel/sync/semaphore.h"
#include "kernel/trace/trace.h"
#include "lib/assert.h"
#include "lib/string.h"

#define MARKS      1000000
#define MARKS_A_MS 1000
#define PERIOD_US  500
#define DEADLINE   200 /* us */
#define TOO_LONG   300 /* us */

MAILBOX_TYPE(number_box, uint32_t)
MAILBOX_STATIC(number_box, inbox, 2);
static struct mutex mutex;
static struct semaphore semaphore;
static struct event_flags flags;
static struct barrier barrier;
static struct condition condition;
static struct rwlock rwlock;

static void locks(void *argument) {
    (void)argument;
    (void)!mutex_lock(&mutex);
    (void)!mutex_unlock(&mutex);
}

static void receives(void *argument) {
    uint32_t message;
    (void)argument;
    (void)!number_box_recv(&inbox, &message);
}

static void faults(void *address) {
    *(volatile uint64_t *)address = 1;
}

/* For two quanta, next to another. */
static void spins(void *argument) {
    (void)argument;
    for (instant_t end = time_after(time_us(2 * CONFIG_QUANTUM_US));
         time_now().ticks < end.ticks;) {
    }
}

/* Misses its first deadline, not its second. */
static void works(void *argument) {
    const struct periodic_attributes attributes = {.first = time_after(time_us(100)),
                                                   .period = time_us(PERIOD_US),
                                                   .deadline = time_us(DEADLINE)};
    (void)argument;
    (void)!periodic_begin(&attributes);
    (void)!periodic_wait(NULL);
    for (instant_t end = time_after(time_us(TOO_LONG)); time_now().ticks < end.ticks;) {
    }
    (void)!periodic_wait(NULL);
}

/* Of objects that nobody else uses. */
static void synchronises(void) {
    (void)!barrier_init(&barrier, 1);
    (void)!condition_init(&condition);
    (void)!rwlock_init(&rwlock, 1);
    (void)!barrier_wait(&barrier, NULL);
    (void)!mutex_lock(&mutex);
    (void)!condition_wait_until(&condition, &mutex, time_after(time_us(50)));
    condition_signal(&condition);
    (void)!condition_broadcast(&condition);
    (void)!mutex_unlock(&mutex);
    (void)!rwlock_read_lock(&rwlock);
    (void)!rwlock_read_unlock(&rwlock);
    (void)!rwlock_write_lock(&rwlock);
    (void)!rwlock_write_unlock(&rwlock);
}

static void everything(void) {
    const struct thread_attributes low = {.name = "worker", .priority = 20};
    const struct thread_attributes high = {.name = "high \"one\"", .priority = 40};
    const struct thread_attributes turns = {.priority = 10, .policy = THREAD_ROUND_ROBIN};
    const uint32_t message = 7;
    (void)!mutex_lock(&mutex);
    (void)!thread_spawn(locks, NULL, &high, NULL);
    (void)!mutex_unlock(&mutex);
    (void)!thread_spawn(receives, NULL, &high, NULL);
    (void)!number_box_send(&inbox, &message);
    (void)!semaphore_give(&semaphore);
    (void)!semaphore_take(&semaphore);
    (void)!event_flags_set(&flags, 1);
    (void)!event_flags_try_wait(&flags, 1, EVENT_FLAGS_ANY, NULL);
    synchronises();
    trace_mark("the \\ mark", UINT64_MAX);
    (void)!thread_spawn(faults, (void *)8, &high, NULL);
    (void)!thread_spawn(spins, NULL, &turns, NULL);
    (void)!thread_spawn(spins, NULL, &turns, NULL);
    (void)!thread_spawn(works, NULL, &low, NULL);
    thread_sleep_us(3 * CONFIG_QUANTUM_US);
    app_exit(0);
}

static void many(void) {
    for (unsigned i = 0; i < MARKS; i++) {
        trace_mark("n", i);
        if (i % MARKS_A_MS == 0) {
            thread_sleep_ms(1);
        }
    }
    app_exit(0);
}

void app_main(void) {
    const char *what = app_argument("do");
    (void)!mutex_init(&mutex, NULL);
    (void)!semaphore_init(&semaphore, 0, 1);
    (void)!event_flags_init(&flags, 0);
    if (what == NULL) {
        everything();
    } else if (strcmp(what, "many") == 0) {
        many();
    } else {
        trace_mark("last words", 1);
        panic("asked for");
    }
}
