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
    PROCESS_STARTED, /* its threads may have ended */
    PROCESS_DEAD,    /* killed before it was started */
};

enum handle_type {
    HANDLE_NONE,
    HANDLE_MAILBOX,
    HANDLE_LOG,
    HANDLE_PROGRAMS,
    HANDLE_PROCESS, /* `object` is what process_as_object() makes of its id */
    HANDLE_NAMES,
    HANDLE_PORT,
    HANDLE_CONSOLE,
    HANDLE_SYSTEM, /* `object` is a struct system_control */
    HANDLE_MUTEX,  /* `object`: struct process_sync */
    HANDLE_SEMAPHORE,
    HANDLE_OFFERED = 0x80,   /* and one of them: it is nobody's to use until it is taken */
    HANDLE_PUBLISHED = 0x40, /* and one of them: a name stands for it */
    HANDLE_TYPES = 0x3f,
};

/* A place for a thread: once there was one, its page and its place are the process's for good. */
struct process_thread {
    thread_id_t id;     /* stale: the place is free */
    uint32_t serial;    /* with the place it is what the process calls it */
    bool taken;         /* somebody is about to make a thread of it */
    void *message_area; /* NULL: it has none yet */
};

struct process {
    /* Interrupts masked. */
    enum process_state state;
    bool killed;
    bool ending; /* by an exit, a fault or a kill: no thread of it is in user mode again */
    process_id_t id;
    struct handle_table handles;
    struct mailbox *offered_to[CONFIG_PROCESS_HANDLES]; /* of each handle that is HANDLE_OFFERED */
    struct process_end end;

    /* Interrupts masked: the tree of processes (process_tree.h). */
    struct process *parent; /* NULL: the kernel made it, or it is about to go */
    bool claimed;           /* somebody waits for its end, and will give back what it had */
    struct process *top;    /* ... together with this one's; NULL: for its own sake */
    uint16_t children;      /* processes that it may have below it yet */
    uint16_t children_lent; /* by its parent: those, and itself */
    uint8_t depth;          /* 0: the kernel made it */
    uint8_t ceiling;

    /* Interrupts masked: its threads (process_threads.h). */
    thread_id_t thread; /* the first: it is the last to end */
    uint16_t live;      /* that have not asked to end */
    uint16_t places;    /* that were ever used, the first's included */
    uint32_t serial;    /* of who was made last */
    struct process_thread more[CONFIG_PROCESS_THREADS]; /* but that; [0] is nobody's */

    /* Constant while it runs. */
    uint8_t priority; /* its first thread began with */
    bool fp;

    /* Whoever builds it, or waits for its end. */
    struct user_space space; /* its quota: interrupts masked, too */
    void *message_area;
    const char *name; /* NULL, or the copy */
    char name_copy[PROCESS_NAME_MAX + 1];
};

/* A first handle of a process: of what, and for what. */
struct process_gift {
    void *object;
    enum handle_type type;
    uint8_t rights;
};

/* What a handle has of a process: not NULL, and no pointer. */
static inline void *process_as_object(process_id_t id) {
    return (void *)(uintptr_t)((uint64_t)id.generation << 32 | (id.index + 1));
}

static inline process_id_t process_of_object(const void *object) {
    const uint64_t value = (uintptr_t)object;
    return (process_id_t){(uint32_t)value - 1, (uint32_t)(value >> 32)};
}

extern struct process process_slots[CONFIG_PROCESSES];

/* The process of the running thread, which came through the door of system calls. O(1). */
struct process *process_current_irq(void) IRQ_MASKED;

/* The process of `id`, or NULL. O(1). */
struct process *process_find_irq(process_id_t id) IRQ_MASKED;

/* It is killed, unless it ends already: process_threads_end() is to follow. O(1). */
void process_kill_irq(struct process *process) IRQ_MASKED;

/* As process_start(), with a parent or NULL; it shows in the tree from then on. CLOSED: the parent is
 * killed. */
MUST_USE status_t process_start_below(process_id_t id, const struct process_start *start,
                                      struct process *parent) IRQ_UNMASKED;

/* A first handle of any object. Errors of process_give_mailbox(). O(1). */
MUST_USE status_t process_give(process_id_t id, const struct process_gift *gift,
                               uint32_t *handle) IRQ_UNMASKED;

/* Gives back all that a process had that was never started. O(pages). */
void process_drop(process_id_t id) IRQ_UNMASKED;

/* Gives back its memory, its handles and its slot. Its threads are gone, and it is claimed. O(pages). */
void process_free(struct process *process) IRQ_UNMASKED;

/* The kernel's pointer to the page that it has at `address`, a multiple of PAGE_SIZE, to change what
 * was mapped: not code, of which caches may know. NOT_MAPPED; STALE; BUSY: it has been started. O(1). */
MUST_USE status_t process_page(process_id_t id, vaddr_t address, void **page) IRQ_UNMASKED;

/* One of its threads faulted: it ends, and remembers how, unless it ends already. O(1). */
static inline void process_fault_irq(struct process *process, const struct frame *frame,
                                     const struct fault *fault) IRQ_MASKED {
    if (process->ending) {
        return;
    }
    process->ending = true;
    process->end = (struct process_end){
        .syndrome = fault->syndrome, .address = fault->address, .pc = arch_frame_pc(frame)};
}

#endif
