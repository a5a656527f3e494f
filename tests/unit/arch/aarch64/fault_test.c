/* SPDX-License-Identifier: MIT */
/* What the AArch64 port says about faults and frames, compiled for the host: it is pure, but for
 * the stacks it walks, and those are made here. */
#include "lib/addr.h"

/* The machine's frame, of which fault.c sees no more than these names, in place of the host's. */
#define ARCH_INLINE_FRAME_H
#define FRAME_FULL      0
#define FRAME_VOLUNTARY 4
struct frame {
    uint64_t x[31];
    uint64_t pc, sp, kind, pstate;
};
MAYBE_UNUSED static inline void arch_frame_set_result(struct frame *frame, uint64_t value) {
    frame->x[0] = value;
}
MAYBE_UNUSED static inline void arch_frame_prepare(struct frame *frame, void (*entry)(void *),
                                                   void *argument, vaddr_t stack_top) {
    (void)frame, (void)entry, (void)argument, (void)stack_top;
}
MAYBE_UNUSED static inline void arch_frame_set_words(struct frame *frame, const uint64_t *words,
                                                     uint64_t length) {
    (void)frame, (void)words, (void)length;
}
MAYBE_UNUSED static inline uint64_t arch_frame_pc(const struct frame *frame) {
    return frame->pc;
}
MAYBE_UNUSED static inline void arch_frame_here(struct frame *frame) {
    frame->kind = FRAME_FULL;
}
MAYBE_UNUSED static inline uint64_t arch_frame_result(const struct frame *frame) {
    return frame->x[0];
}
MAYBE_UNUSED static inline uint64_t arch_frame_sp(const struct frame *frame) {
    return frame->sp;
}
MAYBE_UNUSED static inline bool arch_frame_is_user(const struct frame *frame) {
    return (frame->pstate & 15) == 0;
}
MAYBE_UNUSED static inline void arch_frame_copy(struct frame *to, const struct frame *from) {
    *to = *from;
}

/* The archive may have the host's own of these names. */
#define arch_fault_describe    aarch64_fault_describe
#define arch_fault_has_address aarch64_fault_has_address
#define arch_fault_access      aarch64_fault_access
#define arch_fault_in_kernel   aarch64_fault_in_kernel
#define arch_frame_dump        aarch64_frame_dump
#define arch_frame_registers   aarch64_frame_registers
#define arch_stack_trace       aarch64_stack_trace
#include "arch/aarch64/fault.c"
#include "arch/aarch64/syndrome.c"

#include <stdarg.h>
#include <stdio.h>

#include "tests/unit/test.h"

#define SYNDROME(class, iss) ((uint64_t)(class) << 26 | 1u << 25 | (iss))

static const char *describe(uint64_t syndrome, unsigned vector) {
    static char text[128];
    struct fault fault = {.syndrome = syndrome, .vector = (uint8_t)vector};
    memset(text, '#', sizeof text);
    arch_fault_describe(&fault, text, sizeof text);
    return text;
}

static enum fault_access access_of(uint64_t syndrome, unsigned vector) {
    struct fault fault = {.syndrome = syndrome, .vector = (uint8_t)vector};
    return arch_fault_access(&fault);
}

TEST(fault_accesses) {
    EXPECT_EQ(access_of(SYNDROME(0x25, 0x07), 0), FAULT_READS);
    EXPECT_EQ(access_of(SYNDROME(0x24, 0x07), 8), FAULT_READS);
    EXPECT_EQ(access_of(SYNDROME(0x25, 0x4f), 0), FAULT_WRITES);
    EXPECT_EQ(access_of(SYNDROME(0x25, 0x144), 0), FAULT_OTHER); /* cache maintenance */
    EXPECT_EQ(access_of(SYNDROME(0x21, 0x0f), 0), FAULT_EXECUTES);
    EXPECT_EQ(access_of(SYNDROME(0x22, 0), 0), FAULT_EXECUTES);
    EXPECT_EQ(access_of(SYNDROME(0x35, 0), 0), FAULT_OTHER);
    EXPECT_EQ(access_of(SYNDROME(0x25, 0x4f), 1), FAULT_OTHER); /* an older one's */
}

