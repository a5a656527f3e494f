/* SPDX-License-Identifier: MIT */
/*
 * Has several threads, in the way that its first argument names, for tests of what becomes of them. It
 * begins with a handle of the log and one of a mailbox; its second argument is its priority. Exits with 0,
 * or with the line of what was wrong, unless the way says otherwise.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "abi/thread.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/lib/thread.h"

#define LOG   (HANDLE_FIRST + 0)
#define BOX   (HANDLE_FIRST + 1)
#define NEVER UINT64_MAX
#define MOST  7 /* that a process may have beside its first */
#define STACK 2048

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            exit(__LINE__);                                                                        \
        }                                                                                          \
    } while (0)

static uint8_t top; /* this program's priority */
static struct thread threads[MOST + 1];
static volatile uint64_t seen[16];
static volatile unsigned seen_count;
static __thread uint64_t own = 5;

static uint64_t soon(unsigned microseconds) {
    return system_clock() + microseconds * program.clock_hz / 1000000;
}

static void see(uint64_t what) {
    seen[seen_count++ % 16] = what;
}

static int64_t start(unsigned index, unsigned below, int64_t (*does)(void *), void *argument) {
    const struct thread_how how = {.priority = (uint8_t)(top - below), .stack_size = STACK};
    return thread_create(&threads[index], &how, does, argument);
}

/* --- What threads do -------------------------------------------------------------------------- */

static int64_t sees(void *argument) {
    see((uint64_t)(uintptr_t)argument);
    return (int64_t)(uintptr_t)argument;
}

static int64_t has_own(void *argument) {
    EXPECT(own == 5 && errno == 0);
    own = 6;
    errno = EDOM;
    EXPECT(system_message_area() == (void *)(SYSCALL_MESSAGE_AREA - THREAD_AREA_STRIDE));
    thread_exit(*(int64_t *)argument + 1);
}

static int64_t joins(void *argument) {
    return thread_join(argument, NULL, NEVER);
}

/* A message each, to its own area. */
static int64_t receives(void *argument) {
    (void)argument;
    EXPECT(system_mailbox_receive(BOX, NEVER) == STATUS_OK);
    return *(const int64_t *)system_message_area();
}

static int64_t waits(void *box) {
    return system_mailbox_receive((uint64_t)(uintptr_t)box, NEVER);
}

static int64_t sleeps(void *argument) {
    (void)argument;
    return system_sleep_until(NEVER - 1);
}

static int64_t spins(void *argument) {
    while (argument == NULL) {
        __asm__ volatile("");
    }
    return 0;
}

/* A port that nobody serves. */
static int64_t calls(void *port) {
    struct system_message message = {{1, 2, 3, 4}, 0};
    return system_port_call((uint64_t)(uintptr_t)port, &message, NEVER);
}

static int64_t writes(void *argument) {
    while (argument == NULL) {
        (void)system_log_write(LOG, "x", 1);
    }
    return 0;
}

static int64_t exits(void *argument) {
    (void)system_sleep_until(soon(300));
    exit((int)(uintptr_t)argument);
}

static int64_t faults(void *argument) {
    (void)argument;
    (void)system_sleep_until(soon(300));
    volatile uint64_t *null = (volatile uint64_t *)8;
    __asm__("" : "+r"(null));
    return (int64_t)*null;
}

/* --- Making and joining ------------------------------------------------------------------------- */

static void values(void) {
    int64_t value = 41;
    EXPECT(start(0, 1, has_own, &value) == STATUS_OK);
    EXPECT(own == 5 && value == 41);
    errno = 0;
    EXPECT(thread_join(&threads[0], &value, NEVER) == STATUS_OK && value == 42);
    EXPECT(own == 5 && errno == 0);
    EXPECT(system_thread_join(threads[0].name, NEVER) == STATUS_STALE);
    EXPECT(system_thread_join(0, NEVER) == STATUS_STALE);
    EXPECT(system_thread_join(NEVER, NEVER) == STATUS_STALE);
    EXPECT(start(0, 1, joins, &threads[0]) == STATUS_OK);
    EXPECT(thread_join(&threads[0], &value, NEVER) == STATUS_OK && value == STATUS_DEADLOCK);
}

