/* SPDX-License-Identifier: MIT */
/*
 * Translation tables as this machine wants them: four levels of 512 eight-byte entries, pages of 4
 * KiB, one root for the kernel's half of the addresses and one for the user's. Generic code walks
 * the tables (kernel/mm/page_table.c); only here is known what an entry's bits mean, which barriers
 * a store to one needs, and how a root goes live.
 *
 * Entries change only by the five operations below, so that an order the hardware forbids
 * cannot be written down: an entry goes from nothing to something and back, or keeps its
 * address and memory type.
 *
 *            make                    break
 *   nothing ------> leaf or table ---------> nothing      (break returns when no TLB holds it)
 *                    change: other rights, same page
 *                    note:   other count in a table entry
 *
 * The count: a table entry says how many valid entries its table has, in bits the hardware ignores,
 * so an empty table is recognised without looking through it.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include "lib/addr.h"
#include "lib/compiler.h"

#define PAGE_TABLE_LEVELS     4
#define PAGE_TABLE_ENTRIES    512
#define PAGE_TABLE_LAST_LEVEL 3

typedef uint64_t pte_t;

/* What the kernel may do with a page. Writable and executable at once cannot be said. */
enum kernel_protection {
    KERNEL_READ_EXECUTE,
    KERNEL_READ_ONLY,
    KERNEL_READ_WRITE,
    KERNEL_DEVICE, /* read and write, Device-nGnRE, never executable */
};

/* What an entry's bits allow, whoever wrote them. Any number of these together. */
#define PTE_RIGHT_WRITE   1u  /* by the kernel */
#define PTE_RIGHT_EXECUTE 2u  /* by the kernel */
#define PTE_RIGHT_USER    4u  /* any access or execution by user mode */
#define PTE_RIGHT_DEVICE  8u  /* memory type is a device's */
#define PTE_RIGHT_UNKNOWN 16u /* bits that no entry made here has */

/* --- Entries as values. All O(1), any context. --- */

/* Maps the page or block at `page`, whose alignment is that of `level`
 * (1: 1 GiB, 2: 2 MiB, 3: 4 KiB). */
static inline pte_t arch_pte_leaf(paddr_t page, enum kernel_protection protection, unsigned level);

/* Names a table with `used` valid entries (0..512). */
static inline pte_t arch_pte_table(paddr_t table, unsigned used);

static inline bool arch_pte_is_valid(pte_t pte);
static inline bool arch_pte_is_table(pte_t pte, unsigned level);
/* Neither of both though valid: malformed. */
static inline bool arch_pte_is_leaf(pte_t pte, unsigned level);

/* Where the table, page or block is. */
static inline paddr_t arch_pte_address(pte_t pte);

/* The count in a table entry. */
static inline unsigned arch_pte_used(pte_t pte);

/* PTE_RIGHT_… of a leaf. */
static inline unsigned arch_pte_rights(pte_t pte);

/* PTE_RIGHT_UNKNOWN if a table entry has bits that no entry made here has, else 0. */
static inline unsigned arch_pte_table_rights(pte_t pte);

/* --- Entries in tables that may be live. All O(1), any context; source: Arm ARM DDI 0487, D8.13
 *     (TLB maintenance), D8.14 (break before make), K11.5.3 (ordering of table updates). --- */

static inline pte_t arch_pte_read(const pte_t *slot);

/* *slot is not valid, `pte` is; what a new table holds was written before. Usable on return. */
static inline void arch_pte_make(pte_t *slot, pte_t pte);

/* *slot becomes 0, and no translation of `address` by way of it is left in any TLB on return. */
static inline void arch_pte_break(pte_t *slot, vaddr_t address);

/* *slot and `pte` are leaves of the same page and memory type with other rights. Needs no break:
 * only address, size and memory type do. On return the old rights are in no TLB. */
static inline void arch_pte_change(pte_t *slot, pte_t pte, vaddr_t address);

/* *slot and `pte` are entries of the same table with another count. */
static inline void arch_pte_note(pte_t *slot, pte_t pte);

/* --- The roots. O(1). --- */

/* What to add to a physical address to reach that RAM through a pointer. KERNEL_HVA_OFFSET on the
 * machine; on the host, wherever the simulated RAM is. */
static inline uint64_t arch_direct_map_base(void);

/* The root of the kernel's half that is live on this CPU. */
static inline paddr_t arch_kernel_root(void);

/* The page of code that arch_kernel_root_switch runs from while the kernel's half is closed. */
paddr_t arch_kernel_root_switch_page(void);

/* Makes `root` live on this CPU and forgets all translations of the old one. The new tables map the
 * running code, stack and data at the same addresses, but perhaps by pages where the old ones have
 * blocks, so both must not be known at once: the change is made from `identity`, tables for the
 * user half that map arch_kernel_root_switch_page() to itself, read-execute, and that stay live
 * there until arch_user_root_clear. Boot, interrupts masked. */
void arch_kernel_root_switch(paddr_t root, paddr_t identity);

/* No user address translates any more on this CPU:
 * root 0, walks disabled, translations forgotten. */
void arch_user_root_clear(void);

/* Whether user addresses translate to nothing. */
bool arch_user_root_is_clear(void);

#include <arch_inline/mmu.h>

#endif
