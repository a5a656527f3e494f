/* SPDX-License-Identifier: MIT */
/* Whether the kernel's structures say the same as the model. */
#ifndef TESTS_SIM_COMPARE_H
#define TESTS_SIM_COMPARE_H

#include "arch/frame.h"
#include "kernel/ipc/mailbox.h"
#include "tests/sim/model.h"

/* NULL, or the first difference. `mailboxes`: those of the model, NULL where there is none. `next`:
 * the frame that the stretch returned. Masked. O(slots + mailboxes). */
const char *compare_with_model(struct mailbox *const mailboxes[MODEL_MAILBOXES],
                               const struct frame *next);

#endif
