/* SPDX-License-Identifier: MIT */
/*
 * Around lib/tlsf: context, mask, and what to do about errors. The common paths are tlsf's inline
 * ones in functions that call nothing, because the calls would cost a quarter of the whole.
 */
#include "kernel/mm/heap.h"

#include "arch/cpu.h"
#include "config.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap_internal.h"
#include "kernel/mm/region.h"
#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/string.h"
#include "lib/tlsf_inline.h"

_Static_assert(CONFIG_HEAP_SIZE % PAGE_SIZE == 0 && CONFIG_HEAP_SIZE >= HEAP_SIZE_MIN, "config.h");

#define COPY_MAX 4096 /* bytes: no single copy in the kernel is longer */

struct heap heap;

/* A door runs on the kernel stack, and so does the boot. */
static inline void assert_context(void) {
    assert(heap.size != 0);
    assert(!arch_in_kernel() || !heap.sealed);
}

/* Out of the common path: a request that failed. Ends the masking that it was made with. */
static NOINLINE void *request_failed(uint64_t saved) UNMASKS_IRQ {
    heap.failures++;
    arch_irq_restore(saved);
    return NULL;
}

/* Out of the common path: `status` says why `block` is not one. */
static NOINLINE void bad_pointer(const void *block, status_t status) {
    if (GENRT_DEBUG) {
        panic("heap: %s of %p", status == STATUS_DOUBLE_FREE ? "second free" : "free", block);
    }
    const uint64_t saved = arch_irq_save();
    heap.bad_pointers++;
    arch_irq_restore(saved);
}

/* Out of the common path: a free block is before it, or it is not one. Ends the masking that it was
 * made with. */
static NOINLINE void free_otherwise(void *block, uint64_t saved) UNMASKS_IRQ {
    const status_t status = tlsf_free(&heap.tlsf, block);
    arch_irq_restore(saved);
    if (status != STATUS_OK) {
        bad_pointer(block, status);
    }
}

status_t heap_init(void) {
    if (heap.size != 0) {
        return STATUS_BUSY;
    }
    BOUND_LOOP(sizes, 64 - __builtin_clzll(CONFIG_HEAP_SIZE / HEAP_SIZE_MIN));
    for (uint64_t size = CONFIG_HEAP_SIZE; size >= HEAP_SIZE_MIN; size /= 2) {
        BOUND_TURN(sizes);
        paddr_t first;
        if (frame_alloc_contiguous(page_align_up(size) / PAGE_SIZE, PAGE_SIZE, &first) !=
            STATUS_OK) {
            continue;
        }
        tlsf_init(&heap.tlsf);
        const status_t status = tlsf_add_region(&heap.tlsf, phys_to_virt(first), size);
        check(status == STATUS_OK); /* the first region, of a legal size */
        heap.size = size;
        return region_add("the heap", vaddr_of(phys_to_virt(first)), size, REGION_DATA);
    }
    return STATUS_NO_MEMORY;
}

uint64_t heap_size(void) {
    return heap.size;
}

void heap_seal_boot(void) {
    heap.sealed = true;
}

void *heap_alloc(size_t size) {
    assert_context();
    const uint64_t saved = arch_irq_save();
    void *block = tlsf_alloc_inline(&heap.tlsf, size);
    if (UNLIKELY(block == NULL)) {
        return request_failed(saved);
    }
    arch_irq_restore(saved);
    return block;
}

void *heap_aligned(size_t size, size_t alignment) {
    assert_context();
    const uint64_t saved = arch_irq_save();
    void *block = tlsf_alloc_aligned(&heap.tlsf, alignment, size);
    if (UNLIKELY(block == NULL)) {
        return request_failed(saved);
    }
    arch_irq_restore(saved);
    return block;
}

void heap_free(void *block) {
    assert_context();
    const uint64_t saved = arch_irq_save();
    if (UNLIKELY(!tlsf_free_inline(&heap.tlsf, block))) {
        free_otherwise(block, saved);
        return;
    }
    arch_irq_restore(saved);
}

/* Not masked: nobody else has either block. */
static void block_copy(uint8_t *to, const uint8_t *from, size_t size) IRQ_UNMASKED {
    BOUND_LOOP(chunks, CONFIG_HEAP_SIZE / COPY_MAX);
    for (size_t at = 0; at < size; at += COPY_MAX) {
        BOUND_TURN(chunks);
        memcpy(to + at, from + at, size - at < COPY_MAX ? size - at : COPY_MAX);
    }
}

/* A larger block elsewhere, with what is in the old one. */
static void *block_move(void *block, size_t size) IRQ_UNMASKED {
    void *moved = heap_alloc(size);
    if (moved != NULL) {
        block_copy(moved, block, tlsf_usable_size(block)); /* less than `size`, or it had fitted */
        heap_free(block);
    }
    return moved;
}

void *heap_resize(void *block, size_t size) {
    if (block == NULL) {
        return heap_alloc(size);
    }
    if (size == 0) {
        heap_free(block);
        return NULL;
    }
    assert_context();
    const uint64_t saved = arch_irq_save();
    const status_t status = tlsf_resize_in_place(&heap.tlsf, block, size);
    arch_irq_restore(saved);
    if (status == STATUS_OK) {
        return block;
    }
    if (status == STATUS_NO_MEMORY) {
        return block_move(block, size);
    }
    bad_pointer(block, status);
    return NULL;
}

void heap_stats(struct heap_stats *stats) {
    assert_context();
    const uint64_t saved = arch_irq_save();
    tlsf_stats(&heap.tlsf, &stats->memory);
    stats->size = heap.size;
    stats->failures = heap.failures;
    stats->bad_pointers = heap.bad_pointers;
    arch_irq_restore(saved);
}

bool heap_check(void) {
    return tlsf_check(&heap.tlsf);
}

/* heap_resize() as an allocator's function. Not static: a BOUND_CALLEE. */
void *heap_allocator_resize(struct allocator *self, void *block, size_t size);
void *heap_allocator_resize(struct allocator *self, void *block, size_t size) {
    (void)self;
    return heap_resize(block, size);
}

struct allocator heap_allocator = {.resize = heap_allocator_resize};
BOUND_CALLEE(allocator_resize, heap_allocator_resize);
