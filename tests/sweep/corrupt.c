/* SPDX-License-Identifier: MIT */
/*
 * The checker itself: with a whole cast on the stage, each structure is spoiled once on purpose,
 * with interrupts masked, and put right again. The checker must name the rule; a checker that says
 * nothing is worth nothing.
 */
#include "tests/sweep/corrupt.h"

#include "drivers/irqchip/irqchip.h"
#include "kernel/mm/frame_internal.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/fp_area.h"
#include "kernel/sched/periodic_record.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/wait_place.h"
#include "kernel/sync/event_flags_internal.h"
#include "kernel/sync/wait_any.h"
#include "lib/string.h"
#include "tests/invariants/invariants.h"
#include "tests/sweep/cast_server.h"
#include "tests/sweep/cast_sync.h"
#include "tests/sweep/report.h"

#define POKES_MAX 8

static struct invariants_view view;
static struct thread *target, *peer, *joiner, *ready, *free_slot, *owner, *waiter, *several;
static uint32_t *block;
static struct fp_state *room_lost; /* was taken */
static unsigned poked;
static struct {
    void *place;
    uint64_t before;
    unsigned size;
} pokes[POKES_MAX];

static uint64_t load(const void *place, unsigned size) {
    uint64_t value = 0;
    memcpy(&value, place, size);
    return value;
}

static void store(void *place, unsigned size, uint64_t value) {
    memcpy(place, &value, size);
}

static void poke(void *place, unsigned size, uint64_t value) {
    check(poked < POKES_MAX);
    pokes[poked].place = place;
    pokes[poked].size = size;
    pokes[poked++].before = load(place, size);
    store(place, size, value);
}

#define POKE(field, value) poke(&(field), sizeof(field), (uint64_t)(value))

static void restore(void) IRQ_MASKED {
    if (room_lost != NULL) {
        fp_area_give_irq(room_lost);
        room_lost = NULL;
    }
    while (poked > 0) {
        poked--;
        store(pokes[poked].place, pokes[poked].size, pokes[poked].before);
    }
}

/* --- Threads --- */

static void wrong_index(void) {
    POKE(target->id.index, target->id.index + 1);
}

static void no_generation(void) {
    POKE(target->id.generation, 0);
}

static void no_state(void) {
    POKE(target->state, 77);
}

static void suspended_in_queue(void) {
    POKE(ready->home, &arch_cpu_self()->parked);
}

static void no_home(void) {
    POKE(target->home, NULL);
}

static void suspended_and_free(void) {
    POKE(free_slot->home, &arch_cpu_self()->parked);
}

static void ended_with_joiner(void) {
    POKE(target->state, THREAD_ENDED);
}

static void other_queue(void) {
    POKE(peer->wait_queue, &box.mailbox.senders);
}

static void other_joined(void) {
    POKE(joiner->joining, peer);
}

static void joins_in_queue(void) {
    POKE(peer->joining, ready);
    POKE(ready->joiner, peer);
}

static void joiner_of_nobody(void) {
    POKE(ready->joiner, joiner);
}

static void no_stack(void) {
    POKE(target->stack, 0);
}

static void stack_of_another(void) {
    POKE(target->stack, peer->stack);
}

static void large_stack_shared(void) IRQ_MASKED {
    struct stack *stack = NULL;
    check(stack_take_irq(CONFIG_STACK_BASE_SIZE + 1, &stack) == STATUS_OK);
    stack_give_irq(stack);
    POKE(target->stack, stack);
    POKE(target->extras, THREAD_EXTRA_STACK);
    POKE(peer->stack, stack);
    POKE(peer->extras, THREAD_EXTRA_STACK);
}

static void large_stack_not_taken(void) IRQ_MASKED {
    struct stack *stack = NULL;
    check(stack_take_irq(CONFIG_STACK_BASE_SIZE + 1, &stack) == STATUS_OK);
    stack_give_irq(stack);
    POKE(target->stack, stack);
    POKE(target->extras, THREAD_EXTRA_STACK);
}

static void large_stack_lost(void) IRQ_MASKED {
    struct stack *stack = NULL;
    check(stack_take_irq(CONFIG_STACK_BASE_SIZE + 1, &stack) == STATUS_OK);
    stack_give_irq(stack);
    POKE(stack->next_free, 0);
}

/* The target as if it had floating-point registers, with room for them that is free. */
static void registers_poke(struct thread *thread) IRQ_MASKED {
    struct fp_state *state = NULL;
    check(fp_area_take_irq(&state) == STATUS_OK);
    fp_area_give_irq(state);
    POKE(thread->beside, THREAD_BESIDE_FP);
    POKE(thread->extras, THREAD_EXTRA_FP);
    POKE(thread->fp, state);
}

