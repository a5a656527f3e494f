/* SPDX-License-Identifier: MIT */
/* Who may enter a reader-writer lock, in which order, and who is let in when somebody leaves. */
#include "kernel/sync/rwlock.h"

#include "tests/unit/kernel/scenario.h"

static struct rwlock lock;

/* A part enters at once, stays until `leaves`, and notes its letter: small when it has entered, large
 * when it leaves; '-' when its time is up, '!' when it is closed. */
struct part {
    char letter;
    bool to_write;
    uint64_t deadline;
    uint64_t leaves;
};

static void part_main(void *argument) {
    const struct part *part = argument;
    instant_t deadline = {part->deadline != 0 ? part->deadline : UINT64_MAX};
    status_t status = part->to_write ? rwlock_write_lock_until(&lock, deadline)
                                     : rwlock_read_lock_until(&lock, deadline);
    if (status != STATUS_OK) {
        note(status == STATUS_TIMED_OUT ? '-' : status == STATUS_CLOSED ? '!' : '?');
        return;
    }
    note(part->letter);
    thread_sleep_until((instant_t){part->leaves});
    note((char)(part->letter - 'a' + 'A'));
    EXPECT_EQ(part->to_write ? rwlock_read_unlock(&lock) : rwlock_write_unlock(&lock),
              STATUS_NOT_OWNER);
    EXPECT_EQ(part->to_write ? rwlock_write_unlock(&lock) : rwlock_read_unlock(&lock), STATUS_OK);
}

static struct part parts[8];
static uint8_t levels[8];
static unsigned part_count;

static void reader(char letter, uint8_t level, uint64_t leaves) {
    levels[part_count] = level;
    parts[part_count++] = (struct part){letter, false, 0, leaves};
}

static void writer(char letter, uint8_t level, uint64_t leaves) {
    levels[part_count] = level;
    parts[part_count++] = (struct part){letter, true, 0, leaves};
}

static void until(uint64_t deadline) {
    parts[part_count - 1].deadline = deadline;
}

static void enter_all(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < part_count; i++) {
        spawn(part_main, &parts[i], levels[i]);
        thread_sleep_ticks(1);
    }
}

static void begin(uint64_t readers) {
    EXPECT_EQ(rwlock_init(&lock, readers), STATUS_OK);
    part_count = 0;
}

static void play(void) {
    run(enter_all);
    if (!lock.closed) {
        EXPECT_EQ(lock.held, 0);
        EXPECT_EQ(lock.room, lock.readers_max);
    }
}

TEST(readers_share_up_to_their_number) {
    begin(2);
    reader('a', 10, 100);
    reader('b', 10, 200);
    reader('c', 10, 300);
    play();
    EXPECT_STRING(trace, "abAcBC");
}

TEST(a_writer_is_alone) {
    begin(3);
    writer('a', 10, 100);
    reader('b', 10, 200);
    writer('c', 10, 300);
    play();
    EXPECT_STRING(trace, "aAcCbB"); /* of one priority the writer goes first */
}

TEST(a_waiting_writer_keeps_readers_of_its_priority_out_not_higher_ones) {
    begin(4);
    reader('a', 10, 100);
    writer('w', 20, 300);
    reader('b', 20, 400);
    reader('c', 21, 200);
    play();
    EXPECT_STRING(trace, "acACwWbB");
}

TEST(who_is_higher_is_let_in_first) {
    begin(4);
    writer('a', 10, 100);
    reader('b', 20, 200);
    writer('c', 25, 150);
    reader('d', 30, 120);
    play();
    EXPECT_STRING(trace, "aAdDcCbB");
}

TEST(all_readers_that_go_before_the_writer_are_let_in_together) {
    begin(3);
    writer('a', 10, 100);
    reader('b', 20, 200);
    reader('c', 21, 200);
    reader('d', 22, 200);
    reader('e', 23, 300);
    writer('w', 15, 400);
    play();
    EXPECT_STRING(trace, "aAedcDCbBEwW");
}

TEST(a_writer_that_gives_up_lets_in_whom_it_kept_out) {
    begin(4);
    reader('a', 10, 500);
    writer('w', 20, 0);
    until(100);
    reader('b', 15, 200);
    reader('c', 14, 300);
    play();
    EXPECT_STRING(trace, "a-bcBCA");
}

static void closes(void *unused) {
    enter_all(unused);
    thread_sleep_ticks(10);
    EXPECT_EQ(rwlock_close(&lock), STATUS_OK);
    note('.');
    EXPECT_EQ(rwlock_close(&lock), STATUS_CLOSED);
    EXPECT_EQ(rwlock_read_lock(&lock), STATUS_CLOSED);
    EXPECT_EQ(rwlock_write_lock(&lock), STATUS_CLOSED);
    thread_sleep_ticks(200);
    EXPECT_EQ(lock.held, 0);
    EXPECT_EQ(rwlock_read_lock(&lock), STATUS_CLOSED);
    EXPECT_EQ(rwlock_write_lock(&lock), STATUS_CLOSED);
}

