/* SPDX-License-Identifier: MIT */
/* The way out of a machine that runs under a debugger or an emulator, with an exit status. */
#ifndef ARCH_SEMIHOSTING_H
#define ARCH_SEMIHOSTING_H

#include "lib/compiler.h"

/* Ends the machine; whoever started it gets `code`. Only where semihosting is known to be there:
 * elsewhere it is an undefined instruction. Any context. Source: Arm, Semihosting for AArch32 and
 * AArch64, 7.8 (SYS_EXIT). */
NORETURN void arch_semihosting_exit(unsigned code);

#endif
