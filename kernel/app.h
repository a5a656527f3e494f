/* SPDX-License-Identifier: MIT */
/*
 * What an application is to the kernel: one function, called in a thread of its own once everything
 * runs, and the two things it may ask of the boot: an argument, and the end.
 */
#ifndef KERNEL_APP_H
#define KERNEL_APP_H

#include "lib/compiler.h"
#include "lib/context.h"

/* Written by the application. Runs in the thread "main" at CONFIG_MAIN_PRIORITY; when it returns,
 * that thread ends and the others go on. */
void app_main(void) IRQ_UNMASKED;

/* The value of `key=value` in the boot arguments, the first one, or NULL. Lives for ever. Any
 * context. O(length of the arguments). */
const char *app_argument(const char *key);

/* Writes out what was logged and ends the machine with exit status `code`. */
NORETURN void app_exit(unsigned code);

#endif
