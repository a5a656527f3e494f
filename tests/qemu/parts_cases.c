/* SPDX-License-Identifier: MIT */
/* Barriers, suspended threads, the load and pools on the machine: who runs when, and what is told. */
#include "kernel/mm/pool.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/semaphore.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

/* --- Barriers --------------------------------------------------------------------------------- */

static struct barrier barrier;

struct comer {
    char letter;
    instant_t deadline;
    status_t status;
    bool last;
    instant_t left;
};

static void comes(void *argument) {
    struct comer *comer = argument;
    comer->status = barrier_wait_until(&barrier, &comer->last, comer->deadline);
    comer->left = time_now();
    trace_add(comer->letter);
}

static void barrier_begin(uint64_t threads) {
    TAP_REQUIRE(barrier_init(&barrier, threads) == STATUS_OK, "a barrier");
    trace_clear();
}

static void barrier_completes(void) {
    struct comer comers[] = {{.letter = 'a', .deadline = INSTANT_NEVER, .last = true},
                             {.letter = 'b', .deadline = time_after(time_ms(20000)), .last = true}};
    bool last = false;
    barrier_begin(3);
    thread_id_t first = test_spawn(comes, &comers[0], MAIN + 1);
    thread_id_t second = test_spawn(comes, &comers[1], MAIN + 2);
    TAP_TEXT(trace_text(), "", "who comes to a barrier waits there");
    TAP_EQ(barrier_wait_until(&barrier, &last, time_now()), STATUS_OK, "the last does not wait");
    TAP_TEXT(trace_text(), "ba", "all went on before it, the most urgent first");
    test_join(first);
    test_join(second);
    TAP_EQ(comers[0].status, STATUS_OK, "one was told that all came");
    TAP_EQ(comers[1].status, STATUS_OK, "and the other");
    TAP_OK(last && !comers[0].last && !comers[1].last, "one is the last of the round");
    TAP_EQ(barrier_wait_until(&barrier, NULL, time_now()), STATUS_TIMED_OUT,
           "the next round begins with nobody");
}

static void barrier_ends_by_time(void) {
    struct comer late = {.letter = 'l', .deadline = time_after(time_ms(3))};
    struct comer other = {.letter = 'o', .deadline = INSTANT_NEVER};
    barrier_begin(3);
    thread_id_t id = test_spawn(comes, &late, MAIN + 1);
    TAP_TEXT(trace_text(), "", "it waits");
    test_join(id);
    TAP_EQ(late.status, STATUS_TIMED_OUT, "until its deadline");
    TAP_OK(!instant_before(late.left, late.deadline), "and not less");
    id = test_spawn(comes, &other, MAIN + 1);
    TAP_EQ(barrier_wait_until(&barrier, NULL, time_now()), STATUS_TIMED_OUT,
           "who withdrew does not count: two are not three");
    late.deadline = INSTANT_NEVER;
    thread_id_t again = test_spawn(comes, &late, MAIN + 1);
    TAP_TEXT(trace_text(), "l", "nor are two again");
    TAP_EQ(barrier_wait_until(&barrier, NULL, time_now()), STATUS_OK, "with the third they are");
    test_join(id);
    test_join(again);
    TAP_EQ(other.status, STATUS_OK, "for who waited all the time");
    TAP_EQ(late.status, STATUS_OK, "and for who came again");
}

static void barrier_closes(void) {
    struct comer comers[] = {{.letter = 'a', .deadline = INSTANT_NEVER},
                             {.letter = 'b', .deadline = time_after(time_ms(20000))}};
    barrier_begin(3);
    thread_id_t first = test_spawn(comes, &comers[0], MAIN + 1);
    thread_id_t second = test_spawn(comes, &comers[1], MAIN + 2);
    TAP_EQ(barrier_close(&barrier), STATUS_OK, "it is closed");
    TAP_TEXT(trace_text(), "ba", "which wakes all, the most urgent first");
    test_join(first);
    test_join(second);
    TAP_EQ(comers[0].status, STATUS_CLOSED, "one is told so");
    TAP_EQ(comers[1].status, STATUS_CLOSED, "and the other");
    TAP_EQ(barrier_wait(&barrier, NULL), STATUS_CLOSED, "nobody waits there any more");
    TAP_EQ(barrier_close(&barrier), STATUS_CLOSED, "nor closes it again");
}

/* --- Suspended threads ------------------------------------------------------------------------ */

static void notes(void *argument) {
    trace_add(*(const char *)argument);
}

