/* SPDX-License-Identifier: MIT */
/* What was logged is written out first, synchronously: nothing else runs any more. */
#include "kernel/exit.h"

#include "arch/semihosting.h"
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "kernel/trace_file.h"

static struct timed_event end;

void app_exit(unsigned code) {
    log_set_synchronous(true);
    if (CONFIG_TRACE) {
        trace_file_end(TRACE_END_EXIT);
    }
    arch_semihosting_exit(code);
}

void exit_event(struct cpu *cpu, struct timed_event *event) {
    (void)cpu, (void)event;
    app_exit(0);
}

void exit_after(struct cpu *cpu, uint64_t nanoseconds) {
    duration_t since_reset =
        duration_from_units(nanoseconds, 1000000000, arch_timer_frequency_hz());
    if (nanoseconds != 0 && since_reset.ticks != DURATION_FOREVER.ticks) {
        timed_event_init(cpu, &end, TIMED_EVENT_ID_END);
        timed_event_arm_irq(cpu, &end, TIMED_EVENT_END, TIMER_QUEUE_LEVELS - 1,
                            (instant_t){since_reset.ticks});
    }
}
