/* SPDX-License-Identifier: MIT */
/*
 * Which physical pages there are and which of them are free to use, from what the machine says
 * about itself: ranges of RAM and of reservations in any order, overlapping, unaligned, wrapping. A
 * page is RAM if every byte of it is; it is usable if, besides, no byte of it is reserved. So RAM
 * is rounded inward, reservations outward, and what is in doubt is never used.
 *
 *     given    RAM   ......####################............##########......
 *              resv  ..........xxx.......xxxxxxxxxx........................
 *     map      ram      [----------------]            [--------]
 *              usable   [--]    [--]                  [--------]
 *
 * Built once at boot and constant from then on. Pure: looks at no memory but its arguments.
 */
#ifndef KERNEL_MM_PHYSICAL_MAP_H
#define KERNEL_MM_PHYSICAL_MAP_H

#include "config.h"
#include "lib/addr.h"
#include "lib/status.h"

/* Physical addresses of 48 bits: RAM above is left alone. */
#define PHYSICAL_LIMIT (UINT64_C(1) << 48)

/* Ranges that may be given, RAM and reservations each. */
#define PHYSICAL_MAP_GIVEN_MAX (2 * CONFIG_MEMORY_RANGES_MAX)

/* Each reservation can cut one range of RAM in two. */
#define PHYSICAL_MAP_RANGES_MAX (2 * CONFIG_MEMORY_RANGES_MAX)

/* What physical_map_next() can list: each usable range, what is taken before it, and at the end of
 * each range of RAM. */
#define PHYSICAL_MAP_ENTRIES_MAX (3 * PHYSICAL_MAP_RANGES_MAX)

/* Longest text of physical_map_describe(), with its NUL. */
#define PHYSICAL_MAP_TEXT_MAX 80

struct physical_reservation {
    struct phys_range range;
    const char *reason; /* a constant: "image", "initrd", ... */
    bool no_map;        /* not even to be mapped: taken out of `ram` too */
};

/* All ranges are whole pages, not empty, in ascending order, and do not touch each other. */
struct physical_map {
    struct phys_range ram[PHYSICAL_MAP_RANGES_MAX];    /* what may be mapped as memory */
    struct phys_range usable[PHYSICAL_MAP_RANGES_MAX]; /* what nobody has yet; part of `ram` */
    uint32_t ram_count;
    uint32_t usable_count;
    uint64_t ram_bytes;
    uint64_t usable_bytes;
};

/* Ranges of size 0 are skipped; RAM that wraps is not believed, a reservation that wraps ends at
 * the limit. FULL: more than PHYSICAL_MAP_GIVEN_MAX are given, or a set has more than
 * CONFIG_MEMORY_RANGES_MAX pieces at some moment of its merging (nothing is dropped in silence; the
 * map is then empty). NO_MEMORY: no page is usable; the
 * map is right nevertheless. O(n * CONFIG_MEMORY_RANGES_MAX) for n given ranges, boot only. */
MUST_USE status_t physical_map_build(struct physical_map *map, const struct phys_range *ram,
                                     uint32_t ram_count,
                                     const struct physical_reservation *reserved,
                                     uint32_t reserved_count);

/* Moves `entry` to the next range in ascending order, usable and taken ones alike, from
 * position 0; false: no more. For listings. `*position` belongs to the iteration. Linear in the
 * number of ranges. */
bool physical_map_next(const struct physical_map *map, uint64_t *position, struct phys_range *entry,
                       bool *usable);

/* Whether all of the range is RAM that may be mapped. Linear in the number of ranges. */
bool physical_map_is_ram(const struct physical_map *map, struct phys_range range);

/* "0x40000000..0x4fffffff 256 MiB, usable": at most `size` bytes with the NUL, and at most
 * PHYSICAL_MAP_TEXT_MAX (64 are enough for any range and a `what` of 15). `what` may be null.
 * Returns the length. O(size). */
size_t physical_map_describe(struct phys_range range, const char *what, char *text, size_t size);

#endif
