/* SPDX-License-Identifier: MIT */
/*
 * The device tree reader, and what the platform makes of a tree, on trees that the machine was not
 * started with: one like its own, one full of buses and interrupts, and either of them spoiled in
 * some word, thousands of times. Whatever such a tree says, the physical map that comes of it keeps off
 * the image.
 */
#include "kernel/mm/heap.h"
#include "kernel/mm/physical_map.h"
#include "lib/format.h"
#include "lib/random.h"
#include "platform/machine.h"
#include "tests/qemu/groups.h"

#define malloc  heap_alloc
#define realloc heap_resize
#define free    heap_free
#define abort() panic("a tree that cannot be")
#include "tests/unit/fdt_builder.h"
#include "tests/unit/fdt_exercise.h"

#define SPOILED     500
#define IMAGE_START UINT64_C(0x40080000)
#define IMAGE_SIZE  UINT64_C(0x60123)

static struct fdt_builder b;
static struct fdt fdt;
static uint8_t *tree;
static size_t tree_size;

/* --- A tree of buses and interrupts --- */

static void device(const char *name, uint32_t address, uint32_t size) {
    fdt_builder_begin(&b, name);
    fdt_builder_cells(&b, "reg", 2, address, size);
    fdt_builder_end(&b);
}

static void cells(uint32_t address, uint32_t size) {
    fdt_builder_cells(&b, "#address-cells", 1, address);
    fdt_builder_cells(&b, "#size-cells", 1, size);
}

static void add_buses(void) {
    fdt_builder_begin(&b, "bus");
    cells(1, 1);
    fdt_builder_cells(&b, "ranges", 8, 0, 0, 0x10000000, 0x1000, 0x2000, 0, 0x20000000, 0x1000);
    fdt_builder_begin(&b, "same");
    cells(1, 1);
    fdt_builder_property(&b, "ranges", NULL, 0);
    device("first@10", 0x10, 0x10);
    device("second@2010", 0x2010, 0x10);
    device("none@9000", 0x9000, 0x10);
    device("half@2ff8", 0x2ff8, 0x10);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "closed");
    cells(1, 1);
    device("inside@0", 0, 4);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "odd");
    cells(1, 1);
    fdt_builder_cells(&b, "ranges", 3, 0, 0, 0);
    device("inside@0", 0, 4);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "high");
    cells(2, 2);
    fdt_builder_cells(&b, "ranges", 6, 0, 0, -1, -8, 0, 0x100);
    fdt_builder_begin(&b, "inside@10");
    fdt_builder_cells(&b, "reg", 4, 0, 0x10, 0, 4);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
}

static void add_controller(const char *name, const char *key, uint32_t phandle, uint32_t count) {
    fdt_builder_begin(&b, name);
    fdt_builder_cells(&b, key, 1, phandle);
    fdt_builder_cells(&b, "#interrupt-cells", 1, count);
    fdt_builder_property(&b, "interrupt-controller", NULL, 0);
    fdt_builder_begin(&b, "child");
    fdt_builder_cells(&b, "interrupts", 2, 1, 2);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
}

static void add_interrupts(void) {
    add_controller("one", "phandle", 1, 1);
    add_controller("two", "linux,phandle", 2, 2);
    add_controller("many", "phandle", 3, 9);
    fdt_builder_begin(&b, "extended");
    fdt_builder_cells(&b, "interrupts-extended", 7, 1, 7, 2, 8, 9, 3, 0);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "astray");
    fdt_builder_cells(&b, "interrupts-extended", 2, 77, 0);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "short");
    fdt_builder_cells(&b, "interrupts-extended", 2, 2, 1);
    fdt_builder_string(&b, "status", "disabled");
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "wide");
    fdt_builder_cells(&b, "interrupt-parent", 2, 1, 1);
    fdt_builder_cells(&b, "interrupts", 1, 5);
    fdt_builder_string(&b, "status", "okay");
    fdt_builder_end(&b);
}

static void build_buses(void) {
    fdt_builder_init(&b);
    fdt_builder_token(&b, 4);
    fdt_builder_begin(&b, "");
    cells(2, 2);
    fdt_builder_cells(&b, "interrupt-parent", 1, 1);
    fdt_builder_token(&b, 4);
    fdt_builder_begin(&b, "aliases");
    fdt_builder_string(&b, "dev", "/bus/same/second");
    fdt_builder_string(&b, "lost", "bus");
    fdt_builder_end(&b);
    add_buses();
    add_interrupts();
    fdt_builder_end(&b);
    tree = fdt_builder_finish(&b, &tree_size);
    TAP_REQUIRE(fdt_open(&fdt, tree, tree_size) == STATUS_OK, "a tree");
}

/* --- What is read from it --- */

static uint64_t reg_of(const char *path) {
    struct fdt_node node;
    struct fdt_reg reg = {0, 0};
    status_t status = fdt_find_path(&fdt, path, &node);
    status = status == STATUS_OK ? fdt_reg(&fdt, &node, 0, &reg) : status;
    return status == STATUS_OK ? reg.address : (uint64_t)(int64_t)status;
}