TEST(fault_words) {
    EXPECT_STRING(describe(SYNDROME(0x25, 0x07), 0),
                  "data abort, read, translation fault, level 3");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x4f), 0),
                  "data abort, write, permission fault, level 3");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x144), 0),
                  "data abort, cache maintenance, translation fault, level 0");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x21), 0), "data abort, read, alignment fault");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x10), 0), "data abort, read, external abort");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x2b), 0),
                  "data abort, read, translation fault, level -1");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x2a), 0),
                  "data abort, read, translation fault, level -2");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x3f), 0), "data abort, read, reserved status code");
    EXPECT_STRING(describe(SYNDROME(0x21, 0x0e), 0),
                  "instruction abort, permission fault, level 2");
    EXPECT_STRING(describe(SYNDROME(0x20, 0x04), 8),
                  "instruction abort from a lower level, translation fault, level 0, from EL0");
    EXPECT_STRING(describe(SYNDROME(0x00, 0), 0), "undefined instruction or unknown reason");
    EXPECT_STRING(describe(SYNDROME(0x15, 0x2a), 0), "SVC 0x2a");
    EXPECT_STRING(describe(SYNDROME(0x3c, 0xf000), 0), "BRK 0xf000");
    EXPECT_STRING(describe(SYNDROME(0x3c, 0), 0), "BRK 0x0");
    EXPECT_STRING(describe(SYNDROME(0x07, 0), 0), "floating point or SIMD without attributes.fp");
    EXPECT_STRING(describe(SYNDROME(0x26, 0), 0), "SP alignment fault");
    EXPECT_STRING(describe(SYNDROME(0x02, 0), 0), "reserved exception class");
}

TEST(fault_vectors) {
    /* The syndrome is an older exception's where IRQs and FIQs are concerned. */
    EXPECT_STRING(describe(SYNDROME(0x25, 0x07), 5), "unexpected IRQ, on the kernel stack");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x07), 2), "unexpected FIQ");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x07), 14), "unexpected FIQ, from AArch32");
    EXPECT_STRING(describe(SYNDROME(0x2f, 0), 3), "SError interrupt");
    EXPECT_STRING(describe(SYNDROME(0x25, 0x07), 4),
                  "data abort, read, translation fault, level 3, on the kernel stack");
    EXPECT_STRING(
        describe(SYNDROME(0x18, 0), 255),
        "trapped MSR, MRS or system instruction, from AArch32"); /* any number is survived */
}

/* Arm ARM DDI 0487, ESR_EL1.EC: all that can be taken to EL1. */
TEST(fault_whose) {
    for (unsigned vector = 0; vector < 16; vector++) {
        struct fault fault = {.vector = (uint8_t)vector};
        EXPECT(arch_fault_in_kernel(&fault) == (vector >= 4 && vector < 8));
    }
}

TEST(fault_all_classes_have_words) {
    static const uint8_t architected[] = {
        0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0c, 0x0d, 0x0e, 0x11, 0x14,
        0x15, 0x18, 0x19, 0x1b, 0x1c, 0x1d, 0x20, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27,
        0x28, 0x2c, 0x2d, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x38, 0x3c, 0x3d};
    unsigned named = 0;
    for (unsigned class = 0; class < 100; class ++) {
        named += strcmp(syndrome_class_name(class), "reserved exception class") != 0;
        for (unsigned other = 0; other < class; other++) { /* no two the same */
            EXPECT(strcmp(syndrome_class_name(class), syndrome_class_name(other)) != 0 ||
                   strcmp(syndrome_class_name(class), "reserved exception class") == 0);
        }
    }
    for (unsigned i = 0; i < ARRAY_SIZE(architected); i++) {
        EXPECT(strcmp(syndrome_class_name(architected[i]), "reserved exception class") != 0);
    }
    EXPECT_EQ(named, ARRAY_SIZE(architected));
}

static void expect_status(unsigned status, const char *name, int level) {
    int told = 99;
    EXPECT_STRING(syndrome_status_name(status), name);
    EXPECT_EQ(syndrome_status_level(status, &told), level != 99);
    EXPECT_EQ(told, level);
}

