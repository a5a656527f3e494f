/* SPDX-License-Identifier: MIT */
/*
 * Who runs. The running thread stays in the ready queue as the oldest of its level, so a preempted
 * thread keeps its place, and picking is one count-leading-zeros. Only bootstrap, timed events,
 * task calls, masked direct calls and the exit of an interrupt change this state; all of it belongs
 * to one CPU.
 *
 * Invariant, whenever interrupts are unmasked: cpu->current is the oldest ready thread of the
 * highest ready level, or is about to ask for that with the `reschedule` task call, or is idle and
 * none is ready.
 */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/sched/thread_internal.h"
#include "kernel/sched/thread_state.h"
#include "kernel/trace/trace_write.h"

/* Sets compare, interrupt mask, quantum and floating-point registers for `next`, whatever was
 * before, and makes it the running thread. Returns its frame. O(1). */
struct frame *sched_settle_irq(struct cpu *cpu, struct thread *next) IRQ_MASKED;

/* Makes `next` the running thread; it may be that already. Compare and interrupt mask tell levels
 * apart at which something is armed or bound: if none of those is from the lower of both levels up
 * to the other, they stay right. A special thread and a timer interrupt are always looked at.
 * O(1). */
static inline struct frame *sched_switch_irq(struct cpu *cpu, struct thread *next) IRQ_MASKED {
    uint64_t below = next->below;
    if (UNLIKELY(below != cpu->below)) {
        if (UNLIKELY(((below ^ cpu->below) & cpu->watched) != 0)) {
            return sched_settle_irq(cpu, next);
        }
        cpu->below = below;
    }
    cpu->current = next;
    return &next->frame;
}

/* The thread that shall run. O(1). */
static inline struct thread *sched_pick_irq(const struct cpu *cpu) IRQ_MASKED {
    return UNLIKELY(prio_queue_is_empty(&cpu->ready))
               ? cpu->idle
               : thread_of_node(prio_queue_first(&cpu->ready));
}

/* What every door does last: the frame to go on with. O(1). */
static inline struct frame *sched_exit_irq(struct cpu *cpu) IRQ_MASKED {
    return sched_switch_irq(cpu, sched_pick_irq(cpu));
}

/* Puts a thread in state READY into the ready queue; who is suspended comes home to `parked`, and
 * nobody who wakes threads need ask. True when the exit must be asked (the task
 * call `reschedule`): the thread is above the current one, or contests its level. O(1). */
static inline bool sched_enqueue_irq(struct cpu *cpu, struct thread *thread) IRQ_MASKED {
    const struct thread *current = cpu->current;
    prio_queue_insert_tail(thread->home, &thread->node, thread->priority);
    return thread->priority + current->round_robin > current->priority;
}

/* Ends the wait of a thread whose timeout is not armed (any more) and which the caller has taken
 * out of its wait queue: sets what its call returns and makes it ready. Result as
 * sched_enqueue_irq(). O(1). */
static ALWAYS_INLINE bool sched_wake_untimed_irq(struct cpu *cpu, struct thread *thread,
                                                 status_t result) IRQ_MASKED {
    thread_state_move(thread, THREAD_WAITING, THREAD_READY);
    arch_frame_set_result(&thread->frame, (uint64_t)(int64_t)result);
    trace_tell_irq(cpu, thread_trace_id(thread), trace_what(TRACE_WAKE, 0, 0),
                   (uint64_t)(int64_t)result);
    return sched_enqueue_irq(cpu, thread);
}

/* The same for a waiter that is not in state WAITING: calls off its timeout first. Or it is a place
 * (wait_place.h): it is claimed, and its thread woken, if it waits. O(log timed events), or
 * O(CONFIG_WAIT_ANY_MAX). */
bool sched_wake_other_irq(struct cpu *cpu, struct thread *waiter, status_t result) IRQ_MASKED;
void sched_wake_other_in_door_irq(struct cpu *cpu, struct thread *waiter,
                                  status_t result) IRQ_MASKED;

/* The same for any waiter: in a direct call. O(log timed events), or O(CONFIG_WAIT_ANY_MAX). */
static inline bool sched_wake_irq(struct cpu *cpu, struct thread *waiter,
                                  status_t result) IRQ_MASKED {
    if (waiter->state != THREAD_WAITING) {
        return sched_wake_other_irq(cpu, waiter, result);
    }
    return sched_wake_untimed_irq(cpu, waiter, result);
}

/* And in a door, which is left by sched_exit_irq() or sched_switch_irq(). */
static inline void sched_wake_in_door_irq(struct cpu *cpu, struct thread *waiter,
                                          status_t result) IRQ_MASKED {
    if (waiter->state != THREAD_WAITING) {
        sched_wake_other_in_door_irq(cpu, waiter, result);
    } else {
        sched_wake_untimed_irq(cpu, waiter, result);
    }
}

/* Takes the oldest waiter of the highest level out of `queue`, which is not empty. O(1). */
static inline struct thread *sched_take_waiter_irq(struct prio_queue *queue) IRQ_MASKED {
    return thread_of_node(prio_queue_pop_first(queue));
}

/* Gives `thread` another effective priority: it joins the new level of the queue it stands in, if
 * any, as its youngest; the running thread as its oldest. The one place where a priority changes:
 * of base and loans, kernel/sched/turnstile.c makes what it is. O(1). */
void sched_set_priority_irq(struct cpu *cpu, struct thread *thread, unsigned priority) IRQ_MASKED;

/* Whether the exit must be asked (the task call `reschedule`): somebody else is to run, the CPU is
 * set for another level, or a level may have become contested, or no longer be. O(1). */
static inline bool sched_must_ask_irq(const struct cpu *cpu) IRQ_MASKED {
    const struct thread *current = cpu->current;
    return sched_pick_irq(cpu) != current || current->below != cpu->below;
}

/* The running thread stops and joins `queue` (NULL: none); `buffer` is for who wakes it. Returns
 * what runs next. O(1). */
struct frame *sched_block_irq(struct cpu *cpu, struct prio_queue *queue, void *buffer) IRQ_MASKED;

/* The same, at most until `deadline`; NEVER means what it says. O(log timed events). */
struct frame *sched_block_until_irq(struct cpu *cpu, struct prio_queue *queue, void *buffer,
                                    enum timed_event_kind kind, instant_t deadline) IRQ_MASKED;

/* Handlers of kernel/tables/timed_events.c. */
void sched_wake_event(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;
void sched_timeout_event(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;
void sched_limit_event(struct cpu *cpu) IRQ_MASKED;

/* Leaves the boot for the highest ready thread; the timer is initialised. `quantum`: a round-robin
 * thread's share, > 0. */
NORETURN void sched_start(struct cpu *cpu, duration_t quantum) IRQ_MASKED;

#endif
