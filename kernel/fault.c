/* SPDX-License-Identifier: MIT */
/*
 * A thread's fault ends that thread. The kernel does only a bounded part of it with interrupts
 * masked: it notes what happened at the top of the thread's own stack, and turns the thread into
 * one that reports its end. So the long work of printing is done at the thread's own priority,
 * interrupts unmasked. A fault while reporting ends the thread at once.
 */
#include "arch/upcalls.h"
#include "kernel/panic.h"
#include "kernel/sched/sched.h"

#define FAULT_TRACE_MAX 12

struct fault_record {
    struct frame frame;
    struct fault fault;
    uint64_t trace[FAULT_TRACE_MAX];
    unsigned trace_count;
} ALIGNED(16);

/* Whether a part of the running thread's stack may be read. O(1). */
static bool fault_is_own_stack(vaddr_t address, uint64_t size) {
    const struct stack *stack = arch_cpu_self()->current->stack;
    return address.value >= stack->low.value && address.value <= stack_top(stack).value - size;
}

/* What the faulted thread does instead: never returns to where it was. */
static void fault_report_self(void *argument) {
    const struct fault_record *record = argument;
    report_fault(&record->frame, &record->fault, record->trace, record->trace_count);
}

struct frame *kernel_fault(struct frame *frame, const struct fault *fault) {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    if (self == cpu->idle) {
        kernel_fatal(frame, fault);
    }
    if (self->faulted) {
        return thread_end_current_irq(cpu, 0);
    }
    self->faulted = true;
    struct fault_record record = {.frame = *frame, .fault = *fault};
    record.trace_count = arch_stack_trace(frame, record.trace, FAULT_TRACE_MAX, fault_is_own_stack);
    struct fault_record *kept = (struct fault_record *)vaddr_pointer(stack_top(self->stack)) - 1;
    *kept = record;
    arch_frame_prepare(&self->frame, fault_report_self, kept, vaddr_of(kept));
    return &self->frame;
}
