/* SPDX-License-Identifier: MIT */
/* Boots the generic kernel over arch/hosted. */
#include "tests/sim/machine.h"

#include <stdlib.h>
#include <string.h>

#include "arch/upcalls.h"
#include "drivers/irqchip/irqchip.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/sched.h"
#include "kernel/sync/mutex_end.h"
#include "tests/sim/invariants.h"

#define IDLE_STACK_SIZE 8192
#define HEAP_SIZE       (UINT64_C(16) << 20)
#define GIC_WORDS       (0x1000 / 4)

struct machine machine;
static bool has_stacks;
static vaddr_t idle_stack_top;
static struct {
    thread_entry entry;
    void *argument;
    struct thread_attributes attributes;
} main_thread;

/* --- What the real kernel takes from elsewhere ------------------------------------------------ */

struct frame *kernel_irq(void) {
    struct cpu *cpu = arch_cpu_self();
    if (hosted_timer_is_due()) {
        timed_event_interrupt_irq(cpu);
        return sched_settle_irq(cpu, sched_pick_irq(cpu));
    } else if (machine.device != NULL) {
        machine.device();
    }
    return sched_exit_irq(cpu);
}

struct frame *kernel_fault(struct frame *frame, const struct fault *fault) {
    (void)frame, (void)fault;
    struct cpu *cpu = arch_cpu_self();
    cpu->current->faulted = true;
    return mutex_end_current_irq(cpu, 0);
}

void *heap_alloc(size_t size) {
    check(!hosted.masked && !hosted.in_kernel);
    void *memory = machine.heap_empty || size > HEAP_SIZE ? NULL : malloc(size);
    machine.heap_live += memory != NULL;
    return memory;
}

void heap_free(void *memory) {
    check(!hosted.masked && !hosted.in_kernel);
    machine.heap_live -= memory != NULL;
    machine_forget(memory);
    free(memory);
}

/* --- Boot ------------------------------------------------------------------------------------- */

static void machine_idle(void *unused) {
    (void)unused;
    for (;;) {
        arch_wait_for_interrupt();
    }
}

/* Stacks cannot be made twice: the pool's records are for good. */
static void machine_make_stacks(void) {
    unsigned count;
    const struct stack_class *stacks = stack_classes(&count);
    for (unsigned class = 0; class < count; class ++) {
        for (uint32_t i = 0; i < stacks[class].count; i++) {
            status_t status = stack_add(class, hosted_stack_alloc(stacks[class].size));
            check(status == STATUS_OK);
        }
    }
    idle_stack_top = vaddr_add(hosted_stack_alloc(IDLE_STACK_SIZE), IDLE_STACK_SIZE);
    has_stacks = true;
}

NO_CONTEXT_CHECK static void machine_return_stacks(void) {
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        if (thread->state != THREAD_FREE && thread->stack->class != 0) {
            stack_give_irq(thread->stack);
        }
    }
}

void machine_reset(void) {
    hosted_reset();
    if (has_stacks) {
        machine_return_stacks();
    } else {
        machine_make_stacks();
    }
    memset(cpu_areas, 0, sizeof(cpu_areas));
    memset(thread_slots, 0, sizeof(thread_slots));
    memset(thread_idles, 0, sizeof(thread_idles));
    machine = (struct machine){.quantum = 1000};
}

static void machine_check(const struct hosted_stretch *stretch, const struct frame *next) {
    const char *broken = invariants_broken(stretch->kind == HOSTED_DIRECT);
    if (broken == NULL && next != &arch_cpu_self()->current->frame) {
        broken = "the frame to go on with is not the current thread's";
    }
    if (broken != NULL) {
        panic("invariant broken: %s", broken);
    }
}

/* An interrupt controller of plain memory: only what is written to its mask matters. */
static void machine_make_controller(void) {
    static uint32_t distributor[GIC_WORDS], interface[GIC_WORDS];
    status_t status = irqchip_init(vaddr_of(distributor), vaddr_of(interface));
    check(status == STATUS_OK);
}

NO_CONTEXT_CHECK static void machine_boot(void) {
    struct cpu *cpu = cpu_init(0);
    machine_make_controller();
    cpu->lines |= BIT(MACHINE_LINE_LEVEL);
    thread_init(cpu);
    thread_create_idle(cpu, machine_idle, idle_stack_top);
    struct thread *thread = NULL;
    status_t status = thread_create_irq(main_thread.entry, main_thread.argument,
                                        &main_thread.attributes, &thread);
    check(status == STATUS_OK);
    sched_enqueue_irq(cpu, thread);
    arch_timer_init();
    sched_start(cpu, (duration_t){machine.quantum});
}

void machine_run(thread_entry entry, void *argument, const struct thread_attributes *attributes) {
    static const struct thread_attributes usual = {.name = "main",
                                                   .priority = CONFIG_MAIN_PRIORITY};
    main_thread.entry = entry;
    main_thread.argument = argument;
    main_thread.attributes = attributes != NULL ? *attributes : usual;
    hosted.now = machine.start;
    hosted.hooks = machine.hooks;
    if (hosted.hooks.end == NULL) {
        hosted.hooks.end = machine_check;
    }
    hosted_run(machine_boot);
}

void machine_watch(struct mailbox *mailbox) {
    check(machine.mailbox_count < ARRAY_SIZE(machine.mailboxes));
    machine.mailboxes[machine.mailbox_count++] = mailbox;
}

void machine_watch_semaphore(const struct semaphore *semaphore) {
    check(machine.semaphore_count < ARRAY_SIZE(machine.semaphores));
    machine.semaphores[machine.semaphore_count++] = semaphore;
}

void machine_watch_event_flags(const struct event_flags *flags) {
    check(machine.event_flags_count < ARRAY_SIZE(machine.event_flags));
    machine.event_flags[machine.event_flags_count++] = flags;
}

void machine_watch_barrier(const struct barrier *barrier) {
    check(machine.barrier_count < ARRAY_SIZE(machine.barriers));
    machine.barriers[machine.barrier_count++] = barrier;
}

void machine_forget(const void *mailbox) {
    for (unsigned i = 0; i < machine.mailbox_count; i++) {
        if (machine.mailboxes[i] == mailbox) {
            machine.mailboxes[i] = machine.mailboxes[--machine.mailbox_count];
        }
    }
}

bool machine_is_idle(void) {
    struct cpu *cpu = arch_cpu_self();
    return cpu->current == cpu->idle;
}
