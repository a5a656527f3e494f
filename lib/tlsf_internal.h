/* SPDX-License-Identifier: MIT */
/*
 * How blocks lie in a region, and how they are found. Blocks follow each other without gaps:
 *
 *     block        +8            +16                                   next block
 *     | previous   | size state  | memory ....................  | previous     | size state |
 *                                                                 \ last 8 bytes of this one's
 * memory free:                      | next       | back  | (poison) | this block
 *
 * "previous" belongs to the block before, and leads to it while that one is free: merging needs no
 * search. Two free blocks are never neighbours. The last block of a region is a sentinel: size 0,
 * never free. "back" is the address of the pointer that leads to this block (a list head or a
 * neighbour's "next"), so taking a block out of its list needs no class, and one whose class does
 * not change is replaced in place. The state is a word of its own and an unlikely number: a wrong
 * pointer is told from it.
 */
#ifndef LIB_TLSF_INTERNAL_H
#define LIB_TLSF_INTERNAL_H

#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/bound.h"
#include "lib/string.h"
#include "lib/tlsf.h"

#define STATE_USED          UINT32_C(0xa10) /* handed out, and so is the block before */
#define STATE_PREVIOUS_FREE UINT32_C(0xa11) /* handed out, the block before is free */
#define STATE_FREE          UINT32_C(0xf2e) /* free, so the block before is not */

/* What POISON_FREE makes of a state: the header of a block that merged with the one before. */
#define STATE_POISONED UINT32_C(0xdededede)

#define GRANULE        UINT64_C(16)
#define BLOCK_OVERHEAD UINT64_C(8)  /* size and state; "previous" is the other block's */
#define BLOCK_SIZE_MIN UINT64_C(32) /* room for the links and the next block's "previous" */

/* Requests below the least that a block holds are raised to it. Those further than REQUEST_SPAN
 * above, half of what a region can have, get no answer: that limit is a single bit. */
#define REQUEST_MIN  (BLOCK_SIZE_MIN - BLOCK_OVERHEAD)
#define REQUEST_SPAN (UINT64_C(1) << 31)

struct tlsf_block {
    struct tlsf_block *previous; /* valid while the block before is free */
    uint32_t size;               /* bytes to the next block, a multiple of 16 */
    uint32_t state;
    struct tlsf_block *next; /* from here on: memory while handed out */
    struct tlsf_block **back;
};

#define MEMORY_OFFSET offsetof(struct tlsf_block, next)

static inline struct tlsf_block *block_at(const void *pointer, int64_t offset) {
    return (struct tlsf_block *)((uintptr_t)pointer + (uintptr_t)offset);
}

static inline struct tlsf_block *block_of(const void *memory) {
    return block_at(memory, -(int64_t)MEMORY_OFFSET);
}

static inline void *block_memory(struct tlsf_block *block) {
    return &block->next;
}

static ALWAYS_INLINE uint64_t block_size(const struct tlsf_block *block) {
    uint64_t size = block->size;
    /* Else the compilers keep the 32 bits and their extension apart, at an instruction
     * for each use. */
    __asm__("" : "+r"(size));
    return size;
}

/* class_of() / 64 is -14..-8: the map starts at the first. */
#define CLASS_WORDS_BELOW 14

/*
 * The class whose blocks have `size` bytes: the highest bit and the four below it, counted through,
 * so that the classes of one power of two follow those of the one before; below 256 one for each
 * multiple of 16. Classes are numbered from the end, -894 to -480, which spares the instructions
 * that would move them up: the constants below do it for nothing.
 */
static ALWAYS_INLINE int64_t class_of(uint64_t size) {
    int64_t zeroes = __builtin_clzll(size | 256); /* 32..55 for size < 2^32 */
    return (int64_t)(size << zeroes >> 59) - 16 * zeroes;
}

/* class_of(a) == class_of(b), but cheaper. a <= b. */
static ALWAYS_INLINE bool is_same_class(uint64_t a, uint64_t b) {
    return (a ^ b) << __builtin_clzll(b | 256) >> 59 == 0;
}

static ALWAYS_INLINE struct tlsf_block **class_head(struct tlsf *tlsf, int64_t class_number) {
    return &tlsf->head[class_number + CLASS_WORDS_BELOW * 64];
}

static ALWAYS_INLINE uint64_t *class_word(struct tlsf *tlsf, int64_t class_number) {
    return &tlsf->map[(class_number >> 6) + CLASS_WORDS_BELOW];
}

/* The bit of the class in its word: the first class has the highest. */
static ALWAYS_INLINE uint64_t class_bit(int64_t class_number) {
    return BIT(63) >> (class_number & 63);
}

/* Bytes from a block to the next that hold `request` bytes. REQUEST_MIN <= request < 2^63. */
static ALWAYS_INLINE uint64_t block_size_for(uint64_t request) {
    return align_up(request + BLOCK_OVERHEAD, GRANULE);
}

