/* SPDX-License-Identifier: MIT */
/*
 * The kernel's heap: memory of any size, for what is created and destroyed at run time. Two-level
 * segregated fit (lib/tlsf.h) over one range of frames taken at boot, and more that threads add and
 * give back, with interrupts masked for each operation, all of which are O(1). Creating may fail with an answer; nothing that must not
 * fail allocates.
 *
 * Who may call: threads, and the boot until heap_seal_boot(). Calling from an interrupt or any
 * other door stops a debug build: what runs there has its memory reserved beforehand.
 *
 * A pointer that is not a live block (freed twice, or never from here) is a bug of the caller
 * that was caught before it changed anything. A debug build stops; a release build leaves the
 * heap as it is, counts it in `bad_pointers` and goes on, because the heap is still whole and so
 * are all other threads.
 */
#ifndef KERNEL_MM_HEAP_H
#define KERNEL_MM_HEAP_H

#include "lib/allocator.h"
#include "lib/context.h"
#include "lib/status.h"
#include "lib/tlsf.h"

#define HEAP_SIZE_MIN (UINT64_C(1) << 20)

/* Regions that can be added to the first one, and the least bytes of one. */
#define HEAP_GROWTHS    (TLSF_REGIONS_MAX - 1)
#define HEAP_GROWTH_MIN (UINT64_C(64) << 10)

struct heap_stats {
    struct tlsf_stats memory;
    uint64_t size;         /* bytes taken at heap_init */
    uint64_t failures;     /* requests answered with NULL */
    uint64_t bad_pointers; /* not a live block: ignored */
};

/* Takes CONFIG_HEAP_SIZE bytes of frames in a row, or the largest half, quarter, ... of it that
 * there is, not below HEAP_SIZE_MIN; heap_size() tells which. NO_MEMORY: not even that; BUSY: done
 * already. Boot, runtime tables live. */
MUST_USE status_t heap_init(void);

/* Bytes that heap_init took: CONFIG_HEAP_SIZE, or less on a small machine; 0 before.
 * O(1), any context. */
uint64_t heap_size(void);

/* From now on only threads may call. Boot, once, before the first thread runs. O(1). */
void heap_seal_boot(void);

/* `size` bytes aligned to 16, or NULL when there are none or `size` is 0.
 * Contents are anything. O(1). */
MUST_USE void *heap_alloc(size_t size) IRQ_UNMASKED;

/* The same, aligned to `alignment`: a power of two up to TLSF_ALIGNMENT_MAX, else NULL. O(1). */
MUST_USE void *heap_aligned(size_t size, size_t alignment) IRQ_UNMASKED;

/* Gives a block back; NULL is none. O(1). */
void heap_free(void *block) IRQ_UNMASKED;

/* Makes the block `size` bytes long, moving it (to an alignment of 16) if it must: the place, or
 * NULL, and then the old block stays. A `block` of NULL is a new one; a `size` of 0 frees and
 * answers NULL. O(1) masked, O(size) unmasked to copy what moves. */
MUST_USE void *heap_resize(void *block, size_t size) IRQ_UNMASKED;

/* Adds a region of `bytes` or a little more, taken from the frames: a request that found nothing may
 * find something then, and one of n bytes is sure to if these are n + n / 16 + 64. Nothing grows by
 * itself, so that every request stays O(1). INVALID_ARGUMENT: 0. OUT_OF_RANGE: more than CONFIG_HEAP_SIZE. FULL: HEAP_GROWTHS regions were
 * added. NO_MEMORY, BUSY: as frame_alloc_contiguous() says. Unmasked: linear in the number of
 * frames; masked: O(1). */
MUST_USE status_t heap_grow(uint64_t bytes) IRQ_UNMASKED;

/* Gives every added region back to the frames in which no block is handed out, and tells how many
 * bytes that were. Masked: O(1) for each. */
uint64_t heap_shrink(void) IRQ_UNMASKED;

/* Any thread, or boot. O(1). */
void heap_stats(struct heap_stats *stats) IRQ_UNMASKED;

/* Whether every block, list and count agrees with every other. For tests: O(blocks), not masked, so
 * while nobody else uses the heap. */
bool heap_check(void) IRQ_UNMASKED;

/* The heap for containers that grow: heap_resize. */
extern struct allocator heap_allocator;

#endif
