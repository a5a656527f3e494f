/* SPDX-License-Identifier: MIT */
/* The GICv2's distributor, set up and told lines: IHI 0048B, chapter 4. Only gicv2_init()
 * writes the struct; registers for single lines are write-one ones, so no lock is needed to
 * change a bit. */
#include "drivers/irqchip/gicv2.h"

#include "lib/bound.h"

/* GICD registers, as indices of 32-bit words: IHI 0048B, table 4-1. */
#define DIST_CTLR      (0x000 / 4)
#define DIST_TYPER     (0x004 / 4)
#define DIST_IGROUP    (0x080 / 4)
#define DIST_ISENABLE  (0x100 / 4)
#define DIST_ICPEND    (0x280 / 4)
#define DIST_ICACTIVE  (0x380 / 4)
#define DIST_IPRIORITY (0x400 / 4)
#define DIST_ITARGETS  (0x800 / 4)
#define DIST_SGIR      (0xf00 / 4)

#define CPU_CTLR (0x000 / 4)

#define ENABLE_GROUP   0x1u
#define TYPER_LINES    0x1fu
#define SGIR_THIS_CPU  (2u << 24)
#define PRIVATE_LINES  32u /* SGIs and PPIs: banked, of this CPU */
#define PRIORITY_OPEN  0xffu
#define LOWEST_OF_WORD 0x01010101u
#define LINE_WORDS     ((GICV2_LINES_MAX + 31) / 32) /* of registers with a bit for each line */
#define PRIORITY_WORDS (GICV2_LINES_MAX / 4)         /* ... with a byte */

struct gicv2 gicv2;

/* Of 128 levels or more each kernel priority gets its own, two or four apart. Of fewer the lowest
 * is not used: a mask can't let it through (IHI 0048B, 4.4.2). */
uint32_t gicv2_priority_value(uint32_t priority, uint32_t levels) {
    uint32_t distance = GICV2_PRIORITIES - 1 - priority; /* 0..63 */
    if (levels >= 2 * GICV2_PRIORITIES) {
        return distance * 4;
    }
    uint32_t step = 256 / levels;
    return distance * (levels - 1) / GICV2_PRIORITIES * step;
}

/* A mask lets through what is smaller: IHI 0048B, 4.4.2. One above the value is enough, and where
 * the chip does not have that bit, it is the next value that it has. */
uint32_t gicv2_mask_value(uint32_t priority, uint32_t levels) {
    return gicv2_priority_value(priority, levels) + (levels == 256 ? 1 : 256 / levels);
}

static volatile uint8_t *priority_byte(uint32_t line) {
    return (volatile uint8_t *)&gicv2.distributor[DIST_IPRIORITY] + line;
}

/* Bits of a priority that are not implemented read as zero: IHI 0048B, 3.3. Line 0 is free for the
 * experiment: it is disabled. */
static uint32_t count_priority_levels(void) {
    *priority_byte(0) = 0xff;
    uint32_t implemented = *priority_byte(0);
    return implemented == 0 ? 0 : 256u >> __builtin_ctz(implemented);
}

/* The CPU targets of private lines read as this CPU: IHI 0048B, 4.3.12. */
static uint32_t own_target(void) {
    uint32_t mask = gicv2.distributor[DIST_ITARGETS] & 0xff;
    return mask == 0 ? 0x01 : mask;
}

static void silence_all_lines(void) {
    BOUND_LOOP(line_words, LINE_WORDS);
    for (uint32_t word = 0; word < (gicv2.line_count + 31) / 32; word++) {
        BOUND_TURN(line_words);
        gicv2.distributor[GICV2_DIST_ICENABLE + word] = UINT32_MAX;
        gicv2.distributor[DIST_ICPEND + word] = UINT32_MAX;
        gicv2.distributor[DIST_ICACTIVE + word] = UINT32_MAX;
        gicv2.distributor[DIST_IGROUP + word] = 0;
    }
}

static void route_all_lines(void) {
    uint32_t lowest = gicv2_priority_value(0, gicv2.priority_levels) * LOWEST_OF_WORD;
    uint32_t target = own_target() * LOWEST_OF_WORD;
    BOUND_LOOP(priority_words, PRIORITY_WORDS);
    for (uint32_t word = 0; word < gicv2.line_count / 4; word++) {
        BOUND_TURN(priority_words);
        gicv2.distributor[DIST_IPRIORITY + word] = lowest;
        if (word >= PRIVATE_LINES / 4) {
            gicv2.distributor[DIST_ITARGETS + word] = target;
        }
    }
}

static void make_masks(void) {
    BOUND_LOOP(masks, GICV2_PRIORITIES);
    for (uint32_t priority = 0; priority < GICV2_PRIORITIES; priority++) {
        BOUND_TURN(masks);
        gicv2.mask[priority] = (uint8_t)gicv2_mask_value(priority, gicv2.priority_levels);
    }
}

status_t gicv2_init(vaddr_t distributor, vaddr_t cpu_interface) {
    gicv2.distributor = vaddr_pointer(distributor);
    gicv2.cpu = vaddr_pointer(cpu_interface);
    gicv2.cpu[CPU_CTLR] = 0;
    gicv2.distributor[DIST_CTLR] = 0;
    uint32_t lines = ((gicv2.distributor[DIST_TYPER] & TYPER_LINES) + 1) * 32;
    gicv2.line_count = lines < GICV2_LINES_MAX ? lines : GICV2_LINES_MAX;
    silence_all_lines();
    gicv2.priority_levels = count_priority_levels();
    if (gicv2.priority_levels < 16) { /* the least that the architecture allows */
        return STATUS_UNSUPPORTED;
    }
    make_masks();
    route_all_lines();
    gicv2.cpu[GICV2_CPU_PMR] = PRIORITY_OPEN;
    gicv2.cpu[CPU_CTLR] = ENABLE_GROUP; /* EOImode 0, FIQs off */
    gicv2.distributor[DIST_CTLR] = ENABLE_GROUP;
    return STATUS_OK;
}

status_t gicv2_enable(uint32_t line, uint32_t priority) {
    if (line >= gicv2.line_count || priority >= GICV2_PRIORITIES) {
        return STATUS_OUT_OF_RANGE;
    }
    *priority_byte(line) = (uint8_t)gicv2_priority_value(priority, gicv2.priority_levels);
    gicv2.distributor[DIST_ISENABLE + line / 32] = 1u << (line % 32);
    return STATUS_OK;
}

status_t gicv2_disable(uint32_t line) {
    if (line >= gicv2.line_count) {
        return STATUS_OUT_OF_RANGE;
    }
    gicv2_shut(line);
    return STATUS_OK;
}

status_t gicv2_trigger(uint32_t sgi) {
    if (sgi >= GICV2_SGI_COUNT) {
        return STATUS_OUT_OF_RANGE;
    }
    gicv2.distributor[DIST_SGIR] = SGIR_THIS_CPU | sgi;
    return STATUS_OK;
}

void gicv2_end_taken(uint32_t acknowledged) {
    gicv2_end(acknowledged);
}

BOUND_CALLEE(irq_end, gicv2_end_taken);
BOUND_CALLEE(irq_disable, gicv2_disable);

const struct irq_controller *gicv2_controller(void) {
    static const struct irq_controller controller = {gicv2_end_taken, gicv2_disable};
    return &controller;
}