/* The highest first, and none before it may. */
static void order(void) {
    seen_count = 0;
    EXPECT(start(0, 3, sees, (void *)3) == STATUS_OK);
    EXPECT(start(1, 1, sees, (void *)1) == STATUS_OK);
    EXPECT(start(2, 2, sees, (void *)2) == STATUS_OK);
    EXPECT(start(3, 0, sees, (void *)4) == STATUS_OK);
    EXPECT(seen_count == 0);
    (void)system_yield();
    EXPECT(seen_count == 1 && seen[0] == 4);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(thread_join(&threads[i], NULL, NEVER) == STATUS_OK);
    }
    EXPECT(seen_count == 4 && seen[1] == 1 && seen[2] == 2 && seen[3] == 3);
}

static void refused(void) {
    struct thread_request *request = system_message_area();
    const struct thread_how too_high = {.priority = (uint8_t)(top + 1), .stack_size = STACK};
    EXPECT(thread_create(&threads[0], &too_high, sees, NULL) == STATUS_DENIED);
    *request = (struct thread_request){.stack_top = 8, .priority = 1};
    EXPECT(system_thread_create() == STATUS_MISALIGNED);
    *request = (struct thread_request){.priority = UINT64_C(1) << 32};
    EXPECT(system_thread_create() == STATUS_DENIED);
}

static void deadlines(void) {
    EXPECT(start(0, 1, sleeps, NULL) == STATUS_OK);
    EXPECT(thread_join(&threads[0], NULL, 0) == STATUS_TIMED_OUT);
    EXPECT(thread_join(&threads[0], NULL, soon(100)) == STATUS_TIMED_OUT);
    EXPECT(start(1, 1, joins, &threads[0]) == STATUS_OK);
    (void)system_sleep_until(soon(200));
    EXPECT(thread_join(&threads[0], NULL, NEVER) == STATUS_BUSY);
}

/* As many as there can be, each with its own message; and again. */
static void many(unsigned first) {
    int64_t sum = 0;
    unsigned count = first;
    while (start(count, 1, receives, NULL) == STATUS_OK) {
        count++;
    }
    EXPECT(count == MOST);
    (void)system_sleep_until(soon(500)); /* they wait */
    for (unsigned i = first; i < count; i++) {
        *(uint64_t *)system_message_area() = 1u << i;
        EXPECT(system_mailbox_send(BOX, NEVER) == STATUS_OK);
    }
    for (unsigned i = first; i < count; i++) {
        int64_t value = 0;
        EXPECT(thread_join(&threads[i], &value, NEVER) == STATUS_OK);
        sum += value;
    }
    EXPECT(sum == (1 << count) - (1 << first));
}

/* Who waits for a mailbox that another thread closes is told so. */
static void closed(void) {
    int64_t value = 0;
    const int64_t box = system_mailbox_create(8, 1);
    EXPECT(box > 0);
    EXPECT(start(0, 1, waits, (void *)(uintptr_t)box) == STATUS_OK);
    (void)system_sleep_until(soon(200));
    EXPECT(system_handle_close((uint64_t)box) == STATUS_OK);
    EXPECT(thread_join(&threads[0], &value, NEVER) == STATUS_OK && value == STATUS_CLOSED);
}

/* --- Mutexes and semaphores ----------------------------------------------------------------------- */

static uint64_t lock;
static uint64_t units;

/* Owns it while a higher one waits, and so comes before one between them. */
static int64_t holds(void *argument) {
    (void)argument;
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_OK);
    EXPECT(system_semaphore_give(units) == STATUS_OK); /* the higher one runs, and waits */
    see(1);
    EXPECT(system_mutex_unlock(lock) == STATUS_OK);
    see(4);
    return 0;
}

