/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait for several objects, and for one, and serve them, change priorities, close and
 * end at random, while the clock moves at random at any interrupt point. At the end of each masked
 * stretch who stands where is taken from the kernel's queues and compared with a model that knows
 * only two rules: an object's waiters are in the order of their priorities, then of their coming; and
 * who is served was the first of that object, and stands nowhere any more. What the calls answer is
 * counted: each message and each unit has one receiver.
 */
#include "kernel/sync/wait_any.h"

#include "tests/unit/kernel/scenario.h"

#define STEPS   100000
#define ROUNDS  80 /* each ends by closing everything */
#define WORKERS 6
#define LOW     10
#define HIGH    15 /* few levels: equals are frequent */

#define OBJECTS 5 /* two semaphores, two mailboxes, event flags */
#define FLAGS   4

#define WAITERS (WORKERS * CONFIG_WAIT_ANY_MAX)

struct worker {
    thread_id_t id;
};

static struct worker workers[WORKERS];
static struct semaphore units[2];
static struct mailbox boxes[2];
static uint64_t storage[2][3];
static struct event_flags flags;

static struct random randomness;
static unsigned steps, stretches, services, met[64];
static uint64_t given[2], taken[2], sent[2], received[2], next_value;
static bool over;

/* --- The model: each object's waiters, in order ------------------------------------------------ */

struct waiter {
    const struct thread *thread; /* which waits; of a place its own one */
    const struct thread *face;   /* as the queue knows it */
    unsigned level;
    uint64_t since;
};

struct line {
    struct waiter waiter[WAITERS];
    unsigned count;
};

static struct line lines[OBJECTS];
static uint64_t arrivals;

static bool is_thread(const struct thread *thread) {
    return thread >= thread_slots && thread < thread_slots + CONFIG_THREAD_SLOTS;
}

static const struct thread *waiting_thread(struct thread *face) {
    return is_thread(face) ? face : wait_place_of_face(face)->any->thread;
}

/* Who stands in a queue, in its order. */
static void take_queue(struct line *line, struct prio_queue *queue) {
    for (uint64_t levels = queue->levels; levels != 0; levels &= ~BIT(bits_highest(levels))) {
        unsigned level = bits_highest(levels);
        struct prio_node *head = prio_queue_head(queue, level);
        struct prio_node *node = head;
        do {
            struct thread *face = thread_of_node(node);
            EXPECT(line->count < WAITERS);
            line->waiter[line->count++] = (struct waiter){waiting_thread(face), face, level, 0};
            node = node->next;
        } while (node != head);
    }
}

static struct line take(unsigned object) {
    struct line line = {.count = 0};
    if (object < 2) {
        take_queue(&line, &units[object].waiters);
    } else if (object < 4) {
        take_queue(&line, &boxes[object - 2].receivers);
    } else {
        take_queue(&line, &flags.waiters[0]);
        take_queue(&line, &flags.waiters[1]);
    }
    return line;
}

static const struct waiter *find(const struct line *line, const struct thread *face) {
    for (unsigned i = 0; i < line->count; i++) {
        if (line->waiter[i].face == face) {
            return &line->waiter[i];
        }
    }
    return NULL;
}

/* Whoever is new in the line, or at another level, came last. */
static void stamp(struct line *now, const struct line *before) {
    for (unsigned i = 0; i < now->count; i++) {
        struct waiter *waiter = &now->waiter[i];
        const struct waiter *old = find(before, waiter->face);
        bool stays = old != NULL && old->level == waiter->level && old->thread == waiter->thread;
        waiter->since = stays ? old->since : ++arrivals;
    }
}

static void expect_order(const struct line *line) {
    for (unsigned i = 1; i < line->count; i++) {
        const struct waiter *one = &line->waiter[i - 1];
        const struct waiter *next = &line->waiter[i];
        EXPECT(one->level > next->level || (one->level == next->level && one->since < next->since));
    }
}

/* Places stand at their thread's level once it waits and what is changed is settled. */
static void expect_levels(const struct line *line) {
    for (unsigned i = 0; i < line->count; i++) {
        const struct waiter *waiter = &line->waiter[i];
        bool settled = waiter->thread != arch_cpu_self()->settling;
        if (settled && waiter->thread->state != THREAD_READY) {
            EXPECT_EQ(waiter->level, waiter->thread->priority);
        }
    }
}

static bool stands_somewhere(const struct thread *thread) {
    for (unsigned object = 0; object < OBJECTS; object++) {
        const struct line line = take(object);
        for (unsigned i = 0; i < line.count; i++) {
            if (line.waiter[i].thread == thread) {
                return true;
            }
        }
    }
    return false;
}

