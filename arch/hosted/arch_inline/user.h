/* SPDX-License-Identifier: MIT */
/* The user half without user mode: the live root in a variable, and pages remembered by their ASID,
 * as a TLB would, until they are forgotten. */
#ifndef ARCH_INLINE_USER_H
#define ARCH_INLINE_USER_H

#include "arch/aarch64/pte_user.h"

struct hosted_user {
    struct user_root root;
    uint64_t tls;
    unsigned forgotten; /* how often everything was */
};
extern struct hosted_user hosted_user;

/* What the CPU would find at the page of `address`, below USER_SPACE_END, by what it remembers or
 * else the live root: a leaf, or 0. */
pte_t hosted_user_access(vaddr_t address);

static inline void arch_user_switch(struct user_state *from, const struct user_state *to) {
    from->tls = hosted_user.tls;
    hosted_user.tls = to->tls;
    hosted_user.root = to->root;
}

#endif
