/* SPDX-License-Identifier: MIT */
/* The CPU's mask, its clock, and when an interrupt is taken. Knows nothing of threads and doors. */
#include "arch/cpu.h"
#include "arch/fp.h"
#include "arch/timer.h"

#define POWER_ON ((struct hosted){.compare = UINT64_MAX, .frequency_hz = 62500000})

struct hosted hosted = POWER_ON;

void hosted_reset(void) {
    hosted = POWER_ON;
    hosted_fp_reset();
}

bool hosted_timer_is_due(void) {
    return hosted.timer_on && hosted.now >= hosted.compare;
}

void hosted_interrupt_point(void) {
    if (hosted.running == NULL) {
        return;
    }
    check(!hosted.masked && !hosted.in_kernel);
    if (hosted.hooks.point != NULL) {
        hosted.hooks.point();
    }
    while (hosted_timer_is_due() || hosted.line) {
        hosted.interrupt();
    }
}

void hosted_mask(void) {
    hosted_interrupt_point();
    hosted.masked = true;
    hosted.stretch = (struct hosted_stretch){.kind = HOSTED_DIRECT};
    if (hosted.running != NULL && hosted.hooks.begin != NULL) {
        hosted.hooks.begin();
    }
}

void hosted_unmask(void) {
    if (hosted.running != NULL && hosted.hooks.end != NULL) {
        hosted.hooks.end(&hosted.stretch, hosted.running);
    }
    hosted.masked = false;
    hosted_interrupt_point();
}

void hosted_step(uint64_t ticks) {
    check(!hosted.masked);
    hosted_interrupt_point();
    uint64_t left = ticks;
    while (hosted.running != NULL && hosted.timer_on && hosted.compare - hosted.now <= left) {
        left -= hosted.compare - hosted.now;
        hosted.now = hosted.compare;
        hosted_interrupt_point();
    }
    hosted.now += left;
}

/* An idle CPU: straight to the moment when something happens.
 * If nothing ever will, the run is over. */
void hosted_wait(void) {
    if (hosted.running == NULL || hosted_timer_is_due() || hosted.line) {
        return;
    }
    if (!hosted.timer_on || hosted.compare == UINT64_MAX) {
        hosted.quiet();
    }
    hosted.now = hosted.compare;
    if (!hosted.masked) {
        hosted_interrupt_point();
    }
}
