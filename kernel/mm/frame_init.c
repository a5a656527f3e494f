/* SPDX-License-Identifier: MIT */
/*
 * How the frame allocator comes to be: it counts what the map offers, cuts its own bookkeeping out
 * of that, numbers the rest, and sets a bit for all of it, words at a time.
 */
#include "kernel/mm/frame.h"

#include "kernel/mm/frame_internal.h"
#include "lib/bits.h"
#include "lib/bound.h"

/* Copies the usable ranges, not yet numbered. Returns how many frames they hold. */
static uint64_t ranges_copy(const struct physical_map *map) {
    uint64_t total = 0;
    BOUND_LOOP(usable, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < map->usable_count; i++) {
        BOUND_TURN(usable);
        uint64_t count = map->usable[i].size / PAGE_SIZE;
        frames.range[i] = (struct frame_range){map->usable[i].start.value, 0, count};
        total += count;
    }
    frames.range_count = map->usable_count;
    return total;
}

static uint64_t words_for(uint64_t bits) {
    return (bits + FRAME_WORD_BITS - 1) / FRAME_WORD_BITS;
}

/* Words of all levels together. total <= FRAME_COUNT_MAX. */
static uint64_t words_of_levels(uint64_t total) {
    uint64_t sum = 0;
    uint64_t bits = total;
    BOUND_LOOP(levels_counted, FRAME_LEVELS_MAX);
    do {
        BOUND_TURN(levels_counted);
        bits = words_for(bits);
        sum += bits;
    } while (bits > 1);
    return sum;
}

/* Takes [start, start + count pages) out of range `index`, in which it lies. */
static void range_cut(uint32_t index, uint64_t start, uint64_t count) {
    struct frame_range whole = frames.range[index];
    uint64_t before = (start - whole.start) / PAGE_SIZE;
    struct frame_range piece[2] = {
        {whole.start, 0, before},
        {start + count * PAGE_SIZE, 0, whole.count - before - count},
    };
    uint32_t kept = 0;
    BOUND_LOOP(closed, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < frames.range_count; i++) { /* closes the gap of the whole range */
        BOUND_TURN(closed);
        if (i != index) {
            frames.range[kept++] = frames.range[i];
        }
    }
    BOUND_LOOP(pieces, 2);
    for (uint32_t p = 0; p < 2; p++) {
        BOUND_TURN(pieces);
        if (piece[p].count == 0) {
            continue;
        }
        uint32_t at = kept++;
        BOUND_LOOP(moved, PHYSICAL_MAP_RANGES_MAX - 1); /* those behind the range that is cut */
        for (; at > 0 && frames.range[at - 1].start > piece[p].start; at--) {
            BOUND_TURN(moved);
            frames.range[at] = frames.range[at - 1];
        }
        frames.range[at] = piece[p];
    }
    frames.range_count = kept;
}

/* The lowest place for `count` pages that is usable and within `mapped`; cut out of the ranges. */
static status_t bookkeeping_place(struct phys_range mapped, uint64_t count) {
    uint64_t mapped_end;
    if (mapped.start.value >= PHYSICAL_LIMIT) {
        return STATUS_NO_MEMORY;
    }
    if (__builtin_add_overflow(mapped.start.value, mapped.size, &mapped_end)) {
        mapped_end = PHYSICAL_LIMIT;
    }
    uint64_t mapped_start = page_align_up(mapped.start.value);
    BOUND_LOOP(places, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < frames.range_count; i++) {
        BOUND_TURN(places);
        const struct frame_range *range = &frames.range[i];
        uint64_t start = range->start > mapped_start ? range->start : mapped_start;
        uint64_t end = range->start + range->count * PAGE_SIZE;
        end = end < mapped_end ? end : page_align_down(mapped_end);
        if (start < end && (end - start) / PAGE_SIZE >= count) {
            frames.bookkeeping = (struct phys_range){paddr(start), count * PAGE_SIZE};
            range_cut(i, start, count);
            return STATUS_OK;
        }
    }
    return STATUS_NO_MEMORY;
}

static uint64_t ranges_number(void) {
    uint64_t number = 0;
    BOUND_LOOP(numbered, FRAME_RANGES_MAX);
    for (uint32_t i = 0; i < frames.range_count; i++) {
        BOUND_TURN(numbered);
        frames.range[i].number = number;
        number += frames.range[i].count;
    }
    return number;
}

/* Sets the first `bits` bits, and clears the rest of the last word. */
static ALWAYS_INLINE void words_fill(uint64_t *word, uint64_t bits) {
    BOUND_LOOP(words, FRAME_WORDS_MAX);
    for (uint64_t i = 0; i < bits / FRAME_WORD_BITS; i++) {
        BOUND_TURN(words);
        BOUND_PATH(words_of_levels);
        word[i] = UINT64_MAX;
    }
    if (bits % FRAME_WORD_BITS != 0) {
        word[bits / FRAME_WORD_BITS] = BIT(bits % FRAME_WORD_BITS) - 1;
    }
}

/* Lays the levels out one behind the other, all frames free. total > 0. */
static void levels_fill(uint64_t *words, uint64_t total) {
    BOUND_LIMIT(words_of_levels,
                FRAME_WORDS_MAX + FRAME_WORDS_MAX / 64 + FRAME_WORDS_MAX / 4096 + 1);
    uint64_t bits = total;
    BOUND_LOOP(levels, FRAME_LEVELS_MAX);
    do {
        BOUND_TURN(levels);
        words_fill(words, bits);
        frames.level[frames.level_count++] = words;
        bits = words_for(bits);
        words += bits;
    } while (bits > 1);
}

status_t frame_init(const struct physical_map *map, struct phys_range boot_mapped,
                    void *(*to_pointer)(paddr_t)) {
    if (to_pointer == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    frames = (struct frame_allocator){.level_count = 0};
    uint64_t offered = ranges_copy(map);
    if (offered == 0) {
        return STATUS_NO_MEMORY;
    }
    if (offered > FRAME_COUNT_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    uint64_t words = words_of_levels(offered); /* enough: fewer are left in the end */
    uint64_t pages = page_align_up(words * sizeof(uint64_t)) / PAGE_SIZE;
    status_t status = bookkeeping_place(boot_mapped, pages);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t total = ranges_number();
    if (total == 0) {
        return STATUS_NO_MEMORY;
    }
    frames.total = total;
    frames.free = total;
    frames.lowest_free = total;
    uint64_t *bookkeeping = BOUND_CALLED(frame_pointer, to_pointer)(frames.bookkeeping.start);
    levels_fill(bookkeeping, total);
    return STATUS_OK;
}