TEST(fault_status_codes) {
    static const struct {
        unsigned first;
        const char *name;
    } levelled[] = {
        {0x00, "address size fault"},
        {0x04, "translation fault"},
        {0x08, "access flag fault"},
        {0x0c, "permission fault"},
        {0x14, "external abort on a table walk"},
        {0x1c, "parity or ECC error on a table walk"},
        {0x24, "granule protection fault on a table walk"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(levelled); i++) {
        for (unsigned level = 0; level < 4; level++) {
            expect_status(levelled[i].first + level, levelled[i].name, (int)level);
        }
    }
    expect_status(0x10, "external abort", 99);
    expect_status(0x13, "external abort on a table walk", -1);
    expect_status(0x29, "address size fault", -1);
    expect_status(0x30, "TLB conflict", 99);
    expect_status(0x1a, "reserved status code", 99);
    expect_status(64, "reserved status code", 99);
    unsigned known = 0;
    for (unsigned status = 0; status < 64; status++) {
        known += strcmp(syndrome_status_name(status), "reserved status code") != 0;
    }
    EXPECT_EQ(known, 7 * 4 + 18);
}

TEST(fault_text_fits_any_size) {
    char text[64];
    struct fault fault = {.syndrome = SYNDROME(0x25, 0x47)};
    for (unsigned size = 0; size < sizeof text; size++) {
        memset(text, '#', sizeof text);
        arch_fault_describe(&fault, text, size);
        EXPECT_EQ(text[size], '#');
        if (size > 0) {
            const char *whole = "data abort, write, translation fault, level 3";
            EXPECT_EQ(strnlen(text, size), size - 1 < strlen(whole) ? size - 1 : strlen(whole));
            EXPECT(strncmp(text, whole, strlen(text)) == 0);
        }
    }
}

static bool has_address(uint64_t syndrome, unsigned vector) {
    struct fault fault = {.syndrome = syndrome, .vector = (uint8_t)vector};
    return arch_fault_has_address(&fault);
}

TEST(fault_address) {
    EXPECT(has_address(SYNDROME(0x25, 0x07), 0));
    EXPECT(has_address(SYNDROME(0x24, 0x07), 8));
    EXPECT(has_address(SYNDROME(0x21, 0x07), 0));
    EXPECT(has_address(SYNDROME(0x22, 0), 0));
    EXPECT(has_address(SYNDROME(0x35, 0), 0));
    EXPECT(has_address(SYNDROME(0x25, 0x10), 0));
    EXPECT(!has_address(SYNDROME(0x25, 0x410), 0)); /* FnV counts for external aborts */
    EXPECT(has_address(SYNDROME(0x25, 0x407), 0));  /* and for them alone */
    EXPECT(!has_address(SYNDROME(0x00, 0), 0));
    EXPECT(!has_address(SYNDROME(0x26, 0), 0));
    EXPECT(!has_address(SYNDROME(0x3c, 0), 0));
    EXPECT(!has_address(SYNDROME(0x25, 0x07), 1)); /* an IRQ: not its syndrome */
}

/* --- Registers -------------------------------------------------------------------------------- */

static char dump[2048];

static void dump_line(const char *format, ...) {
    va_list arguments;
    size_t length = strlen(dump);
    va_start(arguments, format);
    vsnprintf(dump + length, sizeof dump - length, format, arguments);
    va_end(arguments);
    strcat(dump, "\n");
}

static struct frame full_frame(void) {
    struct frame frame = {.pc = 0xffff000040080010, .sp = 0xffff000000001000, .kind = FRAME_FULL};
    for (unsigned i = 0; i < 31; i++) {
        frame.x[i] = 0x1000 + i;
    }
    frame.pstate = 0x600003c5;
    return frame;
}

TEST(frame_dump_full) {
    struct frame frame = full_frame();
    dump[0] = '\0';
    arch_frame_dump(&frame, dump_line);
    EXPECT(strstr(dump, "pc 0xffff000040080010\n") == dump);
    EXPECT(strstr(dump, "\nlr 0x000000000000101e\n") != NULL);
    EXPECT(strstr(dump, "\nsp 0xffff000000001000\n") != NULL);
    EXPECT(strstr(dump, "\npstate 0x600003c5 (EL1h, nZCv, masked DAIF)\n") != NULL);
    for (unsigned i = 0; i < 30; i++) { /* x30 is lr */
        char wanted[40];
        snprintf(wanted, sizeof wanted, "x%-2u %016x", i, 0x1000 + i);
        EXPECT(strstr(dump, wanted) != NULL);
    }
    frame.pstate = 0x80700144;
    dump[0] = '\0';
    arch_frame_dump(&frame, dump_line);
    EXPECT(strstr(dump, "(EL1t, Nzcv, masked dAiF, PAN, single step, illegal)") != NULL);
}

TEST(frame_dump_voluntary_shows_only_what_is_stored) {
    struct frame frame = full_frame();
    frame.kind = FRAME_VOLUNTARY;
    dump[0] = '\0';
    arch_frame_dump(&frame, dump_line);
    EXPECT(strstr(dump, "pc 0x000000000000101e\n") == dump);
    EXPECT(strstr(dump, "pstate") == NULL);
    EXPECT(strstr(dump, "x18") == NULL);
    EXPECT(strstr(dump, "x19 0000000000001013") != NULL);
    EXPECT(strstr(dump, "x30 000000000000101e") != NULL);
}

/* --- Stack traces ----------------------------------------------------------------------------- */

static uint64_t stack[64];
static unsigned denied;

static bool on_stack(vaddr_t address, uint64_t size) {
    uint64_t low = vaddr_of(stack).value;
    bool allowed = address.value >= low && address.value <= low + sizeof stack - size;
    denied += !allowed;
    return allowed;
}

static uint64_t at(unsigned index) {
    return vaddr_of(&stack[index]).value;
}

/* A record at stack[index]: the caller's record, and where to return. */
static void record(unsigned index, uint64_t caller, uint64_t address) {
    stack[index] = caller;
    stack[index + 1] = address;
}

/* Three records; the last is where a thread begins. */
static struct frame walkable_frame(void) {
    struct frame frame = {.pc = 0x4000, .kind = FRAME_FULL};
    memset(stack, 0, sizeof stack);
    record(4, at(10), 0x5000);
    record(10, at(20), 0x6000);
    record(20, 0, 0x7000);
    frame.x[29] = at(4);
    frame.x[30] = 0x5000;
    denied = 0;
    return frame;
}

static void expect_trace(const struct frame *frame, unsigned limit, const uint64_t *wanted,
                         unsigned count) {
    uint64_t addresses[12];
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
        addresses[i] = 0x1111;
    }
    EXPECT_EQ(arch_stack_trace(frame, addresses, limit, on_stack), count);
    for (unsigned i = 0; i < count; i++) {
        EXPECT_EQ(addresses[i], wanted[i]);
    }
    EXPECT_EQ(addresses[count], 0x1111);
}

