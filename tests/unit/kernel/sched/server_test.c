/* SPDX-License-Identifier: MIT */
/* Budgets: who runs when, what comes back when, and who is told. Every tick has an owner. */
#include "kernel/sched/server.h"

#include <stdio.h>

#include "kernel/sched/cpu_time.h"
#include "kernel/sched/edf.h"
#include "kernel/sync/mutex.h"
#include "tests/unit/kernel/scenario.h"

#define MAIN      CONFIG_MAIN_PRIORITY
#define LEVEL     20
#define TICKS_MAX 40000

static struct server server;

/* Who had each tick. */
static char owner[TICKS_MAX + 1];

static void work(char who, uint64_t ticks) {
    for (uint64_t i = 0; i < ticks; i++) {
        EXPECT(hosted.now < TICKS_MAX);
        owner[hosted.now] = who;
        hosted_step(1);
    }
}

/* The owners, each with the ticks that it had at a stretch: "a300 b700". */
static const char *owners(uint64_t until) {
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

static void play(thread_entry entry) {
    for (uint64_t i = 0; i <= TICKS_MAX; i++) {
        owner[i] = '.';
    }
    server = (struct server){0};
    run(entry);
}

static void open_server(struct server *opened, uint64_t budget, uint64_t period) {
    struct server_attributes attributes = {
        .budget = {budget}, .period = {period}, .priority = MAIN + 10};
    EXPECT_EQ(server_open(opened, &attributes), STATUS_OK);
}

static void spawn_served(thread_entry entry, void *argument, uint8_t priority, thread_id_t *id) {
    *id = spawn(entry, argument, priority);
    EXPECT_EQ(server_add(&server, *id), STATUS_OK);
}

struct job {
    char who;
    uint64_t at;
    uint64_t ticks;
};

/* Does its jobs, each at its moment; the last has no ticks. */
static void does(void *argument) {
    for (const struct job *job = argument; job->ticks != 0; job++) {
        thread_sleep_until((instant_t){job->at});
        work(job->who, job->ticks);
    }
}

static struct job a_1000[] = {{'a', 0, 1000}, {'a', 0, 0}};
static struct job b_long[] = {{'b', 0, 5000}, {'b', 0, 0}};

static void one_overruns(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
}

TEST(a_thread_has_its_budget_in_each_period_to_the_tick_and_others_have_the_rest) {
    play(one_overruns);
    EXPECT_STRING(owners(4000), "a300 b700 a300 b700 a300 b700 a100 b900");
}

static struct job a_pieces[] = {{'a', 0, 100}, {'a', 500, 500}, {'a', 0, 0}};

static void sporadic(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 300, 1000);
    spawn_served(does, a_pieces, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
}

TEST(each_piece_comes_back_a_period_after_it_began) {
    play(sporadic);
    /* 100 from 0 on, 200 from 500 on; they come back at 1000 and 1500, and at 2000 again. */
    EXPECT_STRING(owners(2200), "a100 b400 a200 b300 a100 b400 a200 b500");
}

static struct job c_1000[] = {{'c', 0, 1000}, {'c', 0, 0}};

static void two_share(void *unused) {
    (void)unused;
    thread_id_t a;
    thread_id_t c;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &a);
    spawn_served(does, c_1000, LEVEL + 1, &c);
    spawn(does, b_long, LEVEL - 1);
}

TEST(threads_that_share_a_server_have_its_budget_together_the_higher_first) {
    play(two_share);
    EXPECT_STRING(owners(6000), "c300 b700 c300 b700 c300 b700 c100 a200 b700 a300 b700 a300 b700");
}

static void has_all(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 700, 700);
    spawn_served(does, a_1000, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
    thread_sleep_until((instant_t){300}); /* a piece of its own before, and one behind */
    work('m', 100);
    thread_sleep_until((instant_t){5000});
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.overruns, 0);
}

