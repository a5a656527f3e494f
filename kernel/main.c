/* SPDX-License-Identifier: MIT */
/* The boot, high half: one call per line. */
#define LOG_MODULE "boot"

#include "arch/upcalls.h"
#include "arch/user.h"
#include "drivers/irqchip/irqchip.h"
#include "drivers/uart/pl011.h"
#include "kernel/app.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "kernel/exit.h"
#include "kernel/irq/irq.h"
#include "kernel/log_thread.h"
#include "kernel/memory_start.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/user_space.h"
#include "kernel/options.h"
#include "kernel/panic.h"
#include "kernel/sched/sched.h"
#include "kernel/trace_file.h"
#include "lib/bound.h"
#include "platform/machine.h"

#define TIMER_POLLS 100

static struct machine machine;

/* Stops the boot with a reason where a step failed. */
static void boot_must(status_t status, const char *step) {
    if (status != STATUS_OK) {
        panic("boot: %s: %s", step, status_name(status));
    }
}

static void machine_start(const struct boot_info *boot) {
    const void *tree = boot->tree.size != 0 ? phys_to_virt(boot->tree.start) : NULL;
    status_t status = machine_read(&machine, boot, tree);
    panic_set_exit(true); /* QEMU has semihosting; a board without it faults there, and halts */
    pl011_init(vaddr_of(phys_to_virt(boot->uart))); /* the one that the boot tables map */
    console_init(pl011_console());
    options_read(machine.bootargs);
    boot_must(status, "machine");
}

/* The tree may prefer another UART than the first, which could not be reached until now. */
static void console_settle(const struct boot_info *boot) {
    if (machine.uart.start.value != boot->uart.value) {
        pl011_init(vaddr_of(phys_to_virt(machine.uart.start)));
    }
}

static void machine_log(const struct boot_info *boot) {
    static const char *const sources[] = {"none", "x0", "slot"};
    log_info("genrt, entered at EL%u, device tree: %s, %u CPUs (1 used), counter %llu Hz",
             boot->entry_level, sources[boot->tree_source], machine.cpu_count,
             (unsigned long long)time_frequency_hz());
    if (boot->tree_source == BOOT_TREE_NONE) {
        log_warn("no valid device tree: using the emergency values of QEMU virt");
    }
    BOUND_LOOP(warnings, MACHINE_WARNINGS_MAX);
    for (uint32_t i = 0; i < machine.warning_count && i < MACHINE_WARNINGS_MAX; i++) {
        BOUND_TURN(warnings);
        log_warn("device tree: %s: %s", machine.warning[i].text,
                 status_name(machine.warning[i].status));
    }
}

/* Sees the timer interrupt once, from compare to acknowledge, so that a tree with a wrong line or a
 * wrong controller stops the boot with a reason instead of a machine in which no time passes. */
static void timer_prove(const struct cpu *cpu) IRQ_MASKED {
    arch_timer_init();
    arch_timer_arm((instant_t){0}); /* long past */
    BOUND_LOOP(polls, TIMER_POLLS);
    for (unsigned i = 0; i < TIMER_POLLS; i++) {
        BOUND_TURN(polls);
        uint32_t taken = irqchip_acknowledge();
        if (irqchip_line(taken) == cpu->timer_line) {
            arch_timer_arm(INSTANT_NEVER); /* before the end: the line is level */
            irqchip_end(taken);
            return;
        }
        irqchip_end(taken);
    }
    panic("boot: the timer does not interrupt on line %u", cpu->timer_line);
}

static void interrupts_start(struct cpu *cpu) IRQ_MASKED {
    cpu->timer_line = machine.timer_irq;
    boot_must(irqchip_init(vaddr_of(phys_to_virt(machine.gic_distributor.start)),
                           vaddr_of(phys_to_virt(machine.gic_cpu.start))),
              "interrupt controller");
    irq_init(irqchip_controller());
    boot_must(irqchip_enable(cpu->timer_line, THREAD_PRIORITY_MAX), "timer line");
    timer_prove(cpu);
    console_set_line(machine.uart_irq);
    boot_must(irqchip_enable(LOG_THREAD_LINE, CONFIG_LOG_PRIORITY), "log line");
    cpu->lines |= BIT(CONFIG_LOG_PRIORITY) | BIT(0); /* 0: of software lines, always enabled */
    log_debug("%u interrupt lines, timer on line %u", irqchip_line_count(), cpu->timer_line);
}

/* --- The threads of the kernel itself. --- */

static void idle_main(void *argument) {
    (void)argument;
    for (;;) {
        arch_wait_for_interrupt();
    }
}

static void application_main(void *argument) {
    (void)argument;
    app_main();
}

static void thread_add(struct cpu *cpu, thread_entry entry, const char *name, uint8_t priority,
                       uint64_t stack_size) IRQ_MASKED {
    const struct thread_attributes attributes = {
        .name = name, .priority = priority, .stack_size = stack_size, .detached = true};
    struct thread *thread;
    boot_must(thread_create_irq(entry, NULL, &attributes, &thread), name);
    sched_enqueue_irq(cpu, thread);
}

static void threads_start(struct cpu *cpu) IRQ_MASKED {
    static uint8_t idle_stack[1024] ALIGNED(16);
    boot_must(stack_area_init(), "stacks");
    thread_init(cpu);
    thread_create_idle(cpu, idle_main, vaddr_of(idle_stack + sizeof idle_stack));
    const bool traced = CONFIG_TRACE && trace_file_begin(cpu); /* from here on threads are told */
    thread_add(cpu, log_thread_main, "log", CONFIG_LOG_PRIORITY, 0);
    thread_add(cpu, application_main, "main", CONFIG_MAIN_PRIORITY, 0);
    if (traced) {
        thread_add(cpu, trace_file_main, "trace", THREAD_PRIORITY_MIN, 0);
    }
    exit_after(cpu, options_run_limit_ns());
}

void kernel_main(const struct boot_info *boot_low) {
    struct boot_info boot = *boot_low;
    struct cpu *cpu = cpu_init(0);     /* this CPU's state */
    machine_start(&boot);              /* tree, console, options */
    machine_log(&boot);                /* what was found */
    memory_start(&machine, &boot);     /* map, frames, tables, heap */
    arch_user_init();                  /* the empty root */
    user_space_init(CONFIG_ASIDS - 1); /* all are fresh */
    console_settle(&boot);             /* the UART the tree prefers */
    interrupts_start(cpu);             /* controller, timer line */
    threads_start(cpu);                /* stacks, first threads */
    log_thread_take_over();            /* logging no longer waits */
    heap_seal_boot();                  /* the heap is the threads' */
    sched_start(cpu, time_us(CONFIG_QUANTUM_US));
}
