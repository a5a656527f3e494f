/* SPDX-License-Identifier: MIT */
/*
 * ESR_EL1 in words. Pure: what the hardware says about an exception, without the exception. Source:
 * Arm ARM DDI 0487, D17.2.37 (ESR_EL1).
 */
#ifndef ARCH_AARCH64_SYNDROME_H
#define ARCH_AARCH64_SYNDROME_H

#include "lib/compiler.h"

enum syndrome_class {
    SYNDROME_UNKNOWN = 0x00,
    SYNDROME_SVC64 = 0x15,
    SYNDROME_INSTRUCTION_ABORT_LOWER = 0x20,
    SYNDROME_INSTRUCTION_ABORT = 0x21,
    SYNDROME_PC_ALIGNMENT = 0x22,
    SYNDROME_DATA_ABORT_LOWER = 0x24,
    SYNDROME_DATA_ABORT = 0x25,
    SYNDROME_SP_ALIGNMENT = 0x26,
    SYNDROME_WATCHPOINT_LOWER = 0x34,
    SYNDROME_WATCHPOINT = 0x35,
    SYNDROME_BRK64 = 0x3c,
};

static inline unsigned syndrome_class_of(uint64_t syndrome) {
    return (unsigned)(syndrome >> 26) & 0x3f;
}

/* "data abort", ... "reserved exception class" for those not architected. Never null. O(1). */
const char *syndrome_class_name(unsigned class);

/* Instruction and data aborts and watchpoints: the status code, the low six bits of the syndrome,
 * without its level: "translation fault". Never null. O(1). */
const char *syndrome_status_name(unsigned status);

/* The level of the table walk that the status code tells, -2..3; false: it tells none. O(1). */
bool syndrome_status_level(unsigned status, int *level);

/* Whether the class carries a status code (aborts). O(1). */
bool syndrome_is_abort(unsigned class);
bool syndrome_is_data_abort(unsigned class);

#endif
