/* SPDX-License-Identifier: MIT */
/* The per-CPU state begins empty, and the doors find the stack where the struct begins. */
#include "kernel/cpu/cpu.h"

#include "tests/unit/test.h"

NO_CONTEXT_CHECK TEST(cpu_init_makes_the_state_this_cpus_own) {
    struct cpu *cpu = cpu_init(0);
    EXPECT(cpu == &cpu_areas[0].cpu);
    EXPECT(arch_cpu_self() == cpu);
    EXPECT(cpu->current == NULL && cpu->idle == NULL);
    EXPECT(prio_queue_is_empty(&cpu->ready));
    EXPECT_EQ(timer_queue_check(&cpu->events), 0);
    EXPECT_EQ(cpu->quantum_end.ticks, UINT64_MAX);
    EXPECT_EQ(cpu->compare.ticks, UINT64_MAX);
    EXPECT_EQ(cpu->index, 0);
    EXPECT_EQ(cpu->timer_interrupts, 0);
    EXPECT_EQ(cpu->stale_timeouts, 0);
}

TEST(the_kernel_stack_ends_where_the_struct_begins_and_stands_on_a_guard_page) {
    const struct cpu_area *area = &cpu_areas[0];
    EXPECT_EQ((uintptr_t)area->guard % PAGE_SIZE, 0);
    EXPECT_EQ(sizeof(area->guard), PAGE_SIZE);
    EXPECT((const uint8_t *)&area->cpu == area->stack + CONFIG_KERNEL_STACK_SIZE);
    EXPECT((const uint8_t *)area->stack == area->guard + PAGE_SIZE);
    EXPECT_EQ((uintptr_t)&area->cpu % 16, 0);
}

NO_CONTEXT_CHECK TEST(a_level_is_the_set_of_all_below_it) {
    struct cpu cpu;
    for (unsigned level = 0; level < 64; level++) {
        cpu.below = CPU_BELOW(level);
        EXPECT_EQ(cpu_level(&cpu), level);
        EXPECT_EQ(__builtin_popcountll(cpu.below), level);
        cpu.below |= CPU_BELOW_LOOK;
        EXPECT_EQ(cpu_level(&cpu), level);
    }
    EXPECT_EQ(CPU_BELOW(5) ^ CPU_BELOW(8), BIT(5) | BIT(6) | BIT(7));
}
