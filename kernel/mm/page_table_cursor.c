/* SPDX-License-Identifier: MIT */
/* Going through a whole tree without recursion: the place in each of the four levels is kept. */
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/page_table.h"
#include "lib/assert.h"
#include "lib/bound.h"

static void cursor_open(struct page_table_cursor *cursor, paddr_t table, pte_t entry,
                        uint64_t address) {
    cursor->table[cursor->level] = table;
    cursor->entry[cursor->level] = entry;
    cursor->next[cursor->level] = 0;
    cursor->valid[cursor->level] = 0;
    cursor->address[cursor->level] = address;
}

void page_table_cursor_init(struct page_table_cursor *cursor, paddr_t root, vaddr_t first) {
    cursor->level = 0;
    cursor_open(cursor, root, 0, first.value);
}

void page_table_enter(struct page_table_cursor *cursor, const struct page_table_visit *visit) {
    check(cursor->level < PAGE_TABLE_LAST_LEVEL);
    cursor->level++;
    cursor_open(cursor, arch_pte_address(visit->pte), visit->pte, visit->address.value);
}

static enum page_table_event cursor_leave(struct page_table_cursor *cursor,
                                          struct page_table_visit *visit) {
    const unsigned level = cursor->level;
    if (level == 0) {
        return PAGE_TABLE_END;
    }
    cursor->level--;
    *visit = (struct page_table_visit){vaddr(cursor->address[level]), cursor->entry[level],
                                       cursor->level, cursor->valid[level]};
    return PAGE_TABLE_LEAVE;
}

/* Each entry of a tree is looked at once, however many steps that takes. */
static ALWAYS_INLINE void entries_limit(void) {
    BOUND_LIMIT(entries_looked_at, PAGE_TABLE_DESTROY_MAX * PAGE_TABLE_ENTRIES);
}

static ALWAYS_INLINE enum page_table_event cursor_step(struct page_table_cursor *cursor,
                                                       struct page_table_visit *visit) {
    const unsigned level = cursor->level;
    const pte_t *entries = phys_to_virt(cursor->table[level]);
    BOUND_LOOP(rest_of_table, PAGE_TABLE_ENTRIES);
    while (cursor->next[level] < PAGE_TABLE_ENTRIES) {
        BOUND_TURN(rest_of_table);
        BOUND_PATH(entries_looked_at);
        const unsigned index = cursor->next[level]++;
        const pte_t pte = arch_pte_read(&entries[index]);
        if (!arch_pte_is_valid(pte)) {
            continue;
        }
        cursor->valid[level]++;
        const uint64_t address = cursor->address[level] + index * page_table_span(level);
        *visit = (struct page_table_visit){vaddr(address), pte, level, 0};
        if (arch_pte_is_table(pte, level)) {
            return PAGE_TABLE_TABLE;
        }
        return arch_pte_is_leaf(pte, level) ? PAGE_TABLE_LEAF : PAGE_TABLE_BAD;
    }
    return cursor_leave(cursor, visit);
}

enum page_table_event page_table_cursor_next(struct page_table_cursor *cursor,
                                             struct page_table_visit *visit) {
    entries_limit();
    return cursor_step(cursor, visit);
}

void page_table_destroy(paddr_t root) {
    entries_limit();
    struct page_table_cursor cursor;
    struct page_table_visit visit;
    page_table_cursor_init(&cursor, root, vaddr(0));
    /* One turn for each entry of the tree, and one for each table. */
    BOUND_LOOP(events, PAGE_TABLE_DESTROY_MAX * (PAGE_TABLE_ENTRIES + 1));
    for (;;) {
        BOUND_TURN(events);
        switch (cursor_step(&cursor, &visit)) {
        case PAGE_TABLE_TABLE:
            page_table_enter(&cursor, &visit);
            break;
        case PAGE_TABLE_LEAVE:
            check(frame_free(arch_pte_address(visit.pte)) == STATUS_OK);
            break;
        case PAGE_TABLE_END:
            check(frame_free(root) == STATUS_OK);
            return;
        case PAGE_TABLE_LEAF:
        case PAGE_TABLE_BAD:
            break;
        }
    }
}