static int64_t wants(void *argument) {
    (void)argument;
    EXPECT(system_semaphore_take(units, NEVER) == STATUS_OK);
    EXPECT(start(2, 2, sees, (void *)3) == STATUS_OK); /* between */
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_OK);
    see(2);
    EXPECT(system_mutex_unlock(lock) == STATUS_OK);
    return 0;
}

static int64_t keeps(void *argument) {
    (void)argument;
    return system_mutex_lock(lock, NEVER);
}

static int64_t takes(void *argument) {
    return system_semaphore_take(units, (uint64_t)(uintptr_t)argument);
}

static void join_value(unsigned index, int64_t expected) {
    int64_t value = 0;
    EXPECT(thread_join(&threads[index], &value, NEVER) == STATUS_OK && value == expected);
}

static void inheritance(void) {
    seen_count = 0;
    EXPECT(start(0, 1, wants, NULL) == STATUS_OK);
    EXPECT(start(1, 3, holds, NULL) == STATUS_OK);
    for (unsigned i = 0; i < 3; i++) {
        join_value(i, i == 2 ? 3 : 0);
    }
    EXPECT(seen_count == 4);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(seen[i] == i + 1);
    }
}

static void mutexes(void) {
    const int64_t made = system_mutex_create(0);
    EXPECT(made > 0);
    lock = (uint64_t)made;
    const int64_t counts = system_semaphore_create(0, 1);
    EXPECT(counts > 0);
    units = (uint64_t)counts;
    inheritance();
    EXPECT(system_mutex_unlock(lock) == STATUS_NOT_OWNER);
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_OK);
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_DEADLOCK);
    EXPECT(start(0, 0, keeps, NULL) == STATUS_OK);
    (void)system_sleep_until(soon(200)); /* it waits */
    EXPECT(system_mutex_unlock(lock) == STATUS_OK);
    join_value(0, STATUS_OK);
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_OWNER_DIED); /* it kept it */
    EXPECT(start(0, 1, keeps, NULL) == STATUS_OK);
    (void)system_sleep_until(soon(200));
    EXPECT(system_handle_close(lock) == STATUS_OK); /* owned, and somebody waits */
    join_value(0, STATUS_CLOSED);
    EXPECT(system_mutex_unlock(lock) == STATUS_STALE);
}

static void semaphores(void) {
    EXPECT(system_semaphore_take(units, 0) == STATUS_TIMED_OUT);
    EXPECT(system_semaphore_take(units, soon(100)) == STATUS_TIMED_OUT);
    EXPECT(system_semaphore_give(units) == STATUS_OK);
    EXPECT(system_semaphore_give(units) == STATUS_FULL);
    EXPECT(system_semaphore_take(units, NEVER) == STATUS_OK);
    EXPECT(system_mutex_lock(units, NEVER) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_semaphore_create(2, 1) == STATUS_OUT_OF_RANGE);
    EXPECT(system_semaphore_create(0, 0) == STATUS_OUT_OF_RANGE);
    const int64_t giver = system_handle_duplicate(units, HANDLE_RIGHT_SEND);
    EXPECT(giver > 0);
    EXPECT(system_semaphore_take((uint64_t)giver, 0) == STATUS_DENIED);
    EXPECT(start(0, 1, takes, (void *)(uintptr_t)NEVER) == STATUS_OK);
    EXPECT(start(1, 1, takes, (void *)(uintptr_t)NEVER) == STATUS_OK);
    (void)system_sleep_until(soon(200));
    EXPECT(system_semaphore_give((uint64_t)giver) == STATUS_OK);
    join_value(0, STATUS_OK);
    EXPECT(system_handle_close(units) == STATUS_OK);
    join_value(1, STATUS_CLOSED);
    EXPECT(system_semaphore_give((uint64_t)giver) == STATUS_CLOSED);
    EXPECT(system_handle_close((uint64_t)giver) == STATUS_OK);
}

