/* SPDX-License-Identifier: MIT */
/* The system calls (abi/syscall.h): decode, look the handle up, call. Each has the frame of its
 * thread stored, whose x0 it sets, and returns the frame to go on with. */
#ifndef KERNEL_SYSCALL_SYSCALL_H
#define KERNEL_SYSCALL_SYSCALL_H

#include "lib/context.h"
#include "lib/compiler.h"

struct frame;

/* O(1). */
struct frame *syscall_null(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_unknown(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_yield(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_handle_close(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_handle_duplicate(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_handle_offer(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_handle_take(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* O(log timed events). */
struct frame *syscall_exit(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_sleep_until(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_mailbox_send(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_mailbox_receive(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_thread_exit(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_thread_join(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_process_wait(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* O(SYSCALL_LOG_WRITE_MAX). The line itself is made later, by the same thread, interrupts
 * unmasked. */
struct frame *syscall_log_write(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_console_write(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* O(1): the work is done later, by the same thread, interrupts unmasked. */
struct frame *syscall_process_spawn(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_process_collect(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_process_kill(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_mailbox_create(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_thread_create(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_name_publish(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_name_find(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_file_look(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_file_read(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_system_read(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_system_end(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_process_priority(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* O(PORT_BYTES_MAX), O(log timed events). More arguments than others have; a call that cannot go the short
 * way is made later, by the same thread, interrupts unmasked. */
struct frame *syscall_port_create(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_port_call(uint64_t handle, uint64_t word0, uint64_t word1, uint64_t word2,
                                uint64_t word3, uint64_t length, uint64_t deadline) IRQ_MASKED;
struct frame *syscall_port_receive(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_port_reply(uint64_t handle, uint64_t word0, uint64_t word1, uint64_t word2,
                                 uint64_t word3, uint64_t length) IRQ_MASKED;
struct frame *syscall_port_answer(uint64_t handle, uint64_t word0, uint64_t word1, uint64_t word2,
                                  uint64_t word3, uint64_t length, uint64_t deadline) IRQ_MASKED;

struct frame *syscall_mutex_create(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_semaphore_create(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* O(1), or the same: where somebody owns it, or waits for it. */
struct frame *syscall_mutex_lock(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_mutex_unlock(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* O(log timed events). */
struct frame *syscall_semaphore_take(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *syscall_semaphore_give(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

/* The task call user_resume: back to user mode, or to the end. O(log timed events). */
struct frame *syscall_resume_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
