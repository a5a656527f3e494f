/* SPDX-License-Identifier: MIT */
/*
 * Copies with user mode's rights: LDTR reads as EL0 would, so an address of the kernel is as bad as one where nothing
 * is, and PAN does not matter. A fault between the two labels ends the copy (vector_kernel_sync in vectors.S).
 */
#include "generated/asm_offsets.h"
#include "lib/bound.h"

    .text
/* x0: to, x1: from, x2: bytes. The kernel's own stores are outside the labels. Clobbers x3, x16. */
    .global arch_user_copy_from
    .type arch_user_copy_from, %function
arch_user_copy_from:
    BOUND_LOOP "arch/aarch64/user_copy.S:words", 16
1:  subs    x2, x2, #8
    b.lo    2f
    BOUND_TURN "arch/aarch64/user_copy.S:words", 16
    .global user_copy_word, user_copy_byte
user_copy_word:
    ldtr    x3, [x1]
    add     x1, x1, #8
    str     x3, [x0], #8
    b       1b
2:  add     x2, x2, #8
    BOUND_LOOP "arch/aarch64/user_copy.S:bytes", 7
3:  cbz     x2, 4f
    BOUND_TURN "arch/aarch64/user_copy.S:bytes", 7
user_copy_byte:
    ldtrb   w3, [x1]
    add     x1, x1, #1
    strb    w3, [x0], #1
    sub     x2, x2, #1
    b       3b
4:  mov     w0, #0
    ret
    .global user_copy_bad
user_copy_bad:
    mov     w0, #STATUS_BAD_ADDRESS_VALUE
    ret
    .size arch_user_copy_from, . - arch_user_copy_from

    .section .note.GNU-stack, "", %progbits
