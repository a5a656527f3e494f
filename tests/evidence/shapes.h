/* SPDX-License-Identifier: MIT */
/*
 * Histories of timed events after which one more operation on their tree is dear. A step of r arms
 * an event of rank r, a step of -r calls it off; ranks are places in the order of moments, from 1.
 * Before all of them the end of the run ("for=") is armed, and it stays.
 */
#ifndef TESTS_EVIDENCE_SHAPES_H
#define TESTS_EVIDENCE_SHAPES_H

#include "lib/compiler.h"

struct shape {
    const int16_t *steps;
    unsigned count;
    int last; /* the step that is dear */
};

/* Data: tests/evidence/shapes.c, made by tests/evidence/search/. */
extern const struct shape shape_insert; /* then an event is armed, not as the first */
extern const struct shape shape_remove; /* then one is called off */
extern const struct shape shape_due;    /* then the first two come due */

#endif
