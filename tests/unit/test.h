/* SPDX-License-Identifier: MIT */
/*
 * The host unit test framework. A test registers itself; the first expectation that fails ends it,
 * says where and with which seed, and the next test runs. main() is in test_main.c: no arguments
 * runs everything, names (or parts of names) choose, --list lists. The environment variable
 * TEST_SEED replays a random test.
 *
 *     TEST(list_keeps_order) {
 *         EXPECT(list_is_empty(&list));
 *         EXPECT_EQ(count, 3);
 *     }
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <string.h>

#include "lib/compiler.h"
#include "lib/random.h"

struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
};

#define TEST(test_name)                                                                            \
    static void test_run_##test_name(void);                                                        \
    __attribute__((constructor)) static void test_register_##test_name(void) {                     \
        static struct test_case test = {#test_name, test_run_##test_name, NULL};                   \
        test_register(&test);                                                                      \
    }                                                                                              \
    static void test_run_##test_name(void)

#define EXPECT(condition)                                                                          \
    ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "expected: %s", #condition))

/* Both sides as signed 64-bit numbers. */
#define EXPECT_EQ(actual, expected)                                                                \
    test_expect_equal(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))

#define EXPECT_STRING(actual, expected)                                                            \
    test_expect_string(__FILE__, __LINE__, #actual, (actual), (expected))

/* The statement must reach panic(), which then leaves it:
 * what it had done until then stays done. */
#define EXPECT_PANIC(statement)                                                                    \
    do {                                                                                           \
        test_panic_expected = true;                                                                \
        if (setjmp(test_panic_landing) == 0) {                                                     \
            statement;                                                                             \
            test_panic_expected = false;                                                           \
            test_fail(__FILE__, __LINE__, "expected a panic: %s", #statement);                     \
        }                                                                                          \
    } while (0)

/* The seed of this run: TEST_SEED of the environment, else always the same.
 * Printed when a test fails. */
uint64_t test_seed(void);

/* A generator of its own for each call within a test, all from test_seed(). */
struct random test_random(void);

/* For the macros above. */
extern jmp_buf test_panic_landing;
extern volatile bool test_panic_expected;
/* What the last panic said. */
extern char test_panic_message[256];

void test_register(struct test_case *test);
NORETURN void test_fail(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
void test_expect_equal(const char *file, int line, const char *expression, int64_t actual,
                       int64_t expected);
void test_expect_string(const char *file, int line, const char *expression, const char *actual,
                        const char *expected);

#endif
