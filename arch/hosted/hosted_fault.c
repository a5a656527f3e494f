/* SPDX-License-Identifier: MIT */
/* Faults without a machine: what a test says happened. There are no registers to show. */
#include "arch/hosted/hosted_internal.h"
#include "arch/probe.h"
#include "arch/upcalls.h"
#include "lib/context.h"

#include <stdio.h>

NO_CONTEXT_CHECK void hosted_fault(const struct fault *fault) {
    hosted_door_enter(HOSTED_FAULT);
    hosted_stack_clean(hosted.running); /* the kernel may put its report at the top */
    hosted_door_leave(kernel_fault(hosted.running, fault));
    hosted_interrupt_point();
}

void arch_fault_describe(const struct fault *fault, char *text, unsigned size) {
    (void)snprintf(text, size, "simulated fault %llu", (unsigned long long)fault->syndrome);
}

bool arch_fault_has_address(const struct fault *fault) {
    return fault->address != 0;
}

enum fault_access arch_fault_access(const struct fault *fault) {
    (void)fault;
    return FAULT_OTHER;
}

void arch_frame_dump(const struct frame *frame, void (*print)(const char *format, ...)) {
    print("stack top %llx, kind %u\n", (unsigned long long)frame->stack_top.value,
          (unsigned)frame->kind);
}

unsigned arch_stack_trace(const struct frame *frame, uint64_t *addresses, unsigned limit,
                          bool (*readable)(vaddr_t address, uint64_t size)) {
    (void)readable;
    if (frame == NULL || limit == 0) {
        return 0;
    }
    addresses[0] = (uint64_t)(uintptr_t)frame->entry;
    return 1;
}

/* Nobody asks about foreign memory here: all but null and its neighbours is readable. */
bool arch_probe_readable(vaddr_t address, uint64_t size) {
    return address.value >= PAGE_SIZE && address.value <= UINT64_MAX - size;
}
