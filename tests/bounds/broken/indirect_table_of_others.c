/* SPDX-License-Identifier: MIT */
/* An entry of the table is no function. */
/* expect: indirect */
#include "tests/bounds/case.h"

typedef uint64_t (*handler_fn)(uint64_t);

static uint64_t first(uint64_t argument) {
    return argument + 1;
}

struct entry {
    handler_fn handler;
    uint64_t number;
};

extern const struct entry entries[2];
const struct entry entries[2] = {{first, 4711}, {first, 4712}};

uint64_t broken(uint64_t argument) {
    const struct entry *entry = &entries[argument & 1];
    handler_fn handler = entry->handler;
    return BOUND_CALLED_TABLE(entries, handler)(argument) + entry->number;
}
