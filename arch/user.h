/* SPDX-License-Identifier: MIT */
/*
 * User mode: which of the user half's trees of tables is live, what a thread there has beside its
 * frame, and how its memory is reached. Pages of the user half belong to an ASID, so a change of the
 * root forgets nothing; while a thread of the kernel runs, a root is live that maps nothing.
 */
#ifndef ARCH_USER_H
#define ARCH_USER_H

#include "arch/mmu.h"
#include "lib/context.h"
#include "lib/status.h"

/* User addresses are below this. */
#define USER_SPACE_END UINT64_C(0x800000000000)

/* What user mode may do with a page. The kernel never executes it. */
enum user_protection {
    USER_READ_ONLY,
    USER_READ_EXECUTE,
    USER_READ_WRITE,
};

struct frame;

/* A root, and the ASID of its pages, in one word. */
struct user_root {
    uint64_t value;
};

/* What a thread brings to user mode: of the kernel's threads the empty root. */
struct user_state {
    struct user_root root;
    uint64_t tls; /* TPIDR_EL0 while another thread runs */
};

/* From now on user addresses translate by the live root, which is the empty one. Once for each CPU,
 * at boot, after arch_user_root_clear(). O(1). */
void arch_user_init(void);

/* Maps the 4 KiB page at `page` for user mode. O(1), any context. */
static inline pte_t arch_pte_user_leaf(paddr_t page, enum user_protection protection);

/* O(1), any context. ASID 0 is the empty root's. */
static inline struct user_root arch_user_root(paddr_t table, unsigned asid);
struct user_root arch_user_root_empty(void);

/* Drops all that any TLB holds of user addresses. O(1). */
void arch_user_forget(void);

/* The CPU goes from one thread to another. O(1). */
static inline void arch_user_switch(struct user_state *from,
                                    const struct user_state *to) IRQ_MASKED;

/* What was written to the page through `pointer` is code: instructions may be fetched from it.
 * O(PAGE_SIZE), thread context. */
void arch_user_code_written(const void *pointer);

/* Makes `frame` start at `entry` in user mode, with `argument` in x0 and all other registers zero.
 * O(1). */
void arch_user_frame_prepare(struct frame *frame, vaddr_t entry, vaddr_t stack_top,
                             uint64_t argument);

/* ... and `b` in x1, `c` in x2. O(1). */
void arch_user_frame_arguments(struct frame *frame, uint64_t b, uint64_t c);

/* Makes `frame`, of a system call, make another when it goes on. O(1). */
void arch_user_frame_repeat(struct frame *frame, uint64_t number, uint64_t a, uint64_t b);

/* Copies from user memory with user mode's rights: the running thread's, on the kernel stack.
 * `size` <= ARCH_USER_COPY_MAX. BAD_ADDRESS: some of it cannot be read there, and what of `to` is
 * written is anything. O(size). */
#define ARCH_USER_COPY_MAX 128
MUST_USE status_t arch_user_copy_from(void *to, uint64_t from, uint64_t size) IRQ_MASKED;

#include <arch_inline/user.h>

#endif
