/* SPDX-License-Identifier: MIT */
/* Semaphores of a member, which others are given. */
#include "user/family/family.h"
#include "user/lib/system.h"

/* A child gets one, another is offered, and all end with their maker's handle. */
void family_semaphores(void) {
    const uint32_t rights = HANDLE_RIGHT_SEND | HANDLE_RIGHT_DUPLICATE;
    const int64_t semaphore = system_semaphore_create(0, 1);
    EXPECT(semaphore > 0);
    const int64_t child = family_try_handle((uint32_t)semaphore, rights);
    EXPECT(child > 0);
    EXPECT(spawn_wait((uint64_t)child, NEVER, NULL) == STATUS_OK);
    EXPECT(family_try_handle((uint32_t)semaphore, HANDLE_RIGHT_CLOSE) == STATUS_DENIED);
    const int64_t offer = system_handle_offer((uint64_t)semaphore, rights, MAILBOX);
    EXPECT(offer > 0);
    const int64_t taken = system_handle_take((uint64_t)offer, MAILBOX);
    EXPECT(taken > 0);
    EXPECT(system_semaphore_give((uint64_t)taken) == STATUS_OK);
    EXPECT(system_semaphore_take((uint64_t)taken, 0) == STATUS_DENIED);
    EXPECT(system_semaphore_take((uint64_t)semaphore, 0) == STATUS_OK);
    EXPECT(system_handle_close((uint64_t)semaphore) == STATUS_OK);
    EXPECT(system_semaphore_give((uint64_t)taken) == STATUS_CLOSED);
    EXPECT(system_handle_close((uint64_t)taken) == STATUS_OK);
}
