/* SPDX-License-Identifier: MIT */
/*
 * The first program: it greets, then tries what a C library promises. Its exit code is how many of
 * its arguments it got (its name is one), or 100 and the number of the first thing that failed.
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPECT(number, condition)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("failed: %s\n", #condition);                                                    \
            return 100 + (number);                                                                 \
        }                                                                                          \
    } while (0)

/* Volatile: to be looked at where they are, not where the compiler knows them. */
static _Thread_local volatile int thread_initialised = 42;
static _Thread_local volatile char thread_zero[100];
static volatile int initialised = 17;
static volatile int zero[2000];
static const char *volatile const pointers[] = {"a", "relocated", "table"}; /* of a static-PIE */

static int constructed;
__attribute__((constructor)) static void construct(void) {
    constructed = 1;
}

static int data_is_right(void) {
    int sum = thread_initialised + initialised;
    for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++) {
        sum += zero[i];
    }
    for (size_t i = 0; i < sizeof thread_zero; i++) {
        sum += thread_zero[i];
    }
    return sum == 59;
}

static int heap_is_right(void) {
    char *blocks[10];
    for (int i = 0; i < 10; i++) {
        blocks[i] = malloc(1000);
        if (blocks[i] == NULL) {
            return 0;
        }
        memset(blocks[i], i, 1000);
    }
    for (int i = 0; i < 10; i++) {
        if (blocks[i][0] != i || blocks[i][999] != i) {
            return 0;
        }
        free(blocks[i]);
    }
    void *volatile huge = malloc((size_t)1 << 30); /* volatile: or the compiler leaves it out */
    return huge == NULL && errno == ENOMEM;
}

static int time_goes_on(void) {
    struct timespec before;
    struct timespec after;
    const struct timespec little = {0, 200000};
    if (clock_gettime(CLOCK_MONOTONIC, &before) != 0 || nanosleep(&little, NULL) != 0 ||
        clock_gettime(CLOCK_MONOTONIC, &after) != 0) {
        return 0;
    }
    return (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec >= 200000;
}

int main(int argc, char **argv) {
    char text[40];
    EXPECT(10, printf("hello from %s, %d arguments\n", argv[0], argc) > 0);
    EXPECT(1, constructed);
    EXPECT(2, data_is_right());
    EXPECT(3, strcmp(pointers[1], "relocated") == 0);
    EXPECT(4, heap_is_right());
    EXPECT(5, time_goes_on());
    EXPECT(6, fopen("nothing", "r") == NULL && errno == ENOENT);
    snprintf(text, sizeof text, "%.3f", sqrt((double)argc * 2));
    EXPECT(7, argc != 1 || strcmp(text, "1.414") == 0);
    for (int i = 0; i < argc; i++) {
        EXPECT(8, argv[i] != NULL && argv[i][0] != 0);
    }
    EXPECT(9, argv[argc] == NULL);
    assert(argc > 0);
    printf("all is well");
    return argc;
}
