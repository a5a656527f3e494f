/* SPDX-License-Identifier: MIT */
/* Servers with a constant bandwidth: who runs when, by which deadline; and that for all others of the
 * level they are one task, whatever they do. Every tick has an owner. */
#include "kernel/sched/bandwidth.h"

#include "kernel/sched/admission.h"
#include "kernel/sched/periodic.h"
#include "kernel/sync/mutex.h"
#include "lib/random.h"
#include "tests/unit/kernel/sched/bandwidths.h"

/* --- One thread ---------------------------------------------------------------------------------- */

static void throttles(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    thread_sleep_until((instant_t){500});
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 0);
    EXPECT_EQ(state.deadline.ticks, 1000);
    EXPECT_EQ(state.overruns, 1);
    EXPECT_EQ(state.threads, 1);
    EXPECT(state.throttled);
}

TEST(a_throttled_thread_has_its_budget_again_at_the_deadline) {
    play(throttles);
    EXPECT_STRING(owners(4000), "a300 b700 a300 b700 a300 b700 a100 b900");
}

static struct rival until_1500 = {1500, {{'r', 0, 600}, {'r', 0, 0}}};
static struct rival until_999 = {999, {{'r', 0, 600}, {'r', 0, 0}}};

static void postpones(void *rival) {
    open_bandwidth(&server, 300, 1000, true);
    spawn(rivals, rival, LEVEL);
    spawn_served(does, a_1000, LEVEL, &served);
    thread_sleep_until((instant_t){1700});
    instant_t deadline;
    EXPECT_EQ(edf_get_deadline(served, &deadline), STATUS_OK);
    EXPECT_EQ(deadline.ticks, deadline_of_server().ticks);
    EXPECT_EQ(deadline.ticks, 4000); /* as its fourth budget has been begun */
}

static void postpones_before(void *unused) {
    (void)unused;
    postpones(&until_1500);
}

static void postpones_behind(void *unused) {
    (void)unused;
    postpones(&until_999);
}

TEST(a_greedy_thread_goes_on_with_a_later_deadline) {
    play(postpones_before);
    EXPECT_STRING(owners(1700), "a300 r600 a700 .100"); /* 2000 is behind 1500 */
    play(postpones_behind);
    EXPECT_STRING(owners(1700), "r600 a1000 .100"); /* 1600 is behind 999 */
}

/* --- Arriving ------------------------------------------------------------------------------------ */

static struct job pieces[] = {{'a', 0, 100}, {'a', 600, 200}, {'a', 950, 200}, {'a', 0, 0}};

static void arrives(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(does, pieces, LEVEL, &served);
    looks_at(50, 1000);
    looks_at(599, 1000);
    looks_at(650, 1600);  /* 200 left until 1000 would be too much: anew */
    looks_at(960, 1600);  /* 100 left until 1600 is not */
    looks_at(1600, 1600); /* has used it up at 1050 */
    looks_at(1601, 2600);
}

TEST(who_arrives_has_what_is_left_if_that_is_less_for_its_time_and_else_begins_anew) {
    play(arrives);
    EXPECT_STRING(owners(1800), "a100 .500 a200 .150 a100 .550 a100 .100");
}

/* 150 left until 1000 is just the bandwidth: that counts as too much. */
static struct job halves[] = {{'a', 0, 150}, {'a', 500, 10}, {'a', 0, 0}};

static void arrives_at_the_border(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(does, halves, LEVEL, &served);
    looks_at(499, 1000);
    looks_at(505, 1500);
}

static struct job just_more[] = {{'a', 0, 151}, {'a', 500, 10}, {'a', 0, 0}};

static void arrives_below_it(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(does, just_more, LEVEL, &served);
    looks_at(505, 1000);
}

TEST(what_is_left_is_compared_to_the_tick) {
    play(arrives_at_the_border);
    play(arrives_below_it);
}

/* --- Several ------------------------------------------------------------------------------------- */

static struct job c_then[] = {{'c', 100, 400}, {'c', 0, 0}};
static struct job d_then[] = {{'d', 150, 200}, {'d', 0, 0}};

static void shares(void *unused) {
    (void)unused;
    thread_id_t id;
    open_bandwidth(&server, 300, 1000, true);
    spawn_served(does, a_1000, LEVEL, &id);
    spawn_served(does, c_then, LEVEL, &id);
    spawn_served(does, d_then, LEVEL, &id);
}

