/* SPDX-License-Identifier: MIT */
/* Numbers of the system calls that user/lib makes. */
#ifndef USER_LIB_SYSTEM_NUMBERS_H
#define USER_LIB_SYSTEM_NUMBERS_H

#define SYSCALL_exit        1
#define SYSCALL_yield       2
#define SYSCALL_sleep_until 3
#define SYSCALL_log_write   4

/* Bytes of a line. */
#define SYSTEM_LINE_MAX 96

#endif
