/* SPDX-License-Identifier: MIT */
/*
 * Floating-point and SIMD registers. The kernel never uses them (tools/bounds looks at every
 * instruction), so they stay in the CPU for as long as their thread runs, whatever interrupts it,
 * and change hands only with the CPU itself. While a thread without such registers runs they are
 * closed: a use of them traps, and ends it.
 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

#include "lib/compiler.h"
#include "lib/context.h"

/* All registers of one thread that does not run. */
struct fp_state;
struct frame;

/* All registers zero, and control and status as after reset. O(1), any context. */
void arch_fp_clear(struct fp_state *state);

/* The CPU goes from a thread with registers `from` to one with registers `to`; NULL: it has none,
 * which one of the two may be. Saves, loads, opens and closes. Returns `frame`, so that it can be the
 * last that a switch does. O(1). */
struct frame *arch_fp_switch(struct fp_state *from, const struct fp_state *to,
                             struct frame *frame) IRQ_MASKED;

#include <arch_inline/fp.h>

#endif
