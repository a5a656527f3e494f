/* SPDX-License-Identifier: MIT */
/*
 * A booted kernel on the simulated machine, for unit tests and the simulation: what
 * kernel/main.c does on the real one, with the same parts. Each run begins with all slots free
 * and the clock at zero.
 *
 * A program has one machine: the file with its tests includes machine.c and invariants.c, or is
 * linked with them. They bring their own heap (the host's, so that the sanitizer sees every use of
 * what was given back) and their own interrupt entry.
 */
#ifndef TESTS_SIM_MACHINE_H
#define TESTS_SIM_MACHINE_H

#include "arch/hosted/hosted.h"
#include "kernel/ipc/mailbox.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/semaphore.h"

/* The level of a line that the interrupt controller has, as the log's on the real machine. */
#define MACHINE_LINE_LEVEL 1

/* What a run may set before machine_run(); machine_reset() sets the usual. */
struct machine {
    uint64_t quantum; /* ticks; usually 1,000 */
    uint64_t start;   /* the counter at boot */
    struct hosted_hooks hooks;
    void (*device)(void); /* what an interrupt by the line does, masked; NULL: nothing */
    /* Mailboxes whose queues the invariants look into. */
    struct mailbox *mailboxes[16];
    unsigned mailbox_count;
    const struct semaphore *semaphores[4];
    unsigned semaphore_count;
    const struct event_flags *event_flags[4];
    unsigned event_flags_count;
    const struct barrier *barriers[4];
    unsigned barrier_count;
    bool others; /* threads wait in queues of other objects, too */
    /* The heap. */
    bool heap_empty;    /* answers no memory */
    uint64_t heap_live; /* allocations not given back */
};
extern struct machine machine;

/* A kernel booted anew, with nothing to run. */
void machine_reset(void);

/* Boots and runs a thread "main" with these attributes (NULL: FIFO at CONFIG_MAIN_PRIORITY), and
 * whatever it spawns. Returns when nothing can happen any more, or when somebody calls
 * hosted_leave(). If there are no hooks, the invariants are checked after each masked stretch. */
void machine_run(thread_entry entry, void *argument, const struct thread_attributes *attributes);

/* Lets the invariants see a mailbox, and no longer (also when it is given back to the heap). */
void machine_watch(struct mailbox *mailbox);
void machine_watch_semaphore(const struct semaphore *semaphore);
void machine_watch_event_flags(const struct event_flags *flags);
void machine_watch_barrier(const struct barrier *barrier);
void machine_forget(const void *mailbox);

/* Whether the running thread is the idle one. */
bool machine_is_idle(void);

#endif
