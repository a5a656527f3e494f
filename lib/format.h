/* SPDX-License-Identifier: MIT */
/*
 * Numbers and strings into text: printf's language, into a buffer, without memory of its own. What
 * does not fit is counted and left out. Knows %d %i %u %x %X %p %s %c %%, the lengths hh h l ll z t
 * j, the flags - 0 #, width and precision (also as *); a null string is "(null)"; what it does not
 * know it prints as it stands. O(length of the format + of each argument as far as it fits), any
 * context, and bounded by the limits below.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>

#include "lib/compiler.h"

/* Bytes of a buffer that are used, of a larger one too. Reason: more than any line has. */
#define FORMAT_SIZE_MAX 256

/* Directives in one format, and characters and directives together: there the format ends. */
#define FORMAT_DIRECTIVES_MAX 16
#define FORMAT_PIECES_MAX     256

/* Characters of one string argument that are looked at and counted. */
#define FORMAT_TEXT_MAX 512

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
