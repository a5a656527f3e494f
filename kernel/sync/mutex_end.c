/* SPDX-License-Identifier: MIT */
/* The end of threads: what others wait for is handed over before the thread is gone. */
#include "kernel/sync/mutex_end.h"

#include "kernel/sched/sched.h"
#include "kernel/sync/mutex_internal.h"
#include "lib/bound.h"

/* Gives it to the first waiter. If nobody waits (it has a ceiling) its word stays the caller's: it
 * tells who comes next that its owner is gone. O(log timed events). */
static void mutex_bequeath_irq(struct cpu *cpu, struct mutex *mutex) IRQ_MASKED {
    uint64_t word = mutex->word;
    mutex_release_irq(cpu, mutex, STATUS_OWNER_DIED);
    if ((mutex->word & ~MUTEX_SLOW) == 0) {
        mutex->word = word;
    }
}

/* Hands over one of the mutexes that lend the caller something, or tells one of those who wait for it at
 * a port. False when none is left.
 * O(log timed events). */
static bool mutex_bequeath_one(void) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    struct list_node *node = list_first(&cpu->current->turnstiles);
    if (node != NULL) {
        struct turnstile *turnstile = CONTAINER_OF(node, struct turnstile, link);
        if (turnstile->is_port) {
            turnstile_dismiss_irq(cpu, turnstile,
                                  cpu->current->faulted ? STATUS_FAULTED : STATUS_CLOSED);
        } else {
            mutex_bequeath_irq(cpu, CONTAINER_OF(turnstile, struct mutex, turnstile));
        }
    }
    turnstile_leave(cpu);
    return node != NULL;
}

/* What an ending thread does instead of going on. Mutexes that nobody waits for stay as they are:
 * who comes finds that their owner is gone. */
static void mutex_end_self(void *code) {
    turnstile_enter();
    struct cpu *cpu = arch_cpu_self();
    if (cpu->current->turnstile != NULL) {
        turnstile_take_irq(cpu, cpu->current, STATUS_CLOSED);
    }
    turnstile_leave(cpu);
    /* One for each waiter, as nobody waits any more for what nobody waited for; and the ceilings. */
    BOUND_LOOP(mutexes, CONFIG_THREAD_SLOTS - 1 + CONFIG_CEILINGS_HELD_MAX);
    while (mutex_bequeath_one()) {
        BOUND_TURN(mutexes);
    }
    thread_exit((int64_t)(intptr_t)code);
}

struct frame *mutex_end_current_irq(struct cpu *cpu, int64_t code) {
    struct thread *self = cpu->current;
    if (LIKELY((self->lent_levels | (uintptr_t)self->turnstile) == 0)) {
        return thread_end_current_irq(cpu, code);
    }
    self->rank.ending = true;
    arch_frame_prepare(&self->frame, mutex_end_self, (void *)(intptr_t)code,
                       stack_top(self->stack));
    return &self->frame;
}

struct frame *mutex_end_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    return mutex_end_current_irq(arch_cpu_self(), (int64_t)a);
}
