/* SPDX-License-Identifier: MIT */
/* The handler of each system call, by its number; the last for every other number. */
#include "abi/syscall.h"
#include "arch/upcalls.h"
#include "kernel/syscall/syscall.h"

#define SYSCALL_HANDLER(name, number) [number] = syscall_##name,

const task_call_handler syscall_table[SYSCALL_COUNT + 1] = {
    SYSCALL_LIST(SYSCALL_HANDLER)[SYSCALL_COUNT] = syscall_unknown,
};
