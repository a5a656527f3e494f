/* SPDX-License-Identifier: MIT */
/* The fatal path: each case must end the machine with a record that says why. Run alone. */
#include "arch/cpu.h"
#include "drivers/uart/pl011.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/thread_internal.h"
#include "lib/bound.h"
#include "tests/qemu/groups.h"

static void panic_check(void) {
    check(thread_slots_total() == 0);
}

static void panic_message(void) {
    panic("asked for: %d", 42);
}

NO_CONTEXT_CHECK static void panic_masked(void) {
    arch_irq_mask();
    panic("asked for, interrupts masked");
}

/* Through volatile, so that the compiler knows nothing of it. */
static uint64_t *volatile nowhere = (uint64_t *)(uintptr_t)0xffff123400000000;

NO_CONTEXT_CHECK static void panic_kernel_reads(void) {
    arch_irq_mask();
    *nowhere = 1;
}

NO_CONTEXT_CHECK static void panic_kernel_executes(void) {
    arch_irq_mask();
    ((void (*)(void))(uintptr_t)nowhere)();
}

NO_CONTEXT_CHECK static void panic_kernel_undefined(void) {
    arch_irq_mask();
    __asm__ volatile("udf #0");
}

/* The idle thread has no joiner and no end: its fault is the kernel's. */
static void panic_idle_faults(void) {
    struct thread *idle = arch_cpu_self()->idle;
    idle->frame.kind = FRAME_VOLUNTARY;
    idle->frame.x[30] = (uint64_t)(uintptr_t)nowhere;
    thread_sleep_ms(1);
}

/* The kernel's own stack: an entry whose stack pointer is gone. */
static void panic_kernel_stack(void) {
    __asm__ volatile("msr tpidr_el1, %0\n\tsvc #0" ::"r"(nowhere) : "memory");
}

/* The kernel's own stack, used up: the push of an entry that is one too many. */
static void panic_kernel_overflow(void) {
    __asm__ volatile(
        "msr daifset, #2\n\tmsr spsel, #1\n\tmov sp, %0\n\tstp x0, x1, [sp, #-16]!" ::"r"(
            cpu_areas[0].stack)
        : "memory");
}

/* A thread that has become unknowable: no name, no stack.
 * The report leaves out what it cannot read. */
static void panic_without_thread(void) {
    struct thread *self = arch_cpu_self()->current;
    self->name = (const char *)nowhere;
    self->stack = (struct stack *)nowhere;
    panic("asked for, by a thread without a name");
}

/* A reason becomes one field of one line, whatever is in it. */
static void panic_unclean(void) {
    panic("anxiouslyaskedforbyhelpers,\n\twith a \"quoted\" word \x7f");
}

/* --- A report that itself faults, once, in the middle of a line: the device fails at a letter.  */

static char fails_at;

bool failing_put(char letter);

bool failing_put(char letter) {
    if (letter == fails_at) {
        fails_at = '\0';
        *nowhere = 1;
    }
    return pl011_try_put(letter);
}
BOUND_CALLEE(console_try_put, failing_put);

NORETURN static void panic_with_console_failing_at(char letter) {
    struct console_device failing = *pl011_console();
    failing.try_put = failing_put;
    log_flush();
    console_init(&failing);
    fails_at = letter;
    panic("asked for, with a console that faults");
}

/* After the record: "***" begins the next line. */
static void panic_nested(void) {
    panic_with_console_failing_at('*');
}

/* Within the record: "reason=" is cut. What stopped the machine must be told nevertheless. */
static void panic_nested_in_record(void) {
    panic_with_console_failing_at('=');
}

/* Before it, in the empty line that ends whatever was being written. */
static void panic_nested_at_once(void) {
    panic_with_console_failing_at('\n');
}

/* State that nothing legal leads to is noticed where it would spread:
 * an ended thread does not sleep. */
static void panic_illegal_state(void) {
    arch_cpu_self()->current->state = THREAD_ENDED;
    thread_sleep_ms(1);
}

/* Debug builds: the heap is for threads. Here the call comes as if from a door, on the kernel's
 * stack pointer. */
static void panic_heap_in_kernel(void) {
    static uint8_t stack[4096] ALIGNED(16);
    __asm__ volatile("msr daifset, #2\n\tmsr spsel, #1\n\tmov sp, %0\n\tmov x0, #16\n\t"
                     "bl heap_alloc\n\tb ."
                     :
                     : "r"(stack + sizeof(stack))
                     : "x0", "x30", "memory");
}

/* Debug builds: a bug of the caller is told at once. */
static void panic_heap_double_free(void) {
    void *block = heap_alloc(64);
    heap_free(block);
    __asm__ volatile("" : "+r"(block));
    heap_free(block);
}

static const struct test_case panic_cases[] = {
    {"panic_check", panic_check, TEST_ALONE},
    {"panic_message", panic_message, TEST_ALONE},
    {"panic_unclean", panic_unclean, TEST_ALONE},
    {"panic_masked", panic_masked, TEST_ALONE},
    {"panic_kernel_reads", panic_kernel_reads, TEST_ALONE},
    {"panic_kernel_executes", panic_kernel_executes, TEST_ALONE},
    {"panic_kernel_undefined", panic_kernel_undefined, TEST_ALONE},
    {"panic_idle_faults", panic_idle_faults, TEST_ALONE},
    {"panic_kernel_stack", panic_kernel_stack, TEST_ALONE},
    {"panic_kernel_overflow", panic_kernel_overflow, TEST_ALONE},
    {"panic_without_thread", panic_without_thread, TEST_ALONE},
    {"panic_nested", panic_nested, TEST_ALONE},
    {"panic_nested_in_record", panic_nested_in_record, TEST_ALONE},
    {"panic_nested_at_once", panic_nested_at_once, TEST_ALONE},
    {"panic_illegal_state", panic_illegal_state, TEST_ALONE},
    {"panic_heap_in_kernel", panic_heap_in_kernel, TEST_ALONE},
    {"panic_heap_double_free", panic_heap_double_free, TEST_ALONE},
};
TEST_GROUP(panic);
