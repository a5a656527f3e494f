/* SPDX-License-Identifier: MIT */
/*
 * Numbers and strings into text: printf's language, into a buffer, without memory of its own. What
 * does not fit is counted and left out. Knows %d %i %u %x %X %p %s %c %%, the lengths hh h l ll z t
 * j, the flags - 0 #, width and precision (also as *); a null string is "(null)"; what it does not
 * know it prints as it stands. O(length of the result + length of the format), any context.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>

#include "lib/compiler.h"

struct format_sink {
    char *buffer;
    size_t size;   /* bytes of the buffer */
    size_t length; /* characters put so far; the first `size` of them are in the buffer */
};

/* Adds to `sink`; no '\0' at the end. */
void format_to(struct format_sink *sink, const char *format, va_list arguments);

/* Writes a string that always ends in '\0', unless `size` is 0.
 * Answers its length had there been room. */
size_t format_buffer(char *buffer, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
size_t format_buffer_list(char *buffer, size_t size, const char *format, va_list arguments);

#endif
