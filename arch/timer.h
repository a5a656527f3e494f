/* SPDX-License-Identifier: MIT */
/* The architected counter and its one-shot compare. All O(1), any context. */
#ifndef ARCH_TIMER_H
#define ARCH_TIMER_H

#include "lib/time_units.h"

/* Ticks per second: what the firmware said. */
static inline uint64_t arch_timer_frequency_hz(void);

/* The counter, not earlier than any instruction before the call. */
static inline instant_t arch_timer_now(void);

/* One interrupt as soon as the counter reaches `when`; a moment in the past interrupts at once.
 * INSTANT_NEVER: none. Replaces what was armed. */
static inline void arch_timer_arm(instant_t when);

/* Enables the compare, armed for never. Once for each CPU. */
static inline void arch_timer_init(void);

#include <arch_inline/timer.h>

#endif
