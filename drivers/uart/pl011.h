/* SPDX-License-Identifier: MIT */
/*
 * Arm PrimeCell UART PL011, polled: output only, no interrupts; the one that is the console.
 * Source: DDI 0183, chapter 3. The baud rate stays as firmware left it (QEMU has none).
 */
#ifndef DRIVERS_UART_PL011_H
#define DRIVERS_UART_PL011_H

#include "kernel/console/console.h"
#include "lib/addr.h"

/* 8N1, FIFOs on, both directions on, all interrupts off. `base`: where the registers are mapped, as
 * Device memory. Waits a bounded time for what firmware was still sending. Once, at boot. */
void pl011_init(vaddr_t base);

/* Puts one character into the FIFO, unless that is full. O(1), any context. */
bool pl011_try_put(char letter);

/* The same, after waiting a bounded time for room. False: there was none. Any context. */
bool pl011_put(char letter);

/* Waits, a bounded time, until the last stop bit has left. Any context. */
void pl011_flush(void);

/* This UART as the console's device. Lives for ever. */
const struct console_device *pl011_console(void);

#endif
