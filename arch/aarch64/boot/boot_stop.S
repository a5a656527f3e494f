/* SPDX-License-Identifier: MIT */
/*
 * How boot ends when it cannot go on, and what catches its exceptions. There may be no stack, no tree and no RAM
 * where expected, so this uses registers only and the PL011 where QEMU virt has it.
 *
 * One fault is foreseen: x0 may hold anything, and reading a tree there may end in an external abort. Such a
 * read goes through boot_read_guarded, whose frame TPIDR_EL1 points at as long as it runs.
 */
#include "lib/bound.h"

#define UART_BASE 0x09000000
#define UART_DR   0x00
#define UART_FR   0x18
#define UART_FR_TXFF 5

#define TEXT_MAX  128       /* characters of one text, with its zero */
#define POLLS_MAX 0x100000  /* for one character; then it is dropped */

#define ESR_CLASS_DATA_ABORT 0x25   /* without a change of level */

/* Says the zero-terminated text at \symbol. Changes x0, x30 and what put_text does. */
.macro say symbol
    adrp    x0, \symbol
    add     x0, x0, :lo12:\symbol
    bl      put_text
.endm

/* Sends w2 to the UART at x1 when that has room, or drops it. Changes x3, x6. The name is that of the loop. */
.macro put_letter name
    mov     x6, #POLLS_MAX
    BOUND_LOOP "\name", POLLS_MAX
773:BOUND_TURN "\name", POLLS_MAX
    subs    x6, x6, #1
    b.eq    772f
    ldr     w3, [x1, #UART_FR]
    tbnz    w3, #UART_FR_TXFF, 773b
    str     w2, [x1, #UART_DR]
772:
.endm

    .text
/* boot_stop(x0: text): says why, on any level, with or without a stack; then sleeps for good. */
    .global boot_stop
    .type boot_stop, %function
boot_stop:
    mov     x10, x0
    say     prefix_text
    mov     x0, x10
    bl      put_text
1:  wfi
    b       1b
    .size boot_stop, . - boot_stop

/* Changes x0..x6. */
    .type put_text, %function
put_text:
    mov     x1, #UART_BASE
    mov     x4, #TEXT_MAX
    BOUND_LOOP "arch/aarch64/boot/boot_stop.S:text", TEXT_MAX
1:  BOUND_TURN "arch/aarch64/boot/boot_stop.S:text", TEXT_MAX
    ldrb    w2, [x0], #1
    cbz     w2, 2f
    put_letter "arch/aarch64/boot/boot_stop.S:text_polls"
    subs    x4, x4, #1
    b.ne    1b
2:  ret
    .size put_text, . - put_text

/* x0 as 16 hexadecimal digits. Changes x0..x6. */
    .type put_hex, %function
put_hex:
    mov     x1, #UART_BASE
    mov     x4, #16
    BOUND_LOOP "arch/aarch64/boot/boot_stop.S:digits", 16
1:  BOUND_TURN "arch/aarch64/boot/boot_stop.S:digits", 16
    ror     x0, x0, #60
    and     w2, w0, #15
    add     w5, w2, #('a' - 10)
    add     w2, w2, #'0'
    cmp     w2, #'9'
    csel    w2, w2, w5, ls
    put_letter "arch/aarch64/boot/boot_stop.S:digit_polls"
    subs    x4, x4, #1
    b.ne    1b
    ret
    .size put_hex, . - put_hex

/* The rest of boot_read_guarded, with its answer in w0. */
.macro guarded_return
    msr     tpidr_el1, xzr
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret
.endm

/* bool boot_read_guarded(const void *tree, uint64_t limit, struct low_facts *facts); see boot.h. */
    .global boot_read_guarded
    .type boot_read_guarded, %function
boot_read_guarded:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x29, sp
    msr     tpidr_el1, x29
    bl      low_fdt_read
    guarded_return
    .size boot_read_guarded, . - boot_read_guarded

/* No ERET on the way back to who called boot_read_guarded: the exception changed neither level, stack pointer nor
 * masks. */
    .type boot_exception, %function
boot_exception:
    mrs     x9, tpidr_el1
    cbz     x9, 1f
    mrs     x10, esr_el1
    lsr     x10, x10, #26
    cmp     x10, #ESR_CLASS_DATA_ABORT
    b.ne    1f
    mov     sp, x9
    mov     w0, #0
    guarded_return
1:  say     prefix_text
    say     esr_text
    mrs     x0, esr_el1
    bl      put_hex
    say     elr_text
    mrs     x0, elr_el1
    bl      put_hex
    say     far_text
    mrs     x0, far_el1
    bl      put_hex
    say     end_text
2:  wfi
    b       2b
    .size boot_exception, . - boot_exception

    .section .text.vectors, "ax"
    .balign 2048
    .global boot_vectors
    .type boot_vectors, %function
boot_vectors:
    .rept   16
    .balign 128
    b       boot_exception
    .endr
    .size boot_vectors, . - boot_vectors

    .section .rodata, "a"
prefix_text:
    .asciz  "\r\ngenrt: cannot boot: "
esr_text:
    .asciz  "exception, ESR "
elr_text:
    .asciz  " ELR "
far_text:
    .asciz  " FAR "
end_text:
    .asciz  "\r\n"

    .section .note.GNU-stack, "", %progbits
