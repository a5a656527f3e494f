/* SPDX-License-Identifier: MIT */
/* Random readers, writers and meetings: what threads ask for, and what must agree with the model. */
#include "tests/sim/meeting.h"

#include "arch/hosted/hosted.h"
#include "kernel/sync/barrier.h"
#include "kernel/sync/rwlock.h"
#include "tests/sim/machine.h"

static struct rwlock lock;
static struct barrier barrier;
static uint64_t woken, late;

void meeting_open(void) {
    status_t status = rwlock_init(&lock, MEETING_READERS);
    check(status == STATUS_OK);
    status = barrier_init(&barrier, MEETING_THREADS);
    check(status == STATUS_OK);
    machine_watch_barrier(&barrier);
    machine.others = true;
}

/* Each waits for some time only: who writes may wait for itself. */
struct locks_request meeting_any_request(struct random *random, int self) {
    struct locks_request request = {.deadline = hosted.now + random_below(random, 600)};
    uint64_t choice = random_below(random, 10);
    if (locks_model.meeting.writer == self && choice < 6) {
        request.call = LOCKS_END_WRITE;
    } else if (choice < 7) {
        static const enum locks_call calls[] = {LOCKS_READ,     LOCKS_READ,  LOCKS_READ,
                                                LOCKS_END_READ, LOCKS_WRITE, LOCKS_END_READ,
                                                LOCKS_END_WRITE};
        request.call = calls[choice];
    } else {
        request.call = LOCKS_MEET;
    }
    return request;
}

status_t meeting_do_call(const struct locks_request *request) {
    instant_t deadline = {request->deadline};
    switch (request->call) {
    case LOCKS_READ:
        return rwlock_read_lock_until(&lock, deadline);
    case LOCKS_WRITE:
        return rwlock_write_lock_until(&lock, deadline);
    case LOCKS_END_READ:
        return rwlock_read_unlock(&lock);
    case LOCKS_END_WRITE:
        return rwlock_write_unlock(&lock);
    default:
        return barrier_wait_until(&barrier, NULL, deadline);
    }
}

const char *meeting_compare(void) {
    const struct locks_meeting *expected = &locks_model.meeting;
    bool is_written = expected->writer != LOCKS_NOBODY;
    if (lock.held != (is_written ? RWLOCK_WRITTEN : expected->readers)) {
        return "other threads read or write";
    }
    if (barrier.arrived != expected->arrived || barrier.rounds != expected->rounds) {
        return "others have come to a barrier";
    }
    return NULL;
}

void meeting_add_up(void) {
    woken += locks_model.meeting.woken;
    late += locks_model.meeting.late;
}

void meeting_expect_all_met(void) {
    if (woken == 0 || late == 0) {
        panic("a round woke nobody, or nobody's time was up when it was complete");
    }
}
