/* SPDX-License-Identifier: MIT */
/*
 * A frame without registers: the host's own context, and what kind of frame it is, so that a use
 * that would spoil registers on the machine stops the test.
 *
 *   FRESH --> RUNNING <--> VOLUNTARY (may get a result) or FULL (may not)
 */
#ifndef ARCH_INLINE_FRAME_H
#define ARCH_INLINE_FRAME_H

#include <arch_inline/context.h>

#include "arch/hosted/hosted.h"
#include "lib/assert.h"

enum frame_kind {
    FRAME_NONE,      /* never prepared */
    FRAME_FRESH,     /* begins with `entry` */
    FRAME_RUNNING,   /* holds nothing: its thread runs */
    FRAME_VOLUNTARY, /* in a task call */
    FRAME_FULL,      /* interrupted or faulted */
};

/* What a task call returns whose handler gave no result:
 * the machine returns what was there before. */
#define FRAME_NO_RESULT UINT64_C(0xdeadbeefdeadbeef)

struct frame {
    enum frame_kind kind;
    uint64_t result;
    void (*entry)(void *);
    void *argument;
    vaddr_t stack_top;
    struct hosted_context context;
    void *fake_stack; /* the address sanitizer's */
};

static inline void arch_frame_prepare(struct frame *frame, void (*entry)(void *), void *argument,
                                      vaddr_t stack_top) {
    check(stack_top.value % 16 == 0);
    *frame = (struct frame){
        .kind = FRAME_FRESH, .entry = entry, .argument = argument, .stack_top = stack_top};
}

static inline uint64_t arch_frame_result(const struct frame *frame) {
    return frame->result;
}

static inline uint64_t arch_frame_pc(const struct frame *frame) {
    (void)frame;
    return 0;
}

static inline void arch_frame_here(struct frame *frame) {
    frame->kind = FRAME_NONE;
}

static inline uint64_t arch_frame_sp(const struct frame *frame) {
    (void)frame;
    return 0;
}

static inline bool arch_frame_is_user(const struct frame *frame) {
    (void)frame;
    return false;
}

static inline void arch_frame_copy(struct frame *to, const struct frame *from) {
    *to = *from;
}

/* No thread of the host is in user mode. */
static inline void arch_frame_set_words(struct frame *frame, const uint64_t *words,
                                        uint64_t length) {
    (void)frame, (void)words, (void)length;
    panic("no user mode on the host");
}

static inline void arch_frame_set_result(struct frame *frame, uint64_t value) {
    check(frame->kind == FRAME_VOLUNTARY);
    frame->result = value;
}

#endif
