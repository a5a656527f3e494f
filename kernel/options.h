/* SPDX-License-Identifier: MIT */
/* What the boot arguments ask of the kernel. Words it does not know belong to the application. */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H

#include "lib/compiler.h"

/* Reads the boot arguments, applies the log level at once and complains of what it
 * cannot take. Boot. */
void options_read(const char *bootargs);

/* Nanoseconds of guest time after which the machine ends by itself; 0: never. */
uint64_t options_run_limit_ns(void);

#endif