/* A place of `thread` was served in this stretch: by the object in whose line it was the first. */
static void expect_service(const struct thread *thread) {
    const struct thread *face = wait_place_face((struct wait_place *)thread->any->served);
    bool known = false;
    for (unsigned object = 0; object < OBJECTS; object++) {
        const struct waiter *waiter = find(&lines[object], face);
        if (waiter != NULL) {
            known = true;
            EXPECT(object == FLAGS || waiter == &lines[object].waiter[0]);
        }
    }
    services += known; /* else it found something itself, when it was about to join */
    EXPECT(!stands_somewhere(thread));
}

static bool was_served[WORKERS];

static void expect_services(void) {
    for (unsigned i = 0; i < WORKERS; i++) {
        const struct thread *thread = &thread_slots[workers[i].id.index];
        bool served = thread->any != NULL && thread->any->served != NULL;
        if (served && !was_served[i]) {
            expect_service(thread);
        }
        was_served[i] = served;
    }
}

static void watch(const struct hosted_stretch *stretch, const struct frame *next) {
    stretches++;
    expect_services();
    for (unsigned object = 0; object < OBJECTS; object++) {
        struct line now = take(object);
        stamp(&now, &lines[object]);
        if (object != FLAGS) { /* who is judged goes behind those who came meanwhile */
            expect_order(&now);
        }
        expect_levels(&now);
        lines[object] = now;
    }
    if (stretches % 8 == 0) {
        machine_check(stretch, next);
    }
}

static void move_clock(void) {
    if (random_one_in(&randomness, 6)) {
        hosted.now += random_below(&randomness, 30);
    }
}

/* --- What the threads do ----------------------------------------------------------------------- */

static uint64_t messages[WORKERS][CONFIG_WAIT_ANY_MAX];

static void expect_message(unsigned box, uint64_t value) {
    EXPECT(value % 2 == box && value < 2 * next_value);
    received[box] += 1;
}

/* What object `object` has given, whoever asked in whichever way. */
static void count(unsigned object, uint64_t value, const struct event_flags_want *want) {
    if (object < 2) {
        taken[object]++;
    } else if (object < 4) {
        expect_message(object - 2, value);
    } else {
        EXPECT(event_flags_meet(want->seen, want));
    }
}

static struct wait_for entry_of(unsigned object, uint64_t *message) {
    if (object < 2) {
        return wait_for_unit(&units[object]);
    }
    if (object < 4) {
        return wait_for_message(&boxes[object - 2], message);
    }
    return wait_for_events(&flags, 1 + random_below(&randomness, 7),
                           (unsigned)random_below(&randomness, 4));
}

static instant_t random_deadline(void) {
    return random_one_in(&randomness, 4) ? INSTANT_NEVER
                                         : time_after(time_ticks(random_below(&randomness, 400)));
}

static void do_wait_any(unsigned self) {
    struct wait_for list[CONFIG_WAIT_ANY_MAX];
    unsigned object[CONFIG_WAIT_ANY_MAX];
    unsigned length = 1 + (unsigned)random_below(&randomness, CONFIG_WAIT_ANY_MAX);
    unsigned which = 99;
    bool has_flags = false;
    for (unsigned i = 0; i < length; i++) {
        object[i] = (unsigned)random_below(&randomness, has_flags ? OBJECTS - 1 : OBJECTS);
        has_flags |= object[i] == FLAGS;
        list[i] = entry_of(object[i], &messages[self][i]);
    }
    instant_t deadline = random_deadline();
    status_t status = wait_any_until(list, length, deadline, &which);
    met[-status]++;
    if (status == STATUS_TIMED_OUT) {
        EXPECT(which == 99 && time_now().ticks >= deadline.ticks);
    } else if (status == STATUS_OK) {
        EXPECT(which < length);
        count(object[which], messages[self][which], &list[which].want);
    } else {
        EXPECT(status == STATUS_CLOSED && which < length);
    }
}

static void do_wait(unsigned self) {
    unsigned object = (unsigned)random_below(&randomness, OBJECTS);
    instant_t deadline = random_deadline();
    struct event_flags_want want = {.bits = 3, .mode = EVENT_FLAGS_ANY | EVENT_FLAGS_CLEAR};
    status_t status;
    if (object < 2) {
        status = semaphore_take_until(&units[object], deadline);
    } else if (object < 4) {
        status = mailbox_receive_until(&boxes[object - 2], &messages[self][0], deadline);
    } else {
        status =
            event_flags_wait_until(&flags, want.bits, (unsigned)want.mode, &want.seen, deadline);
    }
    if (status == STATUS_OK) {
        count(object, messages[self][0], &want);
    }
}

static void do_serve(void) {
    unsigned object = (unsigned)random_below(&randomness, OBJECTS);
    if (object < 2) {
        given[object] += semaphore_give(&units[object]) == STATUS_OK;
    } else if (object < 4) {
        uint64_t value = 2 * next_value++ + (object - 2);
        sent[object - 2] +=
            mailbox_send_until(&boxes[object - 2], &value, time_after(time_ticks(50))) == STATUS_OK;
    } else {
        (void)event_flags_set(&flags, 1 + random_below(&randomness, 7));
    }
}

