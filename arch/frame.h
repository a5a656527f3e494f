/* SPDX-License-Identifier: MIT */
/*
 * A frame is a thread that is not running: the registers that bring it back. It is the first member
 * of its thread. Every entry to the kernel fills the current thread's frame, and every exit
 * restores one: switching threads is returning another frame.
 *
 * A full frame holds every register (interrupt, fault). A voluntary frame holds what the calling
 * convention keeps, because its thread asked to stop by calling a function (task call).
 */
#ifndef ARCH_FRAME_H
#define ARCH_FRAME_H

#include "lib/addr.h"
#include "lib/compiler.h"

struct frame;

/* Makes `frame` start `entry(argument)` on a stack whose top is `stack_top` (16-byte aligned),
 * interrupts unmasked. Returning from `entry` is the task call thread_exit(0). O(1). */
static inline void arch_frame_prepare(struct frame *frame, void (*entry)(void *), void *argument,
                                      vaddr_t stack_top);

/* The value that the task call of this voluntary frame returns. O(1). */
static inline void arch_frame_set_result(struct frame *frame, uint64_t value);

/* The four words and the length that a system call of this full frame returns behind its status. O(1). */
static inline void arch_frame_set_words(struct frame *frame, const uint64_t *words,
                                        uint64_t length);

/* What a thread of user mode that stopped so has in the register of results. O(1). */
static inline uint64_t arch_frame_result(const struct frame *frame);

/* Where a full frame goes on. O(1). */
static inline uint64_t arch_frame_pc(const struct frame *frame);

/* Makes `frame` what a debugger wants of the caller: where it is now, its stack, and the registers that
 * calls keep. It is not to be restored. O(1), any context. */
static inline void arch_frame_here(struct frame *frame);

/* Where the stack of the one who stopped so ended. O(1). */
static inline uint64_t arch_frame_sp(const struct frame *frame);

/* Whether a thread that stopped so is in user mode. O(1). */
static inline bool arch_frame_is_user(const struct frame *frame);

/* Copies a frame whose thread does not run. O(1). */
static inline void arch_frame_copy(struct frame *to, const struct frame *from);

/* Leaves the boot: restores `frame` and never comes back. */
NORETURN void arch_frame_resume(struct frame *frame);

#include <arch_inline/frame.h>

#endif
