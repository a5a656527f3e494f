/* SPDX-License-Identifier: MIT */
/* The kernel's own files, for a test that has defined other numbers than config.h's: so none that
 * was compiled for the usual ones is linked. */
#ifndef TESTS_UNIT_KERNEL_OWN_KERNEL_H
#define TESTS_UNIT_KERNEL_OWN_KERNEL_H

#include "kernel/cpu/cpu.c"
#include "kernel/ipc/mailbox.c"
#include "kernel/ipc/mailbox_life.c"
#include "kernel/ipc/port.c"
#include "kernel/sched/deadline_order.c"
#include "kernel/sched/edf.c"
#include "kernel/sched/fp_area.c"
#include "kernel/sched/periodic.c"
#include "kernel/sched/sched.c"
#include "kernel/sched/stack.c"
#include "kernel/sched/thread.c"
#include "kernel/sched/thread_control.c"
#include "kernel/sched/turnstile.c"
#include "kernel/sched/wait_place.c"
#include "kernel/sync/condition.c"
#include "kernel/sync/miss_box.c"
#include "kernel/sync/mutex.c"
#include "kernel/sync/mutex_end.c"
#include "kernel/sync/mutex_life.c"
#include "kernel/sync/rwlock.c"
#include "kernel/tables/task_calls.c"
#include "kernel/tables/timed_events.c"
#include "kernel/time/timed_event.c"
#include "lib/timer_queue.c"
#include "tests/unit/kernel/scenario.h"

#endif
