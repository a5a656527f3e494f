/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of the high half. The low part has turned the MMU on and jumped here; from now on nothing
 * runs or is reached by a low address.
 *
 * In: x0 = high alias of the boot_info, which lies in the low part's memory, outside .bss.
 */
#include "config.h"
#include "lib/bound.h"

    .section .text.entry, "ax"
    .global high_entry
    .type high_entry, %function
high_entry:
    adrp    x1, __bss_start
    adrp    x2, __bss_end
    BOUND_LOOP "arch/aarch64/high_entry.S:bss", CONFIG_BSS_MAX / 64
1:  cmp     x1, x2                  /* both page aligned; .bss may be empty */
    b.hs    2f
    BOUND_TURN "arch/aarch64/high_entry.S:bss", CONFIG_BSS_MAX / 64
    stp     xzr, xzr, [x1]
    stp     xzr, xzr, [x1, #16]
    stp     xzr, xzr, [x1, #32]
    stp     xzr, xzr, [x1, #48]
    add     x1, x1, #64
    b       1b

2:  adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    msr     cpacr_el1, xzr          /* FP, SIMD and SVE trap, at EL0 and EL1: arch/fp.h opens */
    isb

    msr     spsel, #1
    adrp    x1, boot_kernel_stack_top
    add     x1, x1, :lo12:boot_kernel_stack_top
    mov     sp, x1
    mov     x29, xzr                /* a stack trace ends here */
    mov     x30, xzr
    bl      kernel_main
3:  wfi
    b       3b
    .size high_entry, . - high_entry

    .section .bss.boot_stack, "aw", %nobits
    .balign 4096
    .skip   CONFIG_KERNEL_STACK_SIZE
    .global boot_kernel_stack_top
boot_kernel_stack_top:

    .section .note.GNU-stack, "", %progbits
