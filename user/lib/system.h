/* SPDX-License-Identifier: MIT */
/*
 * System calls from C, a function each: system_NAME. The number goes to x8, arguments from x0 on;
 * x0 comes back as a status or a value, x1 to x18 are lost, all others are kept. What the calls mean:
 * abi/syscall.h.
 */
#ifndef USER_LIB_SYSTEM_H
#define USER_LIB_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "abi/status.h"
#include "abi/syscall.h"

/* Numbers by name: SYSTEM_exit and so on. */
#define SYSTEM_NUMBER(name, number) SYSTEM_##name = (number),
enum system_number { SYSCALL_LIST(SYSTEM_NUMBER) };
#undef SYSTEM_NUMBER

static inline int64_t system_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c) {
    register uint64_t x0 __asm__("x0") = a;
    register uint64_t x1 __asm__("x1") = b;
    register uint64_t x2 __asm__("x2") = c;
    register uint64_t x8 __asm__("x8") = number;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x8)
                     :
                     : "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                       "x16", "x17", "x18", "cc", "memory");
    return (int64_t)x0;
}

static inline void system_exit(int64_t code) __attribute__((noreturn));
static inline void system_exit(int64_t code) {
    for (;;) { /* it does not return */
        (void)system_call(SYSTEM_exit, (uint64_t)code, 0, 0);
    }
}

static inline int64_t system_yield(void) {
    return system_call(SYSTEM_yield, 0, 0, 0);
}

/* `moment`: ticks of the clock. */
static inline int64_t system_sleep_until(uint64_t moment) {
    return system_call(SYSTEM_sleep_until, moment, 0, 0);
}

/* A line of at most SYSCALL_LOG_WRITE_MAX bytes, without its end. */
static inline int64_t system_log_write(uint64_t handle, const char *line, size_t length) {
    return system_call(SYSTEM_log_write, handle, (uint64_t)(uintptr_t)line, length);
}

/* The calling thread's, as the first word behind TPIDR_EL0 says (user/lib/tls.h): SYSCALL_MESSAGE_AREA
 * of the first. */
static inline void *system_message_area(void) {
    void **block;
    __asm__("mrs %0, tpidr_el0" : "=r"(block));
    return *block;
}

/* The message lies in, and comes to, the message area. `deadline`: a moment; UINT64_MAX: never. */
static inline int64_t system_mailbox_send(uint64_t handle, uint64_t deadline) {
    return system_call(SYSTEM_mailbox_send, handle, deadline, 0);
}

static inline int64_t system_mailbox_receive(uint64_t handle, uint64_t deadline) {
    return system_call(SYSTEM_mailbox_receive, handle, deadline, 0);
}

static inline int64_t system_handle_close(uint64_t handle) {
    return system_call(SYSTEM_handle_close, handle, 0, 0);
}

static inline int64_t system_handle_duplicate(uint64_t handle, uint64_t rights) {
    return system_call(SYSTEM_handle_duplicate, handle, rights, 0);
}

/* The number of an offer, for who receives from `mailbox`. */
static inline int64_t system_handle_offer(uint64_t handle, uint64_t rights, uint64_t mailbox) {
    return system_call(SYSTEM_handle_offer, handle, rights, mailbox);
}

static inline int64_t system_handle_take(uint64_t offer, uint64_t mailbox) {
    return system_call(SYSTEM_handle_take, offer, mailbox, 0);
}

/* A mailbox of its own, which is closed with this handle. */
static inline int64_t system_mailbox_create(uint64_t size, uint64_t capacity) {
    return system_call(SYSTEM_mailbox_create, size, capacity, 0);
}

/* What goes to a port, and comes back: `length` bytes more, a multiple of 16, lie at the start of the message
 * area. */
struct system_message {
    uint64_t word[4];
    uint64_t length;
};

/* With a message; what x1 to x5 come back with is the other's, if x0 is OK. */
static inline int64_t system_call_message(uint64_t number, uint64_t handle,
                                          struct system_message *message, uint64_t deadline) {
    register uint64_t x0 __asm__("x0") = handle;
    register uint64_t x1 __asm__("x1") = message->word[0];
    register uint64_t x2 __asm__("x2") = message->word[1];
    register uint64_t x3 __asm__("x3") = message->word[2];
    register uint64_t x4 __asm__("x4") = message->word[3];
    register uint64_t x5 __asm__("x5") = message->length;
    register uint64_t x6 __asm__("x6") = deadline;
    register uint64_t x8 __asm__("x8") = number;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
                       "+r"(x8)
                     :
                     : "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18",
                       "cc", "memory");
    *message = (struct system_message){{x1, x2, x3, x4}, x5};
    return (int64_t)x0;
}

/* A port of its own, which is closed with this handle. */
static inline int64_t system_port_create(void) {
    return system_call(SYSTEM_port_create, 0, 0, 0);
}

/* Calls, and waits for the reply, which comes in the place of `message`. */
static inline int64_t system_port_call(uint64_t handle, struct system_message *message,
                                       uint64_t deadline) {
    return system_call_message(SYSTEM_port_call, handle, message, deadline);
}

/* Waits for a call. */
static inline int64_t system_port_receive(uint64_t handle, struct system_message *message,
                                          uint64_t deadline) {
    *message = (struct system_message){{deadline, 0, 0, 0}, 0};
    return system_call_message(SYSTEM_port_receive, handle, message, 0);
}

