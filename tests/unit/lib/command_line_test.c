/* SPDX-License-Identifier: MIT */
/* Words and values are taken as they should be, and what is wrong is reported
 * and changes nothing. */
#include "lib/command_line.h"

#include "tests/unit/test.h"

static struct text_span span(const char *text) {
    return (struct text_span){text, strlen(text)};
}

#define UNTOUCHED 0x5555

static status_t number(const char *text, uint64_t *value) {
    *value = UNTOUCHED;
    return text_span_number(span(text), value);
}

static status_t bytes(const char *text, uint64_t *value) {
    *value = UNTOUCHED;
    return text_span_bytes(span(text), value);
}

static status_t duration(const char *text, uint64_t *value) {
    *value = UNTOUCHED;
    return text_span_duration(span(text), value);
}

TEST(span_is_compared_whole) {
    EXPECT(text_span_is(span("log"), "log"));
    EXPECT(!text_span_is(span("log"), "logs"));
    EXPECT(!text_span_is(span("logs"), "log"));
    EXPECT(text_span_is(span(""), ""));
    EXPECT(!text_span_is(span(""), "x"));
    EXPECT(text_span_is((struct text_span){NULL, 0}, ""));
}

TEST(words_are_parted) {
    const char *text = "  log=debug\tquiet\n=x a= b=c=d ";
    static const char *const keys[] = {"log", "quiet", "", "a", "b"};
    static const char *const values[] = {"debug", NULL, "x", "", "c=d"};
    struct command_word word;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        EXPECT(command_word_next(&text, &word));
        EXPECT(text_span_is(word.key, keys[i]));
        EXPECT_EQ(word.value.start != NULL, values[i] != NULL);
        EXPECT(values[i] == NULL || text_span_is(word.value, values[i]));
    }
    EXPECT(!command_word_next(&text, &word));
    EXPECT(!command_word_next(&text, &word));
    EXPECT_EQ(*text, 0);
}

TEST(numbers) {
    uint64_t value;
    EXPECT_EQ(number("0", &value), STATUS_OK);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(number("0042", &value), STATUS_OK);
    EXPECT_EQ(value, 42);
    EXPECT_EQ(number("0xdeadBEEF", &value), STATUS_OK);
    EXPECT_EQ(value, 0xdeadbeef);
    EXPECT_EQ(number("0X1f", &value), STATUS_OK);
    EXPECT_EQ(value, 31);
    EXPECT_EQ(number("18446744073709551615", &value), STATUS_OK);
    EXPECT_EQ(value, UINT64_MAX);
    EXPECT_EQ(number("0xffffffffffffffff", &value), STATUS_OK);
    EXPECT_EQ(value, UINT64_MAX);
    static const char *const large[] = {"18446744073709551616", "0x10000000000000000",
                                        "99999999999999999999999999", "184467440737095516150"};
    for (size_t i = 0; i < ARRAY_SIZE(large); i++) {
        EXPECT_EQ(number(large[i], &value), STATUS_OUT_OF_RANGE);
        EXPECT_EQ(value, UNTOUCHED);
    }
    static const char *const wrong[] = {"",    "x",  "-1",  "+1",
                                        " 1",  "1 ", "12a", "0x",
                                        "0xg", "1K", "1.5", "99999999999999999999999999x"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        EXPECT_EQ(number(wrong[i], &value), STATUS_INVALID_ARGUMENT);
        EXPECT_EQ(value, UNTOUCHED);
    }
}

