/* SPDX-License-Identifier: MIT */
/* System calls of mutexes and semaphores. A wait for a mutex lends its owner a priority, which is done in
 * thread context: an errand, the one that waits for others; who ends the process tells it to stop. */
#include "kernel/proc/process_sync.h"
#include "kernel/sync/mutex_door.h"
#include "kernel/sync/semaphore_call.h"
#include "kernel/sync/waiters.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/bound.h"

/* O(1). */
static struct frame *answer_irq(status_t status) IRQ_MASKED {
    struct frame *frame = &arch_cpu_self()->current->frame;
    arch_frame_set_result(frame, (uint64_t)(int64_t)status);
    return frame;
}

/* O(1). */
static status_t find_irq(uint64_t handle, enum handle_type type, uint8_t right,
                         struct process_sync **sync) IRQ_MASKED {
    void *object = NULL;
    const status_t status = handle_find(&arch_cpu_self()->current->process->handles, handle,
                                        (uint8_t)type, right, &object);
    *sync = object;
    return status;
}

/* An errand with an object, which it holds. O(1). */
static struct frame *errand_with_irq(void (*work)(void *), struct process_sync *sync,
                                     uint64_t deadline) IRQ_MASKED {
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    process_sync_hold_irq(sync);
    errand->sync = sync;
    errand->deadline = deadline;
    return errand_begin_irq(self, work);
}

static void errand_end(struct errand *errand, status_t status) {
    process_sync_let_go(errand->sync);
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)(int64_t)status);
}

static void answer_handle(struct errand *errand, status_t status, uint32_t handle) {
    const int64_t value = status == STATUS_OK ? (int64_t)handle : status;
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}

/* --- Making ----------------------------------------------------------------------------------- */

static void mutex_work(void *argument) {
    struct errand *errand = argument;
    uint32_t handle = 0;
    const status_t status =
        process_mutex_make(arch_cpu_self()->current->process, errand->words[0] != 0, &handle);
    answer_handle(errand, status, handle);
}
BOUND_STACK(mutex_work, 0);

static void semaphore_work(void *argument) {
    struct errand *errand = argument;
    uint32_t handle = 0;
    const status_t status = process_semaphore_make(arch_cpu_self()->current->process,
                                                   errand->words[0], errand->words[1], &handle);
    answer_handle(errand, status, handle);
}
BOUND_STACK(semaphore_work, 0);

struct frame *syscall_mutex_create(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct thread *self = arch_cpu_self()->current;
    errand_of_irq(self)->words[0] = a;
    return errand_begin_irq(self, mutex_work);
}

struct frame *syscall_semaphore_create(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    errand->words[0] = a;
    errand->words[1] = b;
    return errand_begin_irq(self, semaphore_work);
}

/* --- Mutexes ---------------------------------------------------------------------------------- */

static void lock_work(void *argument) {
    struct errand *errand = argument;
    errand_end(errand, mutex_lock_unless(&errand->sync->mutex, (instant_t){errand->deadline},
                                         &arch_cpu_self()->current->process->ending));
}
BOUND_STACK(lock_work, 0);

static void unlock_work(void *argument) {
    struct errand *errand = argument;
    errand_end(errand, mutex_unlock(&errand->sync->mutex));
}
BOUND_STACK(unlock_work, 0);

struct frame *syscall_mutex_lock(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct process_sync *sync;
    const status_t status = find_irq(a, HANDLE_MUTEX, HANDLE_RIGHT_RECEIVE, &sync);
    return status != STATUS_OK || mutex_lock_door_irq(&sync->mutex)
               ? answer_irq(status)
               : errand_with_irq(lock_work, sync, b);
}

struct frame *syscall_mutex_unlock(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct process_sync *sync;
    const status_t status = find_irq(a, HANDLE_MUTEX, HANDLE_RIGHT_RECEIVE, &sync);
    return status != STATUS_OK || mutex_unlock_door_irq(&sync->mutex)
               ? answer_irq(status)
               : errand_with_irq(unlock_work, sync, 0);
}

/* --- Semaphores ------------------------------------------------------------------------------- */

struct frame *syscall_semaphore_take(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct process_sync *sync;
    const status_t status = find_irq(a, HANDLE_SEMAPHORE, HANDLE_RIGHT_RECEIVE, &sync);
    return status != STATUS_OK ? answer_irq(status)
                               : semaphore_take_call((uint64_t)(uintptr_t)&sync->semaphore, b, 0);
}

struct frame *syscall_semaphore_give(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct process_sync *sync;
    const status_t status = find_irq(a, HANDLE_SEMAPHORE, HANDLE_RIGHT_SEND, &sync);
    return status != STATUS_OK
               ? answer_irq(status)
               : waiters_answer_irq(arch_cpu_self(), semaphore_give_irq(&sync->semaphore));
}
