/* SPDX-License-Identifier: MIT */
/*
 * Runs the registered tests in the order of their files and prints TAP. A failing expectation jumps
 * back here, so a test that fails leaks what it held; leak checking is for runs that pass.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/assert.h"
#include "tests/unit/test.h"

#define DEFAULT_SEED UINT64_C(20240229)

jmp_buf test_panic_landing;
volatile bool test_panic_expected;
char test_panic_message[256];

static struct test_case *first_test;
static struct test_case **test_tail = &first_test;
static jmp_buf failure_landing;
static uint64_t seed = DEFAULT_SEED;
static uint64_t generators; /* handed out in this test */

void test_register(struct test_case *test) {
    *test_tail = test;
    test_tail = &test->next;
}

uint64_t test_seed(void) {
    return seed;
}

struct random test_random(void) {
    struct random random;
    random_init(&random, seed + generators++);
    return random;
}

void test_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, arguments);
    printf("\n# replay: TEST_SEED=%" PRIu64 "\n", seed);
    va_end(arguments);
    longjmp(failure_landing, 1);
}

void test_expect_equal(const char *file, int line, const char *expression, int64_t actual,
                       int64_t expected) {
    if (actual != expected) {
        test_fail(file, line,
                  "%s: is %" PRId64 " (%#" PRIx64 "), expected %" PRId64 " (%#" PRIx64 ")",
                  expression, actual, (uint64_t)actual, expected, (uint64_t)expected);
    }
}

void test_expect_string(const char *file, int line, const char *expression, const char *actual,
                        const char *expected) {
    if (actual == NULL || strcmp(actual, expected) != 0) {
        test_fail(file, line, "%s: is \"%s\", expected \"%s\"", expression,
                  actual == NULL ? "(null)" : actual, expected);
    }
}

void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(test_panic_message, sizeof(test_panic_message), format, arguments);
    va_end(arguments);
    if (test_panic_expected) {
        test_panic_expected = false;
        longjmp(test_panic_landing, 1);
    }
    printf("# panic: %s\n# replay: TEST_SEED=%" PRIu64 "\n", test_panic_message, seed);
    fflush(stdout);
    abort();
}

static bool is_chosen(const struct test_case *test, int names, char **name) {
    for (int i = 0; i < names; i++) {
        if (strstr(test->name, name[i]) != NULL) {
            return true;
        }
    }
    return names == 0;
}

static bool run_one(const struct test_case *test) {
    generators = 0;
    test_panic_expected = false;
    if (setjmp(failure_landing) != 0) {
        return false;
    }
    test->run();
    return true;
}

static void list_all(void) {
    for (const struct test_case *test = first_test; test != NULL; test = test->next) {
        printf("%s\n", test->name);
    }
}

static int run_chosen(int names, char **name) {
    int chosen = 0;
    for (const struct test_case *test = first_test; test != NULL; test = test->next) {
        chosen += is_chosen(test, names, name);
    }
    printf("1..%d\n", chosen);
    int number = 0;
    int failed = 0;
    for (const struct test_case *test = first_test; test != NULL; test = test->next) {
        if (!is_chosen(test, names, name)) {
            continue;
        }
        bool passed = run_one(test);
        failed += !passed;
        printf("%s %d - %s\n", passed ? "ok" : "not ok", ++number, test->name);
        fflush(stdout);
    }
    return failed != 0 || chosen == 0;
}

int main(int count, char **argument) {
    const char *seed_text = getenv("TEST_SEED");
    if (seed_text != NULL) {
        seed = strtoull(seed_text, NULL, 0);
    }
    if (count == 2 && strcmp(argument[1], "--list") == 0) {
        list_all();
        return 0;
    }
    return run_chosen(count - 1, argument + 1);
}
