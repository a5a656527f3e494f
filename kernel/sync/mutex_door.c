/* SPDX-License-Identifier: MIT */
/* See mutex_door.h. */
#include "kernel/sync/mutex_door.h"

#include "kernel/sync/mutex_internal.h"

bool mutex_lock_door_irq(struct mutex *mutex) {
    const bool is_free = mutex->word == 0;
    if (is_free) {
        mutex->word = mutex_word_of(arch_cpu_self()->current);
    }
    return is_free;
}

bool mutex_unlock_door_irq(struct mutex *mutex) {
    const bool is_plain = mutex->word == mutex_word_of(arch_cpu_self()->current);
    if (is_plain) {
        mutex->word = 0;
    }
    return is_plain;
}

/* Takes it, or joins those who wait for it: OK, and `waits`. */
static status_t take_or_join_irq(struct cpu *cpu, struct mutex *mutex, instant_t deadline,
                                 bool *waits) IRQ_MASKED {
    status_t status = mutex_take_irq(cpu, mutex);
    if (status != STATUS_WOULD_BLOCK) {
        return status;
    }
    status = deadline.ticks <= arch_timer_now().ticks ? STATUS_TIMED_OUT
                                                      : mutex_check_irq(mutex, cpu->current);
    if (status == STATUS_OK) {
        mutex_join_irq(cpu, mutex, cpu->current);
        *waits = true;
    }
    return status;
}

status_t mutex_lock_unless(struct mutex *mutex, instant_t deadline, const bool *stop) {
    bool waits = false;
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    const status_t status = *stop ? STATUS_CLOSED : take_or_join_irq(cpu, mutex, deadline, &waits);
    turnstile_leave(cpu);
    return waits ? turnstile_wait(deadline) : status;
}

void mutex_stop_waiting(thread_id_t id) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    struct thread *thread = thread_find_irq(id);
    if (thread != NULL && thread->turnstile != NULL && !thread->turnstile->is_port) {
        turnstile_take_irq(cpu, thread, STATUS_CLOSED);
        turnstile_wake_irq(cpu, thread);
        turnstile_urge_irq(cpu, thread->priority);
    }
    turnstile_leave(cpu);
}
