/* SPDX-License-Identifier: MIT */
/* Right trees are read right; wrong ones are refused, and no byte outside is looked at. */
#include "lib/fdt.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fdt_builder.h"
#include "tests/unit/fdt_exercise.h"
#include "tests/unit/test.h"

/* Offsets of header fields. */
enum {
    SIZE = 4,
    STRUCTURE = 8,
    STRINGS = 12,
    RESERVE = 16,
    VERSION = 20,
    LAST_VERSION = 24,
    STRINGS_SIZE = 32,
    STRUCTURE_SIZE = 36,
};

static struct fdt sample_open(uint8_t **blob) {
    size_t size;
    struct fdt fdt;
    *blob = fdt_sample(&size);
    EXPECT_EQ(fdt_open(&fdt, *blob, size), STATUS_OK);
    return fdt;
}

static struct fdt_node node_at(const struct fdt *fdt, const char *path) {
    struct fdt_node node;
    EXPECT_EQ(fdt_find_path(fdt, path, &node), STATUS_OK);
    return node;
}

/* Opens what the builder holds, whose root is still to be ended. */
static status_t finish_open(struct fdt_builder *b, struct fdt *fdt, uint8_t **blob) {
    size_t size;
    *blob = fdt_builder_finish(b, &size);
    return fdt_open(fdt, *blob, size);
}

/* --- Right trees ----------------------------------------------------------------------------- */

TEST(fdt_walk_visits_all_in_order) {
    static const char *const names[] = {
        "",
        "memory@40000000",
        "memory@100000000",
        "reserved-memory",
        "firmware@47000000",
        "pool",
        "cpus",
        "cpu@0",
        "cpu@1",
        "soc",
        "pl011@1000000",
        "intc@8000000",
        "timer",
        "psci",
        "aliases",
        "chosen",
    };
    static const uint32_t depths[] = {1, 2, 2, 2, 3, 3, 2, 3, 3, 2, 3, 2, 2, 2, 2, 2};
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_node node;
    fdt_root(&fdt, &node);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        EXPECT_STRING(fdt_name(&fdt, &node), names[i]);
        EXPECT_EQ(node.depth, depths[i]);
        EXPECT_EQ(fdt_next(&fdt, &node), i + 1 < ARRAY_SIZE(names));
    }
    free(blob);
}

TEST(fdt_walk_below_a_node) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_node root;
    struct fdt_node child = FDT_NODE_NONE;
    unsigned count = 0;
    fdt_root(&fdt, &root);
    while (fdt_next_below(&fdt, &root, &child)) {
        EXPECT_EQ(child.path[0], root.path[0]);
        count += child.depth == 2;
    }
    EXPECT_EQ(count, 10);
    struct fdt_node leaf = node_at(&fdt, "/psci");
    child = FDT_NODE_NONE;
    EXPECT(!fdt_next_below(&fdt, &leaf, &child));
    EXPECT(!fdt_parent(&root, &child));
    struct fdt_node cpus = node_at(&fdt, "/cpus");
    child = FDT_NODE_NONE;
    EXPECT(fdt_next_below(&fdt, &cpus, &child));
    EXPECT(fdt_next_below(&fdt, &cpus, &child));
    EXPECT_STRING(fdt_name(&fdt, &child), "cpu@1");
    EXPECT(!fdt_next_below(&fdt, &cpus, &child));
    free(blob);
}

TEST(fdt_path_with_and_without_unit_address) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_node node = node_at(&fdt, "/soc/pl011");
    EXPECT_STRING(fdt_name(&fdt, &node), "pl011@1000000");
    node = node_at(&fdt, "/memory@100000000");
    EXPECT_STRING(fdt_name(&fdt, &node), "memory@100000000");
    node = node_at(&fdt, "//soc//pl011@1000000:9600");
    EXPECT_EQ(node.depth, 3);
    node = node_at(&fdt, "/");
    EXPECT_EQ(node.depth, 1);
    node = node_at(&fdt, "serial0:115200n8");
    EXPECT_STRING(fdt_name(&fdt, &node), "pl011@1000000");
    static const char *const missing[] = {"/so",
                                          "/socs",
                                          "/soc/pl01",
                                          "/soc/pl011@1",
                                          "/soc/pl011@10000000",
                                          "/pl011@1000000",
                                          "serial",
                                          "serial00",
                                          "",
                                          ":",
                                          "/cpus/cpu@2"};
    for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
        EXPECT_EQ(fdt_find_path(&fdt, missing[i], &node), STATUS_NOT_FOUND);
    }
    free(blob);
}

