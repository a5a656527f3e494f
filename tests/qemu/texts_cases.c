/* SPDX-License-Identifier: MIT */
/* What reads and makes text, and moves bytes, with everything that may stand there: the machine's
 * compiler makes other code of it than the one of the host, where the unit tests run. */
#include "arch/aarch64/syndrome.h"
#include "arch/fault.h"
#include "lib/bound.h"
#include "lib/command_line.h"
#include "lib/format.h"
#include "lib/string.h"
#include "tests/qemu/groups.h"

/* --- Boot arguments --- */

static uint64_t number, size, duration, choice, flag, at_most;
static char text[8];
static const char *const choices[] = {"low", "high", NULL};
static const char *const no_choices[] = {NULL};
static const struct command_option options[] = {
    {.key = "number", .kind = OPTION_NUMBER, .number = &number, .least = 2, .most = 100},
    {.key = "size", .kind = OPTION_SIZE, .number = &size},
    {.key = "duration", .kind = OPTION_DURATION, .number = &duration},
    {.key = "choice", .kind = OPTION_CHOICE, .number = &choice, .choices = choices},
    {.key = "nothing", .kind = OPTION_CHOICE, .number = &choice, .choices = no_choices},
    {.key = "at_most", .kind = OPTION_NUMBER, .number = &at_most, .most = 5},
    {.key = "flag", .kind = OPTION_FLAG, .number = &flag},
    {.key = "text", .kind = OPTION_TEXT, .text = text, .text_size = sizeof(text)},
};

static const struct {
    const char *line;
    status_t status; /* of its one word */
    const uint64_t *number;
    uint64_t value;
} lines[] = {
    {"number=7", STATUS_OK, &number, 7},
    {" \t\r\nnumber=8\n", STATUS_OK, &number, 8},
    {"number=0x1f", STATUS_OK, &number, 31},
    {"number=0X1F", STATUS_OK, &number, 31},
    {"number=1", STATUS_OUT_OF_RANGE, &number, 31},
    {"number=101", STATUS_OUT_OF_RANGE, &number, 31},
    {"number=99999999999999999999", STATUS_OUT_OF_RANGE, &number, 31},
    {"number=99999999999999999999x", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=0x", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=0xg", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=7K", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=-7", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=7f", STATUS_INVALID_ARGUMENT, &number, 31},
    {"number=7=8", STATUS_INVALID_ARGUMENT, &number, 31},
    {"numbers=7", STATUS_NOT_FOUND, &number, 31},
    {"num=7", STATUS_NOT_FOUND, &number, 31},
    {"=7", STATUS_NOT_FOUND, &number, 31},
    {"size=5", STATUS_OK, &size, 5},
    {"size=0x10k", STATUS_OK, &size, 16 << 10},
    {"size=3M", STATUS_OK, &size, 3 << 20},
    {"size=2g", STATUS_OK, &size, UINT64_C(2) << 30},
    {"size=17179869184G", STATUS_OUT_OF_RANGE, &size, UINT64_C(2) << 30},
    {"size=4T", STATUS_INVALID_ARGUMENT, &size, UINT64_C(2) << 30},
    {"duration=9ns", STATUS_OK, &duration, 9},
    {"duration=7us", STATUS_OK, &duration, 7000},
    {"duration=5ms", STATUS_OK, &duration, 5000000},
    {"duration=10s", STATUS_OK, &duration, UINT64_C(10000000000)},
    {"duration=2m", STATUS_OK, &duration, UINT64_C(120000000000)},
    {"duration=2", STATUS_INVALID_ARGUMENT, &duration, UINT64_C(120000000000)},
    {"choice=high", STATUS_OK, &choice, 1},
    {"choice=low", STATUS_OK, &choice, 0},
    {"choice=lower", STATUS_INVALID_ARGUMENT, &choice, 0},
    {"flag", STATUS_OK, &flag, 1},
    {"flag=off", STATUS_OK, &flag, 0},
    {"flag=on", STATUS_OK, &flag, 1},
    {"flag=0", STATUS_OK, &flag, 0},
    {"flag=1", STATUS_OK, &flag, 1},
    {"flag=maybe", STATUS_INVALID_ARGUMENT, &flag, 1},
    {"flag=o", STATUS_INVALID_ARGUMENT, &flag, 1},
    {"flag=", STATUS_INVALID_ARGUMENT, &flag, 1},
    {"choice=", STATUS_INVALID_ARGUMENT, &choice, 0},
    {"choice", STATUS_INVALID_ARGUMENT, &choice, 0},
    {"nothing=any", STATUS_INVALID_ARGUMENT, &choice, 0},
    {"size=", STATUS_INVALID_ARGUMENT, &size, UINT64_C(2) << 30},
    {"at_most=5", STATUS_OK, &at_most, 5},
    {"at_most=6", STATUS_OUT_OF_RANGE, &at_most, 5},
    {"at_most=0xAbCdEf", STATUS_OUT_OF_RANGE, &at_most, 5},
    {"text=hello", STATUS_OK, &flag, 1},
    {"text=too-long", STATUS_FULL, &flag, 1},
    {"text", STATUS_INVALID_ARGUMENT, &flag, 1},
};

static bool line_is_right(unsigned i) {
    struct command_problem problem = {.status = STATUS_OK};
    size_t count = command_line_read(lines[i].line, options, ARRAY_SIZE(options), &problem, 1);
    return problem.status == lines[i].status && count == (lines[i].status != STATUS_OK) &&
           *lines[i].number == lines[i].value;
}

static void texts_options(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
        TAP_OK(line_is_right(i), lines[i].line);
    }
    TAP_TEXT(text, "hello", "a text is copied, one that is too long is not");
}

