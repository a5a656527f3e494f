/* SPDX-License-Identifier: MIT */
/*
 * Bindings: a table of a few, and for each line the number of its own. A line in service is enabled
 * at the controller; one that has interrupted is not, until its thread waits again. So the interrupt
 * is over at the controller before the thread runs, whatever kind of line it is, and can be neither
 * lost nor taken twice.
 */
#include "kernel/ipc/irq_line.h"

#include "arch/task_call.h"
#include "drivers/irqchip/irqchip.h"
#include "kernel/ipc/irq_line_internal.h"
#include "kernel/irq/irq.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"

enum irq_line_state {
    IRQ_LINE_UNBOUND,
    IRQ_LINE_IN_SERVICE,
    IRQ_LINE_DELIVERED, /* has interrupted, and its thread does not know yet */
    IRQ_LINE_SERVED,    /* its thread does */
    IRQ_LINE_STORMED,   /* too often: shut for good */
};

struct irq_line {
    /* Interrupts masked. */
    uint8_t state;
    uint8_t level;
    uint32_t number;
    uint64_t count;
    struct prio_queue waiter; /* the thread, if it waits */

    /* Constant while it is bound. */
    thread_id_t thread;
    irq_line_handler handler; /* irq_line_ignore: the thread serves it */
    void *argument;
    uint32_t limit;
    duration_t window;

    /* Interrupts masked: the limit. */
    uint32_t in_window;
    instant_t window_end;
};

static struct irq_line bindings[CONFIG_IRQ_BINDINGS];
static uint8_t binding_of[CONFIG_IRQ_LINES]; /* the binding's number and one, or 0 */
static uint8_t lines_at[64];                 /* of each level */

_Static_assert(CONFIG_IRQ_BINDINGS < UINT8_MAX, "a binding's number and one is a byte");

/* The binding of `line`, or NULL. O(1). */
static struct irq_line *irq_line_find(uint32_t line) {
    unsigned number = line < CONFIG_IRQ_LINES ? binding_of[line] : 0;
    return number != 0 ? &bindings[number - 1] : NULL;
}

/* The handler of lines that threads serve; and so there is one in every image. */
void irq_line_ignore(void *argument);
void irq_line_ignore(void *argument) {
    (void)argument;
}
BOUND_CALLEE(irq_line_handler, irq_line_ignore);

/* --- Binding ---------------------------------------------------------------------------------- */

/* A level has a line more, or one less: what the next switches look at, and the mask of now. */
static void irq_line_count_level_irq(unsigned level, int change) IRQ_MASKED {
    struct cpu *cpu = arch_cpu_self();
    lines_at[level] = (uint8_t)(lines_at[level] + change);
    uint64_t bit = BIT(level);
    bool is_kernels = level == 0 || level == CONFIG_LOG_PRIORITY;
    cpu->lines = lines_at[level] != 0 || is_kernels ? cpu->lines | bit : cpu->lines & ~bit;
    timed_event_watch_irq(cpu);
    irqchip_set_level(cpu_level(cpu));
}

static struct irq_line *irq_line_free_irq(void) IRQ_MASKED {
    BOUND_LOOP(bindings, CONFIG_IRQ_BINDINGS);
    for (unsigned i = 0; i < CONFIG_IRQ_BINDINGS; i++) {
        BOUND_TURN(bindings);
        if (bindings[i].state == IRQ_LINE_UNBOUND) {
            return &bindings[i];
        }
    }
    return NULL;
}