TEST(a_budget_of_a_whole_period_is_never_used_up) {
    play(has_all);
    EXPECT_STRING(owners(2000), "a300 m100 a700 b900");
}

static struct job none[] = {{'n', 0, 0}};
static struct job idles_long[] = {{'a', 3000, 700}, {'a', 0, 0}};

static void unused_time(void *unused) {
    (void)unused;
    thread_id_t a;
    open_server(&server, 300, 1000);
    spawn_served(does, idles_long, LEVEL, &a);
    spawn(does, none, LEVEL);
}

TEST(budget_that_nobody_used_is_not_saved_up) {
    play(unused_time);
    EXPECT_STRING(owners(5100), ".3000 a300 .700 a300 .700 a100");
}

/* --- What is lent ------------------------------------------------------------------------------- */

static struct mutex mutex;

static void holds_400(void *unused) {
    (void)unused;
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 400);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 500);
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
    thread_id_t a;
    EXPECT_EQ(mutex_init(&mutex, NULL), STATUS_OK);
    open_server(&server, 300, 1000);
    spawn_served(holds_400, NULL, LEVEL, &a);
    spawn(wants_at_350, NULL, MAIN + 1);
    spawn(does, b_long, LEVEL - 1);
}

TEST(a_throttled_owner_runs_while_others_wait_and_pays_for_it_later) {
    play(owner_is_throttled);
    /* Throttled at 300, released at 350, and throttled again when it has unlocked, 100 too late: of
     * what comes back at 1000 that is paid, and so it comes back itself at 2000. */
    EXPECT_STRING(owners(2400), "a300 b50 a100 h50 b500 a200 b800 a300 b100");
}

static struct mutex_attributes ceiling_of_main = {.has_ceiling = true, .ceiling = MAIN};

static void holds_ceiling(void *unused) {
    (void)unused;
    work('a', 100);
    EXPECT_EQ(mutex_lock(&mutex), STATUS_OK);
    work('a', 400);
    EXPECT_EQ(mutex_unlock(&mutex), STATUS_OK);
    work('a', 100);
}

static void owner_of_ceiling(void *unused) {
    (void)unused;
    thread_id_t a;
    EXPECT_EQ(mutex_init(&mutex, &ceiling_of_main), STATUS_OK);
    open_server(&server, 300, 1000);
    spawn_served(holds_ceiling, NULL, LEVEL, &a);
    spawn(does, b_long, LEVEL - 1);
}

TEST(who_holds_a_mutex_with_a_ceiling_is_throttled_when_it_unlocks) {
    play(owner_of_ceiling);
    EXPECT_STRING(owners(1400), "a500 b500 a100 b300");
}

/* --- Who is told -------------------------------------------------------------------------------- */

static void handles(void *unused) {
    (void)unused;
    uint64_t overruns = 0;
    status_t status;
    while ((status = server_wait_overrun(&server, &overruns)) == STATUS_OK) {
        note((char)('0' + overruns));
        work('h', 20);
    }
    EXPECT_EQ(status, STATUS_CLOSED);
    note('c');
}

static thread_id_t served;

static void closes_at_5000(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){5000});
    EXPECT_EQ(server_close(&server), STATUS_BUSY);
    EXPECT_EQ(thread_join(served, NULL), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_CLOSED);
}

static void overruns_are_handled(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn(handles, NULL, MAIN + 11);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    spawn(closes_at_5000, NULL, MAIN + 12);
}

TEST(a_handler_thread_is_told_of_each_overrun_at_its_tick) {
    play(overruns_are_handled);
    EXPECT_STRING(owners(3200), "a300 h20 b680 a300 h20 b680 a300 h20 b680 a100 b100");
    EXPECT_STRING(trace, "111c");
}

static void looks_late(void *unused) {
    (void)unused;
    uint64_t overruns = 0;
    thread_sleep_until((instant_t){2500});
    EXPECT_EQ(server_wait_overrun(&server, &overruns), STATUS_OK);
    EXPECT_EQ(overruns, 3);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.overruns, 3);
    EXPECT_EQ(state.left, 0);
    EXPECT_EQ(state.threads, 1);
    EXPECT(state.throttled);
    note('l');
}

