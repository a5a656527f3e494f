/* SPDX-License-Identifier: MIT */
/*
 * Moments and lengths of time, both in ticks of the one monotonic 64-bit counter. A moment is
 * absolute and every wait takes one. INSTANT_NEVER is the end of time: no arithmetic reaches past
 * it, all of it saturates.
 */
#ifndef LIB_TIME_UNITS_H
#define LIB_TIME_UNITS_H

#include "lib/compiler.h"

typedef struct {
    uint64_t ticks;
} instant_t;

typedef struct {
    uint64_t ticks;
} duration_t;

#define INSTANT_NEVER    ((instant_t){UINT64_MAX})
#define DURATION_FOREVER ((duration_t){UINT64_MAX})

static inline bool instant_before(instant_t a, instant_t b) {
    return a.ticks < b.ticks;
}

static inline instant_t instant_add(instant_t start, duration_t length) {
    uint64_t sum;
    return __builtin_add_overflow(start.ticks, length.ticks, &sum) ? INSTANT_NEVER
                                                                   : (instant_t){sum};
}

/* The time from `earlier` to `later`; zero when they stand the other way round. */
static inline duration_t instant_since(instant_t later, instant_t earlier) {
    return (duration_t){later.ticks > earlier.ticks ? later.ticks - earlier.ticks : 0};
}

/* `count` units, of which there are `per_second`, in ticks of `frequency_hz`: rounded up, so that a
 * wait is never early; saturates at DURATION_FOREVER. frequency_hz and per_second > 0. O(1). */
static inline duration_t duration_from_units(uint64_t count, uint64_t per_second,
                                             uint64_t frequency_hz) {
    uint64_t whole = count / per_second;
    uint64_t part = count % per_second; /* < per_second <= 10^9, frequency < 2^34: product < 2^64 */
    uint64_t ticks;
    if (__builtin_mul_overflow(whole, frequency_hz, &ticks)) {
        return DURATION_FOREVER;
    }
    uint64_t rest = (part * frequency_hz + per_second - 1) / per_second;
    if (__builtin_add_overflow(ticks, rest, &ticks)) {
        return DURATION_FOREVER;
    }
    return (duration_t){ticks};
}

#endif