/* 600 letters, 600 blanks; then more words than are taken. */
static void texts_long_line(void) {
    static char line[2048];
    struct command_problem problems[2];
    memset(line, 'x', 600);
    memset(line + 600, ' ', 600);
    memcpy(line + 1200, "number=9", 9);
    uint64_t value = 0;
    TAP_EQ(text_span_number((struct text_span){line, 600}, &value), STATUS_INVALID_ARGUMENT,
           "no number is so long");
    size_t found = command_line_read(line, options, ARRAY_SIZE(options), problems, 2);
    TAP_EQ(found, 2, "a long word falls into two, and blanks that are too long end the line");
    TAP_EQ(problems[0].word.size, COMMAND_WORD_MAX, "the first of which is as long as words are");
    memset(line, '\0', sizeof(line));
    for (unsigned i = 0; i < COMMAND_WORDS_MAX + 5; i++) {
        memcpy(line + 3 * i, "no ", 3);
    }
    found = command_line_read(line, options, ARRAY_SIZE(options), problems, 2);
    TAP_EQ(found, COMMAND_WORDS_MAX + 1, "of too many words the first that is left out is told");
}

/* --- Formats --- */

static bool says(const char *expected, const char *format, ...) {
    char line[64];
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_buffer_list(line, sizeof(line), format, arguments);
    va_end(arguments);
    return length == strlen(expected) && strcmp(line, expected) == 0;
}

static void texts_numbers(void) {
    TAP_OK(says("-5 251", "%hhd %hhu", 0x1fb, 0x1fb), "char");
    TAP_OK(says("-2 65534", "%hd %hu", 0x1fffe, 0x1fffe), "short");
    TAP_OK(says("-7 7", "%i %u", -7, 7), "int");
    TAP_OK(says("-7 8 9 10 11", "%ld %llu %zu %jd %td", -7L, 8L, 9L, 10L, 11L), "long");
    TAP_OK(says("0x2a 0X2A 2a 2A 0", "%#x %#X %x %X %#x", 42, 42, 42, 42, 0), "hexadecimal");
    TAP_OK(says("0x1234", "%p", (void *)0x1234), "pointer");
    TAP_OK(says("  42|42  |0042|00042|  042", "%4d|%-4d|%04d|%.5d|%5.3d", 42, 42, 42, 42, 42),
           "width and precision");
    TAP_OK(says("0x002a|-042", "%#06x|%04d", 42, -42), "zeroes go behind sign and prefix");
    TAP_OK(says("   7|7   |07", "%*d|%*d|%.*d", 4, 7, -4, 7, 2, 7), "widths as arguments");
    TAP_OK(says("7", "%.*d", -1, 7), "a negative precision is none");
}

/* Each length with each conversion. */
static void texts_lengths(void) {
    static const char *const lengths[] = {"", "h", "hh", "l", "ll", "z", "j", "t"};
    unsigned wrong = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        for (const char *conversion = "diuxX"; *conversion != '\0'; conversion++) {
            char format[8];
            format_buffer(format, sizeof(format), "%%%s%c", lengths[i], *conversion);
            wrong += !says("7", format, 7L);
        }
        wrong += !says("7", i < 3 ? "%u" : "%lu", 7L);
    }
    TAP_EQ(wrong, 0, "numbers of every length");
}

