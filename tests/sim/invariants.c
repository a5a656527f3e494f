/* SPDX-License-Identifier: MIT */
/*
 * The checker sees the kernel's structures from outside and believes nothing: it counts the threads
 * in every ring and tree, and compares with what the threads say of themselves. If each thread that
 * a ring holds claims to be in it, and as many are in rings as claim to be, each is in exactly one.
 */
#include "tests/sim/invariants.h"

#include "kernel/sched/sched.h"
#include "tests/sim/machine.h"

#define CONST_CONTAINER(pointer, type, member)                                                     \
    ((const type *)((const char *)(pointer)-offsetof(type, member)))

static bool is_slot(const struct thread *thread) {
    return thread >= thread_slots && thread < thread_slots + CONFIG_THREAD_SLOTS &&
           ((uintptr_t)thread - (uintptr_t)thread_slots) % sizeof(struct thread) == 0;
}

/* Threads of a queue, all of which say that they are in it;
 * a number too large when one does not. */
static unsigned queue_count(const struct prio_queue *queue, const struct prio_queue *wait_queue) {
    unsigned count = 0;
    if (!prio_queue_check(queue, CONFIG_THREAD_SLOTS)) {
        return UINT32_MAX / 2;
    }
    for (uint64_t levels = queue->levels; levels != 0; levels &= levels - 1) {
        unsigned level = bits_lowest(levels);
        const struct prio_node *head = prio_queue_head(queue, level);
        const struct prio_node *node = head;
        do {
            const struct thread *thread = CONST_CONTAINER(node, struct thread, node);
            if (!is_slot(thread) || thread->priority != level ||
                (wait_queue == NULL
                     ? thread->state != THREAD_READY
                     : !thread_is_waiting(thread) || thread->wait_queue != wait_queue)) {
                return UINT32_MAX / 2;
            }
            count++;
            node = node->next;
        } while (node != head);
    }
    return count;
}

struct census {
    unsigned free, ready, queued, armed, joining, joined;
};

static const char *census_waiting(const struct thread *thread, struct census *census) {
    census->armed += thread->state == THREAD_WAITING_TIMED;
    census->queued += thread->wait_queue != NULL;
    if (thread->joining != NULL) {
        census->joining++;
        if (!is_slot(thread->joining) || thread->joining->joiner != thread ||
            thread->joining->state == THREAD_FREE || thread->joining->state == THREAD_ENDED) {
            return "a joiner waits for who does not know it";
        }
        if (thread->wait_queue != NULL) {
            return "a joiner waits in a queue, too";
        }
    }
    return NULL;
}

static const char *census_take(struct census *census) {
    *census = (struct census){0};
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        const char *broken = NULL;
        switch (thread->state) {
        case THREAD_FREE:
            census->free++;
            break;
        case THREAD_READY:
            census->ready++;
            break;
        case THREAD_WAITING:
        case THREAD_WAITING_TIMED:
            broken = census_waiting(thread, census);
            break;
        case THREAD_ENDED:
            broken = thread->detached || thread->joiner != NULL ? "ended, but not free" : NULL;
            break;
        default:
            broken = "no such state";
        }
        if (broken != NULL) {
            return broken;
        }
        if (thread->id.index != i || thread->id.generation == 0) {
            return "a slot's index or generation is wrong";
        }
        census->joined += thread->state != THREAD_FREE && thread->joiner != NULL;
    }
    return census->joined != census->joining ? "more or fewer joiners than threads joining" : NULL;
}

static const char *check_ready(const struct cpu *cpu, const struct census *census, bool may_owe) {
    if (queue_count(&cpu->ready, NULL) != census->ready) {
        return "the ready queue does not hold the ready threads";
    }
    const struct thread *current = cpu->current;
    if (current == cpu->idle) {
        return census->ready != 0 ? "idle runs though a thread is ready" : NULL;
    }
    if (!is_slot(current) || current->state != THREAD_READY) {
        return "the running thread is not ready";
    }
    if (prio_queue_head(&cpu->ready, current->priority) != &current->node) {
        return "the running thread is not its level's oldest";
    }
    if (!may_owe && prio_queue_highest_level(&cpu->ready) != current->priority) {
        return "a higher thread is ready";
    }
    return NULL;
}

static const char *check_time(const struct cpu *cpu, const struct census *census, bool may_owe) {
    if (!stable_heap_check(&cpu->events)) {
        return "the heap of timed events is broken";
    }
    unsigned armed = 0;
    for (size_t i = STABLE_HEAP_FIRST; i <= cpu->events.count; i++) {
        const struct stable_heap_node *node = cpu->events.slot[i];
        const struct timed_event *event = CONST_CONTAINER(node, struct timed_event, node);
        const struct thread *thread = CONST_CONTAINER(event, struct thread, timeout);
        if (!is_slot(thread) || thread->state != THREAD_WAITING_TIMED ||
            event->kind >= TIMED_EVENT_QUANTUM) {
            return "an event is armed for a thread that does not wait for it";
        }
        if (event->token != thread->wait_token) {
            return "an event is armed for another wait";
        }
        armed++;
    }
    if (armed != census->armed) {
        return "a thread waits for a moment without an event";
    }
    const struct thread *current = cpu->current;
    bool contested = current != cpu->idle && current->node.next != &current->node;
    bool ticking = cpu->quantum_end.ticks != INSTANT_NEVER.ticks;
    if (!may_owe && ticking != (contested && current->round_robin)) {
        return "a quantum runs without need, or does not run";
    }
    bool none = stable_heap_is_empty(&cpu->events);
    uint64_t nearest = none ? UINT64_MAX : stable_heap_first(&cpu->events)->key;
    nearest = nearest < cpu->quantum_end.ticks ? nearest : cpu->quantum_end.ticks;
    return hosted.compare != nearest ? "the compare is not at the nearest moment" : NULL;
}

static const char *check_mailboxes(const struct census *census) {
    unsigned queued = 0;
    for (unsigned i = 0; i < machine.mailbox_count; i++) {
        const struct mailbox *mailbox = machine.mailboxes[i];
        unsigned receivers = queue_count(&mailbox->receivers, &mailbox->receivers);
        unsigned senders = queue_count(&mailbox->senders, &mailbox->senders);
        if (receivers > CONFIG_THREAD_SLOTS || senders > CONFIG_THREAD_SLOTS) {
            return "a mailbox's queue is broken";
        }
        if (receivers != 0 && mailbox->count != 0) {
            return "receivers wait though there are messages";
        }
        if (senders != 0 && mailbox->count < mailbox->capacity) {
            return "senders wait though there is room";
        }
        queued += receivers + senders;
    }
    return machine.mailbox_count != 0 && queued != census->queued
               ? "a waiting thread is not in its queue"
               : NULL;
}

const char *invariants_broken(bool may_owe) {
    const struct cpu *cpu = arch_cpu_self();
    struct census census;
    const char *broken = census_take(&census);
    if (broken == NULL && census.free != thread_slots_free()) {
        broken = "the number of free slots is wrong";
    }
    if (broken == NULL) {
        broken = check_ready(cpu, &census, may_owe);
    }
    if (broken == NULL) {
        broken = check_time(cpu, &census, may_owe);
    }
    return broken != NULL ? broken : check_mailboxes(&census);
}
