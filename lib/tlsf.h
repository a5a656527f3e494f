/* SPDX-License-Identifier: MIT */
/*
 * Two-level segregated fit: memory of any size in constant time, with little waste.
 *
 * Free blocks hang in lists by size class: 16 classes for each power of two, so a class spans at
 * most a sixteenth of its size. A request takes from the first non-empty class in which every block
 * is large enough, found in a bitmap; what is left over returns to its class. A freed block merges
 * with free neighbours at once. Nothing is searched, so nothing depends on how many blocks there
 * are or how they lie.
 *
 * The control structure lives in the caller's storage, the blocks in regions that the caller adds.
 * The caller serialises. Sizes are in bytes; every block costs 8 bytes more, rounded up to 16, and
 * at least 32. Method: M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic memory
 * allocator for real-time systems", ECRTS 2004. All functions are O(1) unless they say otherwise.
 */
#ifndef LIB_TLSF_H
#define LIB_TLSF_H

#include "lib/status.h"

#define TLSF_REGIONS_MAX   8
#define TLSF_ALIGNMENT     16 /* of every block */
#define TLSF_ALIGNMENT_MAX (UINT64_C(64) << 10)
#define TLSF_REGION_MAX    (UINT64_C(0xffffffff) & ~UINT64_C(15)) /* bytes */

/* Of 64 classes each: 16 below 256 bytes, 16 for each of the 24 powers of two above. */
#define TLSF_MAP_WORDS 7

/* Blocks of all regions that tlsf_check() follows. */
#define TLSF_CHECK_BLOCKS_MAX (1u << 16)

struct tlsf_block;

struct tlsf_region {
    uintptr_t first;   /* address of the first block's memory */
    uint64_t granules; /* 16 bytes each */
};

struct tlsf {
    uint64_t usage;                              /* what is handed out: granules << 32 | blocks */
    uint64_t peak;                               /* the greatest usage so far */
    struct tlsf_region region[TLSF_REGIONS_MAX]; /* unused ones hold nothing */
    /* A bit for each class, set when it has blocks; lower classes in lower words and higher bits.
     * The word after the last is never 0 and leads to a list that is always empty, so a search
     * always ends. */
    uint64_t map[TLSF_MAP_WORDS + 1];
    struct tlsf_block *head[(TLSF_MAP_WORDS + 1) * 64];
};

struct tlsf_stats {
    uint64_t capacity; /* bytes of all regions that can be handed out, block overhead included */
    uint64_t used;     /* of these handed out now */
    uint64_t free;     /* the others */
    uint64_t peak;     /* most ever used */
    uint64_t largest_free; /* a request of up to so many bytes succeeds now (a larger one may) */
    uint64_t blocks;       /* handed out now */
};

/* Prepares `tlsf` without memory. */
void tlsf_init(struct tlsf *tlsf);

/* Gives [start, start + size) to `tlsf`; it may have any alignment. OUT_OF_RANGE: less
 * than 64 or more than TLSF_REGION_MAX bytes; OVERLAP: with a region added before; FULL:
 * TLSF_REGIONS_MAX were added. */
MUST_USE status_t tlsf_add_region(struct tlsf *tlsf, void *start, size_t size);

/* Takes region `number`, the n-th of `region`, back if no block of it is handed out, and tells where
 * it is, whole granules of it. The first region stays. OUT_OF_RANGE: no such number; NOT_FOUND:
 * there is none now; BUSY: some block of it is handed out. */
MUST_USE status_t tlsf_remove_region(struct tlsf *tlsf, unsigned number, void **start,
                                     size_t *size);

/* `size` bytes aligned to 16, or NULL when there is no such block or `size` is 0. */
MUST_USE void *tlsf_alloc(struct tlsf *tlsf, size_t size);

/* The same, aligned to `alignment`: a power of two up to TLSF_ALIGNMENT_MAX, else NULL. */
MUST_USE void *tlsf_alloc_aligned(struct tlsf *tlsf, size_t alignment, size_t size);

/* Gives a block back; NULL is none. DOUBLE_FREE: it is free already; FOREIGN: not a block of
 * `tlsf`. Both are told from the block's header, in every build, until its memory is used again;
 * nothing is changed then. */
MUST_USE status_t tlsf_free(struct tlsf *tlsf, void *pointer);

/* Makes the block at `pointer` `size` bytes long where it is. NO_MEMORY: it would have to move;
 * INVALID_ARGUMENT: a size of 0; DOUBLE_FREE, FOREIGN: as above. The block is unchanged then. */
MUST_USE status_t tlsf_resize_in_place(struct tlsf *tlsf, void *pointer, size_t size);

/* Makes the block `size` bytes long, moving it (to an alignment of 16) if it must. NULL
 * when that fails, and then the old block stays. A `pointer` of NULL allocates; a `size`
 * of 0 frees and answers NULL. O(1), and O(size) to copy what moves: with interrupts
 * masked use tlsf_resize_in_place(). */
MUST_USE void *tlsf_resize(struct tlsf *tlsf, void *pointer, size_t size);

/* The bytes that the block at `pointer`, which is handed out, really has:
 * at least those asked for. */
size_t tlsf_usable_size(const void *pointer);

void tlsf_stats(const struct tlsf *tlsf, struct tlsf_stats *stats);

/* True when every block, list, bit and count agrees with every other, and there are no more than
 * TLSF_CHECK_BLOCKS_MAX blocks. For tests. O(blocks). */
bool tlsf_check(const struct tlsf *tlsf);

#endif