/* Where there are many arguments, the last ones are on the stack. */
static void texts_many_arguments(void) {
    TAP_OK(says("1 2 3 4 5 6|7 -8 9 10|0xb c d", "%d %d %d %d %d %d|%u %ld %lu %d|%p %c %s", 1, 2,
                3, 4, 5, 6, 7, -8L, 9UL, 10, (void *)11, 'c', "d"),
           "of each kind");
    TAP_OK(says("1 2 3 4 5 6|  7|08", "%d %d %d %d %d %d|%*d|%.*d", 1, 2, 3, 4, 5, 6, 3, 7, 2, 8),
           "and widths");
}

static bool is_among(char letter, const char *letters) {
    while (*letters != '\0' && *letters != letter) {
        letters++;
    }
    return *letters != '\0';
}

static void texts_formats(void) {
    char small[4] = "xyz";
    TAP_OK(says("(null)|ab|abc  |  abc", "%s|%.2s|%-5s|%5s", NULL, "abc", "abc", "abc"), "strings");
    TAP_OK(says("a%b", "%c%%%c", 'a', 'b'), "characters and percent");
    unsigned wrong = 0;
    for (char letter = ' '; letter < 0x7f; letter++) {
        char unknown[] = {'%', letter, '\0'};
        if (!is_among(letter, "#%*-.0123456789Xcdhijlpstuxz")) {
            wrong += !says(unknown, unknown);
        }
    }
    TAP_EQ(wrong, 0, "what is unknown stays as it stands");
    TAP_OK(says("%", "%"), "a percent at the end");
    TAP_OK(says("%---------d", "%---------d"), "too many flags");
    TAP_OK(says("abcdefghijklmnop", "%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", 'a', 'b', 'c', 'd', 'e',
                'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q'),
           "at most 16 directives");
    TAP_EQ(format_buffer(small, sizeof(small), "%d", 123456), 6, "the length is told in full");
    TAP_TEXT(small, "123", "what has no room is cut");
    TAP_EQ(format_buffer(small, sizeof(small), "abcd%%%c%5s%#x", 'e', "f", 10), 14, "all of it");
    TAP_TEXT(small, "abc", "wherever it is");
    TAP_EQ(format_buffer(NULL, 0, "%5000d", 1), 4096, "without a buffer too, widths have an end");
}

/* --- Bytes --- */

#define BYTES 48

/* Whether memmove from one place to another does just that. */
static bool moves(unsigned to, unsigned from, unsigned length) {
    uint8_t bytes[BYTES];
    for (unsigned i = 0; i < BYTES; i++) {
        bytes[i] = (uint8_t)i;
    }
    memmove(bytes + to, bytes + from, length);
    bool good = true;
    for (unsigned i = 0; i < BYTES; i++) {
        good &= bytes[i] == (i >= to && i < to + length ? i - to + from : i);
    }
    return good;
}

static void texts_moves(void) {
    unsigned wrong = 0;
    for (unsigned length = 0; length <= 32; length++) {
        for (unsigned distance = 0; distance < 12; distance++) {
            wrong += !moves(2, 2 + distance, length) + !moves(2 + distance, 2, length);
        }
    }
    TAP_EQ(wrong, 0, "memmove, up and down, over itself and not");
}

static void texts_compares(void) {
    char a[BYTES];
    char b[BYTES];
    unsigned wrong = 0;
    for (unsigned length = 0; length < 40; length++) {
        memset(a, 'a', sizeof(a));
        memset(b, 'b', sizeof(b));
        memcpy(b, a, length);
        wrong += memcmp(a, b, length) != 0 || memcmp(a, b, length + 1) >= 0 ||
                 memcmp(b, a, length + 1) <= 0;
        wrong += strncmp(a, b, length) != 0 || strncmp(a, b, length + 1) >= 0;
        a[length] = '\0';
        b[length] = '\0';
        wrong += strcmp(a, b) != 0 || strlen(a) != length ||
                 strnlen(a, 20) != (length < 20 ? length : 20);
    }
    TAP_EQ(wrong, 0, "memcmp, strcmp and lengths");
    for (unsigned length = 0; length < 40; length++) {
        memset(a, 'a', sizeof(a));
        memset(a + 1, 'c', length);
        wrong += a[0] != 'a' || a[length + 1] != 'a' || (length != 0 && a[length] != 'c');
    }
    TAP_EQ(wrong, 0, "memset");
    TAP_OK(strncmp("a", "b", 0) == 0 && strnlen("a", 0) == 0, "nothing is looked at");
    TAP_OK(strcmp("a", "ab") < 0 && strcmp("ab", "a") > 0, "the shorter text comes first");
}

