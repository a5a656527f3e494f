/* SPDX-License-Identifier: MIT */
/* What is true of the kernel's own structures at the end of every masked stretch, whatever was
 * asked of it. */
#ifndef TESTS_SIM_INVARIANTS_H
#define TESTS_SIM_INVARIANTS_H

#include "lib/compiler.h"

/* NULL, or which invariant does not hold: of the ready queue, the thread states, the timed events
 * and the compare, the wait queues of the machine's mailboxes, joins, and the free slots. may_owe:
 * the running thread is in a direct call and may be about to ask for a reschedule. Masked. O(slots
 * + levels * mailboxes). */
const char *invariants_broken(bool may_owe);

#endif
