/* SPDX-License-Identifier: MIT */
/* A free list of areas. The link lies beside the registers, not over them: the last switch away
 * from a thread that has ended still saves them. */
#include "kernel/sched/fp_area.h"

#include "config.h"
#include "lib/bound.h"

struct fp_area {
    struct fp_state state;
    struct fp_area *next_free;
};

static struct fp_area areas[CONFIG_FP_THREADS];
static struct fp_area *first_free;

void fp_area_init(void) {
    first_free = NULL;
    BOUND_LOOP(areas, CONFIG_FP_THREADS);
    for (unsigned i = CONFIG_FP_THREADS; i-- > 0;) {
        BOUND_TURN(areas);
        areas[i].next_free = first_free;
        first_free = &areas[i];
    }
}

status_t fp_area_take_irq(struct fp_state **taken) {
    struct fp_area *area = first_free;
    if (area == NULL) {
        return STATUS_NO_MEMORY;
    }
    first_free = area->next_free;
    arch_fp_clear(&area->state); /* nothing of who had it before */
    *taken = &area->state;
    return STATUS_OK;
}

void fp_area_give_irq(struct fp_state *state) {
    struct fp_area *area = CONTAINER_OF(state, struct fp_area, state);
    area->next_free = first_free;
    first_free = area;
}
