/* SPDX-License-Identifier: MIT */
/* What each kind of timed event does: time calls up into scheduling here and nowhere else. */
#include "kernel/exit.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/server_internal.h"
#include "kernel/sched/wait_place.h"
#include "kernel/sync/miss_box_internal.h"
#include "kernel/time/timed_event.h"
#include "lib/bound.h"

const timed_event_handler timed_event_table[TIMED_EVENT_KINDS] = {
    [TIMED_EVENT_WAKE] = sched_wake_event,          [TIMED_EVENT_TIMEOUT] = sched_timeout_event,
    [TIMED_EVENT_WAIT_ANY] = wait_place_time_event, [TIMED_EVENT_END] = exit_event,
    [TIMED_EVENT_DEADLINE] = miss_box_event,
};

const timed_event_handler timed_event_refill = server_refill_event;
const timed_event_limit_handler timed_event_limit = sched_limit_event;

BOUND_CALLEE(refill_event, server_refill_event);
BOUND_CALLEE(limit_event, sched_limit_event);
