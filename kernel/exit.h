/* SPDX-License-Identifier: MIT */
/* The planned end: by the application (kernel/app.h), or by the time given with "for=". */
#ifndef KERNEL_EXIT_H
#define KERNEL_EXIT_H

#include "kernel/time/timed_event.h"

/* Ends the machine with status 0 once `nanoseconds` have passed since reset; 0: never. A timed
 * event of the highest level does it and not a thread, because any thread can be kept from running.
 * Boot, once. O(log ids). */
void exit_after(struct cpu *cpu, uint64_t nanoseconds) IRQ_MASKED;

/* The moment has come: kernel/tables/timed_events.c. Does not return. */
void exit_event(struct cpu *cpu, struct timed_event *event) IRQ_MASKED;

#endif
