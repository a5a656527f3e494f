/* SPDX-License-Identifier: MIT */
/* A filter of 8 taps over 32 samples; near the start fewer taps count. */
#include "tests/bounds/loops/loops.h"

#define SAMPLES 32
#define TAPS    8

static NOINLINE void fir_filter(const int *samples, const int *taps, int *output) {
    BOUND_LIMIT(products, TAPS * (TAPS + 1) / 2 + (SAMPLES - TAPS) * TAPS);
    BOUND_LOOP(samples, SAMPLES);
    for (unsigned i = 0; i < SAMPLES; i++) {
        BOUND_TURN(samples);
        int64_t sum = 0;
        BOUND_LOOP(taps, TAPS);
        for (unsigned tap = 0; tap < TAPS && tap <= i; tap++) {
            BOUND_TURN(taps);
            BOUND_PATH(products);
            sum += (int64_t)taps[tap] * samples[i - tap];
        }
        output[i] = (int)(sum >> 4);
    }
}

void fir_filter_inputs(void) {
    static const int taps[TAPS] = {1, 2, 3, 2, 1, 1, 1, 1};
    int samples[SAMPLES], output[SAMPLES];
    for (unsigned i = 0; i < SAMPLES; i++) {
        samples[i] = 16;
    }
    OBSERVE(fir_filter, samples, taps, output, 0);
    must(output[0] == 1 && output[31] == 12, "fir_filter");
}