/* Allocates and frees, with some blocks at a time, and looks whether they stayed its own. */
static void allocate(unsigned char mark, unsigned rounds, bool sleeps_between) {
    unsigned char *blocks[4] = {NULL};
    size_t sizes[4] = {0};
    for (unsigned i = 0; i < rounds; i++) {
        const unsigned slot = i * 7 % 4;
        for (size_t at = 0; at < sizes[slot]; at++) {
            EXPECT(blocks[slot][at] == mark);
        }
        free(blocks[slot]);
        sizes[slot] = 8 + i % 13 * 16;
        blocks[slot] = malloc(sizes[slot]);
        EXPECT(blocks[slot] != NULL);
        memset(blocks[slot], mark, sizes[slot]);
        if (sleeps_between) {
            (void)system_sleep_until(soon(5) + i % 97);
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        free(blocks[i]);
    }
}

/* The higher ones come in between whenever their time has come. */
static int64_t allocates(void *argument) {
    const unsigned mark = (unsigned)(uintptr_t)argument;
    allocate((unsigned char)mark, mark % 2 != 0 ? 300 : 1500, mark % 2 != 0);
    return 0;
}

static void allocations(void) {
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(start(i, 1 + i % 2, allocates, (void *)(uintptr_t)(i + 1)) == STATUS_OK);
    }
    for (unsigned i = 0; i < 4; i++) {
        join_value(i, 0);
    }
}

/* --- Ends ------------------------------------------------------------------------------------- */

/* Others in whatever a thread can be in; one place is left. This one owns a mutex. */
static void surround(void) {
    const int64_t made = system_mutex_create(SYSTEM_MUTEX_RECURSIVE);
    EXPECT(made > 0);
    lock = (uint64_t)made;
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_OK);
    EXPECT(system_mutex_lock(lock, NEVER) == STATUS_OK);
    const int64_t port = system_port_create();
    EXPECT(port > 0);
    EXPECT(start(0, 1, waits, (void *)(uintptr_t)BOX) == STATUS_OK);
    EXPECT(start(1, 1, sleeps, NULL) == STATUS_OK);
    EXPECT(start(2, 1, joins, &threads[1]) == STATUS_OK);
    EXPECT(start(3, 1, calls, (void *)(uintptr_t)port) == STATUS_OK);
    EXPECT(start(4, 3, writes, NULL) == STATUS_OK);
    EXPECT(start(5, 1, keeps, NULL) == STATUS_OK);
}

static bool is_locked(int64_t status) {
    return status == STATUS_OK || status == STATUS_OWNER_DIED;
}

/* Makes, joins, and writes, for ever: it is killed anywhere. */
static void churn(void) {
    const int64_t made = system_mutex_create(0);
    EXPECT(made > 0);
    lock = (uint64_t)made;
    for (unsigned turn = 0;; turn++) {
        const bool locks = turn % 4 < 2;
        EXPECT(!locks || is_locked(system_mutex_lock(lock, NEVER)));
        EXPECT(start(3, turn % 2, keeps, NULL) == STATUS_OK);
        EXPECT(start(0, turn % 3, turn % 2 == 0 ? sees : receives, NULL) == STATUS_OK);
        EXPECT(start(1, 1 + turn % 2, sees, NULL) == STATUS_OK);
        EXPECT(start(2, 2, joins, &threads[1]) == STATUS_OK);
        (void)system_log_write(LOG, "turn", turn % 8 == 0 ? 4 : 0);
        if (turn % 2 != 0) {
            (void)system_mailbox_send(BOX, NEVER);
        }
        EXPECT(thread_join(&threads[0], NULL, NEVER) == STATUS_OK);
        EXPECT(thread_join(&threads[2], NULL, NEVER) == STATUS_OK);
        EXPECT(!locks || system_mutex_unlock(lock) == STATUS_OK);
        EXPECT(thread_join(&threads[3], NULL, NEVER) == STATUS_OK);
        (void)system_sleep_until(soon(50));
    }
}

