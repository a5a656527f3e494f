/* SPDX-License-Identifier: MIT */
/*
 * The few functions of the C library that the kernel uses, with their standard names and
 * meanings, because the compiler calls some of them by itself. On the host the C library's own
 * are linked instead. All are O(length of what they look at), any context, and each has a greatest
 * length: who moves more does so piece by piece. Kernel builds with -DBOUND_COUNT=1 hold all callers
 * to it.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/compiler.h"

/* Bytes of one memcpy, memmove, memset or memcmp, those that a compiler makes of an assignment
 * included. Reason: a page, the largest thing that is copied or cleared in one go. */
#define STRING_BLOCK_MAX 4096

/* Characters that one strlen or strnlen passes. Reason: the boot arguments, with their NUL. */
#define STRING_LENGTH_MAX 512

/* Characters that one strcmp or strncmp compares, the NUL included. Reason: one of the two is a
 * name in the source. */
#define STRING_COMPARE_MAX 64

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);

#endif
