/* SPDX-License-Identifier: MIT */
/*
 * Sets of ranges: kept in order and merged while they are collected, rounded to pages,
 * then subtracted from one another. Within a set all ends are <= PHYSICAL_LIMIT, so no sum
 * here can wrap.
 */
#include "kernel/mm/physical_map.h"

#include "lib/bound.h"

/* Half-open, in bytes or whole pages. In ascending order, no two overlap or touch. */
struct range_set {
    struct {
        uint64_t start;
        uint64_t end;
    } range[CONFIG_MEMORY_RANGES_MAX];
    uint32_t count;
};

static uint64_t min_u64(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Adds [start, end), swallowing whatever it overlaps or touches. start < end. */
static status_t range_set_add(struct range_set *set, uint64_t start, uint64_t end) {
    uint32_t first = 0;
    BOUND_LOOP(before, CONFIG_MEMORY_RANGES_MAX);
    while (first < set->count && set->range[first].end < start) {
        BOUND_TURN(before);
        first++;
    }
    uint32_t last = first; /* [first, last) become one with the new */
    BOUND_LOOP(swallowed, CONFIG_MEMORY_RANGES_MAX);
    while (last < set->count && set->range[last].start <= end) {
        BOUND_TURN(swallowed);
        start = min_u64(start, set->range[last].start);
        end = max_u64(end, set->range[last].end);
        last++;
    }
    if (first == last) {
        if (set->count == CONFIG_MEMORY_RANGES_MAX) {
            return STATUS_FULL;
        }
        BOUND_LOOP(moved_up, CONFIG_MEMORY_RANGES_MAX - 1);
        for (uint32_t i = set->count; i > first; i--) {
            BOUND_TURN(moved_up);
            set->range[i] = set->range[i - 1];
        }
        set->count++;
    } else {
        BOUND_LOOP(moved_down, CONFIG_MEMORY_RANGES_MAX - 1);
        for (uint32_t i = last; i < set->count; i++) {
            BOUND_TURN(moved_down);
            set->range[first + 1 + (i - last)] = set->range[i];
        }
        set->count -= last - first - 1;
    }
    set->range[first].start = start;
    set->range[first].end = end;
    return STATUS_OK;
}

/* RAM: believed only if it does not wrap, and only below the limit. */
static status_t ram_collect(struct range_set *set, const struct phys_range *ram, uint32_t count) {
    BOUND_LOOP(ram, PHYSICAL_MAP_GIVEN_MAX);
    for (uint32_t i = 0; i < count; i++) {
        BOUND_TURN(ram);
        uint64_t start = ram[i].start.value;
        uint64_t end;
        if (__builtin_add_overflow(start, ram[i].size, &end) || start >= PHYSICAL_LIMIT ||
            start == end) {
            continue;
        }
        status_t status = range_set_add(set, start, min_u64(end, PHYSICAL_LIMIT));
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Rounds inward. Only after merging: two ranges may meet in the middle of a page. */
static void range_set_shrink(struct range_set *set) {
    uint32_t kept = 0;
    BOUND_LOOP(shrunk, CONFIG_MEMORY_RANGES_MAX);
    for (uint32_t i = 0; i < set->count; i++) {
        BOUND_TURN(shrunk);
        uint64_t start = page_align_up(set->range[i].start);
        uint64_t end = page_align_down(set->range[i].end);
        if (start < end) {
            set->range[kept].start = start;
            set->range[kept].end = end;
            kept++;
        }
    }
    set->count = kept;
}

/* Reservations, rounded outward: all of them, or only those that must not be mapped. */
static status_t reserved_collect(struct range_set *set, const struct physical_reservation *reserved,
                                 uint32_t count, bool only_no_map) {
    BOUND_LOOP(reserved, PHYSICAL_MAP_GIVEN_MAX);
    for (uint32_t i = 0; i < count; i++) {
        BOUND_TURN(reserved);
        uint64_t start = reserved[i].range.start.value;
        uint64_t end;
        if (reserved[i].range.size == 0 || start >= PHYSICAL_LIMIT ||
            (only_no_map && !reserved[i].no_map)) {
            continue;
        }
        if (__builtin_add_overflow(start, reserved[i].range.size, &end)) {
            end = PHYSICAL_LIMIT;
        }
        end = page_align_up(min_u64(end, PHYSICAL_LIMIT));
        status_t status = range_set_add(set, page_align_down(start), end);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* out = from - without. Each range of `without` adds at most one piece to those of `from`, so
 * PHYSICAL_MAP_RANGES_MAX is enough. Returns how many. */
static uint32_t range_set_subtract(const struct range_set *from, const struct range_set *without,
                                   struct phys_range *out, uint64_t *bytes) {
    /* A piece ends at a hole or at its range's end; a hole may touch the ranges it lies between. */
    BOUND_LIMIT(pieces, 3 * CONFIG_MEMORY_RANGES_MAX - 1);
    BOUND_LIMIT(passed, CONFIG_MEMORY_RANGES_MAX);
    uint32_t count = 0;
    uint32_t hole = 0; /* the first of `without` that may still matter: both sets ascend */
    *bytes = 0;
    BOUND_LOOP(from, CONFIG_MEMORY_RANGES_MAX);
    for (uint32_t i = 0; i < from->count; i++) {
        BOUND_TURN(from);
        uint64_t start = from->range[i].start;
        uint64_t end = from->range[i].end;
        BOUND_LOOP(pieces_of_range, CONFIG_MEMORY_RANGES_MAX + 1);
        while (start < end) {
            BOUND_TURN(pieces_of_range);
            BOUND_PATH(pieces);
            BOUND_LOOP(holes_passed, CONFIG_MEMORY_RANGES_MAX);
            while (hole < without->count && without->range[hole].end <= start) {
                BOUND_TURN(holes_passed);
                BOUND_PATH(passed);
                hole++;
            }
            uint64_t until = end;
            uint64_t next = end;
            if (hole < without->count && without->range[hole].start < end) {
                until = max_u64(start, without->range[hole].start);
                next = min_u64(end, without->range[hole].end);
            }
            if (start < until) {
                out[count++] = (struct phys_range){paddr(start), until - start};
                *bytes += until - start;
            }
            start = next;
        }
    }
    return count;
}

status_t physical_map_build(struct physical_map *map, const struct phys_range *ram,
                            uint32_t ram_count, const struct physical_reservation *reserved,
                            uint32_t reserved_count) {
    struct range_set memory = {.count = 0};
    struct range_set taken = {.count = 0};
    struct range_set hidden = {.count = 0};
    *map = (struct physical_map){.ram_count = 0};
    if (ram_count > PHYSICAL_MAP_GIVEN_MAX || reserved_count > PHYSICAL_MAP_GIVEN_MAX) {
        return STATUS_FULL;
    }
    status_t status = ram_collect(&memory, ram, ram_count);
    if (status == STATUS_OK) {
        status = reserved_collect(&taken, reserved, reserved_count, false);
    }
    if (status == STATUS_OK) {
        status = reserved_collect(&hidden, reserved, reserved_count, true);
    }
    if (status != STATUS_OK) {
        return status;
    }
    range_set_shrink(&memory);
    map->ram_count = range_set_subtract(&memory, &hidden, map->ram, &map->ram_bytes);
    map->usable_count = range_set_subtract(&memory, &taken, map->usable, &map->usable_bytes);
    return map->usable_count == 0 ? STATUS_NO_MEMORY : STATUS_OK;
}

/* --- Looking at it --------------------------------------------------------------------------- */

/* The first of the ranges that ends after `position`; null: none. */
static const struct phys_range *range_after(const struct phys_range *range, uint32_t count,
                                            uint64_t position) {
    BOUND_LOOP(ranges, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        BOUND_TURN(ranges);
        if (range[i].start.value + range[i].size > position) {
            return &range[i];
        }
    }
    return NULL;
}

bool physical_map_next(const struct physical_map *map, uint64_t *position, struct phys_range *entry,
                       bool *usable) {
    const struct phys_range *ram = range_after(map->ram, map->ram_count, *position);
    if (ram == NULL) {
        return false;
    }
    uint64_t start = max_u64(*position, ram->start.value);
    uint64_t end = ram->start.value + ram->size;
    const struct phys_range *free = range_after(map->usable, map->usable_count, start);
    *usable = free != NULL && free->start.value <= start;
    if (*usable) {
        end = free->start.value + free->size;
    } else if (free != NULL) {
        end = min_u64(end, free->start.value);
    }
    *entry = (struct phys_range){paddr(start), end - start};
    *position = end;
    return true;
}

bool physical_map_is_ram(const struct physical_map *map, struct phys_range range) {
    uint64_t start = range.start.value;
    const struct phys_range *ram = range_after(map->ram, map->ram_count, start);
    return ram != NULL && start >= ram->start.value &&
           range.size <= ram->start.value + ram->size - start;
}

/* --- Words ----------------------------------------------------------------------------------- */

/* A text that grows up to its room; always ends with a NUL if there is any. */
struct text_room {
    char *text;
    size_t size;
    size_t length;
};

static void put_text(struct text_room *room, const char *text) {
    BOUND_LOOP(letters, PHYSICAL_MAP_TEXT_MAX - 1);
    for (; *text != 0 && room->length + 1 < room->size; text++) {
        BOUND_TURN(letters);
        room->text[room->length++] = *text;
    }
}

static void put_number(struct text_room *room, uint64_t value, unsigned base) {
    char digits[21]; /* 2^64 has 20 */
    char *at = &digits[20];
    *at = 0;
    BOUND_LOOP(digits, 20);
    do {
        BOUND_TURN(digits);
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_text(room, at);
}

size_t physical_map_describe(struct phys_range range, const char *what, char *text, size_t size) {
    struct text_room room = {text, size < PHYSICAL_MAP_TEXT_MAX ? size : PHYSICAL_MAP_TEXT_MAX, 0};
    bool small = range.size < (UINT64_C(1) << 20);
    put_text(&room, "0x");
    put_number(&room, range.start.value, 16);
    put_text(&room, "..0x");
    put_number(&room, range.start.value + range.size - 1, 16);
    put_text(&room, " ");
    put_number(&room, range.size >> (small ? 10 : 20), 10);
    put_text(&room, small ? " KiB" : " MiB");
    if (what != NULL) {
        put_text(&room, ", ");
        put_text(&room, what);
    }
    if (size != 0) {
        text[room.length] = 0;
    }
    return room.length;
}