TEST(fdt_values) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_node node = node_at(&fdt, "/chosen");
    uint64_t value;
    EXPECT_EQ(fdt_integer(&fdt, &node, "linux,initrd-start", &value), STATUS_OK);
    EXPECT_EQ(value, 0x44000000);
    EXPECT_EQ(fdt_integer(&fdt, &node, "linux,initrd-end", &value), STATUS_OK);
    EXPECT_EQ(value, 0x44001234);
    EXPECT_EQ(fdt_integer(&fdt, &node, "bootargs", &value), STATUS_MALFORMED);
    EXPECT_EQ(fdt_integer(&fdt, &node, "linux,initrd", &value), STATUS_NOT_FOUND);
    EXPECT_STRING(fdt_string(&fdt, &node, "bootargs"), "log=debug for=10s");
    EXPECT(fdt_string(&fdt, &node, "linux,initrd-start") != NULL);
    EXPECT(fdt_string(&fdt, &node, "none") == NULL);
    struct fdt_property property;
    node = node_at(&fdt, "/memory@100000000");
    EXPECT_EQ(fdt_find_property(&fdt, &node, "reg", &property), STATUS_OK);
    EXPECT_EQ(fdt_cells(&property, 0, 2, &value), STATUS_OK);
    EXPECT_EQ(value, 0x100000000);
    EXPECT_EQ(fdt_cells(&property, 3, 1, &value), STATUS_OK);
    EXPECT_EQ(value, 0x10000000);
    EXPECT_EQ(fdt_cells(&property, 3, 2, &value), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(fdt_cells(&property, UINT32_MAX, 2, &value), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(fdt_cells(&property, 0, 3, &value), STATUS_UNSUPPORTED);
    EXPECT_EQ(fdt_cells(&property, 0, 0, &value), STATUS_UNSUPPORTED);
    free(blob);
}

TEST(fdt_string_lists) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_node node = node_at(&fdt, "/timer");
    uint32_t index = 99;
    EXPECT(fdt_is_compatible(&fdt, &node, "arm,armv8-timer"));
    EXPECT(fdt_is_compatible(&fdt, &node, "arm,armv7-timer"));
    EXPECT(!fdt_is_compatible(&fdt, &node, "arm,armv7"));
    EXPECT(!fdt_is_compatible(&fdt, &node, "armv7-timer"));
    EXPECT(fdt_has_string(&fdt, &node, "compatible", "arm,armv7-timer", &index));
    EXPECT_EQ(index, 1);
    EXPECT(fdt_is_enabled(&fdt, &node));
    struct fdt_property property = {.data = (const uint8_t *)"a\0\0bc", .size = 5};
    const char *text = NULL;
    EXPECT(fdt_next_string(&property, &text));
    EXPECT_STRING(text, "a");
    EXPECT(fdt_next_string(&property, &text));
    EXPECT_STRING(text, "");
    EXPECT(!fdt_next_string(&property, &text)); /* "bc" has no end within the property */
    free(blob);
}

TEST(fdt_status_says_whether_enabled) {
    static const struct {
        const char *text;
        bool enabled;
    } cases[] = {
        {"okay", true}, {"ok", true}, {"disabled", false}, {"fail", false}, {"okay2", false}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fdt_builder b;
        struct fdt fdt;
        struct fdt_node root;
        uint8_t *blob;
        fdt_builder_init(&b);
        fdt_builder_begin(&b, "");
        fdt_builder_string(&b, "status", cases[i].text);
        fdt_builder_end(&b);
        EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
        fdt_root(&fdt, &root);
        EXPECT_EQ(fdt_is_enabled(&fdt, &root), cases[i].enabled);
        free(blob);
    }
}