static void registers_without_room(void) {
    POKE(target->beside, THREAD_BESIDE_FP);
}

static void room_not_known(void) {
    POKE(free_slot->extras, THREAD_EXTRA_FP);
}

static void room_shared(void) IRQ_MASKED {
    registers_poke(target);
    registers_poke(peer);
}

static void room_not_taken(void) IRQ_MASKED {
    registers_poke(target);
}

static void room_taken(void) IRQ_MASKED {
    room_lost = NULL;
    check(fp_area_take_irq(&room_lost) == STATUS_OK);
}

static void free_list_circles(void) {
    POKE(free_slot->next_free, free_slot);
}

static void free_list_leads_out(void) {
    POKE(free_slot->next_free, target);
}

static void free_list_cut(void) {
    POKE(free_slot->next_free, 0);
}

static void free_slot_taken(void) {
    POKE(free_slot->state, THREAD_READY);
}

/* --- The ready queue --- */

static void level_missing(void) {
    struct cpu *cpu = arch_cpu_self();
    POKE(cpu->ready.levels, cpu->ready.levels & ~BIT(ready->priority));
}

static void link_wrong(void) {
    POKE(ready->node.prev, &target->node);
}

static void level_wrong(void) {
    POKE(ready->rank.base, ready->priority + 1);
    POKE(ready->priority, ready->priority + 1);
}

static void lower_runs(void) {
    POKE(arch_cpu_self()->current, ready);
}

static void waiting_runs(void) {
    POKE(arch_cpu_self()->current, target);
}

static void idle_runs(void) {
    POKE(arch_cpu_self()->current, arch_cpu_self()->idle);
}

/* --- Time --- */

static struct timer_queue *events(void) {
    return &arch_cpu_self()->events;
}

static void event_not_first(void) {
    POKE(events()->moment[peer->timeout.id], UINT64_MAX - 1);
}

static void event_misplaced(void) {
    POKE(events()->rest[peer->priority][TIMER_QUEUE_PLACES + 1], 2);
}

static void event_forgotten(void) {
    POKE(events()->levels, events()->levels & ~BIT(peer->priority));
}

static void event_id_wrong(void) {
    POKE(peer->timeout.id, joiner->timeout.id);
}

static void event_level_wrong(void) {
    POKE(peer->timeout.level, peer->timeout.level + 1);
}

static void look_wrong(void) {
    POKE(arch_cpu_self()->below, arch_cpu_self()->below | CPU_BELOW_LOOK);
}

static void level_of_another(void) {
    POKE(arch_cpu_self()->below, CPU_BELOW(LEVEL_SETTING - 1));
}

static void not_watched(void) {
    POKE(arch_cpu_self()->watched, 0);
}

static void mask_open(void) {
    POKE(*(uint32_t *)(uintptr_t)&gicv2.cpu[GICV2_CPU_PMR], gicv2.mask[0]);
}

static void event_of_another_wait(void) {
    POKE(peer->timeout.token, peer->timeout.token + 1);
}

static void event_of_nobody(void) {
    POKE(peer->state, THREAD_WAITING);
}

static void event_missing(void) {
    POKE(target->state, THREAD_WAITING_TIMED);
}

static void quantum_runs(void) {
    POKE(arch_cpu_self()->quantum_end, UINT64_MAX - 1);
}

static void compare_off(void) {
    POKE(view.compare, view.compare + 1);
}

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
    POKE(view.all_mailboxes, true);
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

struct corruption {
    const char *rule;
    void (*make)(void);
};

/* --- Servers: `ready` has one --- */

static void too_many_pieces(void) {
    POKE(allowance.refill_end, allowance.refill_first + CONFIG_SERVER_REFILLS + 1);
}

static void pieces_disordered(void) {
    POKE(allowance.refill_end, allowance.refill_first + 2);
    POKE(allowance.refill[allowance.refill_first % CONFIG_SERVER_REFILLS].when.ticks, 5);
}

static void budget_grown(void) {
    POKE(allowance.left, allowance.left + 1);
}

static void throttled_in_no_queue(void) {
    POKE(ready->home, &allowance.throttled);
}

static void throttled_and_lent(void) {
    throttled_in_no_queue();
    POKE(ready->lent_levels, 1);
}

static void served_not_counted(void) {
    POKE(allowance.threads, 0);
}

static void server_not_open(void) {
    POKE(allowance.open, false);
}

