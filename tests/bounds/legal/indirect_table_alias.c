/* SPDX-License-Identifier: MIT */
/* Another name for the table's first entry, with that entry's size, does not make the table smaller. */
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

extern const handler_fn a_handler;
extern const handler_fn all_handlers[3];
const handler_fn all_handlers[3] = {small, NULL, large};
extern const handler_fn a_handler __attribute__((alias("all_handlers")));

uint64_t legal(uint64_t argument) {
    handler_fn handler = all_handlers[argument & 2];
    return BOUND_CALLED_TABLE(all_handlers, handler)(argument) + (a_handler == small);
}
