/* SPDX-License-Identifier: MIT */
/* A thread's memory: its stack, if it is ours, and above it its thread-local data, laid out as the first's
 * (user/lib/start.c). A stack from malloc() has no guard below it. */
#include "user/lib/thread.h"

#include <stdlib.h>
#include <string.h>

#include "abi/thread.h"
#include "user/lib/console.h"
#include "user/lib/lock.h"
#include "user/lib/system.h"
#include "user/lib/tls.h"

/* Where it begins. Its block is zero but for its data, and it alone knows its message area. */
static void thread_begin(struct thread *thread, void *message_area) {
    void **block;
    __asm__ volatile("mrs %0, tpidr_el0" : "=r"(block));
    *block = message_area;
    thread_exit(thread->does(thread->argument));
}

static uint64_t align_up(uint64_t value) {
    return (value + TLS_ALIGN_MAX - 1) & ~(uint64_t)(TLS_ALIGN_MAX - 1);
}

int64_t thread_create(struct thread *thread, const struct thread_how *how,
                      int64_t (*does)(void *argument), void *argument) {
    const int64_t locks = lock_begin();
    if (locks != STATUS_OK) {
        return locks;
    }
    const size_t stack_size = how->stack == NULL ? how->stack_size : 0;
    char *memory = calloc(1, stack_size + tls_size() + TLS_ALIGN_MAX);
    if (memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    char *const tls = (char *)(uintptr_t)align_up((uint64_t)(uintptr_t)memory + stack_size);
    const uint64_t stack = (uint64_t)(uintptr_t)(how->stack == NULL ? memory : how->stack);
    *thread = (struct thread){.memory = memory, .does = does, .argument = argument};
    tls_fill(tls);
    *(struct thread_request *)system_message_area() = (struct thread_request){
        .entry = (uint64_t)(uintptr_t)thread_begin,
        .stack_top = (stack + how->stack_size) & ~UINT64_C(15),
        .argument = (uint64_t)(uintptr_t)thread,
        .tls = (uint64_t)(uintptr_t)tls,
        .priority = how->priority,
    };
    const int64_t name = system_thread_create();
    if (name < 0) {
        free(memory);
        return name;
    }
    thread->name = (uint64_t)name;
    return STATUS_OK;
}

void thread_exit(int64_t value) {
    console_end();
    system_thread_exit(value);
}

int64_t thread_join(struct thread *thread, int64_t *value, uint64_t deadline) {
    const int64_t status = system_thread_join(thread->name, deadline);
    if (status != STATUS_OK) {
        return status;
    }
    if (value != NULL) {
        *value = *(const int64_t *)system_message_area();
    }
    free(thread->memory);
    return STATUS_OK;
}
