/* SPDX-License-Identifier: MIT */
/* The task calls of mailboxes. */
#ifndef KERNEL_IPC_MAILBOX_INTERNAL_H
#define KERNEL_IPC_MAILBOX_INTERNAL_H

#include "kernel/ipc/mailbox.h"
#include "kernel/ipc/mailbox_call.h"

#endif
