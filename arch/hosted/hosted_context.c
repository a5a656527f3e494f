/* SPDX-License-Identifier: MIT */
/*
 * Handing over from one stack to another. A switch is a call: the compiler saves what a call may
 * clobber, so only the six registers that x86-64 keeps over calls and the stack pointer remain.
 */
#include "arch/hosted/hosted_internal.h"

#if HOSTED_OWN_SWITCH

void hosted_context_swap(void **save_sp, void *load_sp);

__asm__(".text\n"
        ".global hosted_context_swap\n"
        ".type hosted_context_swap, @function\n"
        "hosted_context_swap:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size hosted_context_swap, . - hosted_context_swap\n");

void hosted_context_prepare(struct hosted_context *context, vaddr_t stack_top,
                            void (*start)(void)) {
    uint64_t *top = vaddr_pointer(stack_top);
    *--top = 0; /* start() finds its stack as if called: a return address, and 8 modulo 16 */
    *--top = (uint64_t)(uintptr_t)start;
    for (unsigned i = 0; i < 6; i++) {
        *--top = 0;
    }
    context->sp = top;
}

void hosted_context_switch(struct hosted_context *from, struct hosted_context *to) {
    hosted_context_swap(&from->sp, to->sp);
}

#else

#include <stdlib.h>

void hosted_context_prepare(struct hosted_context *context, vaddr_t stack_top,
                            void (*start)(void)) {
    if (getcontext(&context->registers) != 0) {
        abort();
    }
    context->registers.uc_stack.ss_sp =
        vaddr_pointer(vaddr(stack_top.value - HOSTED_STACK_SIZE / 2));
    context->registers.uc_stack.ss_size = HOSTED_STACK_SIZE / 2;
    context->registers.uc_link = NULL;
    makecontext(&context->registers, start, 0);
}

void hosted_context_switch(struct hosted_context *from, struct hosted_context *to) {
    if (swapcontext(&from->registers, &to->registers) != 0) {
        abort();
    }
}

#endif
