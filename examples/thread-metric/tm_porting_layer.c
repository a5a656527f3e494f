/* SPDX-License-Identifier: MIT */
/*
 * Thread-Metric's calls as genrt's: a thread, a mailbox, a semaphore and a pool for each number. A
 * number that was not created, or out of range, is TM_ERROR.
 */
#include "tm_api.h"

#include "config.h"
#include "kernel/ipc/irq_line.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/pool.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/semaphore.h"

#define THREADS      32
#define OBJECTS      4
#define QUEUE_DEPTH  10
#define BLOCK_SIZE   128
#define BLOCKS       16
#define LEAST_URGENT 31

#define INTERRUPT_LINE  IRQ_SOFTWARE_FIRST
#define INTERRUPT_LEVEL (CONFIG_MAIN_PRIORITY + 1) /* above all threads of the benchmark */

struct tm_message {
    unsigned long word[TM_MESSAGE_WORDS];
};
MAILBOX_TYPE(message_queue, struct tm_message)

static struct {
    thread_id_t id;
    void (*entry)(void);
} threads[THREADS];

static struct message_queue queues[OBJECTS];
static struct tm_message queue_storage[OBJECTS][QUEUE_DEPTH];
static struct semaphore semaphores[OBJECTS];
static struct pool pools[OBJECTS] = {[0 ... OBJECTS - 1] = {.free = POOL_NONE}};
static uint8_t pool_storage[OBJECTS][POOL_STORAGE_SIZE(BLOCK_SIZE, BLOCKS)] ALIGNED(8);

static int answer(status_t status) {
    return status == STATUS_OK ? TM_SUCCESS : TM_ERROR;
}

/* What was not created is all zeroes, or a pool without blocks: it refuses by itself. */
static bool is_object(int number) {
    return (unsigned)number < OBJECTS;
}

/* --- The interrupt: a thread above all others serves its line ----------------------------------- */

static void interrupt_main(void *unused) {
    (void)unused;
    const struct irq_line_attributes line = {.priority = INTERRUPT_LEVEL};
    check(irq_line_bind(INTERRUPT_LINE, &line, thread_self()) == STATUS_OK);
    while (irq_wait(INTERRUPT_LINE) == STATUS_OK) {
        tm_interrupt_handler();
    }
}

/* Above whoever calls this: it waits before this returns. */
static void interrupt_initialize(void) {
    const struct thread_attributes attributes = {.name = "interrupt", .priority = INTERRUPT_LEVEL};
    thread_id_t id;
    check(thread_spawn(interrupt_main, NULL, &attributes, &id) == STATUS_OK);
}

void tm_cause_interrupt(void) {
    (void)!irq_trigger(INTERRUPT_LINE);
}

void tm_initialize(void (*initialize)(void)) {
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i].id = THREAD_ID_NONE;
    }
    interrupt_initialize();
    initialize();
}

/* --- Threads ---------------------------------------------------------------------------------- */

static bool is_number(int thread_id) {
    return (unsigned)thread_id < THREADS;
}

static void thread_main(void *argument) {
    void (*entry)(void) = *(void (**)(void))argument;
    entry();
}

/* At the lowest level at first, so that it does not run before it is suspended. */
int tm_thread_create(int thread_id, int priority, void (*entry)(void)) {
    const struct thread_attributes attributes = {.name = "thread-metric"};
    if (!is_number(thread_id) || priority < 1 || priority > LEAST_URGENT) {
        return TM_ERROR;
    }
    thread_id_t *id = &threads[thread_id].id;
    threads[thread_id].entry = entry;
    status_t status = thread_spawn(thread_main, &threads[thread_id].entry, &attributes, id);
    if (status == STATUS_OK) {
        status = thread_suspend(*id);
    }
    if (status == STATUS_OK) {
        status = thread_set_priority(*id, CONFIG_MAIN_PRIORITY - (unsigned)priority);
    }
    return answer(status);
}

int tm_thread_resume(int thread_id) {
    return is_number(thread_id) ? answer(thread_resume(threads[thread_id].id)) : TM_ERROR;
}

int tm_thread_suspend(int thread_id) {
    return is_number(thread_id) ? answer(thread_suspend(threads[thread_id].id)) : TM_ERROR;
}

void tm_thread_relinquish(void) {
    thread_yield();
}

void tm_thread_sleep(int seconds) {
    thread_sleep_ms((uint64_t)seconds * 1000);
}

/* --- Queues ----------------------------------------------------------------------------------- */

int tm_queue_create(int queue_id) {
    if (!is_object(queue_id)) {
        return TM_ERROR;
    }
    return answer(message_queue_init(&queues[queue_id], queue_storage[queue_id], QUEUE_DEPTH));
}

int tm_queue_send(int queue_id, unsigned long *message) {
    if (!is_object(queue_id)) {
        return TM_ERROR;
    }
    return answer(message_queue_try_send(&queues[queue_id], (const struct tm_message *)message));
}

int tm_queue_receive(int queue_id, unsigned long *message) {
    if (!is_object(queue_id)) {
        return TM_ERROR;
    }
    return answer(message_queue_try_recv(&queues[queue_id], (struct tm_message *)message));
}

/* --- Semaphores: binary, and there at first ----------------------------------------------------- */

int tm_semaphore_create(int semaphore_id) {
    if (!is_object(semaphore_id)) {
        return TM_ERROR;
    }
    return answer(semaphore_init(&semaphores[semaphore_id], 1, 1));
}

int tm_semaphore_get(int semaphore_id) {
    return is_object(semaphore_id) ? answer(semaphore_try_take(&semaphores[semaphore_id]))
                                   : TM_ERROR;
}

int tm_semaphore_put(int semaphore_id) {
    return is_object(semaphore_id) ? answer(semaphore_give(&semaphores[semaphore_id])) : TM_ERROR;
}

/* --- Memory ----------------------------------------------------------------------------------- */

int tm_memory_pool_create(int pool_id) {
    if (!is_object(pool_id)) {
        return TM_ERROR;
    }
    return answer(pool_init(&pools[pool_id], pool_storage[pool_id], sizeof pool_storage[pool_id],
                            BLOCK_SIZE, BLOCKS));
}

int tm_memory_pool_allocate(int pool_id, unsigned char **memory) {
    void *block;
    if (!is_object(pool_id) || pool_alloc(&pools[pool_id], &block) != STATUS_OK) {
        return TM_ERROR;
    }
    *memory = block;
    return TM_SUCCESS;
}

int tm_memory_pool_deallocate(int pool_id, unsigned char *memory) {
    return is_object(pool_id) ? answer(pool_free(&pools[pool_id], memory)) : TM_ERROR;
}
