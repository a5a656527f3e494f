/* SPDX-License-Identifier: MIT */
/* The log over a UART that is made here: quick, slow or stuck; with interrupts that log, too. */
#define LOG_MODULE "test"
#include "kernel/console/log.h"

#include <stdio.h>
#include <stdlib.h>

#include "arch/cpu.h"
#include "arch/frame.h"
#include "config.h"
#include "kernel/console/console.h"
#include "tests/unit/test.h"

#define SHOWN_MAX (2 << 20)

static char shown[SHOWN_MAX]; /* what the UART took */
static size_t shown_length;
static unsigned busy_polls; /* refusals before each character */
static unsigned refusals;
static unsigned tries_in_stretch; /* since interrupts were last unmasked */
static unsigned most_tries_in_stretch;
static unsigned tries;
static unsigned flushes;
static bool stuck;

static bool fake_try_put(char letter) {
    tries++;
    tries_in_stretch++;
    if (tries_in_stretch > most_tries_in_stretch) {
        most_tries_in_stretch = tries_in_stretch;
    }
    if (stuck || refusals < busy_polls) {
        refusals++;
        return false;
    }
    refusals = 0;
    EXPECT(shown_length + 1 < SHOWN_MAX);
    shown[shown_length++] = letter;
    shown[shown_length] = '\0';
    return true;
}

static void fake_flush(void) {
    flushes++;
}

static const struct console_device fake = {.try_put = fake_try_put, .flush = fake_flush};
static const struct console_device absent = {.try_put = NULL, .flush = NULL};

static void shown_clear(void) {
    shown_length = 0;
    shown[0] = '\0';
}

/* An empty log, asynchronous, over a UART that takes all; the clock at 0. */
static void start(void) {
    hosted_reset();
    stuck = false;
    busy_polls = 0;
    console_init(&fake);
    log_set_synchronous(true);
    log_set_synchronous(false);
    log_set_level(LOG_LEVEL_INFO);
    shown_clear();
    refusals = tries = tries_in_stretch = most_tries_in_stretch = flushes = 0;
}

static void drain_all(void) {
    while (log_drain()) {
    }
}

TEST(log_line) {
    start();
    hosted.now = UINT64_C(771604875); /* 12.345678 s at 62.5 MHz */
    log_info("hello %d", 7);
    log_error("%s", "bad");
    drain_all();
    EXPECT_STRING(shown, "[   12.345678] info  test: hello 7\r\n"
                         "[   12.345678] error test: bad\r\n");
}

TEST(log_time_is_exact) {
    start();
    hosted.frequency_hz = (UINT64_C(1) << 34) - 1;
    hosted.now = UINT64_C(123456) * hosted.frequency_hz + hosted.frequency_hz - 1;
    log_info("x");
    hosted.frequency_hz = 0; /* firmware said nothing: a line all the same */
    log_info("y");
    drain_all();
    EXPECT(strstr(shown, "[123456.999999] info  test: x\r\n") == shown);
    EXPECT(strstr(shown, "info  test: y\r\n") != NULL);
}

static int evaluated;

static int evaluate(void) {
    return ++evaluated;
}

TEST(log_levels) {
    start();
    evaluated = 0;
    log_set_level(LOG_LEVEL_WARN);
    log_error("%d", evaluate());
    log_warn("%d", evaluate());
    log_info("%d", evaluate());
    log_debug("%d", evaluate());
    log_trace("%d", evaluate());
    EXPECT_EQ(evaluated, 2);
    log_set_level(LOG_LEVEL_TRACE);
    log_debug("%d", evaluate());
    log_trace("%d", evaluate());
    EXPECT_EQ(evaluated, 4);
    log_set_level(LOG_LEVEL_ERROR);
    log_warn("%d", evaluate());
    log_error("%d", evaluate());
    EXPECT_EQ(evaluated, 5);
    drain_all();
    EXPECT_STRING(shown, "[    0.000000] error test: 1\r\n[    0.000000] warn  test: 2\r\n"
                         "[    0.000000] debug test: 3\r\n[    0.000000] trace test: 4\r\n"
                         "[    0.000000] error test: 5\r\n");
}

TEST(log_drain_tells_whether_it_wrote) {
    start();
    EXPECT(!log_drain());
    log_info("a");
    EXPECT_EQ(shown_length, 0);
    EXPECT(log_drain());
    EXPECT_STRING(shown, "[    0.000000] info  test: a\r\n");
    EXPECT(!log_drain());
}

