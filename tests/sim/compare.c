/* SPDX-License-Identifier: MIT */
/*
 * Rings and trees are compared with the model's numbers: walking one from its head must meet
 * ever larger places. That each holds whom it should is the invariants' business
 * (invariants.c), which count.
 */
#include "tests/sim/compare.h"

#include "kernel/sched/sched.h"

#define CONST_THREAD(node)                                                                         \
    ((const struct thread *)((const char *)(node)-offsetof(struct thread, node)))

static const char *compare_wait(const struct thread *thread, const struct model_thread *expected,
                                struct mailbox *const *mailboxes) {
    bool timed = expected->deadline != MODEL_NEVER;
    if (thread->state != (timed ? THREAD_WAITING_TIMED : THREAD_WAITING)) {
        return "a waiting thread does not wait, or not as long";
    }
    if (timed &&
        timer_queue_moment(&arch_cpu_self()->events, thread->timeout.id) != expected->deadline) {
        return "a timeout is armed for another moment";
    }
    const struct prio_queue *queue = NULL;
    const struct thread *joining = NULL;
    if (expected->wait == MODEL_SEND) {
        queue = &mailboxes[expected->operation->mailbox]->senders;
    } else if (expected->wait == MODEL_RECEIVE) {
        queue = &mailboxes[expected->operation->mailbox]->receivers;
    } else if (expected->wait == MODEL_JOIN) {
        joining = &thread_slots[expected->joined];
    }
    if (thread->wait_queue != queue) {
        return "a thread waits in another queue";
    }
    return thread->joining != joining ? "a thread joins another" : NULL;
}

static const char *compare_thread(const struct thread *thread, const struct model_thread *expected,
                                  struct mailbox *const *mailboxes) {
    if (thread->id.generation != expected->generation) {
        return "a slot has another generation";
    }
    if (expected->state == MODEL_FREE) {
        return thread->state != THREAD_FREE ? "a slot is not free" : NULL;
    }
    if (thread->priority != expected->priority || thread->detached != expected->detached ||
        thread->faulted != expected->faulted ||
        (thread->round_robin != 0) != expected->round_robin ||
        (thread->beside == THREAD_BESIDE_FP) != expected->fp ||
        thread->stack->class != expected->stack_class) {
        return "a thread has other attributes";
    }
    switch (expected->state) {
    case MODEL_READY:
        return thread->state != THREAD_READY ? "a thread is not ready" : NULL;
    case MODEL_ENDED:
        return thread->state != THREAD_ENDED ? "a thread has not ended" : NULL;
    default:
        return compare_wait(thread, expected, mailboxes);
    }
}

static bool is_in_order(const struct prio_queue *queue) {
    for (uint64_t levels = queue->levels; levels != 0; levels &= levels - 1) {
        const struct prio_node *head = prio_queue_head(queue, bits_lowest(levels));
        const struct prio_node *node = head;
        uint64_t last = 0;
        do {
            uint64_t place = model.threads[CONST_THREAD(node)->id.index].place;
            if (place <= last) {
                return false;
            }
            last = place;
            node = node->next;
        } while (node != head);
    }
    return true;
}

/* Each level's first, by the model's moments and its own order of arming: that of the others is
 * seen when they are. */
static bool events_are_in_order(const struct cpu *cpu) {
    for (uint64_t levels = cpu->events.levels; levels != 0; levels &= levels - 1) {
        unsigned level = bits_lowest(levels);
        unsigned id = timer_queue_first(&cpu->events, level);
        if ((int)id - 1 != model_first_armed(level)) {
            return false;
        }
    }
    return true;
}

static const char *compare_mailboxes(struct mailbox *const *mailboxes) {
    for (int i = 0; i < MODEL_MAILBOXES; i++) {
        const struct mailbox *mailbox = mailboxes[i];
        const struct model_mailbox *expected = &model.mailboxes[i];
        if (mailbox == NULL) {
            continue;
        }
        if (mailbox->count != expected->count || mailbox->closed != expected->closed) {
            return "a mailbox holds another number of messages, or is closed or open";
        }
        if (!is_in_order(&mailbox->receivers) || !is_in_order(&mailbox->senders)) {
            return "waiters stand in another order";
        }
    }
    return NULL;
}

static const char *compare_cpu(const struct cpu *cpu, const struct frame *next) {
    const struct thread *running =
        model.running == MODEL_IDLE ? cpu->idle : &thread_slots[model.running];
    if (cpu->current != running) {
        return "another thread runs";
    }
    if (next != &running->frame) {
        return "the frame to go on with is not the running thread's";
    }
    if (cpu->quantum_end.ticks != model.quantum_end) {
        return "the quantum ends at another moment";
    }
    if (!is_in_order(&cpu->ready)) {
        return "ready threads stand in another order";
    }
    if (!events_are_in_order(cpu)) {
        return "timed events stand in another order";
    }
    return cpu->stale_timeouts != 0 ? "a timeout was not called off" : NULL;
}

const char *compare_with_model(struct mailbox *const mailboxes[MODEL_MAILBOXES],
                               const struct frame *next) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        const char *different = compare_thread(&thread_slots[i], &model.threads[i], mailboxes);
        if (different != NULL) {
            return different;
        }
    }
    const char *different = compare_mailboxes(mailboxes);
    return different != NULL ? different : compare_cpu(arch_cpu_self(), next);
}
