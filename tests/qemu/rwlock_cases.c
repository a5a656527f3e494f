/* SPDX-License-Identifier: MIT */
/* Reader-writer locks: who is inside together, and in which order others come in. */
#include "kernel/sync/rwlock.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct rwlock lock;

static void reads(void *argument) {
    const char *letter = argument;
    status_t status = rwlock_read_lock(&lock);
    trace_add(status == STATUS_OK ? *letter : status == STATUS_CLOSED ? '!' : '?');
    if (status == STATUS_OK && rwlock_read_unlock(&lock) != STATUS_OK) {
        trace_add('?');
    }
}

static void writes(void *argument) {
    const char *letter = argument;
    status_t status = rwlock_write_lock(&lock);
    trace_add(status == STATUS_OK ? *letter : status == STATUS_CLOSED ? '!' : '?');
    if (status == STATUS_OK && rwlock_write_unlock(&lock) != STATUS_OK) {
        trace_add('?');
    }
}

static void prepare(uint64_t readers) {
    trace_clear();
    TAP_REQUIRE(rwlock_init(&lock, readers) == STATUS_OK, "a lock");
}

static void rwlock_order(void) {
    static char letters[] = "abcw";
    thread_id_t ids[4];
    prepare(3);
    TAP_EQ(rwlock_read_lock(&lock), STATUS_OK, "main reads");
    ids[0] = test_spawn(reads, &letters[0], MAIN - 3);
    test_settle();
    TAP_TEXT(trace_text(), "a", "another reader enters");
    ids[1] = test_spawn(writes, &letters[3], MAIN - 2);
    test_settle();
    ids[2] = test_spawn(reads, &letters[1], MAIN - 2);
    test_settle();
    TAP_TEXT(trace_text(), "a", "a writer waits, and so does a reader of its priority");
    ids[3] = test_spawn(reads, &letters[2], MAIN - 1);
    test_settle();
    TAP_TEXT(trace_text(), "ac", "a higher reader enters");
    TAP_EQ(rwlock_read_unlock(&lock), STATUS_OK, "main leaves");
    for (unsigned i = 0; i < 4; i++) {
        test_join(ids[i]);
    }
    TAP_TEXT(trace_text(), "acwb", "the writer, then the reader");
}

static void rwlock_bounded(void) {
    const instant_t past = {0};
    prepare(2);
    TAP_EQ(rwlock_read_lock(&lock), STATUS_OK, "one");
    TAP_EQ(rwlock_read_lock_until(&lock, past), STATUS_OK, "two");
    TAP_EQ(rwlock_read_lock_until(&lock, past), STATUS_TIMED_OUT, "and no more");
    TAP_EQ(rwlock_write_lock_until(&lock, time_after(time_us(50))), STATUS_TIMED_OUT,
           "nor a writer");
    TAP_EQ(rwlock_read_unlock(&lock), STATUS_OK, "one leaves");
    TAP_EQ(rwlock_read_unlock(&lock), STATUS_OK, "and the other");
    TAP_EQ(rwlock_read_unlock(&lock), STATUS_NOT_OWNER, "nobody is left");
    TAP_EQ(rwlock_write_unlock(&lock), STATUS_NOT_OWNER, "nobody writes");
}

static void rwlock_close_wakes(void) {
    static char letters[] = "rw";
    prepare(1);
    TAP_EQ(rwlock_write_lock(&lock), STATUS_OK, "main writes");
    thread_id_t first = test_spawn(reads, &letters[0], MAIN - 2);
    thread_id_t second = test_spawn(writes, &letters[1], MAIN - 3);
    test_settle();
    TAP_EQ(rwlock_close(&lock), STATUS_OK, "closed");
    test_join(first);
    test_join(second);
    TAP_TEXT(trace_text(), "!!", "all waiters are refused");
    TAP_EQ(rwlock_write_unlock(&lock), STATUS_OK, "main leaves");
    TAP_EQ(rwlock_read_lock(&lock), STATUS_CLOSED, "and nobody enters any more");
    TAP_EQ(rwlock_close(&lock), STATUS_CLOSED, "it is closed once");
}

static const struct test_case rwlock_cases[] = {
    {"rwlock_order", rwlock_order, TEST_ALWAYS},
    {"rwlock_bounded", rwlock_bounded, TEST_ALWAYS},
    {"rwlock_close_wakes", rwlock_close_wakes, TEST_ALWAYS},
};
TEST_GROUP(rwlock);
