/* SPDX-License-Identifier: MIT */
/* The driver over registers of plain memory: what it writes, where, and the fold of priorities. */
#include "drivers/irqchip/gicv2.h"

#include "drivers/irqchip/irqchip.h"
#include "tests/unit/test.h"

static uint32_t distributor[0x1000 / 4];
static uint32_t cpu[0x1000 / 4];

#define TYPER     distributor[0x004 / 4]
#define ENABLE    (distributor + 0x100 / 4)
#define DISABLE   (distributor + 0x180 / 4)
#define PENDING   (distributor + 0x280 / 4)
#define ACTIVE    (distributor + 0x380 / 4)
#define PRIORITY  ((uint8_t *)distributor + 0x400)
#define TARGET    ((uint8_t *)distributor + 0x800)
#define CONTROL   distributor[0]
#define TRIGGER   distributor[0xf00 / 4]
#define UNTOUCHED 0x5a

static void start(uint32_t typer) {
    memset(distributor, UNTOUCHED, sizeof distributor);
    memset(cpu, UNTOUCHED, sizeof cpu);
    TYPER = typer;
    TARGET[0] = 0x01;
    EXPECT_EQ(irqchip_init(vaddr_of(distributor), vaddr_of(cpu)), STATUS_OK);
}

TEST(gicv2_init_silences_all) {
    start(8); /* 288 lines, as QEMU virt */
    EXPECT_EQ(irqchip_line_count(), 288);
    EXPECT_EQ(gicv2_priority_levels(), 256);
    for (unsigned word = 0; word < 9; word++) {
        EXPECT_EQ(DISABLE[word], UINT32_MAX);
        EXPECT_EQ(PENDING[word], UINT32_MAX);
        EXPECT_EQ(ACTIVE[word], UINT32_MAX);
    }
    EXPECT_EQ(DISABLE[9], 0x5a5a5a5a);
    for (unsigned line = 0; line < 288; line++) {
        EXPECT_EQ(PRIORITY[line], 252);
        if (line >= 32) {
            EXPECT_EQ(TARGET[line], 0x01);
        }
    }
    EXPECT_EQ(PRIORITY[288], UNTOUCHED);
    EXPECT_EQ(TARGET[31], UNTOUCHED); /* of private lines: read-only */
    EXPECT_EQ(TARGET[288], UNTOUCHED);
    EXPECT_EQ(CONTROL, 1);
    EXPECT_EQ(cpu[0], 1);
    EXPECT_EQ(cpu[1], 0xff);
}

TEST(gicv2_line_count_is_capped) {
    start(31 | 0xffffffe0); /* other bits of TYPER do not count */
    EXPECT_EQ(irqchip_line_count(), 1020);
    EXPECT_EQ(PRIORITY[1019], 252);
    EXPECT_EQ(PRIORITY[1020], UNTOUCHED);
    EXPECT_EQ(irqchip_enable(1019, 0), STATUS_OK);
    EXPECT_EQ(irqchip_enable(1020, 0), STATUS_OUT_OF_RANGE);
}

TEST(gicv2_enable_and_disable) {
    start(8);
    memset(ENABLE, 0, 9 * 4);
    memset(DISABLE, 0, 9 * 4);
    EXPECT_EQ(irqchip_enable(33, 63), STATUS_OK);
    EXPECT_EQ(ENABLE[1], 2);
    EXPECT_EQ(PRIORITY[33], 0);
    EXPECT_EQ(PRIORITY[32], 252);
    EXPECT_EQ(PRIORITY[34], 252);
    EXPECT_EQ(irqchip_disable(287), STATUS_OK);
    EXPECT_EQ(DISABLE[8], INT64_C(0x80000000));
    EXPECT_EQ(irqchip_enable(288, 0), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(irqchip_enable(0, 64), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(irqchip_disable(288), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(irqchip_disable(UINT32_MAX), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(ENABLE[0], 0);
    EXPECT_EQ(DISABLE[9], 0x5a5a5a5a);
}

TEST(gicv2_trigger_is_for_this_cpu) {
    start(8);
    EXPECT_EQ(irqchip_trigger(15), STATUS_OK);
    EXPECT_EQ(TRIGGER, 0x0200000f);
    EXPECT_EQ(irqchip_trigger(16), STATUS_OUT_OF_RANGE);
}

TEST(gicv2_acknowledge_and_end) {
    start(8);
    cpu[0x00c / 4] = 2u << 10 | 5; /* an SGI of CPU 2 */
    uint32_t taken = irqchip_acknowledge();
    EXPECT_EQ(irqchip_line(taken), 5);
    irqchip_end(taken);
    EXPECT_EQ(cpu[0x010 / 4], 2u << 10 | 5);
}

TEST(gicv2_priorities_keep_their_order) {
    for (uint32_t levels = 16; levels <= 256; levels *= 2) {
        uint32_t step = 256 / levels;
        uint32_t lowest = 256 - step; /* what a mask of 0xff reads as: not let through */
        uint32_t distinct = 1;
        for (uint32_t priority = 0; priority < 64; priority++) {
            uint32_t value = gicv2_priority_value(priority, levels);
            EXPECT(value < lowest);
            EXPECT_EQ(value % step, 0);
            if (priority > 0) {
                uint32_t below = gicv2_priority_value(priority - 1, levels);
                EXPECT(value <= below);
                distinct += value < below;
            }
        }
        EXPECT_EQ(gicv2_priority_value(63, levels), 0);
        EXPECT_EQ(distinct, levels >= 128 ? 64 : levels - 1);
    }
}
