/* SPDX-License-Identifier: MIT */
/*
 * The fatal path. The problem: whatever stopped the kernel may stop the report on it too. So it is
 * entered at most three times: the first entry reports, a second one (the report itself failed)
 * says so in one line, a third leaves at once. Nothing here allocates, locks, or waits without a
 * bound, and no pointer is followed that was not probed.
 */
#include "kernel/panic.h"

#include "arch/cpu.h"
#include "arch/probe.h"
#include "arch/semihosting.h"
#include "arch/upcalls.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "kernel/core_file.h"
#include "kernel/cpu/cpu.h"
#include "kernel/last_events.h"
#include "kernel/trace_file.h"
#include "kernel/where.h"
#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/format.h"
#include "lib/string.h"

#define TRACE_MAX  ARCH_TRACE_MAX
#define REASON_MAX 160
#define LINE_MAX   CONSOLE_WRITE_MAX

/* Interrupts masked, after panic_enter(). Static: the stack may be almost used up. */
static char reason[REASON_MAX];
static char word[24];
static char line[LINE_MAX];
static char where[WHERE_TEXT_MAX];
static uint64_t trace[TRACE_MAX];
static char event[LAST_EVENT_TEXT_MAX];
static unsigned entries;
static bool record_printed;
static bool was_masked;   /* by who calls panic() */
static struct frame here; /* in panic(), for a debugger */
static const struct frame *stopped = &here;

/* Any context. */
static volatile bool has_begun; /* set once, never cleared */
static bool exit_allowed;       /* set at boot, cleared by the try */

void panic_set_exit(bool allowed) {
    exit_allowed = allowed;
}

bool panic_has_begun(void) {
    return has_begun;
}

/* --- Output ----------------------------------------------------------------------------------- */

void panic_print(const char *format, ...) PRINTF_LIKE(1, 2);
void panic_print(const char *format, ...) {
    BOUND_LEFT_OUT(end);
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_buffer_list(line, sizeof line, format, arguments);
    va_end(arguments);
    console_write(line, length < sizeof line ? length : sizeof line - 1);
    console_write("\r\n", 2);
}
BOUND_CALLEE(frame_dump_print, panic_print);

/* The reason as one field of one line. */
static void clean_reason(void) {
    BOUND_LOOP(letters, REASON_MAX - 1);
    for (char *letter = reason; *letter != '\0'; letter++) {
        BOUND_TURN(letters);
        if ((uint8_t)*letter < ' ' || *letter == 0x7f) {
            *letter = '?';
        } else if (*letter == '"') {
            *letter = '\'';
        }
    }
}

/* The word that tests compare: panic.h says which. */
static void choose_word(void) {
    static const char check_failed[] = "check failed:";
    const char *chosen = "panic";
    size_t length = 0;
    BOUND_LOOP(word_letters, sizeof word - 1);
    while (length < sizeof word - 1 && reason[length] >= 'a' && reason[length] <= 'z') {
        BOUND_TURN(word_letters);
        length++;
    }
    if (strncmp(reason, check_failed, sizeof check_failed - 1) == 0) {
        chosen = "check";
    } else if (length > 0 && reason[length] == ':') {
        memcpy(word, reason, length); /* the rest of it is zero */
        return;
    }
    memcpy(word, chosen, strlen(chosen));
}

static void print_record(void) {
    panic_print("record panic reason=%s text=\"%s\"", word, reason);
    record_printed = true; /* now: a fault within it has it printed again */
}

static void print_stack(const char *what, uint64_t low, uint64_t high, uint64_t pointer) {
    if (pointer < low || pointer > high) {
        panic_print("%s 0x%016llx..0x%016llx, sp 0x%016llx is not in it", what,
                    (unsigned long long)low, (unsigned long long)high, (unsigned long long)pointer);
    } else {
        panic_print("%s 0x%016llx..0x%016llx, %llu of %llu bytes in use", what,
                    (unsigned long long)low, (unsigned long long)high,
                    (unsigned long long)(high - pointer), (unsigned long long)(high - low));
    }
}

/* Who did it: a thread in its own code, or the kernel while that thread had the CPU. */
NO_CONTEXT_CHECK static void print_subject(bool in_kernel, bool masked, uint64_t pointer) {
    struct panic_subject subject;
    panic_print("by %s, interrupts %s",
                in_kernel ? "the kernel, in an interrupt or a call" : "a thread, in its own code",
                masked ? "masked" : "unmasked");
    if (in_kernel) {
        const uint64_t low = (uint64_t)(uintptr_t)cpu_areas[0].stack;
        print_stack("kernel stack", low, low + sizeof cpu_areas[0].stack, pointer);
    }
    if (!panic_current_subject(&subject)) {
        panic_print("thread: none");
        return;
    }
    panic_print("thread '%s' (%u.%u), priority %u", subject.name, subject.index, subject.generation,
                subject.priority);
    if (!in_kernel && subject.stack_high.value != 0) {
        print_stack("stack", subject.stack_low.value, subject.stack_high.value, pointer);
    }
}

/* What the kernel did last, where it is traced. */
static void print_events(void) {
    uint64_t first = 0;
    const unsigned count = last_events(&first);
    if (count != 0) {
        panic_print("record events last=%u of=%llu", count, (unsigned long long)(first + count));
    }
    BOUND_LOOP(events, LAST_EVENTS_MAX);
    for (unsigned i = 0; i < count; i++) {
        BOUND_TURN(events);
        if (last_event_describe(first + i, event, sizeof event)) {
            panic_print("record event %s", event);
        }
    }
}

