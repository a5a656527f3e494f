/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a device tree, all the way to frames: whatever the tree says, the machine that is
 * read from it gives a physical map that keeps off the kernel's image, or a status. Seeds: as for
 * the reader's fuzzer.
 */
#include <stdlib.h>

/* Fuzzers are linked with lib alone: what is above it comes along as source. */
#include "kernel/mm/physical_map.c"
#include "platform/qemu_virt/machine.c"
#include "platform/qemu_virt/machine_devices.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE_START UINT64_C(0x40080000)
#define IMAGE_SIZE  UINT64_C(0x60123)

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void map_check(const struct physical_map *map) {
    uint64_t end = 0;
    for (uint32_t i = 0; i < map->usable_count; i++) {
        uint64_t start = map->usable[i].start.value;
        expect(start >= end && is_page_aligned(start) && is_page_aligned(map->usable[i].size));
        end = start + map->usable[i].size;
        expect(end > start && end <= PHYSICAL_LIMIT);
        expect(end <= IMAGE_START || start >= IMAGE_START + IMAGE_SIZE);
        expect(physical_map_is_ram(map, map->usable[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct machine machine;
    static struct physical_map map;
    const struct boot_info boot = {
        .image = {paddr(IMAGE_START), IMAGE_SIZE},
        .tree = {paddr(0x40000000), size},
        .ram = {{paddr(0x40000000), 0x8000000}},
        .ram_count = 1,
        .tree_source = BOOT_TREE_SLOT,
    };
    status_t status = machine_read(&machine, &boot, data);
    expect(status == STATUS_OK || status == STATUS_FULL);
    expect(machine.ram_count != 0 && machine.cpu_count != 0);
    status = physical_map_build(&map, machine.ram, machine.ram_count, machine.reserved,
                                machine.reserved_count);
    expect(status == STATUS_OK || status == STATUS_NO_MEMORY || status == STATUS_FULL);
    map_check(&map);
    return 0;
}
