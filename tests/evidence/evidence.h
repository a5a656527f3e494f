/* SPDX-License-Identifier: MIT */
/*
 * The evidence image: brings the kernel into the states in which its calls, doors and interrupts
 * take longest, so that what an observer counts comes close to what tools/bounds/ says. Each
 * scenario checks what the calls answered; nothing here counts instructions.
 *
 * Everything runs in exact mode, by itself, and the same each time. A scenario runs in the thread
 * "main" and reports as the selftest's cases do (tests/qemu/harness.h).
 */
#ifndef TESTS_EVIDENCE_EVIDENCE_H
#define TESTS_EVIDENCE_EVIDENCE_H

#include "kernel/ipc/mailbox.h"
#include "kernel/mm/pool.h"
#include "kernel/sched/thread.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/event_flags.h"
#include "kernel/sync/semaphore.h"
#include "kernel/sync/condition.h"
#include "kernel/sync/rwlock.h"
#include "kernel/sync/wait_any.h"
#include "tests/qemu/harness.h"

struct scenario {
    const char *name;
    void (*run)(void);
};

/* The scenarios of a room: a table in its file, named in main.c. */
struct scenario_room {
    const struct scenario *scenarios;
    unsigned count;
};

#define SCENARIO_ROOM(room)                                                                        \
    const struct scenario_room room##_room = {room##_scenarios, ARRAY_SIZE(room##_scenarios)}

/* Levels of threads, above main and below: what waits and obeys at once; the actors, and lower. */
#define EVIDENCE_PUPPET (CONFIG_MAIN_PRIORITY + 8)
#define EVIDENCE_ACTOR  (CONFIG_MAIN_PRIORITY - 12)
#define EVIDENCE_BELOW  (CONFIG_MAIN_PRIORITY - 20)

/* The size of message that takes longest to copy: in pairs of words, then a word, then bytes. */
#define EVIDENCE_MESSAGE (CONFIG_MAILBOX_MESSAGE_MAX - 1)

struct message {
    uint8_t byte[EVIDENCE_MESSAGE];
};

/* --- Actors: tests/evidence/actors.c. Main only. ---------------------------------------------- */

/* Runs `act` in a round-robin thread whose level two more of the kind share, which give way to it
 * and end soon; so leaving and entering it are switches of quanta. Returns when it has ended. */
void actor_run(void (*act)(void));

/* The two halves of it for an actor with attributes of its own, that somebody else joins or nobody:
 * it is there, and it runs, until the bystanders have ended. */
thread_id_t actor_begin(void (*act)(void), uint64_t stack_size, bool detached);
void actor_go(void);

/* A thread of the same kind and level. */
thread_id_t actor_spawn_like(thread_entry entry, void *argument);

/* --- Inline calls of the public headers as functions: tests/evidence/inline_calls.c ----------- */

NORETURN void inline_thread_exit(int64_t code) IRQ_UNMASKED;
MUST_USE status_t inline_thread_join(thread_id_t id, int64_t *code) IRQ_UNMASKED;
MUST_USE status_t inline_condition_wait(struct condition *condition,
                                        struct mutex *mutex) IRQ_UNMASKED;
MUST_USE status_t inline_rwlock_read_lock(struct rwlock *lock) IRQ_UNMASKED;
MUST_USE status_t inline_rwlock_write_lock(struct rwlock *lock) IRQ_UNMASKED;
MUST_USE status_t inline_mutex_lock(struct mutex *mutex) IRQ_UNMASKED;
void inline_thread_yield(void) IRQ_UNMASKED;
MUST_USE status_t inline_irq_wait(uint32_t line) IRQ_UNMASKED;
void inline_thread_sleep_until(instant_t when) IRQ_UNMASKED;
void inline_thread_sleep_for(duration_t length) IRQ_UNMASKED;
void inline_thread_sleep_ticks(uint64_t ticks) IRQ_UNMASKED;
void inline_thread_sleep_us(uint64_t microseconds) IRQ_UNMASKED;
void inline_thread_sleep_ms(uint64_t milliseconds) IRQ_UNMASKED;
instant_t inline_time_now(void);
uint64_t inline_time_frequency_hz(void);
duration_t inline_time_ticks(uint64_t ticks);
duration_t inline_time_us(uint64_t microseconds);
duration_t inline_time_ms(uint64_t milliseconds);
instant_t inline_time_after(duration_t length);
uint64_t inline_time_to_us(uint64_t ticks);
void inline_trace_mark(const char *name, uint64_t value);
MUST_USE status_t inline_semaphore_try_take(struct semaphore *semaphore) IRQ_UNMASKED;
MUST_USE status_t inline_semaphore_take_until(struct semaphore *semaphore,
                                              instant_t deadline) IRQ_UNMASKED;
MUST_USE status_t inline_semaphore_take(struct semaphore *semaphore) IRQ_UNMASKED;
MUST_USE status_t inline_semaphore_give(struct semaphore *semaphore) IRQ_UNMASKED;
uint64_t inline_semaphore_count(const struct semaphore *semaphore);
MUST_USE status_t inline_event_flags_wait(struct event_flags *flags, uint64_t bits, unsigned mode,
                                          uint64_t *seen) IRQ_UNMASKED;
uint64_t inline_event_flags_value(const struct event_flags *flags);
struct wait_for inline_wait_for_message(struct mailbox *mailbox, void *message);
struct wait_for inline_wait_for_unit(struct semaphore *semaphore);
struct wait_for inline_wait_for_events(struct event_flags *flags, uint64_t bits, unsigned mode);
struct wait_for inline_wait_for_exit(thread_id_t thread);
struct wait_for inline_wait_for_moment(instant_t moment);
MUST_USE status_t inline_wait_any(struct wait_for *list, unsigned count,
                                  unsigned *which) IRQ_UNMASKED;
MUST_USE status_t inline_barrier_wait(struct barrier *barrier, bool *last) IRQ_UNMASKED;
MUST_USE status_t inline_pool_alloc(struct pool *pool, void **block) IRQ_UNMASKED;
MUST_USE status_t inline_pool_free(struct pool *pool, void *block) IRQ_UNMASKED;

#endif
