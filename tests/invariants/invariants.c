/* SPDX-License-Identifier: MIT */
/* The rules of threads, time and mailboxes. */
#include "kernel/sched/server.h"
#include "tests/invariants/invariants_internal.h"

#include "drivers/irqchip/irqchip.h"
#include "kernel/sched/fp_area.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait_place.h"

static bool is_slot(const struct thread *thread) {
    return thread >= thread_slots && thread < thread_slots + CONFIG_THREAD_SLOTS &&
           ((uintptr_t)thread - (uintptr_t)thread_slots) % sizeof(struct thread) == 0;
}

static bool is_at_home(const struct thread *thread, const struct prio_queue *queue) {
    return is_slot(thread) && thread->state == THREAD_READY && thread->home == queue;
}

static bool waits_in(const struct thread *waiter, const struct prio_queue *queue) {
    bool waits = is_slot(waiter) ? thread_is_waiting(waiter) : invariants_is_place(waiter);
    return waits && waiter->wait_queue == queue;
}

unsigned invariants_queue_count(const struct prio_queue *queue,
                                const struct prio_queue *wait_queue) {
    unsigned count = 0;
    if (!prio_queue_check(queue, WAITERS_MAX)) {
        return BROKEN_QUEUE;
    }
    for (uint64_t levels = queue->levels; levels != 0; levels &= levels - 1) {
        unsigned level = bits_lowest(levels);
        const struct prio_node *head = prio_queue_head(queue, level);
        const struct prio_node *node = head;
        do {
            const struct thread *thread = CONST_CONTAINER(node, struct thread, node);
            bool right =
                wait_queue == NULL ? is_at_home(thread, queue) : waits_in(thread, wait_queue);
            if (!right || thread->priority != level) {
                return BROKEN_QUEUE;
            }
            count++;
            node = node->next;
        } while (node != head);
    }
    return count;
}

bool invariants_is_queued(const struct thread *thread) {
    const struct prio_queue *queue = thread->wait_queue;
    if (prio_queue_level_is_empty(queue, thread->priority)) {
        return false;
    }
    const struct prio_node *node = prio_queue_head(queue, thread->priority);
    for (unsigned i = 0; i < WAITERS_MAX && node != NULL; i++, node = node->next) {
        if (node == &thread->node) {
            return true;
        }
    }
    return false;
}

struct census {
    unsigned free, ready, queued, armed, joining, joined, extra_stacks, fp_areas;
    struct invariants_servers servers;
};

static const char *census_waiting(const struct thread *thread, struct census *census) {
    census->armed += thread->state == THREAD_WAITING_TIMED;
    if (thread->wait_queue != NULL) {
        census->queued++;
        if (!invariants_is_queued(thread)) {
            return "a waiting thread is not in its queue";
        }
    }
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

static const char *census_state(const struct thread *thread, struct census *census) {
    switch (thread->state) {
    case THREAD_FREE:
        census->free++;
        return NULL;
    case THREAD_READY:
        census->ready++;
        return NULL;
    case THREAD_WAITING_ANY:
        return NULL;
    case THREAD_WAITING:
    case THREAD_WAITING_TIMED:
        return census_waiting(thread, census);
    case THREAD_ENDED:
        return thread->detached || thread->joiner != NULL ? "ended, but not free" : NULL;
    default:
        return "no such state";
    }
}

/* Every slot has its own stack, or one of a larger class that nobody else has. */
static const char *census_stack(const struct thread *thread, struct census *census) {
    const struct stack *stack = thread->stack;
    if (stack == NULL) {
        return "a slot has no stack";
    }
    if (stack == stack_of_slot(thread->id.index)) {
        return NULL;
    }
    if (stack->class == 0 || thread->state == THREAD_FREE) {
        return "a slot has a stack that is not its own";
    }
    for (uint32_t i = 0; i < thread->id.index; i++) {
        if (thread_slots[i].stack == stack) {
            return "two threads have one stack";
        }
    }
    census->extra_stacks++;
    return NULL;
}

/* Who has floating-point registers has room for them that nobody else has. */
static const char *census_extras(const struct thread *thread, struct census *census) {
    bool owes_stack = (thread->extras & THREAD_EXTRA_STACK) != 0;
    bool owes_fp = (thread->extras & THREAD_EXTRA_FP) != 0;
    if (owes_stack != (thread->stack != stack_of_slot(thread->id.index)) ||
        (thread->state == THREAD_FREE && thread->extras != 0)) {
        return "a slot does not know what it has taken";
    }
    if (thread->state != THREAD_FREE && ((thread->beside & THREAD_BESIDE_FP) != 0) != owes_fp) {
        return "a thread has registers without room for them, or room without registers";
    }
    for (uint32_t i = 0; owes_fp && i < thread->id.index; i++) {
        if ((thread_slots[i].extras & THREAD_EXTRA_FP) && thread_slots[i].fp == thread->fp) {
            return "two threads have the same room for registers";
        }
    }
    census->fp_areas += owes_fp;
    return NULL;
}

static const char *census_take(const struct cpu *cpu, struct census *census) IRQ_MASKED {
    struct invariants_places places = {0};
    *census = (struct census){0};
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        bool homeless =
            thread->home != &cpu->ready && thread->home != &cpu->parked &&
            !((thread->timed & THREAD_TIMED_SERVED) && thread->home == &thread->server->throttled);
        bool ended = thread->state == THREAD_FREE || thread->state == THREAD_ENDED;
        if (homeless || (ended && thread_is_suspended(cpu, thread))) {
            return "a thread is not at home where it should be";
        }
        if (thread->id.index != i || thread->id.generation == 0) {
            return "a slot's index or generation is wrong";
        }
        const char *broken = census_state(thread, census);
        if (broken == NULL) {
            broken = census_stack(thread, census);
        }
        if (broken == NULL) {
            broken = census_extras(thread, census);
        }
        if (broken == NULL) {
            broken = invariants_turnstile_broken_irq(thread, cpu->settling);
        }
        if (broken == NULL) {
            broken = invariants_any_broken_irq(thread, cpu->settling, &places);
        }
        if (broken != NULL) {
            return broken;
        }
        census->joined += thread->state != THREAD_FREE && thread->joiner != NULL;
    }
    census->queued += places.queued;
    census->joining += places.joining;
    census->armed += places.armed;
    return census->joined != census->joining ? "more or fewer joiners than threads joining" : NULL;
}

