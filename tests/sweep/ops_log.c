/* SPDX-License-Identifier: MIT */
/* Operations: the log, and the small helpers of applications. */
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "tests/sweep/cast.h"

static void empties_ring(void) {
    log_flush();
}

static void print(void) {
    kprint("printed\n");
    fact_set(FACT_SUBJECT, log_is_pending());
}

static void print_twice(void) {
    kprint("printed %u\n", 1);
    kprint("printed %u\n", 2);
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void write(void) {
    log_write(LOG_LEVEL_ERROR, "sweep", "written");
    fact_set(FACT_SUBJECT, STATUS_OK);
}

static void drain(void) {
    fact_set(FACT_SUBJECT, log_drain());
}

static void prints_before(void) {
    log_flush();
    kprint("a\n");
}

static void argument(void) {
    fact_set(FACT_SUBJECT, app_argument("nothing") == NULL);
}

static void times(void) {
    fact_set(FACT_SUBJECT, time_to_us(time_us(5).ticks) == 5);
    fact_set(FACT_VALUE, instant_before(time_now(), time_after(time_ms(1))));
}

/* The length of a line and its place in the ring are others each time. */
#define PRINTS (OP_LOGS | OP_VARIES | OP_LOOSE)

static const struct op log_table[] = {
    {"kprint", "log", empties_ring, NULL, print, NULL, NULL, PRINTS},
    {"kprint_twice", "log", empties_ring, NULL, print_twice, NULL, NULL, PRINTS},
    {"log_write", "log", empties_ring, NULL, write, NULL, NULL, PRINTS},
    {"log_drain", "log", prints_before, NULL, drain, NULL, NULL, PRINTS},
    {"app_argument", "log", NULL, NULL, argument, NULL, NULL, 0},
    {"time_helpers", "log", NULL, NULL, times, NULL, NULL, 0},
};
OP_TABLE(log);
