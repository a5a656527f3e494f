/* SPDX-License-Identifier: MIT */
/*
 * The heap with blocks that lie as it costs most: alone in their lists, on the border of their
 * class, between free neighbours; full, and in as many pieces as a check follows.
 */
#include "kernel/mm/heap.h"

#include "tests/evidence/evidence.h"

#define OVERHEAD  8           /* of each block */
#define BLOCK_MIN 32          /* bytes from block to block at least */
#define SMALL     24          /* what the smallest block holds */
#define BORDER    (8u << 20)  /* the least size of a class, and the highest that the heap has */
#define LARGE     (15u << 19) /* another: seven and a half MiB */
#define LARGEST   (31u << 19) /* the highest that a region has */

static struct heap_stats heap_now(void) {
    struct heap_stats stats;
    heap_stats(&stats);
    return stats;
}

static void *take(size_t size) {
    void *block = heap_alloc(size);
    TAP_REQUIRE(block != NULL, "a block");
    return block;
}

/* What must be taken so that of the only free block `left` bytes remain. */
static void *take_all_but(uint64_t left) {
    return take(heap_now().memory.free - left - OVERHEAD);
}

/* The only free block is the smallest of its class, so what is left of it moves to another. */
static void heap_first_of_class(void) {
    uint64_t free = heap_now().memory.free;
    TAP_EQ(heap_size(), CONFIG_HEAP_SIZE, "the heap is as large as configured");
    void *rest = take_all_but(BORDER);
    void *small = take(SMALL);
    TAP_EQ(heap_now().memory.free, BORDER - BLOCK_MIN, "the least was taken");
    heap_free(small);
    heap_free(rest);
    TAP_EQ(heap_now().memory.free, free, "all is back");
}

/* Both neighbours are free and alone in their lists, and so will be what they become together. */
static void heap_between_free(void) {
    void *before = take(1000);
    void *block = take(100);
    void *behind = take(5000);
    void *guard = take(SMALL);
    uint64_t blocks = heap_now().memory.blocks;
    heap_free(before);
    heap_free(behind);
    heap_free(block);
    TAP_EQ(heap_now().memory.blocks, blocks - 3, "three blocks became one");
    heap_free(guard);
}

/* Moves where the next block will lie to `offset` behind a multiple of 64. */
static void *place_next(uintptr_t offset) {
    void *probe = take(SMALL);
    uintptr_t distance = (offset - (uintptr_t)probe) % 64;
    heap_free(probe);
    return distance == 0 ? NULL : take(distance + 64 - OVERHEAD);
}

/* The gap before the aligned block is too small to be one, so it becomes larger; and there is a
 * rest behind. */
static void heap_gap(void) {
    void *before = place_next(64 - 16);
    void *rest = take_all_but(BORDER);
    void *moved = place_next(64 - 16);
    uintptr_t free = (uintptr_t)take(SMALL);
    heap_free((void *)free);
    void *aligned = heap_aligned(100, 64);
    TAP_EQ((uintptr_t)aligned % 64, 0, "aligned");
    TAP_EQ((uintptr_t)aligned - free, 16 + 64, "behind a gap that is a block");
    heap_free(aligned);
    heap_free(moved);
    heap_free(rest);
    heap_free(before);
    TAP_OK(heap_aligned(100, 3) == NULL, "no power of two");
    TAP_OK(heap_aligned(16u << 20, 4096) == NULL, "too large");
}

static void heap_resizes(void) {
    void *block = take(LARGE - 1000);
    void *guard = take(SMALL);
    void *moved = heap_resize(block, LARGE - OVERHEAD);
    TAP_OK(moved != NULL && moved != block, "the largest block that can move moves");
    heap_free(guard);
    TAP_OK(heap_resize(moved, LARGE + 1000) == moved, "grows in place");
    TAP_OK(heap_resize(moved, LARGE / 2) == moved, "shrinks in place");
    TAP_OK(heap_resize(moved, 0) == NULL, "a size of 0 frees");
    TAP_OK(heap_resize(NULL, SIZE_MAX) == NULL, "too large");
}

static void heap_bad_pointers(void) {
    uint64_t bad = heap_now().bad_pointers;
    void *block = take(SMALL);
    heap_free(NULL);
    heap_free(&bad);
    heap_free(block);
    if (!GENRT_DEBUG) {
        heap_free(block);
        TAP_OK(heap_resize(&bad, 100) == NULL, "no block of ours");
        TAP_EQ(heap_now().bad_pointers - bad, 3, "counted");
    }
}

/* --- Full, and in pieces ------------------------------------------------------------------------ */

