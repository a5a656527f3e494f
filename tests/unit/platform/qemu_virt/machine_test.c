/* SPDX-License-Identifier: MIT */
/* The machine of a good tree, of none, and of trees with each piece missing or wrong. */
#include "platform/machine.h"

#include <stdlib.h>

#include "tests/unit/fdt_builder.h"
#include "tests/unit/test.h"

static struct machine machine;

static struct boot_info boot_info(size_t tree_size) {
    return (struct boot_info){
        .image = {paddr(0x40080000), 0x60000},
        .tree = {paddr(0x40000000), tree_size},
        .ram = {{paddr(0x40000000), 0x10000000}},
        .ram_count = 1,
        .tree_source = tree_size == 0 ? BOOT_TREE_NONE : BOOT_TREE_SLOT,
        .uart = paddr(0x9000000),
        .gic_distributor = paddr(0x8000000),
        .gic_cpu = paddr(0x8010000),
        .mapped = {paddr(0x40000000), 0x10000000},
    };
}

static status_t read_blob(uint8_t *blob, size_t size) {
    struct boot_info boot = boot_info(size);
    status_t status = machine_read(&machine, &boot, blob);
    free(blob);
    return status;
}

/* Reads what the builder holds. */
static status_t read_built(struct fdt_builder *b) {
    size_t size;
    uint8_t *blob = fdt_builder_finish(b, &size);
    return read_blob(blob, size);
}

static void begin_root(struct fdt_builder *b) {
    fdt_builder_init(b);
    fdt_builder_begin(b, "");
    fdt_builder_cells(b, "#address-cells", 1, 2);
    fdt_builder_cells(b, "#size-cells", 1, 2);
    fdt_builder_cells(b, "interrupt-parent", 1, 0x8002);
}

static void add_memory(struct fdt_builder *b, uint32_t address, uint32_t size) {
    fdt_builder_begin(b, "memory");
    fdt_builder_string(b, "device_type", "memory");
    fdt_builder_cells(b, "reg", 4, 0, address, 0, size);
    fdt_builder_end(b);
}

static bool has_warning(const char *start) {
    for (uint32_t i = 0; i < machine.warning_count && i < MACHINE_WARNINGS_MAX; i++) {
        if (strncmp(machine.warning[i].text, start, strlen(start)) == 0) {
            return true;
        }
    }
    return false;
}

static void expect_range(struct phys_range actual, uint64_t start, uint64_t size) {
    EXPECT_EQ(actual.start.value, start);
    EXPECT_EQ(actual.size, size);
}

static void expect_qemu_devices(void) {
    expect_range(machine.uart, 0x9000000, 0x1000);
    EXPECT_EQ(machine.uart_irq, 33);
    expect_range(machine.gic_distributor, 0x8000000, 0x10000);
    expect_range(machine.gic_cpu, 0x8010000, 0x10000);
    EXPECT_EQ(machine.timer_irq, 27);
}

TEST(machine_of_a_good_tree) {
    size_t size;
    uint8_t *blob = fdt_sample(&size);
    EXPECT_EQ(read_blob(blob, size), STATUS_OK); /* and nothing points into it afterwards */
    EXPECT_EQ(machine.warning_count, 0);
    EXPECT_EQ(machine.ram_count, 2);
    expect_range(machine.ram[0], 0x40000000, 0x8000000);
    expect_range(machine.ram[1], 0x100000000, 0x10000000);
    expect_qemu_devices();
    EXPECT_EQ(machine.cpu_count, 2);
    EXPECT_EQ(machine.cpu_id[1], 1);
    EXPECT_EQ(machine.psci, MACHINE_PSCI_HVC);
    EXPECT_STRING(machine.bootargs, "log=debug for=10s");
    expect_range(machine.initrd, 0x44000000, 0x1234);
    static const struct {
        const char *reason;
        uint64_t start;
        bool no_map;
    } reserved[] = {
        {"image", 0x40080000, false},          {"device tree", 0x40000000, false},
        {"initrd", 0x44000000, false},         {"memreserve", 0x46000000, false},
        {"reserved-memory", 0x47000000, true},
    };
    EXPECT_EQ(machine.reserved_count, ARRAY_SIZE(reserved));
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
        EXPECT_STRING(machine.reserved[i].reason, reserved[i].reason);
        EXPECT_EQ(machine.reserved[i].range.start.value, reserved[i].start);
        EXPECT_EQ(machine.reserved[i].no_map, reserved[i].no_map);
    }
}

