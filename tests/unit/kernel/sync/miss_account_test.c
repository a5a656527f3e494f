/* SPDX-License-Identifier: MIT */
/* What ran before a missed deadline: by a ring written by hand, and by threads that ran. */
#include "kernel/sync/miss_account.h"

#include "tests/unit/kernel/scenario.h"

#define MAIN CONFIG_MAIN_PRIORITY

static struct trace_ring ring;
static struct miss_account account;

static void write(uint64_t time, uint64_t thread, enum trace_event event, uint64_t value) {
    ring.records[ring.next++ % CONFIG_TRACE_RECORDS] =
        (struct trace_record){time, thread, trace_what(event, 0, 0), value};
}

static void empty(void) {
    ring.next = 0;
    ring.dropped = 0;
    ring.freezes = 0;
    ring.end = INSTANT_NEVER;
}

static uint64_t sum(void) {
    uint64_t all = account.interrupts.ticks + account.idle.ticks + account.unknown.ticks +
                   account.others.ticks;
    for (unsigned i = 0; i < account.count; i++) {
        all += account.parts[i].time.ticks;
    }
    return all;
}

static uint64_t part(uint64_t thread) {
    for (unsigned i = 0; i < account.count; i++) {
        if (account.parts[i].thread.index == (uint32_t)thread &&
            account.parts[i].thread.generation == thread >> 32) {
            return account.parts[i].time.ticks;
        }
    }
    return 0;
}

static void account_for(uint64_t release, uint64_t deadline) {
    EXPECT_EQ(miss_account(&ring, (instant_t){release}, (instant_t){deadline}, &account),
              STATUS_OK);
    EXPECT_EQ(sum(), deadline - release);
}

#define AGAIN (7 | UINT64_C(3) << 32)
#define IDLE  UINT64_C(0xffffffff)

TEST(each_stretch_is_the_thread_of_the_record_before_it) {
    empty();
    write(90, 5, TRACE_SWITCH, 0);
    write(110, AGAIN, TRACE_SWITCH, 0);
    write(120, AGAIN, TRACE_MARK, 42);
    write(145, 7, TRACE_IRQ, 140);
    write(160, IDLE, TRACE_SWITCH, 0);
    write(185, AGAIN, TRACE_IRQ, 180);
    write(205, 9, TRACE_IRQ, 198);
    write(300, 5, TRACE_SWITCH, 0);
    account_for(100, 200);
    EXPECT_EQ(part(5), 10);
    EXPECT_EQ(part(AGAIN), 30 + 13);
    EXPECT_EQ(part(7), 15); /* another of that slot */
    EXPECT_EQ(part(9), 0);
    EXPECT_EQ(account.idle.ticks, 20);
    EXPECT_EQ(account.interrupts.ticks, 5 + 5 + 2);
    EXPECT_EQ(account.unknown.ticks, 0);
    EXPECT_EQ(account.count, 3);
    account_for(142, 143); /* within an interrupt */
    EXPECT_EQ(account.interrupts.ticks, 1);
    account_for(150, 150);
    EXPECT_EQ(account.count, 0);
}

TEST(what_no_record_tells_is_called_unknown) {
    empty();
    account_for(100, 200);
    EXPECT_EQ(account.unknown.ticks, 100);
    write(120, 5, TRACE_SWITCH, 0);
    ring.end = (instant_t){190};
    account_for(100, 200);
    EXPECT_EQ(account.unknown.ticks, 20 + 10);
    EXPECT_EQ(part(5), 70);
    ring.end = (instant_t){50};
    account_for(100, 200);
    EXPECT_EQ(account.unknown.ticks, 100);
    EXPECT_EQ(miss_account(&ring, (instant_t){2}, (instant_t){1}, &account),
              STATUS_INVALID_ARGUMENT);
    ring.dropped = 1;
    EXPECT_EQ(miss_account(&ring, (instant_t){1}, (instant_t){2}, &account), STATUS_FULL);
}

TEST(records_that_were_overwritten_are_unknown) {
    empty();
    for (uint64_t i = 0; i < CONFIG_TRACE_RECORDS + 7; i++) {
        write(1000 + 10 * i, i % 3, TRACE_SWITCH, 0);
    }
    uint64_t end = 1000 + 10 * (CONFIG_TRACE_RECORDS + 7);
    account_for(1000, end);
    EXPECT_EQ(account.unknown.ticks, 70);
    EXPECT_EQ(account.count, 3);
}

