/* SPDX-License-Identifier: MIT */
/* What user/lib's files tell each other of the running program; and main(), which is its own. */
#ifndef USER_LIB_PROGRAM_H
#define USER_LIB_PROGRAM_H

#include <stdint.h>

/* Constant once main() runs. */
struct program {
    uint64_t clock_hz;
    uint64_t page_size;
    uint64_t console;  /* handles; 0: none. Of the log */
    uint64_t terminal; /* the console: to write */
    uint64_t input;    /* a mailbox: what is typed there */
    uint64_t source;   /* mailboxes: of a program whose output is this one's input */
    uint64_t output;   /* ... and of one whose input is this one's output */
    uint64_t programs;
    uint64_t system;
    char **environment;
};
extern struct program program;

int main(int argc, char **argv, char **environment);

#endif
