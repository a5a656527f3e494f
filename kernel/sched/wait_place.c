/* SPDX-License-Identifier: MIT */
/* Places: joining, being served, the wait, following a priority. */
#include "kernel/sched/wait_place.h"

#include "kernel/sched/sched.h"
#include "lib/bound.h"

_Static_assert(CONFIG_WAIT_ANY_MAX >= 1, "something is waited for");

/* --- Who waits ---------------------------------------------------------------------------------- */

void wait_place_begin(struct wait_any *any) {
    struct thread *self = arch_cpu_self()->current;
    any->thread = self;
    any->count = 0;
    any->served = NULL;
    any->status = STATUS_TIMED_OUT;
    any->armed = false;
    any->expired = false;
    self->any = any;
}

void wait_place_join_irq(struct wait_any *any, struct prio_queue *queue, struct thread *thread,
                         void *buffer) {
    struct wait_place *place = &any->place[any->count++];
    struct thread *face = wait_place_face(place);
    place->any = any;
    face->state = THREAD_PLACE;
    face->priority = any->thread->priority;
    face->wait_queue = queue;
    face->wait_buffer = buffer;
    face->joining = thread;
    if (queue != NULL) {
        prio_queue_insert_tail(queue, &face->node, face->priority);
    } else if (thread != NULL) {
        thread->joiner = face;
    }
}

/* Takes all that still stand somewhere out. O(CONFIG_WAIT_ANY_MAX). */
static ALWAYS_INLINE void wait_place_leave_irq(struct wait_any *any) IRQ_MASKED {
    struct wait_place *end = any->place + any->count;
    BOUND_LOOP(left, CONFIG_WAIT_ANY_MAX);
    for (struct wait_place *place = any->place; place != end; place++) {
        BOUND_TURN(left);
        struct thread *face = wait_place_face(place);
        if (face->wait_queue != NULL) {
            prio_queue_remove(face->wait_queue, &face->node, face->priority);
        } else if (face->joining != NULL) {
            face->joining->joiner = NULL;
        }
    }
}

void wait_place_serve_irq(struct wait_any *any, status_t status) {
    any->served = &any->place[any->count];
    any->status = status;
    wait_place_leave_irq(any);
}

void wait_place_end_irq(struct cpu *cpu, struct thread *self) {
    struct wait_any *any = self->any;
    if (any->served == NULL) {
        wait_place_leave_irq(any);
    }
    if (any->armed) {
        timed_event_cancel_irq(cpu, &self->timeout);
    }
    self->any = NULL;
}

void wait_place_follow_irq(const struct thread *thread) {
    uint8_t level = thread->priority;
    struct wait_place *place = thread->any->place;
    struct wait_place *end = place + thread->any->count;
    BOUND_LOOP(moved, CONFIG_WAIT_ANY_MAX);
    for (; place != end; place++) {
        BOUND_TURN(moved);
        struct thread *face = wait_place_face(place);
        if (face->wait_queue != NULL && face->priority != level) {
            prio_queue_remove(face->wait_queue, &face->node, face->priority);
            prio_queue_insert_tail(face->wait_queue, &face->node, level);
            face->priority = level;
        }
    }
}

void wait_place_arm_irq(struct cpu *cpu, struct wait_any *any, instant_t deadline) {
    struct thread *self = any->thread;
    any->armed = true;
    timed_event_arm_irq(cpu, &self->timeout, TIMED_EVENT_WAIT_ANY, self->priority, deadline);
}

/* A priority may have changed between one joining and the next. */
struct frame *wait_any_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct wait_any *any = (struct wait_any *)(uintptr_t)a;
    struct thread *self = any->thread;
    if (any->served != NULL || any->expired) {
        return &self->frame;
    }
    wait_place_follow_irq(self);
    prio_queue_pop(&cpu->ready, self->priority); /* the running thread is its level's oldest */
    thread_state_move(self, THREAD_READY, THREAD_WAITING_ANY);
    return sched_switch_irq(cpu, sched_pick_irq(cpu));
}

/* --- Who serves --------------------------------------------------------------------------------- */

bool wait_place_claim_irq(struct cpu *cpu, struct thread *face, status_t status) {
    check(face->state == THREAD_PLACE);
    struct wait_place *place = wait_place_of_face(face);
    struct wait_any *any = place->any;
    struct thread *thread = any->thread;
    face->wait_queue = NULL;
    face->joining = NULL;
    any->served = place;
    any->status = status;
    wait_place_leave_irq(any);
    if (thread->state != THREAD_WAITING_ANY) {
        return false;
    }
    thread_state_move(thread, THREAD_WAITING_ANY, THREAD_WAITING);
    return sched_wake_untimed_irq(cpu, thread, STATUS_OK);
}

/* Who was served before, and has not run since, has what it got. */
void wait_place_time_event(struct cpu *cpu, struct timed_event *event) {
    struct thread *thread = CONTAINER_OF(event, struct thread, timeout);
    thread->any->armed = false;
    thread->any->expired = true;
    if (thread->state == THREAD_WAITING_ANY) {
        thread_state_move(thread, THREAD_WAITING_ANY, THREAD_WAITING);
        sched_wake_untimed_irq(cpu, thread, STATUS_TIMED_OUT);
    }
}
