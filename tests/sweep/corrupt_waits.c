/* SPDX-License-Identifier: MIT */
/* What is spoiled: loans along chains of owners, and waits for several objects. */
#include "kernel/sched/wait_place.h"
#include "kernel/sync/wait_any.h"
#include "tests/sweep/corrupt_internal.h"

/* --- Turnstiles --- */

static void base_wrong(void) {
    POKE(ready->rank.base, ready->rank.base + 1);
}

static void height_wrong(void) {
    POKE(owner->rank.height, owner->rank.height + 1);
}

static void loan_of_nobody(void) {
    POKE(ready->lent_levels, 1);
}

static void loan_counted_twice(void) {
    POKE(owner->lent_level_count[waiter->priority], 2);
}

static void loans_cut(void) {
    POKE(locks[0].turnstile.link.prev, 0);
}

static void loan_too_high(void) {
    POKE(locks[0].turnstile.level, locks[0].turnstile.level + 1);
}

static void other_turnstile(void) {
    POKE(waiter->turnstile, &locks[1].turnstile);
}

static void waits_for_itself(void) {
    POKE(locks[0].turnstile.owner, waiter);
}

static void owner_is_gone(void) {
    POKE(owner->state, THREAD_FREE);
}

/* --- Places: `several` waits for a message at the second bell, and for the end of `peer` --- */

static struct thread *place_queued(void) {
    return wait_place_face(&several->any->place[0]);
}

static struct thread *place_joining(void) {
    return wait_place_face(&several->any->place[1]);
}

static void place_of_another(void) {
    POKE(several->any->place[0].any, 0);
}

static void place_with_two(void) {
    POKE(place_queued()->joining, peer);
}

static void place_elsewhere(void) {
    POKE(place_queued()->wait_queue, &bells[0].mailbox.receivers);
}

static void place_at_another_level(void) {
    struct prio_queue *queue = &bells[1].mailbox.receivers;
    unsigned level = several->priority + 1u;
    POKE(place_queued()->priority, level);
    POKE(queue->levels, BIT(level));
    POKE(queue->head[prio_queue_place(level)], &place_queued()->node);
}

static void place_joins_another(void) {
    POKE(place_joining()->joining, ready);
}

static void place_unknown(void) {
    POKE(several->any->served, &several->any->place[0]);
    POKE(several->state, THREAD_READY);
}

static void no_places(void) {
    POKE(several->any, 0);
}

static void places_of_a_waiter(void) {
    POKE(target->any, several->any);
}

static void too_many_places(void) {
    POKE(several->any->count, CONFIG_WAIT_ANY_MAX + 1);
}

static void expired_and_waits(void) {
    POKE(several->any->expired, true);
}

static void deadline_without_event(void) {
    POKE(several->any->armed, true);
}

static const struct corruption waits_table[] = {
    {"a priority is not what base and loans make", base_wrong},
    {"a priority is not what base and loans make", height_wrong},
    {"a thread counts loans it has not", loan_of_nobody},
    {"a thread counts loans it has not", loan_counted_twice},
    {"the list of a thread's loans is broken", loans_cut},
    {"a turnstile lends not what its owner counts", loan_too_high},
    {"a turnstile's queue and who stands in it disagree", other_turnstile},
    {"a chain of owners is too long", waits_for_itself},
    {"a thread that has ended stands in a turnstile or is lent something", owner_is_gone},
    {"a place is not its thread's", place_of_another},
    {"a place is in a queue, and joins", place_with_two},
    {"a place is not in its queue", place_elsewhere},
    {"a place does not stand at its thread's level", place_at_another_level},
    {"a place joins who does not know it", place_joins_another},
    {"more or fewer joiners than threads joining", place_unknown},
    {"a thread waits for several objects without a place", no_places},
    {"a thread has places, and waits for something else", places_of_a_waiter},
    {"the places are another thread's, or too many", too_many_places},
    {"a thread waits though it was served, or its time is up", expired_and_waits},
    {"a thread waits for a moment without an event", deadline_without_event},
};
CORRUPTIONS(waits);
