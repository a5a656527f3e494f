/* SPDX-License-Identifier: MIT */
/* The lock of the C library: one, for malloc(), stdio and all else of it. It costs nothing as long as there is
 * one thread. */
#ifndef USER_LIB_LOCK_H
#define USER_LIB_LOCK_H

#include <stdint.h>

/* Before there is a second thread: from now on the library locks. OK, or why there is no mutex. */
int64_t lock_begin(void);

/* It is recursive. */
void lock_take(void);
void lock_give(void);

#endif
