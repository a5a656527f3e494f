/* SPDX-License-Identifier: MIT */
/* Whose fault is it? Reads the syndrome registers and calls up. */
#include "arch/upcalls.h"

#define SPSR_I UINT64_C(0x80)

struct frame *trap_thread_fault(struct frame *frame, unsigned vector) IRQ_MASKED;
NORETURN void trap_fatal(struct frame *frame, unsigned vector) IRQ_MASKED;

static struct fault trap_read(const struct frame *frame, unsigned vector) {
    struct fault fault = {.vector = (uint8_t)vector, .masked = (frame->pstate & SPSR_I) != 0};
    __asm__ volatile("mrs %0, esr_el1" : "=r"(fault.syndrome));
    __asm__ volatile("mrs %0, far_el1" : "=r"(fault.address));
    return fault;
}

/* With interrupts unmasked the thread did it; with interrupts masked the kernel did, on the
 * thread's stack. */
struct frame *trap_thread_fault(struct frame *frame, unsigned vector) {
    struct fault fault = trap_read(frame, vector);
    if (fault.masked) {
        kernel_fatal(frame, &fault);
    }
    return kernel_fault(frame, &fault);
}

void trap_fatal(struct frame *frame, unsigned vector) {
    struct fault fault = trap_read(frame, vector);
    fault.masked = true;
    kernel_fatal(frame, &fault);
}
