/* SPDX-License-Identifier: MIT */
/*
 * The C library's functions, for the kernel; not linked on the host. Blocks go by words at any
 * alignment, which AArch64 does on normal memory once the MMU is on; code that runs before, or on
 * devices, calls none of this. The last word of a block may overlap the one before: no loop over
 * single bytes at the end. The compiler must not take a loop here for a call of the function that
 * it stands in: -ffreestanding and, for GCC, -fno-tree-loop-distribute-patterns.
 */
#include "lib/string.h"

#include "lib/bound.h"

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

#define WORD sizeof(word_t)

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if (size >= WORD) {
        const unsigned char *pairs_end = source + (size & ~(2 * WORD - 1));
        BOUND_LOOP(copy_pairs, STRING_BLOCK_MAX / (2 * WORD));
        while (source != pairs_end) {
            BOUND_TURN(copy_pairs);
            uint64_t pair[2]; /* 16 bytes: both compilers expand these two in place */
            __builtin_memcpy(pair, source, sizeof pair);
            __builtin_memcpy(target, pair, sizeof pair);
            source += 2 * WORD;
            target += 2 * WORD;
        }
        size &= 2 * WORD - 1;
        if (size >= WORD) {
            *(word_t *)target = *(const word_t *)source;
        }
        if (size % WORD != 0) {
            *(word_t *)(target + size - WORD) = *(const word_t *)(source + size - WORD);
        }
        return to;
    }
    BOUND_LOOP(copy_bytes, WORD - 1);
    for (size_t at = 0; at < size; at++) {
        BOUND_TURN(copy_bytes);
        target[at] = source[at];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if ((uintptr_t)target - (uintptr_t)source < size) { /* begins within the source: from its end */
        BOUND_LOOP(move_down_words, STRING_BLOCK_MAX / WORD);
        for (; size >= WORD; size -= WORD) {
            BOUND_TURN(move_down_words);
            *(word_t *)(target + size - WORD) = *(const word_t *)(source + size - WORD);
        }
        BOUND_LOOP(move_down_bytes, WORD - 1);
        for (; size != 0; size--) {
            BOUND_TURN(move_down_bytes);
            target[size - 1] = source[size - 1];
        }
        return to;
    }
    size_t at = 0;
    BOUND_LOOP(move_up_words, STRING_BLOCK_MAX / WORD);
    for (; at + WORD <= size; at += WORD) {
        BOUND_TURN(move_up_words);
        *(word_t *)(target + at) = *(const word_t *)(source + at);
    }
    BOUND_LOOP(move_up_bytes, WORD - 1);
    for (; at < size; at++) {
        BOUND_TURN(move_up_bytes);
        target[at] = source[at];
    }
    return to;
}

void *memset(void *to, int byte, size_t size) {
    unsigned char *target = to;
    word_t pattern = (unsigned char)byte * UINT64_C(0x0101010101010101);
    size_t at = 0;
    if (size >= WORD) {
        BOUND_LOOP(set_fours, STRING_BLOCK_MAX / (4 * WORD));
        for (; at + 4 * WORD <= size; at += 4 * WORD) {
            BOUND_TURN(set_fours);
            *(word_t *)(target + at) = pattern;
            *(word_t *)(target + at + WORD) = pattern;
            *(word_t *)(target + at + 2 * WORD) = pattern;
            *(word_t *)(target + at + 3 * WORD) = pattern;
        }
        BOUND_LOOP(set_words, 3);
        for (; at + WORD <= size; at += WORD) {
            BOUND_TURN(set_words);
            *(word_t *)(target + at) = pattern;
        }
        *(word_t *)(target + size - WORD) = pattern;
        return to;
    }
    BOUND_LOOP(set_bytes, WORD - 1);
    for (; at < size; at++) {
        BOUND_TURN(set_bytes);
        target[at] = (unsigned char)byte;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *left = a;
    const unsigned char *right = b;
    size_t at = 0;
    BOUND_LOOP(compare_words, STRING_BLOCK_MAX / WORD);
    while (at + WORD <= size && *(const word_t *)(left + at) == *(const word_t *)(right + at)) {
        BOUND_TURN(compare_words);
        at += WORD;
    }
    BOUND_LOOP(compare_bytes, WORD); /* of a word that differs, or fewer */
    for (; at < size; at++) {
        BOUND_TURN(compare_bytes);
        if (left[at] != right[at]) {
            return left[at] - right[at];
        }
    }
    return 0;
}

size_t strnlen(const char *string, size_t limit) {
    size_t length = 0;
    BOUND_LOOP(length_within, STRING_LENGTH_MAX);
    while (length < limit && string[length] != '\0') {
        BOUND_TURN(length_within);
        length++;
    }
    return length;
}

size_t strlen(const char *string) {
    size_t length = 0;
    BOUND_LOOP(length, STRING_LENGTH_MAX);
    while (string[length] != '\0') {
        BOUND_TURN(length);
        length++;
    }
    return length;
}

int strncmp(const char *a, const char *b, size_t limit) {
    BOUND_LOOP(compare_text, STRING_COMPARE_MAX);
    for (size_t at = 0; at < limit; at++) {
        BOUND_TURN(compare_text);
        unsigned char left = (unsigned char)a[at];
        unsigned char right = (unsigned char)b[at];
        if (left != right || left == '\0') {
            return left - right;
        }
    }
    return 0;
}

int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}
