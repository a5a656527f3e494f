/* SPDX-License-Identifier: MIT */
/*
 * From boot tables to runtime tables: builds the map that kernel_vm.h draws, makes it live, and
 * leaves the boot tables behind. Once each, in this order, at boot; nothing else runs meanwhile.
 */
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/kernel_vm_internal.h"
#include "lib/assert.h"
#include "lib/bound.h"

#define GIBIBYTE (UINT64_C(1) << 30)
#define MEBIBYTE (UINT64_C(1) << 20)

_Static_assert(1 + 6 * (PHYSICAL_MAP_RANGES_MAX + KERNEL_DEVICES_MAX) +
                       CONFIG_IMAGE_MAX / (2 * MEBIBYTE) + 5 <=
                   PAGE_TABLE_DESTROY_MAX,
               "page_table_destroy() takes what kernel_vm_build() has begun");

/* Entries that one call of direct_map() makes: whole gibibytes of RAM, and at both ends fewer than
 * 512 entries of each of the two levels below; or pages of the image. */
#define DIRECT_ENTRIES_OF_RAM (CONFIG_MEMORY_MAX / GIBIBYTE + 4 * (PAGE_TABLE_ENTRIES - 1))
#define DIRECT_ENTRIES_MAX                                                                         \
    (DIRECT_ENTRIES_OF_RAM > CONFIG_IMAGE_MAX / PAGE_SIZE ? DIRECT_ENTRIES_OF_RAM                  \
                                                          : CONFIG_IMAGE_MAX / PAGE_SIZE)

/* Tables of the user half that map the switching code to itself, from the switch to the drop. */
static struct page_table identity;
static bool identity_live;

/* The largest entry that starts at `start` and does not end behind `end`; `finest` at the most. */
static unsigned level_for(uint64_t start, uint64_t end, unsigned finest) {
    BOUND_LOOP(coarser, PAGE_TABLE_LAST_LEVEL - 1);
    for (unsigned level = 1; level < finest; level++) {
        BOUND_TURN(coarser);
        const uint64_t span = page_table_span(level);
        if (start % span == 0 && end - start >= span) {
            return level;
        }
    }
    return finest;
}

/* Maps one page or block at its place in the direct map. */
static status_t direct_map_entry(uint64_t start, unsigned level, enum kernel_protection protection,
                                 struct page_table_spares *spares) {
    return page_table_map(&kernel_vm.table, vaddr(KERNEL_HVA_OFFSET + start), level,
                          arch_pte_leaf(paddr(start), protection, level), spares);
}

/* Maps [start, end), whole pages, at its place in the direct map: by the largest entries that fit
 * if `blocks`, else page by page. */
static status_t direct_map(uint64_t start, uint64_t end, enum kernel_protection protection,
                           bool blocks) {
    struct page_table_spares spares = {.count = 0};
    status_t status = STATUS_OK;
    BOUND_LOOP(entries, DIRECT_ENTRIES_MAX);
    while (start < end && status == STATUS_OK) { /* one turn for each block or page */
        BOUND_TURN(entries);
        const unsigned level =
            blocks ? level_for(start, end, PAGE_TABLE_LAST_LEVEL) : PAGE_TABLE_LAST_LEVEL;
        status = direct_map_entry(start, level, protection, &spares);
        start += page_table_span(level);
    }
    page_table_spares_free(&spares);
    return status;
}

static uint64_t range_end(struct phys_range range) {
    return range.start.value + range.size;
}

/* A part of the image, in pages: everything here may be given other rights later. */
static status_t image_part_map(uint64_t start, uint64_t end, enum kernel_protection protection) {
    return direct_map(start, end, protection, false);
}