/* The free slots are one chain: each but one has a successor, each but one a predecessor, and from
 * that one all can be reached. */
static const char *check_free_slots(const struct census *census) {
    static bool has_predecessor[CONFIG_THREAD_SLOTS];
    if (census->free != thread_slots_free()) {
        return "the number of free slots is wrong";
    }
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        has_predecessor[i] = false;
    }
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *next = thread_slots[i].next_free;
        if (thread_slots[i].state != THREAD_FREE || next == NULL) {
            continue;
        }
        if (!is_slot(next) || next->state != THREAD_FREE || has_predecessor[next->id.index]) {
            return "the free list is broken";
        }
        has_predecessor[next->id.index] = true;
    }
    const struct thread *first = NULL;
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS && first == NULL; i++) {
        first =
            thread_slots[i].state == THREAD_FREE && !has_predecessor[i] ? &thread_slots[i] : NULL;
    }
    unsigned count = 0;
    for (; first != NULL; first = first->next_free) {
        count++;
    }
    return count != census->free ? "the free list is broken" : NULL;
}

/* Takes all free stacks of the larger classes, looks, and gives them back in their order. */
static const char *check_stacks_irq(const struct census *census) IRQ_MASKED {
    unsigned class_count;
    const struct stack_class *class = stack_classes(&class_count);
    static struct stack *taken[CONFIG_STACK_EXTRA + 1];
    unsigned count = 0;
    for (unsigned i = 1; i < class_count; i++) {
        while (count <= CONFIG_STACK_EXTRA &&
               stack_take_irq(class[i].size, &taken[count]) == STATUS_OK) {
            count++;
        }
    }
    const char *broken = count + census->extra_stacks != CONFIG_STACK_EXTRA
                             ? "a stack is neither free nor a thread's"
                             : NULL;
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        for (unsigned j = 0; thread_slots[i].stack->class != 0 && j < count; j++) {
            broken = thread_slots[i].stack == taken[j] ? "a thread's stack is free" : broken;
        }
    }
    while (count > 0) {
        stack_give_irq(taken[--count]);
    }
    return broken;
}

/* The same with all free room for registers. */
static const char *check_fp_areas_irq(const struct census *census) IRQ_MASKED {
    static struct fp_state *taken[CONFIG_FP_THREADS + 1];
    unsigned count = 0;
    while (count <= CONFIG_FP_THREADS && fp_area_take_irq(&taken[count]) == STATUS_OK) {
        count++;
    }
    const char *broken = count + census->fp_areas != CONFIG_FP_THREADS
                             ? "room for registers is neither free nor a thread's"
                             : NULL;
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        for (unsigned j = 0; (thread_slots[i].extras & THREAD_EXTRA_FP) && j < count; j++) {
            broken =
                thread_slots[i].fp == taken[j] ? "a thread's room for registers is free" : broken;
        }
    }
    while (count > 0) {
        fp_area_give_irq(taken[--count]);
    }
    return broken;
}

