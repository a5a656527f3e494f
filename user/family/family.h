/* SPDX-License-Identifier: MIT */
/* What the files of family share: its handles, and what is tried of the world outside. */
#ifndef USER_FAMILY_FAMILY_H
#define USER_FAMILY_FAMILY_H

#include <stdlib.h>

#include "abi/syscall.h"

#define LOG      (HANDLE_FIRST + 0)
#define PROGRAMS (HANDLE_FIRST + 1)
#define MAILBOX  (HANDLE_FIRST + 2)
#define NAMES    (HANDLE_FIRST + 3)
#define CONSOLE  (HANDLE_FIRST + 4)
#define SYSTEM   (HANDLE_FIRST + 5)

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            exit(__LINE__);                                                                        \
        }                                                                                          \
    } while (0)

/* Each ends the program with the line of what was wrong. */
void world_files(void);
void world_console(void);
void world_system(unsigned ceiling);

#endif