static void throttled_for_ever(void) {
    throttled_in_no_queue();
    POKE(allowance.throttled.levels, BIT(ready->priority));
    POKE(allowance.throttled.head[63 - ready->priority], &ready->node);
}

/* The running thread is served of a sudden. */
static void budget_has_no_end(void) {
    struct thread *self = arch_cpu_self()->current;
    POKE(self->timed, THREAD_TIMED_SERVED);
    POKE(self->server, &allowance);
    POKE(arch_cpu_self()->since.ticks, 0);
    POKE(arch_cpu_self()->below, arch_cpu_self()->below | CPU_BELOW_LOOK);
    POKE(allowance.threads, allowance.threads + 1);
}

static const struct corruption corruptions[] = {
    {"a slot's index or generation is wrong", wrong_index},
    {"a slot's index or generation is wrong", no_generation},
    {"no such state", no_state},
    {"ended, but not free", ended_with_joiner},
    {"a waiting thread is not in its queue", other_queue},
    {"a joiner waits for who does not know it", other_joined},
    {"a joiner waits in a queue, too", joins_in_queue},
    {"more or fewer joiners than threads joining", joiner_of_nobody},
    {"a slot has no stack", no_stack},
    {"a slot has a stack that is not its own", stack_of_another},
    {"two threads have one stack", large_stack_shared},
    {"a thread's stack is free", large_stack_not_taken},
    {"a stack is neither free nor a thread's", large_stack_lost},
    {"a slot does not know what it has taken", room_not_known},
    {"a thread has registers without room for them, or room without registers",
     registers_without_room},
    {"two threads have the same room for registers", room_shared},
    {"room for registers is neither free nor a thread's", room_taken},
    {"a thread's room for registers is free", room_not_taken},
    {"the free list is broken", free_list_circles},
    {"the free list is broken", free_list_leads_out},
    {"the free list is broken", free_list_cut},
    {"the number of free slots is wrong", free_slot_taken},
    {"the ready queue does not hold the ready threads", level_missing},
    {"the ready queue does not hold the ready threads", link_wrong},
    {"the ready queue does not hold the ready threads", level_wrong},
    {"the ready queue does not hold the ready threads", suspended_in_queue},
    {"a thread is not at home where it should be", no_home},
    {"a thread is not at home where it should be", suspended_and_free},
    {"a higher thread is ready", lower_runs},
    {"the running thread is not ready", waiting_runs},
    {"idle runs though a thread is ready", idle_runs},
    {"the queue of timed events is broken", event_not_first},
    {"the queue of timed events is broken", event_misplaced},
    {"the queue of timed events is broken", event_forgotten},
    {"an event's id is another's", event_id_wrong},
    {"a thread waits for a moment without an event", event_level_wrong},
    {"the next switch looks without need, or does not", look_wrong},
    {"the CPU is set for another level than the running thread's", level_of_another},
    {"a level is watched without need, or is not", not_watched},
    {"the interrupt mask is another level's", mask_open},
    {"an event is armed for another wait", event_of_another_wait},
    {"an event is armed for a thread that does not wait for it", event_of_nobody},
    {"a thread waits for a moment without an event", event_missing},
    {"a quantum runs without need, or does not run", quantum_runs},
    {"the compare is not at the nearest moment", compare_off},
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
    {"a priority is not what base and loans make", base_wrong},
    {"a priority is not what base and loans make", height_wrong},
    {"a thread counts loans it has not", loan_of_nobody},
    {"a thread counts loans it has not", loan_counted_twice},
    {"the list of a thread's loans is broken", loans_cut},
    {"a turnstile lends not what its owner counts", loan_too_high},
    {"a turnstile's queue and who stands in it disagree", other_turnstile},
    {"a chain of owners is too long", waits_for_itself},
    {"a thread that has ended stands in a turnstile or is lent something", owner_is_gone},
    {"a server remembers more pieces than it can", too_many_pieces},
    {"a server's pieces do not come back in their order", pieces_disordered},
    {"a server's budget has grown or shrunk", budget_grown},
    {"a thread is throttled that others wait for", throttled_and_lent},
    {"a server counts other threads than it has", served_not_counted},
    {"a server counts other threads than it has", server_not_open},
    {"a server's queue does not hold its throttled threads", throttled_in_no_queue},
    {"a server's threads are throttled for ever", throttled_for_ever},
    {"a budget ends, and nothing is set for its end", budget_has_no_end},
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
    {"the number of free frames is wrong", frame_count_wrong},
    {"the levels of the frames contradict each other", frame_bit_wrong},
    {"the heap is broken", block_overwritten},
};