/* Text and rodata lie in the image, apart, whichever first. */
static status_t image_map(const struct kernel_vm_layout *layout) {
    const bool text_first = layout->text.start.value < layout->rodata.start.value;
    const struct phys_range first = text_first ? layout->text : layout->rodata;
    const struct phys_range second = text_first ? layout->rodata : layout->text;
    const enum kernel_protection first_protection =
        text_first ? KERNEL_READ_EXECUTE : KERNEL_READ_ONLY;
    const enum kernel_protection second_protection =
        text_first ? KERNEL_READ_ONLY : KERNEL_READ_EXECUTE;
    const struct {
        uint64_t start;
        uint64_t end;
        enum kernel_protection protection;
    } part[] = {
        {layout->image.start.value, first.start.value, KERNEL_READ_WRITE},
        {first.start.value, range_end(first), first_protection},
        {range_end(first), second.start.value, KERNEL_READ_WRITE},
        {second.start.value, range_end(second), second_protection},
        {range_end(second), range_end(layout->image), KERNEL_READ_WRITE},
    };
    status_t status = STATUS_OK;
    BOUND_LOOP(parts, ARRAY_SIZE(part));
    for (unsigned i = 0; i < ARRAY_SIZE(part) && status == STATUS_OK; i++) {
        BOUND_TURN(parts);
        status = image_part_map(part[i].start, part[i].end, part[i].protection);
    }
    return status;
}

/* A range of RAM, around the image if it lies in it. */
static status_t ram_map(struct phys_range ram, struct phys_range image) {
    const uint64_t start = ram.start.value;
    const uint64_t end = range_end(ram);
    if (!range_contains(ram, image.start.value, image.size)) {
        return direct_map(start, end, KERNEL_READ_WRITE, true);
    }
    const status_t status = direct_map(start, image.start.value, KERNEL_READ_WRITE, true);
    return status != STATUS_OK ? status
                               : direct_map(range_end(image), end, KERNEL_READ_WRITE, true);
}

/* Page by page, as two devices may share a page. */
static status_t device_map(struct phys_range device) {
    struct page_table_spares spares = {.count = 0};
    const uint64_t end = page_align_up(range_end(device));
    status_t status = STATUS_OK;
    BOUND_LOOP(device_pages, KERNEL_DEVICE_MAX / PAGE_SIZE);
    for (uint64_t page = page_align_down(device.start.value); page < end && status == STATUS_OK;
         page += PAGE_SIZE) {
        BOUND_TURN(device_pages);
        status = direct_map_entry(page, PAGE_TABLE_LAST_LEVEL, KERNEL_DEVICE, &spares);
        if (status == STATUS_OVERLAP) { /* RAM was ruled out before */
            status = STATUS_OK;
        }
    }
    page_table_spares_free(&spares);
    return status;
}

static bool is_whole_pages(struct phys_range range) {
    return is_page_aligned(range.start.value) && is_page_aligned(range.size);
}

