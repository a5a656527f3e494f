/* SPDX-License-Identifier: MIT */
/*
 * A thread does not notice that it is interrupted: not one register changes. The loop below has a
 * pattern of its own in every register, x0 to x30, and compares each against x30 again and again
 * while the timer interrupts it ten thousand times and higher threads run in between. Between each
 * comparison and its branch the flags are at stake too.
 */
#include "tests/qemu/groups.h"

#define MAIN          CONFIG_MAIN_PRIORITY
#define INTERRUPTIONS 10000

/* Loops until *stop: 0 if all was as it should be, else 1 + the number of the first register that
 * was not. */
int64_t registers_spin(const volatile uint64_t *stop);
/* Puts patterns into x19 to x28, calls `call`, and returns 0 or which was changed. */
int64_t registers_keep(void (*call)(void));

__asm__(".pushsection .text.registers, \"ax\"\n"
        "    .macro SAVE_ALL\n"
        "    stp x29, x30, [sp, #-96]!\n"
        "    stp x19, x20, [sp, #16]\n"
        "    stp x21, x22, [sp, #32]\n"
        "    stp x23, x24, [sp, #48]\n"
        "    stp x25, x26, [sp, #64]\n"
        "    stp x27, x28, [sp, #80]\n"
        "    .endm\n"
        "    .macro RESTORE_ALL\n"
        "    ldp x27, x28, [sp, #80]\n"
        "    ldp x25, x26, [sp, #64]\n"
        "    ldp x23, x24, [sp, #48]\n"
        "    ldp x21, x22, [sp, #32]\n"
        "    ldp x19, x20, [sp, #16]\n"
        "    ldp x29, x30, [sp], #96\n"
        "    .endm\n"
        /* x\n = x30 + (\n + 1) * 0x11 */
        "    .macro PATTERN n\n"
        "    add x\\n, x30, #((\\n + 1) * 0x11)\n"
        "    .endm\n"
        "    .macro COMPARE n\n"
        "    sub x\\n, x\\n, x30\n"
        "    cmp x\\n, #((\\n + 1) * 0x11)\n"
        "    b.ne registers_wrong_\\n\n"
        "    add x\\n, x\\n, x30\n"
        "    .endm\n"
        "    .macro WRONG n, to\n"
        "registers_wrong_\\n:\n"
        "    mov x0, #(\\n + 1)\n"
        "    b \\to\n"
        "    .endm\n"
        "    .macro BASE\n"
        "    movz x30, #0x1357\n"
        "    movk x30, #0x9bdf, lsl #16\n"
        "    movk x30, #0x2468, lsl #32\n"
        "    movk x30, #0xace0, lsl #48\n"
        "    .endm\n"

        "    .global registers_spin\n"
        "    .type registers_spin, %function\n"
        "registers_spin:\n"
        "    SAVE_ALL\n"
        "    mov x29, x0\n"
        "    BASE\n"
        "    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21\n"
        "    PATTERN \\n\n"
        "    .endr\n"
        "    .irp n, 22, 23, 24, 25, 26, 27, 28\n"
        "    PATTERN \\n\n"
        "    .endr\n"
        "1:\n"
        "    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21\n"
        "    COMPARE \\n\n"
        "    .endr\n"
        "    .irp n, 22, 23, 24, 25, 26, 27, 28\n"
        "    COMPARE \\n\n"
        "    .endr\n"
        "    ldr x28, [x29]\n"
        "    cbnz x28, 2f\n"
        "    PATTERN 28\n"
        "    b 1b\n"
        "2:  mov x0, #0\n"
        "registers_out:\n"
        "    RESTORE_ALL\n"
        "    ret\n"
        "    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21\n"
        "    WRONG \\n, registers_out\n"
        "    .endr\n"
        "    .irp n, 22, 23, 24, 25, 26, 27, 28\n"
        "    WRONG \\n, registers_out\n"
        "    .endr\n"
        "    .size registers_spin, . - registers_spin\n"

        "    .macro COMPARE_KEPT n\n"
        "    sub x9, x\\n, x30\n"
        "    cmp x9, #((\\n + 1) * 0x11)\n"
        "    b.ne registers_wrong_\\n\n"
        "    .endm\n"
        "    .global registers_keep\n"
        "    .type registers_keep, %function\n"
        "registers_keep:\n"
        "    SAVE_ALL\n"
        "    mov x10, x0\n"
        "    BASE\n"
        "    .irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28\n"
        "    PATTERN \\n\n"
        "    .endr\n"
        "    blr x10\n"
        "    BASE\n"
        "    .irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28\n"
        "    COMPARE_KEPT \\n\n"
        "    .endr\n"
        "    mov x0, #0\n"
        "    b registers_out\n"
        "    .size registers_keep, . - registers_keep\n"
        ".popsection");

static volatile uint64_t stop;

static void spins(void *argument) {
    (void)argument;
    thread_exit(registers_spin(&stop));
}

static volatile uint64_t scribbles;

/* Leaves other values in as many registers as it can, twice as often as it is interrupted. */
static void scribbles_on(void *argument) {
    (void)argument;
    while (stop == 0) {
        __asm__ volatile(
            "mov x0, #-1\n\tmov x1, x0\n\tmov x2, x0\n\tmov x9, x0\n\tmov x10, x0\n\t"
            "mov x16, x0\n\tmov x17, x0\n\tmov x18, x0\n\tmov x19, x0\n\tmov x20, x0\n\t"
            "mov x27, x0\n\tmov x28, x0\n\tcmp x0, x0" ::
                : "x0", "x1", "x2", "x9", "x10", "x16", "x17", "x18", "x19", "x20", "x27", "x28",
                  "cc");
        scribbles++;
        thread_sleep_ticks(2500);
    }
}

static void registers_interrupted(void) {
    stop = 0;
    scribbles = 0;
    thread_id_t victim = test_spawn(spins, NULL, MAIN - 2);
    thread_id_t other = test_spawn(spins, NULL, MAIN - 1);
    thread_sleep_us(50);
    TAP_EQ(thread_set_priority(other, MAIN - 3), STATUS_OK, "two such threads, one preempted");
    thread_id_t scribbler = test_spawn(scribbles_on, NULL, MAIN - 1);
    for (uint64_t i = 0; i < INTERRUPTIONS; i++) {
        /* Odd lengths, so that every instruction of the loop is met. */
        thread_sleep_ticks(2000 + i % 97);
    }
    stop = 1;
    TAP_EQ(test_join(victim), 0, "10,000 interruptions change no register");
    TAP_EQ(test_join(other), 0, "nor those of one that was preempted");
    test_join(scribbler);
    TAP_OK(scribbles > 100, "though others used them meanwhile");
}

static void sleeps_shortly(void) {
    thread_sleep_us(20);
}

static void faulting_neighbour(void *argument) {
    (void)argument;
    __asm__ volatile("udf #0");
}

static void spawns_a_fault(void) {
    status_t status = thread_join(test_spawn(faulting_neighbour, NULL, MAIN + 1), NULL);
    (void)status;
}

static void registers_kept_by_calls(void) {
    static const struct {
        const char *what;
        void (*call)(void);
    } calls[] = {{"yield", thread_yield},
                 {"sleep", sleeps_shortly},
                 {"spawn and join of a thread that faults", spawns_a_fault}};
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        TAP_EQ(registers_keep(calls[i].call), 0, calls[i].what);
    }
}

static const struct test_case registers_cases[] = {
    {"registers_interrupted", registers_interrupted, TEST_EXACT},
    {"registers_kept_by_calls", registers_kept_by_calls, TEST_ALWAYS},
};
TEST_GROUP(registers);
