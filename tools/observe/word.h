/* SPDX-License-Identifier: MIT */
/* The few instructions that matter here, told from their words. Arm ARM DDI 0487, C4.1. */
#ifndef TOOLS_OBSERVE_WORD_H
#define TOOLS_OBSERVE_WORD_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_DAIF_I 2

/* How an instruction goes on. */
enum word_kind {
    WORD_PLAIN,  /* to the next one */
    WORD_BRANCH, /* b, br and all conditional branches */
    WORD_CALL,   /* bl, blr */
    WORD_RETURN,
    WORD_SVC,
    WORD_ERET,
};

static inline enum word_kind word_kind(uint32_t word) {
    if ((word & 0xfc000000) == 0x94000000 || (word & 0xfffffc1f) == 0xd63f0000) {
        return WORD_CALL;
    }
    if ((word & 0xfffffc1f) == 0xd65f0000) {
        return WORD_RETURN;
    }
    if ((word & 0xffe0001f) == 0xd4000001) {
        return WORD_SVC;
    }
    if (word == 0xd69f03e0) {
        return WORD_ERET;
    }
    bool direct = (word & 0xfc000000) == 0x14000000;      /* b */
    bool conditional = (word & 0xff000010) == 0x54000000; /* b.cond */
    bool compared = (word & 0x7c000000) == 0x34000000;    /* cbz, cbnz, tbz, tbnz */
    bool indirect = (word & 0xfffffc1f) == 0xd61f0000;    /* br */
    return direct || conditional || compared || indirect ? WORD_BRANCH : WORD_PLAIN;
}

static inline unsigned word_svc_number(uint32_t word) {
    return word >> 5 & 0xffff;
}

/* Whether nothing can make an exception of it: data processing, immediate or register. */
static inline bool word_cannot_fault(uint32_t word) {
    return (word >> 26 & 7) == 4 || (word >> 25 & 7) == 5;
}

/* msr daifset, msr daifclr: with I. */
static inline bool word_masks(uint32_t word) {
    return (word & 0xfffff0ff) == 0xd50340df && (word >> 8 & WORD_DAIF_I) != 0;
}

static inline bool word_unmasks(uint32_t word) {
    return (word & 0xfffff0ff) == 0xd50340ff && (word >> 8 & WORD_DAIF_I) != 0;
}

/* mrs x, daif and msr daif, x */
static inline bool word_reads_mask(uint32_t word) {
    return (word & 0xffffffe0) == 0xd53b4220;
}

static inline bool word_writes_mask(uint32_t word) {
    return (word & 0xffffffe0) == 0xd51b4220;
}

static inline bool word_waits(uint32_t word) {
    return word == 0xd503207f;
}

/* A load or store that may be a store, of registers or pairs of them; exclusive ones too. */
static inline bool word_stores(uint32_t word) {
    bool general = (word & 0x3b000000) == 0x39000000 || (word & 0x3b000000) == 0x38000000;
    bool pair = (word & 0x3a000000) == 0x28000000;
    bool exclusive = (word & 0x3f000000) == 0x08000000;
    return general || pair || exclusive;
}

/* stp x16, x17, [sp, #offset]: the first instruction of a thread's vector. */
static inline bool word_stores_scratch(uint32_t word) {
    return (word & 0xffc07fff) == 0xa90047f0;
}

/* ldp x17, x18, [sp, #offset]: how frame_resume begins. */
static inline bool word_loads_kind(uint32_t word) {
    return (word & 0xffc07fff) == 0xa9404bf1;
}

/* The offset of either, in bytes. */
static inline int64_t word_pair_offset(uint32_t word) {
    return ((int64_t)(word >> 15 & 0x7f) ^ 0x40) * 8 - 0x40 * 8;
}

#endif
