/* SPDX-License-Identifier: MIT */
/* Ends in the way that its first argument names, for tests of what becomes of it. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int constant = 5;

/* Calls itself by a pointer that it is not known to be: for ever. */
static int (*volatile next)(int);

static int deeper(int depth) {
    volatile char room[256];
    room[depth % 256] = (char)depth;
    return next(depth + 1) + room[depth % 256];
}

static void at_exit(void) {
    puts("said at the exit");
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    volatile uint32_t *null = NULL;
    __asm__("" : "+r"(null));
    if (strcmp(how, "null") == 0) {
        return (int)*null;
    }
    if (strcmp(how, "constant") == 0) {
        *(volatile int *)(uintptr_t)&constant = 6;
    }
    if (strcmp(how, "text") == 0) {
        *(volatile uint32_t *)(uintptr_t)&main = 0;
    }
    if (strcmp(how, "stack") == 0) {
        next = deeper;
        return deeper(argc);
    }
    if (strcmp(how, "execute") == 0) {
        static uint32_t code[] = {0xd65f03c0}; /* ret */
        ((void (*)(void))(uintptr_t)code)();
    }
    if (strcmp(how, "assert") == 0) {
        assert(argc == 0);
    }
    if (strcmp(how, "abort") == 0) {
        abort();
    }
    if (strcmp(how, "spin") == 0) {
        for (;;) {
            __asm__ volatile("");
        }
    }
    if (strcmp(how, "environment") == 0) {
        const char *word = getenv("WORD");
        return word != NULL ? (int)strlen(word) : -1;
    }
    atexit(at_exit);
    return 7;
}