TEST(log_synchronous) {
    start();
    log_info("a");
    log_set_synchronous(true); /* also shows what is pending */
    EXPECT(strstr(shown, "test: a\r\n") != NULL);
    EXPECT_EQ(flushes, 1);
    busy_polls = 5000; /* slow is no reason to leave */
    log_info("b");
    EXPECT(strstr(shown, "test: b\r\n") != NULL);
    kprint("c");
    EXPECT_EQ(shown[shown_length - 1], 'c');
}

TEST(log_keeps_what_comes_before_the_console) {
    start();
    console_init(&absent);
    log_set_synchronous(true);
    log_info("early");
    EXPECT(!log_drain());
    console_write("dropped", 7);
    console_init(&fake);
    log_info("late");
    EXPECT_STRING(shown, "[    0.000000] info  test: early\r\n[    0.000000] info  test: late\r\n");
}

TEST(log_cuts_long_lines) {
    start();
    char text[400];
    memset(text, 'x', sizeof text);
    text[399] = '\0';
    log_info("%s", text);
    drain_all();
    EXPECT_EQ(shown_length, LOG_RECORD_MAX + 1); /* and the '\r' */
    EXPECT(strcmp(shown + shown_length - 6, "x...\r\n") == 0);
    shown_clear();
    kprint("%s", text);
    drain_all();
    EXPECT_EQ(shown_length, LOG_RECORD_MAX + 1);
    EXPECT(strcmp(shown + shown_length - 6, "x...\r\n") == 0);
    /* What just fits is not cut. */
    shown_clear();
    text[LOG_RECORD_MAX - 1] = '\0';
    kprint("%s\n", text);
    text[LOG_RECORD_MAX - 1 - strlen("[    0.000000] info  test: ")] = '\0';
    log_info("%s", text);
    drain_all();
    EXPECT_EQ(shown_length, 2 * (LOG_RECORD_MAX + 1));
    EXPECT(strstr(shown, "...") == NULL);
}

TEST(log_cannot_be_made_to_forge_a_line) {
    start();
    log_info("a\nok 1 - forged\r\n\x1b[2J\x7f");
    drain_all();
    EXPECT_STRING(shown, "[    0.000000] info  test: a?ok 1 - forged???[2J?\r\n");
}

TEST(kprint_is_raw) {
    start();
    kprint("a\tb\n\nc%d", 1);
    drain_all();
    EXPECT_STRING(shown, "a\tb\r\n\r\nc1");
    kprint("%s", "");
    EXPECT(!log_drain());
}

/* --- Overflow --------------------------------------------------------------------------------- */

TEST(log_drops_the_newest_and_says_where) {
    start();
    uint64_t lost_before = log_lost_count();
    char line[64];
    for (int i = 0; i < 2000; i++) {
        kprint("line %06d of many\n", i); /* 20 bytes */
    }
    int kept = CONFIG_LOG_RING_SIZE / 20;
    EXPECT_EQ(log_lost_count() - lost_before, 2000 - kept);
    drain_all();
    kprint("after\n");
    drain_all();
    snprintf(line, sizeof line, "line %06d of many\r\n... %d records lost\r\nafter\r\n", kept - 1,
             2000 - kept);
    EXPECT(strncmp(shown, "line 000000 of many\r\nline 000001", 32) == 0);
    EXPECT_STRING(strstr(shown, "of many\r\n...") - 12, line);
    EXPECT_EQ(log_lost_count() - lost_before, 2000 - kept);
}

TEST(log_ring_is_used_to_the_last_byte) {
    start();
    uint64_t lost_before = log_lost_count();
    for (int i = 0; i < CONFIG_LOG_RING_SIZE / 16; i++) {
        kprint("line %010d\n", i);
    }
    EXPECT_EQ(log_lost_count(), lost_before);
    kprint("\n");
    EXPECT_EQ(log_lost_count(), lost_before + 1);
    log_flush(); /* also what it had no room to say before */
    EXPECT(strcmp(shown + shown_length - 21, "\r\n... 1 record lost\r\n") == 0);
}

/* Behind the "\r\n" that must be there. */
static char *next_line(char *line) {
    while (*line != '\r' && *line != '\0') {
        line++;
    }
    EXPECT(line[0] == '\r' && line[1] == '\n');
    return line + 2;
}

