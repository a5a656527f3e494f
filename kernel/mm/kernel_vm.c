/* SPDX-License-Identifier: MIT */
/*
 * Who may change what: each request is judged as a whole, by where it is and what it wants, before
 * the first page changes; then its pages are changed one by one.
 */
#define LOG_MODULE "mm"

#include "kernel/mm/kernel_vm.h"

#include "kernel/console/log.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm_internal.h"
#include "lib/assert.h"
#include "lib/bound.h"

#define REGION_PAGES (KERNEL_REGION_MAX / PAGE_SIZE)

struct kernel_vm kernel_vm;

/* Where a region lies, wholly. The dynamic area and the image's data can be mapped and unmapped;
 * the others can have their rights narrowed and widened again. */
enum area {
    AREA_NONE,
    AREA_DYNAMIC,
    AREA_TEXT,
    AREA_RODATA,
    AREA_DATA, /* the rest of the image */
};

bool kernel_vm_touches_ram(const struct physical_map *map, uint64_t start, uint64_t size) {
    BOUND_LOOP(ram, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < map->ram_count; i++) {
        BOUND_TURN(ram);
        if (range_touches(map->ram[i], start, size)) {
            return true;
        }
    }
    return false;
}

bool kernel_vm_is_constant(uint64_t start, uint64_t size) {
    return range_touches(kernel_vm.text, start, size) ||
           range_touches(kernel_vm.rodata, start, size);
}

/* Where all of [address, address + size) lies. A size beyond the end of an area is in none. */
static enum area area_of(vaddr_t address, uint64_t size) {
    const struct phys_range dynamic = {paddr(KERNEL_AREA_BASE), KERNEL_AREA_SIZE};
    if (range_contains(dynamic, address.value, size)) {
        return AREA_DYNAMIC;
    }
    if (address.value < KERNEL_HVA_OFFSET) {
        return AREA_NONE;
    }
    const uint64_t start = address.value - KERNEL_HVA_OFFSET;
    if (range_contains(kernel_vm.text, start, size)) {
        return AREA_TEXT;
    }
    if (range_contains(kernel_vm.rodata, start, size)) {
        return AREA_RODATA;
    }
    if (range_contains(kernel_vm.image, start, size) && !kernel_vm_is_constant(start, size)) {
        return AREA_DATA;
    }
    return AREA_NONE;
}

/* What all requests must be: the area if STATUS_OK. */
static status_t region_judge(vaddr_t address, uint64_t size, enum area *area) {
    if (!kernel_vm.live) {
        return STATUS_NOT_INITIALIZED;
    }
    if (!is_page_aligned(address.value) || !is_page_aligned(size)) {
        return STATUS_MISALIGNED;
    }
    if (size == 0) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (size > KERNEL_REGION_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    *area = area_of(address, size);
    return *area == AREA_NONE ? STATUS_OUT_OF_RANGE : STATUS_OK;
}

/* Memory is mapped as memory and the rest as device;
 * nothing gives a second, writable name to text. */
static status_t physical_judge(paddr_t start, uint64_t size, enum kernel_protection protection) {
    if (!is_page_aligned(start.value)) {
        return STATUS_MISALIGNED;
    }
    if (start.value >= DIRECT_MAP_SIZE || size > DIRECT_MAP_SIZE - start.value) {
        return STATUS_OUT_OF_RANGE;
    }
    switch (protection) {
    case KERNEL_READ_WRITE:
        if (kernel_vm_is_constant(start.value, size)) {
            return STATUS_INVALID_ARGUMENT;
        }
        /* fall through */
    case KERNEL_READ_ONLY:
        return physical_map_is_ram(kernel_vm.map, (struct phys_range){start, size})
                   ? STATUS_OK
                   : STATUS_INVALID_ARGUMENT;
    case KERNEL_DEVICE:
        return kernel_vm_touches_ram(kernel_vm.map, start.value, size) ? STATUS_INVALID_ARGUMENT
                                                                       : STATUS_OK;
    case KERNEL_READ_EXECUTE:
    default:
        return STATUS_INVALID_ARGUMENT;
    }
}

/* Takes out what a request had mapped before it failed. */
static void region_roll_back(vaddr_t start, uint64_t size) {
    BOUND_LOOP(rolled_back, REGION_PAGES - 1);
    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(rolled_back);
        check(page_table_unmap(&kernel_vm.table, vaddr_add(start, offset)) == STATUS_OK);
    }
}

/* Whether the region may be mapped so. */
static status_t mapping_judge(vaddr_t vaddr, paddr_t paddr, uint64_t size,
                              enum kernel_protection protection) {
    enum area area;
    status_t status = region_judge(vaddr, size, &area);
    if (status != STATUS_OK) {
        return status;
    }
    status = physical_judge(paddr, size, protection);
    if (status != STATUS_OK) {
        return status;
    }
    const bool in_place = vaddr.value - KERNEL_HVA_OFFSET == paddr.value;
    if (area != AREA_DYNAMIC && !(area == AREA_DATA && in_place)) {
        return area == AREA_DATA ? STATUS_OUT_OF_RANGE : STATUS_OVERLAP;
    }
    return STATUS_OK;
}

