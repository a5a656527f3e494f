/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine under the generic kernel: one CPU whose interrupt mask, counter and compare
 * are variables, and whose threads are stacks of this program that hand over to each other. Nothing
 * moves by itself: the clock stands still unless a test moves it, and an interrupt is taken only at
 * an interrupt point. So a schedule is a function of its seed.
 *
 * Interrupt points, all with interrupts unmasked: before each masking, after each unmasking, before
 * and after each task call, within hosted_step(), and in arch_wait_for_interrupt(). Between two of
 * them threads touch nothing that an interrupt touches, so more places would show nothing new.
 *
 * A masked stretch is what the kernel does without an interruption: a direct call between mask and
 * unmask, a task call, an interrupt, a fault. Hooks let a test see each begin and end.
 *
 * A program that starts no thread (hosted_run() is what starts them) has a mask and a clock, and no
 * interrupts; that is all that most unit tests need.
 */
#ifndef ARCH_HOSTED_HOSTED_H
#define ARCH_HOSTED_HOSTED_H

#include "lib/addr.h"
#include "lib/compiler.h"
#include "lib/time_units.h"

struct cpu;
struct fault;
struct frame;

enum hosted_stretch_kind {
    HOSTED_DIRECT, /* mask .. unmask in a thread */
    HOSTED_TASK_CALL,
    HOSTED_INTERRUPT,
    HOSTED_FAULT,
};

struct hosted_stretch {
    enum hosted_stretch_kind kind;
    unsigned number; /* of the task call */
    uint64_t argument[3];
};

/* Each may be NULL. They are called only while threads run. */
struct hosted_hooks {
    /* An interrupt point: the test may move the clock or raise the line. Unmasked. */
    void (*point)(void);
    /* A masked stretch has begun: the test may move the clock, which then stands until its end. */
    void (*begin)(void);
    /* A masked stretch is over, everything must be whole; still masked. `next` runs then. */
    void (*end)(const struct hosted_stretch *stretch, const struct frame *next);
};

struct hosted {
    /* System registers. */
    bool masked;
    bool in_kernel; /* on the kernel stack: in a door */
    struct cpu *self;

    /* The timer, and one more interrupt line, which falls when it is taken. */
    uint64_t now;
    uint64_t compare;
    bool timer_on;
    bool line;
    uint64_t frequency_hz;

    /* Who runs: NULL while the host itself does. */
    struct frame *running;
    void (*interrupt)(void); /* takes the pending interrupt */
    void (*quiet)(void);     /* no interrupt will ever come */
    struct hosted_stretch stretch;
    struct hosted_hooks hooks;
};
extern struct hosted hosted;

/* As after power-on: unmasked, clock at 0, no hooks, the host runs. Threads of an earlier run are
 * forgotten; this may be called after a jump out of one of them. */
void hosted_reset(void);

/* Calls boot() masked, which ends in arch_frame_resume(); returns when hosted_leave() is called. */
void hosted_run(void (*boot)(void));

/* Back to where hosted_run() was called. Everything stays as it is, for the test to look at. */
NORETURN void hosted_leave(void);

/* The running thread works for `ticks`: the clock moves, stops where an interrupt is due, and what
 * others use meanwhile does not count. */
void hosted_step(uint64_t ticks);

/* An interrupt is pending: taken as soon as interrupts are unmasked. */
bool hosted_timer_is_due(void);

/* The running thread faults; if kernel_fault() ends it this does not return. Unmasked. */
void hosted_fault(const struct fault *fault);

/* A stack of this program for a simulated thread, `size` bytes as the kernel counts them; in truth
 * there is more below, since sanitizers and the C library are greedy. Returns its low end. Never
 * given back. */
vaddr_t hosted_stack_alloc(uint64_t size);

/* For the contract's functions. */
void hosted_mask(void);
void hosted_unmask(void);
void hosted_interrupt_point(void);
void hosted_wait(void);

#endif