static int64_t last(void *argument) {
    (void)system_sleep_until(soon(300));
    return (int64_t)(uintptr_t)argument;
}

static int all(void) {
    for (unsigned turn = 0; turn < 2; turn++) { /* each gives back all that it took */
        values();
        order();
        refused();
        many(0);
        closed();
        mutexes();
        semaphores();
        allocations();
    }
    deadlines();
    many(2); /* beside two that never end */
    return 0;
}

/* As many semaphores as there is anything for: ends with what there is no more of. */
static int64_t many_semaphores(uint64_t *last) {
    int64_t made = system_semaphore_create(1, 1);
    while (made > 0) {
        *last = (uint64_t)made;
        made = system_semaphore_create(1, 1);
    }
    return made;
}

/* No page is left for another thread, until something is given back. */
static int poor(void) {
    uint64_t last = 0;
    EXPECT(start(0, 1, sees, NULL) == STATUS_OK); /* has the library's lock made */
    EXPECT(thread_join(&threads[0], NULL, NEVER) == STATUS_OK);
    EXPECT(many_semaphores(&last) == STATUS_NO_MEMORY);
    EXPECT(start(0, 1, sleeps, NULL) == STATUS_OK); /* in the place of before */
    EXPECT(start(1, 1, sleeps, NULL) == STATUS_NO_MEMORY);
    EXPECT(system_mutex_create(0) == STATUS_NO_MEMORY);
    EXPECT(system_handle_close(last) == STATUS_OK);
    EXPECT(start(1, 1, sleeps, NULL) == STATUS_OK);
    return 0;
}

/* No handle is. */
static int full(void) {
    uint64_t last = 0;
    EXPECT(many_semaphores(&last) == STATUS_FULL);
    EXPECT(system_mutex_create(0) == STATUS_FULL);
    EXPECT(start(0, 1, sleeps, NULL) == STATUS_FULL); /* the library's lock */
    EXPECT(system_handle_close(last) == STATUS_OK);
    EXPECT(start(0, 1, sleeps, NULL) == STATUS_OK);
    return 0;
}

/* As many threads as it was lent, and no child instead. */
static int lent(void) {
    int count = 0;
    while (start((unsigned)count, 1, sleeps, NULL) == STATUS_OK) {
        count++;
    }
    return count;
}

int main(int argc, char **argv, char **environment) {
    (void)environment;
    EXPECT(argc == 3);
    const char *how = argv[1];
    top = (uint8_t)strtoul(argv[2], NULL, 10);
    if (strcmp(how, "all") == 0) {
        return all();
    }
    if (strcmp(how, "poor") == 0) {
        return poor();
    }
    if (strcmp(how, "full") == 0) {
        return full();
    }
    if (strcmp(how, "lent") == 0) {
        return lent();
    }
    if (strcmp(how, "leaves") == 0) { /* before the last of the others */
        EXPECT(start(0, 1, sees, NULL) == STATUS_OK);
        EXPECT(start(1, 1, last, (void *)42) == STATUS_OK);
        thread_exit(1);
    }
    if (strcmp(how, "churn") == 0) {
        churn();
    }
    if (strcmp(how, "spins") == 0) {
        for (unsigned i = 0; i < 6; i++) {
            EXPECT(start(i, 1 + i % 3, spins, NULL) == STATUS_OK);
        }
        return (int)thread_join(&threads[0], NULL, NEVER);
    }
    surround();
    if (strcmp(how, "returns") == 0) {
        (void)system_sleep_until(soon(300));
        return 43;
    }
    if (strcmp(how, "exits") == 0) {
        EXPECT(start(6, 1, exits, (void *)44) == STATUS_OK);
    }
    if (strcmp(how, "faults") == 0) {
        EXPECT(start(6, 1, faults, NULL) == STATUS_OK);
    }
    if (strcmp(how, "first-faults") == 0) {
        (void)faults(NULL);
    }
    (void)thread_join(&threads[0], NULL, NEVER);
    return __LINE__;
}
