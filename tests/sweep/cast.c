/* SPDX-License-Identifier: MIT */
/* Who takes part in a placement, and what each does; the scene's objects. */
#include "tests/sweep/cast.h"
#include "tests/sweep/cast_server.h"
#include "tests/sweep/cast_port.h"
#include "tests/sweep/cast_sync.h"

#include "kernel/sched/sched.h"
#include "tests/qemu/vectors_fp.h"

struct scene scene;
struct box box;
struct gate gate;
struct mutex locks[2];
struct condition changed;
struct rwlock shared;
struct gate bells[2]; /* the attacker's and the second's, for MODE_WAIT and the end */

static struct message box_storage[BOX_ROOM];
static char gate_storage[8];
static char bell_storage[2][1];

static struct { bool sends, timed; } peer_part;

struct message message_of(uint64_t value) {
    return (struct message){value, 2 * value, 3 * value};
}

int32_t message_value(const struct message *message) {
    bool whole = message->twice == 2 * message->value && message->thrice == 3 * message->value;
    return whole ? (int32_t)message->value : TORN;
}

void fact_set(enum fact fact, int32_t value) {
    if (!scene.frozen) {
        scene.fact[fact] = value;
    }
}

/* --- The box, counted --- */

status_t cast_count_sent(status_t status) {
    __atomic_fetch_add(&scene.sent, status == STATUS_OK, __ATOMIC_RELAXED);
    return status;
}

status_t cast_send(uint64_t value, instant_t deadline) {
    const struct message message = message_of(value);
    return cast_count_sent(box_send_until(&box, &message, deadline));
}

status_t cast_try_send(uint64_t value) {
    const struct message message = message_of(value);
    return cast_count_sent(box_try_send(&box, &message));
}

int32_t cast_count_received(status_t status, const struct message *message) {
    __atomic_fetch_add(&scene.received, status == STATUS_OK, __ATOMIC_RELAXED);
    return status == STATUS_OK ? message_value(message) : UNSET;
}

status_t cast_receive(int32_t *value, instant_t deadline) {
    struct message message;
    status_t status = box_recv_until(&box, &message, deadline);
    *value = cast_count_received(status, &message);
    return status;
}

status_t cast_try_receive(int32_t *value) {
    struct message message;
    status_t status = box_try_recv(&box, &message);
    *value = cast_count_received(status, &message);
    return status;
}

void box_fill(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        check(cast_try_send(11 + i) == STATUS_OK);
    }
}

void release_receives(void) {
    int32_t value;
    fact_set(FACT_RELEASE, cast_try_receive(&value));
    fact_set(FACT_RELEASE_VALUE, value);
}

void release_sends(void) {
    fact_set(FACT_RELEASE, cast_try_send(5));
}

void release_closes(void) {
    fact_set(FACT_RELEASE, box_close(&box));
}

/* For waits that end by themselves: without it nobody would run, and the driver take it for the
 * end. */
void release_spins(void) {
    instant_t limit = instant_add(scene.start, (duration_t){SPIN_LIMIT});
    while (!scene.done && instant_before(time_now(), limit)) {
    }
}

/* --- Threads --- */

void cast_spawn(enum role role, thread_entry entry, unsigned level) {
    bool quantum = scene.mode == MODE_QUANTUM && level == LEVEL_SUBJECT;
    const struct thread_attributes attributes = {
        .name = "cast",
        .priority = (uint8_t)level,
        .policy = quantum ? THREAD_ROUND_ROBIN : THREAD_FIFO,
        .fp = (scene.op->flags & OP_FP) != 0,
    };
    status_t status = thread_spawn(entry, NULL, &attributes, &scene.id[role]);
    check(status == STATUS_OK);
}

static void peer_main(void *argument) {
    (void)argument;
    instant_t deadline = peer_part.timed ? scene.peer_deadline : INSTANT_NEVER;
    int32_t value = UNSET;
    status_t status = peer_part.sends ? cast_send(6, deadline) : cast_receive(&value, deadline);
    fact_set(FACT_PEER, status);
    fact_set(FACT_PEER_VALUE, value);
}

static void peer_enters(unsigned level, bool sends, bool timed) {
    peer_part.sends = sends;
    peer_part.timed = timed;
    cast_spawn(ROLE_PEER, peer_main, level);
}

void peer_receives(unsigned level, bool timed) {
    peer_enters(level, false, timed);
}

void peer_sends(unsigned level, bool timed) {
    peer_enters(level, true, timed);
}

static void peer_locks_main(void *argument) {
    (void)argument;
    status_t status =
        mutex_lock_until(&locks[0], peer_part.timed ? scene.peer_deadline : INSTANT_NEVER);
    fact_set(FACT_PEER, status);
    if (status == STATUS_OK || status == STATUS_OWNER_DIED) {
        fact_set(FACT_PEER_VALUE, mutex_unlock(&locks[0]));
    }
}

void peer_locks(unsigned level, bool timed) {
    peer_part.timed = timed;
    cast_spawn(ROLE_PEER, peer_locks_main, level);
}