/* Reads "N\r\n" and "... N records lost\r\n" and follows the count of what was logged. */
static uint64_t shown_check(void) {
    uint64_t next = 0;
    for (char *line = shown; *line != '\0';) {
        char *next_begin = next_line(line);
        if (strncmp(line, "... ", 4) == 0) {
            char *rest;
            uint64_t count = strtoull(line + 4, &rest, 10);
            EXPECT(count > 0);
            const char *wanted = count == 1 ? " record lost\r\n" : " records lost\r\n";
            EXPECT(strncmp(rest, wanted, strlen(wanted)) == 0);
            next += count;
        } else {
            EXPECT_EQ(strtoull(line, NULL, 10), next);
            next++;
        }
        line = next_begin;
    }
    return next;
}

TEST(log_gaps_are_told_exactly) {
    start();
    struct random random = test_random();
    uint64_t lost_before = log_lost_count();
    uint64_t logged = 0;
    for (int round = 0; round < 60; round++) {
        for (uint64_t i = random_below(&random, 800); i > 0; i--) {
            kprint("%llu%.*s\n", (unsigned long long)logged++, (int)random_below(&random, 120),
                   "                                                                            "
                   "                                            ");
        }
        if (random_below(&random, 2) == 0) { /* the UART stops in the midst of it */
            busy_polls = 1;
            refusals = 0;
            for (uint64_t i = random_below(&random, 30); i > 0; i--) {
                stuck = random_below(&random, 2) != 0;
                log_drain();
            }
            stuck = false;
        }
        busy_polls = (unsigned)random_below(&random, 3);
    }
    drain_all();
    EXPECT_EQ(shown_check(), logged);
    EXPECT(log_lost_count() > lost_before);
}

/* --- Interrupts ------------------------------------------------------------------------------- */

#define INTERRUPTS_MAX 500 /* or the log would never be empty */

static struct frame running;
static struct random interrupt_random;
static unsigned interrupt_lines;
static unsigned interrupt_flushes; /* one in so many; 0: none */

/* An interrupt: taken where interrupts are unmasked, logs, and may show all that is pending. */
static void interrupt(void) {
    if (interrupt_lines >= INTERRUPTS_MAX || random_below(&interrupt_random, 8) != 0) {
        return;
    }
    hosted.masked = hosted.in_kernel = true;
    unsigned tries_before = tries_in_stretch;
    kprint("interrupt %u\n", interrupt_lines++);
    if (interrupt_flushes != 0 && random_one_in(&interrupt_random, interrupt_flushes)) {
        log_flush();
    }
    tries_in_stretch = tries_before;
    hosted.masked = hosted.in_kernel = false;
}

static void stretch_begins(void) {
    tries_in_stretch = 0;
}

static void interrupts_start(unsigned flush) {
    interrupt_random = test_random();
    interrupt_lines = 0;
    interrupt_flushes = flush;
    hosted.running = &running;
    hosted.hooks.point = interrupt;
    hosted.hooks.begin = stretch_begins;
}

/* Each line is whole, each kind counts up: no character is lost, doubled or out of order. */
static void expect_whole_lines(unsigned threads) {
    unsigned next_interrupt = 0;
    unsigned next_thread = 0;
    char wanted[64];
    for (char *line = shown; *line != '\0';) {
        bool is_thread = *line == 't';
        snprintf(wanted, sizeof wanted, "%s %u\r\n", is_thread ? "thread" : "interrupt",
                 is_thread ? next_thread++ : next_interrupt++);
        EXPECT(strncmp(line, wanted, strlen(wanted)) == 0);
        line += strlen(wanted);
    }
    EXPECT_EQ(next_thread, threads);
    EXPECT_EQ(next_interrupt, interrupt_lines);
}

TEST(log_never_waits_masked) {
    start();
    busy_polls = 50;
    interrupts_start(0);
    for (unsigned i = 0; i < 20; i++) {
        kprint("thread %u\n", i);
    }
    drain_all();
    EXPECT(tries > 50 * shown_length);
    EXPECT_EQ(most_tries_in_stretch, 1); /* and between two stretches interrupts came through */
    hosted_reset();
    expect_whole_lines(20);
    EXPECT_EQ(interrupt_lines, INTERRUPTS_MAX);
}

