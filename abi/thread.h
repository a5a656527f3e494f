/* SPDX-License-Identifier: MIT */
/*
 * Threads of a process. Each has a page of its own for messages, the n-th THREAD_AREA_STRIDE below that of
 * the one before, with nothing in between. A thread begins at `entry` with `argument` in x0, the address of
 * that page in x1, its name in x2, and zeroes in all other registers.
 */
#ifndef ABI_THREAD_H
#define ABI_THREAD_H

#include <stdint.h>

#define THREAD_AREA_STRIDE 0x2000

/* Of a request: the priority that the kernel has for who makes it, but for what it is lent. */
#define THREAD_PRIORITY_INHERIT UINT64_MAX

/* In the message area, for thread_create. */
struct thread_request {
    uint64_t entry;
    uint64_t stack_top; /* a multiple of 16 */
    uint64_t argument;
    uint64_t tls; /* its TPIDR_EL0 */
    uint64_t priority;
};

#endif
