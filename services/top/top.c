/* SPDX-License-Identifier: MIT */
/*
 * Threads are counted from when they are first seen (kernel/sched/cpu_time.h), so who comes and goes
 * between two pages is told as unseen. The page is written by whole lines, above the log's thread,
 * which cannot come between; what is more urgent does.
 */
#include "services/top/top.h"

#include "config.h"
#include "kernel/app.h"
#include "kernel/console/console.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/thread_view.h"
#include "lib/bound.h"
#include "lib/command_line.h"
#include "lib/format.h"
#include "lib/string.h"

#define TOP_PRIORITY (CONFIG_LOG_PRIORITY + 1)
#define PERIOD_MIN   UINT64_C(1000000) /* ns */
#define ROWS_MAX     20
#define LINE_MAX     100

struct row {
    struct thread_view view;
    unsigned load; /* thousandths of the time since the page before */
};

/* The thread "top" alone: what each slot's thread had run when the page before was made. */
static struct {
    uint32_t generation;
    bool is_known;
    uint64_t ran;
} before[CONFIG_THREAD_SLOTS];

static struct {
    duration_t period;
    bool is_screen;
    instant_t then; /* the page before */
    uint64_t idle;  /* until then */
    uint64_t span;  /* ticks since then */
    uint64_t seen;  /* of them, of threads that are told */
    unsigned threads;
    unsigned rows; /* of `row`, the busiest first */
    struct row row[ROWS_MAX];
} page;

static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...) {
    char line[LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    format_buffer_list(line, sizeof line, format, arguments);
    va_end(arguments);
    console_write(line, strlen(line));
}

static unsigned share(uint64_t ticks) {
    return page.span == 0 ? 0 : (unsigned)(ticks * 1000 / page.span);
}

static const char *state_name(unsigned state) {
    static const char *const names[] = {"runs",      "ready",     "waits", "waits_time",
                                        "waits_any", "suspended", "ended"};
    return state < ARRAY_SIZE(names) ? names[state] : "?";
}

/* --- Looking ----------------------------------------------------------------------------------- */

/* What the thread has run since the page before; counts it if it is new. */
static uint64_t ran_since(const struct thread_view *view) {
    const unsigned slot = view->id.index;
    uint64_t ran = view->ran.ticks;
    if (!view->is_counted) {
        (void)!thread_count_time(view->id);
    }
    if (before[slot].is_known && before[slot].generation == view->id.generation) {
        ran -= before[slot].ran;
    }
    before[slot].is_known = true;
    before[slot].generation = view->id.generation;
    before[slot].ran = view->ran.ticks;
    return ran;
}

static bool is_before(const struct row *one, const struct row *other) {
    return one->load != other->load ? one->load > other->load
                                    : one->view.priority > other->view.priority;
}

/* Among the rows, where it belongs; the last one falls out if there are too many. */
static void row_insert(const struct row *row) {
    unsigned at = page.rows < ROWS_MAX ? page.rows++ : ROWS_MAX;
    while (at > 0 && is_before(row, &page.row[at - 1])) {
        if (at < ROWS_MAX) {
            page.row[at] = page.row[at - 1];
        }
        at--;
    }
    if (at < ROWS_MAX) {
        page.row[at] = *row;
    }
}

static void page_look(void) {
    const instant_t now = time_now();
    page.span = instant_since(now, page.then).ticks;
    page.then = now;
    page.threads = page.rows = 0;
    page.seen = 0;
    for (unsigned slot = 0; slot < thread_slots_total(); slot++) {
        struct row row;
        if (thread_view_of(slot, &row.view) == STATUS_OK) {
            const uint64_t ran = ran_since(&row.view);
            row.load = share(ran);
            page.seen += ran;
            page.threads++;
            row_insert(&row);
        }
    }
}

/* --- Showing ----------------------------------------------------------------------------------- */

static void row_show(const struct row *row) {
    const uint64_t us = time_to_us(row->view.ran.ticks);
    say("%5u.%-5u %3u %-10s %3u.%u%% %6llu.%06llu  %s\n", row->view.id.index,
        row->view.id.generation, row->view.priority, state_name(row->view.state), row->load / 10,
        row->load % 10, (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000),
        row->view.name);
}

static void page_show(void) {
    duration_t idle = {0};
    (void)!cpu_idle_time(&idle);
    const uint64_t unused = idle.ticks - page.idle;
    const uint64_t told = page.seen + unused;
    const unsigned unseen = share(page.span > told ? page.span - told : 0);
    const uint64_t us = time_to_us(page.then.ticks);
    page.idle = idle.ticks;
    say("%stop: %llu.%03llu s, %u threads of %u slots, idle %u.%u%%, unseen %u.%u%%\n",
        page.is_screen ? "\033[H\033[J" : "", (unsigned long long)(us / 1000000),
        (unsigned long long)(us / 1000 % 1000), page.threads, thread_slots_total(),
        share(unused) / 10, share(unused) % 10, unseen / 10, unseen % 10);
    say("%11s %3s %-10s %6s %13s  %s\n", "THREAD", "PRI", "STATE", "LOAD", "CPU TIME", "NAME");
    for (unsigned i = 0; i < page.rows; i++) {
        row_show(&page.row[i]);
    }
    if (page.threads > page.rows) {
        say("... %u more\n", page.threads - page.rows);
    }
    say("\n");
}

static void top_run(void *unused) {
    (void)unused;
    cpu_count_idle();
    page.then = time_now();
    page_look(); /* counts them */
    instant_t next = page.then;
    for (;;) {
        next = instant_add(next, page.period);
        thread_sleep_until(next);
        page_look();
        page_show();
    }
}
BOUND_STACK(top_run, 0);

status_t top_start(void) {
    static const struct thread_attributes attributes = {.name = "top", .priority = TOP_PRIORITY};
    const char *text = app_argument("top");
    const char *screen = app_argument("top_screen");
    uint64_t nanoseconds;
    if (text == NULL) {
        return STATUS_OK;
    }
    const status_t status =
        text_span_duration((struct text_span){text, strlen(text)}, &nanoseconds);
    if (status != STATUS_OK) {
        return status;
    }
    if (nanoseconds < PERIOD_MIN) {
        return STATUS_OUT_OF_RANGE;
    }
    page.period = time_us(nanoseconds / 1000);
    page.is_screen = screen != NULL && strcmp(screen, "1") == 0;
    return thread_spawn(top_run, NULL, &attributes, NULL);
}
