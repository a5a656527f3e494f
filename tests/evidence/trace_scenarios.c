/* SPDX-License-Identifier: MIT */
/* Traces: reading from a ring that has come round, and switches of quanta while each is told. */
#include "kernel/sync/miss_account.h"
#include "kernel/trace/trace.h"
#include "tests/evidence/evidence.h"

static struct trace_ring ring;
static unsigned told;

static void yields(void) {
    thread_yield();
    inline_trace_mark("evidence", 1);
}

/* In a kernel without it every call says so. */
static void trace_is_not_there(void) {
    struct trace_record record;
    struct miss_account account;
    const struct deadline_miss miss = {.thread = THREAD_ID_NONE};
    uint64_t lost = 1;
    TAP_EQ(trace_start(&ring, TRACE_OVERWRITE), STATUS_UNSUPPORTED, "no trace");
    inline_trace_mark("evidence", 1);
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_UNSUPPORTED, "no record");
    TAP_EQ(trace_at(&ring, 0, &record), STATUS_UNSUPPORTED, "no record of a number");
    TAP_EQ(lost + trace_lost(&ring) + trace_count(&ring), 0, "nothing was written, nothing lost");
    TAP_EQ(miss_account(&ring, (instant_t){1}, (instant_t){2}, &account), STATUS_UNSUPPORTED,
           "no account");
    TAP_EQ(miss_account_of(&ring, &miss, &account), STATUS_UNSUPPORTED, "nor of a miss");
}

static void trace_comes_round(void) {
    struct trace_record record;
    uint64_t lost = 0;
    TAP_EQ(trace_stop(), STATUS_NOT_FOUND, "nobody traces");
    if (!CONFIG_TRACE) {
        trace_is_not_there();
        return;
    }
    TAP_EQ(trace_start(&ring, TRACE_OVERWRITE), STATUS_OK, "a trace");
    for (unsigned i = 0; i < CONFIG_TRACE_RECORDS + 1; i++) {
        inline_trace_mark("evidence", i);
    }
    TAP_EQ(trace_lost(&ring), 1, "one was overwritten");
    TAP_EQ(trace_read(&ring, &record, &lost), STATUS_OK, "the oldest that is left");
    TAP_EQ(lost, 1, "behind one that was lost");
    TAP_EQ(record.value, 1, "it is the second one");
    TAP_EQ(trace_stop(), STATUS_OK, "no trace any more");
}

static void trace_tells_switches(void) {
    struct trace_record record;
    uint64_t lost;
    told = 0;
    if (!CONFIG_TRACE) {
        return;
    }
    TAP_EQ(trace_start(&ring, TRACE_STOP), STATUS_OK, "a trace");
    actor_run(yields);
    TAP_EQ(trace_stop(), STATUS_OK, "no trace any more");
    while (trace_read(&ring, &record, &lost) == STATUS_OK) {
        told += (record.what & 0xff) == TRACE_SWITCH;
    }
    TAP_OK(told >= 4, "to the actor, away from it, to it again, and back");
    TAP_EQ(trace_lost(&ring), 0, "nothing was lost");
}

static const struct scenario trace_scenarios[] = {
    {"trace_comes_round", trace_comes_round},
    {"trace_tells_switches", trace_tells_switches},
};
SCENARIO_ROOM(trace);
