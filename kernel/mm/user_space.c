/* SPDX-License-Identifier: MIT */
/* ASIDs, and the building and tearing down of a space. See user_space.h. */
#include "kernel/mm/user_space.h"

#include "arch/cpu.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/bound.h"

#define ASID_WORDS (CONFIG_ASIDS / 64)

_Static_assert(CONFIG_ASIDS % 64 == 0 && CONFIG_ASIDS <= 256, "every CPU has 8 bits for an ASID");
_Static_assert(CONFIG_PROCESSES < CONFIG_ASIDS, "each process has its own");

/* Interrupts masked: bit n is ASID n. */
static struct {
    uint64_t live[ASID_WORDS]; /* of a space that is there; and those that cannot be used */
    uint64_t gone[ASID_WORDS]; /* of a space that is not: a TLB may remember it */
} asids;

void user_space_init(unsigned usable) {
    check(usable >= 1 && usable < CONFIG_ASIDS);
    BOUND_LOOP(words, ASID_WORDS);
    for (unsigned i = 0; i < ASID_WORDS; i++) {
        BOUND_TURN(words);
        asids.live[i] = asids.gone[i] = 0;
    }
    asids.live[0] = 1; /* the empty root's */
    BOUND_LOOP(unusable, CONFIG_ASIDS);
    for (unsigned asid = usable + 1; asid < CONFIG_ASIDS; asid++) {
        BOUND_TURN(unusable);
        asids.live[asid / 64] |= BIT(asid % 64);
    }
    arch_user_forget();
}

/* The lowest that is neither live nor gone; 0: none. O(ASID_WORDS). */
static unsigned asid_fresh_irq(void) IRQ_MASKED {
    BOUND_LOOP(fresh, ASID_WORDS);
    for (unsigned i = 0; i < ASID_WORDS; i++) {
        BOUND_TURN(fresh);
        const uint64_t fresh = ~(asids.live[i] | asids.gone[i]);
        if (fresh != 0) {
            const unsigned bit = bits_lowest(fresh);
            asids.live[i] |= BIT(bit);
            return i * 64 + bit;
        }
    }
    return 0;
}

/* A flush makes all that are gone fresh. O(ASID_WORDS). */
static void asid_roll_over_irq(void) IRQ_MASKED {
    arch_user_forget();
    BOUND_LOOP(rolled, ASID_WORDS);
    for (unsigned i = 0; i < ASID_WORDS; i++) {
        BOUND_TURN(rolled);
        asids.gone[i] = 0;
    }
}

/* 0: none. O(ASID_WORDS) */
static unsigned asid_take(void) IRQ_UNMASKED {
    arch_irq_mask();
    unsigned asid = asid_fresh_irq();
    if (asid == 0) {
        asid_roll_over_irq();
        asid = asid_fresh_irq();
    }
    arch_irq_unmask();
    return asid;
}

static void asid_give(unsigned asid) IRQ_UNMASKED {
    arch_irq_mask();
    asids.live[asid / 64] &= ~BIT(asid % 64);
    asids.gone[asid / 64] |= BIT(asid % 64);
    arch_irq_unmask();
}

/* --- Building ------------------------------------------------------------------------------- */

/* A zeroed frame within the quota. */
static status_t space_frame_take(struct user_space *space, paddr_t *frame) {
    if (space->used >= space->quota) {
        return STATUS_NO_MEMORY;
    }
    const status_t status = page_table_frame(&space->table, frame);
    space->used += status == STATUS_OK;
    return status;
}

static void space_frame_give(struct user_space *space, paddr_t frame) {
    check(frame_free(frame) == STATUS_OK);
    space->used--;
}

status_t user_space_create(struct user_space *space, uint64_t quota) {
    if (quota > CONFIG_PROCESS_PAGES) {
        return STATUS_OUT_OF_RANGE;
    }
    *space = (struct user_space){.quota = quota,
                                 .table.reach = {.start = paddr(0), .size = DIRECT_MAP_SIZE}};
    space->asid = asid_take();
    if (space->asid == 0) {
        return STATUS_NO_SLOT;
    }
    const status_t status = space_frame_take(space, &space->table.root);
    if (status != STATUS_OK) {
        asid_give(space->asid);
        return status;
    }
    space->root = arch_user_root(space->table.root, space->asid);
    return STATUS_OK;
}

/* As many spare tables as a page can need: what is left over serves the next. O(1). */
static status_t space_spares_fill(struct user_space *space) {
    BOUND_LOOP(spares, PAGE_TABLE_LAST_LEVEL);
    while (space->spares.count < PAGE_TABLE_LAST_LEVEL) {
        BOUND_TURN(spares);
        const status_t status = space_frame_take(space, &space->spares.frame[space->spares.count]);
        if (status != STATUS_OK) {
            return status;
        }
        space->spares.count++;
    }
    return STATUS_OK;
}

