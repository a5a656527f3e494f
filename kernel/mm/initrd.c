/* SPDX-License-Identifier: MIT */
/* Pages of the initial RAM disk, mapped a piece at a time: one call maps KERNEL_REGION_MAX. */
#include "kernel/mm/initrd.h"

#include "lib/bound.h"

#define PIECES_MAX (INITRD_SIZE_MAX / KERNEL_REGION_MAX + 1) /* it may begin within a page */

/* Constant after the boot. size 0: there is none. */
static struct {
    const void *bytes;
    uint64_t size;
} initrd;

/* No page of it is one that the frame allocator has. */
static bool is_reserved(const struct physical_map *map, struct phys_range pages) {
    BOUND_LOOP(usable, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < map->usable_count; i++) {
        BOUND_TURN(usable);
        const struct phys_range *usable = &map->usable[i];
        if (usable->start.value < pages.start.value + pages.size &&
            pages.start.value < usable->start.value + usable->size) {
            return false;
        }
    }
    return true;
}

static uint64_t piece_size(uint64_t left) {
    return left < KERNEL_REGION_MAX ? left : KERNEL_REGION_MAX;
}

/* Takes out what was mapped before a piece failed. */
static void pieces_unmap(uint64_t size) {
    BOUND_LOOP(unmapped, PIECES_MAX);
    for (uint64_t done = 0; done < size; done += KERNEL_REGION_MAX) {
        BOUND_TURN(unmapped);
        status_t status = unmap_kernel_region(vaddr(INITRD_BASE + done), KERNEL_REGION_MAX);
        check(status == STATUS_OK);
    }
}

static status_t pieces_map(struct phys_range pages) {
    BOUND_LOOP(mapped, PIECES_MAX);
    for (uint64_t done = 0; done < pages.size; done += KERNEL_REGION_MAX) {
        BOUND_TURN(mapped);
        status_t status = map_kernel_region(vaddr(INITRD_BASE + done), paddr_add(pages.start, done),
                                            piece_size(pages.size - done), KERNEL_READ_ONLY);
        if (status != STATUS_OK) {
            pieces_unmap(done);
            return status;
        }
    }
    return STATUS_OK;
}

status_t initrd_map(const struct physical_map *map, struct phys_range given) {
    uint64_t end;
    if (given.size == 0) {
        return STATUS_OK;
    }
    if (given.size > INITRD_SIZE_MAX ||
        __builtin_add_overflow(given.start.value, given.size, &end) || end > PHYSICAL_LIMIT) {
        return STATUS_OUT_OF_RANGE;
    }
    const uint64_t first = page_align_down(given.start.value);
    const struct phys_range pages = {paddr(first), page_align_up(end) - first};
    if (!physical_map_is_ram(map, pages)) {
        return STATUS_NOT_MAPPED;
    }
    if (!is_reserved(map, pages)) {
        return STATUS_BUSY;
    }
    status_t status = pieces_map(pages);
    if (status == STATUS_OK) {
        initrd.bytes = vaddr_pointer(vaddr(INITRD_BASE + (given.start.value - first)));
        initrd.size = given.size;
    }
    return status;
}

bool initrd_bytes(const void **bytes, uint64_t *size) {
    *bytes = initrd.bytes;
    *size = initrd.size;
    return initrd.size != 0;
}
