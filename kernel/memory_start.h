/* SPDX-License-Identifier: MIT */
/* The memory part of the boot. */
#ifndef KERNEL_MEMORY_START_H
#define KERNEL_MEMORY_START_H

#include "arch/boot_info.h"
#include "platform/machine.h"

/* Physical map, frames, runtime tables (boot tables dropped), heap. Stops the boot with a reason
 * where a step fails. */
void memory_start(const struct machine *machine, const struct boot_info *boot);

#endif
