/* SPDX-License-Identifier: MIT */
/*
 * The simulated TLB never evicts what it may keep: pages by their number, and last-level tables by
 * the 2 MiB they serve, each in a slot of its own hash. A translation or a table that generic code
 * took away without saying so is still found here, as it might be on the machine.
 */
#include "arch/mmu.h"

#include "lib/assert.h"

#define TLB_SLOTS   1024
#define LARGE_SHIFT 21

struct tlb_entry {
    uint64_t tag; /* page or 2 MiB number, plus one; 0: empty */
    pte_t pte;
};

struct hosted_mmu hosted_mmu;
static struct tlb_entry pages[TLB_SLOTS];
static struct tlb_entry tables[TLB_SLOTS];

static struct tlb_entry *tlb_slot(struct tlb_entry *tlb, vaddr_t address, unsigned shift) {
    return &tlb[(address.value >> shift) % TLB_SLOTS];
}

static bool tlb_holds(const struct tlb_entry *entry, vaddr_t address, unsigned shift) {
    return entry->tag == (address.value >> shift) + 1;
}

static void tlb_forget_all(void) {
    for (unsigned i = 0; i < TLB_SLOTS; i++) {
        pages[i].tag = 0;
        tables[i].tag = 0;
    }
}

static void tlb_forget(vaddr_t address) {
    struct tlb_entry *page = tlb_slot(pages, address, PAGE_SHIFT);
    struct tlb_entry *table = tlb_slot(tables, address, LARGE_SHIFT);
    page->tag = tlb_holds(page, address, PAGE_SHIFT) ? 0 : page->tag;
    table->tag = tlb_holds(table, address, LARGE_SHIFT) ? 0 : table->tag;
    hosted_mmu.forgotten++;
}

void hosted_mmu_reset(uint64_t direct_map_base) {
    hosted_mmu = (struct hosted_mmu){.direct_map_base = direct_map_base};
    tlb_forget_all();
}

static pte_t entry_of(paddr_t table, vaddr_t address, unsigned level) {
    const pte_t *entries = (const pte_t *)(uintptr_t)(hosted_mmu.direct_map_base + table.value);
    return entries[pte_index(address.value, level)];
}

/* The leaf for `address`, or 0: from the remembered last-level table if there is one, else
 * from the root. */
static pte_t walk(vaddr_t address) {
    struct tlb_entry *cached = tlb_slot(tables, address, LARGE_SHIFT);
    if (tlb_holds(cached, address, LARGE_SHIFT)) {
        return entry_of(arch_pte_address(cached->pte), address, PAGE_TABLE_LAST_LEVEL);
    }
    paddr_t table = hosted_mmu.kernel_root;
    for (unsigned level = 0; level < PAGE_TABLE_LEVELS; level++) {
        const pte_t pte = entry_of(table, address, level);
        if (!arch_pte_is_table(pte, level)) {
            return arch_pte_is_leaf(pte, level) ? pte : 0;
        }
        if (level == PAGE_TABLE_LAST_LEVEL - 1) {
            *cached = (struct tlb_entry){(address.value >> LARGE_SHIFT) + 1, pte};
        }
        table = arch_pte_address(pte);
    }
    return 0;
}

pte_t hosted_mmu_access(vaddr_t address) {
    struct tlb_entry *cached = tlb_slot(pages, address, PAGE_SHIFT);
    if (tlb_holds(cached, address, PAGE_SHIFT)) {
        return cached->pte;
    }
    const pte_t pte = walk(address);
    if (arch_pte_is_valid(pte)) { /* faults are not remembered */
        *cached = (struct tlb_entry){(address.value >> PAGE_SHIFT) + 1, pte};
    }
    return pte;
}

void hosted_pte_make(pte_t *slot, pte_t pte) {
    check(!arch_pte_is_valid(*slot) && arch_pte_is_valid(pte));
    *slot = pte;
}

void hosted_pte_break(pte_t *slot, vaddr_t address) {
    check(arch_pte_is_valid(*slot));
    *slot = 0;
    tlb_forget(address);
}

void hosted_pte_change(pte_t *slot, pte_t pte, vaddr_t address) {
    const pte_t differences = *slot ^ pte;
    const pte_t rights = PTE_READ_ONLY | PTE_EL0 | PTE_PRIVILEGED_NEVER | PTE_USER_NEVER;
    check((differences & ~rights) == 0);
    *slot = pte;
    tlb_forget(address);
}

void hosted_pte_note(pte_t *slot, pte_t pte) {
    check((*slot & PTE_TYPE) == PTE_TABLE && ((*slot ^ pte) & ~PTE_USED_MASK) == 0);
    *slot = pte;
}

paddr_t arch_kernel_root_switch_page(void) {
    return hosted_mmu.switch_page;
}

/* Stops unless `identity` maps the switching code to itself, read-execute. */
void arch_kernel_root_switch(paddr_t root, paddr_t identity) {
    const paddr_t page = hosted_mmu.switch_page;
    tlb_forget_all();
    hosted_mmu.kernel_root = identity;
    check(walk(vaddr(page.value)) ==
          arch_pte_leaf(page, KERNEL_READ_EXECUTE, PAGE_TABLE_LAST_LEVEL));
    tlb_forget_all();
    hosted_mmu.kernel_root = root;
    hosted_mmu.user_root_clear = false;
}

void arch_user_root_clear(void) {
    hosted_mmu.user_root_clear = true;
}

bool arch_user_root_is_clear(void) {
    return hosted_mmu.user_root_clear;
}
