/* SPDX-License-Identifier: MIT */
/* The first instructions of a program. sp points at its arguments (user/lib/start.c), aligned to 16;
 * the caller of all callers is nobody. */
    .section .text._start, "ax"
    .global _start
    .type   _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, sp
    b       program_start
    .size   _start, . - _start
    .section .note.GNU-stack, "", %progbits
