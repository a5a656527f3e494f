/* SPDX-License-Identifier: MIT */
/*
 * Registers in variables. A thread of a test reaches them through hosted_fp_registers(), as an
 * instruction would, and finds them closed where the machine would trap.
 */
#ifndef ARCH_INLINE_FP_H
#define ARCH_INLINE_FP_H

struct fp_state {
    uint64_t vector[2 * 32];
    uint64_t control;
    uint64_t status;
};

/* The registers of the CPU; NULL: closed. */
struct fp_state *hosted_fp_registers(void);

/* As after power-on: closed, with something in them. */
void hosted_fp_reset(void);

#endif
