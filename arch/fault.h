/* SPDX-License-Identifier: MIT */
/* A synchronous fault or an impossible entry, as the doors hand it up and the report prints it. */
#ifndef ARCH_FAULT_H
#define ARCH_FAULT_H

#include "arch/frame.h"

struct fault {
    uint64_t syndrome; /* ESR_EL1 */
    uint64_t address;  /* FAR_EL1; meaningful if arch_fault_has_address() */
    bool masked;       /* interrupts were masked: the kernel's own fault */
    uint8_t vector;    /* which of the 16 slots */
};

/* The exception class in words: "data abort, translation fault, level 3". Never null;
 * fits `size`. */
void arch_fault_describe(const struct fault *fault, char *text, unsigned size);

/* What was tried, as far as the syndrome tells. */
enum fault_access {
    FAULT_READS,
    FAULT_WRITES,
    FAULT_EXECUTES,
    FAULT_OTHER,
};
enum fault_access arch_fault_access(const struct fault *fault);

/* Whether `fault->address` says where. */
bool arch_fault_has_address(const struct fault *fault);

/* Whether it was the kernel's, on the kernel stack, and not a thread's. */
bool arch_fault_in_kernel(const struct fault *fault);

/* Hands each register of a frame to `print`, named: one call per line of a report. */
void arch_frame_dump(const struct frame *frame, void (*print)(const char *format, ...));

/* Copies x0 to x30, sp, pc and pstate of a full frame, as debuggers number them. */
#define ARCH_REGISTERS 34
void arch_frame_registers(const struct frame *frame, uint64_t registers[ARCH_REGISTERS]);

/* The longest trace there is. */
#define ARCH_TRACE_MAX 24

/* Walks frame records from the frame (or from the caller when null): fills at most `limit` return
 * addresses (and ARCH_TRACE_MAX), first the pc. Reads only memory that `readable` accepts (16 bytes
 * at an address). Returns how many. */
unsigned arch_stack_trace(const struct frame *frame, uint64_t *addresses, unsigned limit,
                          bool (*readable)(vaddr_t address, uint64_t size));

#endif
