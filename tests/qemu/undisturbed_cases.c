/* SPDX-License-Identifier: MIT */
/*
 * A thread works while a crowd below it does its worst: deadlines that pass meanwhile, threads that
 * are ready, threads that wait in mailboxes, a line that interrupts without end. From its first
 * instruction to its last, every piece of its work takes as many instructions as without the crowd.
 */
#include "kernel/ipc/irq_line.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/pool.h"
#include "kernel/sched/periodic.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/condition.h"
#include "kernel/sync/rwlock.h"
#include "kernel/sync/wait_any.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/runner.h"

#define WORKER       (CONFIG_MAIN_PRIORITY + 8)
#define CROWD_LEVELS 20                                             /* 2 and up, below main */
#define WINDOW       (CONFIG_THREAD_SLOTS > 512 ? 1000000 : 200000) /* ticks: longer than the work */
#define WAKE_LATE    600 /* more than alone: one masked stretch */
#define STORM_LINE   9   /* a software line that its thread triggers again and again */
#define STORM_LEVEL  22

/* Later than the watchdog's moment, wherever that stands: what is armed is never the earliest. */
#define WAIT_MS (2 * CASE_TIME_EXACT_MS)

struct letter {
    uint64_t word[CONFIG_MAILBOX_MESSAGE_MAX < 32 ? 1 : 4];
};
MAILBOX_TYPE(letter_box, struct letter)
MAILBOX_STATIC(letter_box, own, 4);
MAILBOX_STATIC(letter_box, upward, 1);
MAILBOX_STATIC(letter_box, crowded, 1);

static struct semaphore units = SEMAPHORE_INITIALIZER(0, 4);
static struct semaphore wanted = SEMAPHORE_INITIALIZER(0, 4); /* a higher one waits for each */
static struct event_flags flags = EVENT_FLAGS_INITIALIZER(0);
static struct barrier meeting = BARRIER_INITIALIZER(2); /* a higher one is there first */
static struct condition changed;                        /* a higher one waits for each change */
static struct mutex mutex;
static struct rwlock lock;
static struct pool pool;

/* --- The work --------------------------------------------------------------------------------- */

static void computes(void) {
    uint64_t value = 1;
    for (unsigned i = 0; i < 5000; i++) {
        value = value * 3 + i;
        __asm__ volatile("" : "+r"(value));
    }
}

static void sends_and_receives(void) {
    struct letter letter = {{1}};
    for (unsigned i = 0; i < 100; i++) {
        (void)!letter_box_try_send(&own, &letter);
        (void)!letter_box_try_recv(&own, &letter);
    }
}

static void times_out(void) {
    struct letter letter;
    for (unsigned i = 0; i < 20; i++) {
        (void)!letter_box_recv_until(&own, &letter, (instant_t){1});
    }
}

/* The higher one waits with a deadline, which is armed and called off each time. */
static void lets_higher_run(void) {
    const struct letter letter = {{5}};
    for (unsigned i = 0; i < 50; i++) {
        (void)!letter_box_try_send(&upward, &letter);
    }
}

static void uses_memory(void) {
    for (unsigned i = 0; i < 20; i++) {
        heap_free(heap_alloc(200));
    }
}

static void takes_frames(void) {
    paddr_t frame;
    for (unsigned i = 0; i < 10; i++) {
        if (frame_alloc(&frame) == STATUS_OK) {
            (void)!frame_free(frame);
        }
    }
}

static void yields(void) {
    for (unsigned i = 0; i < 20; i++) {
        thread_yield();
    }
}

static void goes_up_and_down(void) {
    for (unsigned i = 0; i < 20; i++) {
        (void)!thread_set_priority(thread_self(), WORKER + 4);
        (void)!thread_set_priority(thread_self(), WORKER);
    }
}

static void ends_at_once(void *argument) {
    (void)argument;
}

static void spawns(void) {
    const struct thread_attributes higher = {.priority = WORKER + 1};
    for (unsigned i = 0; i < 10; i++) {
        thread_id_t id;
        if (thread_spawn(ends_at_once, NULL, &higher, &id) == STATUS_OK) {
            (void)!thread_join(id, NULL);
        }
    }
}

