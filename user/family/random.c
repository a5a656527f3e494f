/* SPDX-License-Identifier: MIT */
/* Random calls, and sound ones between them. */
#include "abi/thread.h"
#include "user/family/family.h"
#include "user/lib/program.h"
#include "user/lib/spawn.h"
#include "user/lib/system.h"
#include "user/lib/thread.h"

static int64_t random_thread(void *argument) {
    return (int64_t)(uintptr_t)argument;
}

void family_random(uint64_t seed) {
    const char *const arguments[] = {"family", "seven", family_ceiling_text, NULL};
    const struct spawn how = family_child(arguments);
    const struct thread_how thread_how = {.priority = family_ceiling, .stack_size = 2048};
    static struct thread threads[16];
    uint64_t x = seed * 0x9e3779b97f4a7c15 + 1;
    for (unsigned i = 0; i < 6000; i++) {
        uint64_t argument[3];
        for (unsigned a = 0; a < 3; a++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            argument[a] =
                (x >> 60 & 1) != 0 ? x : HANDLE_FIRST * (1 + (x >> 20) % 4) + (x >> 30) % 8;
        }
        const uint64_t number = (x >> 40) % (SYSCALL_COUNT + 1);
        if (number == SYSTEM_exit || number == SYSTEM_thread_exit ||
            number == SYSTEM_thread_create || number == SYSTEM_sleep_until) {
            continue;
        }
        if (number == SYSTEM_mailbox_send || number == SYSTEM_mailbox_receive ||
            number == SYSTEM_process_wait || number == SYSTEM_thread_join ||
            number == SYSTEM_port_receive || number == SYSTEM_mutex_lock ||
            number == SYSTEM_semaphore_take) {
            argument[1] = family_soon(0);
        }
        if (i % 64 == 0) {
            (void)spawn(PROGRAMS, &how);
        }
        if (i % 64 == 32) { /* by a sound request, or one of anything */
            struct thread *thread = &threads[i / 64 % 16];
            if (thread->memory != NULL) {
                (void)thread_join(thread, NULL, NEVER);
            }
            if (thread_create(thread, &thread_how, random_thread, thread) != STATUS_OK) {
                thread->memory = NULL;
            }
            *(struct thread_request *)system_message_area() = (struct thread_request){
                .stack_top = argument[0], .argument = argument[1], .priority = x};
            (void)system_thread_create();
        }
        if (number == SYSTEM_thread_join) {
            argument[0] = threads[i % 16].name;
        }
        struct system_message message = {{argument[1], argument[2], x, x},
                                         (x >> 20 & 7) != 0 ? x >> 20 & 0x70 : argument[2]};
        (void)system_call_message(number, argument[0], &message, family_soon(0));
    }
}
