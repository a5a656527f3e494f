/* SPDX-License-Identifier: MIT */
/*
 * Faults and frames in words, and the walk along frame records. All of it runs when something has
 * already gone wrong: nothing is dereferenced that `readable` has not accepted, every loop ends,
 * and nothing is remembered.
 */
#include "arch/fault.h"

#include "arch/aarch64/syndrome.h"
#include "lib/bound.h"

#define ISS_STATUS            0x3fu
#define ISS_WRITE             (1u << 6)
#define ISS_CACHE_MAINTENANCE (1u << 8)
#define ISS_ADDRESS_INVALID   (1u << 10) /* FnV */
#define ISS_IMMEDIATE         0xffffu
#define STATUS_EXTERNAL_ABORT 0x10u

#define VECTOR_KIND(vector)   ((vector)&3u) /* synchronous, IRQ, FIQ, SError */
#define VECTOR_SOURCE(vector) ((vector) / 4u % 4u)
#define SOURCE_KERNEL_STACK   1u /* of SP_EL1 */
#define VECTOR_IRQ            1u
#define VECTOR_FIQ            2u

#define INSTRUCTION_SIZE 4u

/* A text that grows within its size and always ends with NUL. */
struct text {
    char *start;
    unsigned size;
    unsigned length;
};

/* The longest word here and in syndrome.c. */
#define WORD_MAX (sizeof "trapped MSRR, MRRS or 128-bit system instruction" - 1)

static void text_add(struct text *text, const char *more) {
    BOUND_LOOP(letters, WORD_MAX);
    while (*more != '\0' && text->length + 1 < text->size) {
        BOUND_TURN(letters);
        text->start[text->length++] = *more++;
    }
    text->start[text->length] = '\0';
}

static void text_add_hex(struct text *text, uint16_t value) {
    unsigned digits = 1;
    BOUND_LOOP(zeroes, 3);
    while (digits < 4 && value >> (4 * digits) != 0) {
        BOUND_TURN(zeroes);
        digits++;
    }
    text_add(text, "0x");
    BOUND_LOOP(digits, 4);
    while (digits > 0) {
        BOUND_TURN(digits);
        const char digit[2] = {"0123456789abcdef"[value >> (4 * --digits) & 0xf], '\0'};
        text_add(text, digit);
    }
}

static unsigned fault_class(const struct fault *fault) {
    return syndrome_class_of(fault->syndrome);
}

/* IRQs and FIQs leave no syndrome: what stands in the register is an older exception's. */
static bool has_syndrome(const struct fault *fault) {
    unsigned kind = VECTOR_KIND(fault->vector);
    return kind != VECTOR_IRQ && kind != VECTOR_FIQ;
}

static void describe_abort(struct text *text, const struct fault *fault) {
    uint32_t iss = (uint32_t)fault->syndrome;
    if (syndrome_is_data_abort(fault_class(fault))) {
        text_add(text, iss & ISS_CACHE_MAINTENANCE ? ", cache maintenance"
                       : iss & ISS_WRITE           ? ", write"
                                                   : ", read");
    }
    text_add(text, ", ");
    text_add(text, syndrome_status_name(iss & ISS_STATUS));
    int level;
    if (syndrome_status_level(iss & ISS_STATUS, &level)) {
        const char digit[2] = {(char)('0' + (level < 0 ? -level : level)), '\0'};
        text_add(text, level < 0 ? ", level -" : ", level ");
        text_add(text, digit);
    }
}

static void describe_syndrome(struct text *text, const struct fault *fault) {
    unsigned class = fault_class(fault);
    text_add(text, syndrome_class_name(class));
    if (syndrome_is_abort(class)) {
        describe_abort(text, fault);
    }
    if (class == SYNDROME_SVC64 || class == SYNDROME_BRK64) {
        text_add(text, " ");
        text_add_hex(text, (uint16_t)(fault->syndrome & ISS_IMMEDIATE));
    }
}

