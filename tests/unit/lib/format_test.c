/* SPDX-License-Identifier: MIT */
/* The formatter against the C library's: every conversion with random flags, widths,
 * precisions and values. */
#include <limits.h>
#include <stdio.h>

#include "lib/format.h"
#include "tests/unit/test.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"

#define EXPECT_FORMAT(...)                                                                         \
    do {                                                                                           \
        char theirs_[256], ours_[256];                                                             \
        int length_ = snprintf(theirs_, sizeof(theirs_), __VA_ARGS__);                             \
        EXPECT_EQ(format_buffer(ours_, sizeof(ours_), __VA_ARGS__), length_);                      \
        EXPECT_STRING(ours_, theirs_);                                                             \
    } while (0)

static void random_prefix(struct random *random, char *directive, bool number, bool hexadecimal) {
    char *end = directive;
    *end++ = '%';
    if (random_one_in(random, 3)) {
        *end++ = '-';
    }
    if (number && random_one_in(random, 3)) {
        *end++ = '0';
    }
    if (hexadecimal && random_one_in(random, 3)) {
        *end++ = '#';
    }
    if (random_one_in(random, 2)) {
        end += sprintf(end, "%d", (int)random_between(random, 1, 30));
    }
    if (random_one_in(random, 3)) {
        end += sprintf(end, ".%d", (int)random_below(random, 25));
    }
    *end = '\0';
}

static uint64_t random_value(struct random *random) {
    static const uint64_t edges[] = {0,         1,         9,
                                     10,        0x7f,      0x80,
                                     0x8000,    INT_MAX,   (uint64_t)INT_MIN,
                                     UINT_MAX,  INT64_MAX, (uint64_t)INT64_MIN,
                                     UINT64_MAX};
    return random_one_in(random, 3) ? edges[random_below(random, ARRAY_SIZE(edges))]
                                    : random_next(random) >> random_below(random, 64);
}

TEST(format_numbers_match_the_library) {
    static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z", "t", "j"};
    static const char conversions[] = {'d', 'i', 'u', 'x', 'X'};
    struct random random = test_random();
    for (int step = 0; step < 100000; step++) {
        char directive[64];
        char conversion = conversions[random_below(&random, sizeof(conversions))];
        unsigned length = (unsigned)random_below(&random, ARRAY_SIZE(lengths));
        random_prefix(&random, directive, true, conversion == 'x' || conversion == 'X');
        size_t end = strlen(directive);
        sprintf(directive + end, "%s%c|%%d", lengths[length], conversion);
        uint64_t value = random_value(&random);
        if (length < 3) {
            EXPECT_FORMAT(directive, (int)value, step);
        } else {
            EXPECT_FORMAT(directive, value, step);
        }
    }
}

TEST(format_text_matches_the_library) {
    static const char *const strings[] = {"", "a", "producer", "a rather long string that goes on"};
    struct random random = test_random();
    for (int step = 0; step < 100000; step++) {
        char directive[64];
        const char *string = strings[random_below(&random, ARRAY_SIZE(strings))];
        random_prefix(&random, directive, false, false);
        strcat(directive, "s<%%>%c%s");
        EXPECT_FORMAT(directive, string, 'c', "end");
        int width = (int)random_below(&random, 60) - 30;
        int precision = (int)random_below(&random, 30) - 5;
        EXPECT_FORMAT("%*d|%.*s|%*.*x", width, step, precision, string, width, precision, 77u);
    }
    EXPECT_FORMAT("%c%5c%-5c.", 'x', 'y', 'z');
    EXPECT_FORMAT("%p %20p %-20p.", (void *)0x1234, (void *)UINTPTR_MAX, (void *)1);
    EXPECT_FORMAT("%s", "no directive but this");
    EXPECT_FORMAT("plain");
}

static const char *format(const char *text, ...) {
    static char buffer[128];
    va_list arguments;
    va_start(arguments, text);
    format_buffer_list(buffer, sizeof(buffer), text, arguments);
    va_end(arguments);
    return buffer;
}