/* --- Faults in words --- */

/* Of any syndrome the words fit, and are the same as far as they go. */
static bool words_fit(const struct fault *fault) {
    char whole[128];
    char part[24];
    bool good = true;
    arch_fault_describe(fault, whole, sizeof(whole));
    for (unsigned room = 1; room <= sizeof(part); room += 7) {
        arch_fault_describe(fault, part, room);
        size_t length = strnlen(part, room);
        good &= length < room && strncmp(part, whole, length) == 0;
    }
    size_t length = strnlen(whole, sizeof(whole));
    return good && length > 2 && length < sizeof(whole);
}

static void texts_faults(void) {
    unsigned wrong = 0;
    for (uint64_t class = 0; class < 64; class ++) {
        for (uint64_t status = 0; status < 64; status++) {
            uint64_t flags = status << 6 & 0x5c0; /* write, cache maintenance, no address */
            struct fault fault = {.syndrome = class << 26 | flags | status, .vector = class % 16};
            wrong += !words_fit(&fault);
            wrong += arch_fault_has_address(&fault) && syndrome_class_name(class)[0] == 'r';
        }
    }
    TAP_EQ(wrong, 0, "all syndromes have words");
    char words[64];
    struct fault brk = {.syndrome = UINT64_C(0x3c) << 26 | 0xabcd, .vector = 0};
    arch_fault_describe(&brk, words, sizeof(words));
    TAP_TEXT(words, "BRK 0xabcd", "with the immediate");
    brk.syndrome = UINT64_C(0x25) << 26 | 0x13;
    arch_fault_describe(&brk, words, sizeof(words));
    TAP_TEXT(words, "data abort, read, external abort on a table walk, level -1", "and the level");
    TAP_OK(!arch_fault_has_address(&(struct fault){.syndrome = UINT64_C(0x25) << 26 | 0x410}),
           "an external abort may not know where");
    TAP_OK(strcmp(syndrome_status_name(64), "reserved status code") == 0 &&
               strcmp(syndrome_class_name(64), "reserved exception class") == 0,
           "numbers that a syndrome cannot hold");
}

static unsigned frame_lines;

void texts_frame_line(const char *format, ...);

void texts_frame_line(const char *format, ...) {
    frame_lines += format[0] != '\0';
}
BOUND_CALLEE(frame_dump_print, texts_frame_line);

static unsigned lines_of(unsigned kind, uint64_t pstate) {
    static struct frame frame;
    frame.kind = kind;
    frame.pstate = pstate;
    frame_lines = 0;
    arch_frame_dump(&frame, texts_frame_line);
    return frame_lines;
}

static void texts_frames(void) {
    unsigned wrong = 0;
    for (uint64_t mode = 0; mode < 32; mode++) {
        wrong += lines_of(FRAME_FULL, mode | UINT64_C(0xf0700000)) != 14;
        wrong += lines_of(FRAME_FULL, mode) != 14;
    }
    TAP_EQ(wrong, 0, "a full frame has a line for pstate, whatever it says, and ten of registers");
    TAP_EQ(lines_of(FRAME_VOLUNTARY, 0), 7, "a voluntary one has those that are kept");
}

static const struct test_case texts_cases[] = {
    {"texts_options", texts_options, TEST_ALWAYS},
    {"texts_long_line", texts_long_line, TEST_ALWAYS},
    {"texts_numbers", texts_numbers, TEST_ALWAYS},
    {"texts_lengths", texts_lengths, TEST_ALWAYS},
    {"texts_many_arguments", texts_many_arguments, TEST_ALWAYS},
    {"texts_formats", texts_formats, TEST_ALWAYS},
    {"texts_moves", texts_moves, TEST_ALWAYS},
    {"texts_compares", texts_compares, TEST_ALWAYS},
    {"texts_faults", texts_faults, TEST_ALWAYS},
    {"texts_frames", texts_frames, TEST_ALWAYS},
};
TEST_GROUP(texts);
