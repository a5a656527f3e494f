/* SPDX-License-Identifier: MIT */
/*
 * What the low part of the boot learned before the MMU was on, handed to kernel_main() by
 * value semantics: the generic kernel copies it and never looks at boot memory again. All
 * addresses are physical.
 */
#ifndef ARCH_BOOT_INFO_H
#define ARCH_BOOT_INFO_H

#include "lib/addr.h"

#define BOOT_RAM_RANGES_MAX 8

enum boot_tree_source {
    BOOT_TREE_NONE, /* no valid tree: the facts below are the emergency values of QEMU virt */
    BOOT_TREE_X0,   /* in x0 at entry, as the arm64 Image protocol says */
    BOOT_TREE_SLOT, /* at the start of RAM, put there by a loader */
};

struct boot_info {
    struct phys_range image; /* everything linked, .bss, boot stack and boot tables included */
    struct phys_range tree;  /* the device tree as its header says; size 0: none */
    struct phys_range ram[BOOT_RAM_RANGES_MAX]; /* as read low; the full reader has the last word */
    uint32_t ram_count;
    uint32_t entry_level; /* exception level at _start: 1 or 2 */
    enum boot_tree_source tree_source;
    paddr_t uart;            /* PL011 */
    paddr_t gic_distributor; /* GICv2 */
    paddr_t gic_cpu;
    struct phys_range mapped; /* RAM that the boot tables map high: the first that may be touched */
};

#endif
