/* SPDX-License-Identifier: MIT */
/* The shared checker, told of the simulated machine. */
#include "tests/sim/invariants.h"

#include "tests/invariants/invariants.h"
#include "tests/sim/machine.h"

NO_CONTEXT_CHECK const char *invariants_broken(bool may_owe) {
    const struct invariants_view view = {
        .mailboxes = (const struct mailbox *const *)machine.mailboxes,
        .mailbox_count = machine.mailbox_count,
        .semaphores = machine.semaphores,
        .semaphore_count = machine.semaphore_count,
        .event_flags = machine.event_flags,
        .event_flags_count = machine.event_flags_count,
        .barriers = machine.barriers,
        .barrier_count = machine.barrier_count,
        .all_mailboxes = machine.mailbox_count + machine.semaphore_count +
                                 machine.event_flags_count + machine.barrier_count !=
                             0 &&
                         !machine.others,
        .may_owe = may_owe,
        .compare = hosted.compare,
    };
    return invariants_broken_irq(&view);
}
