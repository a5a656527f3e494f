/* SPDX-License-Identifier: MIT */
/*
 * The mask of the first CPU. Registers cannot be read here, so what `msr daif, x` restores is taken
 * from the order: `mrs x, daif` with `msr daifset` right behind saves, and each restore takes the
 * last save of the same context. A read alone is a question and saves nothing.
 */
#include "tools/observe/masks.h"

#include <stdlib.h>

#include "tools/observe/schedule.h"

#define BUCKETS 256 /* a power of two */

/* The CPU comes out of reset masked. */
static bool masked = true;
static uint64_t masked_from;
static uint64_t masked_at;
static bool masked_left_out;
static struct stretch *buckets[BUCKETS];

static void begin(uint64_t pc, uint64_t at) {
    if (!masked) {
        masked = true;
        masked_from = pc;
        masked_at = at;
        masked_left_out = false;
    }
}

static struct stretch *find(uint64_t start, uint64_t end) {
    struct stretch **bucket = &buckets[(start >> 2 ^ end >> 3) & (BUCKETS - 1)];
    for (struct stretch *stretch = *bucket; stretch != NULL; stretch = stretch->next) {
        if (stretch->start == start && stretch->end == end && stretch->phase == clock_phase) {
            return stretch;
        }
    }
    struct stretch *stretch = malloc(sizeof *stretch);
    if (stretch == NULL) {
        image_fail("memory", "none left");
    }
    *stretch = (struct stretch){start, end, clock_phase, 0, 0, 0, *bucket};
    *bucket = stretch;
    return stretch;
}

/* at: instructions up to and with the one that unmasks. */
static void end(uint64_t pc, uint64_t at) {
    if (masked) {
        if (schedule_on) {
            schedule_stretch(masked_from, masked_at, at);
        }
        struct stretch *stretch = find(masked_from, pc);
        if (masked_left_out) {
            stretch->left_out++;
        } else {
            stretch->count++;
            if (at - masked_at > stretch->max) {
                stretch->max = at - masked_at;
            }
        }
        masked = false;
    }
}

void masks_read(struct context *context, uint64_t pc) {
    context->read_at = pc;
    context->read_masked = masked;
}

static void save(struct context *context, bool state, uint64_t pc) {
    if (context->save_count == CONTEXT_SAVES_MAX) {
        context_problem(PROBLEM_RESTORE, pc);
        context->save_count = 0;
    }
    context->saves[context->save_count++] = state;
}

void masks_set(struct context *context, uint64_t pc, uint64_t at) {
    if (context->read_at + 4 == pc) {
        save(context, context->read_masked, pc);
    }
    begin(pc, at + 1);
}

void masks_clear(uint64_t pc, uint64_t at) {
    end(pc, at + 1);
}

void masks_restore(struct context *context, uint64_t pc, uint64_t at) {
    if (context->save_count == 0) {
        context_problem(PROBLEM_RESTORE, pc);
        end(pc, at + 1);
    } else if (!context->saves[--context->save_count]) {
        end(pc, at + 1);
    } else {
        begin(pc, at + 1);
    }
}

void masks_say(struct context *context, bool raised, uint64_t pc, uint64_t at) {
    if (raised) {
        save(context, masked, pc);
        begin(pc, at + 1);
    } else {
        masks_restore(context, pc, at);
    }
}

void masks_leave_out(void) {
    masked_left_out = masked;
}

void masks_enter_door(struct context *interrupted, uint64_t vector) {
    interrupted->masked = masked;
    begin(vector, clock_now);
}

void masks_leave_door(const struct context *resumed, uint64_t eret) {
    if (!resumed->masked) {
        end(eret, clock_now);
    }
}

void masks_each(void (*visit)(const struct stretch *stretch, void *data), void *data) {
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (const struct stretch *stretch = buckets[i]; stretch != NULL; stretch = stretch->next) {
            visit(stretch, data);
        }
    }
}
