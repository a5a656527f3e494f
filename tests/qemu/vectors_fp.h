/* SPDX-License-Identifier: MIT */
/* What threads with floating-point registers do in the cases of fp_cases.c. */
#ifndef TESTS_QEMU_VECTORS_FP_H
#define TESTS_QEMU_VECTORS_FP_H

#include "lib/compiler.h"

/* Which register was wrong: v0 is 1, v31 is 32. */
#define VECTORS_FPCR 33
#define VECTORS_FPSR 34

/* Puts what follows from `seed` into every register, and looks at each again and again until *stop:
 * 0, or which was wrong. Whoever calls it has to have registers. */
int64_t vectors_spin(uint64_t seed, const volatile uint64_t *stop);

/* The two halves of it: puts that into every register, and leaves it there; looks at each once. */
void vectors_fill(uint64_t seed);
int64_t vectors_look(uint64_t seed);

/* All bits that any of the registers has. */
uint64_t vectors_any(void);

/* Numbers of `quarters` / 4 in vectors and doubles that live over `pause`; tells how often something
 * came out wrong. */
unsigned vectors_compute(unsigned quarters, unsigned rounds, void (*pause)(void));

/* Uses of registers that trap in a thread without. */
void vectors_use_arithmetic(void);
void vectors_use_load(void);
void vectors_use_control(void);

#endif
