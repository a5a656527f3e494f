/* SPDX-License-Identifier: MIT */
/*
 * The one way out of the low part: turns the MMU and the caches on, and goes on in the high half. Nothing else in
 * .boot.* may name a high address or branch out; tools/check_boot.py knows these two symbols and refuses more.
 * Source: Arm ARM DDI 0487, D8.14 (TLB), D7.5 (caches), B2.3 (barriers).
 */
#include "arch/aarch64/pte.h"
#include "lib/bound.h"

/* MMU, data and instruction caches, stack alignment checks, over the bits that are always one. */
#define SCTLR_EL1_MMU_ON 0x30d0181d

    .text
/* boot_handover(x0: TTBR0, x1: TTBR1, x2: TCR, x3: boot_info). Does not return. */
    .global boot_handover
    .type boot_handover, %function
boot_handover:
    mov     x19, x0
    mov     x20, x1
    mov     x21, x2
    mov     x22, x3

    /* Tables, boot_info and stack were stored past the caches, and nothing may have stayed in them from before:
     * from here on they are read through the caches. No store until the MMU is on. */
    dsb     sy
    adrp    x0, __boot_bss_start
    adrp    x1, __boot_bss_end
    bl      boot_cache_invalidate

    mov     x0, #(MAIR_BITS & 0xffff)
    movk    x0, #(MAIR_BITS >> 16), lsl #16
    msr     mair_el1, x0
    msr     tcr_el1, x21
    msr     ttbr0_el1, x19
    msr     ttbr1_el1, x20
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb

    mov     x0, #(SCTLR_EL1_MMU_ON & 0xffff)
    movk    x0, #(SCTLR_EL1_MMU_ON >> 16), lsl #16
    msr     sctlr_el1, x0
    isb

    mov     x1, #KERNEL_HVA_OFFSET
    add     x0, x22, x1
    mov     x2, sp
    add     x2, x2, x1
    mov     sp, x2
    ldr     x3, boot_handover_target
    BOUND_CALLS_TABLE boot_handover_target
    br      x3
    .balign 8
    .type boot_handover_target, %object
boot_handover_target:
    .quad   high_entry
    .size boot_handover_target, . - boot_handover_target
    .size boot_handover, . - boot_handover

    .section .note.GNU-stack, "", %progbits
