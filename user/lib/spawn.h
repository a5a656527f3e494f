/* SPDX-License-Identifier: MIT */
/* Processes that a program makes: abi/spawn.h tells what they have. */
#ifndef USER_LIB_SPAWN_H
#define USER_LIB_SPAWN_H

#include "abi/spawn.h"
#include "user/lib/system.h"

struct spawn {
    const char *path;
    const char *const *arguments;   /* with a null behind them; the first is the program's name */
    const char *const *environment; /* the same, or NULL */
    const struct spawn_handle *handles;
    uint8_t handle_count;
    uint8_t priority;
    uint16_t children;
    uint32_t pages;
    uint32_t stack_pages;
};

/* Starts it by a handle of programs: a handle to wait for it and to kill it, or a status. OUT_OF_RANGE,
 * too: more texts or handles than a request has room for. */
int64_t spawn(uint64_t programs, const struct spawn *spawn);

/* Waits for its end, and gives its handle back: OK, FAULTED or CLOSED (killed), or why not: TIMED_OUT.
 * `end` may be NULL. */
int64_t spawn_wait(uint64_t handle, uint64_t deadline, struct spawn_end *end);

#endif
