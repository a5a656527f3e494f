/* SPDX-License-Identifier: MIT */
/* Boot words: what the kernel takes, what it complains of, and that an application's values stay. */
#include "kernel/options.h"

#include <stdio.h>

#include "kernel/app.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "platform/machine.h"
#include "tests/unit/test.h"

/* --- A console that keeps what is written --- */

static char said[8192];
static size_t said_length;

static bool fake_try_put(char letter) {
    if (said_length < sizeof said - 1) {
        said[said_length++] = letter;
        said[said_length] = '\0';
    }
    return true;
}

static void fake_flush(void) {
}

static const struct console_device fake = {.try_put = fake_try_put, .flush = fake_flush};

/* Reads the words anew, as at a boot. */
static void read_words(const char *bootargs) {
    console_init(&fake);
    log_set_level(LOG_LEVEL_TRACE);
    log_set_synchronous(true);
    said_length = 0;
    said[0] = '\0';
    options_read(bootargs);
}

static unsigned lines_said(void) {
    unsigned lines = 0;
    for (size_t i = 0; i < said_length; i++) {
        lines += said[i] == '\n';
    }
    return lines;
}

/* --- What the kernel takes --- */

TEST(options_levels) {
    static const struct {
        const char *words;
        int level;
    } cases[] = {
        {"", LOG_LEVEL_INFO},
        {"log=error", LOG_LEVEL_ERROR},
        {"log=warn", LOG_LEVEL_WARN},
        {"log=info", LOG_LEVEL_INFO},
        {"log=debug", LOG_LEVEL_DEBUG},
        {"log=trace", LOG_LEVEL_TRACE},
        {"case=x log=debug more", LOG_LEVEL_DEBUG},
        {"log=debug log=error", LOG_LEVEL_ERROR},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        read_words(cases[i].words);
        EXPECT_EQ(log_threshold, cases[i].level);
        EXPECT_EQ(lines_said(), 0);
    }
}

