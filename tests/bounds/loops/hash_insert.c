/* SPDX-License-Identifier: MIT */
/* Open addressing in a table of 32: in the worst case every place is looked at. */
#include "tests/bounds/loops/loops.h"

#define PLACES 32

struct pair {
    uint32_t key;
    uint32_t value;
};

static NOINLINE bool hash_insert(struct pair *table, uint32_t key, uint32_t value) {
    uint32_t place = key * UINT32_C(2654435761) >> 27;
    BOUND_LOOP(probes, PLACES);
    for (unsigned probe = 0; probe < PLACES; probe++) {
        BOUND_TURN(probes);
        struct pair *pair = &table[(place + probe) % PLACES];
        if (pair->key == 0 || pair->key == key) {
            pair->key = key;
            pair->value = value;
            return true;
        }
    }
    return false;
}

void hash_insert_inputs(void) {
    static struct pair table[PLACES];
    for (uint32_t key = 1; key <= PLACES; key++) {
        must(OBSERVE(hash_insert, table, key * 77, key, 0) == 1, "hash_insert");
    }
    must((OBSERVE(hash_insert, table, 5, 1, 0) & 1) == 0, "hash_insert");
    /* The last place that is looked at is the one. */
    uint32_t place = UINT32_C(5) * UINT32_C(2654435761) >> 27;
    table[(place + PLACES - 1) % PLACES].key = 5;
    OBSERVE(hash_insert, table, 5, 2, 0);
    table[(place + PLACES - 1) % PLACES].key = 0;
    OBSERVE(hash_insert, table, 5, 2, 0);
}
