/* SPDX-License-Identifier: MIT */
/* A claim of the code that does not hold, such as a turn too many of a loop, is a crash: that is what a
 * fuzzer looks for. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/assert.h"

void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
