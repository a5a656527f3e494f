/* SPDX-License-Identifier: MIT */
/*
 * The few calls from the machine into the generic kernel. All run on the CPU's kernel stack with
 * interrupts masked, and return the frame to restore.
 */
#ifndef ARCH_UPCALLS_H
#define ARCH_UPCALLS_H

#include "arch/boot_info.h"
#include "arch/fault.h"
#include "arch/frame.h"
#include "lib/context.h"

/* The high half is entered: console not yet up, boot tables live. Never returns. */
NORETURN void kernel_main(const struct boot_info *boot) IRQ_MASKED;

/* An interrupt was taken from a thread, whose full frame is stored. O(log timed events). */
struct frame *kernel_irq(void) IRQ_MASKED;

/* A thread faulted with interrupts unmasked; its full frame is stored. O(log timed events). */
struct frame *kernel_fault(struct frame *frame, const struct fault *fault) IRQ_MASKED;

/* A fault of the kernel itself, or an entry that cannot be.
 * May be entered again by a fault of its own. */
NORETURN void kernel_fatal(struct frame *frame, const struct fault *fault) IRQ_MASKED;

/* One handler for each task call (kernel/tables/task_calls.c); the voluntary frame is stored. */
typedef struct frame *(*task_call_handler)(uint64_t a, uint64_t b, uint64_t c);
extern const task_call_handler task_call_table[];

/* One handler for each system call of user mode (kernel/tables/syscalls.c), and one for all other
 * numbers; the frame is stored. */
extern const task_call_handler syscall_table[];

#endif
