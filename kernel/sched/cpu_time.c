/* SPDX-License-Identifier: MIT */
/* Who is counted, and what the count says. */
#include "kernel/sched/cpu_time.h"

#include "kernel/sched/cpu_time_internal.h"

void thread_timed_begin_irq(struct cpu *cpu, struct thread *thread, unsigned timed) {
    if (!thread->timed) {
        thread->cpu_time = (duration_t){0};
        thread->extras |= THREAD_EXTRA_TIMED;
        if (thread == cpu->current) {
            cpu->since = arch_timer_now();
        }
    }
    thread->timed |= (uint8_t)timed;
    thread->below = thread_below(thread);
    if (thread == cpu->current) {
        cpu->below |= CPU_BELOW_LOOK; /* it is special now */
        timed_event_watch_irq(cpu);
    }
}

status_t thread_count_time(thread_id_t id) {
    uint64_t saved = arch_irq_save();
    struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        thread_timed_begin_irq(arch_cpu_self(), thread, THREAD_TIMED_COUNTED);
    }
    arch_irq_restore(saved);
    return thread != NULL ? STATUS_OK : STATUS_STALE;
}

status_t thread_cpu_time(thread_id_t id, duration_t *ran) {
    status_t status = STATUS_OK;
    uint64_t saved = arch_irq_save();
    const struct thread *thread = thread_find_irq(id);
    if (thread == NULL) {
        status = STATUS_STALE;
    } else if (!thread->timed) {
        status = STATUS_UNSUPPORTED;
    } else {
        *ran = thread_time_irq(arch_cpu_self(), thread);
    }
    arch_irq_restore(saved);
    return status;
}

void cpu_count_idle(void) {
    uint64_t saved = arch_irq_save();
    struct thread *idle = arch_cpu_self()->idle; /* which does not run now */
    if (!idle->timed) {
        idle->cpu_time = (duration_t){0};
        idle->timed = THREAD_TIMED_COUNTED;
        idle->below = thread_below(idle);
    }
    arch_irq_restore(saved);
}

status_t cpu_idle_time(duration_t *idle) {
    uint64_t saved = arch_irq_save();
    const struct thread *thread = arch_cpu_self()->idle;
    bool counted = thread->timed != 0;
    if (counted) {
        *idle = thread->cpu_time;
    }
    arch_irq_restore(saved);
    return counted ? STATUS_OK : STATUS_UNSUPPORTED;
}

void cpu_load_begin(struct cpu_load *window) {
    uint64_t saved = arch_irq_save(); /* both at the same moment */
    window->idle = arch_cpu_self()->idle->cpu_time;
    window->begin = arch_timer_now();
    arch_irq_restore(saved);
}

/* Of ticks that are more than fit, the thousandfold would not: both are made smaller alike. */
static unsigned thousandths(uint64_t part, uint64_t whole) {
    unsigned excess = whole >> 54 != 0 ? bits_highest(whole) - 53 : 0;
    part >>= excess;
    whole >>= excess;
    return whole != 0 ? (unsigned)(part * 1000 / whole) : 0;
}

status_t cpu_load(const struct cpu_load *window, unsigned *load) {
    uint64_t saved = arch_irq_save();
    const struct thread *thread = arch_cpu_self()->idle;
    bool counted = thread->timed != 0;
    duration_t idle = thread->cpu_time;
    instant_t now = arch_timer_now();
    arch_irq_restore(saved);
    if (!counted) {
        return STATUS_UNSUPPORTED;
    }
    uint64_t all = instant_since(now, window->begin).ticks;
    uint64_t unused = idle.ticks - window->idle.ticks;
    *load = thousandths(all > unused ? all - unused : 0, all);
    return STATUS_OK;
}