static void locks(void) {
    for (unsigned i = 0; i < 50; i++) {
        (void)!mutex_lock(&mutex);
        (void)!mutex_unlock(&mutex);
    }
}

static void reads_and_writes(void) {
    for (unsigned i = 0; i < 30; i++) {
        (void)!rwlock_read_lock(&lock);
        (void)!rwlock_read_unlock(&lock);
        (void)!rwlock_write_lock(&lock);
        (void)!rwlock_write_unlock(&lock);
    }
}

static void gives_and_takes(void) {
    for (unsigned i = 0; i < 50; i++) {
        (void)!semaphore_give(&units);
        (void)!semaphore_take(&units);
    }
}

static void gives_to_higher(void) {
    for (unsigned i = 0; i < 30; i++) {
        (void)!semaphore_give(&wanted);
    }
}

static void signals_higher(void) {
    for (unsigned i = 0; i < 30; i++) {
        condition_signal(&changed);
    }
}

static void meets_higher(void) {
    for (unsigned i = 0; i < 30; i++) {
        (void)!barrier_wait(&meeting, NULL);
    }
}

static void sets_and_waits(void) {
    for (unsigned i = 0; i < 50; i++) {
        event_flags_set(&flags, 6);
        (void)!event_flags_try_wait(&flags, 6, EVENT_FLAGS_ALL | EVENT_FLAGS_CLEAR, NULL);
    }
}

/* The second one has what it waits for. */
static void waits_for_any(void) {
    for (unsigned i = 0; i < 20; i++) {
        struct wait_for list[] = {wait_for_events(&flags, 1, EVENT_FLAGS_ANY),
                                  wait_for_unit(&units)};
        unsigned which;
        (void)!semaphore_give(&units);
        (void)!wait_any(list, ARRAY_SIZE(list), &which);
    }
}

static void uses_a_pool(void) {
    for (unsigned i = 0; i < 50; i++) {
        void *block;
        if (pool_alloc(&pool, &block) == STATUS_OK) {
            (void)!pool_free(&pool, block);
        }
    }
}

/* Each job is over when the next ones are due. */
static void is_late_each_period(void) {
    for (unsigned i = 0; i < 20; i++) {
        periodic_wait(NULL);
    }
}

static const struct piece {
    const char *name;
    void (*work)(void);
} pieces[] = {
    {"computes", computes},
    {"sends and receives", sends_and_receives},
    {"waits until a past moment", times_out},
    {"lets a higher one run, which has a deadline", lets_higher_run},
    {"uses the heap", uses_memory},
    {"takes frames", takes_frames},
    {"yields to nobody", yields},
    {"goes up and down", goes_up_and_down},
    {"spawns higher threads and joins them", spawns},
    {"locks a mutex", locks},
    {"reads and writes under a lock", reads_and_writes},
    {"gives units and takes them", gives_and_takes},
    {"gives units to a higher one", gives_to_higher},
    {"signals a higher one", signals_higher},
    {"meets a higher one", meets_higher},
    {"sets events and waits for them", sets_and_waits},
    {"waits for any of two", waits_for_any},
    {"uses a pool", uses_a_pool},
    {"is late for each period", is_late_each_period},
};

static uint64_t taken[ARRAY_SIZE(pieces)];
static uint64_t alone[ARRAY_SIZE(pieces)];

/* The record that it gets may be one of a thread that has ended: only what it does then is measured. */
static void works(void *argument) {
    const struct periodic_attributes attributes = {.first = time_now(), .period = {1}};
    (void)argument;
    (void)!periodic_begin(&attributes);
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        instant_t begin = time_now();
        pieces[i].work();
        taken[i] = instant_since(time_now(), begin).ticks;
    }
}

/* --- The crowd -------------------------------------------------------------------------------- */

static thread_id_t members[CONFIG_THREAD_SLOTS];
static unsigned member_count;
static instant_t window;
static volatile bool dismissed;

