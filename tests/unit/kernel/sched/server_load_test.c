/* SPDX-License-Identifier: MIT */
/* Servers under any load: in each span of a period their threads have the budget, and no more. */
#include "kernel/sched/server.h"

#include "tests/unit/kernel/sched/owners.h"

#define SERVERS 3
#define CROWD   9
#define UNTIL   (TICKS_MAX - 2000)

static struct server crowd_servers[SERVERS];
static const struct server_attributes crowd_attributes[SERVERS] = {
    {.budget = {70}, .period = {500}, .priority = 40},
    {.budget = {1}, .period = {9}, .priority = 50},
    {.budget = {300}, .period = {1100}, .priority = 41},
};
static struct random crowd_random;

/* Pieces of any length, so that more come about than a server remembers. */
static void any_work(void *argument) {
    char who = *(const char *)argument;
    while (hosted.now < UNTIL) {
        work(who, random_below(&crowd_random, 30) + 1);
        if (random_below(&crowd_random, 3) == 0) {
            thread_sleep_ticks(random_below(&crowd_random, 120));
        }
    }
}

static char crowd_names[SERVERS + 1] = {'0', '1', '2', 'x'};

static void crowd(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < SERVERS; i++) {
        EXPECT_EQ(server_open(&crowd_servers[i], &crowd_attributes[i]), STATUS_OK);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        thread_id_t id = spawn(any_work, &crowd_names[i % SERVERS], (uint8_t)(5 + 3 * i));
        EXPECT_EQ(server_add(&crowd_servers[i % SERVERS], id), STATUS_OK);
    }
    spawn(any_work, &crowd_names[SERVERS], 4); /* takes what they leave */
}

static unsigned all_of(char who) {
    return most_in_a_span(who, TICKS_MAX);
}

TEST(in_no_span_of_a_period_do_the_threads_of_a_server_run_longer_than_its_budget) {
    crowd_random = test_random();
    play(crowd);
    for (unsigned i = 0; i < SERVERS; i++) {
        unsigned budget = (unsigned)crowd_attributes[i].budget.ticks;
        unsigned period = (unsigned)crowd_attributes[i].period.ticks;
        EXPECT_EQ(most_in_a_span(crowd_names[i], period), budget);
    }
    /* And they have what is theirs: they always want more. */
    EXPECT(all_of('0') > UNTIL / 500 * 70 * 9 / 10);
    EXPECT(all_of('1') > UNTIL / 9 * 8 / 10);
    EXPECT(all_of('2') > UNTIL / 1100 * 300 * 9 / 10);
    EXPECT(all_of('x') > UNTIL / 10);
}
