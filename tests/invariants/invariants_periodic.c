/* SPDX-License-Identifier: MIT */
/* The rules of periodic threads and their deadlines. */
#include "kernel/sched/periodic_record.h"
#include "kernel/sync/miss_box.h"
#include "tests/invariants/invariants_internal.h"

/* Whether `periodic` is in its box's list as often as it says. */
static bool is_told_right(const struct periodic *periodic) IRQ_MASKED {
    unsigned found = 0;
    bool known = periodic->untold || thread_find_irq(periodic->owner) != NULL;
    if (periodic->box == NULL || !known) {
        return !periodic->untold;
    }
    if (!list_check(&periodic->box->untold, CONFIG_PERIODIC_THREADS)) {
        return false;
    }
    list_for_each (node, &periodic->box->untold) {
        found += node == &periodic->link;
    }
    return found == periodic->untold;
}

static const char *check_periodic(const struct cpu *cpu,
                                  const struct periodic *periodic) IRQ_MASKED {
    const struct periodic_state *state = &periodic->state;
    const struct thread *thread = thread_find_irq(periodic->owner);
    if (invariants_is_armed(cpu, &periodic->event, periodic->event.level) != periodic->armed) {
        return "a deadline is armed and should not be, or is not";
    }
    if (thread != NULL && periodic_of_irq(thread) != periodic) {
        return "a period's thread does not know it";
    }
    if (periodic->armed &&
        timer_queue_moment(&cpu->events, periodic->event.id) != state->deadline.ticks) {
        return "a deadline is armed for another moment";
    }
    return is_told_right(periodic) ? NULL : "a miss is not told once";
}

const char *invariants_periodic_broken(const struct cpu *cpu, int *armed) {
    for (uint32_t i = 0; i < CONFIG_PERIODIC_THREADS; i++) {
        const char *broken = check_periodic(cpu, &periodic_slots[i]);
        if (broken != NULL) {
            return broken;
        }
        *armed -= periodic_slots[i].armed;
    }
    return NULL;
}
