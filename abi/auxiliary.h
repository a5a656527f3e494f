/* SPDX-License-Identifier: MIT */
/*
 * What a program finds at the start of its stack, as the System V ABI draws it, and what the pairs at
 * its end mean. The numbers up to 51 are those of Linux, so that a C library finds what it knows.
 *
 *   sp -> argc | argv[0] ... | 0 | environment ... | 0 | pairs (type, value) ... | (0, 0) | the texts
 */
#ifndef ABI_AUXILIARY_H
#define ABI_AUXILIARY_H

#define AUXILIARY_END          0
#define AUXILIARY_HEADERS      3 /* address of the program headers */
#define AUXILIARY_HEADER_SIZE  4
#define AUXILIARY_HEADER_COUNT 5
#define AUXILIARY_PAGE_SIZE    6
#define AUXILIARY_BASE         7 /* what was added to a static-PIE's addresses */
#define AUXILIARY_ENTRY        9
#define AUXILIARY_CLOCK_HZ     0x1000 /* ticks of CNTVCT_EL0 in a second */
#define AUXILIARY_CONSOLE      0x1001 /* handle that standard output goes to; 0: nowhere */
#define AUXILIARY_HANDLES      0x1002 /* how many it begins with, from HANDLE_FIRST on */
#define AUXILIARY_TERMINAL     0x1003 /* handle of the console, to write to; 0: none */
#define AUXILIARY_INPUT        0x1004 /* handle of the mailbox right behind that: abi/console.h */
#define AUXILIARY_PROGRAMS     0x1005 /* handle of programs, the first; 0: none */
#define AUXILIARY_SYSTEM       0x1006 /* handle of the system; 0: none */
#define AUXILIARY_SOURCE       0x1007 /* handle of the mailbox that its input comes from; 0: none */
#define AUXILIARY_OUTPUT       0x1008 /* and of that which its output goes to: abi/console.h */

#endif
