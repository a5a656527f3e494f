/* SPDX-License-Identifier: MIT */
/* One message at most waits: "look again". There may be records, or interrupts to report. */
#include "kernel/log_thread.h"

#include "drivers/irqchip/irqchip.h"
#include "kernel/console/log.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/irq/irq.h"
#include "kernel/sched/thread.h"
#include "lib/bound.h"

MAILBOX_TYPE(log_box, uint8_t)
MAILBOX_STATIC(log_box, look_again, 1);

void log_thread_main(void *argument) {
    (void)argument;
    for (;;) {
        uint8_t token;
        do {
            irq_report();
        } while (log_drain());
        if (log_is_pending()) {
            thread_sleep_ms(1); /* the UART takes nothing at present */
        } else {
            (void)!log_box_recv(&look_again, &token); /* never closed */
        }
    }
}

BOUND_STACK(log_thread_main, 0);

void log_thread_interrupt_irq(void) {
    const uint8_t token = 0;
    (void)!mailbox_try_send_irq(&look_again.mailbox, &token); /* full: it will look anyway */
}

void log_thread_announce(void) {
    (void)!irqchip_trigger(LOG_THREAD_LINE);
}
BOUND_CALLEE(log_announcer, log_thread_announce);

void log_thread_take_over(void) {
    log_hand_over(log_thread_announce);
}
