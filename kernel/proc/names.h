/* SPDX-License-Identifier: MIT */
/*
 * Names of mailboxes and ports: a process publishes one that it has, with some of its rights, and others find it.
 * What a name stands for is an entry of its giver's table, set aside as an offer is, so it counts for the
 * giver, is withdrawn by closing it, and goes with the giver. Who publishes or finds has a handle of the
 * names with the right to: HANDLE_RIGHT_WRITE, HANDLE_RIGHT_RECEIVE.
 *
 * One thread at a time changes the table; a look at one name is one masked stretch.
 */
#ifndef KERNEL_PROC_NAMES_H
#define KERNEL_PROC_NAMES_H

#include "abi/syscall.h"
#include "kernel/proc/process_object.h"

/* `text`: SYSCALL_NAME_BYTES, which the caller keeps as they are. MALFORMED: no printable letter before
 * the NUL, or another one, or no NUL; BUSY: there is one, or too many come at once; FULL: CONFIG_NAMES, or
 * handles; errors of process_handle_publish_irq(). `published`: to be closed to withdraw it.
 * O(CONFIG_NAMES), O(1) of it masked at a time. */
MUST_USE status_t names_publish(struct process *process, const char *text, uint64_t mailbox,
                                uint64_t rights, uint32_t *published) IRQ_UNMASKED;

/* A handle of what `text` names. MALFORMED; NOT_FOUND; DENIED: it has not all of `rights`; FULL.
 * O(CONFIG_NAMES), O(1) of it masked at a time. */
MUST_USE status_t names_find(struct process *process, const char *text, uint64_t rights,
                             uint32_t *handle) IRQ_UNMASKED;

#endif
