/* SPDX-License-Identifier: MIT */
/* The handler of each task call, by its number. */
#include "arch/task_call.h"
#include "arch/upcalls.h"
#include "kernel/ipc/irq_line_internal.h"
#include "kernel/ipc/mailbox_internal.h"
#include "kernel/ipc/port_internal.h"
#include "kernel/sched/server_internal.h"
#include "kernel/sched/thread_internal.h"
#include "kernel/sched/edf_internal.h"
#include "kernel/sched/turnstile.h"
#include "kernel/sched/wait_place.h"
#include "kernel/sync/barrier_internal.h"
#include "kernel/sync/event_flags_internal.h"
#include "kernel/sync/miss_box_internal.h"
#include "kernel/sync/mutex_end.h"
#include "kernel/sync/rwlock_internal.h"
#include "kernel/sync/semaphore_call.h"
#include "kernel/syscall/syscall.h"

const task_call_handler task_call_table[TASK_CALL_COUNT] = {
    thread_yield_call,   thread_reschedule_call, mutex_end_call,       thread_join_call,
    thread_sleep_call,   mailbox_send_call,      mailbox_receive_call, irq_wait_call,
    semaphore_take_call, event_flags_wait_call,  barrier_wait_call,    thread_suspend_call,
    turnstile_wait_call, rwlock_lock_call,       server_wait_call,     wait_any_call,
    miss_box_wait_call,  edf_set_call,           syscall_resume_call,  port_receive_call,
    port_wait_call,
};
