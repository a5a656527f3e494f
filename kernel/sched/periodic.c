/* SPDX-License-Identifier: MIT */
/*
 * A wait is two steps: the job is settled in one masked stretch, which ends its deadline and sets
 * the next one's; then the thread sleeps as any thread does. Between them the next job is the one
 * under way, and its release may come and go: a sleep until a past moment returns at once. So
 * waking needs nothing of its own.
 *
 * Ending a thread costs nothing for it: a record whose owner is gone is nobody's, with its event
 * still armed perhaps. The event finds nobody, or is called off by whoever takes the record next.
 */
#include "kernel/sched/periodic_record.h"

#include "arch/task_call.h"
#include "kernel/sched/edf.h"
#include "kernel/sched/sched.h"
#include "kernel/trace/trace_write.h"
#include "lib/bound.h"

struct periodic periodic_slots[CONFIG_PERIODIC_THREADS];
static uint8_t number_of[CONFIG_THREAD_SLOTS]; /* and one, of the latest record that each had */

_Static_assert(CONFIG_PERIODIC_THREADS >= 1 && CONFIG_PERIODIC_THREADS < UINT8_MAX,
               "a number and one is a byte");

void periodic_init(struct cpu *cpu) {
    BOUND_LOOP(records, CONFIG_PERIODIC_THREADS);
    for (unsigned i = 0; i < CONFIG_PERIODIC_THREADS; i++) {
        BOUND_TURN(records);
        periodic_slots[i] = (struct periodic){.owner = THREAD_ID_NONE};
        timed_event_init(cpu, &periodic_slots[i].event, TIMED_EVENT_ID_DEADLINE + i);
    }
}

/* Whether it is that of `thread`. */
static bool periodic_is_of(const struct periodic *periodic, const struct thread *thread) {
    return periodic->owner.index == thread->id.index &&
           periodic->owner.generation == thread->id.generation;
}

struct periodic *periodic_of_irq(const struct thread *thread) {
    unsigned number = number_of[thread->id.index];
    struct periodic *periodic = number != 0 ? &periodic_slots[number - 1] : NULL;
    return periodic != NULL && periodic_is_of(periodic, thread) ? periodic : NULL;
}

static void periodic_forget_irq(struct periodic *periodic) IRQ_MASKED {
    if (periodic->untold) {
        list_remove(&periodic->link);
        periodic->untold = false;
    }
}

/* O(log timed events). */
static void periodic_disarm_irq(struct cpu *cpu, struct periodic *periodic) IRQ_MASKED {
    if (periodic->armed) {
        periodic->armed = false;
        timed_event_cancel_irq(cpu, &periodic->event);
    }
}

/* O(log timed events). */
static void periodic_arm_irq(struct cpu *cpu, struct periodic *periodic) IRQ_MASKED {
    struct periodic_state *state = &periodic->state;
    if (periodic->deadline.ticks != 0) {
        state->deadline = instant_add(state->release, periodic->deadline);
    }
    if (state->deadline.ticks != INSTANT_NEVER.ticks) {
        unsigned own = cpu->current->priority;
        unsigned level = periodic->noticed_at > own ? periodic->noticed_at : own;
        periodic->armed = true;
        timed_event_arm_irq(cpu, &periodic->event, TIMED_EVENT_DEADLINE, level, state->deadline);
    }
}

/* Makes it the caller's, of which nobody is told yet, if it is nobody's or was that already. False:
 * it is another's. O(1). */
static bool periodic_claim(struct periodic *periodic) {
    arch_irq_mask();
    const struct thread *self = arch_cpu_self()->current;
    bool free = periodic_is_of(periodic, self) || thread_find_irq(periodic->owner) == NULL;
    if (free) {
        periodic_forget_irq(periodic);
        periodic->box = NULL;
        periodic->owner = self->id;
        number_of[self->id.index] = (uint8_t)(periodic - periodic_slots + 1);
    }
    arch_irq_unmask();
    return free;
}

/* Field by field: of a whole structure the compiler would make a loop. */
static void periodic_state_begin(struct periodic_state *state, instant_t release) {
    state->release = release;
    state->deadline = INSTANT_NEVER;
    state->jobs = 0;
    state->overruns = 0;
    state->skipped = 0;
    state->misses = 0;
    state->latency_min = DURATION_FOREVER;
    state->latency_max = (duration_t){0};
    state->latency_sum = (duration_t){0};
}

