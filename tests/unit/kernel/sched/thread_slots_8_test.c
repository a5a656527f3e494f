/* SPDX-License-Identifier: MIT */
/* The kernel with 8 thread slots. */
#define CONFIG_THREAD_SLOTS 8
#include "tests/unit/kernel/sched/thread_slots.h"
