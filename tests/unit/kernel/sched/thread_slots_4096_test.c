/* SPDX-License-Identifier: MIT */
/* The kernel with 4,096 thread slots. */
#define CONFIG_THREAD_SLOTS 4096
#include "tests/unit/kernel/sched/thread_slots.h"
