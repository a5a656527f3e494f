/* SPDX-License-Identifier: MIT */
/*
 * The doors. While a thread runs, SP_EL1 points at its frame (the start of its thread object) and the thread
 * itself uses SP_EL0; so an entry can store registers at once, without a scratch register and whatever the
 * thread's own stack looks like. Then SP_EL1 becomes the CPU's kernel stack, whose top is TPIDR_EL1.
 *
 *   task call (SVC)  a voluntary frame: x19..x30 and sp. What a function may clobber is not stored; the thread
 *                    goes on at x30, as if the SVC were the callee's `ret`; x0 carries the result.
 *   IRQ, fault       a full frame.
 *   system call      SVC of user mode, its number in x8: a full frame too, but what a function may clobber is zero in
 *                    it, so that a call that waits, or switches, comes back with results and nothing else.
 *
 * One exit, frame_resume, restores either kind. Whatever comes from EL1h is the kernel's own fault, but for a
 * copy from or to user mode, which ends with a status instead.
 */
#include "generated/asm_offsets.h"
#include "abi/syscall.h"
#include "arch/task_call.h"
#include "lib/bound.h"

#define ESR_SVC64        0x5600         /* EC 0x15, IL; << 16 */
#define FRAME_VOLUNTARY  4              /* as in arch_inline/frame.h: asm_offsets.c checks it. It is the PSTATE of
                                         * such a frame (EL1t, all unmasked), so that the exit has it at hand */
#define PAIR(n)          [sp, #(FRAME_X + 8 * (n))]

    .macro FUNCTION name
    .global \name
    .type \name, %function
