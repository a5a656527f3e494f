/* SPDX-License-Identifier: MIT */
/* A call of an entry of a constant table, one place of which is empty. */
#include "tests/bounds/case.h"

static volatile uint64_t words[4];

uint64_t small(uint64_t argument);
uint64_t large(uint64_t argument);

NOINLINE uint64_t small(uint64_t argument) {
    return argument + 1;
}

NOINLINE uint64_t large(uint64_t argument) {
    words[0] += argument;
    words[1] ^= words[0];
    words[2] -= words[1];
    words[3] |= words[2];
    return words[3];
}

typedef uint64_t (*handler_fn)(uint64_t);

extern const handler_fn handlers[3];
const handler_fn handlers[3] = {small, NULL, large};

uint64_t legal(uint64_t argument) {
    handler_fn handler = handlers[argument & 2];
    return BOUND_CALLED_TABLE(handlers, handler)(argument) + 1;
}
