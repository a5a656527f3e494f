/* SPDX-License-Identifier: MIT */
/*
 * Arm PrimeCell UART PL011, the one that is the console: output polled, input by an interrupt if
 * somebody listens. Source: DDI 0183, chapter 3. The baud rate stays as firmware left it (QEMU has
 * none).
 */
#ifndef DRIVERS_UART_PL011_H
#define DRIVERS_UART_PL011_H

#include "kernel/console/console.h"
#include "lib/addr.h"

/* 8N1, both directions on, all interrupts off; FIFOs as they were. `base`: where the registers are mapped, as
 * Device memory. Waits a bounded time for what firmware was still sending; what was typed already is
 * kept. Once, at boot. */
void pl011_init(vaddr_t base);

/* Puts one character into the FIFO, unless that is full. O(1), any context. */
bool pl011_try_put(char letter);

/* The same, after waiting a bounded time for room. False: there was none. Any context. */
bool pl011_put(char letter);

/* Waits, a bounded time, until the last stop bit has left. Any context. */
void pl011_flush(void);

/* From now on it interrupts while there is something to get. Who listens gets all of it before it waits
 * for the first interrupt. Once. O(1). */
void pl011_listen(void);

/* Takes the oldest character that came, if there is one. O(1); one reader. */
bool pl011_try_get(char *letter);

/* Characters that the UART dropped, because nobody got those before them in time: at least so many. O(1),
 * any context. */
uint64_t pl011_overruns(void);

/* This UART as the console's device. Lives for ever. */
const struct console_device *pl011_console(void);

#endif
