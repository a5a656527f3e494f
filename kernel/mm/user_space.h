/* SPDX-License-Identifier: MIT */
/*
 * The address space of a process: a tree of tables in the user half, an ASID, and a quota of frames
 * from which come its pages and its tables. Each page is mapped by one masked step; pages are
 * filled before, by the kernel's name for them. Nothing is both writable and executable.
 *
 *   0x0000_8000_0000_0000  +-----------------------------+ USER_SPACE_END
 *                          | message area, one page      |  SYSCALL_MESSAGE_AREA
 *                          | whatever its builder maps   |
 *   0x0000_0000_0001_0000  +-----------------------------+ USER_SPACE_START
 *                          | nothing                     |
 *   0x0000_0000_0000_0000  +-----------------------------+
 *
 * A space has an ASID for as long as it lives, so a switch never has to look for one. ASIDs of spaces
 * that are gone are not used again until all others have been: then one flush makes them free.
 *
 * One thread at a time builds, fills or destroys a space; only a destroyed one may be created again.
 */
#ifndef KERNEL_MM_USER_SPACE_H
#define KERNEL_MM_USER_SPACE_H

#include "arch/user.h"
#include "kernel/mm/page_table.h"

#define USER_SPACE_START UINT64_C(0x10000)

struct user_space {
    struct page_table table;
    struct user_root root;
    struct page_table_spares spares; /* counted as used */
    uint64_t quota;                  /* frames */
    uint64_t used;
    unsigned asid;
};

/* An empty space that may use `quota` frames. OUT_OF_RANGE: more than CONFIG_PROCESS_PAGES; NO_SLOT:
 * no ASID; NO_MEMORY: no frame for the root, or no quota. O(1) plus zeroing a page, and rarely a
 * flush. Thread context. */
MUST_USE status_t user_space_create(struct user_space *space, uint64_t quota) IRQ_UNMASKED;

/* Maps `size` bytes of new pages at `address`: `content_size` bytes of `content`, then zeroes.
 * MISALIGNED: address or size not of whole pages; INVALID_ARGUMENT: no size, more content than that,
 * or an unknown protection; OUT_OF_RANGE: not within the user half; OVERLAP; NO_MEMORY: no quota, or
 * no frame. The last two leave mapped what came before: the space may still be destroyed. Thread
 * context. O(pages), O(1) of it masked at a time. */
MUST_USE status_t user_space_map(struct user_space *space, vaddr_t address, uint64_t size,
                                 const void *content, uint64_t content_size,
                                 enum user_protection protection) IRQ_UNMASKED;

/* Adds a page of zeroes at `address` to a space whose threads run, where a table is there already, and
 * tells its frame. Several threads may, each another page. NO_MEMORY: no quota, or no frame; OVERLAP.
 * Thread context. O(PAGE_SIZE), O(1) of it masked at a time. */
MUST_USE status_t user_space_add(struct user_space *space, vaddr_t address,
                                 paddr_t *frame) IRQ_UNMASKED;

/* The frame of the page at `address`. NOT_MAPPED. O(1). */
MUST_USE status_t user_space_frame(const struct user_space *space, vaddr_t address, paddr_t *frame);

/* Gives all frames back. No thread has the space. Thread context. O(pages and tables), unmasked but
 * for O(1) at a time. */
void user_space_destroy(struct user_space *space) IRQ_UNMASKED;

/* How many ASIDs are usable, at most CONFIG_ASIDS - 1; for tests: fewer. Forgets all. */
void user_space_init(unsigned asids);

#endif
