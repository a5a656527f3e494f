/* SPDX-License-Identifier: MIT */
/*
 * Priority inheritance as one would define it: threads, mutexes, who owns, who waits; all else is
 * computed from that whenever it is asked for. Clarity alone counts.
 */
#ifndef TESTS_UNIT_KERNEL_SYNC_INHERITANCE_MODEL_H
#define TESTS_UNIT_KERNEL_SYNC_INHERITANCE_MODEL_H

#include "lib/compiler.h"

#define MODEL_THREADS 12
#define MODEL_MUTEXES 7
#define NOBODY        (-1)

struct model {
    unsigned base[MODEL_THREADS];
    int waits_for[MODEL_THREADS]; /* a mutex, or NOBODY */
    uint64_t since[MODEL_THREADS];
    int owner[MODEL_MUTEXES]; /* a thread, or NOBODY */
    unsigned ceiling[MODEL_MUTEXES];
};

/* The highest of its base, the ceilings of its mutexes, and whoever waits for it, however far. */
static unsigned model_priority(const struct model *model, int thread) {
    unsigned priority = model->base[thread];
    for (int mutex = 0; mutex < MODEL_MUTEXES; mutex++) {
        if (model->owner[mutex] != thread) {
            continue;
        }
        priority = model->ceiling[mutex] > priority ? model->ceiling[mutex] : priority;
        for (int waiter = 0; waiter < MODEL_THREADS; waiter++) {
            if (model->waits_for[waiter] == mutex) {
                unsigned lent = model_priority(model, waiter);
                priority = lent > priority ? lent : priority;
            }
        }
    }
    return priority;
}

/* How many wait in a row behind a thread. */
static unsigned model_height(const struct model *model, int thread) {
    unsigned height = 0;
    for (int waiter = 0; waiter < MODEL_THREADS; waiter++) {
        int mutex = model->waits_for[waiter];
        if (mutex != NOBODY && model->owner[mutex] == thread) {
            unsigned behind = 1 + model_height(model, waiter);
            height = behind > height ? behind : height;
        }
    }
    return height;
}

enum model_verdict { MODEL_WAITS, MODEL_DEADLOCK, MODEL_TOO_DEEP };

/* What becomes of it if `thread` waits for `mutex`, which somebody owns. */
static enum model_verdict model_judge(const struct model *model, int thread, int mutex,
                                      unsigned limit) {
    unsigned owners = 0;
    for (int at = mutex; at != NOBODY; at = model->waits_for[model->owner[at]]) {
        if (model->owner[at] == thread) {
            return MODEL_DEADLOCK;
        }
        owners++;
    }
    return model_height(model, thread) + owners > limit ? MODEL_TOO_DEEP : MODEL_WAITS;
}

/* Whose turn it is: the highest, among equals the one that came to its priority first. */
static int model_first(const struct model *model, int mutex) {
    int first = NOBODY;
    for (int thread = 0; thread < MODEL_THREADS; thread++) {
        if (model->waits_for[thread] != mutex) {
            continue;
        }
        unsigned mine = model_priority(model, thread);
        unsigned best = first == NOBODY ? 0 : model_priority(model, first);
        if (first == NOBODY || mine > best ||
            (mine == best && model->since[thread] < model->since[first])) {
            first = thread;
        }
    }
    return first;
}

#endif