/* O(log timed events). */
static void periodic_set(struct periodic *periodic, const struct periodic_attributes *attributes) {
    arch_irq_mask();
    periodic_disarm_irq(arch_cpu_self(), periodic);
    periodic->next = attributes->first;
    periodic->period = attributes->period;
    periodic->deadline = attributes->deadline;
    periodic->box = attributes->tells;
    periodic->noticed_at = attributes->noticed_at;
    periodic->by_deadline = attributes->by_deadline;
    periodic_state_begin(&periodic->state, attributes->first);
    arch_irq_unmask();
}

/* The record that the caller has, or the number of them. O(1). */
static unsigned periodic_own(void) {
    arch_irq_mask();
    const struct periodic *periodic = periodic_of_irq(arch_cpu_self()->current);
    arch_irq_unmask();
    return periodic != NULL ? (unsigned)(periodic - periodic_slots) : CONFIG_PERIODIC_THREADS;
}

status_t periodic_begin(const struct periodic_attributes *attributes) {
    if (attributes->period.ticks == 0 || attributes->noticed_at > THREAD_PRIORITY_MAX ||
        (attributes->by_deadline && attributes->deadline.ticks == 0)) {
        return STATUS_INVALID_ARGUMENT;
    }
    unsigned own = periodic_own();
    unsigned i = own < CONFIG_PERIODIC_THREADS ? own : 0;
    BOUND_LOOP(slots, CONFIG_PERIODIC_THREADS);
    while (!periodic_claim(&periodic_slots[i])) {
        BOUND_TURN(slots);
        if (++i == CONFIG_PERIODIC_THREADS) {
            return STATUS_NO_SLOT;
        }
    }
    periodic_set(&periodic_slots[i], attributes);
    return attributes->by_deadline
               ? edf_set_deadline(instant_add(attributes->first, attributes->deadline))
               : STATUS_OK;
}

/* The next job is the one under way. Returns the releases that were skipped. O(1). */
static uint64_t periodic_advance(struct periodic *periodic, instant_t now) {
    struct periodic_state *state = &periodic->state;
    uint64_t late = instant_since(now, periodic->next).ticks; /* 0 before it */
    uint64_t skipped = late / periodic->period.ticks;
    state->overruns += late != 0 && state->jobs != 0;
    state->skipped += skipped;
    state->release.ticks = periodic->next.ticks + skipped * periodic->period.ticks; /* <= now */
    periodic->next = instant_add(state->release, periodic->period);
    return skipped;
}

/* The job begins: `periodic` is the caller's own, and nobody else counts here. */
static void periodic_count_begin(struct periodic *periodic) {
    struct periodic_state *state = &periodic->state;
    duration_t latency = instant_since(time_now(), state->release);
    trace_note(trace_what(TRACE_JOB, 0, periodic->deadline.ticks), state->release.ticks);
    state->jobs++;
    state->latency_sum.ticks += latency.ticks; /* 2^64 ticks are all time there is */
    if (latency.ticks < state->latency_min.ticks) {
        state->latency_min = latency;
    }
    if (latency.ticks > state->latency_max.ticks) {
        state->latency_max = latency;
    }
}

status_t periodic_wait(uint64_t *skipped) {
    arch_irq_mask();
    struct cpu *cpu = arch_cpu_self();
    struct periodic *periodic = periodic_of_irq(cpu->current);
    if (periodic == NULL) {
        arch_irq_unmask();
        return STATUS_NOT_FOUND;
    }
    periodic_disarm_irq(cpu, periodic);
    uint64_t passed = periodic_advance(periodic, time_now());
    periodic_arm_irq(cpu, periodic);
    arch_irq_unmask();
    if (periodic->by_deadline) {
        (void)!task_call_edf_set(periodic->state.deadline.ticks, periodic->state.release.ticks);
    } else {
        thread_sleep_until(periodic->state.release);
    }
    periodic_count_begin(periodic);
    if (skipped != NULL) {
        *skipped = passed;
    }
    return STATUS_OK;
}

status_t periodic_state(thread_id_t id, struct periodic_state *state) {
    status_t status = STATUS_STALE;
    uint64_t saved = arch_irq_save();
    const struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        const struct periodic *periodic = periodic_of_irq(thread);
        status = periodic != NULL ? STATUS_OK : STATUS_NOT_FOUND;
        if (periodic != NULL) {
            *state = periodic->state;
        }
    }
    arch_irq_restore(saved);
    return status;
}

struct periodic *periodic_miss_irq(struct cpu *cpu, struct timed_event *event) {
    struct periodic *periodic = CONTAINER_OF(event, struct periodic, event);
    const struct thread *thread = thread_find_irq(periodic->owner);
    periodic->armed = false;
    if (thread == NULL || thread->state == THREAD_ENDED) {
        cpu->stale_timeouts++;
        return NULL;
    }
    periodic->state.misses++;
    trace_cause_miss_irq(cpu, thread->id.index);
    return periodic;
}
