/* SPDX-License-Identifier: MIT */
/* What the files of family share: its handles, and what is tried of the world outside. */
#ifndef USER_FAMILY_FAMILY_H
#define USER_FAMILY_FAMILY_H

#include <stdlib.h>

#include "abi/syscall.h"
#include "user/lib/spawn.h"

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

#define NEVER        UINT64_MAX
#define PAGES_NEEDED 100 /* what one needs, and some more */

/* What the first thread gets and sends. */
#define MESSAGE (*(volatile uint64_t *)SYSCALL_MESSAGE_AREA)

/* What a member may be at most, as it was told. */
extern const char *family_ceiling_text;
extern uint8_t family_ceiling;

/* So many milliseconds from now. */
uint64_t family_soon(unsigned milliseconds);

/* A child by its arguments, with all handles. */
struct spawn family_child(const char *const *arguments);

/* A child that ends at once, with a handle alone, or why there is none. */
int64_t family_try_handle(uint32_t handle, uint32_t rights);

/* Ends the program with the line of what was wrong. */
void family_semaphores(void);

/* A member of its own that does `what`: its handle, or why not. */
int64_t family_start(const char *what, uint16_t children, uint32_t pages);

/* Each ends the program with the line of what was wrong. */
void family_names(void);
void family_ports(void);
void family_mailboxes(void);

/* Random calls, but of those that end or sleep, with a sound request in the message area now and then. */
void family_random(uint64_t seed);

/* Each ends the program with the line of what was wrong. */
void world_files(void);
void world_console(void);
void world_system(unsigned ceiling);

#endif
