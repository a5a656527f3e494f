/* SPDX-License-Identifier: MIT */
/*
 * Floating-point and SIMD registers change hands: the only code of the kernel that touches them.
 *
 * All of them are saved and loaded, also when their thread gave the CPU up by a task call, which promises only d8 to
 * d15 and FPCR. Nothing of one thread may be seen by another, so what is not loaded would have to be cleared, and that
 * costs as much. Four registers are moved by an instruction.
 *
 * CPACR_EL1.FPEN (Arm ARM DDI 0487, D17.2.33) is written only when the next thread is of the other kind. Opened, it
 * must hold for the instructions right behind, hence the ISB; closed, it must hold from the ERET on, which synchronises.
 */
#include "generated/asm_offsets.h"

#define CPACR_OPEN      (3 << 20)       /* FPEN: neither EL1 nor EL0 traps */

    .arch_extension fp
    .arch_extension simd

    .macro FUNCTION name
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
\name:
    .endm

    .macro END name
    .size \name, . - \name
    .endm

/* x0: the state to clear. */
FUNCTION arch_fp_clear
    .rept   FP_STATE_SIZE / 16
    stp     xzr, xzr, [x0], #16
    .endr
    ret
END arch_fp_clear

/* x0: where to save, or 0; x1: what to load, or 0; not both 0. x2: what to return. */
FUNCTION arch_fp_switch
    cbz     x0, 1f
    st1     {v0.2d - v3.2d}, [x0], #64
    st1     {v4.2d - v7.2d}, [x0], #64
    st1     {v8.2d - v11.2d}, [x0], #64
    st1     {v12.2d - v15.2d}, [x0], #64
    st1     {v16.2d - v19.2d}, [x0], #64
    st1     {v20.2d - v23.2d}, [x0], #64
    st1     {v24.2d - v27.2d}, [x0], #64
    st1     {v28.2d - v31.2d}, [x0], #64
    mrs     x3, fpcr
    mrs     x4, fpsr
    stp     x3, x4, [x0]
    cbnz    x1, 2f
    mov     x0, x2
    msr     cpacr_el1, xzr
    ret
1:  mov     x3, #CPACR_OPEN
    msr     cpacr_el1, x3
    isb
2:  ld1     {v0.2d - v3.2d}, [x1], #64
    ld1     {v4.2d - v7.2d}, [x1], #64
    ld1     {v8.2d - v11.2d}, [x1], #64
    ld1     {v12.2d - v15.2d}, [x1], #64
    ld1     {v16.2d - v19.2d}, [x1], #64
    ld1     {v20.2d - v23.2d}, [x1], #64
    ld1     {v24.2d - v27.2d}, [x1], #64
    ld1     {v28.2d - v31.2d}, [x1], #64
    ldp     x3, x4, [x1]
    msr     fpcr, x3
    msr     fpsr, x4
    mov     x0, x2
    ret
END arch_fp_switch

    .section .note.GNU-stack, "", %progbits