void arch_fault_describe(const struct fault *fault, char *text, unsigned size) {
    static const char *const sources[4] = {"", ", on the kernel stack", ", from EL0",
                                           ", from AArch32"};
    if (size == 0) {
        return;
    }
    struct text out = {text, size, 0};
    text[0] = '\0';
    if (has_syndrome(fault)) {
        describe_syndrome(&out, fault);
    } else {
        text_add(&out,
                 VECTOR_KIND(fault->vector) == VECTOR_IRQ ? "unexpected IRQ" : "unexpected FIQ");
    }
    text_add(&out, sources[VECTOR_SOURCE(fault->vector)]);
}

/* Arm ARM DDI 0487, D17.2.40 (FAR_EL1). */
bool arch_fault_has_address(const struct fault *fault) {
    unsigned class = fault_class(fault);
    if (!has_syndrome(fault)) {
        return false;
    }
    if (syndrome_is_abort(class)) {
        uint32_t iss = (uint32_t)fault->syndrome;
        return (iss & ISS_STATUS) != STATUS_EXTERNAL_ABORT || (iss & ISS_ADDRESS_INVALID) == 0;
    }
    return class == SYNDROME_PC_ALIGNMENT || class == SYNDROME_WATCHPOINT ||
           class == SYNDROME_WATCHPOINT_LOWER;
}

enum fault_access arch_fault_access(const struct fault *fault) {
    unsigned class = fault_class(fault);
    uint32_t iss = (uint32_t)fault->syndrome;
    if (!has_syndrome(fault) || !(syndrome_is_abort(class) || class == SYNDROME_PC_ALIGNMENT)) {
        return FAULT_OTHER;
    }
    if (!syndrome_is_data_abort(class)) {
        return FAULT_EXECUTES;
    }
    return iss & ISS_CACHE_MAINTENANCE ? FAULT_OTHER : iss & ISS_WRITE ? FAULT_WRITES : FAULT_READS;
}

bool arch_fault_in_kernel(const struct fault *fault) {
    return VECTOR_SOURCE(fault->vector) == SOURCE_KERNEL_STACK;
}

static const char *mode_name(uint64_t pstate) {
    switch (pstate & 0x1f) {
    case 0x00:
        return "EL0t";
    case 0x04:
        return "EL1t";
    case 0x05:
        return "EL1h";
    case 0x08:
        return "EL2t";
    case 0x09:
        return "EL2h";
    default:
        return pstate & 0x10 ? "AArch32" : "reserved mode";
    }
}

/* SPSR_EL1, Arm ARM DDI 0487, C5.2.18. Capital letter: the bit is set. */
static void dump_pstate(uint64_t pstate, void (*print)(const char *format, ...)) {
    print = BOUND_CALLED(frame_dump_print, print);
    print("pstate 0x%08llx (%s, %c%c%c%c, masked %c%c%c%c%s%s%s)", (unsigned long long)pstate,
          mode_name(pstate), pstate >> 31 & 1 ? 'N' : 'n', pstate >> 30 & 1 ? 'Z' : 'z',
          pstate >> 29 & 1 ? 'C' : 'c', pstate >> 28 & 1 ? 'V' : 'v', pstate >> 9 & 1 ? 'D' : 'd',
          pstate >> 8 & 1 ? 'A' : 'a', pstate >> 7 & 1 ? 'I' : 'i', pstate >> 6 & 1 ? 'F' : 'f',
          pstate >> 22 & 1 ? ", PAN" : "", pstate >> 21 & 1 ? ", single step" : "",
          pstate >> 20 & 1 ? ", illegal" : "");
}

/* A voluntary frame goes on at the return address of its task call. */
static uint64_t frame_pc(const struct frame *frame) {
    return frame->kind == FRAME_VOLUNTARY ? frame->x[30] : frame->pc;
}

