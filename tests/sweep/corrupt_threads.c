/* SPDX-License-Identifier: MIT */
/* What is spoiled: slots, stacks, the ready queue and time. */
#include "drivers/irqchip/irqchip.h"
#include "kernel/sched/fp_area.h"
#include "kernel/sched/sched.h"
#include "tests/sweep/corrupt_internal.h"

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
    POKE(corrupt_view.compare, corrupt_view.compare + 1);
}

static const struct corruption threads_table[] = {
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
};
CORRUPTIONS(threads);