TEST(fdt_reserve_map) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_reg entry;
    EXPECT_EQ(fdt.reserve_count, 1);
    EXPECT_EQ(fdt_reserve_entry(&fdt, 0, &entry), STATUS_OK);
    EXPECT_EQ(entry.address, 0x46000000);
    EXPECT_EQ(entry.size, 0x2000);
    EXPECT_EQ(fdt_reserve_entry(&fdt, 1, &entry), STATUS_NOT_FOUND);
    free(blob);
}

TEST(fdt_phandles) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_node node;
    EXPECT_EQ(fdt_find_phandle(&fdt, 0x8002, &node), STATUS_OK);
    EXPECT_STRING(fdt_name(&fdt, &node), "intc@8000000");
    EXPECT_EQ(fdt_find_phandle(&fdt, 0x8003, &node), STATUS_NOT_FOUND);
    free(blob);
}

TEST(fdt_nops_are_skipped_everywhere) {
    struct fdt_builder b;
    struct fdt fdt;
    struct fdt_node node;
    uint8_t *blob;
    fdt_builder_init(&b);
    fdt_builder_token(&b, 4);
    fdt_builder_begin(&b, "");
    fdt_builder_token(&b, 4);
    fdt_builder_cells(&b, "a", 1, 1);
    fdt_builder_token(&b, 4);
    fdt_builder_cells(&b, "b", 1, 2);
    fdt_builder_token(&b, 4);
    fdt_builder_begin(&b, "child");
    fdt_builder_token(&b, 4);
    fdt_builder_end(&b);
    fdt_builder_token(&b, 4);
    fdt_builder_end(&b);
    fdt_builder_token(&b, 4);
    EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
    uint64_t value;
    fdt_root(&fdt, &node);
    EXPECT_EQ(fdt_integer(&fdt, &node, "b", &value), STATUS_OK);
    EXPECT_EQ(value, 2);
    EXPECT(!fdt_has_property(&fdt, &node, "c"));
    EXPECT(fdt_next(&fdt, &node));
    EXPECT_STRING(fdt_name(&fdt, &node), "child");
    EXPECT(!fdt_next(&fdt, &node));
    free(blob);
}

/* --- Buses ----------------------------------------------------------------------------------- */

TEST(fdt_reg_is_translated) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_reg reg;
    struct fdt_node node = node_at(&fdt, "/soc/pl011");
    EXPECT_EQ(fdt_reg_local(&fdt, &node, 0, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x1000000);
    EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x9000000);
    EXPECT_EQ(reg.size, 0x1000);
    EXPECT_EQ(fdt_reg(&fdt, &node, 1, &reg), STATUS_NOT_FOUND);
    EXPECT_EQ(fdt_reg(&fdt, &node, UINT32_MAX, &reg), STATUS_NOT_FOUND);
    node = node_at(&fdt, "/intc");
    EXPECT_EQ(fdt_reg(&fdt, &node, 1, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x8010000);
    node = node_at(&fdt, "/reserved-memory/firmware");
    EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x47000000);
    node = node_at(&fdt, "/cpus/cpu@1");
    EXPECT_EQ(fdt_reg_local(&fdt, &node, 0, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 1);
    EXPECT_EQ(reg.size, 0);
    EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg), STATUS_NOT_MAPPED); /* no `ranges` above */
    node = node_at(&fdt, "/psci");
    EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg), STATUS_NOT_FOUND);
    fdt_root(&fdt, &node);
    EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg), STATUS_NOT_FOUND);
    free(blob);
}

/* A bus of one cell each below a root of two, with two windows; a device at `address` of `size`. */
static status_t bus_case(uint32_t address, uint32_t size, struct fdt_reg *reg) {
    struct fdt_builder b;
    struct fdt fdt;
    uint8_t *blob;
    fdt_builder_init(&b);
    fdt_builder_begin(&b, "");
    fdt_builder_cells(&b, "#address-cells", 1, 2);
    fdt_builder_begin(&b, "bus");
    fdt_builder_cells(&b, "#address-cells", 1, 1);
    fdt_builder_cells(&b, "ranges", 8, 0x1000, 1, 0x8000, 0x1000, 0x4000, 0xffffffff, 0xfffff000,
                      0x2000);
    fdt_builder_begin(&b, "device");
    fdt_builder_cells(&b, "reg", 2, address, size);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
    struct fdt_node node = node_at(&fdt, "/bus/device");
    status_t status = fdt_reg(&fdt, &node, 0, reg);
    free(blob);
    return status;
}

TEST(fdt_windows_of_a_bus) {
    struct fdt_reg reg;
    EXPECT_EQ(bus_case(0x1000, 0x1000, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x100008000);
    EXPECT_EQ(bus_case(0x1800, 0x800, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x100008800);
    EXPECT_EQ(bus_case(0x1800, 0x801, &reg), STATUS_NOT_MAPPED);
    EXPECT_EQ(bus_case(0xfff, 1, &reg), STATUS_NOT_MAPPED);
    EXPECT_EQ(bus_case(0x2000, 0, &reg), STATUS_NOT_MAPPED);
    EXPECT_EQ(bus_case(0x4000, 0x1000, &reg), STATUS_OK); /* ends at the very end */
    EXPECT_EQ(reg.address, 0xfffffffffffff000);
    EXPECT_EQ(bus_case(0x4000, 0x1001, &reg), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(bus_case(0x5000, 0x10, &reg), STATUS_OUT_OF_RANGE);
}

/* A device below the root whose cells have these widths and whose `reg` has `bytes` bytes. */
static status_t width_case(uint32_t address_cells, uint32_t size_cells, uint32_t bytes,
                           struct fdt_reg *reg) {
    static const uint8_t data[64] = {[3] = 1, [7] = 2, [11] = 3, [15] = 4, [19] = 5};
    struct fdt_builder b;
    struct fdt fdt;
    uint8_t *blob;
    fdt_builder_init(&b);
    fdt_builder_begin(&b, "");
    fdt_builder_cells(&b, "#address-cells", 1, address_cells);
    fdt_builder_cells(&b, "#size-cells", 1, size_cells);
    fdt_builder_begin(&b, "device");
    fdt_builder_property(&b, "reg", data, bytes);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
    struct fdt_node node = node_at(&fdt, "/device");
    status_t status = fdt_reg(&fdt, &node, 0, reg);
    free(blob);
    return status;
}

TEST(fdt_cells_of_every_width) {
    struct fdt_reg reg;
    EXPECT_EQ(width_case(1, 1, 8, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 1);
    EXPECT_EQ(reg.size, 2);
    EXPECT_EQ(width_case(1, 2, 12, &reg), STATUS_OK);
    EXPECT_EQ(reg.size, 0x200000003);
    EXPECT_EQ(width_case(2, 1, 12, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x100000002);
    EXPECT_EQ(reg.size, 3);
    EXPECT_EQ(width_case(2, 2, 16, &reg), STATUS_OK);
    EXPECT_EQ(reg.size, 0x300000004);
    EXPECT_EQ(width_case(2, 0, 8, &reg), STATUS_OK);
    EXPECT_EQ(reg.size, 0);
    EXPECT_EQ(width_case(0, 1, 4, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(0, 0, 4, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(3, 1, 16, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(1, 3, 16, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(4, 4, 32, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(5, 1, 24, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(UINT32_MAX, 1, 8, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(0x40000000, 0xc0000000, 8, &reg), STATUS_UNSUPPORTED);
    EXPECT_EQ(width_case(1, 1, 9, &reg), STATUS_MALFORMED);
    EXPECT_EQ(width_case(1, 1, 12, &reg), STATUS_MALFORMED);
    EXPECT_EQ(width_case(1, 1, 0, &reg), STATUS_NOT_FOUND);
}

TEST(fdt_cells_default_to_two_and_one) {
    struct fdt_builder b;
    struct fdt fdt;
    struct fdt_reg reg;
    uint8_t *blob;
    fdt_builder_init(&b);
    fdt_builder_begin(&b, "");
    fdt_builder_begin(&b, "device");
    fdt_builder_cells(&b, "reg", 3, 1, 2, 3);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
    struct fdt_node node = node_at(&fdt, "/device");
    EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x100000002);
    EXPECT_EQ(reg.size, 3);
    free(blob);
}

TEST(fdt_interrupts) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    struct fdt_interrupt interrupt;
    struct fdt_node node = node_at(&fdt, "/timer");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 2, &interrupt), STATUS_OK);
    EXPECT_EQ(interrupt.count, 3);
    EXPECT_EQ(interrupt.cells[0], 1);
    EXPECT_EQ(interrupt.cells[1], 11);
    EXPECT_STRING(fdt_name(&fdt, &interrupt.controller), "intc@8000000");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 3, &interrupt), STATUS_OK);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 4, &interrupt), STATUS_NOT_FOUND);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, UINT32_MAX, &interrupt), STATUS_NOT_FOUND);
    node = node_at(&fdt, "/soc/pl011");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_OK);
    EXPECT_EQ(interrupt.cells[1], 1);
    node = node_at(&fdt, "/psci");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_NOT_FOUND);
    free(blob);
}

