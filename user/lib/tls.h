/* SPDX-License-Identifier: MIT */
/*
 * Thread-local data (ELF for the Arm 64-bit Architecture, "Thread-local storage", variant 1):
 *
 *     TPIDR_EL0 -> | control block, 16 bytes | to the alignment | .tdata | .tbss |
 *
 * The first word of the control block is the address of the thread's message area.
 */
#ifndef USER_LIB_TLS_H
#define USER_LIB_TLS_H

#include <stddef.h>
#include <stdint.h>

/* The most that a thread-local object, so a block, is aligned to: user/lib/program.ld.S. */
#define TLS_ALIGN_MAX 64

/* The first thread's, once: `alignment` is that of the program's thread-local data. */
void tls_start(uint64_t alignment);

/* Bytes of a block. */
size_t tls_size(void);

/* Makes a block of zeroes one of a thread that begins. */
void tls_fill(char *block);

#endif