static inline int64_t system_port_reply(uint64_t handle, const struct system_message *message) {
    struct system_message reply = *message;
    return system_call_message(SYSTEM_port_reply, handle, &reply, 0);
}

/* Replies, and waits for the next call. */
static inline int64_t system_port_answer(uint64_t handle, struct system_message *message,
                                         uint64_t deadline) {
    return system_call_message(SYSTEM_port_answer, handle, message, deadline);
}

/* At most SYSCALL_NAME_BYTES - 1 letters; a longer name is refused. */
static inline void system_name_put(const char *name) {
    char *area = system_message_area();
    for (size_t i = 0; i < SYSCALL_NAME_BYTES; i++) {
        area[i] = name[i];
        if (name[i] == 0) {
            break;
        }
    }
}

/* A handle to be closed when the name shall go. */
static inline int64_t system_name_publish(uint64_t names, const char *name, uint64_t mailbox,
                                          uint64_t rights) {
    system_name_put(name);
    return system_call(SYSTEM_name_publish, names, mailbox, rights);
}

static inline int64_t system_name_find(uint64_t names, const char *name, uint64_t rights) {
    system_name_put(name);
    return system_call(SYSTEM_name_find, names, rights, 0);
}

/* By a request in the message area: user/lib/spawn.h puts it there. */
static inline int64_t system_process_spawn(uint64_t programs) {
    return system_call(SYSTEM_process_spawn, programs, 0, 0);
}

/* Until it has ended, which OK and FAULTED say. */
static inline int64_t system_process_wait(uint64_t handle, uint64_t deadline) {
    return system_call(SYSTEM_process_wait, handle, deadline, 0);
}

/* How it ended, as a status and in the message area; it is gone then. TIMED_OUT: it has not. */
static inline int64_t system_process_collect(uint64_t handle) {
    return system_call(SYSTEM_process_collect, handle, 0, 0);
}

static inline int64_t system_process_kill(uint64_t handle) {
    return system_call(SYSTEM_process_kill, handle, 0, 0);
}

/* By a request in the message area: user/lib/thread.h puts it there. */
static inline int64_t system_thread_create(void) {
    return system_call(SYSTEM_thread_create, 0, 0, 0);
}

static inline void system_thread_exit(int64_t value) __attribute__((noreturn));
static inline void system_thread_exit(int64_t value) {
    for (;;) { /* it does not return */
        (void)system_call(SYSTEM_thread_exit, (uint64_t)value, 0, 0);
    }
}

/* The value comes to the message area. */
static inline int64_t system_thread_join(uint64_t name, uint64_t deadline) {
    return system_call(SYSTEM_thread_join, name, deadline, 0);
}

/* At most the ceiling of its own children. */
static inline int64_t system_process_priority(uint64_t handle, uint64_t priority) {
    return system_call(SYSTEM_process_priority, handle, priority, 0);
}

/* At most SYSCALL_CONSOLE_WRITE_MAX bytes. FULL: no room now. */
static inline int64_t system_console_write(uint64_t handle, const char *text, size_t length) {
    return system_call(SYSTEM_console_write, handle, (uint64_t)(uintptr_t)text, length);
}

/* The path, and what comes, in the message area: abi/file.h. */
static inline int64_t system_file_look(uint64_t programs, uint64_t index) {
    return system_call(SYSTEM_file_look, programs, index, 0);
}

static inline int64_t system_file_read(uint64_t programs, uint64_t offset, uint64_t length) {
    return system_call(SYSTEM_file_read, programs, offset, length);
}

/* How many records lie in the message area: abi/system.h. */
static inline int64_t system_read(uint64_t system, uint64_t what, uint64_t first) {
    return system_call(SYSTEM_system_read, system, what, first);
}

/* The end of the machine. It does not return but with a reason. */
static inline int64_t system_end(uint64_t system, uint64_t code) {
    return system_call(SYSTEM_system_end, system, code, 0);
}

#define SYSTEM_MUTEX_RECURSIVE 1

/* Closed with this handle, as a mailbox. Who waits for it lends its owner a priority. */
static inline int64_t system_mutex_create(uint64_t how) {
    return system_call(SYSTEM_mutex_create, how, 0, 0);
}

/* OK, or OWNER_DIED: it is locked. */
static inline int64_t system_mutex_lock(uint64_t handle, uint64_t deadline) {
    return system_call(SYSTEM_mutex_lock, handle, deadline, 0);
}

static inline int64_t system_mutex_unlock(uint64_t handle) {
    return system_call(SYSTEM_mutex_unlock, handle, 0, 0);
}

/* Closed with this handle, too. */
static inline int64_t system_semaphore_create(uint64_t units, uint64_t maximum) {
    return system_call(SYSTEM_semaphore_create, units, maximum, 0);
}

static inline int64_t system_semaphore_take(uint64_t handle, uint64_t deadline) {
    return system_call(SYSTEM_semaphore_take, handle, deadline, 0);
}

static inline int64_t system_semaphore_give(uint64_t handle) {
    return system_call(SYSTEM_semaphore_give, handle, 0, 0);
}

/* Ticks since the boot, read without the kernel. */
static inline uint64_t system_clock(void) {
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
    return ticks;
}

#endif