static const char *check_ready(const struct cpu *cpu, const struct census *census, bool may_owe) {
    unsigned parked = invariants_queue_count(&cpu->parked, NULL) + census->servers.throttled;
    if (parked > CONFIG_THREAD_SLOTS ||
        invariants_queue_count(&cpu->ready, NULL) + parked != census->ready) {
        return "the ready queue does not hold the ready threads";
    }
    const struct thread *current = cpu->current;
    if (current == cpu->idle) {
        return census->ready != parked ? "idle runs though a thread is ready" : NULL;
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

bool invariants_is_armed(const struct cpu *cpu, const struct timed_event *event, unsigned level) {
    return timer_queue_first(&cpu->events, level) == event->id ||
           cpu->events.rest[level][TIMER_QUEUE_PLACES + event->id] == event->id;
}

static const char *check_event(const struct cpu *cpu, const struct thread *thread) {
    const struct timed_event *event = &thread->timeout;
    if (event->id != thread->id.index + 1 || cpu->event[event->id] != event) {
        return "an event's id is another's";
    }
    bool any = thread->any != NULL && thread->any->armed;
    if (thread->state != THREAD_WAITING_TIMED && !any) {
        return NULL;
    }
    if (!invariants_is_armed(cpu, event, event->level)) {
        return "a thread waits for a moment without an event";
    }
    return !any && event->token != thread->wait_token ? "an event is armed for another wait" : NULL;
}

static const char *check_events(const struct cpu *cpu, const struct census *census) IRQ_MASKED {
    int armed = timer_queue_check(&cpu->events);
    if (armed < 0) {
        return "the queue of timed events is broken";
    }
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const char *broken = check_event(cpu, &thread_slots[i]);
        if (broken != NULL) {
            return broken;
        }
    }
    const char *periods = invariants_periodic_broken(cpu, &armed);
    if (periods != NULL) {
        return periods;
    }
    const struct timed_event *end = cpu->event[TIMED_EVENT_ID_END];
    armed -= end != NULL && invariants_is_armed(cpu, end, end->level);
    return (unsigned)armed != census->armed + census->servers.armed
               ? "an event is armed for a thread that does not wait for it"
               : NULL;
}

/* Levels at which something is armed or bound: a switch across one is looked at. */
static const char *check_watched(const struct cpu *cpu) {
    uint64_t all = (cpu->below & CPU_BELOW_LOOK) != 0 ? UINT64_MAX : 0;
    return cpu->watched != (cpu->events.levels | cpu->lines | all)
               ? "a level is watched without need, or is not"
               : NULL;
}

/* The interrupt mask may be another level's, as long as no line has a level in between. */
static const char *check_mask(const struct cpu *cpu) IRQ_MASKED {
    uint32_t mask = gicv2.cpu[GICV2_CPU_PMR];
    for (uint64_t lines = cpu->lines & ~CPU_BELOW_LOOK; lines != 0; lines &= lines - 1) {
        uint32_t value = gicv2_priority_value(bits_lowest(lines), gicv2.priority_levels);
        if ((value < mask) != (value < gicv2.mask[cpu_level(cpu)])) {
            return "the interrupt mask is another level's";
        }
    }
    return NULL;
}

/* Who runs by deadline and need not be compared any more is the first of its level; who has none
 * counts as having 0. */
static const char *check_deadlines(const struct thread *current) {
    const struct prio_node *node = current->node.next;
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS && node != &current->node;
         i++, node = node->next) {
        const struct thread *other = CONST_CONTAINER(node, struct thread, node);
        uint64_t deadline = other->by_deadline ? other->deadline.ticks : 0;
        if (deadline < current->deadline.ticks) {
            return "a thread runs though another of its level has an earlier deadline";
        }
    }
    return NULL;
}