/* Two controllers of different widths, a device with entries at both. */
TEST(fdt_interrupts_extended) {
    struct fdt_builder b;
    struct fdt fdt;
    struct fdt_interrupt interrupt;
    uint8_t *blob;
    fdt_builder_init(&b);
    fdt_builder_begin(&b, "");
    for (uint32_t i = 1; i <= 3; i++) {
        fdt_builder_begin(&b, i == 1 ? "one" : i == 2 ? "two" : "wide");
        fdt_builder_cells(&b, "phandle", 1, i);
        fdt_builder_cells(&b, "#interrupt-cells", 1, i == 3 ? 5 : i);
        fdt_builder_property(&b, "interrupt-controller", NULL, 0);
        fdt_builder_end(&b);
    }
    fdt_builder_begin(&b, "device");
    fdt_builder_cells(&b, "interrupts-extended", 7, 2, 10, 11, 1, 12, 3, 0);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "lost");
    fdt_builder_cells(&b, "interrupts-extended", 3, 1, 10, 7);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "short");
    fdt_builder_cells(&b, "interrupts-extended", 2, 2, 10);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
    struct fdt_node node = node_at(&fdt, "/device");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_OK);
    EXPECT_EQ(interrupt.count, 2);
    EXPECT_EQ(interrupt.cells[1], 11);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 1, &interrupt), STATUS_OK);
    EXPECT_EQ(interrupt.count, 1);
    EXPECT_EQ(interrupt.cells[0], 12);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 2, &interrupt), STATUS_UNSUPPORTED);
    node = node_at(&fdt, "/lost");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_OK);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 1, &interrupt), STATUS_MALFORMED);
    node = node_at(&fdt, "/short");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_MALFORMED);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 9, &interrupt), STATUS_NOT_FOUND);
    free(blob);
}

/* A controller that is itself a device of another. */
TEST(fdt_interrupt_of_a_controller) {
    struct fdt_builder b;
    struct fdt fdt;
    struct fdt_interrupt interrupt;
    uint8_t *blob;
    fdt_builder_init(&b);
    fdt_builder_begin(&b, "");
    fdt_builder_begin(&b, "outer");
    fdt_builder_cells(&b, "#interrupt-cells", 1, 2);
    fdt_builder_property(&b, "interrupt-controller", NULL, 0);
    fdt_builder_begin(&b, "inner");
    fdt_builder_cells(&b, "#interrupt-cells", 1, 1);
    fdt_builder_property(&b, "interrupt-controller", NULL, 0);
    fdt_builder_cells(&b, "interrupts", 2, 5, 6);
    fdt_builder_begin(&b, "device");
    fdt_builder_cells(&b, "interrupts", 2, 7, 8);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(finish_open(&b, &fdt, &blob), STATUS_OK);
    struct fdt_node node = node_at(&fdt, "/outer/inner");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_OK);
    EXPECT_STRING(fdt_name(&fdt, &interrupt.controller), "outer");
    EXPECT_EQ(interrupt.cells[1], 6);
    node = node_at(&fdt, "/outer/inner/device");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 1, &interrupt), STATUS_OK);
    EXPECT_STRING(fdt_name(&fdt, &interrupt.controller), "inner");
    EXPECT_EQ(interrupt.cells[0], 8);
    node = node_at(&fdt, "/outer");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_NOT_FOUND);
    free(blob);
}