static status_t irq_line_check(uint32_t line, const struct irq_line_attributes *attributes) {
    if (line >= CONFIG_IRQ_LINES || line >= irqchip_line_count() ||
        attributes->priority > THREAD_PRIORITY_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    return line < IRQ_SOFTWARE_FIRST || line == arch_cpu_self()->timer_line ? STATUS_BUSY
                                                                            : STATUS_OK;
}

static status_t irq_line_start_irq(uint32_t line, const struct irq_line *wanted) IRQ_MASKED {
    if (wanted->handler == irq_line_ignore && thread_find_irq(wanted->thread) == NULL) {
        return STATUS_STALE;
    }
    if (binding_of[line] != 0) {
        return STATUS_BUSY;
    }
    struct irq_line *binding = irq_line_free_irq();
    if (binding == NULL) {
        return STATUS_NO_SLOT;
    }
    binding->state = IRQ_LINE_IN_SERVICE;
    binding->level = wanted->level;
    binding->number = line;
    binding->count = 0;
    prio_queue_init(&binding->waiter);
    binding->thread = wanted->thread;
    binding->handler = wanted->handler;
    binding->argument = wanted->argument;
    binding->limit = wanted->limit;
    binding->window = wanted->window;
    binding->in_window = 0;
    binding->window_end = (instant_t){0};
    binding_of[line] = (uint8_t)(binding - bindings + 1);
    irq_line_count_level_irq(binding->level, 1);
    return irqchip_enable(line, binding->level);
}

static status_t irq_line_start(uint32_t line, const struct irq_line_attributes *attributes,
                               thread_id_t thread, irq_line_handler handler, void *argument) {
    status_t status = irq_line_check(line, attributes);
    if (status != STATUS_OK) {
        return status;
    }
    const struct irq_line wanted = {.level = attributes->priority,
                                    .thread = thread,
                                    .handler = handler,
                                    .argument = argument,
                                    .limit = attributes->limit,
                                    .window = attributes->window};
    arch_irq_mask();
    status = irq_line_start_irq(line, &wanted);
    arch_irq_unmask();
    return status;
}

status_t irq_line_bind(uint32_t line, const struct irq_line_attributes *attributes,
                       thread_id_t handler) {
    return irq_line_start(line, attributes, handler, irq_line_ignore, NULL);
}

status_t irq_line_handle(uint32_t line, const struct irq_line_attributes *attributes,
                         irq_line_handler handler, void *argument) {
    if (handler == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    return irq_line_start(line, attributes, THREAD_ID_NONE, handler, argument);
}

status_t irq_line_unbind(uint32_t line) {
    bool ask = false;
    arch_irq_mask();
    struct irq_line *binding = irq_line_find(line);
    if (binding == NULL) {
        arch_irq_unmask();
        return STATUS_NOT_FOUND;
    }
    irqchip_shut(line);
    irq_line_count_level_irq(binding->level, -1);
    binding->state = IRQ_LINE_UNBOUND;
    binding_of[line] = 0;
    if (!prio_queue_is_empty(&binding->waiter)) {
        ask =
            sched_wake_irq(arch_cpu_self(), sched_take_waiter_irq(&binding->waiter), STATUS_CLOSED);
    }
    arch_irq_unmask();
    return ask ? task_call_reschedule() : STATUS_OK;
}

/* --- Waiting ---------------------------------------------------------------------------------- */

/* What the caller is answered at once, or WOULD_BLOCK: then the line is in service. */
static status_t irq_line_try_irq(struct cpu *cpu, struct irq_line *binding) IRQ_MASKED {
    if (binding == NULL || binding->thread.index != cpu->current->id.index ||
        binding->thread.generation != cpu->current->id.generation) {
        return STATUS_NOT_FOUND;
    }
    switch (binding->state) {
    case IRQ_LINE_STORMED:
        return STATUS_CLOSED;
    case IRQ_LINE_DELIVERED:
        binding->state = IRQ_LINE_SERVED;
        return STATUS_OK;
    case IRQ_LINE_SERVED:
        binding->state = IRQ_LINE_IN_SERVICE;
        (void)!irqchip_enable(binding->number, binding->level);
        return STATUS_WOULD_BLOCK;
    default:
        return STATUS_WOULD_BLOCK;
    }
}

struct frame *irq_wait_call(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    struct cpu *cpu = arch_cpu_self();
    struct irq_line *binding = irq_line_find((uint32_t)a);
    instant_t deadline = {b};
    status_t status = irq_line_try_irq(cpu, binding);
    if (status == STATUS_WOULD_BLOCK && deadline.ticks <= arch_timer_now().ticks) {
        status = STATUS_TIMED_OUT;
    }
    if (status != STATUS_WOULD_BLOCK) {
        arch_frame_set_result(&cpu->current->frame, (uint64_t)(int64_t)status);
        return sched_exit_irq(cpu);
    }
    return sched_block_until_irq(cpu, &binding->waiter, NULL, TIMED_EVENT_TIMEOUT, deadline);
}

status_t irq_wait_until(uint32_t line, instant_t deadline) {
    return task_call_irq_wait(line, deadline.ticks);
}

uint64_t irq_line_count(uint32_t line) {
    uint64_t saved = arch_irq_save();
    const struct irq_line *binding = irq_line_find(line);
    uint64_t count = binding != NULL ? binding->count : 0;
    arch_irq_restore(saved);
    return count;
}

status_t irq_trigger(uint32_t line) {
    if (line < IRQ_SOFTWARE_FIRST || line >= IRQ_SOFTWARE_FIRST + IRQ_SOFTWARE_COUNT) {
        return STATUS_OUT_OF_RANGE;
    }
    return irqchip_trigger(line);
}

/* --- The interrupt ---------------------------------------------------------------------------- */

/* Counts the interrupt. Whether it is one too many within the window. */
static bool irq_line_is_storm_irq(struct irq_line *binding) IRQ_MASKED {
    binding->count++;
    if (LIKELY(binding->limit == 0)) {
        return false;
    }
    instant_t now = arch_timer_now();
    if (now.ticks >= binding->window_end.ticks) {
        binding->window_end = instant_add(now, binding->window);
        binding->in_window = 1;
        return false;
    }
    return ++binding->in_window > binding->limit;
}

/* Tells the thread if it waits; whether it does. */
static bool irq_line_deliver_irq(struct cpu *cpu, struct irq_line *binding,
                                 status_t status) IRQ_MASKED {
    if (prio_queue_is_empty(&binding->waiter)) {
        return false;
    }
    sched_wake_in_door_irq(cpu, sched_take_waiter_irq(&binding->waiter), status);
    return true;
}

void irq_line_interrupt_irq(struct cpu *cpu, uint32_t acknowledged) {
    uint32_t line = irqchip_line(acknowledged);
    struct irq_line *binding = irq_line_find(line);
    if (binding == NULL) {
        irq_handle_other_irq(acknowledged);
        return;
    }
    bool is_storm = irq_line_is_storm_irq(binding);
    if (binding->handler != irq_line_ignore && LIKELY(!is_storm)) {
        BOUND_CALLED(irq_line_handler, binding->handler)(binding->argument);
        irqchip_end(acknowledged);
        return;
    }
    irqchip_shut(line);
    irqchip_end(acknowledged);
    if (UNLIKELY(is_storm)) {
        binding->state = IRQ_LINE_STORMED;
        irq_note_storm_irq(line);
        (void)irq_line_deliver_irq(cpu, binding, STATUS_CLOSED);
        return;
    }
    bool serves = irq_line_deliver_irq(cpu, binding, STATUS_OK);
    binding->state = serves ? IRQ_LINE_SERVED : IRQ_LINE_DELIVERED;
}
