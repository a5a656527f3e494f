/* SPDX-License-Identifier: MIT */
/*
 * Translation table descriptors of the 4 KiB granule with 48-bit addresses in both halves,
 * and the registers that say how they are read. Arm ARM DDI 0487, D8.3 (descriptors),
 * D17.2 (MAIR_EL1, TCR_EL1).
 *
 *   47       39 38       30 29       21 20       12 11         0
 *   | level 0  | level 1   | level 2   | level 3   | in the page|
 *     512 GiB     1 GiB       2 MiB       4 KiB
 *
 * Boot tables and runtime tables use the same bits, so the switch between them changes no attribute
 * of a page. TTBR1 holds the direct map: virtual = physical + KERNEL_HVA_OFFSET, whose low 48 bits
 * are zero, so a physical address and its high alias have the same table indices.
 */
#ifndef ARCH_AARCH64_PTE_H
#define ARCH_AARCH64_PTE_H

#define KERNEL_HVA_OFFSET 0xffff000000000000
/* Where the image is linked low and loaded; the device tree's slot lies between the start of RAM
 * and it. */
#define KERNEL_IMAGE_BASE 0x40080000
#define KERNEL_TREE_SLOT  0x40000000

/* MAIR_EL1, one byte for each index below. */
#define MAIR_BITS 0x4404ff

#ifndef __ASSEMBLER__

#include "lib/bits.h"

#define PTE_TABLE_ENTRIES 512
#define PTE_LEVELS        4 /* 0..3 */

/* Low two bits. A table entry of levels 0..2 and a page entry of level 3 look alike. */
#define PTE_VALID BIT(0)
#define PTE_TABLE (BIT(1) | PTE_VALID)
#define PTE_BLOCK PTE_VALID
#define PTE_PAGE  (BIT(1) | PTE_VALID)
#define PTE_TYPE  (BIT(1) | BIT(0)) /* mask of the type */

/* Lower attributes. */
#define PTE_ATTRIBUTE(index) ((uint64_t)(index) << 2) /* index into MAIR_EL1 */
#define PTE_ATTRIBUTE_MASK   PTE_ATTRIBUTE(7)
#define PTE_EL0              BIT(6) /* EL0 may access */
#define PTE_READ_ONLY        BIT(7)
#define PTE_OUTER_SHAREABLE  (UINT64_C(2) << 8)
#define PTE_INNER_SHAREABLE  (UINT64_C(3) << 8)
#define PTE_ACCESSED         BIT(10) /* clear: the first access faults */
#define PTE_NOT_GLOBAL       BIT(11) /* belongs to the current ASID */

#define PTE_ADDRESS_MASK UINT64_C(0x0000fffffffff000)

/* Upper attributes. */
#define PTE_CONTIGUOUS       BIT(52)
#define PTE_PRIVILEGED_NEVER BIT(53) /* EL1 never executes */
#define PTE_USER_NEVER       BIT(54) /* EL0 never executes */

/* MAIR_EL1: which index means what. */
#define MAIR_NORMAL     0 /* 0xff: write-back, read and write allocate */
#define MAIR_DEVICE     1 /* 0x04: Device-nGnRE */
#define MAIR_NON_CACHED 2 /* 0x44: normal, non-cacheable */

/* The kinds of kernel page, for all levels: or with PTE_PAGE or PTE_BLOCK. None is both writable
 * and executable. */
#define PTE_KERNEL_NORMAL                                                                          \
    (PTE_ATTRIBUTE(MAIR_NORMAL) | PTE_INNER_SHAREABLE | PTE_ACCESSED | PTE_USER_NEVER)
#define PTE_KERNEL_TEXT   (PTE_KERNEL_NORMAL | PTE_READ_ONLY)
#define PTE_KERNEL_RODATA (PTE_KERNEL_NORMAL | PTE_READ_ONLY | PTE_PRIVILEGED_NEVER)
#define PTE_KERNEL_DATA   (PTE_KERNEL_NORMAL | PTE_PRIVILEGED_NEVER)
#define PTE_KERNEL_DEVICE                                                                          \
    (PTE_ATTRIBUTE(MAIR_DEVICE) | PTE_OUTER_SHAREABLE | PTE_ACCESSED | PTE_USER_NEVER |            \
     PTE_PRIVILEGED_NEVER)

/* The kinds of user page: never global, and never executed by the kernel. */
#define PTE_USER_NORMAL                                                                            \
    (PTE_ATTRIBUTE(MAIR_NORMAL) | PTE_INNER_SHAREABLE | PTE_ACCESSED | PTE_NOT_GLOBAL | PTE_EL0 |  \
     PTE_PRIVILEGED_NEVER)
#define PTE_USER_TEXT   (PTE_USER_NORMAL | PTE_READ_ONLY)
#define PTE_USER_RODATA (PTE_USER_NORMAL | PTE_READ_ONLY | PTE_USER_NEVER)
#define PTE_USER_DATA   (PTE_USER_NORMAL | PTE_USER_NEVER)

/* TCR_EL1 without the two fields that the CPU decides: physical size (IPS) and ASID width (AS).
 * Both halves: 48 bits, 4 KiB, walks write-back inner shareable. */
#define TCR_T0SZ         UINT64_C(16)
#define TCR_T1SZ         (UINT64_C(16) << 16)
#define TCR_WALK_TTBR0   ((UINT64_C(1) << 8) | (UINT64_C(1) << 10) | (UINT64_C(3) << 12))
#define TCR_WALK_TTBR1   ((UINT64_C(1) << 24) | (UINT64_C(1) << 26) | (UINT64_C(3) << 28))
#define TCR_TG1_4K       (UINT64_C(2) << 30) /* TG0 0 is 4 KiB; TG1 counts otherwise */
#define TCR_IPS(size)    ((uint64_t)(size) << 32)
#define TCR_IPS_MAX      UINT64_C(5) /* 48 bits: what a descriptor of this granule holds */
#define TCR_ASID_16_BITS BIT(36)
#define TCR_VALUE        (TCR_T0SZ | TCR_T1SZ | TCR_WALK_TTBR0 | TCR_WALK_TTBR1 | TCR_TG1_4K)

/* Address bits below a level's index: 39, 30, 21, 12. */
static inline unsigned pte_shift(unsigned level) {
    return 39u - 9u * level;
}

/* Bytes that one entry of `level` maps: 512 GiB (never as a block), 1 GiB, 2 MiB, 4 KiB. */
static inline uint64_t pte_span(unsigned level) {
    return BIT(pte_shift(level));
}

/* Index of `address` (virtual, or physical for the direct map) in a table of `level`. */
static inline unsigned pte_index(uint64_t address, unsigned level) {
    return (unsigned)(address >> pte_shift(level)) & (PTE_TABLE_ENTRIES - 1);
}

static inline bool pte_is_valid(uint64_t entry) {
    return (entry & PTE_VALID) != 0;
}

/* Whether the entry of `level` leads to a table, not to memory. */
static inline bool pte_is_table(uint64_t entry, unsigned level) {
    return level < PTE_LEVELS - 1 && (entry & PTE_TYPE) == PTE_TABLE;
}

/* The physical address in an entry: of the next table, block or page. */
static inline uint64_t pte_address(uint64_t entry) {
    return entry & PTE_ADDRESS_MASK;
}

/* The type bits of an entry of `level` that maps memory:
 * a block above level 3, a page at level 3. */
static inline uint64_t pte_leaf_type(unsigned level) {
    return level == PTE_LEVELS - 1 ? PTE_PAGE : PTE_BLOCK;
}

#endif
#endif