TEST(log_readers_may_interrupt_each_other) {
    start();
    busy_polls = 2;
    interrupts_start(4);
    for (unsigned i = 0; i < 300; i++) {
        kprint("thread %u\n", i);
        log_drain();
    }
    hosted_reset();
    drain_all();
    EXPECT_EQ(log_drain(), false);
    expect_whole_lines(300);
    EXPECT(flushes > 10);
}

TEST(log_synchronous_lines_are_whole) {
    start();
    log_set_synchronous(true);
    busy_polls = 1;
    interrupts_start(0);
    for (unsigned i = 0; i < 300; i++) {
        kprint("thread %u\n", i);
    }
    hosted_reset();
    drain_all();
    expect_whole_lines(300);
    EXPECT(interrupt_lines > 100);
}

TEST(log_counts_losses_of_all) {
    start();
    interrupts_start(400);
    unsigned lines = 0;
    uint64_t lost_before = log_lost_count();
    for (unsigned round = 0; round < 20; round++) {
        for (; lines < 2000 * (round + 1); lines++) {
            kprint("thread %u and more\n", lines);
        }
        interrupt_lines = 0;
        log_drain();
    }
    hosted_reset();
    log_flush();
    uint64_t seen = 0;
    uint64_t told = 0;
    for (char *line = shown; *line != '\0'; line = next_line(line)) {
        seen += *line == 't';
        told += strncmp(line, "... ", 4) == 0 ? strtoull(line + 4, NULL, 10) : 0;
    }
    EXPECT(told > 0);
    EXPECT(seen + told >= lines); /* lost ones of interrupts are among those told of */
    EXPECT_EQ(told, log_lost_count() - lost_before);
}

/* --- Text of programs ------------------------------------------------------------------------- */

TEST(log_text_of_a_program) {
    start();
    EXPECT_EQ(log_put_text("> ", 2), STATUS_OK);
    EXPECT_EQ(log_put_text("", 0), STATUS_OK);
    log_info("a");
    log_info("b");
    EXPECT_EQ(log_put_text("c\b\n", 3), STATUS_OK);
    log_info("d");
    drain_all();
    EXPECT(strncmp(shown, "> \r\n[", 5) == 0);
    EXPECT(strstr(shown, ": a\r\n[") != NULL); /* an open line is ended once */
    EXPECT(strstr(shown, ": b\r\nc\b\r\n[") != NULL);
    EXPECT_EQ(log_put_text(shown, LOG_RECORD_MAX + 1), STATUS_OUT_OF_RANGE);
}

/* The other half of the ring is the log's. */
TEST(log_text_waits_for_room) {
    static const char text[96] = "x";
    uint64_t put = 0;
    start();
    while (log_put_text(text, sizeof text) == STATUS_OK) {
        put += sizeof text;
    }
    EXPECT_EQ(log_put_text(text, sizeof text), STATUS_FULL);
    EXPECT(put > CONFIG_LOG_RING_SIZE / 2 && put <= CONFIG_LOG_RING_SIZE / 2 + sizeof text);
    const uint64_t lost = log_lost_count();
    for (unsigned i = 0; i < CONFIG_LOG_RING_SIZE / 2 / LOG_RECORD_MAX - 1; i++) {
        log_info("a line");
    }
    EXPECT_EQ(log_lost_count(), lost);
    drain_all();
    EXPECT_EQ(log_put_text(text, sizeof text), STATUS_OK);
    drain_all();
}

/* --- A UART that is stuck --------------------------------------------------------------------- */

TEST(log_survives_a_stuck_uart) {
    start();
    stuck = true;
    kprint("a\n");
    EXPECT(!log_drain());
    EXPECT(tries <= 10000); /* the drain thread soon sleeps */
    tries = 0;
    log_flush();
    EXPECT(tries >= CONSOLE_POLLS_MAX && tries <= CONSOLE_POLLS_MAX + 10);
    log_set_synchronous(true);
    tries = 0;
    for (int i = 0; i < 100; i++) {
        kprint("b\n");
    }
    EXPECT(tries <= 200); /* it has shown what it is like */
    stuck = false;
    refusals = 0;
    busy_polls = 100; /* slow from now on: whoever stops the machine waits for it again */
    log_flush();
    busy_polls = 0;
    EXPECT_EQ(shown_length, 101 * 3);
    kprint("c\n");
    EXPECT(strncmp(shown, "a\r\nb\r\n", 6) == 0);
    EXPECT(strcmp(shown + shown_length - 6, "b\r\nc\r\n") == 0);
}
