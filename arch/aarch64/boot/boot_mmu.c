/* SPDX-License-Identifier: MIT */
/*
 * The boot tables: from a small static pool, thrown away once the kernel has its own.
 *
 *   TTBR0  the image where it is loaded, for the few instructions around the turn-on
 *   TTBR1  RAM around the image and the tree, at physical + KERNEL_HVA_OFFSET;
 *          UART and GIC as Device
 *
 * Everything is mapped by the largest entry that fits, so whole gigabytes cost one entry
 * each and only the borders of the image's parts cost pages. Already here no page is both
 * writable and executable.
 *
 * The order below is by need, because the pool is finite: the image (at most 6 tables low, 8 high)
 * and the three devices (at most 9) always fit; RAM comes last, and what finds no table is left out
 * of `mapped`.
 */
#include "arch/aarch64/boot/boot.h"
#include "arch/aarch64/pte.h"
#include "lib/bound.h"

#define BOOT_TABLES_MAX 24
/* A run ends with its table, or the range ends within two more runs. */
#define BOOT_RUNS_MAX   (2 * BOOT_TABLES_MAX)

struct table {
    uint64_t entries[PTE_TABLE_ENTRIES];
} ALIGNED(4096);

static struct table tables[BOOT_TABLES_MAX]; /* zeroed by start.S */
static unsigned tables_taken;

static struct table *table_take(void) {
    return tables_taken < BOOT_TABLES_MAX ? &tables[tables_taken++] : NULL;
}

/* The entry of `level` for `address`, with the tables that lead to it. NULL if the pool is dry or a
 * larger entry already maps the address. O(1). */
static uint64_t *entry_find(struct table *root, uint64_t address, unsigned level) {
    struct table *table = root;
    BOUND_LOOP(levels, PTE_LEVELS - 1); /* level < PTE_LEVELS */
    for (unsigned i = 0; i < level && i < PTE_LEVELS; i++) {
        BOUND_TURN(levels);
        uint64_t *entry = &table->entries[pte_index(address, i)];
        if (!pte_is_valid(*entry)) {
            struct table *next = table_take();
            if (next == NULL) {
                return NULL;
            }
            *entry = (uintptr_t)next | PTE_TABLE;
        } else if (!pte_is_table(*entry, i)) {
            return NULL;
        }
        table = (struct table *)(uintptr_t)pte_address(*entry);
    }
    return &table->entries[pte_index(address, level)];
}

/* The lowest level whose entry starts at `start` and ends before `end`. */
static unsigned level_for(uint64_t start, uint64_t end) {
    unsigned level = 1;
    BOUND_LOOP(level_for, PTE_LEVELS - 2); /* from 1 to the last */
    while (level < PTE_LEVELS - 1 &&
           ((start & (pte_span(level) - 1)) != 0 || end - start < pte_span(level))) {
        BOUND_TURN(level_for);
        level++;
    }
    return level;
}

/* Where the entries for [start, end) of one `level` end: with their table, or when a smaller level
 * is needed. */
static uint64_t run_end(uint64_t start, uint64_t end, unsigned level) {
    const uint64_t table_end = align_down(start, pte_span(level - 1)) + pte_span(level - 1);
    const uint64_t whole_end = align_down(end, pte_span(level));
    return table_end < whole_end ? table_end : whole_end;
}

/* Maps the pages [start, end) at their own addresses (in the low 48 bits). What is mapped already
 * stays as it is. Returns the first address that is not mapped: `end` unless the pool ran dry. */
static uint64_t range_map(struct table *root, uint64_t start, uint64_t end, uint64_t attributes) {
    BOUND_LOOP(runs, BOOT_RUNS_MAX);
    for (unsigned run = 0; run < BOOT_RUNS_MAX && start < end; run++) {
        BOUND_TURN(runs);
        const unsigned level = level_for(start, end);
        const uint64_t leaf = attributes | pte_leaf_type(level);
        const uint64_t stop = run_end(start, end, level);
        uint64_t *entry = entry_find(root, start, level);
        if (entry == NULL) {
            break;
        }
        BOUND_LOOP(entries, PTE_TABLE_ENTRIES); /* within one table */
        for (; start < stop; start += pte_span(level), entry++) {
            BOUND_TURN(entries);
            if (!pte_is_valid(*entry)) {
                *entry = start | leaf;
            }
        }
    }
    return start;
}

