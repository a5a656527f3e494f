/* SPDX-License-Identifier: MIT */
/*
 * Sets of ranges: kept in order and merged while they are collected, rounded to pages,
 * then subtracted from one another. Within a set all ends are <= PHYSICAL_LIMIT, so no sum
 * here can wrap.
 */
#include "kernel/mm/physical_map.h"

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
    while (first < set->count && set->range[first].end < start) {
        first++;
    }
    uint32_t last = first; /* [first, last) become one with the new */
    while (last < set->count && set->range[last].start <= end) {
        start = min_u64(start, set->range[last].start);
        end = max_u64(end, set->range[last].end);
        last++;
    }
    if (first == last) {
        if (set->count == CONFIG_MEMORY_RANGES_MAX) {
            return STATUS_FULL;
        }
        for (uint32_t i = set->count; i > first; i--) {
            set->range[i] = set->range[i - 1];
        }
        set->count++;
    } else {
        for (uint32_t i = last; i < set->count; i++) {
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
    for (uint32_t i = 0; i < count; i++) {
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
    for (uint32_t i = 0; i < set->count; i++) {
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
    for (uint32_t i = 0; i < count; i++) {
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
    uint32_t count = 0;
    uint32_t hole = 0; /* the first of `without` that may still matter: both sets ascend */
    *bytes = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        uint64_t start = from->range[i].start;
        uint64_t end = from->range[i].end;
        while (start < end) {
            while (hole < without->count && without->range[hole].end <= start) {
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
    for (uint32_t i = 0; i < count; i++) { /* <= PHYSICAL_MAP_RANGES_MAX */
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
    for (; *text != 0 && room->length + 1 < room->size; text++) {
        room->text[room->length++] = *text;
    }
}

static void put_number(struct text_room *room, uint64_t value, unsigned base) {
    char digits[21]; /* 2^64 has 20 */
    char *at = &digits[20];
    *at = 0;
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_text(room, at);
}

size_t physical_map_describe(struct phys_range range, const char *what, char *text, size_t size) {
    struct text_room room = {text, size, 0};
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
