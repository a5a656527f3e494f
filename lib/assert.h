/* SPDX-License-Identifier: MIT */
/*
 * Two kinds of belief. check() is always on: it stands where going on would corrupt. assert() is
 * for debug builds (GENRT_DEBUG=1): it stands where looking is costly. Outside input gets a status,
 * never either.
 */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include "lib/compiler.h"

/* Stops the machine with a report. One of the few calls upward by name: see kernel/panic.c. */
NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);

#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)

#define check(condition)                                                                           \
    (LIKELY(condition)                                                                             \
         ? (void)0                                                                                 \
         : panic("check failed: %s at %s", #condition, __FILE__ ":" STRINGIFY(__LINE__)))

#if GENRT_DEBUG
#define assert(condition) check(condition)
#else
#define assert(condition) ((void)sizeof(condition))
#endif

#endif
