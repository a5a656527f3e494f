/* SPDX-License-Identifier: MIT */
/* Numbers that vectors.S needs of C structures:
 * each line becomes a #define in generated/asm_offsets.h. */
#include "arch/fp.h"
#include "abi/status.h"
#include "arch/frame.h"
#include "arch/task_call.h"
#include "kernel/cpu/cpu.h"

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %0" ::"i"(value))

void asm_offsets(void);

void asm_offsets(void) {
    DEFINE(FRAME_X, offsetof(struct frame, x));
    DEFINE(FRAME_PC, offsetof(struct frame, pc));
    DEFINE(FRAME_SP, offsetof(struct frame, sp));
    DEFINE(FRAME_PSTATE, offsetof(struct frame, pstate));
    DEFINE(FRAME_SIZE, sizeof(struct frame));
    DEFINE(STATUS_BAD_ADDRESS_VALUE, STATUS_BAD_ADDRESS);
    DEFINE(FP_STATE_SIZE, sizeof(struct fp_state));
}

_Static_assert(offsetof(struct frame, x) == 0, "vectors.S stores x0 at the start");
_Static_assert(offsetof(struct frame, pc) == offsetof(struct frame, x) + 31 * 8, "x30 and pc pair");
_Static_assert(offsetof(struct frame, kind) == offsetof(struct frame, sp) + 8, "sp and kind pair");
_Static_assert(offsetof(struct fp_state, vector) == 0, "fp.S stores v0 at the start");
_Static_assert(offsetof(struct fp_state, control) == 32 * 16, "FPCR comes behind v31");
_Static_assert(offsetof(struct fp_state, status) == 32 * 16 + 8, "FPCR and FPSR pair");
_Static_assert(FRAME_FULL == 0, "stored as xzr");
_Static_assert(FRAME_VOLUNTARY == 4, "stored by vectors.S");
