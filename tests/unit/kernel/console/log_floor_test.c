/* SPDX-License-Identifier: MIT */
/* A compile-time floor: what is below it is not there, whatever the level at run time. */
#define CONFIG_LOG_FLOOR 1 /* LOG_LEVEL_WARN */
#include "kernel/console/log.h"

#include "kernel/console/console.h"
#include "tests/unit/test.h"

static char shown[256];
static size_t shown_length;

static bool fake_try_put(char letter) {
    shown[shown_length++] = letter;
    return true;
}

static void fake_flush(void) {
}

TEST(log_floor) {
    static const struct console_device fake = {.try_put = fake_try_put, .flush = fake_flush};
    console_init(&fake);
    log_set_level(LOG_LEVEL_TRACE);
    int evaluated = 0;
    log_warn("%d", ++evaluated);
    log_info("%d", ++evaluated);
    log_trace("%d", ++evaluated);
    EXPECT_EQ(evaluated, 1);
    EXPECT_STRING(shown, "[    0.000000] warn  kernel: 1\r\n"); /* and a module's name by default */
}