static void nobody_waits(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(looks_late, NULL, MAIN + 1);
}

TEST(overruns_are_kept_for_who_looks_later) {
    play(nobody_waits);
    EXPECT_STRING(trace, "l");
}

static void goes_on(void *unused) {
    (void)unused;
    struct server_attributes attributes = {
        .budget = {300}, .period = {1000}, .priority = MAIN + 10, .goes_on = true};
    EXPECT_EQ(server_open(&server, &attributes), STATUS_OK);
    spawn(handles, NULL, MAIN + 11);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(closes_at_5000, NULL, MAIN + 12);
}

TEST(where_overruns_are_only_told_nobody_is_throttled) {
    play(goes_on);
    /* And again at 1000, where budget comes back that is overdrawn already. */
    EXPECT_STRING(trace, "11c");
    EXPECT_STRING(owners(1100), "a300 h20 a680 h20 a20 .60");
}

/* --- Coming and going --------------------------------------------------------------------------- */

static void removes_at_400(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){400});
    EXPECT_EQ(server_remove(served), STATUS_OK);
    EXPECT_EQ(server_remove(served), STATUS_NOT_FOUND);
    EXPECT_EQ(server_close(&server), STATUS_OK);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_CLOSED);
    duration_t ran;
    EXPECT_EQ(thread_cpu_time(served, &ran), STATUS_OK);
    EXPECT_EQ(ran.ticks, 300);
}

static void is_removed(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_1000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    spawn(removes_at_400, NULL, MAIN + 1);
}

TEST(a_throttled_thread_that_is_removed_runs_on) {
    play(is_removed);
    EXPECT_STRING(owners(1500), "a300 b100 a700 b400");
}

static void serves_itself(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    work('a', 50);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    work('a', 200);
    struct server_state state;
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 100);
    EXPECT(!state.throttled);
    work('a', 200);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 200);
    work('a', 500);
    EXPECT_EQ(server_close(&server), STATUS_OK);
}

TEST(a_thread_puts_itself_under_a_budget_and_out_of_it) {
    play(serves_itself);
    EXPECT_STRING(owners(1700), "a350 .700 a600 .50");
}

static void suspends_and_resumes(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){500});
    EXPECT_EQ(thread_suspend(served), STATUS_OK);
    thread_sleep_until((instant_t){1500});
    EXPECT_EQ(thread_resume(served), STATUS_OK);
    thread_sleep_until((instant_t){2000});
    EXPECT_EQ(thread_set_priority(served, LEVEL - 2), STATUS_OK); /* below b; throttled */
    thread_sleep_until((instant_t){6100});
    EXPECT_EQ(thread_suspend(served), STATUS_OK);
    EXPECT_EQ(thread_resume(served), STATUS_OK); /* ready, but without budget */
}

static struct job a_2000[] = {{'a', 0, 2000}, {'a', 0, 0}};

static void is_suspended(void *unused) {
    (void)unused;
    open_server(&server, 300, 1000);
    spawn_served(does, a_2000, LEVEL, &served);
    spawn(does, b_long, LEVEL - 1);
    spawn(suspends_and_resumes, NULL, MAIN + 1);
}

TEST(a_throttled_thread_can_be_suspended_resumed_and_moved) {
    play(is_suspended);
    EXPECT_STRING(owners(8000), "a300 b1200 a300 b3800 a300 .700 a300 .700 a300 .100");
}

