/* SPDX-License-Identifier: MIT */
/* Budgets on the machine, where a tick is an instruction: what threads really executed. */
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/periodic.h"
#include "kernel/sched/server.h"
#include "kernel/sync/mutex.h"
#include "tests/qemu/groups.h"

#define LEVEL    (CONFIG_MAIN_PRIORITY - 5)
#define BUDGET   UINT64_C(30000)
#define PERIOD   UINT64_C(100000)
#define PERIODS  20
#define LATE     1500 /* ticks that ending a budget takes, the steps of the kernel together, at most */
#define FAR_TICK (UINT64_C(1) << 40)
#define READING  200 /* ticks in which main reads its counts */

static struct server server;
static volatile bool stop;

static void open_server(uint64_t budget, uint64_t period) {
    const struct server_attributes attributes = {
        .budget = {budget}, .period = {period}, .priority = CONFIG_MAIN_PRIORITY + 5};
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a server");
}

/* Two instructions a turn: counts what it executes. */
static void hog(void *argument) {
    volatile uint64_t *turns = argument;
    while (!stop) {
        uint64_t loops = 50;
        __asm__ volatile("1:\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(loops)::"cc");
        *turns += 50;
    }
}

/* Without a word: main's own time goes on. Who is not counted has run for ever. */
static uint64_t time_of(thread_id_t id) {
    duration_t ran;
    return thread_cpu_time(id, &ran) == STATUS_OK ? ran.ticks : FAR_TICK;
}

static uint64_t idle_time(void) {
    duration_t idle;
    return cpu_idle_time(&idle) == STATUS_OK ? idle.ticks : FAR_TICK;
}

/* Two hogs share a budget; another below has all the rest, and nobody else anything. */
static void budget_shares(void) {
    uint64_t turns[3] = {0};
    stop = false;
    open_server(BUDGET, PERIOD);
    thread_id_t first = test_spawn(hog, &turns[0], LEVEL);
    thread_id_t second = test_spawn(hog, &turns[1], LEVEL + 1);
    thread_id_t rest = test_spawn(hog, &turns[2], LEVEL - 1);
    TAP_EQ(server_add(&server, first), STATUS_OK, "serves one");
    TAP_EQ(server_add(&server, second), STATUS_OK, "and another");
    TAP_EQ(thread_count_time(rest), STATUS_OK, "the third is counted");
    cpu_count_idle();
    TAP_EQ(thread_count_time(thread_self()), STATUS_OK, "and main");
    uint64_t before = idle_time();
    uint64_t own_before = time_of(thread_self());
    instant_t begin = time_now();
    thread_sleep_until(instant_add(begin, (duration_t){PERIODS * PERIOD}));
    /* While the highest reads them, all counts stand still but its own. */
    uint64_t served = time_of(first) + time_of(second);
    uint64_t others = time_of(rest) + idle_time() - before;
    uint64_t own = time_of(thread_self()) - own_before;
    uint64_t passed = instant_since(time_now(), begin).ticks;
    stop = true;
    test_join(first);
    test_join(second);
    test_join(rest);
    TAP_OK(served <= PERIODS * BUDGET + LATE, "the served have no more than their budget");
    TAP_OK(served >= PERIODS * BUDGET - LATE, "nor less");
    TAP_OK(turns[1] > 1000 * turns[0], "and of that all the higher one");
    TAP_OK(2 * turns[1] <= served, "which executed no more than it is charged for");
    uint64_t all = served + others + own;
    TAP_OK(all <= passed && passed - all < READING, "all counts together are the time that passed");
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

/* --- At the tick -------------------------------------------------------------------------------- */

static volatile uint64_t last_seen; /* by the hog that looks at the clock */
static uint64_t told_at;

static void clock_hog(void *argument) {
    (void)argument;
    while (!stop) {
        last_seen = time_now().ticks;
    }
}

static void is_told(void *argument) {
    (void)argument;
    uint64_t overruns;
    if (server_wait_overrun(&server, &overruns) == STATUS_OK) {
        told_at = time_now().ticks;
    }
}

static void budget_ends_at_its_tick(void) {
    stop = false;
    open_server(BUDGET, FAR_TICK);
    thread_id_t handler = test_spawn(is_told, NULL, CONFIG_MAIN_PRIORITY + 6);
    thread_id_t served = test_spawn(clock_hog, NULL, LEVEL);
    TAP_EQ(server_add(&server, served), STATUS_OK, "serves a hog");
    thread_sleep_ticks(3 * BUDGET);
    TAP_EQ(test_join(handler), 0, "the handler was told");
    uint64_t ran = time_of(served);
    TAP_OK(ran >= BUDGET && ran <= BUDGET + LATE, "of a budget used up");
    TAP_OK(told_at > last_seen && told_at - last_seen < LATE, "at once");
    record_number("budget_told", told_at - last_seen);
    uint64_t seen = last_seen;
    thread_sleep_ticks(10 * BUDGET);
    TAP_EQ(last_seen, seen, "and the hog executes nothing more");
    TAP_EQ(time_of(served), ran, "nor is it charged for anything");
    stop = true;
    TAP_EQ(server_remove(served), STATUS_OK, "until it is taken out");
    test_join(served);
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

/* --- A section that others wait for ------------------------------------------------------------- */

static struct mutex mutex;
static volatile bool released;

static void owner(void *argument) {
    (void)argument;
    if (mutex_lock(&mutex) == STATUS_OK) {
        uint64_t loops = BUDGET; /* twice as many instructions */
        __asm__ volatile("1:\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(loops)::"cc");
        released = mutex_unlock(&mutex) == STATUS_OK;
    }
    while (!stop) {
    }
}

static void budget_of_an_owner(void) {
    stop = false;
    released = false;
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
    open_server(BUDGET, FAR_TICK);
    thread_id_t served = test_spawn(owner, NULL, LEVEL);
    TAP_EQ(server_add(&server, served), STATUS_OK, "serves its owner");
    thread_sleep_ticks(5 * BUDGET);
    TAP_OK(!released, "which is throttled in the middle");
    instant_t wanted = time_now();
    status_t status = mutex_lock(&mutex);
    uint64_t waited = instant_since(time_now(), wanted).ticks;
    TAP_EQ(status, STATUS_OK, "who waits for it has it");
    record_number("budget_section", waited);
    TAP_OK(waited < BUDGET + 3 * LATE, "after what was left of the section");
    TAP_EQ(mutex_unlock(&mutex), STATUS_OK, "gives it back");
    uint64_t ran = time_of(served);
    thread_sleep_ticks(BUDGET);
    TAP_OK(time_of(served) - ran < LATE, "and the owner is throttled again");
    struct server_state state;
    TAP_EQ(server_get_state(&server, &state), STATUS_OK, "it has a state");
    TAP_OK(state.throttled && state.left < 0, "it owes what it had too much");
    stop = true;
    TAP_EQ(server_remove(served), STATUS_OK, "it is taken out");
    test_join(served);
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

/* --- Lowered, by who is told --------------------------------------------------------------------- */

struct lowering {
    thread_id_t id;
    uint64_t count;
};

static instant_t first_period;

/* Who has used up its budget is below the others until the next period. */
static void lowers_on_overrun(void *argument) {
    struct lowering *lowering = argument;
    uint64_t overruns;
    while (server_wait_overrun(&server, &overruns) == STATUS_OK) {
        lowering->count++;
        (void)!thread_set_priority(lowering->id, LEVEL - 2);
        uint64_t periods = instant_since(time_now(), first_period).ticks / PERIOD + 1;
        thread_sleep_until(instant_add(first_period, (duration_t){periods * PERIOD}));
        (void)!thread_set_priority(lowering->id, LEVEL);
    }
}

/* Works until the middle of each period; counts those that it began with a budget's delay, or less. */
static void works_half(void *argument) {
    uint64_t *in_time = argument;
    for (unsigned i = 0; i < PERIODS; i++) {
        instant_t begin = instant_add(first_period, (duration_t){i * PERIOD});
        thread_sleep_until(begin);
        *in_time += instant_since(time_now(), begin).ticks < BUDGET + 2 * LATE;
        test_spin_until(instant_add(begin, (duration_t){PERIOD / 2}));
    }
}

static thread_id_t open_lowering(struct lowering *lowering, uint64_t *turns) {
    const struct server_attributes attributes = {.budget = {BUDGET},
                                                 .period = {PERIOD},
                                                 .priority = CONFIG_MAIN_PRIORITY + 5,
                                                 .goes_on = true};
    stop = false;
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a server that throttles nobody");
    lowering->id = test_spawn(hog, turns, LEVEL);
    TAP_EQ(server_add(&server, lowering->id), STATUS_OK, "serves a hog");
    return test_spawn(lowers_on_overrun, lowering, CONFIG_MAIN_PRIORITY + 6);
}

static void close_lowering(const struct lowering *lowering, thread_id_t handler) {
    stop = true;
    TAP_EQ(server_remove(lowering->id), STATUS_OK, "it is taken out");
    test_join(lowering->id);
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
    test_join(handler);
}

/* With its budget it is above the other, without it below: it has what the other leaves. */
static void budget_lowers_on_overrun(void) {
    struct lowering lowering = {.count = 0};
    uint64_t turns[2] = {0};
    thread_id_t handler = open_lowering(&lowering, &turns[0]);
    thread_id_t other = test_spawn(hog, &turns[1], LEVEL - 1);
    TAP_EQ(thread_count_time(other), STATUS_OK, "another hog is below it, and counted");
    first_period = time_now();
    thread_sleep_until(instant_add(first_period, (duration_t){PERIODS * PERIOD - LATE}));
    uint64_t ran = time_of(lowering.id);
    uint64_t rest = time_of(other);
    record_number("budget_lowered_ran", ran);
    TAP_EQ(lowering.count, PERIODS, "it is lowered once in each period");
    TAP_OK(ran >= PERIODS * BUDGET && ran < PERIODS * (BUDGET + LATE),
           "and has its budget in each");
    TAP_OK(rest >= PERIODS * (PERIOD - BUDGET - 2 * LATE), "the other has all the rest");
    TAP_EQ(thread_suspend(other), STATUS_OK, "when that does not run");
    ran = time_of(lowering.id);
    thread_sleep_ticks(PERIOD);
    TAP_OK(time_of(lowering.id) - ran > PERIOD - 2 * LATE, "the lowered one has all");
    TAP_EQ(thread_resume(other), STATUS_OK, "as long as it is so");
    close_lowering(&lowering, handler);
    test_join(other);
}

/* What it has below nobody pays for: each period begins with a whole budget. */
static void budget_lowered_owes_nothing(void) {
    struct lowering lowering = {.count = 0};
    uint64_t in_time = 0;
    uint64_t turns = 0;
    thread_id_t handler = open_lowering(&lowering, &turns);
    first_period = time_now();
    test_join(test_spawn(works_half, &in_time, LEVEL - 1));
    thread_sleep_until(instant_add(first_period, (duration_t){PERIODS * PERIOD - LATE}));
    uint64_t ran = time_of(lowering.id);
    TAP_EQ(lowering.count, PERIODS, "it is lowered once in each period");
    TAP_EQ(in_time, PERIODS, "the other waits for a budget in each, at most");
    TAP_OK(ran > PERIODS * (BUDGET + PERIOD / 2 - LATE), "what that leaves it has too");
    close_lowering(&lowering, handler);
}

/* --- By deadline -------------------------------------------------------------------------------- */

#define JOBS 30

static struct periodic_state worked;

/* Half of the time, each job until the end of its period. */
static void works_by_deadline(void *argument) {
    const struct periodic_attributes attributes = {
        .first = time_now(), .period = {PERIOD / 2}, .deadline = {PERIOD / 2}, .by_deadline = true};
    (void)argument;
    if (periodic_begin(&attributes) != STATUS_OK) {
        return;
    }
    for (unsigned i = 0; i < JOBS; i++) {
        (void)!periodic_wait(NULL);
        uint64_t turns = PERIOD / 8; /* of two instructions */
        __asm__ volatile("1:\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(turns)::"cc");
    }
    (void)!periodic_wait(NULL);
    (void)!periodic_state(thread_self(), &worked);
}

/* Hogs of one level with a thread whose deadlines leave them no more than their budget. */
static void bandwidth_isolates(bool goes_on) {
    uint64_t turns[2] = {0};
    const struct server_attributes attributes = {.budget = {BUDGET},
                                                 .period = {PERIOD},
                                                 .priority = LEVEL,
                                                 .goes_on = goes_on,
                                                 .bandwidth = true};
    stop = false;
    worked = (struct periodic_state){.misses = 77};
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a constant bandwidth");
    thread_id_t first = test_spawn(hog, &turns[0], LEVEL);
    thread_id_t second = test_spawn(hog, &turns[1], LEVEL);
    TAP_EQ(server_add(&server, first), STATUS_OK, "of a hog");
    TAP_EQ(server_add(&server, second), STATUS_OK, "and another");
    thread_id_t works = test_spawn(works_by_deadline, NULL, LEVEL);
    instant_t begin = time_now();
    test_join(works);
    uint64_t served = time_of(first) + time_of(second);
    uint64_t passed = instant_since(time_now(), begin).ticks;
    struct server_state state;
    TAP_EQ(server_get_state(&server, &state), STATUS_OK, "it has a state");
    stop = true;
    TAP_EQ(worked.misses, 0, "who is admitted beside them misses nothing");
    TAP_EQ(worked.jobs, JOBS + 1, "of all its jobs");
    TAP_OK(turns[0] > 1000 && turns[1] > 1000, "the hogs run in turn");
    uint64_t budgets = (passed / PERIOD + 1) * BUDGET;
    TAP_OK(state.overruns > 5, "and use up their budget");
    TAP_OK(goes_on ? served > passed / 3 : served <= budgets + LATE * state.overruns,
           "they have what is left, or their budget alone");
    TAP_EQ(server_remove(first), STATUS_OK, "one is taken out");
    test_join(first);
    TAP_EQ(server_remove(second), STATUS_OK, "and the other");
    test_join(second);
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

static void bandwidth_throttles(void) {
    bandwidth_isolates(false);
}

static void bandwidth_postpones(void) {
    bandwidth_isolates(true);
}

/* Less than it costs to look at the hog: it never executes anything, and others nothing less. */
static void bandwidth_is_tiny(bool goes_on) {
    uint64_t turns = 0;
    const struct server_attributes attributes = {.budget = {20},
                                                 .period = {PERIOD},
                                                 .priority = LEVEL,
                                                 .goes_on = goes_on,
                                                 .bandwidth = true};
    stop = false;
    worked = (struct periodic_state){.misses = 77};
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a bandwidth of next to nothing");
    thread_id_t greedy = test_spawn(hog, &turns, LEVEL);
    TAP_EQ(server_add(&server, greedy), STATUS_OK, "of a hog");
    thread_id_t works = test_spawn(works_by_deadline, NULL, LEVEL);
    thread_sleep_ticks((JOBS + 5) * PERIOD / 2);
    uint64_t served = time_of(greedy);
    TAP_EQ(worked.misses, 0, "who is admitted beside it misses nothing");
    TAP_EQ(worked.jobs, JOBS + 1, "of all its jobs");
    TAP_OK(goes_on || served < (JOBS + 5) * PERIOD / 100, "nor do the looks take more than a bit");
    stop = true;
    TAP_EQ(server_remove(greedy), STATUS_OK, "it is taken out");
    test_join(greedy);
    test_join(works);
    TAP_EQ(server_close(&server), STATUS_OK, "it is closed");
}

static void bandwidth_tiny_throttles(void) {
    bandwidth_is_tiny(false);
}

static void bandwidth_tiny_postpones(void) {
    bandwidth_is_tiny(true);
}

static const struct test_case budget_cases[] = {
    {"budget_shares", budget_shares, TEST_EXACT},
    {"budget_ends_at_its_tick", budget_ends_at_its_tick, TEST_EXACT},
    {"budget_of_an_owner", budget_of_an_owner, TEST_EXACT},
    {"budget_lowers_on_overrun", budget_lowers_on_overrun, TEST_EXACT},
    {"budget_lowered_owes_nothing", budget_lowered_owes_nothing, TEST_EXACT},
    {"bandwidth_throttles", bandwidth_throttles, TEST_EXACT},
    {"bandwidth_postpones", bandwidth_postpones, TEST_EXACT},
    {"bandwidth_tiny_throttles", bandwidth_tiny_throttles, TEST_EXACT},
    {"bandwidth_tiny_postpones", bandwidth_tiny_postpones, TEST_EXACT},
};
TEST_GROUP(budget);