/* What lies above `caller` in a trace taken within panic() is the way into the report itself. */
static void print_trace(const struct frame *frame, uint64_t caller) {
    unsigned count = arch_stack_trace(frame, trace, TRACE_MAX, arch_probe_readable);
    unsigned first = 0;
    BOUND_LOOP(entries_above, TRACE_MAX);
    while (caller != 0 && first < count && trace[first] != caller) {
        BOUND_TURN(entries_above);
        first++;
    }
    BOUND_LOOP(entries_shown, TRACE_MAX);
    for (unsigned i = first < count ? first : 0; i < count; i++) {
        BOUND_TURN(entries_shown);
        panic_print("record trace 0x%016llx", (unsigned long long)trace[i]);
    }
}

static void print_fault(const struct frame *frame, const struct fault *fault) {
    panic_print("esr 0x%08llx, far 0x%016llx%s, vector %u", (unsigned long long)fault->syndrome,
                (unsigned long long)fault->address,
                arch_fault_has_address(fault) ? "" : " (not of this fault)", fault->vector);
    if (arch_fault_has_address(fault)) {
        where_describe(vaddr(fault->address), arch_fault_access(fault), where, sizeof where);
        panic_print("record where %s", where);
    }
    arch_frame_dump(frame, panic_print);
}

/* --- The entries ------------------------------------------------------------------------------ */

static void write_core(void) {
    uint64_t pages;
    switch (core_file_write(stopped, &pages)) {
    case CORE_NOT_ASKED:
        return;
    case CORE_WRITTEN:
        panic_print("record core pages=%llu", (unsigned long long)pages);
        break;
    case CORE_NO_MEMORY:
        panic_print("record core none: no memory is known yet");
        break;
    default:
        panic_print("record core none: its file cannot be written");
        break;
    }
    console_flush();
}

/* Should semihosting not be there, or what is to be written not be readable, this comes back as a
 * fault: each is tried once. */
NORETURN static void panic_leave(void) {
    static bool tried;
    if (exit_allowed && !tried) {
        tried = true;
        if (CONFIG_TRACE) {
            trace_file_end(TRACE_END_PANIC);
        }
        write_core();
    }
    if (exit_allowed) {
        exit_allowed = false;
        arch_semihosting_exit(PANIC_EXIT_STATUS);
    }
    arch_halt();
}

NORETURN static void panic_stop(void) {
    console_flush();
    panic_leave();
}

/* Takes the machine: nobody else runs from here on. Returns true for the first who comes. */
NO_CONTEXT_CHECK static bool panic_enter(void) {
    has_begun = true; /* first: the mask looks for room on the stack, and may find none */
    was_masked = arch_irq_is_masked();
    (void)arch_irq_save();
    entries++;
    if (entries > 2) {
        panic_leave();
    }
    return entries == 1;
}

NORETURN static void panic_report(const struct frame *frame, const struct fault *fault,
                                  uint64_t caller) {
    clean_reason();
    log_flush();
    panic_print("%s", ""); /* whoever was within a line */
    print_record();
    panic_print("*** the kernel stops: %s", reason);
    if (fault != NULL) {
        print_subject(arch_fault_in_kernel(fault), fault->masked, arch_frame_sp(frame));
        print_fault(frame, fault);
    } else {
        print_subject(arch_in_kernel(), was_masked,
                      (uint64_t)(uintptr_t)__builtin_frame_address(0));
    }
    /* What user mode called may be anywhere, and is closed to the kernel. */
    if (frame == NULL || !arch_frame_is_user(frame)) {
        print_trace(frame, caller);
    }
    print_events();
    panic_stop();
}

/* The report itself failed. What was known first is said first, if it was not yet. */
NORETURN static void panic_again(const struct frame *frame, const struct fault *fault,
                                 const char *text) {
    uint64_t pc = 0;
    console_write("\r\n", 2);
    if (!record_printed) {
        clean_reason();
        print_record();
    }
    if (fault != NULL) {
        (void)arch_stack_trace(frame, &pc, 1, arch_probe_readable);
        panic_print("*** a fault while reporting: esr 0x%08llx, far 0x%016llx, pc 0x%016llx",
                    (unsigned long long)fault->syndrome, (unsigned long long)fault->address,
                    (unsigned long long)pc);
    } else {
        panic_print("*** a panic while reporting: %s", text);
    }
    panic_stop();
}

NO_CONTEXT_CHECK void panic(const char *format, ...) {
    if (!panic_enter()) {
        panic_again(NULL, NULL, format);
    }
    arch_frame_here(&here);
    va_list arguments;
    va_start(arguments, format);
    format_buffer_list(reason, sizeof reason, format, arguments);
    va_end(arguments);
    choose_word();
    panic_report(NULL, NULL, (uint64_t)(uintptr_t)__builtin_return_address(0));
}

NO_CONTEXT_CHECK void kernel_fatal(struct frame *frame, const struct fault *fault) {
    if (!panic_enter()) {
        panic_again(frame, fault, NULL);
    }
    stopped = frame;
    memcpy(word, "fault", sizeof "fault");
    arch_fault_describe(fault, reason, sizeof reason);
    panic_report(frame, fault, 0);
}
