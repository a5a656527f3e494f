/* SPDX-License-Identifier: MIT */
/* Bytes until the address is even, words, and the bytes that are left. */
#include "tests/bounds/loops/loops.h"

#define BYTES 64

static NOINLINE void copy_with_tail(uint8_t *to, const uint8_t *from, unsigned count) {
    BOUND_LOOP(head, 7);
    while (((uintptr_t)to & 7) != 0 && count > 0) {
        BOUND_TURN(head);
        *to++ = *from++;
        count--;
    }
    BOUND_LOOP(words, BYTES / 8);
    while (count >= 8) {
        BOUND_TURN(words);
        uint64_t word;
        __builtin_memcpy(&word, from, 8);
        *(uint64_t *)(uintptr_t)to = word;
        to += 8;
        from += 8;
        count -= 8;
    }
    BOUND_LOOP(tail, 7);
    while (count-- > 0) {
        BOUND_TURN(tail);
        *to++ = *from++;
    }
}

void copy_with_tail_inputs(void) {
    static uint8_t to[BYTES + 8] ALIGNED(8), from[BYTES + 8] ALIGNED(8);
    for (unsigned offset = 0; offset < 8; offset++) {
        for (unsigned count = 0; count <= BYTES; count++) {
            OBSERVE(copy_with_tail, to + offset, from + (offset ^ 3), count, 0);
        }
    }
}