/* --- Wrong trees ----------------------------------------------------------------------------- */

/* The sample with one field of its header changed. */
static status_t header_case(unsigned field, uint32_t value) {
    size_t size;
    struct fdt fdt;
    uint8_t *blob = fdt_sample(&size);
    fdt_put_u32(blob + field, value);
    status_t status = fdt_open(&fdt, blob, size);
    fdt_exercise(blob, size);
    free(blob);
    return status;
}

TEST(fdt_header_is_checked) {
    size_t size;
    struct fdt fdt;
    uint8_t *blob = fdt_sample(&size);
    EXPECT_EQ(fdt_open(&fdt, blob, size), STATUS_OK);
    uint32_t strings = fdt.strings;
    uint32_t structure = fdt.structure;
    uint32_t structure_size = fdt.structure_end - structure;
    EXPECT_EQ(fdt_open(&fdt, blob, size - 1), STATUS_MALFORMED);
    EXPECT_EQ(fdt_open(&fdt, NULL, size), STATUS_MALFORMED);
    free(blob);
    EXPECT_EQ(header_case(0, 0xedfe0dd0), STATUS_MALFORMED);
    EXPECT_EQ(header_case(VERSION, 17), STATUS_OK);
    EXPECT_EQ(header_case(VERSION, 18), STATUS_OK); /* a later one that says it is compatible */
    EXPECT_EQ(header_case(VERSION, 16), STATUS_UNSUPPORTED);
    EXPECT_EQ(header_case(LAST_VERSION, 18), STATUS_UNSUPPORTED);
    EXPECT_EQ(header_case(SIZE, 39), STATUS_MALFORMED);
    static const uint32_t wild[] = {0, 4, 36, 0x7ffffffc, 0x80000000, 0xfffffff8, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
        EXPECT_EQ(header_case(STRUCTURE, wild[i]), STATUS_MALFORMED);
        EXPECT_EQ(header_case(STRINGS, wild[i]), STATUS_MALFORMED);
        EXPECT_EQ(header_case(RESERVE, wild[i]), STATUS_MALFORMED);
        EXPECT_EQ(header_case(STRUCTURE_SIZE, wild[i]), STATUS_MALFORMED);
        EXPECT_EQ(header_case(SIZE, wild[i]), STATUS_MALFORMED);
    }
    for (size_t i = 1; i < ARRAY_SIZE(wild); i++) {
        EXPECT_EQ(header_case(STRINGS_SIZE, wild[i]), STATUS_MALFORMED);
    }
    /* Blocks that lie in one another, or where they cannot. */
    EXPECT_EQ(header_case(STRUCTURE, structure + 2), STATUS_MALFORMED);
    EXPECT_EQ(header_case(STRUCTURE, strings), STATUS_MALFORMED);
    EXPECT_EQ(header_case(STRUCTURE_SIZE, structure_size + 4), STATUS_MALFORMED);
    EXPECT_EQ(header_case(STRINGS, structure), STATUS_MALFORMED);
    EXPECT_EQ(header_case(STRINGS, strings - 4), STATUS_MALFORMED);
    EXPECT(header_case(RESERVE, structure) != STATUS_OK); /* no end, or no end soon */
    EXPECT_EQ(header_case(RESERVE, FDT_BUILDER_HEADER + 4), STATUS_MALFORMED);
}

TEST(fdt_strings_must_end) {
    size_t size;
    struct fdt fdt;
    uint8_t *blob = fdt_sample(&size);
    blob[size - 1] = 'x';
    EXPECT_EQ(fdt_open(&fdt, blob, size), STATUS_MALFORMED);
    free(blob);
}

