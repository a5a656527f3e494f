/* SPDX-License-Identifier: MIT */
/* See process_sync.h. A mutex that is closed lends nothing to its owner any more once those who waited have
 * left, and they hold it until then: so it may be freed while it is owned. */
#include "kernel/proc/process_sync.h"

#include "abi/syscall.h"
#include "arch/cpu.h"
#include "kernel/mm/heap.h"
#include "kernel/proc/process_handles.h"
#include "kernel/proc/process_tree.h"

#define RIGHTS_OF_MAKER                                                                            \
    (HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE | HANDLE_RIGHT_CLOSE)

void process_sync_free(struct process_sync *sync) {
    heap_free(sync);
}

void process_sync_let_go(struct process_sync *sync) {
    arch_irq_mask();
    const bool last = process_sync_let_go_irq(sync);
    arch_irq_unmask();
    if (last) {
        process_sync_free(sync);
    }
}

void process_sync_end(struct process_sync *sync) {
    const status_t closed =
        sync->is_mutex ? mutex_close(&sync->mutex) : semaphore_close(&sync->semaphore);
    (void)closed; /* nobody else does */
    arch_irq_mask();
    sync->ended = true;
    const bool last = sync->held == 0;
    arch_irq_unmask();
    if (last) {
        process_sync_free(sync);
    }
}

/* The handle of one that is made, or nothing of it is left. */
static status_t sync_give(struct process *process, struct process_sync *sync, uint32_t *handle) {
    arch_irq_mask();
    const status_t status = process_handle_open_irq(
        process, sync->is_mutex ? HANDLE_MUTEX : HANDLE_SEMAPHORE, sync, RIGHTS_OF_MAKER, handle);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        process_sync_free(sync);
    }
    return status;
}

static status_t sync_alloc(struct process_sync **sync) {
    *sync = heap_alloc(sizeof(struct process_sync));
    if (*sync == NULL) {
        return STATUS_NO_MEMORY;
    }
    (*sync)->held = 0;
    (*sync)->ended = false;
    return STATUS_OK;
}

static status_t mutex_give(struct process *process, bool recursive, uint32_t *handle) {
    struct process_sync *sync;
    status_t status = sync_alloc(&sync);
    if (status != STATUS_OK) {
        return status;
    }
    sync->is_mutex = true;
    status = mutex_init(&sync->mutex, &(struct mutex_attributes){.recursive = recursive});
    check(status == STATUS_OK);
    return sync_give(process, sync, handle);
}

static status_t semaphore_give_handle(struct process *process, uint64_t units, uint64_t maximum,
                                      uint32_t *handle) {
    struct process_sync *sync;
    status_t status = sync_alloc(&sync);
    if (status != STATUS_OK) {
        return status;
    }
    sync->is_mutex = false;
    status = semaphore_init(&sync->semaphore, units, maximum);
    if (status != STATUS_OK) {
        process_sync_free(sync);
        return status;
    }
    return sync_give(process, sync, handle);
}

status_t process_mutex_make(struct process *process, bool recursive, uint32_t *handle) {
    status_t status = process_lend(process, 1, 0);
    if (status != STATUS_OK) {
        return status;
    }
    status = mutex_give(process, recursive, handle);
    if (status != STATUS_OK) {
        process_lend_back(process, 1, 0);
    }
    return status;
}

status_t process_semaphore_make(struct process *process, uint64_t units, uint64_t maximum,
                                uint32_t *handle) {
    status_t status = process_lend(process, 1, 0);
    if (status != STATUS_OK) {
        return status;
    }
    status = semaphore_give_handle(process, units, maximum, handle);
    if (status != STATUS_OK) {
        process_lend_back(process, 1, 0);
    }
    return status;
}