static void is_ready(void *argument) {
    (void)argument;
    while (!dismissed) {
    }
}

/* Its moment is within the window, while the worker works; those of a few are far apart. */
static void sleeps(void *argument) {
    thread_sleep_until(instant_add(window, time_ticks((uintptr_t)argument * 123593 % WINDOW)));
}

static void waits(void *argument) {
    struct letter letter;
    instant_t end = instant_add(window, time_ticks((uintptr_t)argument * 76403 % WINDOW));
    (void)!letter_box_recv_until(&crowded, &letter, end);
}

static void crowd_gather(unsigned count) {
    static const thread_entry kinds[] = {sleeps, waits, is_ready};
    dismissed = false;
    window = time_after(time_ms(6));
    for (member_count = 0; member_count < count; member_count++) {
        unsigned number = member_count;
        thread_entry kind = kinds[number % ARRAY_SIZE(kinds)];
        members[number] = test_spawn(kind, (void *)(uintptr_t)number,
                                     kind == is_ready ? 1 : 2 + number % CROWD_LEVELS);
    }
    thread_sleep_ms(2); /* who is to wait does */
}

static void crowd_dismiss(void) {
    dismissed = true;
    while (member_count > 0) {
        test_join(members[--member_count]);
    }
}

/* Serves a line that is pending again before it is served. */
static void storms(void *argument) {
    (void)argument;
    while (irq_wait(STORM_LINE) == STATUS_OK) {
        (void)!irq_trigger(STORM_LINE);
    }
}

static thread_id_t storm_begin(void) {
    const struct irq_line_attributes attributes = {.priority = STORM_LEVEL};
    thread_id_t id = test_spawn(storms, NULL, STORM_LEVEL);
    TAP_REQUIRE(irq_line_bind(STORM_LINE, &attributes, id) == STATUS_OK, "a line that storms");
    TAP_REQUIRE(irq_trigger(STORM_LINE) == STATUS_OK, "from now on");
    return id;
}

/* It is above all of the crowd, which runs when it has ended. */
static void storm_end(thread_id_t id) {
    TAP_REQUIRE(irq_line_unbind(STORM_LINE) == STATUS_OK, "the storm is over");
    test_join(id);
}

static void receives_upward(void *argument) {
    struct letter letter;
    (void)argument;
    while (letter_box_recv_ms(&upward, &letter, WAIT_MS) == STATUS_OK && letter.word[0] != 0) {
    }
}

static void takes_wanted(void *argument) {
    (void)argument;
    while (semaphore_take_until(&wanted, time_after(time_ms(WAIT_MS))) == STATUS_OK && !dismissed) {
    }
}

static void waits_for_change(void *argument) {
    (void)argument;
    (void)!mutex_lock(&mutex);
    while (condition_wait_until(&changed, &mutex, time_after(time_ms(WAIT_MS))) == STATUS_OK &&
           !dismissed) {
    }
    (void)!mutex_unlock(&mutex);
}

static void comes_first(void *argument) {
    (void)argument;
    while (barrier_wait_until(&meeting, NULL, time_after(time_ms(WAIT_MS))) == STATUS_OK &&
           !dismissed) {
    }
}

static const thread_entry higher_ones[] = {receives_upward, takes_wanted, waits_for_change,
                                           comes_first};
static thread_id_t higher[ARRAY_SIZE(higher_ones)];

/* Each waits, with a deadline, for what the worker does. */
static void higher_begin(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(higher_ones); i++) {
        higher[i] = test_spawn(higher_ones[i], NULL, WORKER + 2);
    }
}

/* The crowd is dismissed. */
static void higher_end(void) {
    const struct letter last = {{0}};
    TAP_EQ(letter_box_try_send(&upward, &last), STATUS_OK, "the higher one ends");
    TAP_EQ(semaphore_give(&wanted), STATUS_OK, "who takes units does");
    condition_signal(&changed);
    TAP_EQ(barrier_wait_until(&meeting, NULL, time_now()), STATUS_OK, "and who meets");
    for (unsigned i = 0; i < ARRAY_SIZE(higher_ones); i++) {
        test_join(higher[i]);
    }
}

