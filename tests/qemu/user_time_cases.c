/* SPDX-License-Identifier: MIT */
/* Processes and time: what a budget leaves to others, and a kill at any moment of a start. */
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/server.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/user_build.h"

#define BUDGET  UINT64_C(30000)
#define PERIOD  UINT64_C(100000)
#define PERIODS 20
#define LATE    1500 /* ticks that ending a budget takes, at most */

static uint64_t time_of(thread_id_t id) {
    duration_t ran = {0};
    TAP_REQUIRE(thread_cpu_time(id, &ran) == STATUS_OK, "its time is counted");
    return ran.ticks;
}

static void user_time_budget(void) {
    struct server server;
    const struct server_attributes attributes = {
        .budget = {BUDGET}, .period = {PERIOD}, .priority = MAIN - 1};
    thread_id_t thread;
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a server");
    const process_id_t id = BUILD(spins);
    TAP_EQ(process_thread(id, &thread), STATUS_NOT_INITIALIZED, "it has no thread yet");
    start_at(id, 0, MAIN - 1);
    TAP_EQ(process_thread(id, &thread), STATUS_OK, "it has one");
    TAP_EQ(server_add(&server, thread), STATUS_OK, "which gets a budget before it runs");
    thread_sleep_ticks(PERIODS * PERIOD);
    const uint64_t ran = time_of(thread);
    TAP_OK(ran <= PERIODS * (BUDGET + LATE), "the rest of the time is others'");
    TAP_OK(ran >= PERIODS * BUDGET - LATE, "the budget is its own");
    TAP_EQ(process_kill(id), STATUS_OK, "it is killed while it has none left");
    TAP_EQ(finish(id), STATUS_CLOSED, "and ends");
    TAP_EQ(process_thread(id, &thread), STATUS_STALE, "with its thread");
    TAP_EQ(server_close(&server), STATUS_OK, "of which the server knows nothing more");
}

/* --- A kill at each moment of a start --------------------------------------------------------- */

#define START_TICKS 1200 /* more than the call and the kill take together */

static process_id_t victim;
static instant_t strikes_at;

static void strike(void *argument) {
    status_t *answer = argument;
    thread_sleep_until(strikes_at);
    *answer = process_kill(victim);
}

static void user_time_killed_at_start(void) {
    unsigned before = 0;
    unsigned refused = 0;
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t frames = frames_free();
    for (uint64_t ticks = 0; ticks < START_TICKS; ticks++) {
        const struct process_start start = {
            .entry = vaddr(TEXT), .stack_top = vaddr(STACK + STACK_SIZE), .priority = MAIN - 1};
        status_t answer = STATUS_TIMED_OUT;
        victim = BUILD(spins);
        const instant_t begin = time_after(time_ticks(3000)); /* once the striker sleeps */
        strikes_at = (instant_t){begin.ticks + ticks};
        const thread_id_t striker = test_spawn(strike, &answer, MAIN + 1);
        while (time_now().ticks < begin.ticks + START_TICKS / 2) {
        }
        const status_t started = process_start(victim, &start);
        before += answer == STATUS_TIMED_OUT;
        refused += started == STATUS_BUSY;
        TAP_REQUIRE(started == STATUS_OK || started == STATUS_BUSY, "it starts, or is dead");
        TAP_REQUIRE(thread_join(striker, NULL) == STATUS_OK && answer == STATUS_OK, "a kill");
        TAP_REQUIRE(process_wait_until(victim, NULL, time_after(time_ms(1))) == STATUS_CLOSED,
                    "who was killed ends");
    }
    TAP_OK(before > 0 && refused > 0, "kills came before the start and behind it");
    TAP_EQ(frames_free(), frames, "all frames are back");
}

static const struct test_case user_time_cases[] = {
    {"user_time_budget", user_time_budget, TEST_EXACT},
    {"user_time_killed_at_start", user_time_killed_at_start, TEST_EXACT},
};
TEST_GROUP(user_time);
