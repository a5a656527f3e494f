/* SPDX-License-Identifier: MIT */
/*
 * The log: lines for people, from any context, at a cost that does not depend on the UART.
 *
 *     #define LOG_MODULE "sched"
 *     #include "kernel/console/log.h"
 *     log_info("thread %u ended", index);     ->  [   12.345678] info  sched: thread 7 ended
 *
 * A record is made on the caller's stack and put whole into a ring, or dropped and counted if there
 * is no room: the newest go, so that what led to the flood stays. The ring is written out by a
 * thread of low priority (log_drain()), by the writer itself while there is no such thread
 * (log_set_synchronous()), or by whoever stops the machine (log_flush()). Interrupts are masked
 * while a record is copied and while one character is offered to the UART, never while waiting.
 *
 * Control characters within a line become '?': a logged text cannot pretend to be another line.
 */
#ifndef KERNEL_CONSOLE_LOG_H
#define KERNEL_CONSOLE_LOG_H

#include "config.h"
#include "lib/compiler.h"
#include "lib/status.h"

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_TRACE,
};

#ifndef LOG_MODULE
#define LOG_MODULE "kernel"
#endif

/* Longest record, bytes with its end of line. What is longer is cut and ends in "...". */
#define LOG_RECORD_MAX 160

/* Arguments are evaluated only if the level is on. */
#define log_at(level, ...)                                                                         \
    ((int)(level) <= CONFIG_LOG_FLOOR && (int)(level) <= log_threshold                             \
         ? log_write((level), LOG_MODULE, __VA_ARGS__)                                             \
         : (void)0)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_trace(...) log_at(LOG_LEVEL_TRACE, __VA_ARGS__)

/* The level above, at run time. Read by the macros, written by log_set_level() only. */
extern int log_threshold;

/* Makes a line of level, module and text. Any context, nested interrupts and panic
 * included. O(LOG_RECORD_MAX) and the length of the result; masked for the copy of at
 * most LOG_RECORD_MAX bytes. */
void log_write(enum log_level level, const char *module, const char *format, ...) PRINTF_LIKE(3, 4);

/* The text alone, control characters and all; "\n" ends a line. As log_write(). */
void kprint(const char *format, ...) PRINTF_LIKE(1, 2);

/* Text of a program, put whole into the ring as it is, or not at all: FULL when the ring is half
 * full, so that what is logged always has the other half. OUT_OF_RANGE: longer than LOG_RECORD_MAX. If it
 * does not end a line, the next line of the log does. Thread context; as log_write(). */
MUST_USE status_t log_put_text(const char *text, size_t length);

/* From now on `level` and what is graver is logged. Any context, O(1). At boot: info. */
void log_set_level(enum log_level level);

/* On (as at boot): every record is written out by its writer before log_write() returns. Turning it
 * on also writes out what is pending. Off: somebody calls log_drain(). Any context. While it is on,
 * the bounds of calls that log leave out what that takes. */
void log_set_synchronous(bool synchronous);

/* From now on somebody drains: records wait in the ring, and `announce` is called, in the context
 * of the writer, when one enters an empty ring. Once, at the end of boot. */
void log_hand_over(void (*announce)(void));

/* Calls what log_hand_over() was given, if it was: whoever drains looks again. Any context. O(1). */
void log_announce(void);

/* Whether anything waits to be written out. O(1), any context. */
bool log_is_pending(void);

/* Writes out records for as long as the UART takes characters, with interrupts unmasked in between
 * if they were. At most CONFIG_LOG_RING_SIZE bytes. Returns whether anything was written: if not,
 * the caller should sleep a while. Any context; meant for a thread of low priority. */
bool log_drain(void);

/* Writes out all that is pending, and waits for the last character. Any context; a stuck UART is
 * given up after a bounded time, a slow one is waited for. */
void log_flush(void);

/* Records dropped since boot. O(1), any context. */
uint64_t log_lost_count(void);

#endif