TEST(format_what_the_library_leaves_open) {
    EXPECT_STRING(format("%s", NULL), "(null)");
    EXPECT_STRING(format("%p", NULL), "0x0");
    EXPECT_STRING(format("%q %d", 5), "%q 5"); /* an unknown one takes no argument */
    EXPECT_STRING(format("%-08.3y|"), "%-08.3y|");
    EXPECT_STRING(format("%f", 1), "%f");
    EXPECT_STRING(format("100%"), "100%");
    EXPECT_STRING(format("%"), "%");
    EXPECT_STRING(format("%5"), "%5");
    EXPECT_STRING(format("%l"), "%l");
}

/* The string is not terminated: no more than the precision may be looked at. */
TEST(format_precision_limits_reading) {
    char text[3] = {'a', 'b', 'c'};
    EXPECT_STRING(format("%.3s", text), "abc");
}

TEST(format_truncates_and_counts) {
    char buffer[8];
    memset(buffer, 'x', sizeof(buffer));
    EXPECT_EQ(format_buffer(buffer, 5, "%s", "123456789"), 9);
    EXPECT_STRING(buffer, "1234");
    EXPECT_EQ(buffer[5], 'x');
    EXPECT_EQ(format_buffer(buffer, 1, "%d", 17), 2);
    EXPECT_STRING(buffer, "");
    EXPECT_EQ(format_buffer(NULL, 0, "%d%d", 17, 4), 3);
    EXPECT_EQ(format_buffer(buffer, 4, "abc"), 3);
    EXPECT_STRING(buffer, "abc");
}

static void add(struct format_sink *sink, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    format_to(sink, text, arguments);
    va_end(arguments);
}

TEST(format_sink_is_added_to) {
    char buffer[8];
    struct format_sink sink = {.buffer = buffer, .size = sizeof(buffer)};
    add(&sink, "%d-", 12);
    add(&sink, "%s", "345");
    EXPECT_EQ(sink.length, 6);
    EXPECT(memcmp(buffer, "12-345", 6) == 0);
    add(&sink, "%s", "6789");
    EXPECT_EQ(sink.length, 10);
    EXPECT(memcmp(buffer, "12-34567", 8) == 0);
}

/* The longest of everything, and one more of it. */
TEST(format_limits) {
    static char large[2 * FORMAT_SIZE_MAX];
    static char text[2 * FORMAT_TEXT_MAX];
    static char many[2 * FORMAT_PIECES_MAX + 1];
    memset(large, '#', sizeof(large));
    memset(text, 'x', sizeof(text)); /* no end within what may be looked at */
    EXPECT_EQ(format_buffer(large, sizeof(large), "%s", text), FORMAT_TEXT_MAX);
    EXPECT_EQ(strlen(large), FORMAT_SIZE_MAX - 1);
    EXPECT_EQ(large[FORMAT_SIZE_MAX], '#');
    EXPECT_EQ(format_buffer(large, sizeof(large), "%300d", 1), 300);
    EXPECT_EQ(strlen(large), FORMAT_SIZE_MAX - 1);
    EXPECT_EQ(format_buffer(large, sizeof(large), "%.300d|", 1), 301);
    memset(many, 'y', sizeof(many) - 1);
    EXPECT_EQ(format_buffer(large, sizeof(large), many), FORMAT_PIECES_MAX);
    EXPECT_EQ(format_buffer(large, sizeof(large), "%llu", ULLONG_MAX), 20);
    for (unsigned i = 0; i <= FORMAT_DIRECTIVES_MAX; i++) {
        memcpy(many + 2 * i, "%%", 3);
    }
    EXPECT_EQ(format_buffer(large, sizeof(large), many), FORMAT_DIRECTIVES_MAX);
    EXPECT_STRING(format("%--------5d|", 7), "7    |");
    EXPECT_STRING(format("%---------5d|", 7), "%---------5d|");
    EXPECT_STRING(format("%.00000000000000000003d|", 7), "007|");
    EXPECT_STRING(format("%.000000000000000000003d|", 7), "%.000000000000000000003d|");
}

TEST(format_widths_are_limited) {
    static const char *const huge[] = {"%2147483647d", "%99999999999999999999d", "%.5000d", "%*d"};
    for (unsigned i = 0; i < ARRAY_SIZE(huge); i++) {
        char buffer[8];
        struct format_sink sink = {.buffer = buffer, .size = sizeof(buffer)};
        add(&sink, huge[i], INT_MIN, 1);
        EXPECT(sink.length == 4096 || sink.length == 4097); /* and a sign */
    }
}
