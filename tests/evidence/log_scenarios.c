/* SPDX-License-Identifier: MIT */
/* The log with the longest formats and arguments, a full ring, lost records to be told of, and
 * nothing but ends of lines in it. */
#define LOG_MODULE "evidence"

#include "kernel/console/log.h"

#include "kernel/irq/irq.h"
#include "lib/format.h"
#include "lib/string.h"
#include "tests/evidence/evidence.h"

#define RECORDS (CONFIG_LOG_RING_SIZE / LOG_RECORD_MAX + 3) /* more than the ring holds */

/* As many directives as a format may have, each with all the flags and digits that are read, and
 * between them plain characters, as many as are left. */
static char format[FORMAT_DIRECTIVES_MAX * 80];
static char text[FORMAT_TEXT_MAX + 1];
static char lines[LOG_RECORD_MAX + 1];

static void texts_make(const char *directive) {
    size_t length = 0;
    TAP_REQUIRE(strlen(directive) < 80 - FORMAT_PIECES_MAX / FORMAT_DIRECTIVES_MAX, "room for it");
    for (unsigned i = 0; i < FORMAT_DIRECTIVES_MAX; i++) {
        memcpy(format + length, directive, strlen(directive));
        length += strlen(directive);
        for (unsigned k = 0; k < FORMAT_PIECES_MAX / FORMAT_DIRECTIVES_MAX - 1; k++) {
            format[length++] = '.';
        }
    }
    format[length] = '\0';
    memset(text, 't', FORMAT_TEXT_MAX);
    memset(lines, '\n', LOG_RECORD_MAX);
}

static void drain(void) {
    while (log_is_pending()) {
        thread_sleep_ms(1);
    }
}

#define SIXTEEN(x) (x), (x), (x), (x), (x), (x), (x), (x), (x), (x), (x), (x), (x), (x), (x), (x)

static void writes_strings(const char *directive) {
    texts_make(directive);
    log_write(LOG_LEVEL_ERROR, LOG_MODULE, format, SIXTEEN(text));
    kprint(format, SIXTEEN(text));
    kprint("\n");
}

static void writes_numbers(const char *directive) {
    texts_make(directive);
    log_write(LOG_LEVEL_ERROR, LOG_MODULE, format, SIXTEEN(UINT64_MAX));
    kprint(format, SIXTEEN(UINT64_MAX));
    kprint("\n");
}

static void writes_all(void) {
    writes_strings("%-0#-0#-010000000000000000000.10000000000000000000s");
    writes_strings("%0#0#0#0010000000000000000000.10000000000000000000s");
    writes_numbers("%-0#-0#-010000000000000000000.10000000000000000000llX");
    writes_numbers("%0#0#0#0010000000000000000000.00000000000000000001llu");
    writes_numbers("%-0#-0#-0llu");
    writes_numbers("%0#0#0#00hhx");
    log_write(LOG_LEVEL_ERROR, LOG_MODULE, "%d %i %5c %p %% %hd", INT32_MIN, -1, 'c', text,
              (short)-5);
}

static void log_formats(void) {
    char line[32];
    char wide[FORMAT_SIZE_MAX];
    drain();
    uint64_t lost = log_lost_count();
    writes_all();
    TAP_EQ(log_lost_count(), lost, "no record was lost");
    TAP_EQ(format_buffer(line, sizeof line, "%-*.*llu|", 12, 5, 42ULL), 13, "a number's length");
    TAP_TEXT(line, "00042       |", "and its text");
    TAP_EQ(format_buffer(wide, sizeof wide, "%300llu", 42ULL), 300, "as wide as asked for");
    TAP_EQ(strlen(wide), sizeof wide - 1, "but what fits");
    drain();
}

/* Records that fill the ring. The newest are lost. */
static void flood(void) {
    for (unsigned i = 0; i < RECORDS; i++) {
        kprint("%s", lines);
    }
}

static void log_full(void) {
    texts_make("%s");
    drain();
    uint64_t lost = log_lost_count();
    flood();
    TAP_EQ(log_lost_count(), lost + 3, "what finds no room is lost");
    TAP_EQ(log_put_text(text, 96), STATUS_FULL, "a program's text has to wait");
    TAP_EQ(log_put_text(text, FORMAT_TEXT_MAX), STATUS_OUT_OF_RANGE, "and must fit");
    while (log_drain()) {
    }
    TAP_OK(!log_is_pending(), "all is shown");
    flood();
    log_flush();
    TAP_OK(!log_is_pending(), "flushed");
    flood();
    log_set_synchronous(true);
    TAP_OK(!log_is_pending(), "and again");
    writes_all();
    TAP_OK(!log_is_pending(), "each record is shown by its writer");
    log_set_synchronous(false);
}

/* The log's thread has made some room when a record comes, and before it the remark on the lost. */
static void log_tells_lost(void) {
    texts_make("%-0#-0#-010000000000000000000.10000000000000000000s");
    drain();
    flood();
    uint64_t lost = log_lost_count();
    thread_sleep_us(50);
    TAP_OK(log_is_pending(), "the log's thread is at it");
    log_write(LOG_LEVEL_ERROR, LOG_MODULE, format, SIXTEEN(text));
    TAP_EQ(log_lost_count(), lost, "there is room for a remark and a record");
    drain();
    flood();
    unsigned waits = 0;
    while (log_put_text(lines, LOG_RECORD_MAX - 1) == STATUS_FULL && waits < 1000) {
        thread_sleep_us(50);
        waits++;
    }
    TAP_OK(waits > 0 && waits < 1000, "a program's text has room soon, and before it the remark");
    drain();
    TAP_EQ(log_put_text("a line of two", 13), STATUS_OK, "and some without an end");
    log_write(LOG_LEVEL_ERROR, LOG_MODULE, "pieces");
    drain();
}

static const struct scenario log_scenarios[] = {
    {"log_formats", log_formats},
    {"log_full", log_full},
    {"log_tells_lost", log_tells_lost},
};
SCENARIO_ROOM(log);
