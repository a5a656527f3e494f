/* SPDX-License-Identifier: MIT */
/*
 * Time as threads see it: a 64-bit counter that never stops, and lengths of time in units people
 * use. A wait takes an absolute moment, so that a loop of waits cannot drift and a retry cannot
 * lengthen a timeout.
 */
#ifndef KERNEL_TIME_TIME_H
#define KERNEL_TIME_TIME_H

#include "arch/timer.h"
#include "lib/time_units.h"

/* The present moment. O(1), any context. */
static inline instant_t time_now(void) {
    return arch_timer_now();
}

/* Ticks of the counter in a second. O(1), any context. */
static inline uint64_t time_frequency_hz(void) {
    return arch_timer_frequency_hz();
}

/* Lengths of time in ticks, rounded up; DURATION_FOREVER when too long to say.
 * O(1), any context. */
static inline duration_t time_ticks(uint64_t ticks) {
    return (duration_t){ticks};
}

static inline duration_t time_us(uint64_t microseconds) {
    return duration_from_units(microseconds, 1000000, time_frequency_hz());
}

static inline duration_t time_ms(uint64_t milliseconds) {
    return duration_from_units(milliseconds, 1000, time_frequency_hz());
}

/* The moment `length` from now; INSTANT_NEVER when that is past the end of time.
 * O(1), any context. */
static inline instant_t time_after(duration_t length) {
    return instant_add(time_now(), length);
}

/* Ticks as whole microseconds, rounded down: for reports. Exact for any tick count.
 * O(1), any context. */
static inline uint64_t time_to_us(uint64_t ticks) {
    uint64_t frequency = time_frequency_hz();
    /* remainder < frequency < 2^34 and 10^6 < 2^20: the product stays below 2^54 */
    return ticks / frequency * 1000000 + ticks % frequency * 1000000 / frequency;
}

#endif