TEST(sizes) {
    uint64_t value;
    EXPECT_EQ(bytes("17", &value), STATUS_OK);
    EXPECT_EQ(value, 17);
    EXPECT_EQ(bytes("4K", &value), STATUS_OK);
    EXPECT_EQ(value, 4096);
    EXPECT_EQ(bytes("0x10m", &value), STATUS_OK);
    EXPECT_EQ(value, 16 << 20);
    EXPECT_EQ(bytes("3G", &value), STATUS_OK);
    EXPECT_EQ(value, INT64_C(3) << 30);
    EXPECT_EQ(bytes("17179869183G", &value), STATUS_OK);
    EXPECT_EQ(bytes("17179869184G", &value), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(value, UNTOUCHED);
    EXPECT_EQ(bytes("99999999999999999999K", &value), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(bytes("1T", &value), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(bytes("K", &value), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(bytes("1KB", &value), STATUS_INVALID_ARGUMENT);
}

TEST(durations) {
    uint64_t value;
    EXPECT_EQ(duration("7ns", &value), STATUS_OK);
    EXPECT_EQ(value, 7);
    EXPECT_EQ(duration("7us", &value), STATUS_OK);
    EXPECT_EQ(value, 7000);
    EXPECT_EQ(duration("7ms", &value), STATUS_OK);
    EXPECT_EQ(value, 7000000);
    EXPECT_EQ(duration("10s", &value), STATUS_OK);
    EXPECT_EQ(value, INT64_C(10000000000));
    EXPECT_EQ(duration("2m", &value), STATUS_OK);
    EXPECT_EQ(value, INT64_C(120000000000));
    EXPECT_EQ(duration("18446744073s", &value), STATUS_OK);
    EXPECT_EQ(duration("18446744074s", &value), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(value, UNTOUCHED);
    EXPECT_EQ(duration("10", &value), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(duration("s", &value), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(duration("10h", &value), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(duration("1s5ms", &value), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(duration("-1s", &value), STATUS_INVALID_ARGUMENT);
}

/* --- Options --------------------------------------------------------------------------------- */

static struct {
    uint64_t count, level, length, quiet;
    char name[8];
} settings;

static const char *const levels[] = {"error", "warn", "info", NULL};

static const struct command_option options[] = {
    {.key = "count", .kind = OPTION_NUMBER, .number = &settings.count, .least = 2, .most = 9},
    {.key = "log", .kind = OPTION_CHOICE, .number = &settings.level, .choices = levels},
    {.key = "for", .kind = OPTION_DURATION, .number = &settings.length},
    {.key = "quiet", .kind = OPTION_FLAG, .number = &settings.quiet},
    {.key = "case", .kind = OPTION_TEXT, .text = settings.name, .text_size = sizeof(settings.name)},
};

static size_t read_line(const char *text, struct command_problem *problems, size_t limit) {
    memset(&settings, 0, sizeof(settings));
    settings.level = UNTOUCHED;
    return command_line_read(text, options, ARRAY_SIZE(options), problems, limit);
}

TEST(line_of_good_words) {
    EXPECT_EQ(read_line("log=info for=10s case=walk quiet count=9", NULL, 0), 0);
    EXPECT_EQ(settings.level, 2);
    EXPECT_EQ(settings.length, INT64_C(10000000000));
    EXPECT_EQ(settings.quiet, 1);
    EXPECT_EQ(settings.count, 9);
    EXPECT_STRING(settings.name, "walk");
    EXPECT_EQ(read_line("", NULL, 0), 0);
    EXPECT_EQ(read_line("quiet=on quiet=off count=3 count=4", NULL, 0), 0);
    EXPECT_EQ(settings.quiet, 0);
    EXPECT_EQ(settings.count, 4);
}

TEST(line_with_bad_words) {
    static const struct {
        const char *word;
        status_t status;
    } wrong[] = {
        {"console=ttyAMA0", STATUS_NOT_FOUND},
        {"ro", STATUS_NOT_FOUND},
        {"=3", STATUS_NOT_FOUND},
        {"lo=info", STATUS_NOT_FOUND},
        {"log", STATUS_INVALID_ARGUMENT},
        {"log=loud", STATUS_INVALID_ARGUMENT},
        {"log=inf", STATUS_INVALID_ARGUMENT},
        {"log=", STATUS_INVALID_ARGUMENT},
        {"count=1", STATUS_OUT_OF_RANGE},
        {"count=10", STATUS_OUT_OF_RANGE},
        {"count=many", STATUS_INVALID_ARGUMENT},
        {"for=10", STATUS_INVALID_ARGUMENT},
        {"quiet=maybe", STATUS_INVALID_ARGUMENT},
        {"case", STATUS_INVALID_ARGUMENT},
        {"case=12345678", STATUS_FULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct command_problem problem[2];
        char line[64];
        strcpy(line, "count=5 ");
        strcat(line, wrong[i].word);
        strcat(line, " case=7letter");
        EXPECT_EQ(read_line(line, problem, 2), 1);
        EXPECT(text_span_is(problem[0].word, wrong[i].word));
        EXPECT_EQ(problem[0].status, wrong[i].status);
        EXPECT_EQ(settings.count, 5);
        EXPECT_EQ(settings.level, UNTOUCHED);
        EXPECT_EQ(settings.length, 0);
        EXPECT_STRING(settings.name, "7letter");
    }
}

TEST(line_keeps_the_first_problems) {
    struct command_problem problem[2];
    EXPECT_EQ(read_line("a b c", problem, 2), 3);
    EXPECT(text_span_is(problem[0].word, "a"));
    EXPECT(text_span_is(problem[1].word, "b"));
}

/* --- Limits ---------------------------------------------------------------------------------- */

#define CHOICES_16 "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"

TEST(longest_words_and_names) {
    static char text[2 * COMMAND_WORD_MAX + 10];
    const char *at = text;
    struct command_word word;
    memset(text, 'x', sizeof(text));
    memset(text, ' ', COMMAND_WORD_MAX);
    text[2 * COMMAND_WORD_MAX + 3] = 0;
    EXPECT(command_word_next(&at, &word));
    EXPECT(word.whole.start == text + COMMAND_WORD_MAX);
    EXPECT_EQ(word.whole.size, COMMAND_WORD_MAX);
    EXPECT(command_word_next(&at, &word)); /* the piece that was too much */
    EXPECT_EQ(word.whole.size, 3);
    EXPECT(!command_word_next(&at, &word));
    text[COMMAND_WORD_MAX + COMMAND_NAME_MAX - 1] = 0;
    EXPECT(text_span_is((struct text_span){text + COMMAND_WORD_MAX, COMMAND_NAME_MAX - 1},
                        text + COMMAND_WORD_MAX));
    EXPECT(!text_span_is((struct text_span){text + COMMAND_WORD_MAX, COMMAND_NAME_MAX},
                         text + COMMAND_WORD_MAX));
}

TEST(longest_values) {
    static char text[COMMAND_WORD_MAX + 2];
    static char copy[COMMAND_WORD_MAX];
    uint64_t value = 0;
    uint64_t index = 0;
    static const char *const choices[] = {CHOICES_16, NULL};
    const struct command_option many[COMMAND_OPTIONS_MAX] = {
        {.key = "0", .kind = OPTION_CHOICE, .number = &index, .choices = choices},
        {.key = "1", .kind = OPTION_TEXT, .text = copy, .text_size = sizeof(copy)},
        {.key = "2"},
        {.key = "3"},
        {.key = "4"},
        {.key = "5"},
        {.key = "6"},
        {.key = "7"},
        {.key = "8"},
        {.key = "9"},
        {.key = "a"},
        {.key = "b"},
        {.key = "c"},
        {.key = "d"},
        {.key = "e"},
        {.key = "f", .kind = OPTION_SIZE, .number = &value},
    };
    memset(text, '0', sizeof(text) - 1);
    text[COMMAND_WORD_MAX - 1] = '7';
    EXPECT_EQ(text_span_number((struct text_span){text, COMMAND_WORD_MAX}, &value), STATUS_OK);
    EXPECT_EQ(value, 7);
    EXPECT_EQ(text_span_number((struct text_span){text, COMMAND_WORD_MAX + 1}, &value),
              STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(command_line_read("f=2g 0=p", many, COMMAND_OPTIONS_MAX, NULL, 0), 0);
    EXPECT_EQ(value, INT64_C(2) << 30);
    EXPECT_EQ(index, 15);
    memcpy(text, "1=", 2);
    text[COMMAND_WORD_MAX] = 0;
    EXPECT_EQ(command_line_read(text, many, COMMAND_OPTIONS_MAX, NULL, 0), 0);
    EXPECT_EQ(strlen(copy), COMMAND_WORD_MAX - 2);
    EXPECT_PANIC((void)command_line_read("", many, COMMAND_OPTIONS_MAX + 1, NULL, 0));
}

TEST(line_of_too_many_words) {
    char line[2 * COMMAND_WORDS_MAX + 20] = "";
    struct command_problem problem;
    for (int i = 0; i < COMMAND_WORDS_MAX; i++) {
        strcat(line, "quiet ");
        line[2 * i] = 0;
        strcat(line, "x ");
    }
    line[2 * COMMAND_WORDS_MAX] = 0;
    EXPECT_EQ(read_line(line, &problem, 1), COMMAND_WORDS_MAX);
    strcat(line, "quiet count=5");
    memcpy(line, "\t\t", 2); /* one less that is not known */
    EXPECT_EQ(read_line(line, &problem, 1), COMMAND_WORDS_MAX);
    EXPECT_EQ(settings.quiet, 1);
    EXPECT_EQ(settings.count, 0); /* beyond the last */
}
