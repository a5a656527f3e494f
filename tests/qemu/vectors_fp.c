/* SPDX-License-Identifier: MIT */
/* Code that uses floating-point and SIMD registers, compiled as such: by its name. */
#include "tests/qemu/vectors_fp.h"

typedef float vector_t __attribute__((vector_size(16)));

/* v<n>: {x9 + n, ~(x9 + n)}; FPCR: rounding, flushing and default NaNs as the lowest bits of x9
 * say; FPSR: all flags, or every other. */
__asm__(".pushsection .text.vectors_fp, \"ax\"\n"
        "    .macro ALL_VECTORS do\n"
        "    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "    \\do \\n\n"
        "    .endr\n"
        "    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "    \\do \\n\n"
        "    .endr\n"
        "    .endm\n"
        "    .macro FILL n\n"
        "    add x10, x9, #\\n\n"
        "    mvn x11, x10\n"
        "    ins v\\n\\().d[0], x10\n"
        "    ins v\\n\\().d[1], x11\n"
        "    .endm\n"
        "    .macro LOOK n\n"
        "    add x10, x9, #\\n\n"
        "    mvn x11, x10\n"
        "    mov x0, #(\\n + 1)\n"
        "    umov x13, v\\n\\().d[0]\n"
        "    cmp x13, x10\n"
        "    b.ne 9f\n"
        "    umov x13, v\\n\\().d[1]\n"
        "    cmp x13, x11\n"
        "    b.ne 9f\n"
        "    .endm\n"
        "    .macro GATHER n\n"
        "    umov x10, v\\n\\().d[0]\n"
        "    umov x11, v\\n\\().d[1]\n"
        "    orr x0, x0, x10\n"
        "    orr x0, x0, x11\n"
        "    .endm\n"
        /* x14, x15: FPCR and FPSR of the seed. */
        "    .macro CONTROLS\n"
        "    and x14, x9, #15\n"
        "    lsl x14, x14, #22\n"
        "    movz x15, #0x0800, lsl #16\n"
        "    tst x9, #1\n"
        "    mov x10, #0x9f\n"
        "    mov x11, #0x15\n"
        "    csel x10, x10, x11, ne\n"
        "    orr x15, x15, x10\n"
        "    .endm\n"

        "    .global vectors_fill\n"
        "    .type vectors_fill, %function\n"
        "vectors_fill:\n"
        "    mov x9, x0\n"
        "    CONTROLS\n"
        "    msr fpcr, x14\n"
        "    msr fpsr, x15\n"
        "    ALL_VECTORS FILL\n"
        "    ret\n"
        "    .size vectors_fill, . - vectors_fill\n"

        "    .global vectors_look\n"
        "    .type vectors_look, %function\n"
        "vectors_look:\n"
        "    mov x9, x0\n"
        "    CONTROLS\n"
        "    ALL_VECTORS LOOK\n"
        "    mov x0, #33\n"
        "    mrs x10, fpcr\n"
        "    cmp x10, x14\n"
        "    b.ne 9f\n"
        "    mov x0, #34\n"
        "    mrs x10, fpsr\n"
        "    cmp x10, x15\n"
        "    b.ne 9f\n"
        "    mov x0, #0\n"
        "9:  ret\n"
        "    .size vectors_look, . - vectors_look\n"

        "    .global vectors_spin\n"
        "    .type vectors_spin, %function\n"
        "vectors_spin:\n"
        "    stp x29, x30, [sp, #-16]!\n"
        "    mov x12, x1\n"
        "    bl vectors_fill\n"
        "1:  mov x0, x9\n"
        "    bl vectors_look\n"
        "    cbnz x0, 2f\n"
        "    ldr x10, [x12]\n"
        "    cbz x10, 1b\n"
        "2:  msr fpcr, xzr\n"
        "    ldp x29, x30, [sp], #16\n"
        "    ret\n"
        "    .size vectors_spin, . - vectors_spin\n"

        "    .global vectors_any\n"
        "    .type vectors_any, %function\n"
        "vectors_any:\n"
        "    mrs x0, fpcr\n"
        "    mrs x10, fpsr\n"
        "    orr x0, x0, x10\n"
        "    ALL_VECTORS GATHER\n"
        "    ret\n"
        "    .size vectors_any, . - vectors_any\n"
        ".popsection");

_Static_assert(VECTORS_FPCR == 33 && VECTORS_FPSR == 34, "as vectors_spin says");

unsigned vectors_compute(unsigned quarters, unsigned rounds, void (*pause)(void)) {
    const double scale = quarters * 0.25;
    const vector_t ascending = {0, 1, 2, 3};
    unsigned wrong = 0;
    for (unsigned round = 0; round < rounds; round++) {
        vector_t low = ascending * (float)scale;
        vector_t high = (ascending + 4) * (float)scale;
        double products[4] = {scale * round, scale + round, scale - round, round / 8.0};
        pause();
        vector_t sums = low + high;
        double sum = (double)sums[0] + (double)sums[1] + (double)sums[2] + (double)sums[3];
        /* All of these are small multiples of a power of two: exact, in any order. */
        wrong += sum != 28 * scale;
        wrong += products[0] != scale * round || products[1] - scale != round;
        wrong += scale - products[2] != round || products[3] * 8 != round;
    }
    return wrong;
}

void vectors_use_arithmetic(void) {
    __asm__ volatile("fadd d0, d0, d0" ::: "v0");
}

void vectors_use_load(void) {
    static const uint64_t pair[2] ALIGNED(16) = {1, 2};
    __asm__ volatile("ldr q31, %0" ::"Q"(pair) : "v31");
}

void vectors_use_control(void) {
    __asm__ volatile("mrs x0, fpsr" ::: "x0");
}