TEST(close_wakes_all_and_who_has_entered_goes_on) {
    begin(4);
    writer('a', 10, 100);
    reader('b', 20, 0);
    until(1000);
    writer('c', 40, 0);
    run(closes);
    EXPECT_STRING(trace, "a!.!A");
    begin(4);
    reader('a', 10, 100);
    writer('c', 20, 0);
    run(closes);
    EXPECT_STRING(trace, "a.!A");
}

static void tries(void *unused) {
    (void)unused;
    const instant_t past = {0};
    EXPECT_EQ(rwlock_read_unlock(&lock), STATUS_NOT_OWNER);
    EXPECT_EQ(rwlock_write_unlock(&lock), STATUS_NOT_OWNER);
    EXPECT_EQ(rwlock_read_lock_until(&lock, past), STATUS_OK);
    EXPECT_EQ(rwlock_write_lock_until(&lock, past), STATUS_TIMED_OUT);
    EXPECT_EQ(rwlock_read_lock_until(&lock, past), STATUS_TIMED_OUT);
    EXPECT_EQ(rwlock_read_unlock(&lock), STATUS_OK);
    EXPECT_EQ(rwlock_write_lock_until(&lock, past), STATUS_OK);
    EXPECT_EQ(rwlock_read_lock_until(&lock, past), STATUS_TIMED_OUT);
    EXPECT_EQ(rwlock_write_unlock(&lock), STATUS_OK);
    note('e');
}

TEST(a_deadline_in_the_past_tries_once) {
    begin(1);
    run(tries);
    EXPECT_STRING(trace, "e");
}

TEST(locks_that_cannot_be_are_refused) {
    EXPECT_EQ(rwlock_init(NULL, 1), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(rwlock_init(&lock, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(rwlock_init(&lock, (uint64_t)RWLOCK_READERS_MAX + 1), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(rwlock_init(&lock, RWLOCK_READERS_MAX), STATUS_OK);
}

/* --- At random: never a writer beside anybody, never too many readers, nobody is forgotten --- */

#define THREADS 12
#define ROUNDS  1000
#define ROOM    3

static struct random randomness;
static unsigned reading, writing, entered, timed_out;

static void move_clock(void) {
    if (random_one_in(&randomness, 5)) {
        hosted.now += random_below(&randomness, 20);
    }
}

static void expect_alone(bool to_write) {
    EXPECT(writing + (to_write ? reading : 0) == 0);
    EXPECT(to_write || reading < ROOM);
}

static void enters_at_random(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool to_write = random_one_in(&randomness, 3);
        instant_t deadline = random_one_in(&randomness, 3)
                                 ? INSTANT_NEVER
                                 : time_after(time_ticks(random_below(&randomness, 200)));
        status_t status = to_write ? rwlock_write_lock_until(&lock, deadline)
                                   : rwlock_read_lock_until(&lock, deadline);
        timed_out += status == STATUS_TIMED_OUT;
        if (status == STATUS_OK) {
            entered++;
            expect_alone(to_write);
            *(to_write ? &writing : &reading) += 1;
            thread_sleep_ticks(random_below(&randomness, 30));
            *(to_write ? &writing : &reading) -= 1;
            EXPECT_EQ(to_write ? rwlock_write_unlock(&lock) : rwlock_read_unlock(&lock), STATUS_OK);
        }
    }
}

/* A free lock has no waiters, and who writes is alone. */
static void watch(const struct hosted_stretch *stretch, const struct frame *next) {
    static unsigned stretches;
    bool waits = (lock.readers.levels | lock.writers.levels) != 0;
    EXPECT(lock.held != 0 || !waits);
    EXPECT(lock.held <= ROOM || lock.held == RWLOCK_WRITTEN);
    if (stretches++ % 32 == 0) {
        machine_check(stretch, next);
    }
}

static void random_main(void *unused) {
    thread_id_t ids[THREADS];
    hosted.hooks.point = move_clock;
    hosted.hooks.end = watch;
    for (unsigned i = 0; i < THREADS; i++) {
        const struct thread_attributes attributes = {
            .priority = (uint8_t)random_between(&randomness, 10, 40),
            .policy = random_one_in(&randomness, 3) ? THREAD_ROUND_ROBIN : THREAD_FIFO};
        EXPECT_EQ(thread_spawn(enters_at_random, unused, &attributes, &ids[i]), STATUS_OK);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        EXPECT_EQ(thread_join(ids[i], NULL), STATUS_OK);
    }
    note('e');
}

TEST(at_random_nobody_is_beside_a_writer_and_nobody_is_forgotten) {
    randomness = test_random();
    begin(ROOM);
    reading = writing = entered = timed_out = 0;
    run(random_main);
    EXPECT_STRING(trace, "e");
    EXPECT(entered > THREADS * ROUNDS / 4 && timed_out > 100);
    EXPECT_EQ(lock.held, 0);
}
