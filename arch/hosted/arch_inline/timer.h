/* SPDX-License-Identifier: MIT */
/* A counter that moves when the test says so. */
#ifndef ARCH_INLINE_TIMER_H
#define ARCH_INLINE_TIMER_H

#include "arch/hosted/hosted.h"

static inline uint64_t arch_timer_frequency_hz(void) {
    return hosted.frequency_hz;
}

static inline instant_t arch_timer_now(void) {
    return (instant_t){hosted.now};
}

static inline void arch_timer_arm(instant_t when) {
    hosted.compare = when.ticks;
}

static inline void arch_timer_init(void) {
    arch_timer_arm(INSTANT_NEVER);
    hosted.timer_on = true;
}

#endif