static status_t image_judge(const struct kernel_vm_layout *layout) {
    const struct phys_range image = layout->image;
    const struct phys_range text = layout->text;
    const struct phys_range rodata = layout->rodata;
    if (!is_whole_pages(image) || !is_whole_pages(text) || !is_whole_pages(rodata)) {
        return STATUS_MISALIGNED;
    }
    if (image.size > CONFIG_IMAGE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    if (text.size == 0 || rodata.size == 0 || !range_contains(image, text.start.value, text.size) ||
        !range_contains(image, rodata.start.value, rodata.size) ||
        range_touches(text, rodata.start.value, rodata.size)) {
        return STATUS_INVALID_ARGUMENT;
    }
    return physical_map_is_ram(layout->map, image) ? STATUS_OK : STATUS_OUT_OF_RANGE;
}

static status_t device_judge(const struct physical_map *map, struct phys_range device) {
    const uint64_t start = page_align_down(device.start.value);
    if (device.size == 0) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (start >= DIRECT_MAP_SIZE || device.size > DIRECT_MAP_SIZE - device.start.value) {
        return STATUS_OUT_OF_RANGE;
    }
    const uint64_t size = page_align_up(range_end(device)) - start;
    if (size > KERNEL_DEVICE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    return kernel_vm_touches_ram(map, start, size) ? STATUS_OVERLAP : STATUS_OK;
}

static status_t layout_judge(const struct kernel_vm_layout *layout) {
    const struct physical_map *map = layout->map;
    status_t status = image_judge(layout);
    if (status == STATUS_OK && layout->device_count > KERNEL_DEVICES_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    BOUND_LOOP(devices_judged, KERNEL_DEVICES_MAX);
    for (uint32_t i = 0; i < layout->device_count && status == STATUS_OK; i++) {
        BOUND_TURN(devices_judged);
        status = device_judge(map, layout->devices[i]);
    }
    if (status == STATUS_OK && map->ram_count > 0 &&
        (range_end(map->ram[map->ram_count - 1]) > DIRECT_MAP_SIZE ||
         map->ram_bytes > CONFIG_MEMORY_MAX)) {
        return STATUS_OUT_OF_RANGE;
    }
    return status;
}

static status_t everything_map(const struct kernel_vm_layout *layout) {
    status_t status = image_map(layout);
    BOUND_LOOP(ram, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < layout->map->ram_count && status == STATUS_OK; i++) {
        BOUND_TURN(ram);
        status = ram_map(layout->map->ram[i], layout->image);
    }
    BOUND_LOOP(devices_mapped, KERNEL_DEVICES_MAX);
    for (uint32_t i = 0; i < layout->device_count && status == STATUS_OK; i++) {
        BOUND_TURN(devices_mapped);
        status = device_map(layout->devices[i]);
    }
    return status;
}

status_t kernel_vm_build(const struct kernel_vm_layout *layout) {
    if (kernel_vm.built) {
        return STATUS_BUSY;
    }
    status_t status = layout_judge(layout);
    if (status != STATUS_OK) {
        return status;
    }
    kernel_vm = (struct kernel_vm){.table = {.reach = layout->reach},
                                   .map = layout->map,
                                   .image = layout->image,
                                   .text = layout->text,
                                   .rodata = layout->rodata};
    status = page_table_frame(&kernel_vm.table, &kernel_vm.table.root);
    if (status != STATUS_OK) {
        return status;
    }
    status = everything_map(layout);
    if (status != STATUS_OK) {
        page_table_destroy(kernel_vm.table.root);
    }
    kernel_vm.built = status == STATUS_OK;
    return status;
}

/* One page, at its physical address in the user half. */
static status_t identity_build(void) {
    const paddr_t page = arch_kernel_root_switch_page();
    struct page_table_spares spares = {.count = 0};
    identity.reach = kernel_vm.table.reach;
    status_t status = page_table_frame(&identity, &identity.root);
    if (status != STATUS_OK) {
        return status;
    }
    status =
        page_table_map(&identity, vaddr(page.value), PAGE_TABLE_LAST_LEVEL,
                       arch_pte_leaf(page, KERNEL_READ_EXECUTE, PAGE_TABLE_LAST_LEVEL), &spares);
    page_table_spares_free(&spares);
    if (status != STATUS_OK) {
        page_table_destroy(identity.root);
    }
    return status;
}

status_t switch_to_runtime_kernel_tables(void) {
    if (!kernel_vm.built) {
        return STATUS_NOT_INITIALIZED;
    }
    if (kernel_vm.live) {
        return STATUS_OK;
    }
    const status_t status = identity_build();
    if (status != STATUS_OK) {
        return status;
    }
    arch_kernel_root_switch(kernel_vm.table.root, identity.root);
    identity_live = true;
    kernel_vm.table.reach = (struct phys_range){paddr(0), DIRECT_MAP_SIZE};
    kernel_vm.live = true;
    return STATUS_OK;
}

status_t drop_boot_identity_mapping(void) {
    if (!kernel_vm.live) {
        return STATUS_NOT_INITIALIZED;
    }
    arch_user_root_clear();
    if (identity_live) {
        page_table_destroy(identity.root);
        identity_live = false;
    }
    return STATUS_OK;
}

void kernel_vm_forget(void) {
    kernel_vm = (struct kernel_vm){0};
    identity_live = false;
}
