/* SPDX-License-Identifier: MIT */
/*
 * What lies in the message area when a process makes another one, and when it asks how that ended.
 * What a child has is its parent's: pages and processes come out of its quota until the child, and all
 * below it, are gone; its priority is no higher than the parent's ceiling, and is its own ceiling; its
 * handles are some of its parent's.
 */
#ifndef ABI_SPAWN_H
#define ABI_SPAWN_H

#include <stdint.h>

#define SPAWN_HANDLES_MAX     8
#define SPAWN_TEXTS_MAX       32 /* arguments and environment together */
#define SPAWN_TEXT_BYTES_MAX  2048
#define SPAWN_PATH_LENGTH_MAX 127

/* Processes in a row, each the child of the one before. Reason: who ends one looks for all below. */
#define SPAWN_DEPTH_MAX 8

struct spawn_handle {
    uint32_t handle;
    uint32_t rights;
};

/* For process_spawn. The texts are the path, the arguments (the first is the program's name) and the
 * environment, each with its NUL. The child has the handles from HANDLE_FIRST on; the first that is of
 * the log is its standard output. */
struct spawn_request {
    uint32_t pages;       /* it may use */
    uint32_t stack_pages; /* of them, for its stack */
    uint16_t children;    /* processes that there may be below it, and threads beside its first */
    uint8_t priority;
    uint8_t handle_count;
    uint16_t argument_count;
    uint16_t environment_count;
    struct spawn_handle handle[SPAWN_HANDLES_MAX];
    char texts[SPAWN_TEXT_BYTES_MAX];
};

/* From process_collect. */
struct spawn_end {
    int64_t code;      /* of its exit; 0 if it faulted or was killed */
    uint64_t syndrome; /* of a fault: ESR_EL1, FAR_EL1, and where. All 0: none */
    uint64_t address;
    uint64_t pc;
};

#endif