\name:
    .endm

    .macro END name
    .size \name, . - \name
    .endm

    /* x16 and x17 of the interrupted thread; then the rest of a full frame. */
    .macro STORE_SCRATCH
    stp     x16, x17, PAIR(16)
    .endm

    .macro STORE_4_TO_15
    stp     x4, x5, PAIR(4)
    stp     x6, x7, PAIR(6)
    stp     x8, x9, PAIR(8)
    stp     x10, x11, PAIR(10)
    stp     x12, x13, PAIR(12)
    stp     x14, x15, PAIR(14)
    .endm

    .macro STORE_18_TO_29
    stp     x18, x19, PAIR(18)
    stp     x20, x21, PAIR(20)
    stp     x22, x23, PAIR(22)
    stp     x24, x25, PAIR(24)
    stp     x26, x27, PAIR(26)
    stp     x28, x29, PAIR(28)
    .endm

    .macro STORE_FULL_REST
    stp     x0, x1, PAIR(0)
    stp     x2, x3, PAIR(2)
    STORE_4_TO_15
    STORE_18_TO_29
    mrs     x16, elr_el1
    stp     x30, x16, PAIR(30)
    mrs     x17, sp_el0
    stp     x17, xzr, [sp, #FRAME_SP]
    mrs     x16, spsr_el1
    str     x16, [sp, #FRAME_PSTATE]
    .endm

    .macro TO_KERNEL_STACK
    mrs     x16, tpidr_el1
    mov     sp, x16
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global vectors
vectors:
    /* Current EL with SP_EL0: threads. */
    .balign 128
FUNCTION vector_thread_sync
    STORE_SCRATCH
    mrs     x16, esr_el1
    mov     w17, #(ESR_SVC64 << 16)
    sub     w16, w16, w17
    cmp     w16, #TASK_CALL_COUNT
    b.hs    thread_fault                /* any other class, or an immediate without a call */
    stp     x19, x20, PAIR(19)
    stp     x21, x22, PAIR(21)
    stp     x23, x24, PAIR(23)
    stp     x25, x26, PAIR(25)
    stp     x27, x28, PAIR(27)
    stp     x29, x30, PAIR(29)
    mrs     x17, sp_el0
    mov     w18, #FRAME_VOLUNTARY
    stp     x17, x18, [sp, #FRAME_SP]
    mrs     x17, tpidr_el1
    mov     sp, x17
    adr     x18, task_call_table
    ldr     x16, [x18, w16, uxtw #3]
    BOUND_CALLS_TABLE task_call_table
    blr     x16
    b       frame_resume
END vector_thread_sync

    .balign 128
FUNCTION vector_thread_irq
    STORE_SCRATCH
    STORE_FULL_REST
    TO_KERNEL_STACK
    bl      kernel_irq
    b       frame_resume
END vector_thread_irq

    .balign 128
FUNCTION vector_thread_fiq
    STORE_SCRATCH
    STORE_FULL_REST
    mov     w1, #2
    b       thread_unexpected
END vector_thread_fiq

    .balign 128
FUNCTION vector_thread_serror
    STORE_SCRATCH
    STORE_FULL_REST
    mov     w1, #3
    b       thread_unexpected
END vector_thread_serror

    /* Current EL with SP_EL1: a copy that met a bad address, or the kernel's own fault. SP_EL0 is in the frame, and
     * TPIDRRO_EL0 is nobody's: so both are free for x0 and x1. */
    .balign 128
FUNCTION vector_kernel_sync
    msr     sp_el0, x0
    msr     tpidrro_el0, x1
    mrs     x0, elr_el1
    adr     x1, user_copy_word
    cmp     x0, x1
    adr     x1, user_copy_byte
    ccmp    x0, x1, #4, ne
    b.eq    user_copy_fails
    mrs     x0, sp_el0
    mrs     x1, tpidrro_el0
    msr     tpidr_el0, x0
    mov     w0, #4
    b       fatal_entry
END vector_kernel_sync

    .irp    slot, 5, 6, 7
    .balign 128
FUNCTION vector_fatal_\slot
    msr     tpidr_el0, x0
    mov     w0, #\slot
    b       fatal_entry
END vector_fatal_\slot
    .endr

    /* Lower EL, 64 bits: user mode. The number is checked before anything is stored for it. */
    .balign 128
FUNCTION vector_user_sync
    STORE_SCRATCH
    mrs     x16, esr_el1
    mov     w17, #(ESR_SVC64 << 16)
    cmp     w16, w17
    b.eq    user_call
    b       user_fault                  /* another class, or another immediate than 0 */
END vector_user_sync

    .balign 128
FUNCTION vector_user_irq
    STORE_SCRATCH
    STORE_FULL_REST
    TO_KERNEL_STACK
    bl      kernel_irq
    b       frame_resume
END vector_user_irq

    .balign 128
FUNCTION vector_user_fiq
    STORE_SCRATCH
    STORE_FULL_REST
    mov     w1, #10
    b       thread_unexpected
END vector_user_fiq

    .balign 128
FUNCTION vector_user_serror
    STORE_SCRATCH
    STORE_FULL_REST
    mov     w1, #11
    b       thread_unexpected
END vector_user_serror

    /* Lower EL, 32 bits, which no frame asks for: the kernel is wrong. */
    .irp    slot, 12, 13, 14, 15
    .balign 128
FUNCTION vector_fatal_\slot
    msr     tpidr_el0, x0
    mov     w0, #\slot
    b       fatal_entry
END vector_fatal_\slot
    .endr

    .text

/* x8: the number; x0..x5: arguments. The frame is made whole first: the handler may switch. */
FUNCTION user_call
    mov     x16, #SYSCALL_COUNT         /* the table's last entry answers for all that is unknown */
    cmp     x8, x16
    csel    x8, x8, x16, lo
    csdb                                /* nor does a guess look beyond the table */
    stp     xzr, xzr, PAIR(1)
    stp     xzr, xzr, PAIR(3)
    stp     xzr, xzr, PAIR(5)
    stp     xzr, xzr, PAIR(7)
    stp     xzr, xzr, PAIR(9)
    stp     xzr, xzr, PAIR(11)
    stp     xzr, xzr, PAIR(13)
    stp     xzr, xzr, PAIR(15)
    stp     xzr, xzr, PAIR(17)
    stp     x19, x20, PAIR(19)
    stp     x21, x22, PAIR(21)
    stp     x23, x24, PAIR(23)
    stp     x25, x26, PAIR(25)
    stp     x27, x28, PAIR(27)
    str     x29, PAIR(29)
    mrs     x16, elr_el1
    stp     x30, x16, PAIR(30)
    mrs     x17, sp_el0
    stp     x17, xzr, [sp, #FRAME_SP]
    mrs     x16, spsr_el1
    str     x16, [sp, #FRAME_PSTATE]
    TO_KERNEL_STACK
    adr     x16, syscall_table
    ldr     x16, [x16, x8, lsl #3]
    BOUND_CALLS_TABLE syscall_table
    blr     x16
    b       frame_resume
END user_call

/* The copy goes on where it ends. Its registers are free. */
FUNCTION user_copy_fails
    msr     tpidrro_el0, xzr            /* user mode can read it */
    adr     x0, user_copy_bad
    msr     elr_el1, x0
    eret
END user_copy_fails

/* A fault of user mode. */
FUNCTION user_fault
    STORE_FULL_REST
    mov     x0, sp
    mov     w1, #8
    TO_KERNEL_STACK
    bl      trap_thread_fault
    b       frame_resume
END user_fault

/* A thread's fault, or the kernel's while it worked in a masked stretch on a thread's stack. */
FUNCTION thread_fault
    STORE_FULL_REST
    mov     x0, sp
    mov     w1, #0
    TO_KERNEL_STACK
    bl      trap_thread_fault
    b       frame_resume
END thread_fault

/* An FIQ or an SError, which nobody asked for: fatal. The full frame is stored. w1: the slot. */
FUNCTION thread_unexpected
    mov     x0, sp
    TO_KERNEL_STACK
    bl      trap_fatal
    b       .
END thread_unexpected

/* The kernel's own fault: nothing may be trusted, SP least. w0: the slot; x0 itself is in TPIDR_EL0. */
FUNCTION fatal_entry
    msr     tpidrro_el0, x1
    adrp    x1, fatal_frame
    add     x1, x1, :lo12:fatal_frame
    stp     x2, x3, [x1, #16]
    mov     x2, sp
    str     x2, [x1, #FRAME_SP]
    mov     sp, x1
    mov     w2, w0
    mrs     x0, tpidr_el0
    mrs     x1, tpidrro_el0
    stp     x0, x1, PAIR(0)
    STORE_4_TO_15
    STORE_SCRATCH
    STORE_18_TO_29
    mrs     x3, elr_el1
    stp     x30, x3, PAIR(30)
    mrs     x3, spsr_el1
    str     x3, [sp, #FRAME_PSTATE]
    mov     x0, sp
    mov     w1, w2
    adrp    x3, fatal_stack_top
    add     x3, x3, :lo12:fatal_stack_top
    mov     sp, x3
    bl      trap_fatal
    b       .
END fatal_entry

/* The one exit. x0: the frame to restore. */
FUNCTION frame_resume
    mov     sp, x0
    ldp     x17, x18, [sp, #FRAME_SP]
    cbz     x18, 1f
    msr     sp_el0, x17
    msr     spsr_el1, x18
    ldp     x19, x20, PAIR(19)
    ldp     x21, x22, PAIR(21)
    ldp     x23, x24, PAIR(23)
    ldp     x25, x26, PAIR(25)
    ldp     x27, x28, PAIR(27)
    ldp     x29, x30, PAIR(29)
    ldr     x0, PAIR(0)
    msr     elr_el1, x30
    eret
1:  msr     sp_el0, x17
    ldr     x16, [sp, #FRAME_PSTATE]
    msr     spsr_el1, x16
    ldp     x30, x16, PAIR(30)
    msr     elr_el1, x16
    ldp     x28, x29, PAIR(28)
    ldp     x26, x27, PAIR(26)
    ldp     x24, x25, PAIR(24)
    ldp     x22, x23, PAIR(22)
    ldp     x20, x21, PAIR(20)
    ldp     x18, x19, PAIR(18)
    ldp     x16, x17, PAIR(16)
    ldp     x14, x15, PAIR(14)
    ldp     x12, x13, PAIR(12)
    ldp     x10, x11, PAIR(10)
    ldp     x8, x9, PAIR(8)
    ldp     x6, x7, PAIR(6)
    ldp     x4, x5, PAIR(4)
    ldp     x2, x3, PAIR(2)
    ldp     x0, x1, PAIR(0)
    eret
END frame_resume

/* Leaves the boot. x0: the first frame. */
FUNCTION arch_frame_resume
    msr     daifset, #15
    b       frame_resume
END arch_frame_resume

/* Where a new thread begins: x19 is its entry, x0 the argument. */
FUNCTION arch_thread_start
    .cfi_sections .debug_frame
    .cfi_startproc
    .cfi_undefined x30                  /* for debuggers: nobody called this */
    blr     x19
    mov     x0, #0
    b       task_call_thread_exit
    .cfi_endproc
END arch_thread_start

/* The task calls: one SVC each. The kernel returns to x30. */
    .macro TASK_CALL name, number
FUNCTION task_call_\name
    svc     #\number
END task_call_\name
    .endm

#define EMIT(name, number) TASK_CALL name, number ;
TASK_CALL_LIST(EMIT)

    .bss
    .balign 16
fatal_frame:
    .skip   FRAME_SIZE
    .balign 16
    .skip   8192
fatal_stack_top:
