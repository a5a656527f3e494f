/* SPDX-License-Identifier: MIT */
/*
 * The life of a thread: a slot is taken, filled, and given back. A slot's generation grows when it
 * is given back, which is what makes old ids stale.
 */
#include "kernel/sched/thread.h"

#include "kernel/sched/fp_area.h"
#include "kernel/sched/periodic_record.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_internal.h"
#include "lib/bound.h"

struct thread thread_slots[CONFIG_THREAD_SLOTS] ALIGNED(64);
struct thread thread_idles[CONFIG_CPUS] ALIGNED(64);

static struct {
    struct thread *first;
    uint64_t count;
} free_slots;

static const struct thread_attributes default_attributes;

static void thread_slot_push(struct thread *thread) {
    thread->next_free = free_slots.first;
    free_slots.first = thread;
    free_slots.count++;
}

void thread_init(struct cpu *cpu) {
    free_slots.first = NULL;
    free_slots.count = 0;
    fp_area_init();
    server_init();
    periodic_init(cpu);
    BOUND_LOOP(slots, CONFIG_THREAD_SLOTS);
    for (uint32_t index = CONFIG_THREAD_SLOTS; index-- > 0;) {
        BOUND_TURN(slots);
        struct thread *thread = &thread_slots[index];
        thread->id = (thread_id_t){index, 1};
        thread->state = THREAD_FREE;
        thread->stack = stack_of_slot(index);
        thread->home = &cpu->ready; /* again when it ends: it is not suspended */
        timed_event_init(cpu, &thread->timeout, index + 1);
        list_init(&thread->turnstiles);
        thread->user.root = arch_user_root_empty();
        thread_slot_push(thread);
    }
}

void thread_create_idle(struct cpu *cpu, void (*entry)(void *), vaddr_t stack_top) {
    struct thread *idle = &thread_idles[cpu->index];
    idle->name = "idle";
    idle->id = THREAD_ID_NONE;
    idle->user.root = arch_user_root_empty();
    idle->state = THREAD_READY;
    arch_frame_prepare(&idle->frame, entry, NULL, stack_top);
    cpu->idle = idle;
    cpu->current = idle;
}

static status_t thread_check_attributes(thread_entry entry,
                                        const struct thread_attributes *attributes) {
    if (entry == NULL || attributes->policy > THREAD_ROUND_ROBIN) {
        return STATUS_INVALID_ARGUMENT;
    }
    return attributes->priority > THREAD_PRIORITY_MAX ? STATUS_OUT_OF_RANGE : STATUS_OK;
}

/* O(1). */
static void thread_give_stack_irq(struct thread *thread, unsigned extras) IRQ_MASKED {
    if (extras & THREAD_EXTRA_STACK) {
        stack_give_irq(thread->stack);
        thread->stack = stack_of_slot(thread->id.index);
    }
}

/* O(1). */
static NOINLINE void thread_give_extras_irq(struct thread *thread) IRQ_MASKED {
    thread_give_stack_irq(thread, thread->extras);
    if (thread->extras & THREAD_EXTRA_FP) {
        fp_area_give_irq(thread->fp);
    }
    if (thread->extras & THREAD_EXTRA_TIMED) {
        server_leave_irq(thread); /* which pays for its last piece yet */
    }
    if (thread->extras & THREAD_EXTRA_USER) {
        thread->user.root =
            arch_user_root_empty(); /* the last switch from it still saves its TLS */
        thread->process = NULL;
    }
    thread->extras = 0;
}

/* Takes what this thread needs beside its slot: all of it, or nothing. O(1). */
static NOINLINE status_t thread_take_extras_irq(
    struct thread *thread, const struct thread_attributes *attributes) IRQ_MASKED {
    unsigned extras = attributes->measure_stack ? THREAD_EXTRA_MEASURE : 0;
    if (attributes->stack_size > STACK_BASE_SIZE) {
        status_t status = stack_take_irq(attributes->stack_size, &thread->stack);
        if (status != STATUS_OK) {
            return status;
        }
        extras |= THREAD_EXTRA_STACK;
    }
    if (attributes->fp) {
        status_t status = fp_area_take_irq(&thread->fp);
        if (status != STATUS_OK) {
            thread_give_stack_irq(thread, extras);
            return status;
        }
        extras |= THREAD_EXTRA_FP;
    }
    thread->extras = (uint8_t)extras;
    return STATUS_OK;
}

