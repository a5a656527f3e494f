/* SPDX-License-Identifier: MIT */
/*
 * Raw output, character by character, to the one device that people and tests read. The device
 * belongs to a higher floor, so it is handed down as a table of functions. Nothing here masks
 * interrupts: two writers of different priority may interleave, and whoever wants whole lines goes
 * through the log.
 */
#ifndef KERNEL_CONSOLE_CONSOLE_H
#define KERNEL_CONSOLE_CONSOLE_H

#include "lib/compiler.h"

struct console_device {
    /* Takes one character, or says at once that there is no room now. O(1), any context. */
    bool (*try_put)(char letter);
    /* Returns when the last character has left, or after a bounded wait. Any context. */
    void (*flush)(void);
};

/* Copies the table. Once, at boot; until then all that is written to the console is dropped. */
void console_init(const struct console_device *device);

bool console_is_ready(void);

/* Writes all of `text`, at most CONSOLE_WRITE_MAX bytes, before it returns. Any context; interrupts
 * stay as they are. Each character waits at most CONSOLE_POLLS_MAX polls for room and is then
 * dropped; those behind it get one poll each until the device takes one again, so a dead device
 * cannot stop the kernel. O(length). */
#define CONSOLE_POLLS_MAX 1000000
#define CONSOLE_WRITE_MAX 240
void console_write(const char *text, size_t length);

/* One character, if there is room for it right now. True also when there is no console: what
 * cannot be shown is gone. O(1), any context. */
bool console_try_put(char letter);

/* Polls until there is room again, at most CONSOLE_POLLS_MAX times, and writes `letter`. False: the
 * device did not take it. Any context. */
bool console_put(char letter);

/* Waits (bounded) until everything has left the device. Any context. */
void console_flush(void);

#endif
