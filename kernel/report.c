/* SPDX-License-Identifier: MIT */
/* Who ran when it went wrong, and the report on a thread's fault that harms nobody else. */
#define LOG_MODULE "fault"
#include "kernel/panic.h"

#include "arch/cpu.h"
#include "arch/probe.h"
#include "kernel/console/log.h"
#include "kernel/sched/sched.h"
#include "kernel/where.h"
#include "lib/bound.h"
#include "lib/format.h"

/* An object of `size` bytes, at most a page, that may be looked at. */
static bool is_object(const void *pointer, uint64_t size) {
    vaddr_t address = vaddr_of(pointer);
    return address.value % sizeof(uint64_t) == 0 && arch_probe_readable(address, size);
}

static void copy_name(char *copy, const char *name) {
    unsigned length = 0;
    BOUND_LOOP(letters, PANIC_NAME_MAX - 1);
    while (length < PANIC_NAME_MAX - 1 && arch_probe_readable(vaddr_of(name + length), 1) &&
           name[length] != '\0') {
        BOUND_TURN(letters);
        bool printable = name[length] > ' ' && name[length] < 0x7f;
        copy[length] = printable ? name[length] : '?';
        length++;
    }
    if (!arch_probe_readable(vaddr_of(name), 1)) {
        copy[length++] = '?';
    }
    copy[length] = '\0';
}

bool panic_subject_of(const struct thread *thread, struct panic_subject *subject) {
    if (!is_object(thread, sizeof *thread)) {
        return false;
    }
    *subject = (struct panic_subject){
        .index = thread->id.index,
        .generation = thread->id.generation,
        .priority = thread->priority,
    };
    copy_name(subject->name, thread->name != NULL ? thread->name : "thread");
    if (is_object(thread->stack, sizeof *thread->stack)) {
        subject->stack_low = thread->stack->low;
        subject->stack_high = vaddr_add(thread->stack->low, thread->stack->size);
    }
    return true;
}

bool panic_current_subject(struct panic_subject *subject) {
    const struct cpu *cpu = arch_cpu_self();
    return is_object(cpu, sizeof cpu->current) && panic_subject_of(cpu->current, subject);
}

static void report_subject(const char *what) {
    struct panic_subject subject;
    if (panic_current_subject(&subject)) { /* the caller itself: nobody else changes it */
        log_error("thread '%s' (%u.%u, priority %u) ends: %s", subject.name, subject.index,
                  subject.generation, subject.priority, what);
    } else {
        log_error("a thread ends: %s", what);
    }
}

void report_register_line(const char *format, ...) PRINTF_LIKE(1, 2);
void report_register_line(const char *format, ...) {
    char text[96];
    va_list arguments;
    va_start(arguments, format);
    format_buffer_list(text, sizeof text, format, arguments);
    va_end(arguments);
    log_debug("%s", text);
}
BOUND_CALLEE(frame_dump_print, report_register_line);

static NOINLINE void report_address(const struct fault *fault) {
    char text[WHERE_TEXT_MAX];
    where_describe(vaddr(fault->address), arch_fault_access(fault), text, sizeof text);
    log_error("address 0x%016llx", (unsigned long long)fault->address);
    log_error("where %s", text);
}

/* A panic that could not get going, because its thread was out of stack, goes on here. */
void report_fault(const struct frame *frame, const struct fault *fault, const uint64_t *trace,
                  unsigned trace_count) {
    char what[96];
    arch_fault_describe(fault, what, sizeof what);
    if (panic_has_begun()) {
        panic("a panic was cut short: %s", what);
    }
    report_subject(what);
    if (arch_fault_has_address(fault)) {
        report_address(fault);
    }
    BOUND_LOOP(trace, REPORT_TRACE_MAX);
    for (unsigned i = 0; i < trace_count && i < REPORT_TRACE_MAX; i++) {
        BOUND_TURN(trace);
        log_error("%s 0x%016llx", i == 0 ? "pc" : "trace", (unsigned long long)trace[i]);
    }
    arch_frame_dump(frame, report_register_line);
}
