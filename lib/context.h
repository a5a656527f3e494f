/* SPDX-License-Identifier: MIT */
/*
 * The calling context as something the compiler checks. A function named …_irq runs with interrupts
 * masked on this CPU and says IRQ_MASKED; Clang's -Wthread-safety then refuses a caller that has
 * not masked them.
 *
 *   no suffix   as its comment says; IRQ_UNMASKED where it may block, switch or unmask
 *   …_irq       interrupts masked on this CPU: IRQ_MASKED
 */
#ifndef LIB_CONTEXT_H
#define LIB_CONTEXT_H

#if defined(__clang__)
#define CONTEXT_ATTRIBUTE(x) __attribute__((x))
#else
#define CONTEXT_ATTRIBUTE(x)
#endif

/* A token without storage: "interrupts are masked on this CPU". Only its name is ever used. */
struct CONTEXT_ATTRIBUTE(capability("context")) context_token {
    char unused;
};
extern struct context_token irq_masked;

#define IRQ_MASKED       CONTEXT_ATTRIBUTE(requires_capability(irq_masked))
#define IRQ_UNMASKED     CONTEXT_ATTRIBUTE(locks_excluded(irq_masked))
#define MASKS_IRQ        CONTEXT_ATTRIBUTE(acquire_capability(irq_masked))
#define UNMASKS_IRQ      CONTEXT_ATTRIBUTE(release_capability(irq_masked))
#define NO_CONTEXT_CHECK CONTEXT_ATTRIBUTE(no_thread_safety_analysis)

#endif
