/* SPDX-License-Identifier: MIT */
/*
 * What a debugger or an emulator does for the machine that runs under it: it ends it, and keeps files.
 * Only where semihosting is known to be there: elsewhere it is an undefined instruction. Source: Arm,
 * Semihosting for AArch32 and AArch64, 7.
 */
#ifndef ARCH_SEMIHOSTING_H
#define ARCH_SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

/* Ends the machine; whoever started it gets `code`. Any context. 7.8, SYS_EXIT. */
NORETURN void arch_semihosting_exit(unsigned code);

/* Makes a file of that name, empty, where the emulator runs. Returns its handle, or a negative number:
 * it cannot. Any context. 7.13, SYS_OPEN. */
int64_t arch_semihosting_create(const char *name);

/* Appends to it. False: not all of it was written. Any context. 7.20, SYS_WRITE. */
MUST_USE bool arch_semihosting_write(int64_t handle, const void *bytes, size_t size);

#endif