static void peer_owns_main(void *argument) {
    (void)argument;
    int32_t value = UNSET;
    check(mutex_lock(&locks[0]) == STATUS_OK);
    (void)!cast_receive(&value, INSTANT_NEVER);
    fact_set(FACT_PEER, mutex_unlock(&locks[0]));
    fact_set(FACT_PEER_VALUE, value);
}

void peer_owns(unsigned level) {
    cast_spawn(ROLE_PEER, peer_owns_main, level);
}

static void peer_awaits_main(void *argument) {
    (void)argument;
    check(mutex_lock(&locks[0]) == STATUS_OK);
    status_t status = condition_wait_until(&changed, &locks[0],
                                           peer_part.timed ? scene.peer_deadline : INSTANT_NEVER);
    fact_set(FACT_PEER, status);
    fact_set(FACT_PEER_VALUE, mutex_unlock(&locks[0]));
}

void peer_awaits(unsigned level, bool timed) {
    peer_part.timed = timed;
    cast_spawn(ROLE_PEER, peer_awaits_main, level);
}

static void extra_main(void *argument) {
    int32_t value = UNSET;
    status_t status =
        argument != NULL ? cast_send(7, INSTANT_NEVER) : cast_receive(&value, INSTANT_NEVER);
    fact_set(FACT_OTHER, status == STATUS_OK ? value : status);
}

void cast_spawn_extra(bool sends) {
    const struct thread_attributes attributes = {.name = "extra", .priority = LEVEL_LOW_PEER};
    status_t status = thread_spawn(extra_main, sends ? &scene : NULL, &attributes, &scene.child);
    check(status == STATUS_OK);
}

static void target_joins(void) {
    int64_t code = 0;
    status_t status = thread_join(scene.id[ROLE_SUBJECT], &code);
    fact_set(FACT_OTHER, status == STATUS_OK ? (int32_t)code : status);
}

void cast_fault(void) {
    *(volatile uint64_t *)FAULT_ADDRESS = 0;
}

static void target_main(void *argument) {
    (void)argument;
    char letter;
    int32_t value;
    int32_t obeyed = 0;
    while (gate_recv(&gate, &letter) == STATUS_OK) {
        fact_set(FACT_TARGET, ++obeyed);
        if (letter == 'x') {
            thread_exit(42);
        } else if (letter == 'f') {
            cast_fault();
        } else if (letter == 's') {
            fact_set(FACT_GAIN, cast_try_send(9));
        } else if (letter == 'r') {
            (void)!cast_try_receive(&value);
            fact_set(FACT_GAIN, value);
        } else if (letter == 'j') {
            target_joins();
        }
    }
}

void target_tell(char letter) {
    (void)!gate_try_send(&gate, &letter); /* closed, or full: it has enough to do */
}

static void begin_quantum_irq(struct cpu *cpu) IRQ_MASKED {
    cpu->quantum_end = instant_add(scene.start, (duration_t){scene.at});
    timed_event_program_irq(cpu, cpu_level(cpu));
}

/* Before the interrupt nothing may differ from the undisturbed operation, and looking takes time. */
static void look_after_action(const char *when) {
    if (scene.acted && (scene.second == NULL || scene.second_acted)) {
        place_look(when);
    }
}

static void subject_main(void *argument) {
    (void)argument;
    if (scene.op->begin != NULL) {
        scene.op->begin();
    }
    if (scene.mode == MODE_QUANTUM) {
        arch_irq_mask();
        begin_quantum_irq(arch_cpu_self());
        arch_irq_unmask();
    } else if (scene.mode >= MODE_BUDGET) {
        allowance_begin();
    }
    scene.spare = instant_since(scene.start, time_now()).ticks;
    void (*run)(void) = scene.op->run;
    scene.late = sweep_align(scene.start.ticks);
    run();
    scene.done = true;
    if (scene.mode >= MODE_BUDGET) {
        allowance_spend();
    }
    look_after_action("when the operation has returned");
    thread_exit(7);
}

static void releaser_main(void *argument) {
    (void)argument;
    look_after_action("when the subject waits");
    scene.op->release();
}

/* --- The attackers --- */

/* Leaves others in all floating-point registers, if it has any. */
static void registers_spoil(void) {
    if (scene.op->flags & OP_FP) {
        vectors_fill(scene.at * 0x0101010101010101 + scene.is_second);
    }
}

/* The one that ran until now: on the attacker's own level a quantum has turned the ring; else the
 * first below that an interrupt stopped. Higher ones may be ready, which it woke but had not yet
 * given way to: they stopped by a task call. */
static struct thread *interrupted_irq(struct cpu *cpu) IRQ_MASKED {
    struct thread *self = cpu->current;
    if (self->node.prev != &self->node) {
        return thread_of_node(self->node.prev);
    }
    uint64_t below = cpu->ready.levels & (BIT(self->priority) - 1);
    for (; below != 0; below &= ~BIT(bits_highest(below))) {
        struct thread *thread = thread_of_node(prio_queue_head(&cpu->ready, bits_highest(below)));
        if (thread->frame.kind == FRAME_FULL) {
            return thread;
        }
    }
    return cpu->idle;
}

