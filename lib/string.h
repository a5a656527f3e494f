/* SPDX-License-Identifier: MIT */
/*
 * The few functions of the C library that the kernel uses, with their standard names and
 * meanings, because the compiler calls some of them by itself. On the host the C library's own
 * are linked instead. All are O(length of what they look at); any context, so long as the caller
 * bounds that length.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/compiler.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);

#endif
