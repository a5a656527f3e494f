/* SPDX-License-Identifier: MIT */
/*
 * bool sweep_align(uint64_t start): burns instructions so that it returns at `start` plus a constant of
 * a few ticks, whenever it was called: an instruction is a tick. True: called too late for that.
 */
#define SHORTEST 32
#define TURNS_LESS 3                    /* so many of two instructions stand elsewhere: it returns just after `start` */

    .text
    .global sweep_align
    .type sweep_align, %function
sweep_align:
    isb
    mrs     x1, cntvct_el0
    sub     x2, x0, x1
    cmp     x2, #SHORTEST
    b.lt    2f
    tbz     x2, #0, 1f                  /* an odd rest: one instruction more */
    nop
1:  lsr     x2, x2, #1
    sub     x2, x2, #TURNS_LESS
0:  subs    x2, x2, #1
    b.ne    0b
    mov     w0, #0
    ret
2:  mov     w0, #1
    ret
    .size sweep_align, . - sweep_align
    .global sweep_align_end
sweep_align_end:
