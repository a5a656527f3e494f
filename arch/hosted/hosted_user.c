/* SPDX-License-Identifier: MIT */
/* See arch_inline/user.h. No thread of the host runs in user mode: a frame for it stops the test. */
#include "arch/user.h"

#include "lib/assert.h"

#define TLB_SLOTS 1024

struct hosted_user hosted_user;

static struct {
    uint64_t tag; /* page number and ASID; 0: empty, as ASID 0 maps nothing */
    pte_t pte;
} tlb[TLB_SLOTS];

struct user_root arch_user_root_empty(void) {
    return (struct user_root){0};
}

void arch_user_init(void) {
    hosted_user = (struct hosted_user){.root = arch_user_root_empty()};
    arch_user_forget();
}

void arch_user_forget(void) {
    for (unsigned i = 0; i < TLB_SLOTS; i++) {
        tlb[i].tag = 0;
    }
    hosted_user.forgotten++;
}

static pte_t walk(vaddr_t address) {
    paddr_t table = paddr(hosted_user.root.value & PTE_ADDRESS_MASK);
    for (unsigned level = 0; table.value != 0; level++) {
        const pte_t *entries = (const pte_t *)(uintptr_t)(arch_direct_map_base() + table.value);
        const pte_t pte = entries[pte_index(address.value, level)];
        if (!arch_pte_is_table(pte, level)) {
            return arch_pte_is_leaf(pte, level) ? pte : 0;
        }
        table = arch_pte_address(pte);
    }
    return 0;
}

pte_t hosted_user_access(vaddr_t address) {
    const uint64_t asid = hosted_user.root.value >> USER_ROOT_ASID_SHIFT;
    const uint64_t page = address.value >> PAGE_SHIFT;
    const uint64_t tag = page << 16 | asid;
    const unsigned slot = (unsigned)(page * 31 + asid) % TLB_SLOTS;
    if (asid != 0 && tlb[slot].tag == tag) {
        return tlb[slot].pte;
    }
    const pte_t pte = walk(address);
    if (arch_pte_is_valid(pte)) {
        tlb[slot].tag = tag;
        tlb[slot].pte = pte;
    }
    return pte;
}

void arch_user_code_written(const void *pointer) {
    (void)pointer;
}

void arch_user_frame_prepare(struct frame *frame, vaddr_t entry, vaddr_t stack_top,
                             uint64_t argument) {
    (void)frame, (void)entry, (void)stack_top, (void)argument;
    panic("no user mode on the host");
}

void arch_user_frame_arguments(struct frame *frame, uint64_t b, uint64_t c) {
    (void)frame, (void)b, (void)c;
    panic("no user mode on the host");
}

void arch_user_frame_repeat(struct frame *frame, uint64_t number, uint64_t a, uint64_t b) {
    (void)frame, (void)number, (void)a, (void)b;
    panic("no user mode on the host");
}

status_t arch_user_copy_from(void *to, uint64_t from, uint64_t size) {
    (void)to, (void)from, (void)size;
    return STATUS_BAD_ADDRESS;
}
