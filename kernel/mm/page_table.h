/* SPDX-License-Identifier: MIT */
/*
 * A tree of translation tables, and the few steps by which it changes. Each step handles one page
 * with interrupts masked: one walk of at most four levels, so the masked time is the same for a
 * region of any size. What a step needs from the frame allocator is brought before, and what it
 * frees is given back after, unmasked.
 *
 * Two invariants hold between steps: no table but the root is empty, and the count in each
 * table entry is the number of valid entries of its table. So a request undone gives back every
 * frame it took.
 *
 *     root    level 0            1                2                3
 *      -----> [ 512 GiB ] ----> [ 1 GiB ] -----> [ 2 MiB ] -----> [ 4 KiB ]
 *                               leaf: block      leaf: block      leaf: page
 */
#ifndef KERNEL_MM_PAGE_TABLE_H
#define KERNEL_MM_PAGE_TABLE_H

#include "arch/mmu.h"
#include "lib/context.h"
#include "lib/status.h"

struct page_table {
    paddr_t root;
    /* Where new tables may lie: the part of RAM that pointers reach now. */
    struct phys_range reach;
};

/* Zeroed frames on their way into a tree, or frames on their way out. The most one step can need or
 * free is a table for each level below the root. */
struct page_table_spares {
    paddr_t frame[PAGE_TABLE_LEVELS - 1];
    unsigned count;
};

/* Address bits below the index of `level`: 39, 30, 21, 12. O(1), any context. */
static inline unsigned page_table_shift(unsigned level) {
    return PAGE_SHIFT + 9u * (PAGE_TABLE_LAST_LEVEL - level);
}

/* Bytes that one entry of `level` maps: 1 GiB, 2 MiB or 4 KiB for 1, 2, 3. O(1), any context. */
static inline uint64_t page_table_span(unsigned level) {
    return UINT64_C(1) << page_table_shift(level);
}

/* A zeroed frame that `reach` covers. NO_MEMORY: none. Thread context or boot;
 * O(1) plus zeroing 4 KiB. */
MUST_USE status_t page_table_frame(const struct page_table *table, paddr_t *frame);

/* Gives all spares back to the frame allocator. Thread context or boot. O(1). */
void page_table_spares_free(struct page_table_spares *spares);

/* Puts `leaf` at `address`, whose alignment is that of `level`. Tables that are missing come from
 * `spares` first, which keeps what is left over for the next page. OVERLAP: something is mapped
 * there; NO_MEMORY: no frame for a table. On either the tree is as before. Thread context or boot.
 * O(1) masked. */
MUST_USE status_t page_table_map(const struct page_table *table, vaddr_t address, unsigned level,
                                 pte_t leaf, struct page_table_spares *spares);

/* Takes the 4 KiB page at `address` out, with each table that this leaves empty, whose frames are
 * freed. NOT_MAPPED: no page there; UNSUPPORTED: a block. Thread context or boot. O(1) masked. */
MUST_USE status_t page_table_unmap(const struct page_table *table, vaddr_t address);

/* Replaces the leaf of the 4 KiB page at `address` by one with other rights, same page and memory
 * type. Errors as unmap. Any context. O(1) masked. */
MUST_USE status_t page_table_change(const struct page_table *table, vaddr_t address, pte_t leaf);

/* The leaf that maps `address`, and its level. NOT_MAPPED: none. Any context. O(1) masked. */
MUST_USE status_t page_table_lookup(const struct page_table *table, vaddr_t address, pte_t *leaf,
                                    unsigned *level);

/* --- Going through a whole tree, in order of addresses. While nobody else changes it: at boot, in
 * tests. */

enum page_table_event {
    PAGE_TABLE_LEAF,  /* a page or a block */
    PAGE_TABLE_TABLE, /* an entry that names a table; entered only by page_table_enter */
    PAGE_TABLE_BAD,   /* valid, but neither */
    PAGE_TABLE_LEAVE, /* the end of a table below the root: `pte` is the entry that names it */
    PAGE_TABLE_END,   /* the end of the root */
};

struct page_table_cursor {
    paddr_t table[PAGE_TABLE_LEVELS];
    pte_t entry[PAGE_TABLE_LEVELS]; /* what names the table of each level */
    unsigned next[PAGE_TABLE_LEVELS];
    unsigned valid[PAGE_TABLE_LEVELS];   /* entries seen valid */
    uint64_t address[PAGE_TABLE_LEVELS]; /* first address that the table of each level serves */
    unsigned level;
};

struct page_table_visit {
    vaddr_t address; /* the first that the entry or the table serves */
    pte_t pte;
    unsigned level; /* of the table that the entry is in */
    unsigned valid; /* LEAVE: valid entries of the table that ends */
};

/* `first`: the lowest address that the tree serves. O(1). */
void page_table_cursor_init(struct page_table_cursor *cursor, paddr_t root, vaddr_t first);

/* The next event. At most 512 entries are looked at. */
enum page_table_event page_table_cursor_next(struct page_table_cursor *cursor,
                                             struct page_table_visit *visit);

/* Goes on inside the table that the last event, PAGE_TABLE_TABLE, named. O(1). */
void page_table_enter(struct page_table_cursor *cursor, const struct page_table_visit *visit);

/* Tables of the largest tree that is ever destroyed: one that kernel_vm_build() has not finished.
 * It has two of each level below the root for each range of RAM and each device, and a few more. */
#define PAGE_TABLE_DESTROY_MAX 512

/* Frees all tables, the root too. What was mapped stays its owner's. The tree is not live. */
void page_table_destroy(paddr_t root);

#endif
