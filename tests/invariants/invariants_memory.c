/* SPDX-License-Identifier: MIT */
/* The rules of the heap and of the frames, on the machine. */
#include "kernel/mm/frame_internal.h"
#include "kernel/mm/heap.h"
#include "lib/bits.h"
#include "tests/invariants/invariants.h"

/* Each bit of a level says whether its word below is not zero. */
static bool level_agrees(unsigned level, uint64_t words_below) {
    for (uint64_t word = 0; word < words_below; word++) {
        bool said = (frames.level[level][word / FRAME_WORD_BITS] >> word % FRAME_WORD_BITS) & 1;
        if (said != (frames.level[level - 1][word] != 0)) {
            return false;
        }
    }
    return true;
}

static uint64_t count_bits(uint64_t word) {
    const uint64_t pairs = UINT64_C(0x5555555555555555);
    const uint64_t nibbles = UINT64_C(0x3333333333333333);
    word -= (word >> 1) & pairs;
    word = (word & nibbles) + ((word >> 2) & nibbles);
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return word * UINT64_C(0x0101010101010101) >> 56;
}

static const char *check_frames(void) {
    uint64_t words = (frames.total + FRAME_WORD_BITS - 1) / FRAME_WORD_BITS;
    uint64_t free = 0;
    for (uint64_t word = 0; word < words; word++) {
        free += count_bits(frames.level[0][word]);
    }
    if (free != frames.free || frames.lowest_free > frames.free || frames.free > frames.total) {
        return "the number of free frames is wrong";
    }
    for (unsigned level = 1; level < frames.level_count; level++) {
        if (!level_agrees(level, words)) {
            return "the levels of the frames contradict each other";
        }
        words = (words + FRAME_WORD_BITS - 1) / FRAME_WORD_BITS;
    }
    return NULL;
}

NO_CONTEXT_CHECK const char *invariants_memory_broken_irq(void) {
    return !heap_check() ? "the heap is broken" : check_frames();
}
