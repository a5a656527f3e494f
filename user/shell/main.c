/* SPDX-License-Identifier: MIT */
/*
 * A shell: reads a line, does what it says, and again. What it can do is what its handles allow: the
 * console with what is typed, the programs and files of the archive, and the system's figures.
 */
#include <stdio.h>

#include "user/lib/program.h"
#include "user/shell/shell.h"

int main(int argc, char **argv, char **environment) {
    (void)argc, (void)argv, (void)environment;
    if (program.terminal == 0 || program.input == 0) {
        printf("shell: no console\n");
        return 1;
    }
    printf("This is genrt's shell; `help` tells what it can do.\n");
    for (;;) {
        jobs_tell();
        const char *line = edit_line("genrt> ");
        if (line == NULL) {
            return 0;
        }
        command_line(line);
    }
}
