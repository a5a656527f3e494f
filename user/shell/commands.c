/* SPDX-License-Identifier: MIT */
/* The commands, and how a line becomes one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/shell/shell.h"

static int command_help(int count, char **words) {
    (void)count, (void)words;
    for (unsigned i = 0; i < command_count; i++) {
        printf("  %-8s %-16s %s\n", commands[i].name, commands[i].usage, commands[i].help);
    }
    printf(
        "A program is run by its name, too. Keys: arrows, Home, End, Tab; Ctrl-C ends what runs,\n"
        "Ctrl-U, Ctrl-K and Ctrl-W cut.\n");
    return 0;
}

static int command_echo(int count, char **words) {
    for (int i = 1; i < count; i++) {
        printf("%s%s", i > 1 ? " " : "", words[i]);
    }
    printf("\n");
    return 0;
}

static int command_poweroff(int count, char **words) {
    const unsigned long code = count > 1 ? strtoul(words[1], NULL, 10) : 0;
    printf("the end\n");
    (void)fflush(stdout);
    const int64_t status = system_end(program.system, code);
    printf("poweroff: not allowed (%d)\n", (int)status);
    return 1;
}

const struct command commands[] = {
    {"echo", "[WORD...]", "says its words", command_echo},
    {"help", "", "this", command_help},
    {"irq", "", "interrupt lines that are served, and how often they came", command_irq},
    {"jobs", "", "programs in the background", command_jobs},
    {"kill", "JOB", "ends one of them", command_kill},
    {"load", "", "how busy the CPU is, over a second", command_load},
    {"ls", "[DIRECTORY]", "lists the archive", command_ls},
    {"mem", "", "frames, heap and threads: how many, how many free", command_mem},
    {"nice", "JOB PRIORITY", "gives one of them another priority, 34 at most", command_nice},
    {"poweroff", "[STATUS]", "ends the machine", command_poweroff},
    {"ps", "", "threads: priority, state, time", command_ps},
    {"run", "FILE [WORD...]", "runs a program: & in the background, | into the next", command_run},
    {"top", "[TIMES]", "who runs, over a second", command_top},
    {"uptime", "", "time since the boot", command_uptime},
};
const unsigned command_count = sizeof commands / sizeof commands[0];

/* Cuts a line at its spaces; behind the last word is a null. How many. */
static int words_cut(char *line, char **words) {
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word != NULL && count < SHELL_WORDS;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static const struct command *command_find(const char *name) {
    for (unsigned i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

void command_line(const char *line) {
    static char text[SHELL_LINE_MAX + 1];
    char *all[1 + SHELL_WORDS + 2];
    char **words = all + 1;
    (void)strncpy(text, line, SHELL_LINE_MAX);
    const int count = words_cut(text, words);
    if (count == 0) {
        return;
    }
    const struct command *command = command_find(words[0]);
    if (command != NULL) {
        (void)command->run(count, words);
    } else if (job_is_program(words[0])) {
        all[0] = "run";
        (void)command_run(count + 1, all);
    } else {
        printf("%s: neither a command nor a program; try `help` or `ls bin`\n", words[0]);
    }
}
