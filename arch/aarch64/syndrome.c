/* SPDX-License-Identifier: MIT */
/* The tables of the manual: exception classes (D17.2.37) and status codes (ISS encodings for
 * instruction and data aborts). Kept whole, so that a report never needs the manual. */
#include "arch/aarch64/syndrome.h"

static const char *const class_names[64] = {
    [0x00] = "undefined instruction or unknown reason",
    [0x01] = "trapped WFI or WFE",
    [0x03] = "trapped MCR or MRC, coprocessor 15",
    [0x04] = "trapped MCRR or MRRC, coprocessor 15",
    [0x05] = "trapped MCR or MRC, coprocessor 14",
    [0x06] = "trapped LDC or STC",
    [0x07] = "floating point or SIMD without attributes.fp",
    [0x0a] = "trapped LD64B or ST64B",
    [0x0c] = "trapped MRRC, coprocessor 14",
    [0x0d] = "branch target exception",
    [0x0e] = "illegal execution state",
    [0x11] = "SVC from AArch32",
    [0x14] = "trapped MSRR, MRRS or 128-bit system instruction",
    [0x15] = "SVC",
    [0x18] = "trapped MSR, MRS or system instruction",
    [0x19] = "trapped SVE",
    [0x1b] = "trapped TSTART",
    [0x1c] = "pointer authentication failure",
    [0x1d] = "trapped SME",
    [0x20] = "instruction abort from a lower level",
    [0x21] = "instruction abort",
    [0x22] = "PC alignment fault",
    [0x24] = "data abort from a lower level",
    [0x25] = "data abort",
    [0x26] = "SP alignment fault",
    [0x27] = "memory copy or set exception",
    [0x28] = "trapped floating point exception, AArch32",
    [0x2c] = "trapped floating point exception",
    [0x2d] = "guarded control stack exception",
    [0x2f] = "SError interrupt",
    [0x30] = "breakpoint from a lower level",
    [0x31] = "breakpoint",
    [0x32] = "software step from a lower level",
    [0x33] = "software step",
    [0x34] = "watchpoint from a lower level",
    [0x35] = "watchpoint",
    [0x38] = "BKPT from AArch32",
    [0x3c] = "BRK",
    [0x3d] = "profiling exception",
};

/* The codes that come in fours, one for each level 0..3. Index: code / 4. */
static const char *const levelled_names[16] = {
    [0x0] = "address size fault",
    [0x1] = "translation fault",
    [0x2] = "access flag fault",
    [0x3] = "permission fault",
    [0x5] = "external abort on a table walk",
    [0x7] = "parity or ECC error on a table walk",
    [0x9] = "granule protection fault on a table walk",
};

struct single_status {
    int8_t level; /* LEVEL_NONE, or of the table walk */
    const char *name;
};

#define LEVEL_NONE 4

static const struct single_status single_statuses[64] = {
    [0x10] = {LEVEL_NONE, "external abort"},
    [0x11] = {LEVEL_NONE, "tag check fault"},
    [0x12] = {-2, "external abort on a table walk"},
    [0x13] = {-1, "external abort on a table walk"},
    [0x18] = {LEVEL_NONE, "parity or ECC error"},
    [0x1b] = {-1, "parity or ECC error on a table walk"},
    [0x21] = {LEVEL_NONE, "alignment fault"},
    [0x22] = {-2, "granule protection fault on a table walk"},
    [0x23] = {-1, "granule protection fault on a table walk"},
    [0x28] = {LEVEL_NONE, "granule protection fault"},
    [0x29] = {-1, "address size fault"},
    [0x2a] = {-2, "translation fault"},
    [0x2b] = {-1, "translation fault"},
    [0x2c] = {-2, "address size fault"},
    [0x30] = {LEVEL_NONE, "TLB conflict"},
    [0x31] = {LEVEL_NONE, "unsupported atomic update of a table"},
    [0x34] = {LEVEL_NONE, "lockdown fault"},
    [0x35] = {LEVEL_NONE, "unsupported exclusive or atomic access"},
};

const char *syndrome_class_name(unsigned class) {
    const char *name = class < ARRAY_SIZE(class_names) ? class_names[class] : NULL;
    return name != NULL ? name : "reserved exception class";
}

static const char *levelled_name(unsigned status) {
    return status < 64 ? levelled_names[status / 4] : NULL;
}

const char *syndrome_status_name(unsigned status) {
    if (levelled_name(status) != NULL) {
        return levelled_name(status);
    }
    const char *name = status < ARRAY_SIZE(single_statuses) ? single_statuses[status].name : NULL;
    return name != NULL ? name : "reserved status code";
}

bool syndrome_status_level(unsigned status, int *level) {
    if (levelled_name(status) != NULL) {
        *level = (int)(status % 4);
        return true;
    }
    if (status >= ARRAY_SIZE(single_statuses) || single_statuses[status].name == NULL ||
        single_statuses[status].level == LEVEL_NONE) {
        return false;
    }
    *level = single_statuses[status].level;
    return true;
}

bool syndrome_is_data_abort(unsigned class) {
    return class == SYNDROME_DATA_ABORT || class == SYNDROME_DATA_ABORT_LOWER;
}

bool syndrome_is_abort(unsigned class) {
    return syndrome_is_data_abort(class) || class == SYNDROME_INSTRUCTION_ABORT ||
           class == SYNDROME_INSTRUCTION_ABORT_LOWER;
}
