/* SPDX-License-Identifier: MIT */
/*
 * More memory for the heap, and back again: by a thread that says so, never by a request, which would
 * cost a search for frames then. Frames are taken and given back unmasked; the heap only learns of a
 * region, or forgets one in which nothing is handed out, with interrupts masked and in O(1).
 */
#include "arch/cpu.h"
#include "config.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/heap_internal.h"
#include "lib/assert.h"
#include "lib/bound.h"

status_t heap_grow(uint64_t bytes) {
    if (bytes == 0) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (bytes > CONFIG_HEAP_SIZE) {
        return STATUS_OUT_OF_RANGE;
    }
    const uint64_t size = page_align_up(bytes < HEAP_GROWTH_MIN ? HEAP_GROWTH_MIN : bytes);
    paddr_t first;
    status_t status = frame_alloc_contiguous(size / PAGE_SIZE, PAGE_SIZE, &first);
    if (status != STATUS_OK) {
        return status;
    }
    arch_irq_mask();
    status = tlsf_add_region(&heap.tlsf, phys_to_virt(first), size);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        check(frame_free_contiguous(first, size / PAGE_SIZE) == STATUS_OK);
    }
    return status;
}

/* Bytes of region `number` that went back; 0: it is not there, or in use. */
static uint64_t region_give_back(unsigned number) IRQ_UNMASKED {
    void *start = NULL;
    size_t size = 0;
    paddr_t first;
    arch_irq_mask();
    status_t status = tlsf_remove_region(&heap.tlsf, number, &start, &size);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        return 0;
    }
    check(virt_to_phys_direct(start, &first) == STATUS_OK &&
          frame_free_contiguous(first, size / PAGE_SIZE) == STATUS_OK);
    return size;
}

uint64_t heap_shrink(void) {
    uint64_t bytes = 0;
    BOUND_LOOP(regions, HEAP_GROWTHS);
    for (unsigned number = 1; number <= HEAP_GROWTHS; number++) {
        BOUND_TURN(regions);
        bytes += region_give_back(number);
    }
    return bytes;
}
