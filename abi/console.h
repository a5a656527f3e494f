/* SPDX-License-Identifier: MIT */
/* What was typed: messages of the mailbox that the console's input comes in; and what a program says to
 * another one. */
#ifndef ABI_CONSOLE_H
#define ABI_CONSOLE_H

#include <stdint.h>

#define CONSOLE_INPUT_MAX 15

/* As it came: no echo, no lines, any byte. */
struct console_input {
    uint8_t count; /* 1..CONSOLE_INPUT_MAX; 0: no more will come */
    char letters[CONSOLE_INPUT_MAX];
};

#endif
