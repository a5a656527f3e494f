/* SPDX-License-Identifier: MIT */
/*
 * Prepared stacks by class (config.h), so that a spawn maps nothing. A stack is memory with an
 * unmapped guard page below it; who maps it is not the pool's business.
 */
#ifndef KERNEL_SCHED_STACK_H
#define KERNEL_SCHED_STACK_H

#include "config.h"
#include "lib/addr.h"
#include "lib/context.h"
#include "lib/status.h"

struct stack {
    /* Constant after boot, but for next_free: interrupts masked. */
    vaddr_t low; /* first usable byte; the guard page ends here */
    uint64_t size;
    struct stack *next_free;
    uint8_t class;
};

struct stack_class {
    uint64_t size;  /* bytes usable */
    uint32_t count; /* how many are prepared */
};

/* How many classes there are: as many as there are lines in config.h, and the smallest. */
#define STACK_CLASSES                                                                              \
    (sizeof((struct stack_class[]){{CONFIG_STACK_BASE_SIZE, 1}, CONFIG_STACK_CLASSES}) /           \
     sizeof(struct stack_class))

/* The classes of config.h, smallest first. `count` is set to how many there are. O(1). */
const struct stack_class *stack_classes(unsigned *count);

/* The smallest class: every thread slot has one of these for its own. */
#define STACK_BASE_SIZE CONFIG_STACK_BASE_SIZE

/* Adds a mapped stack to `class`, whose first usable byte is `low`. Boot only.
 * OUT_OF_RANGE: no such class, or it is complete. O(1). */
MUST_USE status_t stack_add(unsigned class, vaddr_t low);

/* Maps all stacks of all classes, each above its guard page, and adds them. Boot only, runtime
 * tables live. NO_MEMORY. O(bytes). kernel/sched/stack_area.c. */
MUST_USE status_t stack_area_init(void);

/* The stack of class 0 that belongs to a thread slot. O(1), any context. */
struct stack *stack_of_slot(uint32_t slot);

/* The stack that `address` lies in, or whose guard page it lies in. NULL: none.
 * Any context. O(stacks). */
const struct stack *stack_find(vaddr_t address);

/* Takes a stack of at least `size` bytes, more than STACK_BASE_SIZE, from the smallest class that
 * has one. O(classes). OUT_OF_RANGE: larger than every class. NO_MEMORY: none is free; `taken` is
 * left alone. */
MUST_USE status_t stack_take_irq(uint64_t size, struct stack **taken) IRQ_MASKED;

/* Gives a taken stack back. O(1). */
void stack_give_irq(struct stack *stack) IRQ_MASKED;

static inline vaddr_t stack_top(const struct stack *stack) {
    return vaddr_add(stack->low, stack->size);
}

#endif
