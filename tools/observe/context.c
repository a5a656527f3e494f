/* SPDX-License-Identifier: MIT */
/* The threads that were seen, and what went wrong with the accounts of any context. */
#include "tools/observe/context.h"

#include <stdlib.h>

#define BUCKETS 1024 /* a power of two */

uint64_t clock_now;
enum phase clock_phase = PHASE_BOOT;

static struct context *threads[BUCKETS];

static struct {
    uint64_t count;
    uint64_t pc;
} problems[2][PROBLEMS]; /* [1]: where code of the kernel is, or no function at all */

struct context *context_of_frame(uint64_t frame) {
    struct context **bucket = &threads[(frame >> 4 ^ frame >> 14) & (BUCKETS - 1)];
    for (struct context *context = *bucket; context != NULL; context = context->next) {
        if (context->frame == frame) {
            return context;
        }
    }
    struct context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        image_fail("memory", "none left");
    }
    context->frame = frame;
    context->away = context->left = clock_now;
    context->next = *bucket;
    *bucket = context;
    return context;
}

void context_restart(struct context *context) {
    context->call_count = 0;
    context->loop_count = 0;
    context->save_count = 0;
    context->last = NULL;
    context->masked = false;
}

void context_problem(enum problem problem, uint64_t pc) {
    const struct function *function = image_function(pc);
    bool of_kernel = function == NULL || function->of_kernel;
    if (problems[of_kernel][problem].count++ == 0) {
        problems[of_kernel][problem].pc = pc;
    }
}

uint64_t context_problem_count(enum problem problem, bool of_kernel, uint64_t *pc,
                               const char **name) {
    static const char *const names[PROBLEMS] = {"return", "skipped", "deep",   "jump",
                                                "thread", "turn",    "restore"};
    *pc = problems[of_kernel][problem].pc;
    *name = names[problem];
    return problems[of_kernel][problem].count;
}
