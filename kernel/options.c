/* SPDX-License-Identifier: MIT */
/* Boot arguments: "log=LEVEL" and "for=DURATION" are the kernel's, all others the application's. */
#define LOG_MODULE "boot"

#include "kernel/options.h"

#include "kernel/app.h"
#include "kernel/console/log.h"
#include "lib/command_line.h"
#include "platform/machine.h"

#define PROBLEMS_MAX 4

static char arguments[MACHINE_BOOTARGS_MAX];
static uint64_t run_limit_ns;

uint64_t options_run_limit_ns(void) {
    return run_limit_ns;
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
    for (size_t i = 0; i < count && i < PROBLEMS_MAX; i++) {
        if (problems[i].status != STATUS_NOT_FOUND) { /* not found: the application's */
            log_warn("boot argument '%.*s': %s", (int)problems[i].word.size, problems[i].word.start,
                     status_name(problems[i].status));
        }
    }
    for (size_t i = 0; i + 1 < sizeof arguments && bootargs[i] != '\0'; i++) {
        arguments[i] = bootargs[i];
    }
}

const char *app_argument(const char *key) {
    const char *text = arguments;
    struct command_word word;
    while (command_word_next(&text, &word)) {
        if (word.value.start != NULL && text_span_is(word.key, key)) {
            static char value[MACHINE_BOOTARGS_MAX];
            for (size_t i = 0; i < word.value.size; i++) {
                value[i] = word.value.start[i];
            }
            value[word.value.size] = '\0';
            return value;
        }
    }
    return NULL;
}
