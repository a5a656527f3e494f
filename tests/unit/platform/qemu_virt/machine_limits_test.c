/* SPDX-License-Identifier: MIT */
/* Trees that make the reader of the machine look as often as it may. The markers in it end a test in
 * which a loop turns more often than it says. */
#include "platform/machine.h"

#include <stdlib.h>

#include "lib/fdt.h"
#include "tests/unit/fdt_builder.h"
#include "tests/unit/test.h"

static struct machine machine;
static struct fdt_builder builder;

static void tree_begin(void) {
    fdt_builder_init(&builder);
    fdt_builder_begin(&builder, "");
    fdt_builder_cells(&builder, "#address-cells", 1, 2);
    fdt_builder_cells(&builder, "#size-cells", 1, 2);
}

static void add_memory(void) {
    fdt_builder_begin(&builder, "memory");
    fdt_builder_string(&builder, "device_type", "memory");
    fdt_builder_cells(&builder, "reg", 4, 0, 0x40000000, 0, 0x8000000);
    fdt_builder_end(&builder);
}

/* Ends the root and reads the machine. */
static status_t tree_read(void) {
    size_t size;
    fdt_builder_end(&builder);
    uint8_t *blob = fdt_builder_finish(&builder, &size);
    struct boot_info boot = {
        .image = {paddr(0x40080000), 0x60000},
        .tree = {paddr(0x40000000), size},
        .tree_source = BOOT_TREE_SLOT,
    };
    status_t status = machine_read(&machine, &boot, blob);
    free(blob);
    return status;
}

/* `count` empty nodes below `name`. */
static status_t tree_of_nodes_below(const char *name, unsigned count) {
    tree_begin();
    fdt_builder_begin(&builder, name);
    fdt_builder_property(&builder, "ranges", NULL, 0);
    for (unsigned i = 0; i < count; i++) {
        fdt_builder_begin(&builder, "n");
        fdt_builder_string(&builder, "status", "disabled");
        fdt_builder_end(&builder);
    }
    fdt_builder_end(&builder);
    return tree_read();
}

TEST(machine_of_most_nodes) {
    static const char *const names[] = {"cpus", "reserved-memory"};
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        /* No RAM: what the tree lacks, not that it is refused, for then the image alone is known. */
        EXPECT_EQ(tree_of_nodes_below(names[i], FDT_NODES_MAX - 2), STATUS_NOT_FOUND);
        EXPECT(strncmp(machine.warning[0].text, "the device tree is refused", 26) != 0);
        EXPECT_EQ(tree_of_nodes_below(names[i], FDT_NODES_MAX - 1), STATUS_NOT_FOUND);
        EXPECT(strncmp(machine.warning[0].text, "the device tree is refused", 26) == 0);
        EXPECT_EQ(machine.warning[0].status, STATUS_OUT_OF_RANGE);
    }
}

TEST(machine_of_most_reserves) {
    tree_begin();
    add_memory();
    for (unsigned i = 0; i < FDT_RESERVES_MAX; i++) {
        fdt_builder_reserve(&builder, 0x1000, 0); /* says nothing, but is not the end */
    }
    EXPECT_EQ(tree_read(), STATUS_OK);
    EXPECT_EQ(machine.reserved_count, 2); /* image and tree */
}

TEST(machine_with_one_long_argument) {
    char text[MACHINE_BOOTARGS_MAX + 10];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    tree_begin();
    add_memory();
    fdt_builder_begin(&builder, "chosen");
    fdt_builder_string(&builder, "bootargs", text);
    fdt_builder_end(&builder);
    EXPECT_EQ(tree_read(), STATUS_OK);
    EXPECT_STRING(machine.bootargs, ""); /* half of it could mean something else */
    text[0] = ' ';
    text[MACHINE_BOOTARGS_MAX - 1] = 0;
    tree_begin();
    add_memory();
    fdt_builder_begin(&builder, "chosen");
    fdt_builder_string(&builder, "bootargs", text);
    fdt_builder_end(&builder);
    EXPECT_EQ(tree_read(), STATUS_OK);
    EXPECT_STRING(machine.bootargs, text);
}

/* The last string that is looked at is that of a device; the one behind it is not. */
TEST(machine_device_of_most_names) {
    for (unsigned more = 0; more < 2; more++) {
        char names[2 * FDT_STRINGS_MAX + 16] = "";
        size_t size = 2 * (FDT_STRINGS_MAX - 1 + more);
        for (size_t i = 0; i < size; i += 2) {
            names[i] = 'x';
        }
        memcpy(names + size, "arm,psci", 9);
        tree_begin();
        add_memory();
        fdt_builder_begin(&builder, "psci");
        fdt_builder_property(&builder, "compatible", names, size + 9);
        fdt_builder_string(&builder, "method", "smc");
        fdt_builder_end(&builder);
        EXPECT_EQ(tree_read(), STATUS_OK);
        EXPECT_EQ(machine.psci, more == 0 ? MACHINE_PSCI_SMC : MACHINE_PSCI_NONE);
    }
}

TEST(machine_of_most_boot_ranges) {
    struct boot_info boot = {.image = {paddr(0x40080000), 0x60000},
                             .ram_count = BOOT_RAM_RANGES_MAX,
                             .tree_source = BOOT_TREE_NONE};
    for (unsigned i = 0; i < BOOT_RAM_RANGES_MAX; i++) {
        boot.ram[i] = (struct phys_range){paddr(0x40000000 + i * 0x1000000), 0x800000};
    }
    EXPECT_EQ(machine_read(&machine, &boot, NULL), STATUS_OK);
    EXPECT_EQ(machine.ram_count, BOOT_RAM_RANGES_MAX);
}
