/* SPDX-License-Identifier: MIT */
/*
 * A page of the threads there are, on the console, again and again: which take the CPU, and what the
 * others do. For a machine whose boot arguments have "top=1s", or another time; with "top_screen=1"
 * each page takes the place of the one before, as on a terminal.
 */
#ifndef SERVICES_TOP_TOP_H
#define SERVICES_TOP_TOP_H

#include "lib/context.h"
#include "lib/status.h"

/* Starts the thread "top" if the boot arguments ask for it. Once. INVALID_ARGUMENT, OUT_OF_RANGE: the
 * time; errors of thread_spawn(). */
MUST_USE status_t top_start(void) IRQ_UNMASKED;

#endif