/* What a block in neither of the two used states is to who frees it. */
static inline status_t wrong_state_status(uint32_t state) {
    return state == STATE_FREE || state == STATE_POISONED ? STATUS_DOUBLE_FREE : STATUS_FOREIGN;
}

/* True for an address in `region` where a block's memory could begin: turning the offset right by
 * four puts the low bits of a misaligned one on top, where they fail the same comparison. */
static ALWAYS_INLINE bool region_holds(const struct tlsf_region *region, uintptr_t address) {
    uint64_t offset = address - region->first;
    return (offset >> 4 | offset << 60) < region->granules;
}

/* Written by words, since blocks and all their parts are whole words: a call of memset() would cost
 * the bound of its greatest length. */
typedef uint64_t __attribute__((may_alias)) poison_t;

#define POISON_FREE      UINT64_C(0xdededededededede)
#define POISON_NEW       UINT64_C(0xa5a5a5a5a5a5a5a5)
#define POISON_WORDS_MAX UINT64_C(8) /* poison must not cost more than O(1) */

static inline uint64_t poison_words(const struct tlsf_block *block, uint64_t bytes_without) {
    uint64_t words = (block->size - bytes_without) / sizeof(poison_t);
    return words < POISON_WORDS_MAX ? words : POISON_WORDS_MAX;
}

static inline void poison_write(void *memory, poison_t poison, uint64_t words) {
    poison_t *word = memory;
    BOUND_LOOP(poison_write, POISON_WORDS_MAX);
    for (uint64_t i = 0; i < words; i++) {
        BOUND_TURN(poison_write);
        word[i] = poison;
    }
}

/* Debug builds: fills a free block between its links and the next block's "previous". */
static inline void poison_free_block(struct tlsf_block *block) {
    if (GENRT_DEBUG) {
        poison_write(block + 1, POISON_FREE, poison_words(block, sizeof(*block)));
    }
}

static inline void *poison_new_block(struct tlsf_block *block) {
    if (GENRT_DEBUG) {
        poison_write(block_memory(block), POISON_NEW, poison_words(block, BLOCK_OVERHEAD));
    }
    return block_memory(block);
}

/* Debug builds: stops when a free block was written to, or its links and neighbours do
 * not lead back. */
static inline void assert_free_block(const struct tlsf_block *block) {
    if (GENRT_DEBUG) {
        check(block->state == STATE_FREE && block->size % GRANULE == 0);
        check(*block->back == block);
        check(block_at(block, block->size)->previous == block);
        check(block_at(block, block->size)->state == STATE_PREVIOUS_FREE);
        const poison_t *word = (const poison_t *)(block + 1);
        uint64_t words = poison_words(block, sizeof(*block));
        BOUND_LOOP(poison_check, POISON_WORDS_MAX);
        for (uint64_t i = 0; i < words; i++) {
            BOUND_TURN(poison_check);
            check(word[i] == POISON_FREE);
        }
    }
}

/* Takes `block` out of its list. */
static ALWAYS_INLINE void list_leave(struct tlsf *tlsf, struct tlsf_block *block) {
    struct tlsf_block *next = block->next;
    struct tlsf_block **back = block->back;
    *back = next;
    if (next != NULL) {
        next->back = back;
        return;
    }
    uint64_t index = ((uintptr_t)back - (uintptr_t)tlsf->head) / sizeof(tlsf->head[0]);
    if (index < ARRAY_SIZE(tlsf->head)) { /* it was the only one; else another block leads to it */
        tlsf->map[index / 64] &= ~(BIT(63) >> (index % 64));
    }
}

/* Makes a free block of `size` bytes at `block`, in no list yet;
 * the block behind knows that it is free. */
static ALWAYS_INLINE void block_set_free(struct tlsf_block *block, uint64_t size) {
    block->size = (uint32_t)size;
    block->state = STATE_FREE;
    block_at(block, (int64_t)size)->previous = block;
    poison_free_block(block);
}

static ALWAYS_INLINE void list_join(struct tlsf *tlsf, struct tlsf_block *block,
                                    int64_t class_number) {
    struct tlsf_block **head = class_head(tlsf, class_number);
    struct tlsf_block *next = *head;
    block->next = next;
    block->back = head;
    *head = block;
    if (next != NULL) {
        next->back = &block->next;
        return;
    }
    *class_word(tlsf, class_number) |= class_bit(class_number);
}

/* `block` takes the place in the list of `old`, which is of its class. */
static ALWAYS_INLINE void list_replace(struct tlsf_block *old, struct tlsf_block *block) {
    struct tlsf_block *next = old->next;
    struct tlsf_block **back = old->back;
    block->next = next;
    block->back = back;
    *back = block;
    if (next != NULL) {
        next->back = &block->next;
    }
}

/* Ends `block`, which has `size` bytes and is not free, after `taken` of them; the rest
 * becomes free if it can be a block, and the block behind, which is not free, learns what is
 * before it now. */
void tlsf_block_trim(struct tlsf *tlsf, struct tlsf_block *block, uint64_t size, uint64_t taken);

#endif
