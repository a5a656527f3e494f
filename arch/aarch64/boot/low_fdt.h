/* SPDX-License-Identifier: MIT */
/*
 * The low parser: what the low part needs from a device tree before the MMU is on, and no more.
 * The full reader (lib/fdt) runs later and has the last word; what is read here only has to be
 * enough to reach it.
 */
#ifndef ARCH_AARCH64_BOOT_LOW_FDT_H
#define ARCH_AARCH64_BOOT_LOW_FDT_H

#include "arch/boot_info.h"

/* A tree larger than this is refused: the arm64 boot protocol allows 2 MiB. */
#define LOW_TREE_SIZE_MAX UINT64_C(0x200000)

struct low_facts {
    uint64_t tree_size;                         /* bytes, as the header says */
    struct phys_range ram[BOOT_RAM_RANGES_MAX]; /* none empty, none wraps; unsorted, may overlap */
    uint32_t ram_count;
    bool has_uart; /* else `uart` means nothing */
    bool has_gic;
    paddr_t uart;            /* first enabled PL011 */
    paddr_t gic_distributor; /* first enabled GICv2 */
    paddr_t gic_cpu;
};

/* The total size that the header at `tree` states, or 0 if there is no header of a tree that
 * low_fdt_read() may understand. `tree` must be readable for 40 bytes. O(1). */
uint64_t low_fdt_size(const void *tree);

/*
 * Reads the tree at `tree` (any bytes; never beyond `limit` bytes) into `facts`. Runs with the MMU
 * off: loads are aligned, nothing outside the boot part is called. Bound: FDT_TOKENS_MAX steps, of
 * which FDT_NODES_MAX are nodes. A byte of `compatible` is compared a fixed number of times, an
 * address goes through a fixed number of buses with a fixed number of ranges each.
 *
 * Returns false, with `facts` undefined, if the tree is malformed anywhere in its structure
 * block, larger than `limit` or LOW_TREE_SIZE_MAX, or has more tokens, more nodes or longer names
 * than the full reader takes; a node whose own facts make no sense is only passed over.
 *
 * Source: Devicetree Specification v0.4, chapters 2.3 and 5.
 */
MUST_USE bool low_fdt_read(const void *tree, uint64_t limit, struct low_facts *facts);

#endif
