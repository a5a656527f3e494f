/* SPDX-License-Identifier: MIT */
/* Who had each tick: threads that do jobs, some of them on budgets, and the owners of all ticks as a
 * string. For tests of servers. */
#ifndef TESTS_UNIT_KERNEL_SCHED_OWNERS_H
#define TESTS_UNIT_KERNEL_SCHED_OWNERS_H

#include <stdio.h>

#include "kernel/sched/server.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN      CONFIG_MAIN_PRIORITY
#define LEVEL     20
#define TICKS_MAX 40000

static struct server server;

/* Who had each tick. */
static char owner[TICKS_MAX + 1];

MAYBE_UNUSED static void work(char who, uint64_t ticks) {
    for (uint64_t i = 0; i < ticks; i++) {
        EXPECT(hosted.now < TICKS_MAX);
        owner[hosted.now] = who;
        hosted_step(1);
    }
}

/* The owners, each with the ticks that it had at a stretch: "a300 b700". */
MAYBE_UNUSED static const char *owners(uint64_t until) {
    static char text[2048];
    size_t length = 0;
    text[0] = '\0';
    for (uint64_t from = 0; from < until;) {
        uint64_t to = from;
        while (to < until && owner[to] == owner[from]) {
            to++;
        }
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%c%u",
                                   from == 0 ? "" : " ", owner[from], (unsigned)(to - from));
        EXPECT(length < sizeof(text));
        from = to;
    }
    return text;
}

MAYBE_UNUSED static void play(thread_entry entry) {
    for (uint64_t i = 0; i <= TICKS_MAX; i++) {
        owner[i] = '.';
    }
    server = (struct server){0};
    run(entry);
}

MAYBE_UNUSED static void open_server(struct server *opened, uint64_t budget, uint64_t period) {
    struct server_attributes attributes = {
        .budget = {budget}, .period = {period}, .priority = MAIN + 10};
    EXPECT_EQ(server_open(opened, &attributes), STATUS_OK);
}

MAYBE_UNUSED static void spawn_served(thread_entry entry, void *argument, uint8_t priority,
                                      thread_id_t *id) {
    *id = spawn(entry, argument, priority);
    EXPECT_EQ(server_add(&server, *id), STATUS_OK);
}

struct job {
    char who;
    uint64_t at;
    uint64_t ticks;
};

/* Does its jobs, each at its moment; the last has no ticks. */
MAYBE_UNUSED static void does(void *argument) {
    for (const struct job *job = argument; job->ticks != 0; job++) {
        thread_sleep_until((instant_t){job->at});
        work(job->who, job->ticks);
    }
}

MAYBE_UNUSED static struct job a_1000[] = {{'a', 0, 1000}, {'a', 0, 0}};
MAYBE_UNUSED static struct job b_long[] = {{'b', 0, 5000}, {'b', 0, 0}};
MAYBE_UNUSED static struct job none[] = {{'n', 0, 0}};
MAYBE_UNUSED static thread_id_t served;

/* Ticks of `who` in each span of `length`, at most. */
MAYBE_UNUSED static unsigned most_in_a_span(char who, uint64_t length) {
    unsigned in_span = 0;
    unsigned most = 0;
    for (uint64_t i = 0; i < TICKS_MAX; i++) {
        in_span += owner[i] == who;
        in_span -= i >= length && owner[i - length] == who;
        most = in_span > most ? in_span : most;
    }
    return most;
}

#endif