static void asks_wrongly(void *unused) {
    (void)unused;
    struct server_attributes good = {.budget = {10}, .period = {20}, .priority = MAIN};
    struct server_attributes bad = good;
    EXPECT_EQ(server_open(NULL, &good), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(server_open(&server, NULL), STATUS_INVALID_ARGUMENT);
    bad.budget = (duration_t){0};
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    bad.budget = (duration_t){21};
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    bad = good;
    bad.period = (duration_t){SERVER_PERIOD_MAX + 1};
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    bad = good;
    bad.priority = THREAD_PRIORITY_MAX + 1;
    EXPECT_EQ(server_open(&server, &bad), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_CLOSED);
    EXPECT_EQ(server_open(&server, &good), STATUS_OK);
    EXPECT_EQ(server_add(&server, THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(server_remove(THREAD_ID_NONE), STATUS_STALE);
    EXPECT_EQ(server_remove(thread_self()), STATUS_NOT_FOUND);
    thread_id_t above = spawn(does, none, MAIN - 1);
    EXPECT_EQ(thread_set_priority(above, MAIN + 1), STATUS_OK);
    thread_id_t id;
    struct thread_attributes attributes = {.priority = 3, .policy = THREAD_ROUND_ROBIN};
    EXPECT_EQ(thread_spawn(does, none, &attributes, &id), STATUS_OK);
    EXPECT_EQ(server_add(&server, id), STATUS_UNSUPPORTED);
    id = spawn(does, none, 3);
    EXPECT_EQ(server_add(&server, id), STATUS_OK);
    EXPECT_EQ(server_add(&server, id), STATUS_BUSY);
    EXPECT_EQ(server_close(&server), STATUS_BUSY);
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    EXPECT_EQ(edf_set_deadline((instant_t){500}), STATUS_OK);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_UNSUPPORTED);
    EXPECT_EQ(edf_set_deadline(INSTANT_NEVER), STATUS_OK);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    EXPECT_EQ(edf_set_deadline((instant_t){500}), STATUS_UNSUPPORTED);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    EXPECT_EQ(server_close(&server), STATUS_OK);
    note('e');
}

TEST(what_cannot_be_served_is_refused) {
    play(asks_wrongly);
    EXPECT_STRING(trace, "e");
}

static struct server many[CONFIG_SERVERS + 1];

static void opens_too_many(void *unused) {
    (void)unused;
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
            open_server(&many[i], 1, 1);
        }
        struct server_attributes attributes = {.budget = {1}, .period = {1}};
        EXPECT_EQ(server_open(&many[CONFIG_SERVERS], &attributes), STATUS_NO_SLOT);
        EXPECT_EQ(server_close(&many[CONFIG_SERVERS]), STATUS_CLOSED);
        for (unsigned i = 0; i < CONFIG_SERVERS; i++) {
            EXPECT_EQ(server_close(&many[(i + round) % CONFIG_SERVERS]), STATUS_OK);
        }
    }
    note('e');
}

TEST(one_more_than_can_be_open_is_refused_and_all_can_be_opened_again) {
    play(opens_too_many);
    EXPECT_STRING(trace, "e");
}

/* --- Any load ----------------------------------------------------------------------------------- */

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

/* Ticks of `who` in each span of `length`, at most. */
static unsigned most_in_a_span(char who, uint64_t length) {
    unsigned in_span = 0;
    unsigned most = 0;
    for (uint64_t i = 0; i < UNTIL; i++) {
        in_span += owner[i] == who;
        in_span -= i >= length && owner[i - length] == who;
        most = in_span > most ? in_span : most;
    }
    return most;
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

static void joins_again(void *unused) {
    (void)unused;
    struct server_state state;
    open_server(&server, 300, 1000);
    EXPECT_EQ(thread_count_time(thread_self()), STATUS_OK);
    work('m', 500);
    EXPECT_EQ(server_add(&server, thread_self()), STATUS_OK);
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 300);
    work('m', 100);
    EXPECT_EQ(server_get_state(&server, &state), STATUS_OK);
    EXPECT_EQ(state.left, 200);
    EXPECT_EQ(server_remove(thread_self()), STATUS_OK);
    note('j');
}

TEST(what_a_counted_thread_ran_before_it_joined_is_not_the_servers) {
    play(joins_again);
    EXPECT_STRING(trace, "j");
}
