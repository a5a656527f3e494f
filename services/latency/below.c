/* SPDX-License-Identifier: MIT */
/*
 * What runs below the threads that measure.
 *
 * Without load: a thread that sleeps until shortly before the next release, and then spins until it
 * has come. So the release never finds the CPU waiting: QEMU 7.2's clock can be a few instructions
 * wrong when it does (bench/timers.c), and two runs would not be the same.
 *
 * With load: that thread spins for ever, and above it two threads call the kernel without pause, at
 * random, so that a release falls into their masked stretches: messages with timeouts, threads that
 * come, change places and go, locks that are fought for, events, the heap.
 */
#include "kernel/app.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/heap.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/mutex.h"
#include "kernel/sync/semaphore.h"
#include "lib/bound.h"
#include "lib/random.h"
#include "services/latency/latency.h"

#define SPIN_US     5 /* before a release: longer than it takes to wake and to look */
#define BOX_SLOTS   4
#define PATIENCE    300 /* ticks: times out now and then */
#define PAUSE       200 /* ticks */
#define BLOCK_MAX   1000
#define HELPERS_MAX 2

MAILBOX_TYPE(latency_box, uint64_t)
MAILBOX_STATIC(latency_box, box, BOX_SLOTS);

static struct mutex mutex;
static struct semaphore semaphore;
static struct event_flags flags;
static volatile bool enough;
static thread_id_t helpers[1 + HELPERS_MAX];
static unsigned helper_count;

/* --- The lowest -------------------------------------------------------------------------------- */

/* Of all, as if none were ever missed. */
static uint64_t next_release(const struct latency_order *order, uint64_t now) {
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < order->threads; i++) {
        const struct latency_thread *thread = &latency_threads[i];
        const uint64_t interval = thread->interval.ticks;
        const uint64_t its =
            now < thread->first ? thread->first : now + interval - (now - thread->first) % interval;
        next = its < next ? its : next;
    }
    return next;
}

static void spin(void *argument) {
    const struct latency_order *order = argument;
    const uint64_t before = time_us(SPIN_US).ticks;
    while (!enough) {
        const uint64_t now = time_now().ticks;
        const uint64_t next = order->load ? now : next_release(order, now);
        if (now + before < next) {
            thread_sleep_until((instant_t){next - before});
        }
    }
}
BOUND_STACK(spin, 0);

/* --- The load ---------------------------------------------------------------------------------- */

static void nothing(void *argument) {
    (void)argument;
}

/* Waiting, waking and handing over, with timeouts: an armed event each. */
static void load_messages(struct random *random) {
    uint64_t value = random_next(random);
    (void)!latency_box_try_send(&box, &value);
    (void)!latency_box_recv_ticks(&box, &value, PATIENCE);
    thread_sleep_ticks(PAUSE);
}

static void load_threads(void) {
    static const struct thread_attributes joined = {.priority = LATENCY_LOAD_PRIORITY};
    static const struct thread_attributes alone = {.priority = LATENCY_LOAD_PRIORITY,
                                                   .detached = true};
    thread_id_t id;
    (void)!thread_spawn(nothing, NULL, &alone, NULL);
    if (thread_spawn(nothing, NULL, &joined, &id) == STATUS_OK) {
        (void)!thread_set_priority(id, LATENCY_LOAD_RAISED);
        (void)!thread_join(id, NULL);
    }
    thread_yield();
}

static void load_locks(struct random *random) {
    if (mutex_lock(&mutex) == STATUS_OK) {
        thread_sleep_ticks(random_below(random, PAUSE)); /* the other may want it meanwhile */
        (void)!mutex_unlock(&mutex);
    }
    (void)!semaphore_give(&semaphore);
    (void)!semaphore_take(&semaphore);
    (void)!event_flags_set(&flags, 1);
    (void)!event_flags_try_wait(&flags, 1, EVENT_FLAGS_ANY, NULL);
}

static void load_heap(struct random *random) {
    struct latency_box *made = NULL;
    void *block = heap_alloc(1 + random_below(random, BLOCK_MAX));
    if (latency_box_create(1 + random_below(random, BOX_SLOTS), &made) == STATUS_OK) {
        latency_box_destroy(made);
    }
    heap_free(block);
}

static void load(void *argument) {
    struct random random;
    random_init(&random, (uintptr_t)argument);
    while (!enough) {
        load_messages(&random);
        load_threads();
        load_locks(&random);
        load_heap(&random);
    }
}
BOUND_STACK(load, 0);

/* --- Begin and end ----------------------------------------------------------------------------- */

static status_t below_spawn(thread_entry entry, void *argument, const char *name,
                            uint8_t priority) {
    const struct thread_attributes attributes = {.name = name, .priority = priority};
    const status_t status = thread_spawn(entry, argument, &attributes, &helpers[helper_count]);
    helper_count += status == STATUS_OK;
    return status;
}

static status_t load_start(void) {
    status_t status = latency_box_init(&box, box_storage, BOX_SLOTS);
    status = status == STATUS_OK ? mutex_init(&mutex, NULL) : status;
    status = status == STATUS_OK ? semaphore_init(&semaphore, 0, 2 * HELPERS_MAX) : status;
    status = status == STATUS_OK ? event_flags_init(&flags, 0) : status;
    for (uintptr_t i = 0; i < HELPERS_MAX && status == STATUS_OK; i++) {
        status = below_spawn(load, (void *)(i + 1), "load", LATENCY_LOAD_PRIORITY);
    }
    return status;
}

status_t latency_below_start(const struct latency_order *order) {
    const status_t status =
        below_spawn(spin, (void *)(uintptr_t)order, "spin", LATENCY_SPIN_PRIORITY);
    return status == STATUS_OK && order->load ? load_start() : status;
}

void latency_below_end(void) {
    enough = true;
    for (unsigned i = 0; i < helper_count; i++) {
        (void)!thread_join(helpers[i], NULL);
    }
}
