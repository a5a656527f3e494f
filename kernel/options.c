/* SPDX-License-Identifier: MIT */
/* Boot arguments: "log=LEVEL" and "for=DURATION" are the kernel's, all others the application's. */
#define LOG_MODULE "boot"

#include "kernel/options.h"

#include "kernel/app.h"
#include "kernel/console/log.h"
#include "lib/bound.h"
#include "lib/command_line.h"
#include "lib/string.h"
#include "platform/machine.h"

#define PROBLEMS_MAX 4
#define WORDS_MAX    (MACHINE_BOOTARGS_MAX / 2) /* each is a letter at least, and what ends it */

/* Constant after options_read(): the words, each ended by a NUL, one behind the other. */
static char words[MACHINE_BOOTARGS_MAX];
static size_t words_length;
static uint64_t run_limit_ns;

uint64_t options_run_limit_ns(void) {
    return run_limit_ns;
}

/* Keeps a copy of the words, cut apart. What does not fit is left out. */
static void options_keep(const char *bootargs) {
    struct command_word word;
    words_length = 0;
    BOUND_LOOP(words, WORDS_MAX);
    while (command_word_next(&bootargs, &word)) {
        BOUND_TURN(words);
        if (word.whole.size >= sizeof words - words_length) {
            break;
        }
        memcpy(words + words_length, word.whole.start, word.whole.size);
        words_length += word.whole.size;
        words[words_length++] = '\0';
    }
}

void options_read(const char *bootargs) {
    static const char *const levels[] = {"error", "warn", "info", "debug", "trace", NULL};
    uint64_t level = LOG_LEVEL_INFO;
    const struct command_option options[] = {
        {.key = "log", .kind = OPTION_CHOICE, .number = &level, .choices = levels},
        {.key = "for", .kind = OPTION_DURATION, .number = &run_limit_ns},
    };
    struct command_problem problems[PROBLEMS_MAX];
    size_t count =
        command_line_read(bootargs, options, ARRAY_SIZE(options), problems, PROBLEMS_MAX);
    log_set_level((enum log_level)level);
    BOUND_LOOP(problems, PROBLEMS_MAX);
    for (size_t i = 0; i < count && i < PROBLEMS_MAX; i++) {
        BOUND_TURN(problems);
        if (problems[i].status != STATUS_NOT_FOUND) { /* not found: the application's */
            log_warn("boot argument '%.*s': %s", (int)problems[i].word.size, problems[i].word.start,
                     status_name(problems[i].status));
        }
    }
    options_keep(bootargs);
}

const char *app_argument(const char *key) {
    const size_t length = strlen(key);
    BOUND_LOOP(kept_words, WORDS_MAX);
    for (const char *word = words; word < words + words_length; word += strlen(word) + 1) {
        BOUND_TURN(kept_words);
        if (length != 0 && strncmp(word, key, length) == 0 && word[length] == '=') {
            return word + length + 1;
        }
    }
    return NULL;
}