static void range_map_or_stop(struct table *root, uint64_t start, uint64_t end,
                              uint64_t attributes) {
    if (range_map(root, start, end, attributes) < end) {
        boot_stop("no boot table left for image or devices\r\n");
    }
}

static void low_window_map(struct table *root) {
    const uint64_t text_start = (uintptr_t)__boot_text_start;
    const uint64_t text_end = (uintptr_t)__boot_text_end;
    range_map_or_stop(root, (uintptr_t)__image_start, text_start, PTE_KERNEL_DATA);
    range_map_or_stop(root, text_start, text_end, PTE_KERNEL_TEXT);
    range_map_or_stop(root, text_end, (uintptr_t)__image_end, PTE_KERNEL_DATA);
}

static void image_map(struct table *root) {
    const uint64_t text_start = (uintptr_t)__text_load_start;
    const uint64_t text_end = (uintptr_t)__text_load_end;
    const uint64_t rodata_start = (uintptr_t)__rodata_load_start;
    const uint64_t rodata_end = (uintptr_t)__rodata_load_end;
    range_map_or_stop(root, (uintptr_t)__image_start, text_start, PTE_KERNEL_DATA);
    range_map_or_stop(root, text_start, text_end, PTE_KERNEL_TEXT);
    range_map_or_stop(root, text_end, rodata_start, PTE_KERNEL_DATA);
    range_map_or_stop(root, rodata_start, rodata_end, PTE_KERNEL_RODATA);
    range_map_or_stop(root, rodata_end, (uintptr_t)__image_end, PTE_KERNEL_DATA);
}

static void device_map(struct table *root, paddr_t device, uint64_t size) {
    range_map_or_stop(root, page_align_down(device.value), page_align_up(device.value + size),
                      PTE_KERNEL_DEVICE);
}

/* RAM around the image, which is mapped: up first, where most of it is. Returns what is mapped in
 * one piece. */
static struct phys_range ram_map(struct table *root, struct phys_range ram) {
    const uint64_t image_start = (uintptr_t)__image_start;
    const uint64_t end =
        range_map(root, (uintptr_t)__image_end, ram.start.value + ram.size, PTE_KERNEL_DATA);
    uint64_t start = ram.start.value;
    if (range_map(root, start, image_start, PTE_KERNEL_DATA) < image_start) {
        start = image_start;
    }
    return (struct phys_range){{start}, end - start};
}

/* A tree in another range of RAM than the image. */
static void tree_map(struct table *root, struct boot_info *info) {
    const uint64_t start = page_align_down(info->tree.start.value);
    const uint64_t end = page_align_up(info->tree.start.value + info->tree.size);
    if (start >= info->mapped.start.value && end <= info->mapped.start.value + info->mapped.size) {
        return;
    }
    if (range_map(root, start, end, PTE_KERNEL_DATA) < end) {
        info->tree.size = 0;
    }
}

/* ID_AA64MMFR0_EL1.PARange, no more than a descriptor holds. */
static uint64_t physical_range(void) {
    uint64_t features;
    __asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    const uint64_t range = features & 15;
    return range < TCR_IPS_MAX ? range : TCR_IPS_MAX;
}

unsigned boot_physical_bits(void) {
    static const uint8_t bits[TCR_IPS_MAX + 1] = {32, 36, 40, 42, 44, 48};
    return bits[physical_range()];
}

static uint64_t tcr_value(void) {
    uint64_t features;
    __asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    const uint64_t asid = (features >> 4 & 15) == 2 ? TCR_ASID_16_BITS : 0;
    return TCR_VALUE | asid | TCR_IPS(physical_range());
}

void boot_mmu_build(struct boot_info *info, struct phys_range ram,
                    struct boot_translation *translation) {
    struct table *low = table_take();
    struct table *high = table_take();
    low_window_map(low);
    image_map(high);
    device_map(high, info->uart, PAGE_SIZE);
    device_map(high, info->gic_distributor, PAGE_SIZE);
    device_map(high, info->gic_cpu, 2 * PAGE_SIZE); /* GICC_DIR is in the second */
    info->mapped = ram_map(high, ram);
    if (info->tree.size != 0) {
        tree_map(high, info);
    }
    translation->ttbr0 = (uintptr_t)low;
    translation->ttbr1 = (uintptr_t)high;
    translation->tcr = tcr_value();
}
