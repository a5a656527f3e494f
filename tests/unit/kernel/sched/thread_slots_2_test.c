/* SPDX-License-Identifier: MIT */
/* The kernel with the least possible number of thread slots besides the first thread's. */
#define CONFIG_THREAD_SLOTS 2
#include "tests/unit/kernel/sched/thread_slots.h"
