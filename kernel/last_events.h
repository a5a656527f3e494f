/* SPDX-License-Identifier: MIT */
/*
 * The end of a trace that is on, for the report of a panic: each record on one line, whose thread is
 * named here and whose rest the host puts in words (tools/symbolize.py).
 */
#ifndef KERNEL_LAST_EVENTS_H
#define KERNEL_LAST_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

#define LAST_EVENTS_MAX 32

/* Long enough for each line. */
#define LAST_EVENT_TEXT_MAX 112

/* The numbers of the latest records, `*first` and those behind it, and how many there are: 0 where
 * nobody traces. Any context; follows no pointer that was not probed. O(1). */
unsigned last_events(uint64_t *first);

/* "TIME ID NAME 0xWHAT 0xVALUE" of a record that last_events() has counted; at most `size` bytes with
 * the NUL. False: it cannot be read. Any context. O(1). */
bool last_event_describe(uint64_t number, char *text, size_t size);

#endif