/* Maps a page with its content, at most PAGE_SIZE bytes of it. O(PAGE_SIZE). */
static status_t space_page_map(struct user_space *space, vaddr_t address, const uint8_t *content,
                               uint64_t content_size, enum user_protection protection) {
    paddr_t frame;
    status_t status = space_spares_fill(space);
    if (status == STATUS_OK) {
        status = space_frame_take(space, &frame);
    }
    if (status != STATUS_OK) {
        return status;
    }
    void *page = phys_to_virt(frame);
    if (content_size != 0) {
        __builtin_memcpy(page, content, content_size < PAGE_SIZE ? content_size : PAGE_SIZE);
    }
    if (protection == USER_READ_EXECUTE) {
        arch_user_code_written(page);
    }
    status = page_table_map(&space->table, address, PAGE_TABLE_LAST_LEVEL,
                            arch_pte_user_leaf(frame, protection), &space->spares);
    if (status != STATUS_OK) {
        space_frame_give(space, frame);
    }
    return status;
}

static status_t space_judge(vaddr_t address, uint64_t size, uint64_t content_size,
                            enum user_protection protection) {
    if (!is_page_aligned(address.value) || !is_page_aligned(size)) {
        return STATUS_MISALIGNED;
    }
    if (size == 0 || content_size > size || protection > USER_READ_WRITE) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (address.value < USER_SPACE_START || address.value >= USER_SPACE_END ||
        size > USER_SPACE_END - address.value) {
        return STATUS_OUT_OF_RANGE;
    }
    return size / PAGE_SIZE > CONFIG_PROCESS_PAGES ? STATUS_NO_MEMORY : STATUS_OK;
}

status_t user_space_map(struct user_space *space, vaddr_t address, uint64_t size,
                        const void *content, uint64_t content_size,
                        enum user_protection protection) {
    status_t status = space_judge(address, size, content_size, protection);
    BOUND_LOOP(pages, CONFIG_PROCESS_PAGES);
    for (uint64_t offset = 0; status == STATUS_OK && offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(pages);
        const bool has_content = offset < content_size;
        status = space_page_map(space, vaddr_add(address, offset),
                                has_content ? (const uint8_t *)content + offset : NULL,
                                has_content ? content_size - offset : 0, protection);
    }
    return status;
}

static status_t quota_take(struct user_space *space) IRQ_UNMASKED {
    arch_irq_mask();
    const bool any = space->used < space->quota;
    space->used += any;
    arch_irq_unmask();
    return any ? STATUS_OK : STATUS_NO_MEMORY;
}

static void quota_give(struct user_space *space) IRQ_UNMASKED {
    arch_irq_mask();
    space->used--;
    arch_irq_unmask();
}

/* A page that is not counted yet. */
static status_t page_add(const struct user_space *space, vaddr_t address, paddr_t *frame) {
    struct page_table_spares none = {.count = 0};
    status_t status = page_table_frame(&space->table, frame);
    if (status != STATUS_OK) {
        return status;
    }
    status = page_table_map(&space->table, address, PAGE_TABLE_LAST_LEVEL,
                            arch_pte_user_leaf(*frame, USER_READ_WRITE), &none);
    if (status != STATUS_OK) {
        check(frame_free(*frame) == STATUS_OK);
    }
    page_table_spares_free(&none);
    return status;
}

status_t user_space_add(struct user_space *space, vaddr_t address, paddr_t *frame) {
    status_t status = quota_take(space);
    if (status != STATUS_OK) {
        return status;
    }
    status = page_add(space, address, frame);
    if (status != STATUS_OK) {
        quota_give(space);
    }
    return status;
}

status_t user_space_frame(const struct user_space *space, vaddr_t address, paddr_t *frame) {
    pte_t leaf;
    unsigned level;
    const status_t status = page_table_lookup(&space->table, address, &leaf, &level);
    if (status == STATUS_OK) {
        *frame = arch_pte_address(leaf);
    }
    return status;
}

/* --- Tearing down --------------------------------------------------------------------------- */

/* No TLB need forget anything: no thread has this ASID until asid_roll_over_irq(). */
void user_space_destroy(struct user_space *space) {
    struct page_table_cursor cursor;
    struct page_table_visit visit;
    page_table_spares_free(&space->spares);
    page_table_cursor_init(&cursor, space->table.root, vaddr(0));
    enum page_table_event event;
    BOUND_LOOP(events, 2 * CONFIG_PROCESS_PAGES);
    do {
        BOUND_TURN(events);
        event = page_table_cursor_next(&cursor, &visit);
        if (event == PAGE_TABLE_TABLE) {
            page_table_enter(&cursor, &visit);
        } else if (event != PAGE_TABLE_END) { /* a page, or a table whose entries are done */
            check(frame_free(arch_pte_address(visit.pte)) == STATUS_OK);
        }
    } while (event != PAGE_TABLE_END);
    check(frame_free(space->table.root) == STATUS_OK);
    asid_give(space->asid);
    *space = (struct user_space){.quota = 0};
}