TEST(threads_beyond_the_parts_are_summed_up) {
    empty();
    for (uint64_t i = 0; i < CONFIG_MISS_PARTS + 3; i++) {
        write(1000 + 10 * i, i, TRACE_SWITCH, 0);
    }
    account_for(1000, 1000 + 10 * (CONFIG_MISS_PARTS + 3));
    EXPECT_EQ(account.count, CONFIG_MISS_PARTS);
    EXPECT_EQ(account.others.ticks, 30); /* of the first three: the latest come first */
    EXPECT_EQ(part(CONFIG_MISS_PARTS + 2), 10);
    EXPECT_EQ(part(0), 0);
}

static struct miss_box box;
static thread_id_t worker;
static thread_id_t disturber;

static void works(void *unused) {
    (void)unused;
    const struct periodic_attributes attributes = {
        .first = {10000}, .period = {10000}, .deadline = {1000}, .tells = &box};
    EXPECT_EQ(periodic_begin(&attributes), STATUS_OK);
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
    hosted_step(900);
    EXPECT_EQ(periodic_wait(NULL), STATUS_OK);
}

static void disturbs(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){10200});
    hosted_step(400);
}

static void handles(void *unused) {
    (void)unused;
    struct deadline_miss miss;
    EXPECT_EQ(miss_box_wait(&box, &miss), STATUS_OK);
    EXPECT_EQ(miss_account_of(&ring, &miss, &account), STATUS_OK);
    EXPECT_EQ(account.release.ticks, 10000);
    EXPECT_EQ(account.deadline.ticks, 11000);
    EXPECT_EQ(trace_stop(), STATUS_OK);
    note('h');
    miss.thread = THREAD_ID_NONE;
    EXPECT_EQ(miss_account_of(&ring, &miss, &account), STATUS_STALE);
    miss.thread = thread_self();
    EXPECT_EQ(miss_account_of(&ring, &miss, &account), STATUS_NOT_FOUND);
}

static enum trace_mode mode;

static void runs(void *unused) {
    (void)unused;
    EXPECT_EQ(miss_box_init(&box), STATUS_OK);
    EXPECT_EQ(trace_start(&ring, mode), STATUS_OK);
    thread_id_t handler = spawn(handles, NULL, MAIN + 9);
    worker = spawn(works, NULL, MAIN + 1);
    disturber = spawn(disturbs, NULL, MAIN + 2);
    EXPECT_EQ(thread_join(handler, NULL), STATUS_OK);
    EXPECT_EQ(thread_join(worker, NULL), STATUS_OK);
    EXPECT_EQ(miss_box_close(&box), STATUS_OK);
    note('e');
}

static void expect_both(void) {
    uint64_t low = part(worker.index | (uint64_t)worker.generation << 32);
    uint64_t high = part(disturber.index | (uint64_t)disturber.generation << 32);
    EXPECT_STRING(trace, "he");
    EXPECT_EQ(sum(), 1000);
    EXPECT_EQ(account.unknown.ticks, 0);
    EXPECT_EQ(account.others.ticks, 0);
    EXPECT_EQ(high, 400); /* a step of the machine is all that takes time there */
    EXPECT_EQ(low, 600);
    EXPECT_EQ(low + high + account.idle.ticks + account.interrupts.ticks, 1000);
}

TEST(a_handler_reads_who_ran_while_the_trace_goes_on) {
    mode = TRACE_OVERWRITE;
    run(runs);
    expect_both();
    EXPECT_EQ(trace_lost(&ring), 0);
}

TEST(a_trace_until_a_miss_ends_with_its_record) {
    struct trace_record record;
    mode = TRACE_UNTIL_MISS;
    run(runs);
    expect_both();
    EXPECT_EQ(trace_at(&ring, trace_count(&ring) - 1, &record), STATUS_OK);
    EXPECT_EQ(record.what & 0xff, TRACE_IRQ);
    EXPECT_EQ(record.what >> 48, worker.index + 1);
    EXPECT_EQ(trace_at(&ring, trace_count(&ring), &record), STATUS_NOT_FOUND);
}
