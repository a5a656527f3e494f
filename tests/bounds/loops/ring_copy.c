/* SPDX-License-Identifier: MIT */
/* Copies out of a ring in two stretches: the wrap lies anywhere. */
#include "tests/bounds/loops/loops.h"

#define SIZE 32

struct ring {
    unsigned tail;
    uint8_t bytes[SIZE];
};

static void stretch_copy(uint8_t *to, const uint8_t *from, unsigned count) {
    BOUND_LOOP(bytes, SIZE);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(bytes);
        BOUND_PATH(bytes_in_all);
        to[i] = from[i];
    }
}

static NOINLINE void ring_copy(struct ring *ring, uint8_t *to, unsigned count) {
    BOUND_LIMIT(bytes_in_all, SIZE);
    unsigned first = SIZE - ring->tail;
    if (first > count) {
        first = count;
    }
    stretch_copy(to, ring->bytes + ring->tail, first);
    stretch_copy(to + first, ring->bytes, count - first);
    ring->tail = (ring->tail + count) % SIZE;
}

void ring_copy_inputs(void) {
    static struct ring ring;
    uint8_t bytes[SIZE];
    for (unsigned i = 0; i < SIZE; i++) {
        ring.bytes[i] = (uint8_t)i;
    }
    for (unsigned tail = 0; tail < SIZE; tail++) {
        ring.tail = tail;
        OBSERVE(ring_copy, &ring, bytes, SIZE, 0);
        must(bytes[0] == tail && bytes[SIZE - 1] == (tail + SIZE - 1) % SIZE, "ring_copy");
    }
}