TEST(of_several_threads_each_has_a_budget_in_turn) {
    play(shares);
    EXPECT_STRING(owners(1700), "a300 d200 c100 a300 c300 a400 .100");
}

/* --- What is lent, and who is told -------------------------------------------------------------- */

static struct mutex mutex;

static void holds_400(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 400);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 500);
}

static void wants_at_100(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){100});
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('h', 50);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
}

static void wants_at_350(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){350});
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('h', 50);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
}

static void owner_is_throttled(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(holds_400, NULL, LEVEL, &served);
    spawn(wants_at_350, NULL, MAIN + 1);
    spawn(does, b_long, LEVEL - 1);
}

TEST(a_throttled_owner_runs_while_others_wait_and_pays_for_it_later) {
    play(owner_is_throttled);
    EXPECT_STRING(owners(2400), "a300 b50 a100 h50 b500 a200 b800 a300 b100");
}

static void holds_1000(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 1000);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 500);
}

static void owner_owes_much(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    open_bandwidth(&server, 300, 1000, false);
    spawn_served(holds_1000, NULL, LEVEL, &served);
    spawn(wants_at_350, NULL, MAIN + 1);
    spawn(does, b_long, LEVEL - 1);
    thread_sleep_until((instant_t){2000});
    EXPECT_EQ(deadline_of_server().ticks, 3000); /* whole budgets are paid in one */
}

TEST(many_budgets_that_are_owed_are_paid_by_as_many_periods) {
    play(owner_owes_much);
    EXPECT_STRING(owners(4400), "a300 b50 a700 h50 b1900 a200 b800 a300 b100");
}

static void handles(void *unused) {
    (void)unused;
    uint64_t overruns = 0;
    while (server_wait_overrun(&server, &overruns) == STATUS_OK) {
        note((char)('0' + overruns));
        work('h', 20);
    }
    note('c');
}

static void is_told(void *unused) {
    (void)unused;
    open_bandwidth(&server, 300, 1000, true);
    spawn(handles, NULL, MAIN + 11);
    spawn_served(does, a_1000, LEVEL, &served);
    EXPECT_EQ(thread_join(served, NULL), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

TEST(a_handler_thread_is_told_of_each_overrun_at_its_tick) {
    play(is_told);
    EXPECT_STRING(owners(1100), "a300 h20 a300 h20 a300 h20 a100 .40");
    EXPECT_STRING(trace, "111c");
}

/* Sleeps within the section that others wait for, owing what it was lent. */
static void sleeps_and_owes(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 700);
    thread_sleep_until((instant_t){10000});
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 1000);
}

static void debtor_sleeps(bool goes_on) {
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    open_bandwidth(&server, 300, 1000, goes_on);
    spawn_served(sleeps_and_owes, NULL, LEVEL, &served);
    spawn(wants_at_100, NULL, MAIN + 1);
    thread_sleep_until((instant_t){9990});
    static struct rival until_10950 = {10950, {{'r', 0, 500}, {'r', 0, 0}}};
    spawn(rivals, &until_10950, LEVEL);
}

static void debtor_is_throttled(void *unused) {
    (void)unused;
    debtor_sleeps(false);
}

static void debtor_goes_on(void *unused) {
    (void)unused;
    debtor_sleeps(true);
}

/* Periods in which it slept have paid: but none of their budgets is left. It arrives at 10050, once who
 * waited for the mutex has run. */
TEST(who_slept_long_enough_owes_nothing_and_has_saved_up_nothing) {
    play(debtor_is_throttled);
    EXPECT_STRING(owners(13000), "a700 .9290 r10 h50 r490 a300 .210 a300 .700 a300 .650");
    play(debtor_goes_on);
    EXPECT_STRING(owners(11700), "a700 .9290 r10 h50 r490 a1000 .160");
}

/* --- Any load ------------------------------------------------------------------------------------ */

#define SETS      150
#define TASKS_MAX 5
#define START     1000
#define HYPER     UINT64_C(4000)
#define CROWD     3

static struct random dice;
static struct admission_task tasks[TASKS_MAX];
static unsigned count;
static uint64_t misses, jobs;
static struct server_attributes of_crowd;
static bool stop;

