/* SPDX-License-Identifier: MIT */
/*
 * A machine for programs without a kernel: EL1, caches and an identity map (0 to 1 GiB device, 1 to 2 GiB memory),
 * the cycle counter, which under `-icount shift=0` counts instructions, and the window that counts those of one call.
 */
#define MAIR_DEVICE_AND_MEMORY  0xff00
#define TCR_39_BITS             ((1 << 23) | (3 << 12) | (1 << 10) | (1 << 8) | 25)
#define SCTLR_MMU_AND_CACHES    0x1005
#define BLOCK_DEVICE            0x401
#define BLOCK_MEMORY            0x705
#define SEMIHOSTING_EXIT        0x20
#define PAINTED                 4096
#define PATTERN                 0x5bd1e995c2b2ae35

    .macro FUNCTION name
    .global \name
    .type \name, %function
\name:
    .endm

    .macro END name
    .size \name, . - \name
    .endm

    .section .text.start, "ax"
FUNCTION _start
    adrp    x0, stack_top
    add     x0, x0, :lo12:stack_top
    mov     sp, x0
    adrp    x0, vectors
    msr     vbar_el1, x0
    ldr     x0, =MAIR_DEVICE_AND_MEMORY
    msr     mair_el1, x0
    ldr     x0, =TCR_39_BITS
    msr     tcr_el1, x0
    adrp    x0, identity_map
    msr     ttbr0_el1, x0
    isb
    mrs     x0, sctlr_el1
    ldr     x1, =SCTLR_MMU_AND_CACHES
    orr     x0, x0, x1
    msr     sctlr_el1, x0
    isb
    mov     x0, #5                  /* PMCR_EL0: enable, reset the cycle counter */
    msr     pmcr_el0, x0
    mov     x0, #(1 << 31)          /* PMCNTENSET_EL0: the cycle counter */
    msr     pmcntenset_el0, x0
    isb
    bl      program_main
    b       machine_exit
    .ltorg
END _start

/* machine_exit(status) */
FUNCTION machine_exit
    ldr     x1, =0x20026            /* the application ends by its own wish */
    stp     x1, x0, [sp, #-16]!
    mov     x0, #SEMIHOSTING_EXIT
    mov     x1, sp
    hlt     #0xf000
    b       .
    .ltorg
END machine_exit

/* machine_window(function, a, b, c, d, &result): what the counter says of function(a, b, c, d); its result, and how
 * many bytes below SP it has written to, as far as PAINTED tells. */
FUNCTION machine_window
    stp     x29, x30, [sp, #-32]!
    stp     x19, x20, [sp, #16]
    mov     x20, x5
    ldr     x9, =PATTERN
    sub     x10, sp, #PAINTED
1:  str     x9, [x10], #8
    cmp     sp, x10
    b.ne    1b
    mov     x9, x0
    mov     x0, x1
    mov     x1, x2
    mov     x2, x3
    mov     x3, x4
    isb
    mrs     x19, pmccntr_el0
    blr     x9
    isb
    mrs     x1, pmccntr_el0
    ldr     x9, =PATTERN
    sub     x10, sp, #PAINTED
2:  cmp     sp, x10
    b.eq    3f
    ldr     x11, [x10], #8
    cmp     x11, x9
    b.eq    2b
    sub     x10, x10, #8
3:  sub     x11, sp, x10
    stp     x0, x11, [x20]
    sub     x0, x1, x19
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #32
    ret
    .ltorg
END machine_window

/* Two functions whose cost is plain: 1 and 3 instructions. */
FUNCTION calibration_1
    ret
END calibration_1

FUNCTION calibration_3
    add     x0, x0, x1
    add     x0, x0, x1
    ret
END calibration_3

    .balign 2048
vectors:
    .rept 16
    mov     x0, #3
    b       machine_exit
    .balign 128
    .endr

    .section .rodata.identity_map, "a"
    .balign 4096
identity_map:
    .quad   0x00000000 | BLOCK_DEVICE
    .quad   0x40000000 | BLOCK_MEMORY
    .fill   510, 8, 0
