/* SPDX-License-Identifier: MIT */
/*
 * The story of the low part: which tree, what facts, which tables, up. A tree is believed only if
 * the machine it describes is one we can be running on: its RAM holds this image and the tree
 * itself, and the devices are not in RAM. Otherwise the next candidate is asked, and in the end
 * there are the values of QEMU virt.
 */
#include "arch/aarch64/boot/boot.h"
#include "arch/aarch64/pte.h"
#include "lib/bound.h"

#define QEMU_RAM_START       UINT64_C(0x40000000)
#define QEMU_RAM_SIZE        UINT64_C(0x04000000)
#define QEMU_UART            UINT64_C(0x09000000)
#define QEMU_GIC_DISTRIBUTOR UINT64_C(0x08000000)
#define QEMU_GIC_CPU         UINT64_C(0x08010000)

static struct boot_info boot_info; /* in the low part's own zeroed memory */

static uint64_t range_end(struct phys_range range) {
    return range.start.value + range.size;
}

static bool range_contains(struct phys_range outer, struct phys_range inner) {
    return inner.start.value >= outer.start.value && range_end(inner) <= range_end(outer);
}

static bool ranges_overlap(struct phys_range a, struct phys_range b) {
    return a.start.value < range_end(b) && b.start.value < range_end(a);
}

/* The whole pages of a range of RAM that this CPU can address; size 0 if none. */
static struct phys_range ram_usable(struct phys_range range) {
    const uint64_t limit = BIT(boot_physical_bits());
    const struct phys_range none = {{0}, 0};
    if (range.start.value >= limit) {
        return none;
    }
    const uint64_t start = page_align_up(range.start.value);
    const uint64_t read_end = range_end(range); /* does not wrap: the parser saw to it */
    const uint64_t end = page_align_down(read_end < limit ? read_end : limit);
    if (end <= start) {
        return none;
    }
    return (struct phys_range){{start}, end - start};
}

/* The RAM around `wanted` in one piece, from ranges that may overlap or touch in any order: each
 * round adds at least one, or none is left. O(BOOT_RAM_RANGES_MAX^2). */
static struct phys_range ram_around(const struct boot_info *info, struct phys_range wanted) {
    struct phys_range found = {wanted.start, 0};
    BOUND_LOOP(rounds, BOOT_RAM_RANGES_MAX);
    for (unsigned round = 0; round < BOOT_RAM_RANGES_MAX; round++) {
        BOUND_TURN(rounds);
        BOUND_LOOP(around, BOOT_RAM_RANGES_MAX);
        for (unsigned i = 0; i < BOOT_RAM_RANGES_MAX && i < info->ram_count; i++) {
            BOUND_TURN(around);
            const struct phys_range range = ram_usable(info->ram[i]);
            if (range.size == 0 || range.start.value > range_end(found) ||
                range_end(range) < found.start.value) {
                continue;
            }
            const uint64_t end =
                range_end(range) > range_end(found) ? range_end(range) : range_end(found);
            if (range.start.value < found.start.value) {
                found.start = range.start;
            }
            found.size = end - found.start.value;
        }
    }
    return found;
}

static bool device_is_outside_ram(const struct boot_info *info, paddr_t device, uint64_t size) {
    if (device.value >= BIT(boot_physical_bits()) - size) {
        return false;
    }
    const struct phys_range range = {paddr(page_align_down(device.value)), size + PAGE_SIZE};
    BOUND_LOOP(outside, BOOT_RAM_RANGES_MAX);
    for (unsigned i = 0; i < BOOT_RAM_RANGES_MAX && i < info->ram_count; i++) {
        BOUND_TURN(outside);
        if (ranges_overlap(range, info->ram[i])) {
            return false;
        }
    }
    return true;
}

/* Whether this can be the machine that we are running on. */
static bool info_is_sound(const struct boot_info *info) {
    return range_contains(ram_around(info, info->image), info->image) &&
           range_contains(ram_around(info, info->tree), info->tree) &&
           !ranges_overlap(info->tree, info->image) &&
           device_is_outside_ram(info, info->uart, PAGE_SIZE) &&
           device_is_outside_ram(info, info->gic_distributor, PAGE_SIZE) &&
           device_is_outside_ram(info, info->gic_cpu, 2 * PAGE_SIZE);
}

static void info_default(struct boot_info *info) {
    info->tree = (struct phys_range){{0}, 0};
    info->tree_source = BOOT_TREE_NONE;
    info->ram_count = 1;
    info->ram[0] = (struct phys_range){{QEMU_RAM_START}, QEMU_RAM_SIZE};
    info->uart = paddr(QEMU_UART);
    info->gic_distributor = paddr(QEMU_GIC_DISTRIBUTOR);
    info->gic_cpu = paddr(QEMU_GIC_CPU);
}

/* Fills `info` from the tree at `address`, if there is one of at most `limit` bytes that
 * can be believed. */
static bool info_from_tree(struct boot_info *info, uint64_t address, uint64_t limit,
                           enum boot_tree_source source) {
    struct low_facts facts;
    if (address == 0 || !boot_read_guarded((const void *)(uintptr_t)address, limit, &facts)) {
        return false;
    }
    info_default(info);
    info->tree = (struct phys_range){{address}, facts.tree_size};
    info->tree_source = source;
    info->ram_count = facts.ram_count;
    BOUND_LOOP(copied, BOOT_RAM_RANGES_MAX);
    for (unsigned i = 0; i < BOOT_RAM_RANGES_MAX && i < facts.ram_count; i++) {
        BOUND_TURN(copied);
        info->ram[i] = facts.ram[i];
    }
    if (facts.has_uart) {
        info->uart = facts.uart;
    }
    if (facts.has_gic) {
        info->gic_distributor = facts.gic_distributor;
        info->gic_cpu = facts.gic_cpu;
    }
    return info_is_sound(info);
}

void boot_main(uint64_t tree, uint64_t entry_level) {
    struct boot_info *info = &boot_info;
    const uint64_t image_start = (uintptr_t)__image_start;
    info->image = (struct phys_range){{image_start}, (uintptr_t)__image_end - image_start};
    info->entry_level = (uint32_t)entry_level;

    if (!info_from_tree(info, tree, LOW_TREE_SIZE_MAX, BOOT_TREE_X0) &&
        !info_from_tree(info, KERNEL_TREE_SLOT, image_start - KERNEL_TREE_SLOT, BOOT_TREE_SLOT)) {
        info_default(info);
    }

    struct boot_translation translation;
    boot_mmu_build(info, ram_around(info, info->image), &translation);
    boot_handover(translation.ttbr0, translation.ttbr1, translation.tcr, info);
}
