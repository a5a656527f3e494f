/* SPDX-License-Identifier: MIT */
/*
 * A process is an address space, handles, and threads in user mode: one, until it makes others. It is
 * built completely, started, and ends by its exit, by a fault of its own, or by being killed; who waits
 * for it gives all it had back.
 *
 *   create --> built: map, give handles --> start --> runs --> ended --> wait: the slot is free again
 *                            |                                            ^
 *                            +---------------- kill ----------------------+
 *
 * One thread at a time builds, starts and waits for a process. What it maps is there before it
 * starts, so that it never waits for a page.
 */
#ifndef KERNEL_PROC_PROCESS_H
#define KERNEL_PROC_PROCESS_H

#include "arch/user.h"
#include "kernel/sched/thread.h"

struct mailbox;
struct port;
struct programs;

/* Characters that are kept of a name. */
#define PROCESS_NAME_MAX 23

typedef struct {
    uint32_t index;
    uint32_t generation;
} process_id_t;

struct process_attributes {
    const char *name; /* copied; its thread's too. NULL: none */
    uint64_t
        pages; /* 4 KiB frames it may use, those of its tables, and of processes below it, included */
    uint16_t children; /* processes that there may be below it, and threads beside its first */
    uint8_t ceiling;   /* the highest priority of those that it spawns */
};

/* How it begins. */
struct process_start {
    vaddr_t entry;
    vaddr_t stack_top; /* a multiple of 16 */
    uint64_t argument; /* in x0 */
    uint8_t priority;
    bool fp;
};

/* How it ended. */
struct process_end {
    int64_t code;      /* of its exit; 0 if it faulted or was killed */
    uint64_t syndrome; /* of a fault: ESR_EL1, FAR_EL1, and where. All 0: none */
    uint64_t address;
    uint64_t pc;
};

/* A process with nothing mapped but its message area. INVALID_ARGUMENT: no attributes; NO_SLOT:
 * CONFIG_PROCESSES exist; errors of user_space_create(). O(1) plus zeroing some pages. */
MUST_USE status_t process_create(const struct process_attributes *attributes,
                                 process_id_t *id) IRQ_UNMASKED;

/* Errors and bounds of user_space_map(). STALE; BUSY: it has been started. */
MUST_USE status_t process_map(process_id_t id, vaddr_t address, uint64_t size, const void *content,
                              uint64_t content_size, enum user_protection protection) IRQ_UNMASKED;

/* Gives it a handle of a mailbox, or of the log. A mailbox of mailbox_create() may be destroyed
 * meanwhile: who has a handle is told CLOSED; storage of mailbox_init() stays its owner's to keep until
 * mailbox_is_held() says no. `rights`: HANDLE_RIGHT_…. STALE; BUSY: it has been started; FULL;
 * INVALID_ARGUMENT: no mailbox. A message of any mailbox fits into the message area. O(1). */
MUST_USE status_t process_give_mailbox(process_id_t id, struct mailbox *mailbox, uint8_t rights,
                                       uint32_t *handle) IRQ_UNMASKED;
MUST_USE status_t process_give_log(process_id_t id, uint32_t *handle) IRQ_UNMASKED;

/* The same of a port: SEND to call it, RECEIVE to be its server. O(1). */
MUST_USE status_t process_give_port(process_id_t id, struct port *port, uint8_t rights,
                                    uint32_t *handle) IRQ_UNMASKED;

/* Gives it a handle of the programs in an archive (spawn.h), which must exist for as long as it does, to
 * spawn them. Errors of process_give_mailbox(). O(1). */
MUST_USE status_t process_give_programs(process_id_t id, const struct programs *programs,
                                        uint8_t rights, uint32_t *handle) IRQ_UNMASKED;

/* Gives it a handle of the names of mailboxes (names.h). Errors of process_give_mailbox(). O(1). */
MUST_USE status_t process_give_names(process_id_t id, uint8_t rights,
                                     uint32_t *handle) IRQ_UNMASKED;

/* Lets it run. A higher one runs before this returns. STALE; BUSY: it has been started already;
 * MISALIGNED: stack_top; OUT_OF_RANGE: priority; NO_SLOT, NO_MEMORY: of thread_spawn(). O(1). */
MUST_USE status_t process_start(process_id_t id, const struct process_start *start) IRQ_UNMASKED;

/* Ends it with all its threads: at once, whatever they do, or before it begins; it is still to be waited
 * for. STALE. Thread context. O(CONFIG_PROCESS_THREADS), O(log timed events) masked. */
MUST_USE status_t process_kill(process_id_t id) IRQ_UNMASKED;

/* Waits until it has ended, kills all processes below it and waits for them, and gives all that they
 * had back. `end` may be NULL. OK: by its exit; FAULTED; by its fault; CLOSED: it was killed; STALE;
 * TIMED_OUT; NOT_INITIALIZED: neither started nor killed; BUSY: somebody else waits. Thread context.
 * O(pages), O(log timed events) masked. */
MUST_USE status_t process_wait_until(process_id_t id, struct process_end *end,
                                     instant_t deadline) IRQ_UNMASKED;

/* Its first thread, which is also the last to end, to have a budget (server_add()), a count of its time,
 * another priority, or to be suspended; not to be joined or detached. A starter that is not below it does
 * that before its first instruction; threads that it makes after that are in the same server, and are
 * counted, urged and suspended on their own. STALE; NOT_INITIALIZED: it has not been started. O(1), any context. */
MUST_USE status_t process_thread(process_id_t id, thread_id_t *thread);

/* Frames it has, and may have. STALE. O(1). */
MUST_USE status_t process_memory(process_id_t id, uint64_t *used, uint64_t *quota);

#endif
