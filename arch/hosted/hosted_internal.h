/* SPDX-License-Identifier: MIT */
/* Switching between stacks of this program, for the doors. */
#ifndef ARCH_HOSTED_HOSTED_INTERNAL_H
#define ARCH_HOSTED_HOSTED_INTERNAL_H

#include "arch/frame.h"

/* All stacks are of this size and aligned to it, so that one can be told from
 * any address within. */
#define HOSTED_STACK_SIZE (UINT64_C(512) << 10)

/* Makes `context` begin with start() on an unused stack. */
void hosted_context_prepare(struct hosted_context *context, vaddr_t stack_top, void (*start)(void));

/* Leaves `from` and goes on in `to`. Returns when somebody goes on in `from`. */
void hosted_context_switch(struct hosted_context *from, struct hosted_context *to);

/* What lies on the stack of this frame is not needed any more: for the address sanitizer. */
void hosted_stack_clean(const struct frame *frame);

/* The running thread enters the kernel by a door, and leaves it with the frame that
 * the door returned. */
void hosted_door_enter(enum hosted_stretch_kind kind);
void hosted_door_leave(struct frame *next);

#endif
