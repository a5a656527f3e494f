/* SPDX-License-Identifier: MIT */
/* The crowd, and the pair that works among it. */
#include "bench/crowd.h"

#include "config.h"

#define BOX_ROOM 64

struct member {
    struct crowd_box *box; /* NULL: does not wait */
    instant_t deadline;
    thread_id_t id;
};

static struct member members[CONFIG_THREAD_SLOTS];
static unsigned member_count;
static struct crowd_box shared_box;
static crowd_box_message shared_storage[BOX_ROOM];

struct crowd_box *crowd_box_fresh(void) {
    bench_must(crowd_box_init(&shared_box, shared_storage, BOX_ROOM), "init");
    return &shared_box;
}

unsigned crowd_max(void) {
    return member_count + thread_slots_free() - 2;
}

static void member_run(void *argument) {
    struct member *self = argument;
    struct crowd_message message;
    if (self->box != NULL) {
        status_t status = crowd_box_recv_until(self->box, &message, self->deadline);
        bench_must(status == STATUS_CLOSED ? STATUS_OK : status, "a member of the crowd");
    }
}

static void crowd_join(struct crowd_box *box, instant_t deadline, uint8_t priority) {
    struct member *member = &members[member_count];
    *member = (struct member){box, deadline, THREAD_ID_NONE};
    member->id = bench_spawn(member_run, member, priority);
    member_count++;
}

void crowd_wait(struct crowd_box *box) {
    crowd_wait_until(box, INSTANT_NEVER, member_count % CROWD_LEVELS);
}

void crowd_wait_until(struct crowd_box *box, instant_t deadline, unsigned level) {
    /* Higher than the caller, so that it comes to its wait at once. */
    crowd_join(box, deadline, THREAD_PRIORITY_MAX);
    bench_must(thread_set_priority(members[member_count - 1].id, level), "set_priority");
}

void crowd_ready(void) {
    crowd_join(NULL, INSTANT_NEVER, (uint8_t)(member_count % CROWD_LEVELS));
}

void crowd_end(struct crowd_box *box) {
    if (box != NULL) {
        crowd_box_close(box);
    }
    while (member_count > 0) {
        bench_join(members[--member_count].id);
    }
}

static void pair_higher(void *argument) {
    struct pair *pair = argument;
    for (unsigned i = 0; i <= pair->rounds; i++) {
        struct crowd_message message;
        instant_t deadline =
            pair->deadlines != NULL && i > 0 ? pair->deadlines[i - 1] : INSTANT_NEVER;
        bench_open();
        status_t received = crowd_box_recv_until(pair->box, &message, deadline);
        uint64_t reading = bench_close();
        bench_must(received, "recv");
        if (i > 0) {
            figure_add_value(&pair->wake, reading - bench_empty());
        }
    }
}

/* Each send but the last ends in the higher one's next wait. The first of them it makes before
 * this thread runs at all, so that one is not measured. */
static void pair_lower(void *argument) {
    struct pair *pair = argument;
    struct crowd_message message = {{1, 2}};
    for (unsigned i = 0; i <= pair->rounds; i++) {
        bench_open();
        status_t sent = crowd_box_try_send(pair->box, &message);
        uint64_t reading = bench_close();
        bench_must(sent, "try_send");
        if (i < pair->rounds) {
            figure_add_value(&pair->block, reading - bench_empty());
        }
    }
}

void pair_run(struct pair *pair) {
    thread_id_t higher = bench_spawn(pair_higher, pair, BENCH_HIGH);
    thread_id_t lower = bench_spawn(pair_lower, pair, BENCH_LOW);
    bench_join(higher);
    bench_join(lower);
}
