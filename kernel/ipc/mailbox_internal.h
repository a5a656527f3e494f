/* SPDX-License-Identifier: MIT */
/* The task calls of mailboxes. */
#ifndef KERNEL_IPC_MAILBOX_INTERNAL_H
#define KERNEL_IPC_MAILBOX_INTERNAL_H

#include "arch/frame.h"
#include "kernel/ipc/mailbox.h"

struct frame *mailbox_send_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *mailbox_receive_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