static void suspend_ready(void) {
    trace_clear();
    thread_id_t first = test_spawn(notes, "a", MAIN - 1);
    thread_id_t second = test_spawn(notes, "b", MAIN - 1);
    TAP_EQ(thread_suspend(first), STATUS_OK, "one that is ready is suspended");
    TAP_EQ(thread_suspend(first), STATUS_BUSY, "once");
    test_settle();
    TAP_TEXT(trace_text(), "b", "it does not run, the other of its level does");
    thread_id_t third = test_spawn(notes, "c", MAIN - 1);
    TAP_EQ(thread_resume(first), STATUS_OK, "it is resumed");
    TAP_EQ(thread_resume(first), STATUS_NOT_FOUND, "once");
    TAP_TEXT(trace_text(), "b", "and is ready");
    test_settle();
    TAP_TEXT(trace_text(), "bca", "as the youngest of its level");
    test_join(first);
    test_join(second);
    test_join(third);
    TAP_EQ(thread_suspend(first), STATUS_STALE, "who has ended is not suspended");
    TAP_EQ(thread_resume(first), STATUS_STALE, "nor resumed");
}

static struct semaphore units;

struct taker {
    instant_t deadline;
    status_t status;
    instant_t left;
};

static void takes(void *argument) {
    struct taker *taker = argument;
    taker->status = semaphore_take_until(&units, taker->deadline);
    taker->left = time_now();
    trace_add('t');
}

/* It has its unit while it is suspended, and goes on when it is resumed. */
static void suspend_waiting(void) {
    struct taker taker = {.deadline = INSTANT_NEVER, .status = STATUS_BUSY};
    trace_clear();
    TAP_REQUIRE(semaphore_init(&units, 0, 4) == STATUS_OK, "a semaphore");
    thread_id_t id = test_spawn(takes, &taker, MAIN + 1);
    TAP_EQ(thread_suspend(id), STATUS_OK, "one that waits is suspended");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "what it waits for comes");
    test_settle();
    TAP_TEXT(trace_text(), "", "but it does not run");
    TAP_EQ(semaphore_count(&units), 0, "though the unit is its own");
    TAP_EQ(thread_resume(id), STATUS_OK, "it is resumed");
    TAP_TEXT(trace_text(), "t", "and runs at once");
    TAP_EQ(taker.status, STATUS_OK, "with what it waited for");
    test_join(id);
}

/* Resumed before anything came, it waits as before. */
static void suspend_waits_on(void) {
    struct taker taker = {.deadline = INSTANT_NEVER, .status = STATUS_BUSY};
    trace_clear();
    TAP_REQUIRE(semaphore_init(&units, 0, 4) == STATUS_OK, "a semaphore");
    thread_id_t id = test_spawn(takes, &taker, MAIN + 1);
    TAP_EQ(thread_suspend(id), STATUS_OK, "one that waits is suspended");
    TAP_EQ(thread_resume(id), STATUS_OK, "and resumed");
    test_settle();
    TAP_TEXT(trace_text(), "", "it waits");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "until something comes");
    TAP_TEXT(trace_text(), "t", "and has it");
    test_join(id);
}

static void suspend_past_deadline(void) {
    struct taker taker = {.deadline = time_after(time_ms(2)), .status = STATUS_BUSY};
    trace_clear();
    TAP_REQUIRE(semaphore_init(&units, 0, 4) == STATUS_OK, "a semaphore");
    thread_id_t id = test_spawn(takes, &taker, MAIN + 1);
    TAP_EQ(thread_suspend(id), STATUS_OK, "one that waits with a deadline is suspended");
    thread_sleep_until(instant_add(taker.deadline, time_ms(2)));
    TAP_TEXT(trace_text(), "", "which passes");
    TAP_EQ(semaphore_give(&units), STATUS_OK, "then a unit comes");
    TAP_EQ(semaphore_count(&units), 1, "and is nobody's");
    instant_t resumed = time_now();
    TAP_EQ(thread_resume(id), STATUS_OK, "it is resumed");
    TAP_TEXT(trace_text(), "t", "and runs at once");
    TAP_EQ(taker.status, STATUS_TIMED_OUT, "its wait had ended");
    TAP_OK(!instant_before(taker.left, resumed), "it did nothing before");
    test_join(id);
}

/* --- The load --------------------------------------------------------------------------------- */

#define LOAD_WINDOW                                                                                \
    UINT64_C(4000000) /* ticks: half a thousandth is more than what looks at it takes */

static void spins(void *argument) {
    test_spin_until(*(const instant_t *)argument);
}

/* Without a word: main's own time goes on. Who is not counted has run for ever. */
static uint64_t time_of(thread_id_t id) {
    duration_t ran;
    return thread_cpu_time(id, &ran) == STATUS_OK ? ran.ticks : UINT64_MAX / 4;
}

static uint64_t idle_time(void) {
    duration_t idle;
    return cpu_idle_time(&idle) == STATUS_OK ? idle.ticks : UINT64_MAX / 4;
}

