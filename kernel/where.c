/* SPDX-License-Identifier: MIT */
/*
 * From the most particular to the least: the null pointer, the stacks of threads, the regions that
 * have names, and what lies beyond and between them.
 */
#include "kernel/where.h"

#include <stdarg.h>

#include "arch/cpu.h"
#include "arch/probe.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/region.h"
#include "kernel/panic.h"
#include "kernel/sched/sched.h"
#include "lib/bound.h"
#include "lib/format.h"

#define USER_END UINT64_C(0x0001000000000000)

/* A text that grows within its size. */
struct text {
    char *start;
    size_t size;
    size_t length;
};

static void text_add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
static void text_add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = text->size - text->length;
    size_t length = format_buffer_list(text->start + text->length, room, format, arguments);
    va_end(arguments);
    text->length += length < room ? length : room - 1;
}

/* Bytes, or a larger unit where no byte matters. */
static NOINLINE void text_add_distance(struct text *text, uint64_t bytes) {
    static const char *const units[] = {"MiB", "GiB", "TiB"};
    if (bytes < UINT64_C(1) << 20) {
        text_add(text, "%llu byte%s", (unsigned long long)bytes, bytes == 1 ? "" : "s");
        return;
    }
    unsigned unit = bytes < UINT64_C(1) << 30 ? 0 : bytes < UINT64_C(1) << 40 ? 1 : 2;
    text_add(text, "%llu %s", (unsigned long long)(bytes >> (20 + 10 * unit)), units[unit]);
}

/* --- What is right at a place, and what was done ------------------------------------------------ */

static const char *const uses[] = {
    [REGION_TEXT] = "to read and execute", [REGION_CONSTANTS] = "to read",
    [REGION_DATA] = "to read and write",   [REGION_DEVICE] = "registers, to read and write",
    [REGION_GUARD] = "never mapped",
};

static bool use_allows(enum region_use use, enum fault_access access) {
    switch (access) {
    case FAULT_WRITES:
        return use == REGION_DATA || use == REGION_DEVICE;
    case FAULT_EXECUTES:
        return use == REGION_TEXT;
    default:
        return use != REGION_GUARD;
    }
}

static void text_add_access(struct text *text, enum fault_access access) {
    static const char *const accesses[] = {[FAULT_READS] = "a read",
                                           [FAULT_WRITES] = "a write",
                                           [FAULT_EXECUTES] = "an execution",
                                           [FAULT_OTHER] = "another access"};
    text_add(text, "; this was %s", accesses[access]);
}

/* `address` lies in something for `use`. */
static void text_add_use(struct text *text, enum region_use use, vaddr_t address,
                         enum fault_access access) {
    text_add(text, ": %s", uses[use]);
    if (!use_allows(use, access)) {
        text_add_access(text, access);
    } else if (use != REGION_DEVICE && !arch_probe_readable(address, 1)) {
        text_add(text, "; but this page is not mapped");
    }
}

/* --- Stacks ------------------------------------------------------------------------------------- */

/* Who has it: a slot's own stack may lie idle. NULL: nobody. */
static const struct thread *stack_owner(const struct stack *stack) {
    const struct thread *owner = NULL;
    BOUND_LOOP(slots, CONFIG_THREAD_SLOTS);
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        BOUND_TURN(slots);
        if (thread_slots[i].stack == stack && thread_slots[i].state != THREAD_FREE) {
            owner = &thread_slots[i];
        }
    }
    return owner;
}

static const struct thread *running(void) {
    const struct cpu *cpu = arch_cpu_self();
    return arch_probe_readable(vaddr_of(cpu), sizeof cpu->current) ? cpu->current : NULL;
}

/* "the stack of thread 'x' (3.1)". Returns whether it is the running one's, in words. */
static const char *text_add_owner(struct text *text, const struct stack *stack) {
    const struct thread *owner = stack_owner(stack);
    struct panic_subject subject;
    if (owner == NULL || !panic_subject_of(owner, &subject)) {
        text_add(text, "a stack that nobody has");
        return "";
    }
    text_add(text, "the stack of thread '%s' (%u.%u)", subject.name, subject.index,
             subject.generation);
    return owner == running() ? ", its own" : ", not its own";
}

