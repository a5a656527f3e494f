/* SPDX-License-Identifier: MIT */
/*
 * Where a stopped stack of this program goes on. On x86-64 its stack pointer is enough: the
 * registers that the calling convention keeps lie on the stack. Elsewhere (or with HOSTED_UCONTEXT)
 * the C library knows how; it makes a system call for each switch.
 */
#ifndef ARCH_INLINE_CONTEXT_H
#define ARCH_INLINE_CONTEXT_H

#if defined(__x86_64__) && !defined(HOSTED_UCONTEXT)
#define HOSTED_OWN_SWITCH 1

struct hosted_context {
    void *sp;
};

#else
#define HOSTED_OWN_SWITCH 0

#include <ucontext.h>

struct hosted_context {
    ucontext_t registers;
};

#endif
#endif