static status_t page_map(vaddr_t vaddr, paddr_t paddr, enum kernel_protection protection,
                         struct page_table_spares *spares) {
    return page_table_map(&kernel_vm.table, vaddr, PAGE_TABLE_LAST_LEVEL,
                          arch_pte_leaf(paddr, protection, PAGE_TABLE_LAST_LEVEL), spares);
}

status_t map_kernel_page(vaddr_t vaddr, paddr_t paddr, enum kernel_protection protection) {
    struct page_table_spares spares = {.count = 0};
    status_t status = mapping_judge(vaddr, paddr, PAGE_SIZE, protection);
    if (status == STATUS_OK) {
        status = page_map(vaddr, paddr, protection, &spares);
    }
    page_table_spares_free(&spares);
    return status;
}

status_t map_kernel_region(vaddr_t vaddr, paddr_t paddr, uint64_t size,
                           enum kernel_protection protection) {
    struct page_table_spares spares = {.count = 0};
    status_t status = mapping_judge(vaddr, paddr, size, protection);
    if (status != STATUS_OK) {
        return status;
    }
    BOUND_LOOP(mapped, REGION_PAGES);
    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(mapped);
        status = page_map(vaddr_add(vaddr, offset), paddr_add(paddr, offset), protection, &spares);
        if (status != STATUS_OK) {
            region_roll_back(vaddr, offset);
            break;
        }
    }
    page_table_spares_free(&spares);
    return status;
}

/* Whether every page of the region is mapped. */
static status_t region_is_mapped(vaddr_t start, uint64_t size) {
    BOUND_LOOP(looked_up, REGION_PAGES);
    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(looked_up);
        pte_t leaf;
        unsigned level;
        const status_t status =
            page_table_lookup(&kernel_vm.table, vaddr_add(start, offset), &leaf, &level);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

status_t unmap_kernel_region(vaddr_t vaddr, uint64_t size) {
    enum area area;
    status_t status = region_judge(vaddr, size, &area);
    if (status != STATUS_OK) {
        return status;
    }
    if (area != AREA_DYNAMIC && area != AREA_DATA) {
        return STATUS_OUT_OF_RANGE;
    }
    status = region_is_mapped(vaddr, size);
    BOUND_LOOP(unmapped, REGION_PAGES);
    for (uint64_t offset = 0; status == STATUS_OK && offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(unmapped);
        status = page_table_unmap(&kernel_vm.table, vaddr_add(vaddr, offset));
    }
    log_trace("unmap 0x%llx, %llu bytes: %s", (unsigned long long)vaddr.value,
              (unsigned long long)size, status_name(status));
    return status;
}

/* Whether a page of `area`, mapped by `leaf`, may have these rights. */
static bool protection_is_allowed(enum area area, pte_t leaf, enum kernel_protection protection) {
    const bool is_device = (arch_pte_rights(leaf) & PTE_RIGHT_DEVICE) != 0;
    switch (protection) {
    case KERNEL_READ_EXECUTE:
        return area == AREA_TEXT;
    case KERNEL_READ_ONLY:
        return !is_device;
    case KERNEL_READ_WRITE:
        return !is_device && !kernel_vm_is_constant(arch_pte_address(leaf).value, PAGE_SIZE);
    case KERNEL_DEVICE:
        return is_device;
    default:
        return false;
    }
}

/* The new leaf of the page at `address`, or why there is none. */
static status_t leaf_protected(enum area area, vaddr_t address, enum kernel_protection protection,
                               pte_t *leaf) {
    unsigned level;
    const status_t status = page_table_lookup(&kernel_vm.table, address, leaf, &level);
    if (status != STATUS_OK) {
        return status;
    }
    if (!protection_is_allowed(area, *leaf, protection)) {
        return STATUS_INVALID_ARGUMENT;
    }
    *leaf = arch_pte_leaf(arch_pte_address(*leaf), protection, level);
    return STATUS_OK;
}

status_t protect_kernel_region(vaddr_t vaddr, uint64_t size, enum kernel_protection protection) {
    enum area area;
    status_t status = region_judge(vaddr, size, &area);
    pte_t leaf;
    BOUND_LOOP(judged, REGION_PAGES);
    for (uint64_t offset = 0; status == STATUS_OK && offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(judged);
        status = leaf_protected(area, vaddr_add(vaddr, offset), protection, &leaf);
    }
    BOUND_LOOP(protected, REGION_PAGES);
    for (uint64_t offset = 0; status == STATUS_OK && offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(protected);
        const vaddr_t address = vaddr_add(vaddr, offset);
        status = leaf_protected(area, address, protection, &leaf);
        if (status == STATUS_OK) {
            status = page_table_change(&kernel_vm.table, address, leaf);
        }
    }
    log_trace("protect 0x%llx, %llu bytes: %s", (unsigned long long)vaddr.value,
              (unsigned long long)size, status_name(status));
    return status;
}

status_t translate_kernel_va(vaddr_t address, paddr_t *out) {
    if (address.value < KERNEL_HVA_OFFSET) {
        return STATUS_OUT_OF_RANGE;
    }
    const struct page_table live = {.root = arch_kernel_root()};
    pte_t leaf;
    unsigned level;
    const status_t status = page_table_lookup(&live, address, &leaf, &level);
    if (status == STATUS_OK) {
        const uint64_t offset = address.value & (page_table_span(level) - 1);
        *out = paddr_add(arch_pte_address(leaf), offset);
    }
    return status;
}
