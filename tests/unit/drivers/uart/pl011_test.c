/* SPDX-License-Identifier: MIT */
/* The UART over registers of plain memory: what it is told, and that no wait is for ever. */
#include "drivers/uart/pl011.h"

#include "tests/unit/test.h"

static uint32_t registers[0x1000 / 4];

#define DATA         registers[0x000 / 4]
#define FLAGS        registers[0x018 / 4]
#define LINE_CONTROL registers[0x02c / 4]
#define CONTROL      registers[0x030 / 4]
#define MASK         registers[0x038 / 4]
#define CLEAR        registers[0x044 / 4]
#define BUSY         0x08u
#define EMPTY        0x10u
#define OVERRUN      0x800u
#define FULL         0x20u

static void start(void) {
    memset(registers, 0xff, sizeof registers);
    FLAGS = 0;
    pl011_init(vaddr_of(registers));
}

TEST(pl011_init_programs) {
    start();
    EXPECT_EQ(LINE_CONTROL, 0x70);
    EXPECT_EQ(CONTROL, 0x301);
    EXPECT_EQ(MASK, 0);
    EXPECT_EQ(CLEAR, 0x7ff);
    EXPECT_EQ(registers[0x024 / 4], UINT32_MAX); /* the baud rate is firmware's */
}

TEST(pl011_try_put_only_with_room) {
    start();
    FLAGS = BUSY;
    EXPECT(pl011_try_put('a'));
    EXPECT_EQ(DATA, 'a');
    EXPECT(pl011_put((char)0xe9)); /* no sign may spill into the register's upper bits */
    EXPECT_EQ(DATA, 0xe9);
    FLAGS = FULL;
    EXPECT(!pl011_try_put('b'));
    EXPECT(!pl011_put('b')); /* gives up */
    EXPECT_EQ(DATA, 0xe9);
}

TEST(pl011_flush_ends) {
    start();
    FLAGS = BUSY;
    pl011_flush();
    pl011_init(vaddr_of(registers));
    EXPECT_EQ(CONTROL, 0x301);
}

/* To switch them would empty them. */
TEST(pl011_init_keeps_fifos_as_they_are) {
    memset(registers, 0, sizeof registers);
    pl011_init(vaddr_of(registers));
    EXPECT_EQ(LINE_CONTROL, 0x60);
}

TEST(pl011_gets_what_came) {
    char letter = 0;
    start();
    pl011_listen();
    EXPECT_EQ(MASK, 0x50);
    FLAGS = EMPTY;
    EXPECT(!pl011_try_get(&letter));
    FLAGS = 0;
    DATA = 'a';
    EXPECT(pl011_try_get(&letter) && letter == 'a');
    EXPECT_EQ(pl011_overruns(), 0);
    DATA = OVERRUN | 'b';
    EXPECT(pl011_try_get(&letter) && letter == 'b');
    EXPECT_EQ(pl011_overruns(), 1);
}

TEST(pl011_is_a_console) {
    start();
    console_init(pl011_console());
    console_write("xy", 2);
    EXPECT_EQ(DATA, 'y');
    FLAGS = FULL;
    EXPECT(!console_try_put('z'));
    console_flush();
    char letter = 0;
    FLAGS = 0;
    DATA = 'q';
    console_listen();
    EXPECT_EQ(MASK, 0x50);
    EXPECT(console_try_get(&letter) && letter == 'q');
    EXPECT_EQ(console_overruns(), pl011_overruns());
    console_set_line(33);
    EXPECT_EQ(console_line(), 33);
}
