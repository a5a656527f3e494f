/* SPDX-License-Identifier: MIT */
/* A trace and the account of a missed deadline, on the machine; or, in a kernel without it, that it says so. */
#include "kernel/sync/miss_account.h"
#include "kernel/trace/trace.h"
#include "tests/qemu/groups.h"

#define MAIN   CONFIG_MAIN_PRIORITY
#define PERIOD 40000 /* ticks */

static struct trace_ring ring;
static struct miss_box box;
static struct miss_account account;
static status_t told;
static status_t accounted;
static thread_id_t worker;
static thread_id_t disturber;
static instant_t first;

/* Its one job would take half of the time that it has. */
static void works(void *argument) {
    const struct periodic_attributes attributes = {.first = first,
                                                   .period = {4 * PERIOD},
                                                   .deadline = {PERIOD},
                                                   .noticed_at = MAIN + 9,
                                                   .tells = &box};
    (void)argument;
    if (periodic_begin(&attributes) == STATUS_OK && periodic_wait(NULL) == STATUS_OK) {
        test_spin_until(time_after(time_ticks(PERIOD / 2)));
    }
}

/* Takes the last three quarters of it. */
static void disturbs(void *argument) {
    (void)argument;
    thread_sleep_until(instant_add(first, time_ticks(PERIOD / 4)));
    test_spin_until(instant_add(first, time_ticks(2 * PERIOD)));
}

static void handles(void *argument) {
    struct deadline_miss miss;
    (void)argument;
    told = miss_box_wait(&box, &miss);
    accounted = miss_account_of(&ring, &miss, &account);
}

static void miss_once(enum trace_mode mode) {
    first = time_after(time_ticks(2 * PERIOD));
    accounted = STATUS_EMPTY;
    TAP_EQ(miss_box_init(&box), STATUS_OK, "a box");
    TAP_EQ(trace_start(&ring, mode), STATUS_OK, "a trace");
    thread_id_t handler = test_spawn(handles, NULL, MAIN + 9);
    worker = test_spawn(works, NULL, MAIN + 1);
    disturber = test_spawn(disturbs, NULL, MAIN + 2);
    test_join(handler);
    test_join(disturber);
    test_join(worker);
    TAP_EQ(trace_stop(), STATUS_OK, "no trace any more");
    TAP_EQ(miss_box_close(&box), STATUS_OK, "closed");
    TAP_EQ(told, STATUS_OK, "the handler was told");
    TAP_EQ(accounted, STATUS_OK, "and has the account");
}

static uint64_t part(thread_id_t id) {
    for (unsigned i = 0; i < account.count; i++) {
        if (account.parts[i].thread.index == id.index &&
            account.parts[i].thread.generation == id.generation) {
            return account.parts[i].time.ticks;
        }
    }
    return 0;
}

static void judge(void) {
    uint64_t low = part(worker);
    uint64_t high = part(disturber);
    uint64_t rest = account.interrupts.ticks + account.idle.ticks + account.unknown.ticks +
                    account.others.ticks;
    TAP_EQ(account.release.ticks, first.ticks, "since its release");
    TAP_EQ(low + high + rest, PERIOD, "the parts are the whole, to the tick");
    TAP_OK(low > PERIOD / 4 - 2000 && low < PERIOD / 4, "a quarter ran the thread itself");
    TAP_OK(high > 3 * PERIOD / 4 - 2000 && high < 3 * PERIOD / 4, "the rest who disturbed it");
    TAP_EQ(account.count, 2, "and nobody else");
    TAP_EQ(account.unknown.ticks + account.others.ticks, 0, "all of it is known");
    TAP_OK(account.interrupts.ticks > 0, "two timer interrupts were in it");
}

/* In a kernel without it every call says so. */
static bool trace_is_there(void) {
    bool there = trace_start(&ring, TRACE_OVERWRITE) != STATUS_UNSUPPORTED;
    record_text("trace", there ? "there" : "not_there");
    if (there) {
        TAP_EQ(trace_stop(), STATUS_OK, "the first one ends");
        return true;
    }
    const struct deadline_miss miss = {.thread = THREAD_ID_NONE};
    struct trace_record record;
    uint64_t lost = 1;
    trace_mark("nobody", 1);
    TAP_EQ(trace_stop(), STATUS_NOT_FOUND, "no trace ends");
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_UNSUPPORTED, "no record");
    TAP_EQ(trace_at(&ring, 0, &record), STATUS_UNSUPPORTED, "no record of a number");
    TAP_EQ(lost + trace_lost(&ring) + trace_count(&ring), 0, "nothing written, nothing lost");
    TAP_EQ(miss_account_of(&ring, &miss, &account), STATUS_UNSUPPORTED, "no account of a miss");
    return false;
}

static void trace_accounts(void) {
    if (!trace_is_there()) {
        return;
    }
    miss_once(TRACE_OVERWRITE);
    judge();
    miss_once(TRACE_UNTIL_MISS);
    judge();
    struct trace_record record;
    TAP_EQ(trace_at(&ring, trace_count(&ring) - 1, &record), STATUS_OK, "the last record");
    TAP_EQ(record.what >> 48, worker.index + 1, "is the miss: the trace was frozen there");
    record_number("trace_account_interrupts", account.interrupts.ticks);
}

static void says(void *argument) {
    trace_mark("said", (uintptr_t)argument);
}

static void trace_tells(void) {
    struct trace_record record;
    uint64_t lost;
    if (trace_start(&ring, TRACE_STOP) == STATUS_UNSUPPORTED) {
        TAP_OK(!CONFIG_TRACE, "a kernel that cannot");
        return;
    }
    thread_id_t id = test_spawn(says, (void *)(uintptr_t)77, MAIN + 1);
    test_join(id);
    TAP_EQ(trace_stop(), STATUS_OK, "ended");
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_OK, "a first record");
    TAP_EQ(record.what & 0xff, TRACE_SPAWN, "is a thread's beginning");
    TAP_EQ((uint32_t)record.thread, id.index, "of this one");
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_OK, "a second");
    TAP_EQ(record.what & 0xff, TRACE_SWITCH, "is a switch");
    TAP_EQ((uint32_t)record.thread, id.index, "to the thread");
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_OK, "a third");
    TAP_EQ(record.what & 0xff, TRACE_MARK, "is a mark");
    TAP_EQ(record.value, 77, "of what it said");
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_OK, "a fourth");
    TAP_EQ(record.what & 0xff, TRACE_SWITCH, "is a switch");
    TAP_EQ((uint32_t)record.thread, thread_self().index, "back to who waited for its end");
    TAP_EQ(trace_lost(&ring), 0, "nothing was lost");
}

/* A panic tells what it finds in the ring: the latest of more than it shows. */
static void trace_panic(void) {
    if (trace_start(&ring, TRACE_OVERWRITE) != STATUS_OK) {
        panic("untraced: this kernel cannot");
    }
    thread_sleep_ms(1);
    for (unsigned i = 0; i < 29; i++) {
        trace_mark("countdown", i);
    }
    panic("traced: see what came before");
}

static const struct test_case trace_cases[] = {
    {"trace_tells", trace_tells, TEST_ALWAYS},
    {"trace_accounts", trace_accounts, TEST_EXACT},
    {"trace_panic", trace_panic, TEST_ALONE},
};
TEST_GROUP(trace);