static void trees_buses(void) {
    build_buses();
    TAP_EQ(reg_of("/bus/same/first"), 0x10000010, "through a window");
    TAP_EQ(reg_of("/bus/same/second@2010"), 0x20000010, "through another");
    TAP_EQ(reg_of("dev"), 0x20000010, "the same by an alias");
    TAP_EQ(reg_of("dev:115200"), 0x20000010, "with something behind it");
    TAP_EQ(reg_of("/bus/same/none"), STATUS_NOT_MAPPED, "through none");
    TAP_EQ(reg_of("/bus/same/half"), STATUS_NOT_MAPPED, "not whole in one");
    TAP_EQ(reg_of("/closed/inside"), STATUS_NOT_MAPPED, "a bus without windows");
    TAP_EQ(reg_of("/odd/inside"), STATUS_MALFORMED, "windows that are none");
    TAP_EQ(reg_of("/high/inside"), STATUS_OUT_OF_RANGE, "beyond the last address");
    TAP_EQ(reg_of("//bus//same/first/"), 0x10000010, "slashes are one");
    TAP_EQ(reg_of("/bus/sam"), STATUS_NOT_FOUND, "no such part");
    TAP_EQ(reg_of("/bus/same/first@11"), STATUS_NOT_FOUND, "no such unit");
    TAP_EQ(reg_of("lost"), STATUS_NOT_FOUND, "an alias that is no path");
    TAP_EQ(reg_of("nobody/first"), STATUS_NOT_FOUND, "no such alias");
    TAP_EQ(reg_of("/"), STATUS_NOT_FOUND, "the root has no registers");
    fdt_exercise(tree, tree_size);
    heap_free(tree);
}

static int64_t interrupt_of(const char *path, uint32_t index) {
    struct fdt_node node;
    struct fdt_interrupt interrupt;
    status_t status = fdt_find_path(&fdt, path, &node);
    status = status == STATUS_OK ? fdt_interrupt(&fdt, &node, index, &interrupt) : status;
    return status == STATUS_OK ? (int64_t)interrupt.cells[interrupt.count - 1] : (int64_t)status;
}

static void trees_interrupts(void) {
    build_buses();
    TAP_EQ(interrupt_of("/extended", 0), 7, "the first, at one controller");
    TAP_EQ(interrupt_of("/extended", 1), 9, "the second, at another");
    TAP_EQ(interrupt_of("/extended", 2), STATUS_UNSUPPORTED, "of too many cells");
    TAP_EQ(interrupt_of("/astray", 0), STATUS_MALFORMED, "at no controller");
    TAP_EQ(interrupt_of("/short", 0), STATUS_MALFORMED, "with a cell missing");
    TAP_EQ(interrupt_of("/wide", 0), STATUS_MALFORMED, "a parent in two cells");
    TAP_EQ(interrupt_of("/two/child", 0), 2, "an ancestor is the controller");
    TAP_EQ(interrupt_of("/one/child", 1), 2, "the second of its list");
    TAP_EQ(interrupt_of("/one/child", 2), STATUS_NOT_FOUND, "not the third");
    TAP_EQ(interrupt_of("/bus", 0), STATUS_NOT_FOUND, "none");
    heap_free(tree);
}

/* --- Spoiled ones --- */

static void spoil(struct random *random) {
    static const uint32_t words[] = {0, 1, 2, 3, 4, 9, 5, 8, 0xfff, 0x80000000, 0xffffffff};
    size_t at = 4 * random_below(random, random_one_in(random, 8) ? 10 : tree_size / 4);
    switch (random_below(random, 3)) {
    case 0:
        fdt_put_u32(tree + at, words[random_below(random, ARRAY_SIZE(words))]);
        break;
    case 1:
        tree[at + random_below(random, 4)] ^= (uint8_t)(1u << random_below(random, 8));
        break;
    default:
        memcpy(tree + at, tree + 4 * random_below(random, tree_size / 4), 4);
        break;
    }
}

static bool map_keeps_off(const struct physical_map *map) {
    bool good = true;
    for (uint32_t i = 0; i < map->usable_count; i++) {
        uint64_t start = map->usable[i].start.value;
        good &= start + map->usable[i].size <= IMAGE_START || start >= IMAGE_START + IMAGE_SIZE;
        good &= physical_map_is_ram(map, map->usable[i]);
    }
    return good;
}

/* All the way from a tree to a map. */
static struct machine machine;

