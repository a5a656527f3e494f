/* SPDX-License-Identifier: MIT */
/* The kernel's memory and string functions against the C library's, at every alignment. Guards
 * around each block show a byte too many; the address sanitizer a byte read too far. */
#include <stdlib.h>

#include "tests/unit/test.h"

#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define strlen  kernel_strlen
#define strnlen kernel_strnlen
#define strcmp  kernel_strcmp
#define strncmp kernel_strncmp
#include "lib/string_memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp

#define BLOCK 200

static unsigned char actual[BLOCK];
static unsigned char expected[BLOCK];
static unsigned char source[BLOCK];

static void fill(struct random *random) {
    for (int i = 0; i < BLOCK; i++) {
        actual[i] = expected[i] = (unsigned char)random_next(random);
        source[i] = (unsigned char)random_next(random);
    }
}

static int sign(int value) {
    return (value > 0) - (value < 0);
}

TEST(string_copies_and_fills_match_the_library) {
    struct random random = test_random();
    for (int step = 0; step < 100000; step++) {
        size_t size = random_below(&random, step % 2 == 0 ? 24 : 130);
        size_t to = random_below(&random, BLOCK - size + 1);
        size_t from = random_below(&random, BLOCK - size + 1);
        int byte = (int)random_below(&random, 1024) - 512;
        if (step % 16 == 0) {
            fill(&random);
        }
        EXPECT(kernel_memcpy(actual + to, source + from, size) == actual + to);
        memcpy(expected + to, source + from, size);
        EXPECT(memcmp(actual, expected, BLOCK) == 0);
        EXPECT(kernel_memmove(actual + to, actual + from, size) == actual + to);
        memmove(expected + to, expected + from, size);
        EXPECT(memcmp(actual, expected, BLOCK) == 0);
        EXPECT(kernel_memset(actual + to, byte, size) == actual + to);
        memset(expected + to, byte, size);
        EXPECT(memcmp(actual, expected, BLOCK) == 0);
    }
}

TEST(string_comparisons_match_the_library) {
    struct random random = test_random();
    for (int step = 0; step < 100000; step++) {
        size_t size = random_below(&random, 40);
        char *a = malloc(size + 1); /* of the exact size, for the address sanitizer */
        char *b = malloc(size + 1);
        for (size_t i = 0; i < size; i++) {
            a[i] = b[i] = (char)random_between(&random, 200, 202);
        }
        if (size != 0 && random_one_in(&random, 2)) {
            b[random_below(&random, size)] = (char)random_below(&random, 256);
        }
        if (size != 0 && random_one_in(&random, 4)) {
            a[random_below(&random, size)] = '\0';
        }
        a[size] = b[size] = '\0';
        size_t limit = random_below(&random, size + 2);
        EXPECT_EQ(sign(kernel_memcmp(a, b, size)), sign(memcmp(a, b, size)));
        EXPECT_EQ(sign(kernel_strcmp(a, b)), sign(strcmp(a, b)));
        EXPECT_EQ(sign(kernel_strncmp(a, b, limit)), sign(strncmp(a, b, limit)));
        EXPECT_EQ(kernel_strlen(a), strlen(a));
        EXPECT_EQ(kernel_strnlen(a, limit), strnlen(a, limit));
        free(a);
        free(b);
    }
}

static unsigned char block_to[STRING_BLOCK_MAX + 64];
static unsigned char block_from[STRING_BLOCK_MAX + 64];

/* The greatest lengths pass, and so do the sizes whose rests are longest; one more ends. */
TEST(string_longest_blocks) {
    const size_t sizes[] = {7, 15, 31, STRING_BLOCK_MAX - 1, STRING_BLOCK_MAX};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        kernel_memset(block_from, 7, sizes[i]);
        EXPECT_EQ(block_from[sizes[i] - 1], 7);
        EXPECT_EQ(block_from[sizes[i]], 0);
        kernel_memcpy(block_to, block_from, sizes[i]);
        EXPECT_EQ(kernel_memcmp(block_to, block_from, sizes[i]), 0);
        block_to[sizes[i] - 1]++;
        EXPECT(kernel_memcmp(block_to, block_from, sizes[i]) > 0);
        kernel_memmove(block_to + 1, block_to, sizes[i]);
        EXPECT_EQ(block_to[sizes[i]], 8);
        kernel_memmove(block_to, block_to + 1, sizes[i]);
        EXPECT_EQ(block_to[sizes[i] - 1], 8);
        memset(block_from, 0, sizeof block_from);
        memset(block_to, 0, sizeof block_to);
    }
    EXPECT_PANIC(kernel_memset(block_to, 0, STRING_BLOCK_MAX + 32));
    EXPECT_PANIC(kernel_memcpy(block_to, block_from, STRING_BLOCK_MAX + 16));
    EXPECT_PANIC((void)kernel_memcmp(block_to, block_from, STRING_BLOCK_MAX + 8));
    EXPECT_PANIC(kernel_memmove(block_to, block_to + 1, STRING_BLOCK_MAX + 8));
    EXPECT_PANIC(kernel_memmove(block_to + 1, block_to, STRING_BLOCK_MAX + 8));
}

TEST(string_longest_texts) {
    char text[STRING_LENGTH_MAX + 2];
    char same[STRING_COMPARE_MAX + 1];
    memset(text, 'x', sizeof text);
    memset(same, 'x', sizeof same);
    text[STRING_LENGTH_MAX + 1] = '\0';
    EXPECT_EQ(kernel_strnlen(text, STRING_LENGTH_MAX), STRING_LENGTH_MAX);
    EXPECT_PANIC((void)kernel_strnlen(text, SIZE_MAX));
    EXPECT_PANIC((void)kernel_strlen(text));
    text[STRING_LENGTH_MAX] = '\0';
    EXPECT_EQ(kernel_strlen(text), STRING_LENGTH_MAX);
    same[STRING_COMPARE_MAX - 1] = '\0';
    EXPECT(kernel_strcmp(text, same) > 0);
    same[STRING_COMPARE_MAX - 1] = 'x';
    EXPECT_EQ(kernel_strncmp(text, same, STRING_COMPARE_MAX), 0);
    EXPECT_PANIC((void)kernel_strcmp(text, same));
}
