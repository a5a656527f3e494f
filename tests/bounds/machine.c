/* SPDX-License-Identifier: MIT */
/* Counting, and words on the console, for programs without a kernel. */
#include "tests/bounds/machine.h"

#define UART_DATA 0x09000000

/* start.S */
void program_main(void);
NORETURN void machine_exit(uint64_t status);
struct answer {
    uint64_t result;
    uint64_t stack; /* bytes below the caller's */
};
uint64_t machine_window(uintptr_t function, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d,
                        struct answer *answer);
void calibration_1(void);
void calibration_3(void);

static uint64_t around; /* what a window reads more than there are instructions in it */
static const char *current;
static uint64_t largest, deepest;
static uint32_t seed;

static void put(const char *text) {
    for (; *text != '\0'; text++) {
        *(volatile uint32_t *)UART_DATA = (uint8_t)*text;
    }
}

static void put_number(uint64_t number) {
    char digits[21];
    unsigned at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(digits + at);
}

static void print_largest(void) {
    if (current != NULL) {
        put("observed ");
        put(current);
        put(" ");
        put_number(largest);
        put(" ");
        put_number(deepest);
        put("\n");
    }
}

uint64_t observe(const char *name, uintptr_t function, uintptr_t a, uintptr_t b, uintptr_t c,
                 uintptr_t d) {
    struct answer answer;
    uint64_t count = machine_window(function, a, b, c, d, &answer) - around;
    if (name != current) {
        print_largest();
        current = name;
        largest = deepest = 0;
    }
    if (count > largest) {
        largest = count;
    }
    if (answer.stack > deepest) {
        deepest = answer.stack;
    }
    return answer.result;
}

void must(bool right, const char *what) {
    if (!right) {
        put("wrong: ");
        put(what);
        put("\n");
        machine_exit(1);
    }
}

void random_restart(void) {
    seed = 2463534242;
}

uint32_t random_below(uint32_t limit) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (uint32_t)(((uint64_t)seed * limit) >> 32);
}

void panic(const char *format, ...) {
    put("panic: ");
    put(format);
    put("\n");
    machine_exit(4);
}

void program_main(void) {
    struct answer answer;
    around = machine_window((uintptr_t)calibration_1, 0, 0, 0, 0, &answer) - 1;
    OBSERVE(calibration_1, 0, 0, 0, 0);
    OBSERVE(calibration_3, 0, 0, 0, 0);
    program_run();
    print_largest();
    put("end\n");
    machine_exit(0);
}