static bool machine_is_sane(void) {
    static struct physical_map map;
    const struct boot_info boot = {
        .image = {paddr(IMAGE_START), IMAGE_SIZE},
        .tree = {paddr(0x40000000), tree_size},
        .ram = {{paddr(0x40000000), 0x8000000}},
        .ram_count = 1,
        .tree_source = BOOT_TREE_SLOT,
    };
    status_t status = machine_read(&machine, &boot, tree);
    if (status != STATUS_OK && status != STATUS_FULL) {
        return false;
    }
    status = physical_map_build(&map, machine.ram, machine.ram_count, machine.reserved,
                                machine.reserved_count);
    return (status == STATUS_OK || status == STATUS_NO_MEMORY || status == STATUS_FULL) &&
           map_keeps_off(&map);
}

/* Each word of a whole tree by each of some. */
static unsigned spoil_each(void) {
    static const uint32_t words[] = {0, 1, 2, 3, 4, 9, 0xfff, 0x80000000, 0xffffffff};
    unsigned wrong = 0;
    for (size_t at = 0; at + 4 <= tree_size; at += 4) {
        uint8_t right[4];
        memcpy(right, tree + at, 4);
        for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
            fdt_put_u32(tree + at, words[i]);
            fdt_exercise(tree, tree_size);
            wrong += !machine_is_sane();
        }
        memcpy(tree + at, right, 4);
    }
    return wrong;
}

/* 1 to 3 words of a whole tree. */
static unsigned spoil_many(uint64_t seed) {
    uint8_t *whole = heap_alloc(tree_size);
    struct random random;
    unsigned wrong = whole == NULL;
    random_init(&random, seed);
    memcpy(whole, tree, tree_size);
    for (unsigned i = 0; i < SPOILED; i++) {
        for (uint64_t n = random_between(&random, 1, 3); n > 0; n--) {
            spoil(&random);
        }
        fdt_exercise(tree, tree_size);
        wrong += !machine_is_sane();
        memcpy(tree, whole, tree_size);
    }
    heap_free(whole);
    return wrong;
}

/* More of everything than the kernel keeps. */
static void build_crowd(void) {
    static char words[700];
    static uint8_t reg[40 * 16];
    char name[16];
    fdt_builder_init(&b);
    for (uint32_t i = 0; i < 20; i++) {
        fdt_builder_reserve(&b, 0x46000000 + i * 0x4000, 0x1000);
    }
    fdt_builder_begin(&b, "");
    cells(2, 2);
    fdt_sample_memory(&b);
    for (uint32_t i = 0; i < 40; i++) {
        fdt_put_u32(reg + 16 * i + 4, 0x60000000 + i * 0x100000);
        fdt_put_u32(reg + 16 * i + 12, 0x80000);
    }
    fdt_builder_begin(&b, "memory@60000000");
    fdt_builder_string(&b, "device_type", "memory");
    fdt_builder_property(&b, "reg", reg, sizeof(reg));
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "cpus");
    cells(1, 0);
    for (uint32_t i = 0; i < 20; i++) {
        format_buffer(name, sizeof(name), "cpu@%x", i);
        fdt_builder_begin(&b, name);
        fdt_builder_string(&b, "device_type", "cpu");
        fdt_builder_cells(&b, "reg", 1, i);
        fdt_builder_end(&b);
    }
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "psci");
    fdt_builder_property(&b, "compatible", "arm,psci-1.0\0arm,psci", 22);
    fdt_builder_string(&b, "method", "prayer");
    fdt_builder_end(&b);
    memset(words, 'w', sizeof(words) - 1);
    words[400] = ' ';
    fdt_builder_begin(&b, "chosen");
    fdt_builder_property(&b, "bootargs", words, sizeof(words));
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    tree = fdt_builder_finish(&b, &tree_size);
}

static void trees_crowd(void) {
    build_crowd();
    TAP_OK(machine_is_sane(), "a tree with too much of everything");
    TAP_OK(machine.warning_count > 3, "which is told");
    TAP_EQ(machine.cpu_count, MACHINE_CPUS_MAX, "as many CPUs as are kept");
    TAP_EQ(strlen(machine.bootargs), 401, "boot words are cut between words");
    fdt_exercise(tree, tree_size);
    heap_free(tree);
}

static void trees_spoiled(void) {
    tree = fdt_sample(&tree_size);
    TAP_OK(machine_is_sane(), "a tree like the machine's own");
    TAP_EQ(spoil_each(), 0, "each word spoiled");
    TAP_EQ(spoil_many(1), 0, "500 times some words");
    heap_free(tree);
    build_buses();
    TAP_OK(machine_is_sane(), "a tree of buses and interrupts");
    TAP_EQ(spoil_each(), 0, "each word spoiled");
    TAP_EQ(spoil_many(2), 0, "500 times some words");
    heap_free(tree);
}

static const struct test_case trees_cases[] = {
    {"trees_buses", trees_buses, TEST_ALWAYS},
    {"trees_interrupts", trees_interrupts, TEST_ALWAYS},
    {"trees_crowd", trees_crowd, TEST_ALWAYS},
    {"trees_spoiled", trees_spoiled, TEST_ALONE},
};
TEST_GROUP(trees);
