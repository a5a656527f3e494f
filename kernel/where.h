/* SPDX-License-Identifier: MIT */
/*
 * What an address is, in words, for the report of an access that went wrong: which mapping or guard
 * it hit, whose, how far from it, and what would have been right there.
 *
 *   guard page 16 bytes below the stack of thread 'control' (3.1), its own: never mapped; this was
 *   a write
 *   kernel text + 412 bytes: to read and execute; this was a write
 *   no memory mapped at physical 0x50001000: nearest is RAM, which ends 4096 bytes below
 */
#ifndef KERNEL_WHERE_H
#define KERNEL_WHERE_H

#include "arch/fault.h"

/* Long enough for every text. */
#define WHERE_TEXT_MAX 160

/* Writes at most `size` bytes, > 0, '\0' included. Any context; follows no pointer that it has not
 * asked about. O(threads + regions). */
void where_describe(vaddr_t address, enum fault_access access, char *text, size_t size);

#endif
