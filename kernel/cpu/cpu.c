/* SPDX-License-Identifier: MIT */
/* The storage of the per-CPU state and its first values. */
#include "kernel/cpu/cpu.h"

struct cpu_area cpu_areas[CONFIG_CPUS];

_Static_assert(CONFIG_KERNEL_STACK_SIZE % PAGE_SIZE == 0, "the kernel stack is whole pages");
_Static_assert(offsetof(struct cpu_area, cpu) % 64 == 0, "the stack ends where the struct begins");

struct cpu *cpu_init(uint32_t index) {
    struct cpu *cpu = &cpu_areas[index].cpu;
    cpu->current = NULL;
    cpu->idle = NULL;
    prio_queue_init(&cpu->ready);
    prio_queue_init(&cpu->parked);
    timer_queue_init(&cpu->events);
    cpu->quantum_end = INSTANT_NEVER;
    cpu->compare = INSTANT_NEVER;
    cpu->below = CPU_BELOW_LOOK;
    cpu->watched = UINT64_MAX;
    cpu->lines = CPU_BELOW_LOOK;
    cpu->settling = NULL;
    if (CONFIG_TRACE) {
        cpu->trace = NULL;
    }
    cpu->timer_interrupts = 0;
    cpu->stale_timeouts = 0;
    cpu->quantum = (duration_t){0};
    cpu->timer_line = 0;
    cpu->index = index;
    arch_cpu_set_self(cpu);
    return cpu;
}