/* A block that leads to the one taken before. */
struct piece {
    struct piece *next;
};

static struct piece *pieces;

/* Takes up to `count` blocks of `size` bytes. */
static uint64_t pieces_take(uint64_t count, size_t size) {
    for (uint64_t i = 0; i < count; i++) {
        struct piece *piece = heap_alloc(size);
        if (piece == NULL) {
            return i;
        }
        piece->next = pieces;
        pieces = piece;
    }
    return count;
}

static void pieces_give(void) {
    while (pieces != NULL) {
        struct piece *next = pieces->next;
        heap_free(pieces);
        pieces = next;
    }
}

static void take_everything(void) {
    for (size_t size = BORDER; size > SMALL; size /= 2) {
        pieces_take(UINT64_MAX, size);
    }
    pieces_take(UINT64_MAX, SMALL);
}

static void heap_full(void) {
    uint64_t failures = heap_now().failures;
    take_everything();
    TAP_OK(heap_alloc(SMALL) == NULL, "nothing is left");
    TAP_OK(heap_now().failures > failures, "failures are counted");
    TAP_EQ(heap_now().memory.largest_free, 0, "nothing can be had");
    struct piece *one = pieces;
    pieces = one->next;
    heap_free(one);
    TAP_EQ(heap_now().memory.largest_free, SMALL, "but the least block");
    pieces_give();
}

/* Every other block is free. */
static void heap_pieces(void) {
    uint64_t count = TLSF_CHECK_BLOCKS_MAX - heap_now().memory.blocks - 1;
    TAP_EQ(pieces_take(count, SMALL), count, "as many blocks as a check follows");
    for (struct piece *piece = pieces; piece != NULL && piece->next != NULL; piece = piece->next) {
        struct piece *every_other = piece->next;
        piece->next = every_other->next;
        heap_free(every_other);
    }
    TAP_OK(heap_check(), "the heap is whole");
    pieces_give();
    TAP_OK(heap_check(), "and in one piece again");
}

/* --- As many regions as there can be, all full but the last one --------------------------------- */

static void heap_regions(void) {
    for (unsigned i = 1; i < HEAP_GROWTHS; i++) {
        TAP_REQUIRE(heap_grow(CONFIG_HEAP_SIZE) == STATUS_OK, "it grows");
    }
    take_everything();
    TAP_EQ(heap_grow(CONFIG_HEAP_SIZE), STATUS_OK, "for the last time");
    TAP_EQ(heap_grow(CONFIG_HEAP_SIZE), STATUS_FULL, "once more is too often");
    TAP_EQ(heap_grow(CONFIG_HEAP_SIZE + 1), STATUS_OUT_OF_RANGE, "not by more");
    TAP_EQ(heap_grow(0), STATUS_INVALID_ARGUMENT, "nor by nothing");
    heap_between_free(); /* in the last region */
    TAP_EQ(heap_shrink(), CONFIG_HEAP_SIZE, "it goes");
    pieces_give();
    TAP_EQ(heap_shrink(), (HEAP_GROWTHS - 1) * (uint64_t)CONFIG_HEAP_SIZE, "all go");
    TAP_EQ(heap_grow(1), STATUS_OK, "a small one, alone in its list");
    TAP_EQ(heap_shrink(), HEAP_GROWTH_MIN, "goes");
}

/* From one region to another, as much as a block can have. */
static void heap_moves(void) {
    take_everything();
    TAP_REQUIRE(heap_grow(CONFIG_HEAP_SIZE) == STATUS_OK &&
                    heap_grow(CONFIG_HEAP_SIZE) == STATUS_OK,
                "two regions");
    void *block = take(LARGEST - 1000);
    void *guard = take(SMALL);
    void *moved = heap_resize(block, LARGEST - OVERHEAD);
    TAP_OK(moved != NULL && moved != block, "the largest block there can be moves");
    heap_free(moved);
    heap_free(guard);
    pieces_give();
    TAP_EQ(heap_shrink(), 2 * (uint64_t)CONFIG_HEAP_SIZE, "both go");
}

static const struct scenario heap_scenarios[] = {
    {"heap_first_of_class", heap_first_of_class},
    {"heap_between_free", heap_between_free},
    {"heap_gap", heap_gap},
    {"heap_resizes", heap_resizes},
    {"heap_bad_pointers", heap_bad_pointers},
    {"heap_full", heap_full},
    {"heap_pieces", heap_pieces},
    {"heap_regions", heap_regions},
    {"heap_moves", heap_moves},
};
SCENARIO_ROOM(heap);