/* What both ways of making a thread do. */
static ALWAYS_INLINE status_t thread_fill_irq(thread_entry entry, void *argument,
                                              const struct thread_attributes *attributes,
                                              struct thread **created) IRQ_MASKED {
    struct thread *thread = free_slots.first;
    if (thread == NULL) {
        return STATUS_NO_SLOT;
    }
    if (UNLIKELY(attributes->stack_size > STACK_BASE_SIZE || attributes->extras != 0)) {
        status_t status = thread_take_extras_irq(thread, attributes);
        if (status != STATUS_OK) {
            return status;
        }
        if (attributes->measure_stack) {
            argument = thread_measured_order(thread->stack, entry, argument);
            entry = thread_measured_main;
        }
    }
    free_slots.first = thread->next_free;
    free_slots.count--;
    thread->name = attributes->name;
    thread_rank_begin(&thread->rank, attributes->priority);
    /* THREAD_ROUND_ROBIN is 1; in one store, which also says that nobody counts its time, and that it
     * does not run by deadline. */
    thread->special = attributes->policy | (uint32_t)attributes->fp << 8;
    thread->priority = attributes->priority;
    thread->below = thread_below(thread);
    thread->detached = attributes->detached;
    thread->faulted = false;
    thread->quantum_left = (duration_t){0};
    thread->joining = NULL;
    thread->joiner = NULL;
    arch_frame_prepare(&thread->frame, entry, argument, stack_top(thread->stack));
    thread_state_move(thread, THREAD_FREE, THREAD_READY);
    trace_tell_irq(arch_cpu_self(), thread_trace_id(thread),
                   trace_what(TRACE_SPAWN, attributes->priority, (uint64_t)(uintptr_t)entry),
                   (uint64_t)(uintptr_t)attributes->name);
    *created = thread;
    return STATUS_OK;
}

void thread_make_user_irq(struct thread *thread, struct process *process, struct user_root root,
                          void *message_area) {
    thread->process = process;
    thread->message_area = message_area;
    thread->call = NULL;
    thread->user = (struct user_state){root, 0};
    thread->beside |= THREAD_BESIDE_SPACE;
    thread->extras |= THREAD_EXTRA_USER;
    thread->below = thread_below(thread);
}

status_t thread_create_irq(thread_entry entry, void *argument,
                           const struct thread_attributes *attributes, struct thread **created) {
    return thread_fill_irq(entry, argument, attributes, created);
}

