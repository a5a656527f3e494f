/* SPDX-License-Identifier: MIT */
/* A server on the stage. */
#include "tests/sweep/cast_server.h"

#include "kernel/sched/sched.h"

/* Of the subject that is throttled: longer than most operations. */
#define BUDGET_PERIOD UINT64_C(8000)

#define PLENTY       UINT64_C(10000000)
#define LEVEL_SERVER 40 /* above all but the driver */

struct server allowance;
struct server lane;

bool has_allowance(void) {
    return scene.mode >= MODE_BUDGET || (scene.op->flags & OF_BUDGET) != 0;
}

static bool is_paced(void) {
    return scene.mode == MODE_BANDWIDTH || (scene.op->flags & OP_PACED) != 0;
}

void allowance_plan(void) {
    bool ends = scene.mode == MODE_BUDGET; /* else it is not used up, or never comes back */
    bool paced = is_paced();
    const struct server_attributes attributes = {
        .budget = {ends ? BUDGET_PERIOD : PLENTY},
        .period = {ends ? BUDGET_PERIOD : FAR},
        .priority = paced ? LEVEL_SUBJECT : LEVEL_SERVER,
        .goes_on = scene.mode == MODE_BANDWIDTH && scene.at % 2 != 0,
        .bandwidth = paced,
    };
    if (has_allowance()) {
        check(server_open(&allowance, &attributes) == STATUS_OK);
    }
}

void allowance_leave(void) {
    if (has_allowance()) {
        for (unsigned role = 0; role < ROLE_CAST; role++) {
            (void)!server_remove(scene.id[role]);
        }
        (void)!server_remove(scene.child);
        (void)!server_close(&allowance);
    }
}

void allowance_end(void) {
    if (has_allowance()) {
        status_t status = server_close(&allowance); /* a child that had ended was still counted */
        check(status == STATUS_OK || status == STATUS_CLOSED);
    }
}

bool allowance_is_small(void) {
    return allowance.budget < PLENTY;
}

void allowance_make_small(void) {
    allowance.budget = 1000;
    allowance.left = is_paced() ? 0 : 1000;
}

static void end_at_position_irq(struct cpu *cpu) IRQ_MASKED {
    uint64_t left = scene.start.ticks + scene.at - cpu->since.ticks;
    allowance.left = (int64_t)left;
    allowance.budget = left;
    cpu->quantum_end = instant_add(cpu->since, (duration_t){left});
    timed_event_program_irq(cpu, cpu_level(cpu));
}

/* It has arrived: what it has used of a budget, which then comes back, is set so that the rest ends at
 * the position; and no arrival within the operation is so late that the budget begins anew. */
static void bandwidth_ends_at_position_irq(struct cpu *cpu) IRQ_MASKED {
    uint64_t left = scene.start.ticks + scene.at - cpu->since.ticks;
    struct bandwidth *bandwidth = &allowance.bandwidth;
    bandwidth->period = BUDGET_PERIOD;
    bandwidth->deadline = instant_add(cpu->since, (duration_t){BUDGET_PERIOD});
    allowance.left = (int64_t)left - (int64_t)allowance.budget;
    if (bandwidth->active != 0) { /* else it is lent something, and arrives behind that */
        cpu->current->deadline = bandwidth->deadline;
    }
    cpu->quantum_end = instant_add(cpu->since, (duration_t){left});
    timed_event_program_irq(cpu, cpu_level(cpu));
}

void allowance_begin(void) {
    check(server_add(&allowance, thread_self()) == STATUS_OK);
    arch_irq_mask();
    if (is_paced()) {
        bandwidth_ends_at_position_irq(arch_cpu_self());
    } else {
        end_at_position_irq(arch_cpu_self());
    }
    arch_irq_unmask();
}

void allowance_spend(void) {
    for (unsigned i = 0; !scene.acted && i < SPIN_LIMIT; i++) {
    }
}

/* What comes back is enough for all that the subject has yet to do. */
void allowance_await_overrun(void) {
    uint64_t overruns;
    if (server_wait_overrun(&allowance, &overruns) == STATUS_OK && !is_paced()) {
        arch_irq_mask();
        allowance.refill[allowance.refill_first % CONFIG_SERVER_REFILLS].ticks += PLENTY;
        allowance.budget += PLENTY;
        arch_irq_unmask();
    }
}
