/* SPDX-License-Identifier: MIT */
/* Operations: the heap, frames, and the kernel's mappings. */
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_vm.h"
#include "tests/sweep/cast.h"

/* Apart from the stacks, and from what the actions map: its tables are made and taken down. */
#define AREA (KERNEL_AREA_BASE + (UINT64_C(2) << 40))

static void *block;
static void *neighbours[2];
static paddr_t frame;
static uint64_t frame_count; /* held at `frame` */
static uint64_t mapped;      /* bytes at AREA */

static void holds_nothing(void) {
    block = NULL;
    neighbours[0] = NULL;
    neighbours[1] = NULL;
    frame_count = 0;
    mapped = 0;
}

static void holds_block(void) {
    holds_nothing();
    block = heap_alloc(64);
    neighbours[0] = heap_alloc(64);
}

/* Free blocks on both sides: freeing it merges three. */
static void holds_block_between(void) {
    holds_nothing();
    void *before = heap_alloc(64);
    block = heap_alloc(64);
    void *behind = heap_alloc(64);
    neighbours[0] = heap_alloc(64);
    heap_free(before);
    heap_free(behind);
}

static void holds_last_block(void) {
    holds_nothing();
    block = heap_alloc(64);
}

static void holds_frame(void) {
    holds_nothing();
    frame_count = frame_alloc(&frame) == STATUS_OK;
}

static void holds_frames(void) {
    holds_nothing();
    frame_count = frame_alloc_contiguous(3, PAGE_SIZE, &frame) == STATUS_OK ? 3 : 0;
}

static void maps(uint64_t pages) {
    status_t status = map_kernel_region(vaddr(AREA), frame, pages * PAGE_SIZE, KERNEL_READ_WRITE);
    mapped = status == STATUS_OK ? pages * PAGE_SIZE : 0;
    fact_set(FACT_SUBJECT, status);
}

static void holds_mapping(void) {
    holds_frames();
    maps(2);
}

static void cleans(void) {
    heap_free(block);
    heap_free(neighbours[0]);
    heap_free(neighbours[1]);
    if (mapped != 0) {
        (void)!unmap_kernel_region(vaddr(AREA), mapped);
    }
    if (frame_count != 0) {
        (void)!frame_free_contiguous(frame, frame_count);
    }
    holds_nothing();
}

static void alloc(void) {
    block = heap_alloc(100);
    fact_set(FACT_SUBJECT, block != NULL);
}

static void alloc_fails(void) {
    block = heap_alloc(UINT64_C(1) << 40);
    fact_set(FACT_SUBJECT, block != NULL);
}

static void aligned(void) {
    block = heap_aligned(100, 4096);
    fact_set(FACT_SUBJECT, (uintptr_t)block % 4096 == 0);
}

