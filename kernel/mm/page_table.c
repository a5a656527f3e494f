/* SPDX-License-Identifier: MIT */
/* The walk, and the masked steps built on it. See page_table.h. */
#include "kernel/mm/page_table.h"

#include "arch/cpu.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/direct_map.h"
#include "lib/assert.h"
#include "lib/bound.h"

/* The entries that lead to an address, from the root down to the first that is not a table. */
struct path {
    pte_t *slot[PAGE_TABLE_LEVELS];
    unsigned level; /* of the last slot */
};

static pte_t *table_pointer(paddr_t table) {
    return phys_to_virt(table);
}

static unsigned table_index(vaddr_t address, unsigned level) {
    return (unsigned)(address.value >> page_table_shift(level)) % PAGE_TABLE_ENTRIES;
}

/* Descends to `level` at most; returns the last entry. O(1): four levels. */
static pte_t path_walk_irq(paddr_t root, vaddr_t address, unsigned level,
                           struct path *path) IRQ_MASKED {
    paddr_t table = root;
    BOUND_LOOP(walk, PAGE_TABLE_LEVELS);
    for (unsigned i = 0;; i++) {
        BOUND_TURN(walk);
        path->slot[i] = table_pointer(table) + table_index(address, i);
        path->level = i;
        const pte_t pte = arch_pte_read(path->slot[i]);
        if (i == level || !arch_pte_is_table(pte, i)) {
            return pte;
        }
        table = arch_pte_address(pte);
    }
}

/* The table of the last slot has `more` more valid entries (or fewer: below 0). The root's are not
 * counted. O(1) */
static void path_count_irq(const struct path *path, int more) IRQ_MASKED {
    if (path->level > 0) {
        pte_t *slot = path->slot[path->level - 1];
        const pte_t pte = arch_pte_read(slot);
        const unsigned used = (unsigned)((int)arch_pte_used(pte) + more); /* 0..512 */
        arch_pte_note(slot, arch_pte_table(arch_pte_address(pte), used));
    }
}

/* A new valid entry in the last slot. O(1) */
static void path_make_irq(const struct path *path, pte_t pte) IRQ_MASKED {
    arch_pte_make(path->slot[path->level], pte);
    path_count_irq(path, 1);
}

/* ... and one less. O(1) */
static void path_break_irq(const struct path *path, vaddr_t address) IRQ_MASKED {
    arch_pte_break(path->slot[path->level], address);
    path_count_irq(path, -1);
}

/* Breaks the last slot, then each table that is empty by that.
 * O(1): three levels below the root. */
static void path_prune_irq(struct path *path, vaddr_t address,
                           struct page_table_spares *freed) IRQ_MASKED {
    path_break_irq(path, address);
    BOUND_LOOP(prune, PAGE_TABLE_LAST_LEVEL);
    while (path->level > 0) {
        BOUND_TURN(prune);
        path->level--;
        const pte_t pte = arch_pte_read(path->slot[path->level]);
        if (arch_pte_used(pte) != 0) {
            return;
        }
        path_break_irq(path, address);
        freed->frame[freed->count++] = arch_pte_address(pte);
    }
}

status_t page_table_frame(const struct page_table *table, paddr_t *frame) {
    const status_t status = frame_alloc(frame);
    if (status != STATUS_OK) {
        return STATUS_NO_MEMORY;
    }
    const uint64_t offset = frame->value - table->reach.start.value;
    if (offset >= table->reach.size) { /* below `reach` it wraps to a large one */
        check(frame_free(*frame) == STATUS_OK);
        return STATUS_NO_MEMORY;
    }
    __builtin_memset(phys_to_virt(*frame), 0, PAGE_SIZE);
    return STATUS_OK;
}

void page_table_spares_free(struct page_table_spares *spares) {
    BOUND_LOOP(spares_freed, PAGE_TABLE_LAST_LEVEL);
    while (spares->count > 0) {
        BOUND_TURN(spares_freed);
        check(frame_free(spares->frame[--spares->count]) == STATUS_OK);
    }
}

