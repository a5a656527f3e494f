/* SPDX-License-Identifier: MIT */
/* The table can be written: what the image holds is not what will be called. */
/* expect: indirect */
#include "tests/bounds/case.h"

typedef uint64_t (*handler_fn)(uint64_t);

static uint64_t first(uint64_t argument) {
    return argument + 1;
}

static uint64_t second(uint64_t argument) {
    return argument * 3;
}

extern handler_fn handlers[2];
handler_fn handlers[2] = {first, second};

uint64_t broken(uint64_t argument) {
    handler_fn handler = handlers[argument & 1];
    return BOUND_CALLED_TABLE(handlers, handler)(argument) + 1;
}
