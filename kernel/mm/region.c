/* SPDX-License-Identifier: MIT */
/* A short table that grows at boot and is then only looked at. */
#include "kernel/mm/region.h"

#include "lib/bound.h"

static struct region regions[REGIONS_MAX];
static uint32_t region_count;

status_t region_add(const char *name, vaddr_t start, uint64_t size, enum region_use use) {
    if (size == 0 || start.value + (size - 1) < start.value) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (region_count == REGIONS_MAX) {
        return STATUS_FULL;
    }
    regions[region_count++] = (struct region){name, start, size, use};
    return STATUS_OK;
}

bool region_at(vaddr_t address, struct region *found) {
    const struct region *best = NULL;
    BOUND_LOOP(looked_in, REGIONS_MAX);
    for (uint32_t i = 0; i < region_count; i++) {
        BOUND_TURN(looked_in);
        const struct region *region = &regions[i];
        if (address.value - region->start.value < region->size &&
            (best == NULL || region->size < best->size)) {
            best = region;
        }
    }
    if (best != NULL) {
        *found = *best;
    }
    return best != NULL;
}

/* Bytes from the nearer end of a region to an address outside of it. */
static uint64_t distance(const struct region *region, vaddr_t address) {
    return address.value < region->start.value
               ? region->start.value - address.value
               : address.value - (region->start.value + (region->size - 1));
}

bool region_nearest(vaddr_t address, struct region *found) {
    const struct region *best = NULL;
    BOUND_LOOP(compared, REGIONS_MAX);
    for (uint32_t i = 0; i < region_count; i++) {
        BOUND_TURN(compared);
        const struct region *region = &regions[i];
        if (region->use != REGION_GUARD &&
            (best == NULL || distance(region, address) < distance(best, address))) {
            best = region;
        }
    }
    if (best != NULL) {
        *found = *best;
    }
    return best != NULL;
}

void region_forget(void) {
    region_count = 0;
}
