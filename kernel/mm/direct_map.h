/* SPDX-License-Identifier: MIT */
/* Between physical addresses of RAM and pointers to it: adding a constant.
 * See kernel_vm.h for the map. */
#ifndef KERNEL_MM_DIRECT_MAP_H
#define KERNEL_MM_DIRECT_MAP_H

#include "arch/mmu.h"
#include "lib/status.h"

/* Bytes of physical addresses that have a place in the direct map. */
#define DIRECT_MAP_SIZE (UINT64_C(1) << 47)

/* The pointer to `address`, RAM or a device that the tables map. O(1), any context. */
static inline void *phys_to_virt(paddr_t address) {
    return (void *)(uintptr_t)(arch_direct_map_base() + address.value);
}

/* The physical address of what a pointer of the direct map points at (image included; not the
 * dynamic area, where only a walk can tell: translate_kernel_va). OUT_OF_RANGE: not in the direct
 * map. Whether something is mapped there is not looked at. O(1), any context. */
MUST_USE static inline status_t virt_to_phys_direct(const volatile void *pointer,
                                                    paddr_t *address) {
    const uint64_t offset = (uint64_t)(uintptr_t)pointer - arch_direct_map_base();
    if (offset >= DIRECT_MAP_SIZE) { /* below the map it wraps to a large one */
        return STATUS_OUT_OF_RANGE;
    }
    *address = paddr(offset);
    return STATUS_OK;
}

#endif