static status_t tokens_case(const uint32_t *tokens, size_t count) {
    struct fdt_builder b;
    struct fdt fdt;
    uint8_t *blob;
    fdt_builder_init(&b);
    (void)fdt_builder_name(&b, "name");
    for (size_t i = 0; i < count; i++) {
        fdt_builder_token(&b, tokens[i]);
    }
    status_t status = finish_open(&b, &fdt, &blob);
    free(blob);
    return status;
}

#define TOKENS(...)                                                                                \
    tokens_case((const uint32_t[]){__VA_ARGS__}, ARRAY_SIZE(((const uint32_t[]){__VA_ARGS__})))

TEST(fdt_structure_is_checked) {
    EXPECT_EQ(TOKENS(1, 0, 2), STATUS_OK);
    EXPECT_EQ(TOKENS(1, 0, 3, 0, 0, 2), STATUS_OK);
    EXPECT_EQ(TOKENS(4), STATUS_MALFORMED);                         /* no root */
    EXPECT_EQ(TOKENS(1, 0), STATUS_MALFORMED);                      /* not ended */
    EXPECT_EQ(TOKENS(1, 0, 2, 2), STATUS_MALFORMED);                /* ended twice */
    EXPECT_EQ(TOKENS(1, 0, 2, 1, 0, 2), STATUS_MALFORMED);          /* two roots */
    EXPECT_EQ(TOKENS(3, 0, 0, 1, 0, 2), STATUS_MALFORMED);          /* property of nobody */
    EXPECT_EQ(TOKENS(1, 0, 2, 3, 0, 0), STATUS_MALFORMED);          /* the same, behind */
    EXPECT_EQ(TOKENS(1, 0, 1, 0, 2, 3, 0, 0, 2), STATUS_MALFORMED); /* behind a child */
    EXPECT_EQ(TOKENS(1, 0, 3, 0, 5, 2), STATUS_MALFORMED);          /* name outside */
    EXPECT_EQ(TOKENS(1, 0, 3, 0, UINT32_MAX, 2), STATUS_MALFORMED);
    EXPECT_EQ(TOKENS(1, 0, 3, 9, 0, 2), STATUS_MALFORMED); /* value outside */
    EXPECT_EQ(TOKENS(1, 0, 3, UINT32_MAX, 0, 2), STATUS_MALFORMED);
    EXPECT_EQ(TOKENS(1, 0, 3, 0xfffffff4, 0, 2), STATUS_MALFORMED); /* would lead back */
    EXPECT_EQ(TOKENS(1, 0, 5, 2), STATUS_MALFORMED);                /* no such token */
    EXPECT_EQ(TOKENS(1, 0, 0, 2), STATUS_MALFORMED);
    EXPECT_EQ(TOKENS(1, 0x61616161, 0x61616161), STATUS_MALFORMED); /* name swallows the end */
    EXPECT_EQ(TOKENS(9), STATUS_MALFORMED);
}

/* The blocks the other way round, so that the structure ends where the memory does.
 * `shift` moves it. */
static status_t structure_last_case(const uint8_t *whole, const struct fdt *fdt, uint32_t shift,
                                    uint32_t structure_size) {
    uint32_t strings = FDT_BUILDER_HEADER + 16 * (fdt->reserve_count + 1);
    uint32_t structure = ((strings + fdt->strings_size + 3) & ~3u) + shift;
    uint32_t size = structure + structure_size;
    struct fdt turned;
    uint8_t *blob = calloc(1, size);
    memcpy(blob, whole, strings);
    memcpy(blob + strings, whole + fdt->strings, fdt->strings_size);
    memcpy(blob + structure, whole + fdt->structure, structure_size);
    fdt_put_u32(blob + SIZE, size);
    fdt_put_u32(blob + STRINGS, strings);
    fdt_put_u32(blob + STRUCTURE, structure);
    fdt_put_u32(blob + STRUCTURE_SIZE, structure_size);
    status_t status = fdt_open(&turned, blob, size);
    fdt_exercise(blob, size);
    free(blob);
    return status;
}

