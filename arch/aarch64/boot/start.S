/* SPDX-License-Identifier: MIT */
/*
 * The first instruction. One image for both ways in: its first 64 bytes are the header of an arm64 Image (whose
 * first word is a branch), and the ELF's entry point is that branch. Everything in this directory is linked
 * where it is loaded, and runs with the MMU off until boot_handover.
 *
 * In: x0 = the device tree, if the loader has one. MMU and data cache off. EL1 or EL2, any CPU.
 *
 * Sources: "Booting AArch64 Linux" (header, x0, caches); Arm ARM DDI 0487, D17.2 for every register here.
 */
#include "arch/aarch64/pte.h"
#include "config.h"
#include "lib/bound.h"

#define IMAGE_TEXT_OFFSET 0x80000
#define IMAGE_FLAGS       0x2   /* little endian, 4 KiB pages, 2 MiB base at the start of RAM */

#define SCTLR_EL1_MMU_OFF 0x30d00800    /* the bits that are one where nothing says otherwise */
#define HCR_EL2_RW        (1 << 31)     /* EL1 is AArch64; nothing else is trapped or routed */
#define CNTHCTL_EL2_OPEN  3             /* EL1 reads the physical counter and has the physical timer */
#define CPTR_EL2_OPEN     0x32ff | 0x100 /* FP and SIMD free for EL1; SVE trapped; the rest is RES1 */
#define SPSR_EL1H_MASKED  0x3c5

#define CACHE_LINE_MIN    16    /* bytes: CCSIDR_EL1.LineSize cannot say less */

    .section .text.start, "ax"
    .global _start
_start:
    b       boot_entry
    .word   0
    .quad   IMAGE_TEXT_OFFSET
    .quad   __image_size            /* .bss included: the loader keeps the tree out of it */
    .quad   IMAGE_FLAGS
    .quad   0
    .quad   0
    .quad   0
    .ascii  "ARM\x64"
    .word   0

    .type boot_entry, %function
boot_entry:
    msr     daifset, #15
    mov     x19, x0
    mrs     x1, mpidr_el1
    and     x2, x1, #0xffffff
    ubfx    x1, x1, #32, #8
    orr     x1, x1, x2
    cbnz    x1, park

    adr     x1, _start
    mov     x2, #KERNEL_IMAGE_BASE
    cmp     x1, x2
    b.ne    misplaced

    mrs     x20, CurrentEL
    lsr     x20, x20, #2
    cmp     x20, #2
    b.hi    level_3
    b.ne    level_1

    /* EL2: lets EL1 see the machine as it is, then goes there. */
    mov     x0, #HCR_EL2_RW
    msr     hcr_el2, x0
    isb                             /* below, names with and without VHE mean different registers */
    mov     x0, #CNTHCTL_EL2_OPEN
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr        /* the virtual counter is the physical one */
    mov     x0, #(CPTR_EL2_OPEN)
    msr     cptr_el2, x0
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    mrs     x0, id_aa64dfr0_el1     /* all event counters to EL1, if there are any */
    ubfx    x0, x0, #8, #4
    cbz     x0, 1f
    cmp     x0, #15                 /* a performance monitor that is not the architected one */
    csel    x0, xzr, x0, eq
    cbz     x0, 1f
    mrs     x0, pmcr_el0
    ubfx    x0, x0, #11, #5
1:  msr     mdcr_el2, x0
    mov     w0, #(SCTLR_EL1_MMU_OFF & 0xffff)
    movk    w0, #(SCTLR_EL1_MMU_OFF >> 16), lsl #16
    msr     sctlr_el1, x0
    mov     x0, #SPSR_EL1H_MASKED
    msr     spsr_el2, x0
    adr     x0, level_1
    msr     elr_el2, x0
    eret

level_1:
    mov     w0, #(SCTLR_EL1_MMU_OFF & 0xffff)
    movk    w0, #(SCTLR_EL1_MMU_OFF >> 16), lsl #16
    msr     sctlr_el1, x0
    isb
    msr     spsel, #1
    msr     tpidr_el1, xzr          /* no guarded read is under way: see boot_stop.S */
    adr     x0, boot_vectors
    msr     vbar_el1, x0
    isb

    /* The loader brought neither zeroes nor clean cache lines for what is not in the file. A dirty line left
     * there would be written back over what is stored now, so lines go first. */
    adrp    x0, __boot_bss_start
    adrp    x1, __boot_bss_end
    bl      boot_cache_invalidate
    adrp    x0, __boot_bss_start
    adrp    x1, __boot_bss_end
    BOUND_LOOP "arch/aarch64/boot/start.S:bss", CONFIG_BOOT_BSS_MAX / 64
2:  BOUND_TURN "arch/aarch64/boot/start.S:bss", CONFIG_BOOT_BSS_MAX / 64
    stp     xzr, xzr, [x0]
    stp     xzr, xzr, [x0, #16]
    stp     xzr, xzr, [x0, #32]
    stp     xzr, xzr, [x0, #48]
    add     x0, x0, #64             /* both ends are page aligned */
    cmp     x0, x1
    b.lo    2b

    adrp    x0, boot_stack_top
    add     x0, x0, :lo12:boot_stack_top
    mov     sp, x0
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x19
    mov     x1, x20
    b       boot_main

park:
    wfe
    b       park

misplaced:
    adr     x0, misplaced_text
    b       boot_stop
level_3:
    adr     x0, level_3_text
    b       boot_stop
    .size boot_entry, . - boot_entry

/* boot_cache_invalidate(x0: first byte, x1: end): drops the lines of [x0, x1), page aligned and of
 * CONFIG_BOOT_BSS_MAX bytes at most, from all data caches up to memory, without writing them back. Changes x0,
 * x2, x3. */
    .text
    .global boot_cache_invalidate
    .type boot_cache_invalidate, %function
boot_cache_invalidate:
    mrs     x2, ctr_el0
    ubfx    x2, x2, #16, #4         /* DminLine: log2 of words */
    mov     x3, #4
    lsl     x2, x3, x2
    sub     x3, x2, #1
    bic     x0, x0, x3
    BOUND_LOOP "arch/aarch64/boot/start.S:lines", CONFIG_BOOT_BSS_MAX / CACHE_LINE_MIN
1:  BOUND_TURN "arch/aarch64/boot/start.S:lines", CONFIG_BOOT_BSS_MAX / CACHE_LINE_MIN
    dc      ivac, x0
    add     x0, x0, x2
    cmp     x0, x1
    b.lo    1b
    dsb     sy
    ret
    .size boot_cache_invalidate, . - boot_cache_invalidate

    .section .rodata, "a"
misplaced_text:
    .asciz  "image not loaded at 0x40080000, and it cannot run elsewhere\r\n"
level_3_text:
    .asciz  "entered at EL3: start without secure=on, or let firmware enter at EL2 or EL1\r\n"

    .section .bss, "aw", %nobits
    .balign 16
    .skip   8192
boot_stack_top:

    .section .note.GNU-stack, "", %progbits