/* Of `share` thousandths and a half a lower thread runs, and then nobody. */
static void load_of(unsigned share) {
    struct cpu_load window;
    unsigned load = 7777;
    instant_t end;
    thread_id_t id = test_spawn(spins, &end, MAIN - 1);
    TAP_EQ(thread_count_time(id), STATUS_OK, "who runs is counted");
    TAP_EQ(thread_count_time(thread_self()), STATUS_OK, "and main");
    uint64_t idle = idle_time();
    uint64_t own = time_of(thread_self());
    cpu_load_begin(&window);
    end = instant_add(window.begin, time_ticks(LOAD_WINDOW * (2 * share + 1) / 2000));
    thread_sleep_until(instant_add(window.begin, time_ticks(LOAD_WINDOW)));
    status_t status = cpu_load(&window, &load);
    uint64_t busy = time_of(id) + time_of(thread_self()) - own;
    idle = idle_time() - idle;
    TAP_EQ(status, STATUS_OK, "the window has a load");
    TAP_EQ(load, share, "which is the share that somebody ran");
    TAP_EQ(busy * 1000 / LOAD_WINDOW, share, "by the counts of who ran");
    TAP_OK(idle + busy >= LOAD_WINDOW && idle + busy < LOAD_WINDOW + 1000, "the rest was idle");
    test_join(id);
}

static void load_is_exact(void) {
    static const unsigned shares[] = {0, 1, 250, 500, 998};
    struct cpu_load window;
    unsigned load = 7777;
    cpu_count_idle();
    for (unsigned i = 0; i < ARRAY_SIZE(shares); i++) {
        load_of(shares[i]);
    }
    cpu_load_begin(&window);
    test_spin_until(instant_add(window.begin, time_ticks(LOAD_WINDOW)));
    TAP_EQ(cpu_load(&window, &load), STATUS_OK, "a window in which nobody waits");
    TAP_EQ(load, 1000, "has all of it");
    cpu_load_begin(&window);
    thread_sleep_until(instant_add(window.begin, time_ticks(LOAD_WINDOW)));
    TAP_EQ(cpu_load(&window, &load), STATUS_OK, "the next one, in which all wait");
    TAP_EQ(load, 0, "has nothing of the one before");
}

/* --- Pools ------------------------------------------------------------------------------------ */

#define POOL_BLOCKS 9
#define POOL_SIZE   24

static struct pool pool;
static uint64_t pool_storage[POOL_STORAGE_SIZE(POOL_SIZE, POOL_BLOCKS) / 8 + 1];
static uint64_t *blocks[POOL_BLOCKS];

/* Takes all blocks there are, each filled with its number. */
static unsigned pool_take_all(void) {
    unsigned count = 0;
    void *block;
    while (count < POOL_BLOCKS && pool_alloc(&pool, &block) == STATUS_OK) {
        blocks[count] = block;
        for (unsigned i = 0; i < POOL_SIZE / 8; i++) {
            blocks[count][i] = count;
        }
        count++;
    }
    return count;
}

/* Gives all back; returns how many were refused, or were not as they had been filled. */
static unsigned pool_give_all(void) {
    unsigned wrong = 0;
    for (unsigned count = 0; count < POOL_BLOCKS; count++) {
        for (unsigned i = 0; i < POOL_SIZE / 8; i++) {
            wrong += blocks[count][i] != count;
        }
        wrong += pool_free(&pool, blocks[count]) != STATUS_OK;
    }
    return wrong;
}

static void pool_is_used_up(void) {
    void *block = &pool;
    TAP_REQUIRE(pool_init(&pool, pool_storage, sizeof pool_storage, POOL_SIZE, POOL_BLOCKS) ==
                    STATUS_OK,
                "a pool");
    for (unsigned round = 0; round < 3; round++) {
        TAP_EQ(pool_take_all(), POOL_BLOCKS, "it has as many blocks as it was given");
        TAP_EQ(pool_alloc(&pool, &block), STATUS_NO_MEMORY, "and not one more");
        TAP_OK(block == &pool, "what is refused tells no block");
        TAP_EQ(pool_free(&pool, blocks[4]), STATUS_OK, "one comes back");
        TAP_EQ(pool_free(&pool, blocks[4]), STATUS_DOUBLE_FREE, "once");
        TAP_EQ(pool_free(&pool, blocks[5] + 1), STATUS_FOREIGN, "what is no block does not");
        TAP_EQ(pool_alloc(&pool, &block), STATUS_OK, "it is had again");
        TAP_OK(block == blocks[4], "and is the one that came");
        block = &pool;
        TAP_EQ(pool_alloc(&pool, &block), STATUS_NO_MEMORY, "then there is none again");
        TAP_EQ(pool_give_all(), 0, "all come back, each as it was filled");
    }
}

static const struct test_case parts_cases[] = {
    {"barrier_completes", barrier_completes, TEST_ALWAYS},
    {"barrier_ends_by_time", barrier_ends_by_time, TEST_EXACT},
    {"barrier_closes", barrier_closes, TEST_ALWAYS},
    {"suspend_ready", suspend_ready, TEST_ALWAYS},
    {"suspend_waiting", suspend_waiting, TEST_ALWAYS},
    {"suspend_waits_on", suspend_waits_on, TEST_ALWAYS},
    {"suspend_past_deadline", suspend_past_deadline, TEST_EXACT},
    {"load_is_exact", load_is_exact, TEST_EXACT},
    {"pool_is_used_up", pool_is_used_up, TEST_ALWAYS},
};
TEST_GROUP(parts);