TEST(options_run_limit) {
    static const struct {
        const char *words;
        uint64_t limit_ns;
    } cases[] = {
        {"for=1ns", 1},
        {"for=10us", 10000},
        {"for=500ms", 500000000},
        {"log=error for=10s case=x", UINT64_C(10000000000)},
        {"for=2m", UINT64_C(120000000000)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        read_words(cases[i].words);
        EXPECT_EQ(options_run_limit_ns(), cases[i].limit_ns);
        EXPECT_EQ(lines_said(), 0);
    }
}

/* What cannot be taken is named in a line of its own, and changes nothing else. */
TEST(options_bad_values) {
    static const char *const bad[] = {
        "log=loud",
        "log=",
        "log",
        "log=debugger",
        "log=DEBUG",
        "for=soon",
        "for=",
        "for",
        "for=10",
        "for=-1s",
        "for=1h",
        "for=99999999999999999999s",
        "for=18446744073709551615m",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char words[100];
        char quoted[100];
        read_words("for=7us");
        snprintf(words, sizeof words, "one=1 %s two=2", bad[i]);
        snprintf(quoted, sizeof quoted, "'%s'", bad[i]);
        read_words(words);
        EXPECT(strstr(said, quoted) != NULL);
        EXPECT_EQ(lines_said(), 1);
        EXPECT_EQ(log_threshold, LOG_LEVEL_INFO);
        EXPECT_EQ(options_run_limit_ns(), 7000);
        EXPECT_STRING(app_argument("one"), "1");
        EXPECT_STRING(app_argument("two"), "2");
    }
}

TEST(options_many_bad_values) {
    read_words("log=a log=b log=c log=d log=e log=f for=x for=y log=warn for=3ns");
    EXPECT(lines_said() >= 1);
    EXPECT_EQ(log_threshold, LOG_LEVEL_WARN);
    EXPECT_EQ(options_run_limit_ns(), 3);
}

/* --- What the application asks --- */

TEST(app_argument_values) {
    read_words("case=boot  \t mode=fast a=b=c\nempty= =nothing quiet log=info");
    EXPECT_STRING(app_argument("case"), "boot");
    EXPECT_STRING(app_argument("mode"), "fast");
    EXPECT_STRING(app_argument("a"), "b=c");
    EXPECT_STRING(app_argument("empty"), "");
    EXPECT_STRING(app_argument("log"), "info");
    EXPECT(app_argument("missing") == NULL);
    EXPECT(app_argument("quiet") == NULL);
    EXPECT(app_argument("") == NULL);
    EXPECT_EQ(lines_said(), 0); /* what the kernel does not know is not its business */
}

TEST(app_argument_takes_whole_keys) {
    read_words("cases=1 ca=2 xcase=3 case=4 casement=5");
    EXPECT_STRING(app_argument("case"), "4");
    EXPECT_STRING(app_argument("ca"), "2");
    EXPECT(app_argument("c") == NULL);
    EXPECT(app_argument("casem") == NULL);
    EXPECT(app_argument("case=4") == NULL);
    EXPECT(app_argument("4") == NULL);
}

/* Values stay: nobody has to copy one before asking for the next. */
TEST(app_argument_values_stay) {
    read_words("first=one second=two");
    const char *first = app_argument("first");
    const char *second = app_argument("second");
    EXPECT(app_argument("third") == NULL);
    EXPECT_STRING(first, "one");
    EXPECT_STRING(second, "two");
    EXPECT(app_argument("first") == first);
}

/* Nor does the text they came from have to. */
TEST(app_argument_needs_no_original) {
    char words[] = "key=value";
    read_words(words);
    memset(words, '#', sizeof words - 1);
    EXPECT_STRING(app_argument("key"), "value");
}

TEST(app_argument_none) {
    static const char *const empty[] = {"", " ", "\t \n "};
    for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
        read_words(empty[i]);
        EXPECT(app_argument("key") == NULL);
        EXPECT(app_argument("") == NULL);
    }
}

/* The longest text that a machine can hand over, as one word and as many. */
TEST(app_argument_longest) {
    char words[MACHINE_BOOTARGS_MAX];
    memset(words, 'v', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    memcpy(words, "k=", 2);
    read_words(words);
    EXPECT_STRING(app_argument("k"), words + 2);

    memset(words, ' ', sizeof words - 1);
    memcpy(words, "first=1", 7);
    memcpy(words + sizeof words - 1 - 6, "last=2", 6);
    read_words(words);
    EXPECT_STRING(app_argument("first"), "1");
    EXPECT_STRING(app_argument("last"), "2");

    for (size_t i = 0; i + 2 < sizeof words; i += 2) { /* "x x x ... x" */
        words[i] = 'x';
        words[i + 1] = ' ';
    }
    memcpy(words + sizeof words - 1 - 4, " y=1", 4);
    read_words(words);
    EXPECT_STRING(app_argument("y"), "1");
}

/* More than that is cut somewhere between words; what came before is there. */
TEST(app_argument_too_long) {
    char words[4 * MACHINE_BOOTARGS_MAX];
    memset(words, 'v', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    memcpy(words, "first=1 k=", 10);
    read_words(words);
    EXPECT_STRING(app_argument("first"), "1");
    EXPECT(app_argument("k") == NULL);

    /* Around the last byte: a word is there whole, or not at all. */
    for (size_t length = MACHINE_BOOTARGS_MAX - 20; length < MACHINE_BOOTARGS_MAX + 20; length++) {
        memset(words, 'v', sizeof words - 1);
        memcpy(words, "first=1 k=", 10);
        words[length] = '\0';
        read_words(words);
        const char *value = app_argument("k");
        EXPECT_STRING(app_argument("first"), "1");
        EXPECT(value != NULL || length >= MACHINE_BOOTARGS_MAX);
        EXPECT(value == NULL || strlen(value) == length - 10);
    }
}
