/* SPDX-License-Identifier: MIT */
/* Floating-point registers that are copied, and a gate before them that is a variable. */
#include <string.h>

#include "arch/fp.h"
#include "lib/assert.h"

static struct fp_state registers;
static bool is_open;

struct fp_state *hosted_fp_registers(void) {
    return is_open ? &registers : NULL;
}

void hosted_fp_reset(void) {
    memset(&registers, 0xa5, sizeof registers);
    is_open = false;
}

void arch_fp_clear(struct fp_state *state) {
    memset(state, 0, sizeof *state);
}

struct frame *arch_fp_switch(struct fp_state *from, const struct fp_state *to,
                             struct frame *frame) {
    check((from != NULL || to != NULL) && is_open == (from != NULL));
    if (from != NULL) {
        *from = registers;
    }
    if (to != NULL) {
        registers = *to;
    }
    is_open = to != NULL;
    return frame;
}