TEST(machine_without_a_tree) {
    struct boot_info boot = boot_info(0);
    EXPECT_EQ(machine_read(&machine, &boot, NULL), STATUS_OK);
    EXPECT(has_warning("no device tree"));
    EXPECT_EQ(machine.ram_count, 1);
    expect_range(machine.ram[0], 0x40000000, 0x10000000);
    expect_qemu_devices();
    EXPECT_EQ(machine.cpu_count, 1);
    EXPECT_EQ(machine.psci, MACHINE_PSCI_NONE);
    EXPECT_EQ(machine.reserved_count, 1);
    EXPECT_STRING(machine.bootargs, "");
    boot.uart = paddr(0x9040000);
    EXPECT_EQ(machine_read(&machine, &boot, NULL), STATUS_OK);
    EXPECT_EQ(machine.uart.start.value, 0x9040000);
    boot.uart = paddr(0);
    EXPECT_EQ(machine_read(&machine, &boot, NULL), STATUS_OK);
    expect_qemu_devices();
    boot.ram_count = 0;
    EXPECT_EQ(machine_read(&machine, &boot, NULL), STATUS_NOT_FOUND);
}

TEST(machine_of_a_broken_tree) {
    size_t size;
    uint8_t *blob = fdt_sample(&size);
    blob[0] = 0;
    EXPECT_EQ(read_blob(blob, size), STATUS_OK);
    EXPECT(has_warning("the device tree is refused"));
    EXPECT_EQ(machine.ram_count, 1);
    expect_qemu_devices();
}

TEST(machine_of_an_empty_tree) {
    struct fdt_builder b;
    begin_root(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(has_warning("memory: from the boot code"));
    EXPECT(has_warning("uart:"));
    EXPECT(has_warning("gic:"));
    EXPECT(has_warning("timer:"));
    EXPECT(has_warning("cpus:"));
    expect_range(machine.ram[0], 0x40000000, 0x10000000);
    expect_qemu_devices();
    EXPECT_EQ(machine.cpu_count, 1);
}

/* --- Memory ---------------------------------------------------------------------------------- */

TEST(machine_with_too_much_memory_uses_some) {
    struct fdt_builder b;
    begin_root(&b);
    for (uint32_t i = 0; i < CONFIG_MEMORY_RANGES_MAX + 3; i++) {
        add_memory(&b, 0x40000000 + i * 0x10000, 0x8000);
    }
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT_EQ(machine.ram_count, CONFIG_MEMORY_RANGES_MAX);
    EXPECT(has_warning("memory: too many"));
}

TEST(machine_memory_nodes_that_do_not_count) {
    struct fdt_builder b;
    begin_root(&b);
    fdt_builder_begin(&b, "memory@1");
    fdt_builder_string(&b, "device_type", "memory");
    fdt_builder_string(&b, "status", "disabled");
    fdt_builder_cells(&b, "reg", 4, 0, 0x80000000, 0, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "bus");
    fdt_builder_cells(&b, "#address-cells", 1, 2);
    fdt_builder_cells(&b, "#size-cells", 1, 2);
    fdt_builder_property(&b, "ranges", NULL, 0);
    add_memory(&b, 0xa0000000, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "memory@2");
    fdt_builder_cells(&b, "reg", 4, 0, 0x90000000, 0, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "memory@3");
    fdt_builder_string(&b, "device_type", "memory");
    fdt_builder_cells(&b, "reg", 3, 0, 0x90000000, 0);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "memory@4");
    fdt_builder_string(&b, "device_type", "memory");
    fdt_builder_cells(&b, "reg", 8, 0xffffffff, 0xfffff000, 0, 0x2000, 0, 0x50000000, 0, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT_EQ(machine.ram_count, 1);
    expect_range(machine.ram[0], 0x50000000, 0x1000);
    EXPECT(has_warning("memory: an entry"));
}

TEST(machine_never_loses_a_reservation) {
    struct fdt_builder b;
    for (uint32_t extra = 0; extra < 2; extra++) { /* image and tree take two places */
        begin_root(&b);
        for (uint32_t i = 0; i < CONFIG_MEMORY_RANGES_MAX - 2 + extra; i++) {
            fdt_builder_reserve(&b, 0x41000000 + i * 0x10000, 0x1000);
        }
        add_memory(&b, 0x40000000, 0x8000000);
        fdt_builder_end(&b);
        EXPECT_EQ(read_built(&b), extra == 0 ? STATUS_OK : STATUS_FULL);
    }
    /* Nor one of /reserved-memory without `ranges`, or one that wraps. */
    begin_root(&b);
    add_memory(&b, 0x40000000, 0x8000000);
    fdt_builder_begin(&b, "reserved-memory");
    fdt_builder_cells(&b, "#address-cells", 1, 1);
    fdt_builder_begin(&b, "one");
    fdt_builder_cells(&b, "reg", 4, 0x41000000, 0x1000, 0x42000000, 0x2000);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT_EQ(machine.reserved_count, 4);
    expect_range(machine.reserved[3].range, 0x42000000, 0x2000);
    begin_root(&b);
    add_memory(&b, 0x40000000, 0x8000000);
    fdt_builder_begin(&b, "reserved-memory");
    fdt_builder_property(&b, "ranges", NULL, 0);
    fdt_builder_cells(&b, "#size-cells", 1, 2);
    fdt_builder_begin(&b, "wraps");
    fdt_builder_cells(&b, "reg", 4, 0, 0x44000000, 0xffffffff, 0xffffffff);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    expect_range(machine.reserved[2].range, 0x44000000, UINT64_MAX);
}

/* The end of a hostile list comes before its cost does. */
TEST(machine_endless_empty_entries) {
    struct fdt_builder b;
    uint8_t *zeros = calloc(1, 1 << 20);
    begin_root(&b);
    fdt_builder_begin(&b, "memory");
    fdt_builder_string(&b, "device_type", "memory");
    fdt_builder_property(&b, "reg", zeros, 1 << 20);
    fdt_builder_end(&b);
    add_memory(&b, 0x40000000, 0x8000000);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(has_warning("memory: too many"));
    begin_root(&b);
    fdt_builder_begin(&b, "reserved-memory");
    fdt_builder_property(&b, "ranges", NULL, 0);
    fdt_builder_begin(&b, "zeros");
    fdt_builder_property(&b, "reg", zeros, 12 << 10);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_FULL);
    free(zeros);
}

