/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a device tree for the low parser. They are copied to an allocation of exactly their
 * size, so every load beyond is caught; the header's magic, versions and size are put right when a
 * bit asks for it, because chance takes long to find them. The low part is not in the host's
 * archive (it is linked on its own), so its two files are included.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/aarch64/boot/low_fdt.c"
#include "arch/aarch64/boot/low_node.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void header_repair(uint32_t *tree, size_t size) {
    tree[0] = __builtin_bswap32(FDT_MAGIC);
    tree[1] = __builtin_bswap32((uint32_t)size);
    tree[5] = __builtin_bswap32(FDT_VERSION);
    tree[6] = __builtin_bswap32(FDT_COMPATIBLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *tree = malloc(size + 1);
    memcpy(tree, data, size);
    if (size >= FDT_HEADER_SIZE && (data[4] & 0x80) != 0) { /* no sound size has this bit */
        header_repair((uint32_t *)tree, size);
    }
    tree = realloc(tree, size == 0 ? 1 : size);

    struct low_facts facts;
    if (low_fdt_read(tree, size, &facts)) {
        if (facts.tree_size > size || facts.ram_count > BOOT_RAM_RANGES_MAX) {
            abort();
        }
        for (uint32_t i = 0; i < facts.ram_count; i++) {
            const struct phys_range range = facts.ram[i];
            if (range.size == 0 || range.start.value > UINT64_MAX - range.size) {
                abort();
            }
        }
    }
    free(tree);
    return 0;
}
