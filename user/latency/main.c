/* SPDX-License-Identifier: MIT */
/*
 * A process that measures how late it wakes, for services/latency, which tells it everything by its
 * arguments: number, priority, interval (ns), loops, bins, 1 for bins of a nanosecond, the first release,
 * and the moment from which it may print. It prints what services/latency/latency.c prints of a thread.
 */
#include <stdio.h>
#include <stdlib.h>

#include "user/lib/program.h"
#include "user/lib/system.h"

#define PAUSE 1000000 /* ticks after a line: the log is drained */

enum argument { NAME, NUMBER, PRIORITY, INTERVAL, LOOPS, BINS, NSECS, FIRST, TELL, ARGUMENTS };

static struct {
    uint64_t count, min, last, sum, max, overflows, missed;
    uint32_t *bins;
} found = {.min = UINT64_MAX};

static void count(uint64_t late, const uint64_t *order) {
    const uint64_t at = order[NSECS] ? late : late / 1000;
    found.min = late < found.min ? late : found.min;
    found.max = late > found.max ? late : found.max;
    found.last = late;
    found.sum += late;
    found.count++;
    if (at < order[BINS]) {
        found.bins[at]++;
    } else if (order[BINS] != 0) {
        found.overflows++;
    }
}

static void measure(const uint64_t *order) {
    uint64_t release = order[FIRST];
    for (uint64_t i = 0; i < order[LOOPS]; i++) {
        (void)system_sleep_until(release);
        count(system_clock() - release, order);
        release += order[INTERVAL];
        while (release <= system_clock()) {
            release += order[INTERVAL];
            found.missed++;
        }
    }
}

static void pause_a_while(void) {
    (void)system_sleep_until(system_clock() + PAUSE);
}

static void tell(const uint64_t *order) {
    printf("record latency thread %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu\n",
           (unsigned long long)order[NUMBER], (unsigned long long)order[PRIORITY],
           (unsigned long long)order[INTERVAL], (unsigned long long)found.count,
           (unsigned long long)found.min, (unsigned long long)found.last,
           (unsigned long long)found.sum, (unsigned long long)found.max,
           (unsigned long long)found.overflows, (unsigned long long)found.missed);
    for (uint64_t i = 0; i < order[BINS]; i++) {
        if (found.bins[i] != 0) {
            pause_a_while();
            printf("record latency bin %llu %llu %u\n", (unsigned long long)order[NUMBER],
                   (unsigned long long)i, (unsigned)found.bins[i]);
        }
    }
    pause_a_while();
}

int main(int argc, char **argv, char **environment) {
    uint64_t order[ARGUMENTS] = {0};
    (void)environment;
    if (argc != ARGUMENTS) {
        printf("latency: started by services/latency, with %d arguments", ARGUMENTS - 1);
        return EXIT_FAILURE;
    }
    for (int i = 1; i < ARGUMENTS; i++) {
        order[i] = strtoull(argv[i], NULL, 10);
    }
    found.bins = calloc(order[BINS] + 1, sizeof(found.bins[0]));
    if (found.bins == NULL) {
        printf("latency: no memory for %llu bins", (unsigned long long)order[BINS]);
        return EXIT_FAILURE;
    }
    measure(order);
    (void)system_sleep_until(order[TELL]);
    tell(order);
    return EXIT_SUCCESS;
}
