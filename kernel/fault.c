/* SPDX-License-Identifier: MIT */
/*
 * A thread's fault ends that thread. The kernel does only a bounded part of it with interrupts
 * masked: it puts what it knows on the thread's own stack, and turns the thread into one that
 * reports its end. So the long work, walking the stack and printing, is done at the thread's own
 * priority, interrupts unmasked. A fault while reporting ends the thread without another word.
 *
 *   low                                                             top
 *    | ... report runs <-- | record | frames of the faulted code ... |   room below sp
 *    | frames of the faulted code ... | report runs <-- |   | record |   none: overflow, wild sp
 */
#include "arch/upcalls.h"
#include "kernel/panic.h"
#include "kernel/proc/process_object.h"
#include "kernel/proc/process_threads.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/turnstile.h"
#include "kernel/sched/wait_place.h"
#include "lib/bits.h"
#include "lib/bound.h"

/* Stack that the report needs for itself: it logs (tests/qemu/log_cases.c measures about 1,100
 * bytes). */
#define FAULT_REPORT_STACK 2560

struct fault_record {
    struct frame frame;
    struct fault fault;
} ALIGNED(16);

_Static_assert(sizeof(struct fault_record) + FAULT_REPORT_STACK <= CONFIG_STACK_BASE_SIZE,
               "a report fits on every stack");

/* Whether a part of the running thread's stack is still what the faulted code left: all of it, but
 * for what the record and the report's own frames cover. Not static: a BOUND_CALLEE. O(1). */
bool kernel_fault_is_untouched(vaddr_t address, uint64_t size);
bool kernel_fault_is_untouched(vaddr_t address, uint64_t size) {
    const struct thread *self = arch_cpu_self()->current;
    const struct fault_record *record = self->wait_buffer;
    const uint64_t covered_from = vaddr_of(__builtin_frame_address(0)).value;
    const uint64_t covered_to = vaddr_of(record + 1).value;
    return address.value >= self->stack->low.value &&
           address.value <= stack_top(self->stack).value - size &&
           (address.value + size <= covered_from || address.value >= covered_to);
}

BOUND_CALLEE(trace_readable, kernel_fault_is_untouched);

/* What the faulted thread does instead: never returns to where it was. */
static void fault_report_self(void *argument) {
    const struct fault_record *record = argument;
    turnstile_enter(); /* it may have been on the way along a chain: that is done by all means */
    turnstile_leave(arch_cpu_self());
    uint64_t trace[REPORT_TRACE_MAX];
    unsigned count =
        arch_stack_trace(&record->frame, trace, REPORT_TRACE_MAX, kernel_fault_is_untouched);
    report_fault(&record->frame, &record->fault, trace, count);
    if (arch_cpu_self()->current->process != NULL) {
        process_end_all();
    }
}

/* Where the record goes: below all that the faulted code has on its stack, if there is room for the
 * report too; else to the top, over the outermost frames. O(1). */
static struct fault_record *fault_place(const struct stack *stack, const struct frame *frame) {
    const uint64_t needed = FAULT_REPORT_STACK + sizeof(struct fault_record);
    const uint64_t top = stack_top(stack).value;
    const uint64_t sp =
        arch_frame_is_user(frame) ? 0 : frame->sp; /* user mode's is not of this stack */
    const bool room = sp <= top && sp >= stack->low.value + needed;
    const uint64_t end = room ? align_down(sp, 16) : top;
    return (struct fault_record *)vaddr_pointer(vaddr(end)) - 1;
}

static ALWAYS_INLINE void fault_trace_irq(const struct cpu *cpu, const struct thread *self,
                                          const struct frame *frame,
                                          const struct fault *fault) IRQ_MASKED {
    unsigned class = (unsigned)(fault->syndrome >> 26) & 63;
    unsigned mode = self->process != NULL ? TRACE_FAULT_USER : 0;
    trace_tell_irq(cpu, thread_trace_id(self),
                   trace_what(TRACE_FAULT, class | mode, arch_frame_pc(frame)), fault->address);
}

struct frame *kernel_fault(struct frame *frame, const struct fault *fault) {
    struct cpu *cpu = arch_cpu_self();
    struct thread *self = cpu->current;
    if (self == cpu->idle) {
        kernel_fatal(frame, fault);
    }
    if (self->faulted) {
        /* The call that ends it, and nothing else: its stack may be gone. To end it here would make
         * the door's longest way longer. */
        arch_frame_prepare(&self->frame, (void (*)(void *))(uintptr_t)task_call_thread_exit, NULL,
                           stack_top(self->stack));
        return &self->frame;
    }
    self->faulted = true;
    fault_trace_irq(cpu, self, frame, fault);
    if (self->process != NULL) {
        process_fault_irq(self->process, frame, fault);
    }
    if (UNLIKELY(self->any != NULL)) {
        wait_place_end_irq(cpu, self);
    }
    struct fault_record *record = fault_place(self->stack, frame);
    arch_frame_copy(&record->frame, frame);
    record->fault = *fault;
    /* For kernel_fault_is_untouched(): the thread does not wait meanwhile. */
    self->wait_buffer = record;
    arch_frame_prepare(&self->frame, fault_report_self, record, vaddr_of(record));
    return &self->frame;
}