static void do_set_priority(void) {
    unsigned other = (unsigned)random_below(&randomness, WORKERS);
    unsigned level = (unsigned)random_between(&randomness, LOW, HIGH);
    status_t status = thread_set_priority(workers[other].id, level);
    EXPECT(status == STATUS_OK || status == STATUS_STALE);
}

static void do_suspend(void) {
    thread_id_t id = workers[random_below(&randomness, WORKERS)].id;
    thread_id_t self = thread_self();
    if (id.index != self.index && thread_suspend(id) == STATUS_OK) {
        thread_sleep_ticks(random_below(&randomness, 50));
        EXPECT_EQ(thread_resume(id), STATUS_OK);
    }
}

static void worker_main(void *argument) {
    unsigned self = (unsigned)(uintptr_t)argument;
    while (!over) {
        steps++;
        switch (random_below(&randomness, 20)) {
        case 0:
            thread_sleep_ticks(random_below(&randomness, 100));
            break;
        case 1 ... 2:
            do_set_priority();
            break;
        case 3:
            (void)event_flags_clear(&flags, 7);
            break;
        case 4:
            do_suspend();
            break;
        case 5 ... 6:
            do_wait(self);
            break;
        case 7 ... 12:
            do_wait_any(self);
            break;
        default:
            do_serve();
        }
    }
}

static void open_all(void) {
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(semaphore_init(&units[i], 0, 3), STATUS_OK);
        EXPECT_EQ(mailbox_init(&boxes[i], storage[i], sizeof storage[i], 8, 3), STATUS_OK);
        given[i] = taken[i] = sent[i] = received[i] = 0;
    }
    EXPECT_EQ(event_flags_init(&flags, 0), STATUS_OK);
}

/* Above all: ends each round by closing everything; whoever waits is told, and what was given is
 * where it should be. */
static void round_of_play(void *unused) {
    (void)unused;
    over = false;
    for (unsigned i = 0; i < WORKERS; i++) {
        const struct thread_attributes attributes = {
            .priority = (uint8_t)random_between(&randomness, LOW, HIGH),
            .policy = random_one_in(&randomness, 3) ? THREAD_ROUND_ROBIN : THREAD_FIFO};
        EXPECT_EQ(thread_spawn(worker_main, (void *)(uintptr_t)i, &attributes, &workers[i].id),
                  STATUS_OK);
    }
    unsigned until = steps + STEPS / ROUNDS;
    while (steps < until) {
        thread_sleep_ticks(500);
        for (unsigned i = 0; i < 2; i++) { /* all may wait for that */
            uint64_t value = 2 * next_value++ + i;
            given[i] += semaphore_give(&units[i]) == STATUS_OK;
            sent[i] += mailbox_try_send(&boxes[i], &value) == STATUS_OK;
        }
        EXPECT_EQ(event_flags_set(&flags, 7), STATUS_OK);
    }
    over = true;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t left = semaphore_count(&units[i]);
        EXPECT_EQ(mailbox_close(&boxes[i]), STATUS_OK);
        EXPECT_EQ(semaphore_close(&units[i]), STATUS_OK);
        given[i] -= left;
    }
    EXPECT_EQ(event_flags_close(&flags), STATUS_OK);
    for (unsigned i = 0; i < WORKERS; i++) {
        EXPECT_EQ(thread_join(workers[i].id, NULL), STATUS_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(given[i], taken[i]);
        EXPECT_EQ(sent[i], received[i] + mailbox_count(&boxes[i]));
    }
}

static void rounds(void *unused) {
    machine_watch_semaphore(&units[0]);
    machine_watch_semaphore(&units[1]);
    machine_watch(&boxes[0]);
    machine_watch(&boxes[1]);
    machine_watch_event_flags(&flags);
    for (unsigned i = 0; i < ROUNDS; i++) {
        hosted.hooks.end = NULL;
        hosted.hooks.point = NULL;
        open_all();
        for (unsigned object = 0; object < OBJECTS; object++) {
            lines[object] = take(object);
        }
        hosted.hooks.end = watch;
        hosted.hooks.point = move_clock;
        round_of_play(unused);
    }
    note('e');
}

TEST(a_hundred_thousand_random_steps_agree_with_the_model) {
    randomness = test_random();
    steps = stretches = services = 0;
    run(rounds);
    EXPECT_STRING(trace, "e");
    EXPECT(services > 2000);
    EXPECT(met[-STATUS_OK] > 5000);
    EXPECT(met[-STATUS_TIMED_OUT] > 300);
    EXPECT(met[-STATUS_CLOSED] > 5);
}
