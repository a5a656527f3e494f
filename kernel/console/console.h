/* SPDX-License-Identifier: MIT */
/*
 * Raw output and input, character by character, of the one device that people and tests read and type
 * at. It belongs to a higher floor, so it is handed down as a table of functions. Nothing here masks
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
    /* Input, if it has any; else NULL. From now on it interrupts while there is some. O(1). */
    void (*listen)(void);
    /* Takes the oldest character that came, if there is one. O(1). */
    bool (*try_get)(char *letter);
    /* Characters that it dropped, because nobody took those before them. O(1), any context. */
    uint64_t (*overruns)(void);
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

/* --- Input: one thread, which serves the device's interrupt line. --- */

/* Tells which line that is. Once, at boot. O(1). */
void console_set_line(uint32_t line);
uint32_t console_line(void);

/* From now on the device interrupts while there is input. Nothing where there is no device with input.
 * What came before is to be got before the first interrupt is waited for. O(1). */
void console_listen(void);

/* Takes the oldest character that came, if there is one. O(1). */
bool console_try_get(char *letter);

/* Characters that the device dropped: at least so many. O(1), any context. */
uint64_t console_overruns(void);

#endif
