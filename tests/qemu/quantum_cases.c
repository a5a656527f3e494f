/* SPDX-License-Identifier: MIT */
/* Round robin: hogs of one level share it by the quantum; FIFO hogs do not share. */
#include "tests/qemu/groups.h"

#define LEVEL  (CONFIG_MAIN_PRIORITY - 5)
#define QUANTA 3

struct hog {
    uint64_t loops;
    uint64_t turns;     /* how often it found that another had run */
    duration_t longest; /* its longest turn */
};

static struct hog hogs[2];
static volatile bool stop;
static struct hog *volatile last_runner;
static instant_t turn_begin;

/* Some microseconds of nothing but instructions: an emulator is slow at reading the clock. */
static void work(void) {
    uint64_t loops = 2000;
    __asm__ volatile("1:\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(loops)::"cc");
}

static void hog_loop(void *argument) {
    struct hog *self = argument;
    while (!stop) {
        work();
        instant_t now = time_now();
        if (last_runner != self) {
            if (stop) {
                break; /* it was said while others ran, after we had looked */
            }
            last_runner = self;
            self->turns++;
            turn_begin = now;
        }
        duration_t turn = instant_since(now, turn_begin);
        if (turn.ticks > self->longest.ticks) {
            self->longest = turn;
        }
        self->loops++;
    }
}

static void hogs_reset(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(hogs); i++) {
        hogs[i] = (struct hog){0};
    }
    stop = false;
    last_runner = NULL;
}

static duration_t quanta(uint64_t count) {
    return time_us(count * CONFIG_QUANTUM_US);
}

static void quantum_shares(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    hogs_reset();
    thread_id_t a = test_spawn_round_robin(hog_loop, &hogs[0], LEVEL);
    thread_id_t b = test_spawn_round_robin(hog_loop, &hogs[1], LEVEL);
    thread_sleep_for(quanta(2 * QUANTA));
    stop = true;
    test_join(a);
    test_join(b);
    uint64_t turns = hogs[0].turns + hogs[1].turns;
    TAP_OK(turns >= 2 * QUANTA - 1 && turns <= 2 * QUANTA + 1, "a turn for each quantum");
    TAP_OK(hogs[0].turns <= hogs[1].turns + 1 && hogs[1].turns <= hogs[0].turns + 1, "by turns");
    if (test_is_exact()) {
        uint64_t slack = quanta(1).ticks / 100 + 5000; /* and a piece of work */
        TAP_OK(hogs[0].longest.ticks <= quanta(1).ticks + slack, "no turn beyond the quantum");
        TAP_OK(hogs[0].longest.ticks >= quanta(1).ticks - slack, "nor much below");
    }
    record_number("quantum_turns", turns);
}

static void quantum_not_for_fifo(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    hogs_reset();
    thread_id_t a = test_spawn(hog_loop, &hogs[0], LEVEL);
    thread_id_t b = test_spawn(hog_loop, &hogs[1], LEVEL);
    thread_sleep_for(quanta(2));
    TAP_OK(hogs[0].loops > 0 && hogs[1].loops == 0, "a FIFO hog does not give way to its level");
    stop = true;
    test_join(a);
    test_join(b);
}

static void quantum_mixed(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    hogs_reset();
    thread_id_t robin = test_spawn_round_robin(hog_loop, &hogs[0], LEVEL);
    thread_id_t fifo = test_spawn(hog_loop, &hogs[1], LEVEL);
    thread_sleep_for(quanta(3));
    stop = true;
    test_join(robin);
    test_join(fifo);
    TAP_EQ(hogs[0].turns, 1, "a round-robin hog has its quantum");
    TAP_EQ(hogs[1].turns, 1, "and gives way to a FIFO one, which does not");
}

/* Higher wake-ups cut a turn into pieces: together they are one quantum still. */
static void quantum_survives_preemption(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    hogs_reset();
    thread_id_t a = test_spawn_round_robin(hog_loop, &hogs[0], LEVEL);
    thread_id_t b = test_spawn_round_robin(hog_loop, &hogs[1], LEVEL);
    instant_t next = time_now();
    for (unsigned i = 0; i < QUANTA * 10; i++) {
        next = instant_add(next, time_us(CONFIG_QUANTUM_US / 10));
        thread_sleep_until(next);
    }
    stop = true;
    test_join(a);
    test_join(b);
    uint64_t turns = hogs[0].turns + hogs[1].turns;
    TAP_OK(turns >= QUANTA - 1 && turns <= QUANTA + 1,
           "ten interruptions a quantum change nothing");
}

/* Being the only one of its level, a round-robin thread is not interrupted for a quantum. */
static void quantum_lower_level_waits(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    hogs_reset();
    thread_id_t a = test_spawn_round_robin(hog_loop, &hogs[0], LEVEL);
    thread_id_t b = test_spawn_round_robin(hog_loop, &hogs[1], LEVEL - 1);
    thread_sleep_for(quanta(2));
    TAP_OK(hogs[0].loops > 0 && hogs[1].loops == 0, "a quantum's end is no gift to lower levels");
    stop = true;
    test_join(a);
    test_join(b);
}

/* A thread that joins a level later starts the quantum of the one that ran alone. */
static void quantum_contest_begins(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    hogs_reset();
    thread_id_t a = test_spawn_round_robin(hog_loop, &hogs[0], LEVEL);
    thread_sleep_for(quanta(1));
    thread_id_t b = test_spawn_round_robin(hog_loop, &hogs[1], LEVEL - 1);
    TAP_EQ(thread_set_priority(b, LEVEL), STATUS_OK, "a second hog is raised to the level");
    thread_sleep_for(time_us(5 * CONFIG_QUANTUM_US / 2));
    stop = true;
    test_join(a);
    test_join(b);
    TAP_OK(hogs[1].turns >= 1 && hogs[0].turns >= 2, "they share from then on");
}

static void spawns_then_hogs(void *argument) {
    thread_id_t *other = argument;
    *other = test_spawn_round_robin(hog_loop, &hogs[1], LEVEL);
    hog_loop(&hogs[0]);
}

/* The same when the one that runs alone brings the other itself: no interrupt, no higher thread
 * comes by. */
static void quantum_contest_by_itself(void) {
    TEST_NEEDS(CONFIG_QUANTUM_US >= 100 && CONFIG_QUANTUM_US <= 10000);
    static thread_id_t b;
    hogs_reset();
    thread_id_t a = test_spawn_round_robin(spawns_then_hogs, &b, LEVEL);
    thread_sleep_for(time_us(5 * CONFIG_QUANTUM_US / 2));
    stop = true;
    test_join(a);
    test_join(b);
    TAP_EQ(hogs[0].turns, 2, "the first has a quantum, and another");
    TAP_EQ(hogs[1].turns, 1, "the second has one between");
}

static const struct test_case quantum_cases[] = {
    {"quantum_shares", quantum_shares, TEST_EXACT},
    {"quantum_not_for_fifo", quantum_not_for_fifo, TEST_EXACT},
    {"quantum_mixed", quantum_mixed, TEST_EXACT},
    {"quantum_survives_preemption", quantum_survives_preemption, TEST_EXACT},
    {"quantum_lower_level_waits", quantum_lower_level_waits, TEST_EXACT},
    {"quantum_contest_begins", quantum_contest_begins, TEST_EXACT},
    {"quantum_contest_by_itself", quantum_contest_by_itself, TEST_EXACT},
};
TEST_GROUP(quantum);