TEST(fdt_structure_at_the_end_of_memory) {
    uint8_t *blob;
    struct fdt fdt = sample_open(&blob);
    uint32_t size = fdt.structure_end - fdt.structure;
    EXPECT_EQ(structure_last_case(blob, &fdt, 0, size), STATUS_OK);
    EXPECT_EQ(structure_last_case(blob, &fdt, 2, size), STATUS_MALFORMED);
    for (uint32_t cut = 0; cut < size; cut++) {
        EXPECT_EQ(structure_last_case(blob, &fdt, 0, cut), STATUS_MALFORMED);
    }
    free(blob);
}

TEST(fdt_depth_is_limited) {
    for (unsigned depth = FDT_DEPTH_MAX - 1; depth <= FDT_DEPTH_MAX + 1; depth++) {
        struct fdt_builder b;
        struct fdt fdt;
        uint8_t *blob;
        fdt_builder_init(&b);
        for (unsigned i = 0; i < depth; i++) {
            fdt_builder_begin(&b, "n");
        }
        for (unsigned i = 0; i < depth; i++) {
            fdt_builder_end(&b);
        }
        status_t status = finish_open(&b, &fdt, &blob);
        EXPECT_EQ(status, depth <= FDT_DEPTH_MAX ? STATUS_OK : STATUS_OUT_OF_RANGE);
        if (status == STATUS_OK) {
            struct fdt_node node;
            fdt_root(&fdt, &node);
            for (unsigned i = 1; i < depth; i++) {
                EXPECT(fdt_next(&fdt, &node));
                EXPECT_EQ(node.depth, i + 1);
            }
            EXPECT(!fdt_next(&fdt, &node));
        }
        free(blob);
    }
}

TEST(fdt_survives_truncation_at_every_byte) {
    size_t size;
    uint8_t *whole = fdt_sample(&size);
    for (size_t cut = 0; cut < size; cut++) {
        struct fdt fdt;
        uint8_t *blob = malloc(cut);
        memcpy(blob, whole, cut);
        EXPECT_EQ(fdt_open(&fdt, blob, cut), STATUS_MALFORMED);
        if (cut >= 8) { /* the same with a header that believes it */
            fdt_put_u32(blob + SIZE, (uint32_t)cut);
            EXPECT(fdt_open(&fdt, blob, cut) != STATUS_OK);
        }
        free(blob);
    }
    free(whole);
}

TEST(fdt_survives_every_flipped_bit) {
    size_t size;
    uint8_t *blob = fdt_sample(&size);
    for (size_t bit = 0; bit < size * 8; bit++) {
        blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
        fdt_exercise(blob, size);
        blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(blob);
}

TEST(fdt_survives_random_words) {
    struct random random = test_random();
    size_t size;
    uint8_t *whole = fdt_sample(&size);
    uint8_t *blob = malloc(size);
    for (int run = 0; run < 20000; run++) {
        memcpy(blob, whole, size);
        for (uint64_t i = random_between(&random, 1, 4); i > 0; i--) {
            uint64_t word = random_below(&random, size / 4);
            fdt_put_u32(blob + word * 4, (uint32_t)random_below(
                                             &random, random_one_in(&random, 2) ? 16 : UINT32_MAX));
        }
        fdt_exercise(blob, size);
    }
    free(blob);
    free(whole);
}

/* Not a test of the reader: with FUZZ_CORPUS set to a directory, the trees of these
 * tests become seeds. */
TEST(fdt_writes_seeds_for_the_fuzzer) {
    const char *directory = getenv("FUZZ_CORPUS");
    if (directory == NULL) {
        return;
    }
    size_t size;
    char path[512];
    uint8_t *blob = fdt_sample(&size);
    snprintf(path, sizeof(path), "%s/sample.dtb", directory);
    FILE *file = fopen(path, "wb");
    EXPECT(file != NULL);
    EXPECT_EQ(fwrite(blob, 1, size, file), size);
    EXPECT_EQ(fclose(file), 0);
    free(blob);
}
