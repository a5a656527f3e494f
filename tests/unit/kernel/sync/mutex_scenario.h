/* SPDX-License-Identifier: MIT */
/* What tests of mutexes share: some mutexes, and threads that lock and unlock them as a text says. */
#ifndef TESTS_UNIT_KERNEL_SYNC_MUTEX_SCENARIO_H
#define TESTS_UNIT_KERNEL_SYNC_MUTEX_SCENARIO_H

#include "kernel/sync/mutex_internal.h"
#include "tests/unit/kernel/scenario.h"

#define MUTEXES 12

static struct mutex mutexes[MUTEXES];

MAYBE_UNUSED static void mutexes_init(void) {
    for (unsigned i = 0; i < MUTEXES; i++) {
        EXPECT_EQ(mutex_init(&mutexes[i], NULL), STATUS_OK);
    }
}

MAYBE_UNUSED static unsigned priority_of(thread_id_t id) {
    unsigned priority = 0;
    EXPECT_EQ(thread_get_priority(id, &priority), STATUS_OK);
    return priority;
}

MAYBE_UNUSED static unsigned own_priority(void) {
    return priority_of(thread_self());
}

/* A part: its name is noted when something is done; its script is read letter by letter.
 *   0..9  lock that mutex and note name and digit; an unexpected answer is noted as '!'
 *   a..j  unlock mutex 0..9
 *   s     sleep 10 ticks         S  sleep 1000 ticks
 *   t     the next digit is locked until now + 50: '-' is noted if the time is up
 *   x     exit      F  fault     n  note the name      p  note the priority, as a letter from 'A' */
struct part {
    char name;
    uint8_t priority;
    const char *script;
    thread_id_t id;
};
#define PART(letter, level, steps)                                                                 \
    { .name = (letter), .priority = (level), .script = (steps), .id = THREAD_ID_NONE }

MAYBE_UNUSED static void part_lock(const struct part *part, char digit, instant_t deadline) {
    status_t status = mutex_lock_until(&mutexes[digit - '0'], deadline);
    note(part->name);
    note(status == STATUS_OK           ? digit
         : status == STATUS_TIMED_OUT  ? '-'
         : status == STATUS_OWNER_DIED ? '+'
         : status == STATUS_DEADLOCK   ? '#'
         : status == STATUS_TOO_DEEP   ? '^'
         : status == STATUS_CLOSED     ? 'C'
                                       : '!');
}

MAYBE_UNUSED static void part_main(void *argument) {
    const struct part *part = argument;
    for (const char *step = part->script; *step != '\0'; step++) {
        if (*step >= '0' && *step <= '9') {
            part_lock(part, *step, INSTANT_NEVER);
        } else if (*step >= 'a' && *step <= 'j') {
            EXPECT_EQ(mutex_unlock(&mutexes[*step - 'a']), STATUS_OK);
        } else if (*step == 's') {
            thread_sleep_ticks(10);
        } else if (*step == 'S') {
            thread_sleep_ticks(1000);
        } else if (*step == 't') {
            part_lock(part, *++step, time_after(time_ticks(50)));
        } else if (*step == 'x') {
            thread_exit(0);
        } else if (*step == 'F') {
            hosted_fault(&(struct fault){.address = 1});
        } else if (*step == 'n') {
            note(part->name);
        } else if (*step == 'p') {
            note((char)('A' + own_priority()));
        }
    }
}

MAYBE_UNUSED static void part_enter(struct part *part) {
    part->id = spawn(part_main, part, part->priority);
}

#endif
