/* SPDX-License-Identifier: MIT */
/* The pool of stacks. It can be filled once in a program, so the tests build upon each
 * other in order. */
#include "kernel/sched/stack.h"

#include "tests/unit/test.h"

static struct stack_class class_of(unsigned class) {
    unsigned count;
    const struct stack_class *classes = stack_classes(&count);
    EXPECT(class < count);
    return classes[class];
}

/* Low ends that tell which stack it is; nothing is there. */
static vaddr_t low_of(unsigned class, uint32_t number) {
    return vaddr(((uint64_t)(class + 1) << 32) + number * UINT64_C(0x100000));
}

TEST(classes_ascend_and_their_counts_are_those_of_the_configuration) {
    unsigned count;
    uint32_t extra = 0;
    const struct stack_class *classes = stack_classes(&count);
    EXPECT(count >= 1 && count == STACK_CLASSES);
    EXPECT_EQ(classes[0].count, CONFIG_THREAD_SLOTS);
    for (unsigned class = 0; class < count; class ++) {
        EXPECT(is_page_aligned(classes[class].size));
        EXPECT(class == 0 || classes[class].size > classes[class - 1].size);
        extra += class == 0 ? 0 : classes[class].count;
    }
    EXPECT_EQ(extra, CONFIG_STACK_EXTRA);
    EXPECT_EQ(classes[count - 1].size, CONFIG_STACK_SIZE_MAX);
}

NO_CONTEXT_CHECK TEST(an_empty_pool_has_no_memory) {
    struct stack *stack = NULL;
    EXPECT_EQ(stack_take_irq(CONFIG_STACK_BASE_SIZE + 1, &stack), STATUS_NO_MEMORY);
    EXPECT(stack == NULL);
}

TEST(a_class_takes_as_many_as_it_has_room_for) {
    unsigned count;
    stack_classes(&count);
    EXPECT_EQ(stack_add(count, vaddr(4096)), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(stack_add(UINT32_MAX, vaddr(4096)), STATUS_OUT_OF_RANGE);
    for (unsigned class = 0; class < count; class ++) {
        for (uint32_t i = 0; i < class_of(class).count; i++) {
            EXPECT_EQ(stack_add(class, low_of(class, i)), STATUS_OK);
        }
        EXPECT_EQ(stack_add(class, vaddr(4096)), STATUS_OUT_OF_RANGE);
    }
}

TEST(each_slot_has_its_own_stack_of_the_smallest_class) {
    for (uint32_t slot = 0; slot < CONFIG_THREAD_SLOTS; slot++) {
        const struct stack *stack = stack_of_slot(slot);
        EXPECT_EQ(stack->low.value, low_of(0, slot).value);
        EXPECT_EQ(stack_top(stack).value, low_of(0, slot).value + CONFIG_STACK_BASE_SIZE);
    }
}

NO_CONTEXT_CHECK TEST(the_smallest_class_that_fits_is_taken_then_the_next) {
    struct stack *taken[CONFIG_STACK_EXTRA];
    for (int round = 0; round < 3; round++) {
        unsigned last_class = 1;
        for (unsigned i = 0; i < CONFIG_STACK_EXTRA; i++) {
            EXPECT_EQ(stack_take_irq(CONFIG_STACK_BASE_SIZE + 1, &taken[i]), STATUS_OK);
            EXPECT(taken[i]->class >= last_class);
            last_class = taken[i]->class;
            for (unsigned j = 0; j < i; j++) {
                EXPECT(taken[i] != taken[j]);
            }
        }
        struct stack *none = NULL;
        EXPECT_EQ(stack_take_irq(CONFIG_STACK_BASE_SIZE + 1, &none), STATUS_NO_MEMORY);
        EXPECT(none == NULL);
        for (unsigned i = 0; i < CONFIG_STACK_EXTRA; i++) {
            stack_give_irq(taken[(i + (unsigned)round) % CONFIG_STACK_EXTRA]);
        }
    }
}

NO_CONTEXT_CHECK TEST(sizes_at_the_borders_of_a_class) {
    unsigned count;
    stack_classes(&count);
    for (unsigned class = 1; class < count; class ++) {
        struct stack *stack = NULL;
        EXPECT_EQ(stack_take_irq(class_of(class).size, &stack), STATUS_OK);
        EXPECT_EQ(stack->class, class);
        EXPECT_EQ(stack->size, class_of(class).size);
        stack_give_irq(stack);
        stack = NULL;
        status_t status = stack_take_irq(class_of(class).size + 1, &stack);
        EXPECT_EQ(status, class + 1 == count ? STATUS_OUT_OF_RANGE : STATUS_OK);
        if (status == STATUS_OK) {
            EXPECT_EQ(stack->class, class + 1);
            stack_give_irq(stack);
        }
    }
}
