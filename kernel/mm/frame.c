/* SPDX-License-Identifier: MIT */
/*
 * Frames are numbered without gaps over all ranges, in ascending order of address, so
 * holes cost nothing:
 *
 *     addresses   |== range 0 ==|       |======= range 1 =======|
 *     numbers      0 ........ 41         42 ................. 137
 *     level 0      bit n: frame n is free
 *     level k      bit n: word n of level k - 1 is not zero
 *
 * The highest level has one word, from which the lowest free frame is one count of zeros per
 * level away. A bit of a higher level changes only when the word below it becomes zero or
 * stops being zero.
 *
 * All changes happen with interrupts masked, and never more than one word of level 0 at a time. How
 * it all begins is in frame_init.c.
 */
#include "kernel/mm/frame.h"

#include "arch/cpu.h"
#include "kernel/mm/frame_internal.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/bound.h"
#include "lib/context.h"

/* How often a run of frames may be lost to somebody faster. */
#define RUN_LOSSES_MAX 7

struct frame_allocator frames;

/* --- Numbers and addresses: O(FRAME_SEARCH_STEPS) -------------------------------------------- */

/* The last range that begins at or below the address; the first if there is none. */
static const struct frame_range *range_by_address(uint64_t address) {
    uint32_t low = 0;
    uint32_t high = frames.range_count; /* the answer is in [low, high) */
    BOUND_LOOP(by_address, FRAME_SEARCH_STEPS);
    while (high - low > 1) {
        BOUND_TURN(by_address);
        uint32_t middle = (low + high) / 2;
        if (frames.range[middle].start <= address) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &frames.range[low];
}

static const struct frame_range *range_by_number(uint64_t number) {
    uint32_t low = 0;
    uint32_t high = frames.range_count;
    BOUND_LOOP(by_number, FRAME_SEARCH_STEPS);
    while (high - low > 1) {
        BOUND_TURN(by_number);
        uint32_t middle = (low + high) / 2;
        if (frames.range[middle].number <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &frames.range[low];
}

static uint64_t address_of(const struct frame_range *range, uint64_t number) {
    return range->start + (number - range->number) * PAGE_SIZE;
}

/* The number of the first of `count` frames. */
static status_t number_of(paddr_t frame, uint64_t count, uint64_t *number) {
    if (frames.level_count == 0) {
        return STATUS_NOT_INITIALIZED;
    }
    if (!is_page_aligned(frame.value)) {
        return STATUS_MISALIGNED;
    }
    const struct frame_range *range = range_by_address(frame.value);
    uint64_t offset = (frame.value - range->start) / PAGE_SIZE;
    if (frame.value < range->start || offset >= range->count || count > range->count - offset) {
        return STATUS_FOREIGN;
    }
    *number = range->number + offset;
    return STATUS_OK;
}

/* --- Bits: O(FRAME_LEVELS_MAX) --------------------------------------------------------------- */

/* A word of `level` became zero: so it is said above. */
IRQ_MASKED static void word_emptied_irq(unsigned level, uint64_t word) {
    BOUND_LOOP(emptied, FRAME_LEVELS_MAX - 1);
    while (++level < frames.level_count) {
        BOUND_TURN(emptied);
        uint64_t *above = &frames.level[level][word / FRAME_WORD_BITS];
        *above &= ~BIT(word % FRAME_WORD_BITS);
        if (*above != 0) {
            return;
        }
        word /= FRAME_WORD_BITS;
    }
}

/* A word of `level` is no longer zero. */
IRQ_MASKED static void word_filled_irq(unsigned level, uint64_t word) {
    BOUND_LOOP(filled, FRAME_LEVELS_MAX - 1);
    while (++level < frames.level_count) {
        BOUND_TURN(filled);
        uint64_t *above = &frames.level[level][word / FRAME_WORD_BITS];
        uint64_t before = *above;
        *above |= BIT(word % FRAME_WORD_BITS);
        if (before != 0) {
            return;
        }
        word /= FRAME_WORD_BITS;
    }
}

/* Frames [first, end) lie in one word of level 0: their bits in it. */
static uint64_t stretch_mask(uint64_t first, uint64_t end) {
    return UINT64_MAX >> (FRAME_WORD_BITS - (end - first)) << (first % FRAME_WORD_BITS);
}

/* Where the stretch from `first` towards `end` leaves its word. */
static uint64_t stretch_end(uint64_t first, uint64_t end) {
    uint64_t word_end = (first / FRAME_WORD_BITS + 1) * FRAME_WORD_BITS;
    return word_end < end ? word_end : end;
}

/* Takes the frames of a stretch if all are free. */
IRQ_MASKED static bool stretch_take_irq(uint64_t first, uint64_t end) {
    uint64_t *word = &frames.level[0][first / FRAME_WORD_BITS];
    uint64_t mask = stretch_mask(first, end);
    if ((*word & mask) != mask) {
        return false;
    }
    *word &= ~mask;
    if (*word == 0) {
        word_emptied_irq(0, first / FRAME_WORD_BITS);
    }
    frames.free -= end - first;
    if (frames.free < frames.lowest_free) {
        frames.lowest_free = frames.free;
    }
    return true;
}

/* Gives the frames of a stretch back if none is free. */
IRQ_MASKED static bool stretch_give_irq(uint64_t first, uint64_t end) {
    uint64_t *word = &frames.level[0][first / FRAME_WORD_BITS];
    uint64_t mask = stretch_mask(first, end);
    uint64_t before = *word;
    if ((before & mask) != 0) {
        return false;
    }
    *word = before | mask;
    if (before == 0) {
        word_filled_irq(0, first / FRAME_WORD_BITS);
    }
    frames.free += end - first;
    return true;
}

/* --- Single frames --------------------------------------------------------------------------- */

/* The lowest free number. frames.free > 0. */
IRQ_MASKED static uint64_t lowest_free_irq(void) {
    uint64_t number = 0;
    BOUND_LOOP(down, FRAME_LEVELS_MAX);
    for (unsigned level = frames.level_count; level > 0; level--) {
        BOUND_TURN(down);
        uint64_t word = frames.level[level - 1][number];
        assert(word != 0);
        number = number * FRAME_WORD_BITS + bits_lowest(word);
    }
    return number;
}

status_t frame_alloc(paddr_t *frame) {
    if (frames.level_count == 0) {
        return STATUS_NOT_INITIALIZED;
    }
    uint64_t saved = arch_irq_save();
    if (frames.free == 0) {
        arch_irq_restore(saved);
        return STATUS_NO_MEMORY;
    }
    uint64_t number = lowest_free_irq();
    bool taken = stretch_take_irq(number, number + 1);
    arch_irq_restore(saved);
    check(taken); /* else the levels contradict each other */
    *frame = paddr(address_of(range_by_number(number), number));
    return STATUS_OK;
}

status_t frame_free(paddr_t frame) {
    uint64_t number = 0;
    status_t status = number_of(frame, 1, &number);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t saved = arch_irq_save();
    bool given = stretch_give_irq(number, number + 1);
    arch_irq_restore(saved);
    return given ? STATUS_OK : STATUS_DOUBLE_FREE;
}

/* --- Runs of frames: looked for unmasked, then taken word by word ---------------------------- */

/* Places that one search looks at, in all ranges together: each but the last of a try passes a free
 * frame and a taken one for good, and after a loss it begins again in the midst. */
#define PLACES_MAX ((RUN_LOSSES_MAX + 1) * (FRAME_COUNT_MAX / 2 + 1) + FRAME_RANGES_MAX)

/* At each place two words more are looked at than are passed. */
static ALWAYS_INLINE void search_limit(void) {
    BOUND_LIMIT(places_looked_at, PLACES_MAX);
    BOUND_LIMIT(words_looked_at, (RUN_LOSSES_MAX + 1) * FRAME_WORDS_MAX + 2 * PLACES_MAX);
}

/* Bit 0 is frame `number`; what lies beyond the word is 0. */
static uint64_t free_bits_from(uint64_t number) {
    return __atomic_load_n(&frames.level[0][number / FRAME_WORD_BITS], __ATOMIC_RELAXED) >>
           (number % FRAME_WORD_BITS);
}

/* The first free frame of [number, end), or `end`. Linear. */
static ALWAYS_INLINE uint64_t first_free(uint64_t number, uint64_t end) {
    BOUND_LOOP(words_taken, FRAME_WORDS_MAX);
    while (number < end) {
        BOUND_TURN(words_taken);
        BOUND_PATH(words_looked_at);
        uint64_t free = free_bits_from(number);
        if (free != 0) {
            number += bits_lowest(free);
            break;
        }
        number = stretch_end(number, end);
    }
    return number < end ? number : end;
}

/* The first frame of [number, end) that is not free, or `end`. Linear. */
static ALWAYS_INLINE uint64_t first_taken(uint64_t number, uint64_t end) {
    BOUND_LOOP(words_free, FRAME_WORDS_MAX);
    while (number < end) {
        BOUND_TURN(words_free);
        BOUND_PATH(words_looked_at);
        uint64_t next = stretch_end(number, end);
        uint64_t taken =
            ~free_bits_from(number) & (UINT64_MAX >> (FRAME_WORD_BITS - (next - number)));
        if (taken != 0) {
            return number + bits_lowest(taken);
        }
        number = next;
    }
    return end;
}

/* Gives back [first, end), which nobody else can give back meanwhile. */
static bool run_give(uint64_t first, uint64_t end) {
    bool all = true;
    BOUND_LOOP(given, FRAME_WORDS_MAX);
    for (uint64_t next = first; first < end; first = next) {
        BOUND_TURN(given);
        next = stretch_end(first, end);
        uint64_t saved = arch_irq_save();
        all &= stretch_give_irq(first, next);
        arch_irq_restore(saved);
    }
    return all;
}

/* Takes [first, end), or nothing: somebody may have been faster. */
static bool run_take(uint64_t first, uint64_t end) {
    uint64_t at = first;
    BOUND_LOOP(taken, FRAME_WORDS_MAX);
    for (uint64_t next = first; at < end; at = next) {
        BOUND_TURN(taken);
        next = stretch_end(at, end);
        uint64_t saved = arch_irq_save();
        bool taken = stretch_take_irq(at, next);
        arch_irq_restore(saved);
        if (!taken) {
            check(run_give(first, at));
            return false;
        }
    }
    return true;
}

/* The first number >= `number` whose frame is aligned; may be beyond the range. */
static uint64_t number_align(const struct frame_range *range, uint64_t number, uint64_t alignment) {
    uint64_t address = address_of(range, number); /* <= 2^48, alignment <= 2^63: no wrap */
    return number + (align_up(address, alignment) - address) / PAGE_SIZE;
}

/* Moves `*first` to the next place in the range where a run now fits. */
static ALWAYS_INLINE bool run_find(const struct frame_range *range, uint64_t count,
                                   uint64_t alignment, uint64_t *first) {
    uint64_t end = range->number + range->count;
    uint64_t number = *first;
    BOUND_LOOP(places, FRAME_COUNT_MAX / 2 + 1);
    for (;;) {
        BOUND_TURN(places);
        BOUND_PATH(places_looked_at);
        number = number_align(range, first_free(number, end), alignment);
        if (number > end || count > end - number) {
            return false;
        }
        uint64_t taken = first_taken(number, number + count);
        if (taken == number + count) {
            *first = number;
            return true;
        }
        number = taken + 1;
    }
}

status_t frame_alloc_contiguous(uint64_t count, uint64_t alignment, paddr_t *first) {
    if (count == 0 || !is_power_of_two(alignment)) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (frames.level_count == 0) {
        return STATUS_NOT_INITIALIZED;
    }
    search_limit();
    BOUND_LIMIT(tries, RUN_LOSSES_MAX + 1);
    unsigned losses = 0;
    BOUND_LOOP(ranges, FRAME_RANGES_MAX);
    for (uint32_t i = 0; i < frames.range_count; i++) {
        BOUND_TURN(ranges);
        const struct frame_range *range = &frames.range[i];
        uint64_t number = range->number;
        BOUND_LOOP(tries_in_range, RUN_LOSSES_MAX + 1);
        while (run_find(range, count, alignment, &number)) {
            BOUND_TURN(tries_in_range);
            BOUND_PATH(tries);
            if (run_take(number, number + count)) {
                *first = paddr(address_of(range, number));
                return STATUS_OK;
            }
            if (losses++ == RUN_LOSSES_MAX) {
                return STATUS_BUSY;
            }
            number++;
        }
    }
    return STATUS_NO_MEMORY;
}

status_t frame_free_contiguous(paddr_t first, uint64_t count) {
    search_limit();
    uint64_t number = 0;
    if (count == 0) {
        return STATUS_INVALID_ARGUMENT;
    }
    status_t status = number_of(first, count, &number);
    if (status != STATUS_OK) {
        return status;
    }
    if (first_free(number, number + count) != number + count) {
        return STATUS_DOUBLE_FREE;
    }
    return run_give(number, number + count) ? STATUS_OK : STATUS_DOUBLE_FREE;
}

/* --- Statistics ------------------------------------------------------------------------------ */

void frame_statistics_read(struct frame_statistics *statistics) {
    uint64_t saved = arch_irq_save();
    *statistics = (struct frame_statistics){frames.total, frames.free, frames.lowest_free};
    arch_irq_restore(saved);
}

struct phys_range frame_bookkeeping(void) {
    return frames.bookkeeping;
}
