/* SPDX-License-Identifier: MIT */
/*
 * How deep a thread's stack was used: a thread that asks fills its stack with a pattern before it
 * begins, and whoever wants to know looks how much of it is left. The thread does that itself,
 * unmasked and at its own priority, so a spawn costs no more for it, nobody else waits, and who does
 * not ask pays nothing.
 *
 *   low                                                                     end
 *    | pattern pattern pattern | used: deepest .............. frames of now |
 *    ^ what to begin with, until the pattern is there
 */
#include "kernel/sched/sched.h"
#include "lib/bound.h"

#define PATTERN UINT64_C(0x5a5aa5a5deadf00d)

/* Bytes below the frame of thread_measured_main() that are left as they are. Multiple of 16. */
#define MARGIN 256

struct order {
    thread_entry entry;
    void *argument;
};

void *thread_measured_order(const struct stack *stack, thread_entry entry, void *argument) {
    struct order *order = vaddr_pointer(stack->low);
    *order = (struct order){entry, argument};
    return order;
}

/* From `start` up to `end`, both multiples of 16. */
static void paint(uint64_t *start, const uint64_t *end) {
    BOUND_LOOP(pairs, CONFIG_STACK_SIZE_MAX / 16);
    for (volatile uint64_t *word = start; word < end; word += 2) {
        BOUND_TURN(pairs);
        word[0] = PATTERN;
        word[1] = PATTERN;
    }
}

void thread_measured_main(void *order) {
    const struct order begin = *(const struct order *)order;
    const uint64_t frame = vaddr_of(__builtin_frame_address(0)).value;
    paint(order, vaddr_pointer(vaddr((frame - MARGIN) & ~UINT64_C(15))));
    arch_cpu_self()->current->extras |= THREAD_EXTRA_PAINTED; /* its own byte, while it lives */
    begin.entry(begin.argument);
}

/* Bytes of the pattern that are left. Reads what may be another's stack while that one runs. */
UNSANITIZED static uint64_t pattern_left(vaddr_t low, uint64_t size) {
    const volatile uint64_t *words = vaddr_pointer(low);
    uint64_t count = 0;
    BOUND_LOOP(words, CONFIG_STACK_SIZE_MAX / sizeof(uint64_t));
    while (count < size / sizeof(uint64_t) && words[count] == PATTERN) {
        BOUND_TURN(words);
        count++;
    }
    return count * sizeof(uint64_t);
}

status_t thread_stack_usage(thread_id_t id, uint64_t *used, uint64_t *size) {
    const struct stack *stack = NULL;
    unsigned extras = 0;
    arch_irq_mask();
    const struct thread *thread = thread_find_irq(id);
    if (thread != NULL) {
        stack = thread->stack;
        extras = thread->extras;
    }
    arch_irq_unmask();
    if (stack == NULL || (extras & THREAD_EXTRA_MEASURE) == 0) {
        return stack == NULL ? STATUS_STALE : STATUS_UNSUPPORTED;
    }
    *size = stack->size;
    *used = extras & THREAD_EXTRA_PAINTED ? stack->size - pattern_left(stack->low, stack->size) : 0;
    arch_irq_mask();
    const bool is_stale = thread_find_irq(id) == NULL; /* then another has written there */
    arch_irq_unmask();
    return is_stale ? STATUS_STALE : STATUS_OK;
}