static void free(void) {
    void *given = block;
    block = NULL;
    heap_free(given);
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void resize(size_t size) {
    void *moved = heap_resize(block, size);
    if (moved != NULL) {
        block = moved;
    }
    fact_set(FACT_SUBJECT, moved != NULL);
}

static void resize_in_place(void) {
    resize(600);
}

static void resize_moves(void) {
    *(volatile uint64_t *)block = 77;
    resize(600);
    fact_set(FACT_VALUE, (int32_t) * (volatile uint64_t *)block);
}

static void resize_shrinks(void) {
    resize(20);
}

static void grows(void) {
    fact_set(FACT_SUBJECT, heap_grow(1));
}

static void holds_region(void) {
    holds_nothing();
    check(heap_grow(1) == STATUS_OK);
}

static void shrinks(void) {
    fact_set(FACT_SUBJECT, heap_shrink() == HEAP_GROWTH_MIN);
}

static void statistics(void) {
    struct heap_stats heap;
    struct frame_statistics frames;
    heap_stats(&heap);
    frame_statistics_read(&frames);
    fact_set(FACT_SUBJECT, heap.memory.used + heap.memory.free == heap.memory.capacity);
}

static void take_frame(void) {
    status_t status = frame_alloc(&frame);
    frame_count = status == STATUS_OK;
    fact_set(FACT_SUBJECT, status);
}

static void take_frames(void) {
    status_t status = frame_alloc_contiguous(3, PAGE_SIZE, &frame);
    frame_count = status == STATUS_OK ? 3 : 0;
    fact_set(FACT_SUBJECT, status);
}

static void give_frames(void) {
    uint64_t count = frame_count;
    frame_count = 0;
    fact_set(FACT_SUBJECT, count == 1 ? frame_free(frame) : frame_free_contiguous(frame, count));
}

static void map_page(void) {
    maps(1);
}

static void map_pages(void) {
    maps(3);
}

static void map_again(void) {
    fact_set(FACT_SUBJECT,
             map_kernel_region(vaddr(AREA - PAGE_SIZE), frame, 2 * PAGE_SIZE, KERNEL_READ_WRITE));
}

static void unmap(void) {
    uint64_t size = mapped;
    mapped = 0;
    fact_set(FACT_SUBJECT, unmap_kernel_region(vaddr(AREA), size));
}

static void protect(void) {
    fact_set(FACT_SUBJECT, protect_kernel_region(vaddr(AREA), mapped, KERNEL_READ_ONLY));
}

static void translate(void) {
    paddr_t there;
    fact_set(FACT_SUBJECT, translate_kernel_va(vaddr(AREA), &there));
    fact_set(FACT_VALUE, there.value == frame.value);
}

#define HELD (OP_MEMORY | OP_OWNS)

static const struct op memory_table[] = {
    {"heap_alloc", "memory", holds_nothing, NULL, alloc, NULL, cleans, HELD},
    {"heap_alloc_fails", "memory", holds_nothing, NULL, alloc_fails, NULL, cleans, HELD},
    {"heap_aligned", "memory", holds_nothing, NULL, aligned, NULL, cleans, HELD},
    {"heap_free", "memory", holds_block, NULL, free, NULL, cleans, HELD},
    {"heap_free_between", "memory", holds_block_between, NULL, free, NULL, cleans, HELD},
    {"heap_resize_place", "memory", holds_last_block, NULL, resize_in_place, NULL, cleans, HELD},
    {"heap_resize_moves", "memory", holds_block, NULL, resize_moves, NULL, cleans, HELD | OP_LOOSE},
    {"heap_resize_less", "memory", holds_block, NULL, resize_shrinks, NULL, cleans, HELD},
    {"heap_grow", "memory", holds_nothing, NULL, grows, NULL, cleans, HELD | OP_LOOSE},
    {"heap_shrink", "memory", holds_region, NULL, shrinks, NULL, cleans, HELD | OP_LOOSE},
    {"statistics", "memory", holds_nothing, NULL, statistics, NULL, cleans, HELD},
    {"frame_alloc", "memory", holds_nothing, NULL, take_frame, NULL, cleans, HELD},
    {"frame_free", "memory", holds_frame, NULL, give_frames, NULL, cleans, HELD},
    {"frame_contiguous", "memory", holds_nothing, NULL, take_frames, NULL, cleans, HELD},
    {"frame_contiguous_free", "memory", holds_frames, NULL, give_frames, NULL, cleans, HELD},
    {"map_page", "memory", holds_frames, NULL, map_page, NULL, cleans, HELD | OP_LOOSE},
    {"map_pages", "memory", holds_frames, NULL, map_pages, NULL, cleans, HELD | OP_LOOSE},
    {"map_overlapping", "memory", holds_mapping, NULL, map_again, NULL, cleans, HELD | OP_LOOSE},
    {"unmap", "memory", holds_mapping, NULL, unmap, NULL, cleans, HELD | OP_LOOSE},
    {"protect", "memory", holds_mapping, NULL, protect, NULL, cleans, HELD | OP_LOOSE},
    {"translate", "memory", holds_mapping, NULL, translate, NULL, cleans, HELD},
};
OP_TABLE(memory);