static void note_interrupted(void) {
    arch_irq_mask();
    const struct thread *thread = interrupted_irq(arch_cpu_self());
    scene.interrupted = cast_role(thread);
    scene.was_done = scene.done;
    scene.pc = thread->frame.kind == FRAME_FULL ? thread->frame.pc : 0;
    for (unsigned i = 0; i < ARRAY_SIZE(scene.frame_x); i++) {
        scene.frame_x[i] = thread->frame.x[i];
    }
    arch_irq_unmask();
}

static void attacker_main(void *argument) {
    (void)argument;
    char letter;
    instant_t when = scene.attack_time;
    if (scene.mode == MODE_WAIT) {
        (void)!gate_recv_until(&bells[0], &letter, when);
    } else if (scene.mode >= MODE_BUDGET) {
        allowance_await_overrun();
    } else if (scene.mode != MODE_QUANTUM) {
        thread_sleep_until(when);
    }
    note_interrupted();
    bool alone = scene.second == NULL; /* else nothing may keep the second interrupt waiting */
    if (alone) {
        place_look("at the interrupt");
    }
    scene.acted = true;
    registers_spoil();
    scene.action->run();
    if (alone) {
        place_look("after the action");
    }
}

static void second_main(void *argument) {
    (void)argument;
    char letter;
    if (gate_recv_until(&bells[1], &letter, scene.second_time) != STATUS_TIMED_OUT) {
        return; /* the end */
    }
    place_look("at the second interrupt");
    scene.is_second = true;
    registers_spoil();
    scene.second->run();
    scene.is_second = false;
    scene.second_acted = true;
    place_look("after the second action");
}

/* --- Scenes --- */

static instant_t after_start(uint64_t ticks) {
    return instant_add(scene.start, (duration_t){ticks});
}

void cast_plan(uint64_t lead) {
    scene.start = time_after((duration_t){lead});
    scene.own_deadline = after_start(scene.mode == MODE_OWN ? scene.at : FAR);
    scene.peer_deadline = after_start(scene.mode == MODE_PEER ? scene.at : FAR);
    bool attacks = scene.mode == MODE_ATTACK || scene.mode == MODE_WAIT;
    scene.attack_time = after_start(attacks ? scene.at : OBSERVE);
    scene.second_time = after_start(scene.second != NULL ? scene.second_at : FAR);
    for (unsigned i = 0; i < FACTS; i++) {
        scene.fact[i] = UNSET;
    }
    for (unsigned i = 0; i < ROLE_CAST; i++) {
        scene.id[i] = THREAD_ID_NONE;
    }
    scene.child = THREAD_ID_NONE;
    check(box_init(&box, box_storage, BOX_ROOM) == STATUS_OK);
    check(gate_init(&gate, gate_storage, sizeof gate_storage) == STATUS_OK);
    sync_plan();
    desk_plan();
    allowance_plan();
    check(condition_init(&changed) == STATUS_OK);
    check(rwlock_init(&shared, 2) == STATUS_OK);
    for (unsigned i = 0; i < ARRAY_SIZE(locks); i++) {
        check(mutex_init(&locks[i], NULL) == STATUS_OK);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bells); i++) {
        check(gate_init(&bells[i], bell_storage[i], 1) == STATUS_OK);
    }
}

void cast_enter_waiters(void) {
    cast_spawn(ROLE_TARGET, target_main, LEVEL_TARGET);
    if (scene.op->prepare != NULL) {
        scene.op->prepare();
    }
}

void cast_enter_actors(void) {
    cast_spawn(ROLE_SUBJECT, subject_main, LEVEL_SUBJECT);
    if (scene.op->release != NULL) {
        cast_spawn(ROLE_RELEASER, releaser_main, LEVEL_RELEASER);
    }
    bool equal = scene.mode == MODE_QUANTUM;
    cast_spawn(ROLE_ATTACKER, attacker_main, equal ? LEVEL_SUBJECT : LEVEL_ATTACKER);
    cast_spawn(ROLE_SECOND, second_main, LEVEL_SECOND);
}

/* Ends all waits of the cast but those of its own making. */
void cast_leave(void) {
    scene.frozen = true;
    for (unsigned role = 0; role < ROLE_CAST; role++) {
        (void)!thread_resume(scene.id[role]);
    }
    (void)!thread_resume(scene.child);
    box_close(&box);
    condition_close(&changed);
    rwlock_close(&shared);
    mutex_close(&locks[0]);
    mutex_close(&locks[1]);
    gate_close(&gate);
    gate_close(&bells[0]);
    gate_close(&bells[1]);
    sync_leave();
    desk_leave();
    allowance_leave();
}

enum role cast_role(const struct thread *thread) {
    for (unsigned role = 0; role < ROLE_CAST; role++) {
        if (thread->id.index == scene.id[role].index &&
            thread->id.generation == scene.id[role].generation) {
            return (enum role)role;
        }
    }
    const thread_id_t driver = scene.driver;
    return thread->id.index == driver.index ? ROLE_DRIVER : ROLE_OTHER;
}
