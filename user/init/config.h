/* SPDX-License-Identifier: MIT */
/*
 * What init is told to start: a part of TOML that needs no memory and has one way to say a thing.
 *
 *     # comment
 *     [[service]]
 *     key = "a string" | 42 | ["strings", "in one line"]
 *
 * Whatever else TOML has is refused, as is a key that nobody knows, one that stands twice, a value out of
 * its limits, and a control character; with the line, and why.
 */
#ifndef USER_INIT_CONFIG_H
#define USER_INIT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INIT_BYTES_MAX     8192 /* of a file */
#define INIT_SERVICES_MAX  8
#define INIT_ARGUMENTS_MAX 8
#define INIT_STRING_MAX    64  /* bytes of one, with its NUL */
#define INIT_TEXT_MAX      256 /* bytes of all arguments of a service, with their NULs */

enum config_restart { INIT_NEVER, INIT_ON_FAULT, INIT_ALWAYS };

/* Of `handles`. */
#define INIT_LOG      1u
#define INIT_CONSOLE  2u
#define INIT_INPUT    4u
#define INIT_PROGRAMS 8u
#define INIT_FILES    16u
#define INIT_FIGURES  32u
#define INIT_SYSTEM   64u

struct config_service {
    char name[INIT_STRING_MAX];
    char program[INIT_STRING_MAX];
    const char *argument[INIT_ARGUMENTS_MAX + 1]; /* with a null behind them */
    char text[INIT_TEXT_MAX];
    uint32_t handles;
    uint32_t restart; /* enum config_restart */
    uint32_t give_up;
    uint32_t within;
    uint32_t back_off;
    uint32_t priority;
    uint32_t pages;
    uint32_t stack;
    uint32_t children;
};

/* Not to be copied: arguments point into it. */
struct config {
    unsigned count;
    struct config_service service[INIT_SERVICES_MAX];
};

struct config_error {
    unsigned line;
    const char *why; /* a constant */
};

/* Reads the `length` bytes at `text`. False: `error` tells why, and `config` is of no use. */
bool config_read(const char *text, size_t length, struct config *config,
                 struct config_error *error);

#endif
