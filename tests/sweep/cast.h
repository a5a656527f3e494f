/* SPDX-License-Identifier: MIT */
/* The cast, for who sets the scene (place.c) and who plays in it (actions, operations). */
#ifndef TESTS_SWEEP_CAST_H
#define TESTS_SWEEP_CAST_H

#include "tests/sweep/sweep.h"

#define FAR     (UINT64_C(1) << 40) /* ticks: a deadline that does not come */
#define OBSERVE UINT64_C(20000)     /* when nobody attacks, the attacker comes as late as this */

#define BRIEF      UINT64_C(900) /* a deadline of the operation's own that does come */
#define SPIN_LIMIT UINT64_C(30000)

/* The software line that operations and actions of the group "line" use. */
#define CAST_LINE 7u

/* Where nothing is mapped. */
#define FAULT_ADDRESS UINT64_C(0x1000)

extern struct gate bells[2];

/* Sets one fact of the outcome; once it is taken, nothing changes it. */
void fact_set(enum fact fact, int32_t value);

struct message message_of(uint64_t value);
int32_t message_value(const struct message *message); /* TORN if it does not add up */

/* Sending and receiving at the box, counted: what is sent is received once. */
status_t cast_send(uint64_t value, instant_t deadline);
status_t cast_try_send(uint64_t value);
status_t cast_receive(int32_t *value, instant_t deadline);
status_t cast_try_receive(int32_t *value);
status_t cast_count_sent(status_t status);
int32_t cast_count_received(status_t status, const struct message *message);
/* Puts `count` messages in, of the values 11, 12. */
void box_fill(unsigned count);

/* A peer that receives or sends at the box; timed: until scene.peer_deadline. */
void peer_receives(unsigned level, bool timed);
void peer_sends(unsigned level, bool timed);

/* One that locks and unlocks locks[0]; one that owns it until there is a message. */
void peer_locks(unsigned level, bool timed);
void peer_owns(unsigned level);
/* One that waits for `changed`. */
void peer_awaits(unsigned level, bool timed);

/* One more that waits for ever at the box, below the subject. */
void cast_spawn_extra(bool sends);

/* The operations' release functions that several groups use. */
void release_receives(void);
void release_sends(void);
void release_closes(void);
void release_spins(void);

/* n: nothing. x: end. f: fault. s, r: send, receive at the box. j: join the subject. */
void target_tell(char letter);

void cast_fault(void);

void cast_spawn(enum role role, thread_entry entry, unsigned level);

/* All of scene but what and where; the box and the gate are empty. */
void cast_plan(uint64_t lead);
void cast_enter_waiters(void);
void cast_enter_actors(void);
void cast_leave(void);
enum role cast_role(const struct thread *thread);

#endif
