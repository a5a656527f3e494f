/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: of the timer, with as many due events as one interrupt handles and a quantum that
 * ends at the same moment; of lines that nobody serves; and quanta that begin and end at the doors.
 */
#include "kernel/irq/irq.h"

#include "arch/cpu.h"
#include "arch/upcalls.h"
#include "drivers/irqchip/irqchip.h"
#include "kernel/console/log.h"
#include "kernel/cpu/cpu.h"
#include "tests/evidence/puppets.h"

#define GICD_ISPENDR   (0x200 / 4)
#define UNCOUNTED_LINE 1000 /* no chip of ours has it */

/* --- Due events --------------------------------------------------------------------------------- */

#define LOW 3 /* puppets that wait below the actor */

static void ends(void *argument) {
    (void)argument;
}

static struct mailbox box;
static struct message box_storage;

static instant_t quantum_end; /* of the actor */

static void quantum_set(duration_t length) {
    arch_irq_mask();
    arch_cpu_self()->quantum = length;
    arch_irq_unmask();
}

static void runs_into_the_end(void) {
    quantum_end = arch_cpu_self()->quantum_end;
    test_spin_until(instant_add(events_base(), time_ticks(100)));
}

/* The first event is due when the quantum ends that the actor begins `later` ticks after main has
 * asked for it; who waits for it stands below the actor, and not alone, so the quantum goes to the
 * actor's neighbour. Returns how much later that really was. */
static int64_t due_once(uint64_t later, const struct wait *wait) {
    duration_t quantum = arch_cpu_self()->quantum;
    events_arm(time_after(time_us(500)), 1, wait, true);
    for (unsigned i = 0; i < LOW; i++) {
        TAP_REQUIRE(thread_set_priority(puppet_id(i), EVIDENCE_BELOW) == STATUS_OK, "lower");
    }
    thread_id_t neighbour = test_spawn(ends, NULL, EVIDENCE_BELOW);
    thread_id_t actor = actor_begin(runs_into_the_end, 0, false);
    instant_t due = instant_add(events_base(), time_ticks(1));
    quantum_set(instant_since(due, time_after(time_ticks(later))));
    actor_go();
    quantum_set(quantum);
    test_join(actor);
    test_join(neighbour);
    for (unsigned i = 0; i < LOW; i++) {
        TAP_REQUIRE(thread_set_priority(puppet_id(i), EVIDENCE_PUPPET) == STATUS_OK, "back up");
    }
    TAP_EQ(puppets_with(STATUS_TIMED_OUT), PUPPETS, "every wait timed out");
    return (int64_t)(quantum_end.ticks - due.ticks);
}

static void irq_due(void) {
    struct wait receives = {.kind = WAIT_RECEIVE, .box = &box};
    TAP_REQUIRE(mailbox_init(&box, &box_storage, sizeof box_storage, sizeof box_storage, 1) ==
                    STATUS_OK,
                "a mailbox");
    puppets_begin();
    int64_t late = due_once(0, &receives);
    TAP_OK(late > 0 && late < 2000, "the actor began a little later");
    TAP_EQ(due_once((uint64_t)late, &receives), 0, "now at the same moment");
    puppets_end();
}

/* --- Quanta that begin and end while their thread stays ----------------------------------------- */

static unsigned right;

static void stays(void *argument) {
    (void)argument;
    instant_t never = INSTANT_NEVER;
    right += arch_cpu_self()->quantum_end.ticks == never.ticks;
    thread_id_t other = actor_spawn_like(ends, NULL);
    right += arch_cpu_self()->quantum_end.ticks != never.ticks;
    right += thread_set_priority(other, EVIDENCE_BELOW) == STATUS_OK;
    right += arch_cpu_self()->quantum_end.ticks == never.ticks;
    right += thread_join(other, NULL) == STATUS_OK;
}

static void irq_quantum(void) {
    right = 0;
    test_join(actor_spawn_like(stays, NULL));
    TAP_EQ(right, 5, "a quantum runs while there is company");
}

/* --- Lines that nobody serves ------------------------------------------------------------------- */

static void set_pending(uint32_t line) {
    gicv2.distributor[GICD_ISPENDR + line / 32] = 1u << (line % 32);
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
}

/* All but the timer's and the log's, each until it is shut. */
static void irq_lines(void) {
    uint64_t unknown = irq_unknown_count();
    unsigned lines = 0;
    for (uint32_t line = 1; line < irqchip_line_count(); line++) {
        if (line == arch_cpu_self()->timer_line) {
            continue;
        }
        TAP_REQUIRE(irqchip_enable(line, THREAD_PRIORITY_MAX) == STATUS_OK, "a line is enabled");
        for (unsigned i = 0; i < IRQ_UNEXPECTED_MAX; i++) {
            if (line < GICV2_SGI_COUNT) {
                TAP_REQUIRE(irqchip_trigger(line) == STATUS_OK, "triggered");
            } else {
                set_pending(line);
            }
            test_spin_until(time_after(time_ticks(100)));
        }
        lines += irq_line_deliveries(line) == IRQ_UNEXPECTED_MAX && irq_line_is_shut(line);
    }
    TAP_EQ(lines, irqchip_line_count() - 2, "each is shut after so many interrupts");
    TAP_EQ(irq_unknown_count() - unknown, lines * IRQ_UNEXPECTED_MAX, "all are counted");
    while (log_is_pending()) {
        thread_sleep_ms(1);
    }
    irq_report(); /* nothing more is to be told */
}

/* What no chip of ours does. */
static void irq_strange(void) {
    uint64_t spurious = irq_spurious_count();
    arch_irq_mask();
    kernel_irq();
    irq_handle_other_irq(UNCOUNTED_LINE);
    arch_irq_unmask();
    TAP_EQ(irq_spurious_count() - spurious, 1, "nothing was pending");
    TAP_OK(!irq_line_is_shut(UNCOUNTED_LINE), "a line without a counter");
}

static const struct scenario irq_scenarios[] = {
    {"irq_due", irq_due},
    {"irq_quantum", irq_quantum},
    {"irq_lines", irq_lines},
    {"irq_strange", irq_strange},
};
SCENARIO_ROOM(irq);
