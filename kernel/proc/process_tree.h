/* SPDX-License-Identifier: MIT */
/*
 * Who made whom. What a process may use its parent lends it: pages and processes are out of the
 * parent's quota from before it is made until it and all below it are gone, so that no tree of
 * processes has more than its root was given. Who waits for the end of a process ends all below it.
 *
 *            lends pages, places            lends ...
 *   kernel --------------------> process -------------> process
 *
 * Each that ends is claimed by one thread, which gives back what it had: its parent, when it collects
 * it; or who ends all below some `top`, who first kills and claims whatever runs there and nobody has
 * claimed, until nothing is found. A killed one spawns no more, so nothing comes after that. Those
 * claimed by others are claimed by threads below `top`, which are waited for: they end when they are
 * done.
 */
#ifndef KERNEL_PROC_PROCESS_TREE_H
#define KERNEL_PROC_PROCESS_TREE_H

#include "kernel/proc/process_object.h"

/* Whether its first thread, which is its last, has not ended. O(1). */
bool process_runs_irq(const struct process *process) IRQ_MASKED;

/* Takes a child's quota out of the parent's. NO_MEMORY: pages; FULL: children. O(1). */
MUST_USE status_t process_lend(struct process *parent, uint64_t pages,
                               unsigned children) IRQ_UNMASKED;
void process_lend_back(struct process *parent, uint64_t pages, unsigned children) IRQ_UNMASKED;

/* Kills all below it and gives back what they had. Its threads are gone, and it is claimed.
 * O(CONFIG_PROCESSES * pages), O(log timed events) masked. */
void process_below_end(struct process *top) IRQ_UNMASKED;

/* It is no part of the tree any more, and its parent has what it lent. O(CONFIG_PROCESSES). */
void process_tree_leave(struct process *process, uint64_t pages) IRQ_UNMASKED;

#endif
