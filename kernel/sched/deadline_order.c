/* SPDX-License-Identifier: MIT */
/*
 * Higher ones may come between two steps, and take somebody out of the ring or put him at its end;
 * nobody else does. A comparison goes on where it was, unless one of the three it knows is not there:
 * then it begins anew. So it does when somebody was taken out, who may be there again, behind those that
 * were to come.
 */
#include "kernel/sched/deadline_order.h"

#include "lib/bound.h"

/* Who has no deadline has yet to give back what it was lent, or was put there on purpose: first. */
static uint64_t deadline_order_key(struct prio_node *node) {
    const struct thread *thread = thread_of_node(node);
    return thread->by_deadline ? thread->deadline.ticks : 0;
}

/* Whether `node` stands in the ring that `running` is the oldest of. */
static bool deadline_order_is_there(const struct cpu *cpu, const struct thread *running,
                                    struct prio_node *node) {
    const struct thread *thread = thread_of_node(node);
    return thread->state == THREAD_READY && thread->priority == running->priority &&
           thread->home == &cpu->ready;
}

static bool deadline_order_goes_on(const struct cpu *cpu, const struct thread *running) {
    return cpu->by_deadline.head == running &&
           deadline_order_is_there(cpu, running, cpu->by_deadline.next) &&
           deadline_order_is_there(cpu, running, cpu->by_deadline.best);
}

void deadline_order_step_irq(struct cpu *cpu, struct thread *running) {
    struct prio_node *head = &running->node;
    bool goes_on = deadline_order_goes_on(cpu, running);
    struct prio_node *node = goes_on ? cpu->by_deadline.next : head->next;
    struct prio_node *best = goes_on ? cpu->by_deadline.best : head;
    uint64_t earliest = deadline_order_key(best);
    BOUND_LOOP(others, DEADLINE_ORDER_STEP);
    for (unsigned i = 0; i < DEADLINE_ORDER_STEP && node != head; i++) {
        BOUND_TURN(others);
        uint64_t key = deadline_order_key(node);
        best = key < earliest ? node : best;
        earliest = key < earliest ? key : earliest;
        node = node->next;
    }
    cpu->by_deadline.head = running;
    cpu->by_deadline.next = node;
    cpu->by_deadline.best = best;
    if (node == head) { /* that is all */
        prio_queue_move_to_head(&cpu->ready, best, running->priority);
        cpu->by_deadline.head = NULL;
        cpu->by_deadline.first = thread_of_node(best);
        cpu->by_deadline.tail = best->prev;
    }
}