/* Brings the spares to `count`, at most 3. What it got is kept when there is no more. */
static status_t spares_fill(const struct page_table *table, struct page_table_spares *spares,
                            unsigned count) {
    BOUND_LOOP(spares_filled, PAGE_TABLE_LAST_LEVEL);
    while (spares->count < count) {
        BOUND_TURN(spares_filled);
        const status_t status = page_table_frame(table, &spares->frame[spares->count]);
        if (status != STATUS_OK) {
            return status;
        }
        spares->count++;
    }
    return STATUS_OK;
}

/* Maps if the spares suffice, and then answers 0, else answers how many tables are missing and
 * changes nothing. O(1) */
static unsigned map_step_irq(const struct page_table *table, vaddr_t address, unsigned level,
                             pte_t leaf, struct page_table_spares *spares,
                             status_t *status) IRQ_MASKED {
    struct path path;
    const pte_t found = path_walk_irq(table->root, address, level, &path);
    *status = STATUS_OK;
    if (arch_pte_is_valid(found)) {
        *status = STATUS_OVERLAP;
        return 0;
    }
    const unsigned missing = level - path.level;
    if (missing > spares->count) {
        return missing;
    }
    BOUND_LOOP(tables_made, PAGE_TABLE_LAST_LEVEL);
    while (path.level < level) {
        BOUND_TURN(tables_made);
        const paddr_t next = spares->frame[--spares->count];
        path_make_irq(&path, arch_pte_table(next, 0));
        path.level++;
        path.slot[path.level] = table_pointer(next) + table_index(address, path.level);
    }
    path_make_irq(&path, leaf);
    return 0;
}

status_t page_table_map(const struct page_table *table, vaddr_t address, unsigned level, pte_t leaf,
                        struct page_table_spares *spares) {
    BOUND_LOOP(tries, PAGE_TABLE_LAST_LEVEL + 1); /* each asks for more spares than the last */
    for (;;) {
        BOUND_TURN(tries);
        status_t status;
        const uint64_t saved = arch_irq_save();
        const unsigned missing = map_step_irq(table, address, level, leaf, spares, &status);
        arch_irq_restore(saved);
        if (missing == 0) {
            return status;
        }
        status = spares_fill(table, spares, missing);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

/* The path to the 4 KiB page at `address`. O(1) */
static status_t page_path_irq(const struct page_table *table, vaddr_t address,
                              struct path *path) IRQ_MASKED {
    const pte_t pte = path_walk_irq(table->root, address, PAGE_TABLE_LAST_LEVEL, path);
    if (!arch_pte_is_valid(pte)) {
        return STATUS_NOT_MAPPED;
    }
    return path->level == PAGE_TABLE_LAST_LEVEL ? STATUS_OK : STATUS_UNSUPPORTED;
}

status_t page_table_unmap(const struct page_table *table, vaddr_t address) {
    struct page_table_spares freed = {.count = 0};
    struct path path;
    const uint64_t saved = arch_irq_save();
    const status_t status = page_path_irq(table, address, &path);
    if (status == STATUS_OK) {
        path_prune_irq(&path, address, &freed);
    }
    arch_irq_restore(saved);
    page_table_spares_free(&freed);
    return status;
}

status_t page_table_change(const struct page_table *table, vaddr_t address, pte_t leaf) {
    struct path path;
    const uint64_t saved = arch_irq_save();
    const status_t status = page_path_irq(table, address, &path);
    if (status == STATUS_OK) {
        arch_pte_change(path.slot[path.level], leaf, address);
    }
    arch_irq_restore(saved);
    return status;
}

status_t page_table_lookup(const struct page_table *table, vaddr_t address, pte_t *leaf,
                           unsigned *level) {
    struct path path;
    const uint64_t saved = arch_irq_save();
    const pte_t pte = path_walk_irq(table->root, address, PAGE_TABLE_LAST_LEVEL, &path);
    arch_irq_restore(saved);
    *leaf = pte;
    *level = path.level;
    return arch_pte_is_leaf(pte, path.level) ? STATUS_OK : STATUS_NOT_MAPPED;
}