NO_CONTEXT_CHECK static const char *look(void (*make)(void)) {
    arch_irq_mask();
    place_view(&view);
    if (make != NULL) {
        make();
    }
    const char *broken = invariants_broken_irq(&view);
    if (broken == NULL) {
        broken = invariants_memory_broken_irq();
    }
    restore();
    arch_irq_unmask();
    return broken;
}

static void target_is_joined(void *argument) {
    (void)argument;
    (void)!thread_join_until(scene.id[ROLE_TARGET], NULL, scene.own_deadline);
}

static void does_nothing(void *argument) {
    (void)argument;
}

static void owns_and_waits(void *argument) {
    int32_t value;
    (void)argument;
    (void)!mutex_lock(&locks[0]);
    (void)!cast_receive(&value, INSTANT_NEVER);
    (void)!mutex_unlock(&locks[0]);
}

static void waits_for_lock(void *argument) {
    (void)argument;
    if (mutex_lock(&locks[0]) == STATUS_OK) {
        (void)!mutex_unlock(&locks[0]);
    }
}

static void waits_for_several(void *argument) {
    (void)argument;
    unsigned which;
    char letter;
    struct wait_for list[] = {wait_for_message(&bells[1].mailbox, &letter),
                              wait_for_exit(scene.id[ROLE_PEER])};
    (void)!wait_any(list, ARRAY_SIZE(list), &which);
}

static void waits_timed(void) {
    peer_receives(LEVEL_HIGH_PEER, true);
}

static const struct op stage_op = {.name = "checker", .prepare = waits_timed, .flags = OF_BUDGET};

/* The driver stays above all others: what it spawns later is ready, and does not run. */
static void enter_stage(void) {
    scene = (struct scene){
        .op = &stage_op, .action = &sweep_actions[0], .mode = MODE_ATTACK, .driver = thread_self()};
    check(thread_set_priority(scene.driver, LEVEL_SETTING) == STATUS_OK);
    cast_plan(1000000);
    cast_enter_waiters();
    cast_spawn(ROLE_SUBJECT, target_is_joined, LEVEL_SUBJECT);
    cast_spawn(ROLE_ATTACKER, waits_for_lock, LEVEL_ATTACKER); /* looked at first, runs second */
    cast_spawn(ROLE_SECOND, owns_and_waits, LEVEL_SECOND);
    const struct thread_attributes attributes = {.name = "several", .priority = LEVEL_LOW_PEER};
    check(thread_spawn(waits_for_several, NULL, &attributes, &scene.child) == STATUS_OK);
    check(thread_set_priority(scene.driver, LEVEL_REST) == STATUS_OK);
    check(thread_set_priority(scene.driver, LEVEL_SETTING) == STATUS_OK);
    cast_spawn(ROLE_RELEASER, does_nothing, LEVEL_RELEASER);
    target = &thread_slots[scene.id[ROLE_TARGET].index];
    peer = &thread_slots[scene.id[ROLE_PEER].index];
    joiner = &thread_slots[scene.id[ROLE_SUBJECT].index];
    ready = &thread_slots[scene.id[ROLE_RELEASER].index];
    owner = &thread_slots[scene.id[ROLE_SECOND].index];
    waiter = &thread_slots[scene.id[ROLE_ATTACKER].index];
    several = &thread_slots[scene.child.index];
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        bool middle = thread_slots[i].state == THREAD_FREE && thread_slots[i].next_free != NULL;
        free_slot = middle ? &thread_slots[i] : free_slot;
    }
    check(server_add(&allowance, ready->id) == STATUS_OK);
    block = heap_alloc(64);
}

static void leave_stage(void) {
    heap_free(block);
    cast_leave();
    check(thread_set_priority(scene.driver, LEVEL_REST) == STATUS_OK);
    for (unsigned role = 0; role < ROLE_CAST; role++) {
        (void)!thread_join_until(scene.id[role], NULL, (instant_t){0});
    }
    (void)!thread_join_until(scene.child, NULL, (instant_t){0});
}

void corrupt_all(void) {
    enter_stage();
    const char *said = look(NULL);
    report_result(said == NULL, "nothing is said of a stage where all is right");
    for (unsigned i = 0; i < ARRAY_SIZE(corruptions); i++) {
        said = look(corruptions[i].make);
        if (!report_result(said != NULL &&
                               strncmp(said, corruptions[i].rule, STRING_COMPARE_MAX - 1) == 0,
                           corruptions[i].rule)) {
            report_said(said);
        }
    }
    report_result(look(NULL) == NULL, "all is right again");
    leave_stage();
}
