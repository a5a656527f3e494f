/* SPDX-License-Identifier: MIT */
/*
 * What a loader put into RAM beside the kernel, the initial RAM disk: reserved in the physical map,
 * so that no frame of it is ever handed out, and reachable for reading only, by a mapping of its own
 * in the dynamic area. What its bytes mean is not known here.
 *
 *     RAM        ......|ppppIIIIIIIIIIIIIpp|......      I: the bytes   p: rest of its pages
 *     mapped           [ read-only pages   ]            at INITRD_BASE
 */
#ifndef KERNEL_MM_INITRD_H
#define KERNEL_MM_INITRD_H

#include "kernel/mm/kernel_vm.h"

/* Where it is mapped. Stacks lie at the other end, terabytes away. */
#define INITRD_BASE (KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 4 * 3)

/* Bytes of the largest one. Reason: as large as an archive may be (lib/cpio.h). */
#define INITRD_SIZE_MAX (UINT64_C(256) << 20)

/* Maps it; `given` is where the machine says that it lies, size 0: nowhere, and OK. Once, after the
 * switch to the runtime tables. On an error nothing is mapped: OUT_OF_RANGE: larger than
 * INITRD_SIZE_MAX, or wrapping; NOT_MAPPED: not all of it is RAM; BUSY: a page of it is not
 * reserved; NO_MEMORY: no frame for a table; OVERLAP: mapped already. Boot. Linear in its pages. */
MUST_USE status_t initrd_map(const struct physical_map *map, struct phys_range given);

/* Where its bytes are, to be read only. False: there is none. Constant after the boot. Any context.
 * O(1). */
bool initrd_bytes(const void **bytes, uint64_t *size);

#endif
