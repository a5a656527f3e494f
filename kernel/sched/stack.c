/* SPDX-License-Identifier: MIT */
/* The records of all stacks: those of the slots by slot, the others on a free list
 * for each class. */
#include "kernel/sched/stack.h"

#include "lib/assert.h"
#include "lib/bound.h"

static const struct stack_class classes[STACK_CLASSES] = {
    {CONFIG_STACK_BASE_SIZE, CONFIG_THREAD_SLOTS}, CONFIG_STACK_CLASSES};

static struct stack slot_stacks[CONFIG_THREAD_SLOTS];
static struct stack extra_stacks[CONFIG_STACK_EXTRA];
static uint32_t extras_used;
static uint32_t class_used[STACK_CLASSES];
static struct stack *free_stacks[STACK_CLASSES];

const struct stack_class *stack_classes(unsigned *count) {
    *count = STACK_CLASSES;
    return classes;
}

status_t stack_add(unsigned class, vaddr_t low) {
    if (class >= STACK_CLASSES || class_used[class] == classes[class].count ||
        (class != 0 && extras_used == CONFIG_STACK_EXTRA)) {
        return STATUS_OUT_OF_RANGE;
    }
    struct stack *stack = class == 0 ? &slot_stacks[class_used[0]] : &extra_stacks[extras_used++];
    class_used[class]++;
    *stack = (struct stack){.low = low, .size = classes[class].size, .class = (uint8_t) class};
    if (class != 0) {
        stack->next_free = free_stacks[class];
        free_stacks[class] = stack;
    }
    return STATUS_OK;
}

struct stack *stack_of_slot(uint32_t slot) {
    return &slot_stacks[slot];
}

/* From its guard page to its end. */
static bool stack_has(const struct stack *stack, vaddr_t address) {
    const uint64_t start = stack->low.value - PAGE_SIZE;
    return address.value - start < stack->size + PAGE_SIZE;
}

const struct stack *stack_find(vaddr_t address) {
    BOUND_LOOP(of_slots, CONFIG_THREAD_SLOTS);
    for (uint32_t i = 0; i < class_used[0]; i++) {
        BOUND_TURN(of_slots);
        if (stack_has(&slot_stacks[i], address)) {
            return &slot_stacks[i];
        }
    }
    BOUND_LOOP(extras, CONFIG_STACK_EXTRA);
    for (uint32_t i = 0; i < extras_used; i++) {
        BOUND_TURN(extras);
        if (stack_has(&extra_stacks[i], address)) {
            return &extra_stacks[i];
        }
    }
    return NULL;
}

status_t stack_take_irq(uint64_t size, struct stack **taken) {
    status_t status = STATUS_OUT_OF_RANGE;
    BOUND_LOOP(classes, STACK_CLASSES - 1);
    for (unsigned class = 1; class < STACK_CLASSES; class ++) {
        BOUND_TURN(classes);
        if (size > classes[class].size) {
            continue;
        }
        status = STATUS_NO_MEMORY;
        struct stack *stack = free_stacks[class];
        if (stack != NULL) {
            free_stacks[class] = stack->next_free;
            *taken = stack;
            return STATUS_OK;
        }
    }
    return status;
}

void stack_give_irq(struct stack *stack) {
    stack->next_free = free_stacks[stack->class];
    free_stacks[stack->class] = stack;
}
