/* SPDX-License-Identifier: MIT */
/* The frame as vectors.S stores it: offsets are checked by asm_offsets.c. */
#ifndef ARCH_INLINE_FRAME_H
#define ARCH_INLINE_FRAME_H

#include "lib/bound.h"

#define FRAME_FULL      0
#define FRAME_VOLUNTARY 4 /* the PSTATE to go on with: EL1t, all unmasked */

struct frame {
    uint64_t x[31]; /* voluntary: x0 (result), x19..x30 */
    uint64_t pc;    /* voluntary: not stored, the thread goes on at x30 */
    uint64_t sp;
    uint64_t kind;
    uint64_t pstate; /* voluntary: not stored, always EL1t unmasked */
    uint64_t reserved;
} __attribute__((aligned(16)));

/* In vectors.S: calls x19 with x0, then ends the thread. */
void arch_thread_start(void);

static inline void arch_frame_prepare(struct frame *frame, void (*entry)(void *), void *argument,
                                      vaddr_t stack_top) {
    frame->x[0] = (uint64_t)(uintptr_t)argument;
    frame->x[19] = (uint64_t)(uintptr_t)entry;
    frame->x[29] = 0; /* a stack trace ends here */
    frame->x[30] = (uint64_t)(uintptr_t)arch_thread_start;
    frame->sp = stack_top.value;
    frame->kind = FRAME_VOLUNTARY;
}

static inline uint64_t arch_frame_result(const struct frame *frame) {
    return frame->x[0];
}

static inline uint64_t arch_frame_pc(const struct frame *frame) {
    return frame->pc;
}

static ALWAYS_INLINE void arch_frame_here(struct frame *frame) {
    __asm__ volatile("stp x19, x20, [%0, #152]\n\tstp x21, x22, [%0, #168]\n\t"
                     "stp x23, x24, [%0, #184]\n\tstp x25, x26, [%0, #200]\n\t"
                     "stp x27, x28, [%0, #216]\n\tstp x29, x30, [%0, #232]\n\t"
                     "adr x16, .\n\tmov x17, sp\n\tstp x16, x17, [%0, #248]\n\t"
                     "mrs x16, spsel\n\tmrs x17, daif\n\torr x16, x16, x17\n\t"
                     "orr x16, x16, #4\n\tstp xzr, x16, [%0, #264]"
                     :
                     : "r"(frame)
                     : "x16", "x17", "memory");
}

static inline uint64_t arch_frame_sp(const struct frame *frame) {
    return frame->sp;
}

static inline bool arch_frame_is_user(const struct frame *frame) {
    return frame->kind == FRAME_FULL && (frame->pstate & 15) == 0; /* EL0t */
}

/* By pieces that both compilers copy in place: a call of memcpy is longer. */
static inline void arch_frame_copy(struct frame *to, const struct frame *from) {
    uint8_t *target = (uint8_t *)to;
    const uint8_t *source = (const uint8_t *)from;
    _Static_assert(sizeof(struct frame) % 32 == 0, "whole pieces");
    BOUND_LOOP(pieces, sizeof(struct frame) / 32);
    for (const uint8_t *end = source + sizeof(struct frame); source != end;) {
        BOUND_TURN(pieces);
        __builtin_memcpy(target, source, 32);
        source += 32;
        target += 32;
    }
}

static inline void arch_frame_set_words(struct frame *frame, const uint64_t *words,
                                        uint64_t length) {
    frame->x[1] = words[0];
    frame->x[2] = words[1];
    frame->x[3] = words[2];
    frame->x[4] = words[3];
    frame->x[5] = length;
}

static inline void arch_frame_set_result(struct frame *frame, uint64_t value) {
    frame->x[0] = value;
}

#endif
