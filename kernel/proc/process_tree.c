/* SPDX-License-Identifier: MIT */
/* See process_tree.h. */
#include "kernel/proc/process_tree.h"

#include "abi/spawn.h"
#include "arch/cpu.h"
#include "kernel/proc/process_threads.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"

bool process_runs_irq(const struct process *process) {
    const struct thread *thread = thread_find_irq(process->thread);
    return process->state == PROCESS_STARTED && thread != NULL && thread->state != THREAD_ENDED;
}

status_t process_lend(struct process *parent, uint64_t pages, unsigned children) {
    status_t status = STATUS_OK;
    arch_irq_mask();
    if (pages > parent->space.quota - parent->space.used) {
        status = STATUS_NO_MEMORY;
    } else if (children > parent->children) {
        status = STATUS_FULL;
    } else {
        parent->space.used += pages;
        parent->children = (uint16_t)(parent->children - children);
    }
    arch_irq_unmask();
    return status;
}

static void lend_back_irq(struct process *parent, uint64_t pages, unsigned children) IRQ_MASKED {
    parent->space.used -= pages;
    parent->children = (uint16_t)(parent->children + children);
}

void process_lend_back(struct process *parent, uint64_t pages, unsigned children) {
    arch_irq_mask();
    lend_back_irq(parent, pages, children);
    arch_irq_unmask();
}

/* O(SPAWN_DEPTH_MAX). */
static bool is_below_irq(const struct process *process, const struct process *top) IRQ_MASKED {
    BOUND_LOOP(above, SPAWN_DEPTH_MAX);
    while (process->parent != NULL && process->parent != top) {
        BOUND_TURN(above);
        process = process->parent;
    }
    return process->parent != NULL;
}

/* Kills it and claims it, if it is below `top` and nobody has. */
static bool claim_below(struct process *process, struct process *top) IRQ_UNMASKED {
    arch_irq_mask();
    const process_id_t id = process->id;
    const bool claims =
        process->state == PROCESS_STARTED && !process->claimed && is_below_irq(process, top);
    if (claims) {
        process->claimed = true;
        process->top = top;
        process_kill_irq(process);
    }
    arch_irq_unmask();
    if (claims) {
        process_threads_end(id);
    }
    return claims;
}

/* Whether there was any. */
static bool claim_all_below(struct process *top) IRQ_UNMASKED {
    bool any = false;
    BOUND_LOOP(claimed, CONFIG_PROCESSES);
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        BOUND_TURN(claimed);
        any |= claim_below(&process_slots[i], top);
    }
    return any;
}

void process_below_end(struct process *top) {
    BOUND_LOOP(passes, CONFIG_PROCESSES); /* each but the last claims one at least */
    while (claim_all_below(top)) {
        BOUND_TURN(passes);
    }
    BOUND_LOOP(joined, CONFIG_PROCESSES);
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        BOUND_TURN(joined);
        if (process_slots[i].top == top) {
            const status_t status = thread_join_until(process_slots[i].thread, NULL, INSTANT_NEVER);
            check(status == STATUS_OK || status == STATUS_FAULTED || status == STATUS_STALE);
        }
    }
    BOUND_LOOP(freed, CONFIG_PROCESSES);
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        BOUND_TURN(freed);
        if (process_slots[i].top == top) {
            process_free(&process_slots[i]);
        }
    }
}

/* Those below it that others claimed are about to go, too. */
void process_tree_leave(struct process *process, uint64_t pages) {
    BOUND_LOOP(orphans, CONFIG_PROCESSES);
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        BOUND_TURN(orphans);
        arch_irq_mask();
        if (process_slots[i].parent == process) {
            process_slots[i].parent = NULL;
        }
        arch_irq_unmask();
    }
    arch_irq_mask();
    if (process->parent != NULL) {
        lend_back_irq(process->parent, pages, process->children_lent);
    }
    process->parent = NULL;
    process->top = NULL;
    arch_irq_unmask();
}
