/* SPDX-License-Identifier: MIT */
/*
 * Task calls: how an EL1 thread enters the kernel to do what may block or switch. Each is a
 * function whose whole body is one SVC; the kernel returns for it, with the result that the frame
 * carries. Numbers are the SVC immediates and the places in task_call_table (arch/upcalls.h).
 */
#ifndef ARCH_TASK_CALL_H
#define ARCH_TASK_CALL_H

#define TASK_CALL_LIST(X)                                                                          \
    X(yield, 0)                                                                                    \
    X(reschedule, 1)                                                                               \
    X(thread_exit, 2)                                                                              \
    X(thread_join, 3)                                                                              \
    X(sleep, 4)                                                                                    \
    X(mailbox_send, 5)                                                                             \
    X(mailbox_receive, 6)                                                                          \
    X(irq_wait, 7)                                                                                 \
    X(semaphore_take, 8)                                                                           \
    X(event_flags_wait, 9)                                                                         \
    X(barrier_wait, 10)                                                                            \
    X(thread_suspend, 11)                                                                          \
    X(turnstile_wait, 12)                                                                          \
    X(rwlock_lock, 13)                                                                             \
    X(server_wait, 14)                                                                             \
    X(wait_any, 15)                                                                                \
    X(miss_box_wait, 16)                                                                           \
    X(edf_set, 17)                                                                                 \
    X(user_resume, 18)                                                                             \
    X(port_receive, 19)                                                                            \
    X(port_wait, 20)

#define TASK_CALL_COUNT 21

#ifndef __ASSEMBLER__

#include "lib/context.h"
#include "lib/compiler.h"
#include "lib/status.h"

/* Results are those of the calls they serve; `reschedule` answers STATUS_OK. */
status_t task_call_yield(void) IRQ_UNMASKED;
status_t task_call_reschedule(void) IRQ_UNMASKED;
NORETURN void task_call_thread_exit(uint64_t code) IRQ_UNMASKED;
status_t task_call_thread_join(uint64_t id, uint64_t code, uint64_t deadline) IRQ_UNMASKED;
status_t task_call_sleep(uint64_t when) IRQ_UNMASKED;
status_t task_call_mailbox_send(uint64_t mailbox, uint64_t message, uint64_t deadline) IRQ_UNMASKED;
status_t task_call_mailbox_receive(uint64_t mailbox, uint64_t message,
                                   uint64_t deadline) IRQ_UNMASKED;

status_t task_call_irq_wait(uint64_t line, uint64_t deadline) IRQ_UNMASKED;
status_t task_call_semaphore_take(uint64_t semaphore, uint64_t deadline) IRQ_UNMASKED;
status_t task_call_event_flags_wait(uint64_t flags, uint64_t want, uint64_t deadline) IRQ_UNMASKED;
status_t task_call_barrier_wait(uint64_t barrier, uint64_t arrival, uint64_t deadline) IRQ_UNMASKED;
status_t task_call_thread_suspend(void) IRQ_UNMASKED;
status_t task_call_turnstile_wait(uint64_t deadline) IRQ_UNMASKED;
status_t task_call_server_wait(uint64_t server, uint64_t overruns) IRQ_UNMASKED;
status_t task_call_rwlock_lock(uint64_t lock, uint64_t to_write, uint64_t deadline) IRQ_UNMASKED;
void task_call_wait_any(uint64_t any) IRQ_UNMASKED;
status_t task_call_miss_box_wait(uint64_t box, uint64_t miss) IRQ_UNMASKED;
status_t task_call_edf_set(uint64_t deadline, uint64_t release) IRQ_UNMASKED;
void task_call_user_resume(uint64_t errand, uint64_t result) IRQ_UNMASKED;
status_t task_call_port_receive(uint64_t port, uint64_t message, uint64_t deadline) IRQ_UNMASKED;
void task_call_port_wait(uint64_t deadline) IRQ_UNMASKED;

#endif
#endif
