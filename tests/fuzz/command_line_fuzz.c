/* SPDX-License-Identifier: MIT */
/* Any text as a command line: every option of every kind. */
#include "lib/command_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEAST    5
#define MOST     500
#define PROBLEMS 4

static uint64_t number, bytes, duration, choice, flag;
static char text[8];

static const char *const choices[] = {"error", "warn", "info", NULL};

static const struct command_option options[] = {
    {.key = "n", .kind = OPTION_NUMBER, .number = &number, .least = LEAST, .most = MOST},
    {.key = "size", .kind = OPTION_SIZE, .number = &bytes},
    {.key = "for", .kind = OPTION_DURATION, .number = &duration},
    {.key = "log", .kind = OPTION_CHOICE, .number = &choice, .choices = choices},
    {.key = "q", .kind = OPTION_FLAG, .number = &flag},
    {.key = "t", .kind = OPTION_TEXT, .text = text, .text_size = sizeof(text)},
};

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct command_problem problem[PROBLEMS];
    char *line = malloc(size + 1); /* exactly, so that a byte too far is seen */
    memcpy(line, data, size);
    line[size] = 0;
    number = LEAST;
    choice = flag = 0;
    size_t problems = command_line_read(line, options, ARRAY_SIZE(options), problem, PROBLEMS);
    expect(number >= LEAST && number <= MOST && choice < 3 && flag < 2);
    expect(memchr(text, 0, sizeof(text)) != NULL && problems <= size);
    for (size_t i = 0; i < problems && i < PROBLEMS; i++) {
        expect(problem[i].status != STATUS_OK && problem[i].word.size != 0);
        expect(problem[i].word.start >= line &&
               problem[i].word.start + problem[i].word.size <= line + size);
    }
    free(line);
    return 0;
}
