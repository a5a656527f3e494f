/* SPDX-License-Identifier: MIT */
/* What is spoiled: objects that threads wait for, periods, and memory. */
#include "kernel/mm/frame_internal.h"
#include "kernel/sched/periodic_record.h"
#include "kernel/sync/event_flags_internal.h"
#include "tests/sweep/cast_sync.h"
#include "tests/sweep/corrupt_internal.h"

/* --- Mailboxes --- */

static void message_and_receiver(void) {
    POKE(gate.mailbox.count, 1);
}

static void room_and_sender(void) {
    struct mailbox *mailbox = &gate.mailbox;
    unsigned place = prio_queue_place(target->priority);
    POKE(mailbox->senders.levels, mailbox->receivers.levels);
    POKE(mailbox->senders.head[place], mailbox->receivers.head[place]);
    POKE(mailbox->receivers.levels, 0);
    POKE(target->wait_queue, &mailbox->senders);
}

static void queue_of_ready(void) {
    POKE(bells[0].mailbox.receivers.levels, BIT(ready->priority));
    POKE(bells[0].mailbox.receivers.head[prio_queue_place(ready->priority)], &ready->node);
}

static void count_too_large(void) {
    POKE(bells[0].mailbox.count, 2);
}

static void capacity_wrong(void) {
    POKE(bells[0].mailbox.capacity, 0);
}

static void read_outside(void) {
    POKE(bells[0].mailbox.read, bells[0].mailbox.end);
}

static void write_wrong(void) {
    POKE(gate.mailbox.write, gate.mailbox.write + 1);
}

static void unknown_queue(void) {
    POKE(corrupt_view.all_mailboxes, true);
}

/* --- Semaphores --- */

static void target_takes(void) {
    unsigned place = prio_queue_place(target->priority);
    POKE(units.waiters.levels, gate.mailbox.receivers.levels);
    POKE(units.waiters.head[place], gate.mailbox.receivers.head[place]);
    POKE(gate.mailbox.receivers.levels, 0);
    POKE(target->wait_queue, &units.waiters);
}

static void taker_passed_by(void) {
    target_takes(); /* limit is not 0 */
}

static void units_and_taker(void) {
    target_takes();
    POKE(units.limit, 0);
    POKE(units.count, 1);
}

static void too_many_units(void) {
    POKE(units.count, UNITS_MAX + 1);
}

static void limit_wrong(void) {
    POKE(units.limit, 1);
}

static void closed_with_units(void) {
    POKE(units.closed, true);
}

static void ready_takes(void) {
    POKE(units.waiters.levels, BIT(ready->priority));
    POKE(units.waiters.head[prio_queue_place(ready->priority)], &ready->node);
}

/* --- Periods --- */

static void deadline_forgotten(void) {
    POKE(periodic_slots[0].armed, !periodic_slots[0].armed);
}

static void period_of_another(void) {
    POKE(periodic_slots[1].owner.index, target->id.index);
    POKE(periodic_slots[1].owner.generation, target->id.generation);
}

static void miss_not_kept(void) {
    POKE(periodic_slots[1].untold, true);
}

static void ready_is_told(void) {
    POKE(misses.waiters.levels, BIT(ready->priority));
    POKE(misses.waiters.head[prio_queue_place(ready->priority)], &ready->node);
}

/* --- Event flags --- */

static void target_watches(void) {
    static struct event_flags_want want = {.bits = SIGN};
    unsigned place = prio_queue_place(target->priority);
    POKE(signs.waiters[0].levels, gate.mailbox.receivers.levels);
    POKE(signs.waiters[0].head[place], gate.mailbox.receivers.head[place]);
    POKE(gate.mailbox.receivers.levels, 0);
    POKE(target->wait_queue, &signs.waiters[0]);
    POKE(target->wait_buffer, &want);
}

static void watcher_forgotten(void) {
    target_watches();
    POKE(signs.value, SIGN);
}

static void set_within_set(void) {
    target_watches();
    POKE(signs.current, 1);
    POKE(signs.value, SIGN);
}

static void ready_watches(void) {
    POKE(signs.waiters[0].levels, BIT(ready->priority));
    POKE(signs.waiters[0].head[prio_queue_place(ready->priority)], &ready->node);
}

/* --- A barrier --- */

static void target_comes(void) {
    unsigned place = prio_queue_place(target->priority);
    POKE(rounds.waiters[0].levels, gate.mailbox.receivers.levels);
    POKE(rounds.waiters[0].head[place], gate.mailbox.receivers.head[place]);
    POKE(gate.mailbox.receivers.levels, 0);
    POKE(target->wait_queue, &rounds.waiters[0]);
}

static void comer_not_counted(void) {
    target_comes();
}

static void round_complete(void) {
    POKE(rounds.arrived, 2);
}

static void ready_comes(void) {
    POKE(rounds.waiters[1].levels, BIT(ready->priority));
    POKE(rounds.waiters[1].head[prio_queue_place(ready->priority)], &ready->node);
}

/* --- A pool --- */

static int32_t one_link;

static void block_lost(void) {
    POKE(blocks.fresh, 1);
    POKE(blocks.links, &one_link); /* says that it is free, but nothing leads there */
}

static void list_leads_out(void) {
    POKE(blocks.free, 1);
}

/* --- Memory --- */

static void frame_count_wrong(void) {
    POKE(frames.free, frames.free - 1);
}

static void frame_bit_wrong(void) {
    POKE(frames.level[1][0], frames.level[1][0] ^ BIT(63));
}

static void block_overwritten(void) {
    POKE(block[-1], 0);
}

static const struct corruption objects_table[] = {
    {"receivers wait though there are messages", message_and_receiver},
    {"senders wait though there is room", room_and_sender},
    {"a mailbox's queue is broken", queue_of_ready},
    {"a mailbox counts more than it can hold", count_too_large},
    {"a mailbox counts more than it can hold", capacity_wrong},
    {"a mailbox reads or writes outside its storage", read_outside},
    {"a mailbox's places and its count disagree", write_wrong},
    {"a thread waits in a queue of nobody", unknown_queue},
    {"a thread waits though a semaphore has units, or gives would pass it by", taker_passed_by},
    {"a thread waits though a semaphore has units, or gives would pass it by", units_and_taker},
    {"a semaphore counts more than its maximum", too_many_units},
    {"a semaphore counts more than its maximum", limit_wrong},
    {"a closed semaphore has units", closed_with_units},
    {"a semaphore's queue is broken", ready_takes},
    {"a deadline is armed and should not be, or is not", deadline_forgotten},
    {"a period's thread does not know it", period_of_another},
    {"a miss is not told once", miss_not_kept},
    {"a queue of a box for misses is broken", ready_is_told},
    {"a thread waits though its event flags are set", watcher_forgotten},
    {"event flags were set in the middle of another set", set_within_set},
    {"a queue of event flags is broken", ready_watches},
    {"a barrier's round is complete, or counts fewer than wait", comer_not_counted},
    {"a barrier's round is complete, or counts fewer than wait", round_complete},
    {"a queue of a barrier is broken", ready_comes},
    {"a pool has lost a block", block_lost},
    {"the list of a pool's free blocks is broken", list_leads_out},
    {"the number of free frames is wrong", frame_count_wrong},
    {"the levels of the frames contradict each other", frame_bit_wrong},
    {"the heap is broken", block_overwritten},
};
CORRUPTIONS(objects);
