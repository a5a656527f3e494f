/* SPDX-License-Identifier: MIT */
/*
 * What is too long for a door. A system call copies what it needs, and turns its thread into one that
 * does the work on its own kernel stack, interrupts unmasked, at its own priority, and then asks to be
 * in user mode again. Where it was in user mode stands with the work at the top of that stack.
 *
 * The work waits for nothing but the end of processes that are killed, and for mutexes, which who kills it
 * makes it stop: so a process that is killed is soon back in a door, where that is seen.
 */
#ifndef KERNEL_SYSCALL_ERRAND_H
#define KERNEL_SYSCALL_ERRAND_H

#include "abi/syscall.h"
#include "abi/thread.h"
#include "arch/frame.h"
#include "kernel/ipc/port.h"
#include "kernel/proc/process_handles.h"
#include "kernel/sched/sched.h"

struct programs;
struct system_control;

struct errand {
    struct frame frame;      /* of user mode */
    struct mailbox *mailbox; /* that handle's */
    struct port *port;
    struct port_message message;
    struct process_sync *sync;
    struct handle_left left; /* by a handle that was closed */
    union {
        const struct programs *programs;
        const struct system_control *system;
    };
    process_id_t process;
    union {
        uint64_t words[2]; /* as the process gave them */
        struct thread_request thread;
    };
    uint64_t handle;
    uint64_t deadline;
    uint64_t again; /* the system call that is made again if the work answers WOULD_BLOCK */
    uint64_t length;
    char text[SYSCALL_LOG_WRITE_MAX];
} ALIGNED(16);

/* The running thread's, for the system call to fill. O(1). */
static inline struct errand *errand_of_irq(const struct thread *self) IRQ_MASKED {
    return (struct errand *)vaddr_pointer(stack_top(self->stack)) - 1;
}

/* If the work answers WOULD_BLOCK, its thread makes system call `number` with `handle` and `deadline`. O(1). */
static inline void errand_again_irq(struct errand *errand, uint64_t number, uint64_t handle,
                                    uint64_t deadline) IRQ_MASKED {
    errand->again = number;
    errand->handle = handle;
    errand->deadline = deadline;
}

/* It runs `work(errand)`, which ends with task_call_user_resume(). O(1). */
struct frame *errand_begin_irq(struct thread *self, void (*work)(void *)) IRQ_MASKED;

/* Sends the running thread for a message that lies there, for which another one waits. O(1). */
struct frame *errand_receive_irq(struct thread *self, struct mailbox *mailbox, uint64_t handle,
                                 uint64_t deadline) IRQ_MASKED;

/* Sends the running thread, which closed the last handle of a mailbox that is no more, to free it. O(1). */
struct frame *errand_free_irq(struct thread *self, const struct handle_left *left) IRQ_MASKED;

#endif
