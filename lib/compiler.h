/* SPDX-License-Identifier: MIT */
/* What the language lacks: attributes both compilers understand, and three small macros. */
#ifndef LIB_COMPILER_H
#define LIB_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define MAYBE_UNUSED      __attribute__((unused))
#define NORETURN          __attribute__((noreturn))
#define NOINLINE          __attribute__((noinline))
/* On the host: may look at memory that the address sanitizer has marked. */
#define UNSANITIZED       __attribute__((no_sanitize("address")))
#define ALWAYS_INLINE     inline __attribute__((always_inline))
#define ALIGNED(n)        __attribute__((aligned(n)))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The object of type `type` whose member `member` is at `pointer`. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif
