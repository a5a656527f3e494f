/* SPDX-License-Identifier: MIT */
/* What each kind of timed event does: time calls up into scheduling here and nowhere else. */
#include "kernel/exit.h"
#include "kernel/sched/sched.h"
#include "kernel/time/timed_event.h"
#include "lib/bound.h"

const timed_event_handler timed_event_table[TIMED_EVENT_KINDS] = {
    [TIMED_EVENT_WAKE] = sched_wake_event,
    [TIMED_EVENT_TIMEOUT] = sched_timeout_event,
    [TIMED_EVENT_QUANTUM] = sched_quantum_event,
    [TIMED_EVENT_END] = exit_event,
};

BOUND_CALLEE(quantum_event, sched_quantum_event);