#define EXPECT_TRACE(frame, limit, ...)                                                            \
    expect_trace((frame), (limit), (const uint64_t[]){__VA_ARGS__},                                \
                 sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

TEST(trace_walks_records) {
    struct frame frame = walkable_frame();
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000, 0x7000);
    EXPECT_EQ(denied, 0);
}

TEST(trace_of_a_leaf_names_its_caller) {
    struct frame frame = walkable_frame();
    frame.x[30] = 0x4800; /* not what the innermost record says: the leaf has made none */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x4800, 0x5000, 0x6000, 0x7000);
    frame.x[30] = 0x4801; /* no address of code */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000, 0x7000);
    frame.x[30] = frame.pc; /* a jump to nowhere by `ret`: said once */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000, 0x7000);
    frame.x[29] = 0;
    frame.x[30] = 0x4800;
    EXPECT_TRACE(&frame, 10, 0x4000, 0x4800);
}

TEST(trace_of_a_voluntary_frame_begins_at_lr) {
    struct frame frame = walkable_frame();
    frame.kind = FRAME_VOLUNTARY;
    frame.x[30] = 0x4800;
    EXPECT_TRACE(&frame, 10, 0x4800, 0x5000, 0x6000, 0x7000);
}

TEST(trace_keeps_to_its_limit) {
    struct frame frame = walkable_frame();
    EXPECT_TRACE(&frame, 1, 0x4000);
    EXPECT_TRACE(&frame, 3, 0x4000, 0x5000, 0x6000);
    uint64_t untouched = 0x1111;
    EXPECT_EQ(arch_stack_trace(&frame, &untouched, 0, on_stack), 0);
    EXPECT_EQ(untouched, 0x1111);
}

TEST(trace_of_a_deep_stack_ends) {
    struct frame frame = {.pc = 0x4000, .kind = FRAME_FULL};
    uint64_t addresses[ARCH_TRACE_MAX + 2];
    memset(stack, 0, sizeof stack);
    for (unsigned i = 0; i < ARCH_TRACE_MAX + 1; i++) {
        record(2 * i, at(2 * i + 2), 0x5000 + 4 * i);
    }
    frame.x[29] = at(0);
    EXPECT_EQ(arch_stack_trace(&frame, addresses, ARCH_TRACE_MAX + 2, on_stack), ARCH_TRACE_MAX);
}

TEST(trace_survives_garbage) {
    struct frame frame = walkable_frame();
    record(10, at(10), 0x6000); /* itself */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000);
    record(10, at(4), 0x6000); /* back */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000);
    record(10, at(20) + 4, 0x6000); /* misaligned */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000);
    EXPECT_EQ(denied, 0);
    record(10, UINT64_MAX - 7, 0x6000); /* nowhere */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000);
    record(10, at(63), 0x6000); /* half beyond the end */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000, 0x6000);
    EXPECT_EQ(denied, 2);
    record(10, at(20), 0x6002); /* a return address that is none */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000);
    frame.x[29] = 0xdeadbeef00; /* the very first */
    EXPECT_TRACE(&frame, 10, 0x4000, 0x5000);
    frame.pc = 3; /* a jump to nowhere is just what is to be shown */
    frame.x[30] = 0;
    EXPECT_TRACE(&frame, 10, 3);
}
