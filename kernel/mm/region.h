/* SPDX-License-Identifier: MIT */
/*
 * Addresses by name, for reports of accesses that went wrong: what is mapped where, for what use,
 * and where a guard keeps something apart. Who maps a part of the kernel's half names it here once;
 * the stacks of threads are the scheduler's own matter. Regions may lie within others: the smallest
 * says it best.
 */
#ifndef KERNEL_MM_REGION_H
#define KERNEL_MM_REGION_H

#include "kernel/mm/physical_map.h"

enum region_use {
    REGION_TEXT,      /* read, execute */
    REGION_CONSTANTS, /* read */
    REGION_DATA,      /* read, write */
    REGION_DEVICE,    /* registers: read, write */
    REGION_GUARD,     /* nothing is mapped; `name` is what begins behind it */
};

struct region {
    const char *name; /* a constant */
    vaddr_t start;
    uint64_t size;
    enum region_use use;
};

/* Every range of RAM, and the few that are named one by one. */
#define REGIONS_MAX (PHYSICAL_MAP_RANGES_MAX + 16)

/* Adds one. Boot. FULL; INVALID_ARGUMENT: empty, or wrapping. O(1). */
MUST_USE status_t region_add(const char *name, vaddr_t start, uint64_t size, enum region_use use);

/* The smallest region that `address` lies in. False: none. Any context. O(regions). */
bool region_at(vaddr_t address, struct region *found);

/* The mapped region whose end or start is nearest to `address`, which lies in none. False: there is
 * none at all. Any context. O(regions). */
bool region_nearest(vaddr_t address, struct region *found);

/* As at reset, for tests. */
void region_forget(void);

#endif