/* The running thread's stack, if the address lies within a page behind its end: overlooked by
 * stack_find(), because the guard there is the next stack's. */
static const struct stack *stack_left(vaddr_t address) {
    const struct thread *self = running();
    if (self == NULL || !arch_probe_readable(vaddr_of(self), sizeof *self) ||
        !arch_probe_readable(vaddr_of(self->stack), sizeof *self->stack)) {
        return NULL;
    }
    return address.value - stack_top(self->stack).value < PAGE_SIZE ? self->stack : NULL;
}

static bool describe_stack(struct text *text, vaddr_t address, enum fault_access access) {
    const struct stack *left = stack_left(address);
    const struct stack *stack = left != NULL ? left : stack_find(address);
    if (stack == NULL) {
        return false;
    }
    const uint64_t low = stack->low.value;
    const bool inside = left == NULL && address.value >= low;
    if (!inside) {
        text_add(text, "guard page ");
        text_add_distance(text, left != NULL ? address.value - stack_top(stack).value
                                             : low - address.value);
        text_add(text, left != NULL ? " above the end of " : " below ");
    }
    const char *whose = text_add_owner(text, stack);
    if (inside) {
        text_add(text, " + ");
        text_add_distance(text, address.value - low);
    }
    text_add(text, "%s", whose);
    text_add_use(text, inside ? REGION_DATA : REGION_GUARD, address, access);
    return true;
}

/* --- Regions ------------------------------------------------------------------------------------ */

static bool describe_region(struct text *text, vaddr_t address, enum fault_access access) {
    struct region region;
    if (!region_at(address, &region)) {
        return false;
    }
    uint64_t offset = address.value - region.start.value;
    if (region.use == REGION_GUARD) {
        text_add(text, "guard page ");
        text_add_distance(text, region.size - offset);
        text_add(text, " below %s", region.name);
    } else {
        text_add(text, "%s + ", region.name);
        text_add_distance(text, offset);
    }
    text_add_use(text, region.use, address, access);
    return true;
}

/* What threads map in the dynamic area has no name. */
static bool describe_page(struct text *text, vaddr_t address, enum fault_access access) {
    if (!arch_probe_readable(address, 1)) {
        return false;
    }
    text_add(text, "a page without a name: mapped to read");
    text_add_access(text, access);
    return true;
}

/* Of the process that runs, if one does: in any other thread nothing of it is mapped. */
static void describe_user(struct text *text, vaddr_t address, enum fault_access access) {
    const bool mapped = arch_probe_readable(address, 1);
    text_add(text, mapped ? "user half: mapped to read" : "user half: not mapped");
    if (mapped) {
        text_add_access(text, access);
    }
}

static void describe_nothing(struct text *text, vaddr_t address) {
    struct region region;
    paddr_t physical;
    text_add(text, "no memory mapped");
    if (virt_to_phys_direct(vaddr_pointer(address), &physical) == STATUS_OK) {
        text_add(text, " at physical 0x%llx", (unsigned long long)physical.value);
    }
    if (!region_nearest(address, &region)) {
        return;
    }
    const bool above = region.start.value > address.value;
    text_add(text, ": nearest is %s, which %s ", region.name, above ? "begins" : "ends");
    text_add_distance(text, above ? region.start.value - address.value
                                  : address.value - (region.start.value + region.size));
    text_add(text, above ? " above" : " below");
}

void where_describe(vaddr_t address, enum fault_access access, char *text, size_t size) {
    struct text out = {text, size, 0};
    if (address.value == 0) {
        text_add(&out, "null pointer: never mapped");
    } else if (address.value < PAGE_SIZE) {
        text_add(&out, "null pointer + ");
        text_add_distance(&out, address.value);
        text_add(&out, ": never mapped");
    } else if (describe_stack(&out, address, access) || describe_region(&out, address, access)) {
        return;
    } else if (address.value < USER_END) {
        describe_user(&out, address, access);
    } else if (address.value < KERNEL_HVA_OFFSET) {
        text_add(&out, "no address: its upper 16 bits are neither all 0 nor all 1");
    } else if (!describe_page(&out, address, access)) {
        describe_nothing(&out, address);
    }
}
