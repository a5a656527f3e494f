/* SPDX-License-Identifier: MIT */
/*
 * The self-check: reads the live tables as the hardware does, and believes none of the code that
 * made them. Each rule is one line; the first that is broken is the answer.
 */
#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/kernel_vm_internal.h"
#include "lib/bound.h"

/* Entries and tables that are looked at before the check gives up. */
#define EVENTS_MAX (UINT32_C(1) << 20)

static bool allows(unsigned rights, unsigned wanted) {
    return (rights & wanted) == wanted;
}

/* What is wrong with the rights of a leaf, whatever it maps. */
static const char *rights_flaw(unsigned rights) {
    if (allows(rights, PTE_RIGHT_WRITE | PTE_RIGHT_EXECUTE)) {
        return "writable and executable";
    }
    if (allows(rights, PTE_RIGHT_USER)) {
        return "accessible to user mode";
    }
    if (allows(rights, PTE_RIGHT_DEVICE | PTE_RIGHT_EXECUTE)) {
        return "device executable";
    }
    if (allows(rights, PTE_RIGHT_UNKNOWN)) {
        return "page entry with unknown bits";
    }
    return NULL;
}

/* What is wrong with a leaf of these rights being here and mapping that. */
static const char *place_flaw(vaddr_t address, paddr_t start, uint64_t size, unsigned rights) {
    const uint64_t offset = address.value - KERNEL_HVA_OFFSET;
    const bool is_device = allows(rights, PTE_RIGHT_DEVICE);
    const struct phys_range range = {start, size};
    if (start.value % size != 0) {
        return "block misaligned";
    }
    if (offset < DIRECT_MAP_SIZE ? offset != start.value
                                 : address.value - KERNEL_AREA_BASE >= KERNEL_AREA_SIZE) {
        return offset < DIRECT_MAP_SIZE ? "direct map shifted" : "mapped outside every area";
    }
    if (allows(rights, PTE_RIGHT_EXECUTE) && !range_contains(kernel_vm.text, offset, size)) {
        return "executable outside text";
    }
    if (allows(rights, PTE_RIGHT_WRITE) && kernel_vm_is_constant(start.value, size)) {
        return "text or rodata writable";
    }
    if (is_device && kernel_vm_touches_ram(kernel_vm.map, start.value, size)) {
        return "RAM mapped as device";
    }
    if (!is_device && !physical_map_is_ram(kernel_vm.map, range)) {
        return "memory mapped where no RAM is";
    }
    return NULL;
}

static const char *leaf_flaw(const struct page_table_visit *visit) {
    const unsigned rights = arch_pte_rights(visit->pte);
    const char *flaw = rights_flaw(rights);
    if (flaw != NULL) {
        return flaw;
    }
    return place_flaw(visit->address, arch_pte_address(visit->pte), page_table_span(visit->level),
                      rights);
}

/* Before the table is looked into. */
static const char *table_flaw(const struct page_table_visit *visit) {
    const struct phys_range frame = {arch_pte_address(visit->pte), PAGE_SIZE};
    if (arch_pte_table_rights(visit->pte) != 0) {
        return "table entry with unknown bits";
    }
    if (!physical_map_is_ram(kernel_vm.map, frame) ||
        kernel_vm_is_constant(frame.start.value, PAGE_SIZE)) {
        return "table outside RAM";
    }
    return NULL;
}

/* After all of it was seen. */
static const char *count_flaw(const struct page_table_visit *visit) {
    if (visit->valid == 0) {
        return "empty table";
    }
    return arch_pte_used(visit->pte) != visit->valid ? "table count wrong" : NULL;
}

static const char *event_flaw(enum page_table_event event, const struct page_table_visit *visit) {
    switch (event) {
    case PAGE_TABLE_LEAF:
        return leaf_flaw(visit);
    case PAGE_TABLE_TABLE:
        return table_flaw(visit);
    case PAGE_TABLE_LEAVE:
        return count_flaw(visit);
    case PAGE_TABLE_BAD:
        return "entry of no kind";
    case PAGE_TABLE_END:
    default:
        return NULL;
    }
}

/* The first flaw in the tree of the live root, or no reason. */
static struct kernel_vm_flaw tree_flaw(void) {
    struct page_table_cursor cursor;
    struct page_table_visit visit;
    page_table_cursor_init(&cursor, arch_kernel_root(), vaddr(KERNEL_HVA_OFFSET));
    visit.address = vaddr(KERNEL_HVA_OFFSET);
    BOUND_LOOP(events, EVENTS_MAX);
    for (uint32_t i = 0; i < EVENTS_MAX; i++) { /* one for each valid entry, one for each table */
        BOUND_TURN(events);
        const enum page_table_event event = page_table_cursor_next(&cursor, &visit);
        if (event == PAGE_TABLE_END) {
            return (struct kernel_vm_flaw){vaddr(0), NULL};
        }
        const char *reason = event_flaw(event, &visit);
        if (reason != NULL) {
            return (struct kernel_vm_flaw){visit.address, reason};
        }
        if (event == PAGE_TABLE_TABLE) {
            page_table_enter(&cursor, &visit);
        }
    }
    return (struct kernel_vm_flaw){visit.address, "too many entries"};
}

status_t kernel_vm_check(struct kernel_vm_flaw *flaw) {
    if (!kernel_vm.live) {
        *flaw = (struct kernel_vm_flaw){vaddr(0), "runtime tables not live"};
        return STATUS_NOT_INITIALIZED;
    }
    if (arch_kernel_root().value != kernel_vm.table.root.value) {
        *flaw = (struct kernel_vm_flaw){vaddr(KERNEL_HVA_OFFSET), "another root is live"};
        return STATUS_MALFORMED;
    }
    if (!arch_user_root_is_clear()) {
        *flaw = (struct kernel_vm_flaw){vaddr(0), "user half translates"};
        return STATUS_MALFORMED;
    }
    *flaw = tree_flaw();
    if (flaw->reason != NULL) {
        return STATUS_MALFORMED;
    }
    flaw->reason = "no flaw";
    return STATUS_OK;
}
