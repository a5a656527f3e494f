/* SPDX-License-Identifier: MIT */
/*
 * A producer and a consumer over a small mailbox. The producer pauses after every eighth sample for
 * longer than the consumer is willing to wait: so the consumer's timeout is part of the plan, and
 * it comes back for the next sample as if nothing had been.
 */
#define LOG_MODULE "pipeline"

#include "kernel/console/log.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

#define SAMPLE_PERIOD_MS 150
#define BURST            8
#define PAUSE_MS         900
#define PATIENCE_MS      600

struct sample {
    uint32_t number;
    instant_t taken;
};

MAILBOX_TYPE(sample_box, struct sample)
MAILBOX_STATIC(sample_box, samples, 4);

void pipeline_produce(void *unused) {
    (void)unused;
    for (uint32_t number = 1;; number++) {
        struct sample sample = {number, time_now()};
        if (sample_box_send(&samples, &sample) != STATUS_OK) {
            return; /* closed: nobody wants samples any more */
        }
        demo_counts.sent++;
        thread_sleep_ms(number % BURST == 0 ? PAUSE_MS : SAMPLE_PERIOD_MS);
    }
}

static void sample_use(const struct sample *sample) {
    uint64_t age_us = time_to_us(instant_since(time_now(), sample->taken).ticks);
    demo_counts.received++;
    if (sample->number % BURST == 0) {
        log_info("sample %u arrived %llu us after it was taken", sample->number,
                 (unsigned long long)age_us);
    }
}

void pipeline_consume(void *unused) {
    (void)unused;
    for (;;) {
        struct sample sample;
        status_t status = sample_box_recv_ms(&samples, &sample, PATIENCE_MS);
        if (status == STATUS_OK) {
            sample_use(&sample);
        } else if (status == STATUS_TIMED_OUT) {
            demo_counts.timed_out++;
            log_info("no sample for %u ms", PATIENCE_MS);
        } else {
            return;
        }
    }
}
BOUND_STACK(pipeline_consume, 0);
BOUND_STACK(pipeline_produce, 0);
