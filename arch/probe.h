/* SPDX-License-Identifier: MIT */
/* Asking before looking, for those who must not fault: reports of what has already gone wrong. */
#ifndef ARCH_PROBE_H
#define ARCH_PROBE_H

#include "lib/addr.h"

/* Whether all `size` bytes at `address` can be read by the kernel as ordinary memory: mapped, and
 * not a device's registers, where reading has effects. size <= PAGE_SIZE. Any context, O(1). */
bool arch_probe_readable(vaddr_t address, uint64_t size);

#endif
