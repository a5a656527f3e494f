/* SPDX-License-Identifier: MIT */
/*
 * A line of evidence on the console. It is put together in a buffer and written at once,
 * synchronously: what was said before a crash has been said. Thread main only.
 */
#ifndef TESTS_QEMU_OUTPUT_H
#define TESTS_QEMU_OUTPUT_H

#include "lib/compiler.h"

/* Starts a line, adds to it (what is too long is cut), and writes it. */
void output_begin(void);
void output_text(const char *text);
void output_number(int64_t value);
void output_end(void);

#endif
