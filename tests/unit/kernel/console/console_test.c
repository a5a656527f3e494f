/* SPDX-License-Identifier: MIT */
/* Raw output: all of it, in order, unmasked, and never for ever. */
#include "kernel/console/console.h"

#include "arch/cpu.h"
#include "tests/unit/test.h"

static char shown[64];
static size_t shown_length;
static unsigned tries;
static unsigned flushes;
static unsigned refusals_left;
static bool was_masked;

static bool fake_try_put(char letter) {
    tries++;
    was_masked = was_masked || arch_irq_is_masked();
    if (refusals_left > 0) {
        refusals_left--;
        return false;
    }
    shown[shown_length++] = letter;
    shown[shown_length] = '\0';
    return true;
}

static void fake_flush(void) {
    flushes++;
}

static void start(void) {
    static const struct console_device fake = {.try_put = fake_try_put, .flush = fake_flush};
    console_init(&fake);
    shown_length = 0;
    shown[0] = '\0';
    tries = flushes = refusals_left = 0;
    was_masked = false;
}

TEST(console_before_init) { /* must run first */
    EXPECT(!console_is_ready());
    console_write("lost", 4);
    console_flush();
    EXPECT(console_try_put('x'));
}

TEST(console_writes_all) {
    start();
    EXPECT(console_is_ready());
    console_write("a\n\0b", 4);
    EXPECT_EQ(shown_length, 4);
    EXPECT(memcmp(shown, "a\n\0b", 4) == 0);
    console_flush();
    EXPECT_EQ(flushes, 1);
    EXPECT(!was_masked);
}

TEST(console_waits_for_a_slow_device) {
    start();
    refusals_left = 1000;
    console_write("ab", 2);
    EXPECT_STRING(shown, "ab");
    EXPECT_EQ(tries, 1002);
}

TEST(console_gives_up_on_a_dead_device) {
    start();
    refusals_left = CONSOLE_POLLS_MAX + 2;
    console_write("abcdef", 6); /* a: all polls; b, c: one each; then it lives again */
    EXPECT_STRING(shown, "def");
    EXPECT_EQ(tries, CONSOLE_POLLS_MAX + 5);
    refusals_left = 2;
    console_write("g", 1); /* patience is back */
    EXPECT_STRING(shown, "defg");
}

TEST(console_cuts_what_is_too_long) {
    static char text[CONSOLE_WRITE_MAX + 1];
    start();
    EXPECT(sizeof shown < CONSOLE_WRITE_MAX);
    refusals_left = CONSOLE_POLLS_MAX + CONSOLE_WRITE_MAX; /* none is shown */
    console_write(text, sizeof text);
    EXPECT_EQ(tries, CONSOLE_POLLS_MAX + CONSOLE_WRITE_MAX - 1);
}

TEST(console_try_put_asks_once) {
    start();
    refusals_left = 1;
    EXPECT(!console_try_put('a'));
    EXPECT(console_try_put('a'));
    EXPECT_EQ(tries, 2);
}

TEST(console_without_input) {
    static const struct console_device fake = {.try_put = fake_try_put, .flush = fake_flush};
    char letter = 0;
    console_init(&fake);
    console_listen();
    EXPECT(!console_try_get(&letter));
    EXPECT_EQ(console_overruns(), 0);
}
