/* SPDX-License-Identifier: MIT */
/*
 * Stacks for simulated threads: pieces of one size, aligned to it, with an inaccessible page at the
 * low end. Only what is touched costs memory.
 */
#include <sys/mman.h>

#include "arch/hosted/hosted_internal.h"
#include "lib/assert.h"

#define STACKS_AT_ONCE UINT64_C(64)

static uint64_t next_low;
static uint64_t stacks_left;

static void hosted_stack_reserve(void) {
    const uint64_t bytes = (STACKS_AT_ONCE + 1) * HOSTED_STACK_SIZE; /* one more, to align */
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(memory != MAP_FAILED);
    next_low = ((uint64_t)(uintptr_t)memory + HOSTED_STACK_SIZE - 1) & ~(HOSTED_STACK_SIZE - 1);
    stacks_left = STACKS_AT_ONCE;
}

vaddr_t hosted_stack_alloc(uint64_t size) {
    check(size > 0 && size <= HOSTED_STACK_SIZE / 2);
    if (stacks_left == 0) {
        hosted_stack_reserve();
    }
    vaddr_t low = vaddr(next_low);
    int failed = mprotect(vaddr_pointer(low), PAGE_SIZE, PROT_NONE);
    check(failed == 0);
    next_low += HOSTED_STACK_SIZE;
    stacks_left--;
    return vaddr(next_low - size);
}