/* pc and lr stand on lines of their own: the host adds what they are. */
void arch_frame_dump(const struct frame *frame, void (*print)(const char *format, ...)) {
    bool full = frame->kind != FRAME_VOLUNTARY;
    BOUND_CALLED(frame_dump_print, print)("pc 0x%016llx", (unsigned long long)frame_pc(frame));
    BOUND_CALLED(frame_dump_print, print)("lr 0x%016llx", (unsigned long long)frame->x[30]);
    BOUND_CALLED(frame_dump_print, print)("sp 0x%016llx", (unsigned long long)frame->sp);
    if (full) {
        dump_pstate(frame->pstate, print);
    }
    BOUND_LOOP(lines, 10); /* x0..x29 */
    for (unsigned i = full ? 0 : 19; i + 2 < ARRAY_SIZE(frame->x); i += 3) {
        BOUND_TURN(lines);
        print = BOUND_CALLED(frame_dump_print, print);
        print("x%-2u %016llx  x%-2u %016llx  x%-2u %016llx", i, (unsigned long long)frame->x[i],
              i + 1, (unsigned long long)frame->x[i + 1], i + 2,
              (unsigned long long)frame->x[i + 2]);
    }
}

void arch_frame_registers(const struct frame *frame, uint64_t registers[ARCH_REGISTERS]) {
    BOUND_LOOP(registers, ARRAY_SIZE(frame->x));
    for (unsigned i = 0; i < ARRAY_SIZE(frame->x); i++) {
        BOUND_TURN(registers);
        registers[i] = frame->x[i];
    }
    registers[ARRAY_SIZE(frame->x)] = frame->sp;
    registers[ARRAY_SIZE(frame->x) + 1] = frame->pc;
    registers[ARRAY_SIZE(frame->x) + 2] = frame->pstate;
}

/* --- Stack trace: AAPCS64, 6.4.6: x29 points at {caller's x29, return address}. -------------- */

struct trace {
    uint64_t *addresses;
    unsigned limit;
    unsigned count;
};

/* False: no more room, or no address of code. */
static bool trace_add(struct trace *trace, uint64_t address) {
    if (trace->count >= trace->limit || address == 0 || address % INSTRUCTION_SIZE != 0) {
        return false;
    }
    trace->addresses[trace->count++] = address;
    return true;
}

static bool trace_is_readable(uint64_t record, bool (*readable)(vaddr_t address, uint64_t size)) {
    return BOUND_CALLED(trace_readable, readable)(vaddr(record), 16);
}

/* Records lie at rising addresses of one stack, so the walk ends even if they are garbage; `limit`
 * bounds it anyway. */
static void trace_walk(struct trace *trace, uint64_t record,
                       bool (*readable)(vaddr_t address, uint64_t size)) {
    uint64_t previous = 0;
    BOUND_LOOP(records, ARCH_TRACE_MAX + 1); /* the last finds no room */
    while (record > previous && record % 8 == 0 && trace_is_readable(record, readable)) {
        BOUND_TURN(records);
        const uint64_t *pair = vaddr_pointer(vaddr(record));
        if (!trace_add(trace, pair[1])) {
            return;
        }
        previous = record;
        record = pair[0];
    }
}

/* A leaf function has made no record: where it returns is known only from lr. In any other function
 * lr may be stale; then it points into that same function, or is the record's own address. */
static void trace_add_leaf(struct trace *trace, const struct frame *frame,
                           bool (*readable)(vaddr_t address, uint64_t size)) {
    uint64_t record = frame->x[29];
    uint64_t saved = 0;
    if (record != 0 && record % 8 == 0 && trace_is_readable(record, readable)) {
        saved = ((const uint64_t *)vaddr_pointer(vaddr(record)))[1];
    }
    if (frame->x[30] != saved && frame->x[30] != frame->pc) {
        trace_add(trace, frame->x[30]);
    }
}

unsigned arch_stack_trace(const struct frame *frame, uint64_t *addresses, unsigned limit,
                          bool (*readable)(vaddr_t address, uint64_t size)) {
    limit = limit < ARCH_TRACE_MAX ? limit : ARCH_TRACE_MAX;
    struct trace trace = {addresses, limit, 0};
    if (frame == NULL) {
        trace_walk(&trace, (uint64_t)(uintptr_t)__builtin_frame_address(0), readable);
        return trace.count;
    }
    if (limit > 0) { /* the pc belongs there whatever it is: a jump to nowhere is the finding */
        addresses[trace.count++] = frame_pc(frame);
    }
    if (frame->kind != FRAME_VOLUNTARY) {
        trace_add_leaf(&trace, frame, readable);
    }
    trace_walk(&trace, frame->x[29], readable);
    return trace.count;
}