static void work_among(unsigned count) {
    higher_begin();
    crowd_gather(count);
    thread_id_t storm = count != 0 ? storm_begin() : THREAD_ID_NONE;
    thread_sleep_until(window);
    uint64_t before = irq_line_count(STORM_LINE);
    thread_id_t worker = test_spawn(works, NULL, WORKER);
    test_join(worker);
    TAP_OK(instant_since(time_now(), window).ticks < WINDOW, "the crowd's moments pass meanwhile");
    if (count != 0) {
        TAP_OK(before > 1000, "the line storms");
        TAP_OK(irq_line_count(STORM_LINE) - before < 3, "but not while it works");
        storm_end(storm);
    }
    crowd_dismiss();
    higher_end();
}

static void compare_with_alone(unsigned count) {
    unsigned different = 0;
    work_among(count);
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        if (taken[i] != alone[i]) {
            different++;
            TAP_EQ(taken[i], alone[i], pieces[i].name);
        }
    }
    record_number("crowd", count);
    TAP_EQ(different, 0, "each piece takes as many instructions as alone");
}

static void prepare_objects(void) {
    static uint64_t storage[16];
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
    TAP_REQUIRE(condition_init(&changed) == STATUS_OK, "a condition");
    TAP_REQUIRE(rwlock_init(&lock, 4) == STATUS_OK, "a lock for readers and writers");
    TAP_REQUIRE(pool_init(&pool, storage, sizeof storage, 16, 4) == STATUS_OK, "a pool");
}

static void undisturbed_work(void) {
    static const unsigned counts[] = {0, 1, 10, 50, 100, 500};
    TEST_NEEDS(CONFIG_THREAD_SLOTS >= 12); /* a higher one for each kind of wait */
    prepare_objects();
    work_among(0); /* the first time, other frames are free */
    work_among(0);
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        alone[i] = taken[i];
        TAP_OK(alone[i] > 100, pieces[i].name);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
        if (counts[i] + 12 <= CONFIG_THREAD_SLOTS) {
            compare_with_alone(counts[i]);
        }
    }
}

/* --- Its wake --------------------------------------------------------------------------------- */

static instant_t moment;

static void sleeps_until_moment(void *argument) {
    uint64_t *late = argument;
    thread_sleep_until(moment);
    uint64_t now = time_now().ticks;
    if (late != NULL) {
        *late = now - moment.ticks;
    }
}

/* How late it is where `count` lower ones sleep until the same moment, or right before it. */
static uint64_t wake_among(unsigned count, unsigned before) {
    uint64_t late = 0;
    moment = instant_add(time_now(), time_ms(3));
    for (member_count = 0; member_count < count; member_count++) {
        members[member_count] =
            test_spawn(sleeps_until_moment, NULL, 2 + member_count % CROWD_LEVELS);
    }
    thread_sleep_us(1500);
    moment.ticks += before;
    thread_id_t worker = test_spawn(sleeps_until_moment, &late, WORKER);
    test_join(worker);
    crowd_dismiss();
    return late;
}

static void undisturbed_wake(void) {
    uint64_t without = wake_among(0, 0);
    for (unsigned before = 0; before < 3000; before += 61) {
        uint64_t late = wake_among(CONFIG_THREAD_SLOTS < 60 ? CONFIG_THREAD_SLOTS / 2 : 50, before);
        if (late > without + WAKE_LATE) {
            TAP_EQ(late, without, "late by more than a masked stretch");
        }
    }
    record_number("wakes_alone", without);
    TAP_OK(without < 400, "alone, it wakes at once");
}

static const struct test_case undisturbed_cases[] = {
    {"undisturbed_work", undisturbed_work, TEST_EXACT},
    {"undisturbed_wake", undisturbed_wake, TEST_EXACT},
};
TEST_GROUP(undisturbed);
