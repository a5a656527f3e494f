/* SPDX-License-Identifier: MIT */
/* The handler of each system call, by its number; the last for every other number. */
#include "abi/syscall.h"
#include "arch/upcalls.h"
#include "kernel/syscall/syscall.h"

/* The door leaves x0 to x6 as they came, for who has more than three arguments. */
#define SYSCALL_HANDLER(name, number) [number] = (task_call_handler)(void (*)(void))syscall_##name,

const task_call_handler syscall_table[SYSCALL_COUNT + 1] = {
    SYSCALL_LIST(SYSCALL_HANDLER)[SYSCALL_COUNT] = syscall_unknown,
};
