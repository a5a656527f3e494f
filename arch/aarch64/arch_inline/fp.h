/* SPDX-License-Identifier: MIT */
/* The registers as arch/aarch64/fp.S stores them: offsets are checked by asm_offsets.c. */
#ifndef ARCH_INLINE_FP_H
#define ARCH_INLINE_FP_H

struct fp_state {
    uint64_t vector[2 * 32]; /* v0 .. v31 */
    uint64_t control;        /* FPCR */
    uint64_t status;         /* FPSR */
} __attribute__((aligned(16)));

#endif
