/* SPDX-License-Identifier: MIT */
/*
 * The order, from the boot arguments; the threads; and what they found, as lines that
 * tools/latency.py reads:
 *
 *   record latency thread NUMBER PRIORITY INTERVAL COUNT MIN ACT SUM MAX OVERFLOWS MISSED
 *   record latency bin NUMBER VALUE COUNT          those that are not empty, in ascending order
 *   record latency end
 *
 * All in nanoseconds, which are instructions: it refuses a machine whose clock does not count these,
 * for then a figure says what the machine below did.
 */
#include "services/latency/latency.h"

#include "kernel/app.h"
#include "kernel/console/console.h"
#include "kernel/mm/heap.h"
#include "lib/bound.h"
#include "lib/command_line.h"
#include "lib/format.h"
#include "lib/string.h"

#define EXACT_HZ   UINT64_C(1000000000)
#define LEAD_MS    1 /* from the start to the first interval */
#define BINS_MAX   100000
#define EXIT_WRONG 2

static struct latency_order order = {.threads = 1,
                                     .interval_us = 1000,
                                     .distance_us = 500,
                                     .priority = THREAD_PRIORITY_MAX - 3,
                                     .loops = 10000};

static const struct {
    const char *key;
    uint64_t *value;
    uint64_t least, most;
} options[] = {
    {"threads", &order.threads, 1, LATENCY_THREADS_MAX},
    {"interval", &order.interval_us, 10, 10000000},
    {"distance", &order.distance_us, 0, 1000000},
    {"priority", &order.priority, LATENCY_PRIORITY_LEAST, THREAD_PRIORITY_MAX},
    {"loops", &order.loops, 1, 100000000},
    {"histogram", &order.bins, 0, BINS_MAX},
    {"nsecs", &order.nsecs, 0, 1},
    {"load", &order.load, 0, 1},
    {"user", &order.user, 0, 1},
};

static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...) {
    char line[200];
    va_list arguments;
    va_start(arguments, format);
    format_buffer_list(line, sizeof line, format, arguments);
    va_end(arguments);
    console_write(line, strlen(line));
}

NORETURN static void refuse(const char *what, const char *why) {
    say("record latency refused %s: %s\n", what, why);
    app_exit(EXIT_WRONG);
}

static void must(status_t status, const char *what) {
    if (status != STATUS_OK) {
        refuse(what, status_name(status));
    }
}

static void order_read(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        const char *text = app_argument(options[i].key);
        if (text == NULL) {
            continue;
        }
        const struct text_span span = {text, strlen(text)};
        must(text_span_number(span, options[i].value), options[i].key);
        if (*options[i].value < options[i].least || *options[i].value > options[i].most) {
            refuse(options[i].key, status_name(STATUS_OUT_OF_RANGE));
        }
    }
    if (order.user && order.threads > LATENCY_PROCESSES_MAX) {
        refuse("threads", "more than there can be processes");
    }
}

static void bins_make(struct latency_thread *thread) {
    const size_t size = order.bins * sizeof(thread->bins[0]);
    if (size == 0 || order.user) {
        return;
    }
    thread->bins = heap_alloc(size);
    if (thread->bins == NULL && heap_grow(size + size / 16 + 64) == STATUS_OK) {
        thread->bins = heap_alloc(size);
    }
    must(thread->bins != NULL ? STATUS_OK : STATUS_NO_MEMORY, "histogram");
    memset(thread->bins, 0, size);
}

static uint8_t priority_of(unsigned number) {
    return (uint8_t)(order.priority > LATENCY_PRIORITY_LEAST + number ? order.priority - number
                                                                      : LATENCY_PRIORITY_LEAST);
}

static void threads_prepare(void) {
    for (unsigned i = 0; i < order.threads; i++) {
        latency_threads[i] =
            (struct latency_thread){.order = &order,
                                    .number = i,
                                    .priority = priority_of(i),
                                    .interval = time_us(order.interval_us + i * order.distance_us)};
        bins_make(&latency_threads[i]);
    }
}

static void thread_tell(const struct latency_thread *thread) {
    say("record latency thread %u %u %llu %llu %llu %llu %llu %llu %llu %llu\n", thread->number,
        thread->priority, (unsigned long long)thread->interval.ticks,
        (unsigned long long)thread->count, (unsigned long long)thread->min,
        (unsigned long long)thread->last, (unsigned long long)thread->sum,
        (unsigned long long)thread->max, (unsigned long long)thread->overflows,
        (unsigned long long)thread->missed);
    for (unsigned i = 0; i < order.bins; i++) {
        if (thread->bins[i] != 0) {
            say("record latency bin %u %u %u\n", thread->number, i, thread->bins[i]);
        }
    }
}

static void threads_run(void) {
    thread_id_t ids[LATENCY_THREADS_MAX];
    latency_first_set(&order, time_after(time_ms(LEAD_MS)));
    must(latency_below_start(&order), "load");
    for (unsigned i = 0; i < order.threads; i++) {
        const struct thread_attributes attributes = {.name = "latency",
                                                     .priority = latency_threads[i].priority};
        must(thread_spawn(latency_measure, &latency_threads[i], &attributes, &ids[i]), "spawn");
    }
    for (unsigned i = 0; i < order.threads; i++) {
        must(thread_join(ids[i], NULL), "join");
    }
    latency_below_end();
    for (unsigned i = 0; i < order.threads; i++) {
        thread_tell(&latency_threads[i]);
    }
}

void app_main(void) {
    if (time_frequency_hz() != EXACT_HZ) {
        refuse("clock", "a tick is no instruction here");
    }
    order_read();
    threads_prepare();
    if (order.user) {
        must(latency_processes_run(&order), "processes");
    } else {
        threads_run();
    }
    say("record latency end\n");
    app_exit(0);
}
