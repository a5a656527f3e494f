/* SPDX-License-Identifier: MIT */
/* What the files of the kernel's virtual memory share, and their tests. */
#ifndef KERNEL_MM_KERNEL_VM_INTERNAL_H
#define KERNEL_MM_KERNEL_VM_INTERNAL_H

#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/page_table.h"

struct kernel_vm {
    /* Constant after kernel_vm_build. */
    bool built;
    struct page_table table; /* of `reach`: constant after the switch */
    const struct physical_map *map;
    struct phys_range image;
    struct phys_range text;
    struct phys_range rodata;

    /* Constant after switch_to_runtime_kernel_tables. */
    bool live;
};

extern struct kernel_vm kernel_vm;

/* Whether [start, start + size) lies in `outer`, or shares a byte with it. Neither wraps. */
static inline bool range_contains(struct phys_range outer, uint64_t start, uint64_t size) {
    return start >= outer.start.value && size <= outer.size &&
           start - outer.start.value <= outer.size - size;
}

static inline bool range_touches(struct phys_range range, uint64_t start, uint64_t size) {
    return range.start.value < start + size && start < range.start.value + range.size;
}

/* Whether any byte of it is RAM. Linear in the number of ranges. */
bool kernel_vm_touches_ram(const struct physical_map *map, uint64_t start, uint64_t size);

/* Whether any byte of it is the image's text or rodata. */
bool kernel_vm_is_constant(uint64_t start, uint64_t size);

/* Forgets everything without giving anything back: as at reset. For tests. */
void kernel_vm_forget(void);

#endif
