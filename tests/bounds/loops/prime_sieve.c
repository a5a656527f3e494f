/* SPDX-License-Identifier: MIT */
/* Strikes out multiples: over all primes fewer than a loop in a loop would say. */
#include "tests/bounds/loops/loops.h"

#define LIMIT 200
#define STRIKES                                                                                    \
    (98 + 64 + 35 + 22 + 8 + 3) /* multiples of 2, 3, 5, 7, 11, 13 from their squares on */

static NOINLINE unsigned prime_sieve(uint8_t *struck) {
    unsigned primes = 0;
    BOUND_LIMIT(strikes, STRIKES);
    BOUND_LIMIT(primes, 46);
    BOUND_LOOP(numbers, LIMIT - 2);
    for (unsigned number = 2; number < LIMIT; number++) {
        BOUND_TURN(numbers);
        if (struck[number]) {
            continue;
        }
        BOUND_PATH(primes);
        primes++;
        BOUND_LOOP(multiples, 98);
        for (unsigned multiple = number * number; multiple < LIMIT; multiple += number) {
            BOUND_TURN(multiples);
            BOUND_PATH(strikes);
            struck[multiple] = 1;
        }
    }
    return primes;
}

void prime_sieve_inputs(void) {
    static uint8_t struck[LIMIT];
    must(OBSERVE(prime_sieve, struck, 0, 0, 0) == 46, "prime_sieve");
}
