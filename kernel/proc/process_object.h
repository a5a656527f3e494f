/* SPDX-License-Identifier: MIT */
/* The process object, for the system calls and the report of faults. */
#ifndef KERNEL_PROC_PROCESS_OBJECT_H
#define KERNEL_PROC_PROCESS_OBJECT_H

#include "arch/fault.h"
#include "kernel/mm/user_space.h"
#include "kernel/proc/process.h"
#include "lib/handle_table.h"

enum process_state {
    PROCESS_FREE,
    PROCESS_BUILT,
    PROCESS_STARTED, /* `thread` may have ended */
    PROCESS_DEAD,    /* killed before it was started */
};

enum handle_type {
    HANDLE_NONE,
    HANDLE_MAILBOX,
    HANDLE_LOG,
    HANDLE_OFFERED = 0x80, /* and one of them: it is nobody's to use until it is taken */
};

struct process {
    /* Interrupts masked. */
    enum process_state state;
    bool killed;
    process_id_t id;
    struct handle_table handles;
    struct mailbox *offered_to[CONFIG_PROCESS_HANDLES]; /* of each handle that is HANDLE_OFFERED */
    struct process_end end;

    /* Whoever builds it, or waits for its end. */
    struct user_space space;
    void *message_area;
    thread_id_t thread;
    const char *name;
};

extern struct process process_slots[CONFIG_PROCESSES];

/* The process of the running thread, which came through the door of system calls. O(1). */
struct process *process_current_irq(void) IRQ_MASKED;

/* The kernel's pointer to the page that it has at `address`, a multiple of PAGE_SIZE, to change what
 * was mapped: not code, of which caches may know. NOT_MAPPED; STALE; BUSY: it has been started. O(1). */
MUST_USE status_t process_page(process_id_t id, vaddr_t address, void **page) IRQ_UNMASKED;

/* Its thread faulted: it remembers how. O(1). */
static inline void process_fault_irq(struct process *process, const struct frame *frame,
                                     const struct fault *fault) IRQ_MASKED {
    process->end = (struct process_end){
        .syndrome = fault->syndrome, .address = fault->address, .pc = arch_frame_pc(frame)};
}

#endif