TEST(machine_keeps_devices_out_of_ram) {
    struct fdt_builder b;
    struct physical_map map;
    begin_root(&b);
    add_memory(&b, 0x08000000, 0x40000000);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(has_warning("memory: RAM lies over"));
    EXPECT_EQ(physical_map_build(&map, machine.ram, machine.ram_count, machine.reserved,
                                 machine.reserved_count),
              STATUS_OK);
    EXPECT(!physical_map_is_ram(&map, machine.uart));
    EXPECT(!physical_map_is_ram(&map, machine.gic_distributor));
    EXPECT(!physical_map_is_ram(&map, machine.gic_cpu));
    expect_range(map.ram[0], 0x08020000, 0xfe0000);
    begin_root(&b); /* a neighbour is none of its business */
    add_memory(&b, 0x07000000, 0x1000000);
    add_memory(&b, 0x08020000, 0xfe0000);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(!has_warning("memory: RAM lies over"));
}

TEST(machine_kernel_stays_mapped) {
    struct fdt_builder b;
    begin_root(&b);
    add_memory(&b, 0x40000000, 0x8000000);
    fdt_builder_begin(&b, "reserved-memory");
    fdt_builder_property(&b, "ranges", NULL, 0);
    fdt_builder_begin(&b, "hostile");
    fdt_builder_property(&b, "no-map", NULL, 0);
    fdt_builder_cells(&b, "reg", 3, 0, 0x400df000, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "behind");
    fdt_builder_property(&b, "no-map", NULL, 0);
    fdt_builder_cells(&b, "reg", 3, 0, 0x400e0000, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(has_warning("reserved-memory: would unmap"));
    EXPECT_EQ(machine.reserved_count, 4);
    EXPECT(!machine.reserved[2].no_map);
    EXPECT(machine.reserved[3].no_map);
    begin_root(&b);
    add_memory(&b, 0x40000000, 0x8000000);
    fdt_builder_begin(&b, "reserved-memory");
    fdt_builder_property(&b, "ranges", NULL, 0);
    fdt_builder_begin(&b, "harmless");
    fdt_builder_cells(&b, "reg", 3, 0, 0x40080000, 0x1000);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(!has_warning("reserved-memory"));
}

/* --- /chosen --------------------------------------------------------------------------------- */

static status_t chosen_case(uint64_t start, uint64_t end) {
    struct fdt_builder b;
    begin_root(&b);
    add_memory(&b, 0x40000000, 0x8000000);
    fdt_builder_begin(&b, "chosen");
    fdt_builder_cells(&b, "linux,initrd-start", 2, (uint32_t)(start >> 32), (uint32_t)start);
    fdt_builder_cells(&b, "linux,initrd-end", 2, (uint32_t)(end >> 32), (uint32_t)end);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    return read_built(&b);
}

TEST(machine_initrd) {
    EXPECT_EQ(chosen_case(0x150000000, 0x160000000), STATUS_OK);
    expect_range(machine.initrd, 0x150000000, 0x10000000);
    EXPECT(!has_warning("chosen"));
    EXPECT_EQ(chosen_case(0x50000001, 0x50000000), STATUS_OK);
    EXPECT(has_warning("chosen"));
    EXPECT_EQ(machine.initrd.size, 0);
}

#define IMAGE      UINT64_C(0x40080000) /* as boot_info() has it */
#define IMAGE_SIZE UINT64_C(0x60000)

TEST(machine_initrd_over_the_kernel_is_refused) {
    static const struct {
        uint64_t start, end;
        bool refused;
    } cases[] = {
        {IMAGE - 0x1000, IMAGE, false},
        {IMAGE - 0x1000, IMAGE + 1, true},
        {IMAGE, IMAGE + 0x1000, true},
        {IMAGE + IMAGE_SIZE - 1, IMAGE + IMAGE_SIZE + 0x1000, true},
        {IMAGE + IMAGE_SIZE, IMAGE + IMAGE_SIZE + 0x1000, false},
        {0x40000000, 0x48000000, true},
        {0, UINT64_MAX, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        EXPECT_EQ(chosen_case(cases[i].start, cases[i].end), STATUS_OK);
        EXPECT_EQ(has_warning("chosen: the initrd lies over the kernel"), cases[i].refused);
        EXPECT_EQ(machine.initrd.size,
                  cases[i].refused ? 0 : (int64_t)(cases[i].end - cases[i].start));
    }
}

TEST(machine_bootargs_too_long_end_with_a_word) {
    struct fdt_builder b;
    char text[MACHINE_BOOTARGS_MAX + 8];
    memset(text, 'x', sizeof(text));
    text[MACHINE_BOOTARGS_MAX - 20] = ' ';
    text[sizeof(text) - 1] = 0;
    begin_root(&b);
    fdt_builder_begin(&b, "chosen");
    fdt_builder_string(&b, "bootargs", text);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT(has_warning("chosen: bootargs"));
    EXPECT_EQ(strlen(machine.bootargs), MACHINE_BOOTARGS_MAX - 19);
    text[MACHINE_BOOTARGS_MAX - 1] = 0; /* just fits */
    begin_root(&b);
    fdt_builder_begin(&b, "chosen");
    fdt_builder_string(&b, "bootargs", text);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT_STRING(machine.bootargs, text);
}

/* --- Devices --------------------------------------------------------------------------------- */

static void add_gic(struct fdt_builder *b) {
    fdt_builder_begin(b, "gic");
    fdt_builder_cells(b, "phandle", 1, 0x8002);
    fdt_builder_string(b, "compatible", "arm,gic-400");
    fdt_builder_cells(b, "#interrupt-cells", 1, 3);
    fdt_builder_property(b, "interrupt-controller", NULL, 0);
    fdt_builder_cells(b, "reg", 8, 0, 0x2f000000, 0, 0x1000, 0, 0x2c000000, 0, 0x2000);
    fdt_builder_end(b);
}

static void add_uart(struct fdt_builder *b, const char *name, uint32_t address, const char *status,
                     uint32_t type, uint32_t number) {
    fdt_builder_begin(b, name);
    fdt_builder_string(b, "compatible", "arm,pl011");
    fdt_builder_string(b, "status", status);
    fdt_builder_cells(b, "reg", 4, 0, address, 0, 0x1000);
    fdt_builder_cells(b, "interrupts", 3, type, number, 4);
    fdt_builder_end(b);
}

TEST(machine_chooses_the_right_uart) {
    for (unsigned chosen = 0; chosen < 3; chosen++) {
        struct fdt_builder b;
        begin_root(&b);
        add_uart(&b, "uart@1c080000", 0x1c080000, "disabled", 0, 4);
        add_uart(&b, "uart@1c090000", 0x1c090000, "okay", 0, 5);
        add_uart(&b, "uart@1c0a0000", 0x1c0a0000, "okay", 0, 6);
        add_gic(&b);
        fdt_builder_begin(&b, "chosen");
        if (chosen != 0) {
            fdt_builder_string(&b, "stdout-path", chosen == 1 ? "/uart@1c0a0000:115200" : "/gic");
        }
        fdt_builder_end(&b);
        fdt_builder_end(&b);
        EXPECT_EQ(read_built(&b), STATUS_OK);
        EXPECT_EQ(machine.uart.start.value, chosen == 1 ? 0x1c0a0000 : 0x1c090000);
        EXPECT_EQ(machine.uart_irq, chosen == 1 ? 38 : 37);
        expect_range(machine.gic_distributor, 0x2f000000, 0x1000);
        expect_range(machine.gic_cpu, 0x2c000000, 0x2000);
    }
}

TEST(machine_refuses_wrong_interrupts) {
    static const struct {
        uint32_t type, number, irq;
    } cases[] = {{0, 987, 1019}, {0, 988, 33}, {1, 15, 31},
                 {1, 16, 33},    {2, 1, 33},   {0, UINT32_MAX, 33}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fdt_builder b;
        begin_root(&b);
        add_gic(&b);
        add_uart(&b, "uart", 0x1c090000, "okay", cases[i].type, cases[i].number);
        fdt_builder_end(&b);
        EXPECT_EQ(read_built(&b), STATUS_OK);
        EXPECT_EQ(machine.uart.start.value, 0x1c090000);
        EXPECT_EQ(machine.uart_irq, cases[i].irq);
        EXPECT_EQ(has_warning("uart: no interrupt"), cases[i].irq == 33);
    }
}

TEST(machine_timer_by_name) {
    struct fdt_builder b;
    begin_root(&b);
    add_gic(&b);
    fdt_builder_begin(&b, "timer");
    fdt_builder_string(&b, "compatible", "arm,armv8-timer");
    fdt_builder_property(&b, "interrupt-names", "phys\0virt", 10);
    fdt_builder_cells(&b, "interrupts", 6, 1, 14, 4, 1, 12, 4);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT_EQ(machine.timer_irq, 28);
    EXPECT(!has_warning("timer"));
}

TEST(machine_with_many_cpus) {
    struct fdt_builder b;
    begin_root(&b);
    fdt_builder_begin(&b, "cpus");
    fdt_builder_cells(&b, "#address-cells", 1, 2);
    fdt_builder_cells(&b, "#size-cells", 1, 0);
    for (uint32_t i = 0; i < MACHINE_CPUS_MAX + 2; i++) {
        fdt_builder_begin(&b, "cpu");
        fdt_builder_string(&b, "device_type", "cpu");
        fdt_builder_cells(&b, "reg", 2, 1, i);
        fdt_builder_end(&b);
    }
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    EXPECT_EQ(read_built(&b), STATUS_OK);
    EXPECT_EQ(machine.cpu_count, MACHINE_CPUS_MAX);
    EXPECT_EQ(machine.cpu_id[3], 0x100000003);
    EXPECT(has_warning("cpus: too many"));
}

/* --- Hostile trees --------------------------------------------------------------------------- */

/* Whatever the tree says: an answer, RAM that is known, and a map that can be built from it. */
TEST(machine_survives_random_words) {
    struct random random = test_random();
    struct physical_map map;
    size_t size;
    uint8_t *whole = fdt_sample(&size);
    for (int run = 0; run < 10000; run++) {
        uint8_t *blob = malloc(size);
        memcpy(blob, whole, size);
        for (uint64_t i = random_between(&random, 1, 3); i > 0; i--) {
            uint64_t word = random_below(&random, size / 4);
            fdt_put_u32(blob + word * 4, (uint32_t)random_below(
                                             &random, random_one_in(&random, 2) ? 16 : UINT32_MAX));
        }
        status_t status = read_blob(blob, size);
        EXPECT(status == STATUS_OK || status == STATUS_FULL);
        EXPECT(machine.ram_count != 0);
        EXPECT(memchr(machine.bootargs, 0, sizeof(machine.bootargs)) != NULL);
        status = physical_map_build(&map, machine.ram, machine.ram_count, machine.reserved,
                                    machine.reserved_count);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        EXPECT(status != STATUS_OK || !physical_map_is_ram(&map, machine.uart));
    }
    free(whole);
}