static const char *check_time(const struct cpu *cpu,
                              const struct invariants_view *view) IRQ_MASKED {
    const struct thread *current = cpu->current;
    bool contested = current != cpu->idle && current->node.next != &current->node;
    bool ticking = cpu->quantum_end.ticks != INSTANT_NEVER.ticks;
    uint64_t end = UINT64_MAX;
    bool has_budget = invariants_has_budget(cpu, &end);
    bool may_set_it = view->may_owe && !ticking; /* it is lent nothing any more */
    if (has_budget && cpu->settling == NULL && current->rank.floor == 0 && !may_set_it &&
        cpu->quantum_end.ticks > end) {
        return "a budget ends, and nothing is set for its end";
    }
    bool lent = has_budget && current->lent_levels != 0; /* then it is not compared either */
    bool looked_at = !ticking || (has_budget && cpu->quantum_end.ticks > cpu->since.ticks);
    if (current->by_deadline && !view->may_owe && looked_at && !lent) {
        const char *broken = check_deadlines(current);
        if (broken != NULL) {
            return broken;
        }
    } else if (!view->may_owe && !has_budget && ticking != (contested && current->round_robin)) {
        return "a quantum runs without need, or does not run";
    }
    const struct thread *first = cpu->by_deadline.first;
    if (first != NULL && first->by_deadline && first != current) {
        return "whom a thread was compared with is known, and another runs";
    }
    unsigned level = cpu_level(cpu);
    if (!view->may_owe && level != current->priority) {
        return "the CPU is set for another level than the running thread's";
    }
    bool looks = (cpu->below & CPU_BELOW_LOOK) != 0;
    bool must_look = current->special != 0 || (CONFIG_TRACE && cpu->trace != NULL);
    if (looks != must_look && (must_look || !view->may_owe)) {
        return "the next switch looks without need, or does not";
    }
    uint64_t nearest = timer_queue_earliest(&cpu->events, level); /* none: the greatest */
    nearest = nearest < cpu->quantum_end.ticks ? nearest : cpu->quantum_end.ticks;
    if (view->compare != nearest || cpu->compare.ticks != nearest) {
        return "the compare is not at the nearest moment";
    }
    const char *broken = check_watched(cpu);
    return broken != NULL ? broken : check_mask(cpu);
}

static const char *check_ring(const struct mailbox *mailbox) {
    uint64_t size = mailbox->pairs * 16 + mailbox->rest;
    uint64_t bytes = (uint64_t)(mailbox->end - mailbox->start);
    uint64_t room = bytes / size;
    if (mailbox->capacity != (mailbox->closed ? 0 : room) || mailbox->count > room) {
        return "a mailbox counts more than it can hold";
    }
    if (mailbox->read < mailbox->start || mailbox->read >= mailbox->end ||
        mailbox->write < mailbox->start || mailbox->write >= mailbox->end) {
        return "a mailbox reads or writes outside its storage";
    }
    uint64_t behind = (uint64_t)(mailbox->read - mailbox->start) + mailbox->count * size;
    return mailbox->start + behind % bytes != mailbox->write
               ? "a mailbox's places and its count disagree"
               : NULL;
}

static const char *check_mailbox(const struct mailbox *mailbox, unsigned *queued) {
    unsigned receivers = invariants_queue_count(&mailbox->receivers, &mailbox->receivers);
    unsigned senders = invariants_queue_count(&mailbox->senders, &mailbox->senders);
    if (receivers > WAITERS_MAX || senders > WAITERS_MAX) {
        return "a mailbox's queue is broken";
    }
    if (receivers != 0 && mailbox->count != 0) {
        return "receivers wait though there are messages";
    }
    if (senders != 0 && mailbox->count < mailbox->capacity) {
        return "senders wait though there is room";
    }
    *queued += receivers + senders;
    return check_ring(mailbox);
}

static const char *check_objects(const struct invariants_view *view, const struct census *census) {
    unsigned queued = 0;
    for (unsigned i = 0; i < view->mailbox_count; i++) {
        const char *broken = check_mailbox(view->mailboxes[i], &queued);
        if (broken != NULL) {
            return broken;
        }
    }
    const char *broken = invariants_sync_broken(view, &queued);
    if (broken != NULL) {
        return broken;
    }
    return view->all_mailboxes && queued != census->queued ? "a thread waits in a queue of nobody"
                                                           : NULL;
}

const char *invariants_broken_irq(const struct invariants_view *view) {
    const struct cpu *cpu = arch_cpu_self();
    struct census census;
    struct invariants_servers servers;
    const char *broken = invariants_servers_broken_irq(cpu, &servers);
    if (broken == NULL) {
        broken = census_take(cpu, &census);
        census.servers = servers;
    }
    if (broken == NULL) {
        broken = check_free_slots(&census);
    }
    if (broken == NULL) {
        broken = check_stacks_irq(&census);
    }
    if (broken == NULL) {
        broken = check_fp_areas_irq(&census);
    }
    if (broken == NULL) {
        broken = check_ready(cpu, &census, view->may_owe);
    }
    if (broken == NULL) {
        broken = check_events(cpu, &census);
    }
    if (broken == NULL) {
        broken = check_time(cpu, view);
    }
    return broken != NULL ? broken : check_objects(view, &census);
}
