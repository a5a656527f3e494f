/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: of the timer, with as many due events as one interrupt handles and a quantum that
 * ends at the same moment; of lines that nobody serves; and quanta that begin and end at the doors.
 */
#include "kernel/irq/irq.h"

#include "arch/cpu.h"
#include "arch/upcalls.h"
#include "drivers/irqchip/irqchip.h"
#include "kernel/cpu/cpu.h"
#include "tests/evidence/puppets.h"

#define SOFTWARE_LINE  3
#define UNCOUNTED_LINE 1000 /* no chip of ours has it */

/* --- Due events --------------------------------------------------------------------------------- */

static struct mailbox box;
static struct message box_storage;

/* When the actor's quantum ended, and how many turns of others it has seen since. */
static instant_t quantum_end;
static volatile bool over;

static void quantum_set(duration_t length) {
    arch_irq_mask();
    arch_cpu_self()->quantum = length;
    arch_irq_unmask();
}

static void runs_into_the_end(void) {
    quantum_end = arch_cpu_self()->quantum_end;
    test_spin_until(instant_add(tree_last_moment(), time_ticks(100)));
}

/* All events of the shape are due within a few ticks, the first of them when the quantum ends that
 * the actor begins `before` ticks after main has made the tree. Returns how much later that was. */
static int64_t due_once(uint64_t begin, const struct wait *wait) {
    instant_t base = time_after(time_ticks(TREE_LEAD));
    duration_t quantum = arch_cpu_self()->quantum;
    tree_build(&(struct plan){&shape_due, base, 1, wait, true});
    unsigned armed = puppets_waiting();
    thread_id_t actor = actor_begin(runs_into_the_end, 0, false);
    quantum_set(instant_since(tree_last_moment(), time_after(time_ticks(begin))));
    actor_go();
    quantum_set(quantum);
    test_join(actor);
    TAP_EQ(puppets_with(STATUS_TIMED_OUT), armed, "every wait timed out");
    return (int64_t)(quantum_end.ticks - tree_last_moment().ticks);
}

static void irq_due(void) {
    struct wait receives = {.kind = WAIT_RECEIVE, .box = &box};
    TAP_REQUIRE(mailbox_init(&box, &box_storage, sizeof box_storage, sizeof box_storage, 1) ==
                    STATUS_OK,
                "a mailbox");
    int64_t late = due_once(0, &receives);
    TAP_OK(late > 0 && late < 2000, "the actor began a little later");
    TAP_EQ(due_once((uint64_t)late, &receives), 0, "now at the same moment");
    puppets_end();
}

static const struct scenario irq_scenarios[] = {
    {"irq_due", irq_due},
};
SCENARIO_ROOM(irq);
