/* SPDX-License-Identifier: MIT */
/* What the doors call: an interrupt is told apart here, by line, and nowhere else. */
#include "arch/upcalls.h"
#include "drivers/irqchip/irqchip.h"
#include "kernel/ipc/irq_line.h"
#include "kernel/log_thread.h"
#include "kernel/sched/sched.h"
#include "kernel/time/timed_event.h"
#include "kernel/trace/trace_write.h"

struct frame *kernel_irq(void) {
    struct cpu *cpu = arch_cpu_self();
    uint32_t taken = irqchip_acknowledge();
    if (LIKELY(taken == cpu->timer_line)) {
        timed_event_interrupt_irq(cpu);
        irqchip_end(taken);
        return sched_settle_irq(cpu, sched_pick_irq(cpu));
    }
    trace_enter_irq(cpu, irqchip_line(taken));
    if (irqchip_line(taken) == LOG_THREAD_LINE) {
        log_thread_interrupt_irq();
        irqchip_end(taken);
    } else {
        irq_line_interrupt_irq(cpu, taken);
    }
    return sched_exit_irq(cpu);
}
