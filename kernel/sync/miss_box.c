/* SPDX-License-Identifier: MIT */
/* Telling of misses: to who waits, or into the list. */
#include "kernel/sync/miss_box.h"

#include "arch/task_call.h"
#include "kernel/sched/periodic_record.h"
#include "kernel/sync/miss_box_internal.h"
#include "kernel/sync/waiters.h"
#include "lib/bound.h"

status_t miss_box_init(struct miss_box *box) {
    if (box == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    list_init(&box->untold);
    prio_queue_init(&box->waiters);
    box->closed = false;
    return STATUS_OK;
}

/* Takes the oldest of those who were not told of. False: there is none. O(1). */
static bool miss_box_take_irq(struct miss_box *box, struct deadline_miss *miss) IRQ_MASKED {
    struct list_node *node = list_pop_front(&box->untold);
    if (node == NULL) {
        return false;
    }
    struct periodic *periodic = CONTAINER_OF(node, struct periodic, link);
    periodic->untold = false;
    *miss = (struct deadline_miss){periodic->owner, periodic->missed, periodic->running,
                                   periodic->untold_misses};
    return true;
}

status_t miss_box_close(struct miss_box *box) {
    struct deadline_miss forgotten;
    arch_irq_mask();
    bool was_closed = box->closed;
    box->closed = true; /* nothing is kept from here on */
    bool more = miss_box_take_irq(box, &forgotten);
    arch_irq_unmask();
    BOUND_LOOP(untold, CONFIG_PERIODIC_THREADS);
    while (more) {
        BOUND_TURN(untold);
        arch_irq_mask();
        more = miss_box_take_irq(box, &forgotten);
        arch_irq_unmask();
    }
    waiters_dismiss(&box->waiters);
    return was_closed ? STATUS_CLOSED : STATUS_OK;
}

/* WOULD_BLOCK: there is none. O(1). */
static status_t miss_box_look_irq(struct miss_box *box, struct deadline_miss *miss) IRQ_MASKED {
    if (box->closed) {
        return STATUS_CLOSED;
    }
    return miss_box_take_irq(box, miss) ? STATUS_OK : STATUS_WOULD_BLOCK;
}

status_t miss_box_try_wait(struct miss_box *box, struct deadline_miss *miss) {
    arch_irq_mask();
    status_t status = miss_box_look_irq(box, miss);
    arch_irq_unmask();
    return status;
}

struct frame *miss_box_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct miss_box *box = (struct miss_box *)(uintptr_t)a;
    struct deadline_miss *miss = (struct deadline_miss *)(uintptr_t)b;
    status_t status = miss_box_look_irq(box, miss);
    return status == STATUS_WOULD_BLOCK ? sched_block_irq(cpu, &box->waiters, miss)
                                        : waiters_answer_irq(cpu, status);
}

status_t miss_box_wait(struct miss_box *box, struct deadline_miss *miss) {
    return task_call_miss_box_wait((uint64_t)(uintptr_t)box, (uint64_t)(uintptr_t)miss);
}

/* O(1). */
static void miss_box_keep_irq(const struct cpu *cpu, struct miss_box *box,
                              struct periodic *periodic) IRQ_MASKED {
    if (!periodic->untold) {
        periodic->untold = true;
        periodic->untold_misses = 0;
        list_push_back(&box->untold, &periodic->link);
    }
    periodic->untold_misses++;
    periodic->missed = periodic->state.deadline;
    periodic->running = cpu->current->id;
}

void miss_box_event(struct cpu *cpu, struct timed_event *event) {
    struct periodic *periodic = periodic_miss_irq(cpu, event);
    struct miss_box *box = periodic != NULL ? periodic->box : NULL;
    if (box == NULL || box->closed) {
        return;
    }
    if (prio_queue_is_empty(&box->waiters)) {
        miss_box_keep_irq(cpu, box, periodic);
        return;
    }
    struct thread *handler = sched_take_waiter_irq(&box->waiters);
    struct deadline_miss *miss = handler->wait_buffer;
    *miss = (struct deadline_miss){periodic->owner, periodic->state.deadline, cpu->current->id, 1};
    sched_wake_untimed_irq(cpu, handler, STATUS_OK);
}