status_t thread_spawn(thread_entry entry, void *argument,
                      const struct thread_attributes *attributes, thread_id_t *id) {
    if (attributes == NULL) {
        attributes = &default_attributes;
    }
    status_t status = thread_check_attributes(entry, attributes);
    if (status != STATUS_OK) {
        return status;
    }
    struct thread *thread = NULL;
    arch_irq_mask();
    status = thread_fill_irq(entry, argument, attributes, &thread);
    if (UNLIKELY(status != STATUS_OK)) {
        arch_irq_unmask();
        return status;
    }
    if (id != NULL) {
        *id = thread->id;
    }
    bool ask = sched_enqueue_irq(arch_cpu_self(), thread);
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

status_t thread_spawn_all(const struct thread_definition *definitions, unsigned count,
                          thread_id_t *ids) {
    if (count > CONFIG_THREAD_SLOTS) {
        return STATUS_OUT_OF_RANGE;
    }
    BOUND_LOOP(definitions, CONFIG_THREAD_SLOTS);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(definitions);
        const struct thread_definition *definition = &definitions[i];
        status_t status = thread_spawn(definition->entry, definition->argument,
                                       &definition->attributes, ids == NULL ? NULL : &ids[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Gives the slot of a thread that has ended back, and what it took with it. O(1). */
static void thread_release_irq(struct thread *thread) IRQ_MASKED {
    if (UNLIKELY(thread->extras != 0)) {
        thread_give_extras_irq(thread);
    }
    thread->id.generation++;
    thread_slot_push(thread);
}

static status_t thread_end_status(const struct thread *thread) {
    return thread->faulted ? STATUS_FAULTED : STATUS_OK;
}

struct frame *thread_end_current_irq(struct cpu *cpu, int64_t code) {
    struct thread *self = cpu->current;
    struct thread *joiner = self->joiner;
    prio_queue_pop(&cpu->ready, self->priority);
    if (joiner != NULL) {
        if (joiner->wait_buffer != NULL) {
            *(int64_t *)joiner->wait_buffer = code;
        }
        joiner->joining = NULL;
        sched_wake_in_door_irq(cpu, joiner, thread_end_status(self));
    }
    if (joiner != NULL || self->detached) {
        thread_state_move(self, THREAD_READY, THREAD_FREE);
        thread_release_irq(self); /* we stand on the kernel stack: its own is no longer in use */
    } else {
        self->exit_code = code;
        thread_state_move(self, THREAD_READY, THREAD_ENDED);
    }
    return sched_switch_irq(cpu, sched_pick_irq(cpu));
}

/* What joining `id` comes to: OK when it has ended, WOULD_BLOCK when it has not. O(1). */
static ALWAYS_INLINE status_t thread_join_see_irq(struct cpu *cpu, thread_id_t id,
                                                  struct thread **found) IRQ_MASKED {
    struct thread *thread = thread_find_irq(id);
    *found = thread;
    if (thread == NULL) {
        return STATUS_STALE;
    }
    if (thread->state == THREAD_ENDED) {
        return STATUS_OK;
    }
    if (thread == cpu->current) {
        return STATUS_DEADLOCK;
    }
    if (thread->detached) {
        return STATUS_DETACHED;
    }
    return thread->joiner != NULL ? STATUS_BUSY : STATUS_WOULD_BLOCK;
}

/* Joins a thread that has ended. O(1). */
static ALWAYS_INLINE status_t thread_join_ended_irq(struct thread *thread,
                                                    int64_t *code) IRQ_MASKED {
    status_t status = thread_end_status(thread);
    if (code != NULL) {
        *code = thread->exit_code;
    }
    thread_state_move(thread, THREAD_ENDED, THREAD_FREE);
    thread_release_irq(thread);
    return status;
}

static ALWAYS_INLINE status_t thread_join_try_irq(struct cpu *cpu, thread_id_t id, int64_t *code,
                                                  struct thread **found) IRQ_MASKED {
    status_t status = thread_join_see_irq(cpu, id, found);
    return status == STATUS_OK ? thread_join_ended_irq(*found, code) : status;
}

status_t thread_join_look_irq(thread_id_t id, int64_t *code, struct thread **found) {
    return thread_join_try_irq(arch_cpu_self(), id, code, found);
}

struct frame *thread_join_call(uint64_t a, uint64_t b, uint64_t c) {
    struct cpu *cpu = arch_cpu_self();
    thread_id_t id = {(uint32_t)a, (uint32_t)(a >> 32)};
    int64_t *code = (int64_t *)(uintptr_t)b;
    instant_t deadline = {c};
    struct thread *thread;
    status_t status = thread_join_see_irq(cpu, id, &thread);
    if (status == STATUS_WOULD_BLOCK) {
        if (deadline.ticks > arch_timer_now().ticks) {
            thread->joiner = cpu->current;
            cpu->current->joining = thread;
            return sched_block_until_irq(cpu, NULL, code, TIMED_EVENT_TIMEOUT, deadline);
        }
        status = STATUS_TIMED_OUT;
    } else if (status == STATUS_OK) {
        status = thread_join_ended_irq(thread, code);
    }
    arch_frame_set_result(&cpu->current->frame, (uint64_t)(int64_t)status);
    return &cpu->current->frame;
}

status_t thread_join_until(thread_id_t id, int64_t *code, instant_t deadline) {
    struct thread *thread;
    arch_irq_mask();
    status_t status = thread_join_try_irq(arch_cpu_self(), id, code, &thread);
    arch_irq_unmask();
    if (status != STATUS_WOULD_BLOCK) {
        return status;
    }
    return task_call_thread_join(id.index | (uint64_t)id.generation << 32,
                                 (uint64_t)(uintptr_t)code, deadline.ticks);
}

status_t thread_detach(thread_id_t id) {
    status_t status = STATUS_OK;
    arch_irq_mask();
    struct thread *thread = thread_find_irq(id);
    if (thread == NULL) {
        status = STATUS_STALE;
    } else if (thread->detached) {
        status = STATUS_DETACHED;
    } else if (thread->joiner != NULL) {
        status = STATUS_BUSY;
    } else if (thread->state == THREAD_ENDED) {
        thread_state_move(thread, THREAD_ENDED, THREAD_FREE);
        thread_release_irq(thread);
    } else {
        thread->detached = true;
    }
    arch_irq_unmask();
    return status;
}

thread_id_t thread_self(void) {
    return arch_cpu_self()->current->id;
}

uint32_t thread_slots_free(void) {
    return (uint32_t)free_slots.count;
}

uint32_t thread_slots_total(void) {
    return CONFIG_THREAD_SLOTS;
}