static void meets_deadlines(void *argument) {
    const struct admission_task *task = argument;
    struct periodic_state state;
    const struct periodic_attributes attributes = {
        .first = {START},
        .period = task->period,
        .deadline = {task->deadline.ticks + 1}, /* who ends in that tick is in time */
        .by_deadline = true};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
    do {
        EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
        EXPECT_EQ(periodic_state(thread_self(), &state), STATUS_OK);
        work('t', task->execution.ticks);
    } while (state.release.ticks < START + 2 * HYPER);
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
    EXPECT_EQ(periodic_state(thread_self(), &state), STATUS_OK);
    misses += state.misses;
    jobs += state.jobs;
}

/* Arrives whenever it likes, and wants what it likes; one is greedy. */
static void does_anything(void *argument) {
    bool greedy = argument != NULL;
    while (!stop && hosted.now < START + 3 * HYPER) {
        work('s', 1 + random_below(&dice, of_crowd.budget.ticks * 2));
        if (!greedy || random_below(&dice, 8) == 0) {
            thread_sleep_ticks(random_below(&dice, of_crowd.period.ticks * 2));
        }
    }
}

static void play_set(void *unused) {
    thread_id_t ids[TASKS_MAX];
    thread_id_t crowd[CROWD];
    (void)unused;
    stop = false;
    EXPECT_EQ(server_open(&server, &of_crowd), STATUS_OK);
    for (unsigned i = 0; i < count; i++) {
        ids[i] = spawn(meets_deadlines, &tasks[i], LEVEL);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        spawn_served(does_anything, i == 0 ? &dice : NULL, LEVEL, &crowd[i]);
    }
    for (unsigned i = 0; i < count; i++) {
        EXPECT_EQ(thread_join(ids[i], NULL), STATUS_OK);
    }
    stop = true;
    for (unsigned i = 0; i < CROWD; i++) {
        EXPECT_EQ(thread_join(crowd[i], NULL), STATUS_OK);
    }
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

/* The crowd's server, and tasks that leave it its share: almost all of the CPU together. */
static void draw(bool goes_on) {
    static const uint64_t periods[] = {100, 200, 250, 400, 500, 800, 1000, 2000, 4000};
    uint64_t share = random_between(&dice, 100, 500);
    uint64_t left = random_between(&dice, 900, 1000) - share;
    uint64_t period = periods[random_below(&dice, ARRAY_SIZE(periods))];
    of_crowd = (struct server_attributes){.budget = {period * share / 1000},
                                          .period = {period},
                                          .priority = LEVEL,
                                          .goes_on = goes_on,
                                          .bandwidth = true};
    count = (unsigned)random_between(&dice, 1, TASKS_MAX - 1);
    for (unsigned i = 0; i < count; i++) {
        uint64_t part = i + 1 == count ? left : random_below(&dice, left + 1);
        left -= part;
        period = periods[random_below(&dice, ARRAY_SIZE(periods))];
        uint64_t execution = period * part / 1000;
        tasks[i] = (struct admission_task){.period = {period},
                                           .deadline = {period},
                                           .execution = {execution == 0 ? 1 : execution},
                                           .priority = LEVEL,
                                           .order = ADMISSION_EDF};
    }
    tasks[count] = (struct admission_task){.period = of_crowd.period,
                                           .deadline = of_crowd.period,
                                           .execution = of_crowd.budget,
                                           .priority = LEVEL,
                                           .order = ADMISSION_EDF};
}

TEST(those_that_are_admitted_beside_a_server_miss_nothing_whatever_its_threads_do) {
    const struct admission_costs costs = {.release = {0}};
    unsigned admitted = 0;
    uint64_t all = 0;
    random_init(&dice, test_seed());
    for (unsigned set = 0; set < SETS; set++) {
        struct admission_result result;
        draw(set % 2 != 0);
        if (admission_check(tasks, count + 1, &costs, ADMISSION_ENFORCE, &result) != STATUS_OK) {
            continue;
        }
        admitted++;
        misses = 0;
        jobs = 0;
        play(play_set);
        EXPECT_EQ(misses, 0);
        all += jobs;
        if (!of_crowd.goes_on) { /* in a span of k periods: of k + 1 budgets at most */
            for (unsigned k = 1; k <= 4; k++) {
                EXPECT(most_in_a_span('s', k * of_crowd.period.ticks) <=
                       (k + 1) * of_crowd.budget.ticks);
            }
        }
    }
    EXPECT(admitted > SETS / 2);
    EXPECT(all > 3000);
}
