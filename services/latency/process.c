/* SPDX-License-Identifier: MIT */
/*
 * The same in user mode: each thread is a process of the program bin/latency, which measures and
 * prints by itself. None prints before all should have done their loops, and the load has ended then.
 */
#include "kernel/mm/initrd.h"
#include "kernel/proc/load.h"
#include "lib/bound.h"
#include "lib/format.h"
#include "services/latency/latency.h"

#define PROGRAM     "bin/latency"
#define NUMBERS     8
#define NUMBER_MAX  21
#define PAGES       64 /* beside its histogram */
#define STACK_PAGES 4
#define PRINT_AFTER 20 /* loops more than it was ordered: some may be missed */
#define LEAD_MS     50 /* from when they are loaded to the first interval */
#define SETTLE_US   1000

static process_id_t processes[LATENCY_PROCESSES_MAX];

static status_t archive_open(struct cpio *archive) {
    const void *bytes;
    uint64_t size;
    enum cpio_flaw flaw;
    return initrd_bytes(&bytes, &size) ? cpio_open(archive, bytes, size, &flaw) : STATUS_NOT_FOUND;
}

static status_t process_load(const struct cpio *archive, const struct latency_thread *thread,
                             instant_t tell) {
    const struct latency_order *order = thread->order;
    const uint64_t numbers[NUMBERS] = {thread->number, thread->priority, thread->interval.ticks,
                                       order->loops,   order->bins,      order->nsecs,
                                       thread->first,  tell.ticks};
    char texts[NUMBERS][NUMBER_MAX];
    const char *arguments[1 + NUMBERS] = {PROGRAM};
    for (unsigned i = 0; i < NUMBERS; i++) {
        format_buffer(texts[i], sizeof texts[i], "%llu", (unsigned long long)numbers[i]);
        arguments[1 + i] = texts[i];
    }
    const struct load_request request = {
        .attributes = {.name = "latency",
                       .pages = PAGES + 2 * order->bins * sizeof(uint32_t) / PAGE_SIZE},
        .arguments = arguments,
        .argument_count = ARRAY_SIZE(arguments),
        .stack_size = STACK_PAGES * PAGE_SIZE,
        .priority = thread->priority,
        .console = true,
    };
    struct load_result loaded;
    const status_t status = load_path(archive, PROGRAM, &request, &loaded);
    if (status != STATUS_OK) {
        return status;
    }
    processes[thread->number] = loaded.id;
    return process_start(loaded.id, &loaded.start);
}

static status_t process_end(process_id_t id) {
    struct process_end end;
    const status_t status = process_wait_until(id, &end, INSTANT_NEVER);
    return status == STATUS_OK && end.code != 0 ? STATUS_NO_MEMORY : status;
}

status_t latency_processes_run(const struct latency_order *order) {
    const uint64_t longest = order->interval_us + (order->threads - 1) * order->distance_us;
    const instant_t begin = time_after(time_ms(LEAD_MS));
    const instant_t stop = instant_add(begin, time_us((order->loops + PRINT_AFTER) * longest));
    struct cpio archive;
    status_t status = archive_open(&archive);
    latency_first_set(order, begin);
    for (unsigned i = 0; i < order->threads && status == STATUS_OK; i++) {
        status = process_load(&archive, &latency_threads[i], instant_add(stop, time_us(SETTLE_US)));
    }
    status = status == STATUS_OK ? latency_below_start(order) : status;
    if (status != STATUS_OK) {
        return status;
    }
    thread_sleep_until(stop);
    latency_below_end();
    for (unsigned i = 0; i < order->threads && status == STATUS_OK; i++) {
        status = process_end(processes[i]);
    }
    return status;
}
