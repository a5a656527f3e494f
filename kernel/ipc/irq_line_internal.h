/* SPDX-License-Identifier: MIT */
/* The task call of interrupt lines. */
#ifndef KERNEL_IPC_IRQ_LINE_INTERNAL_H
#define KERNEL_IPC_IRQ_LINE_INTERNAL_H

#include "arch/frame.h"
#include "kernel/ipc/irq_line.h"

struct frame *irq_wait_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
