/* SPDX-License-Identifier: MIT */
/*
 * The low parser against trees built here, word by word, so that a broken one is as easy to build
 * as a sound one. Every tree is read from an allocation of exactly its size: a load beyond the end
 * is caught. The low part is not in the host's archive (it is linked on its own), so its two files
 * are included.
 */
#include <stdlib.h>

#include "arch/aarch64/boot/low_fdt.c"
#include "arch/aarch64/boot/low_node.c"
#include "tests/unit/arch/aarch64/boot/low_tree.h"
#include "tests/unit/test.h"

static struct low_facts facts;

/* Reads what was built. */
static bool tree_read(void) {
    uint32_t size;
    uint32_t *tree = tree_make(&size);
    const bool sound = low_fdt_read(tree, size, &facts);
    free(tree);
    return sound;
}

/* Ends the root and the tree and reads it. */
static bool tree_end_read(void) {
    end();
    put(FDT_END);
    return tree_read();
}

static void build_uart(const char *status) {
    begin("pl011@9000000");
    WORDS("reg", 0, 0x09000000, 0, 0x1000);
    property_bytes("compatible", TEXT("arm,pl011\0arm,primecell"));
    if (status != NULL) {
        property_bytes("status", status, (uint32_t)strlen(status) + 1);
    }
    end();
}

/* What QEMU virt says, as far as it matters here, with other nodes around. */
static void build_virt(void) {
    tree_begin(2, 2);
    property_bytes("compatible", TEXT("linux,dummy-virt"));
    begin("memory@40000000");
    WORDS("reg", 0, 0x40000000, 1, 0x80000000);
    property_bytes("device_type", TEXT("memory"));
    end();
    build_uart(NULL);
    put(FDT_NOP);
    begin("intc@8000000");
    WORDS("reg", 0, 0x08000000, 0, 0x10000, 0, 0x08010000, 0, 0x10000);
    property_bytes("compatible", TEXT("arm,cortex-a15-gic"));
    WORDS("#address-cells", 1);
    begin("v2m@8020000");
    property_bytes("compatible", TEXT("arm,gic-v2m-frame"));
    WORDS("reg", 0, 0x08020000, 0, 0x1000);
    end();
    end();
    begin("chosen");
    property_bytes("stdout-path", TEXT("/pl011@9000000"));
    end();
}

TEST(low_fdt_reads_virt) {
    build_virt();
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 1);
    EXPECT_EQ(facts.ram[0].start.value, 0x40000000);
    EXPECT_EQ(facts.ram[0].size, 0x180000000);
    EXPECT(facts.has_uart);
    EXPECT_EQ(facts.uart.value, 0x09000000);
    EXPECT(facts.has_gic);
    EXPECT_EQ(facts.gic_distributor.value, 0x08000000);
    EXPECT_EQ(facts.gic_cpu.value, 0x08010000);
    EXPECT_EQ(facts.tree_size, HEADER_ROOM + builder.words * 4 + builder.strings_size);
}

TEST(low_fdt_empty_tree_has_no_facts) {
    tree_begin(2, 2);
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 0);
    EXPECT(!facts.has_uart);
    EXPECT(!facts.has_gic);
}

static void build_memory(const uint32_t *words, uint32_t count) {
    begin("memory");
    property_bytes("device_type", TEXT("memory"));
    property_words("reg", words, count);
    end();
}

#define MEMORY(...)                                                                                \
    build_memory((const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

TEST(low_fdt_cells_of_one_and_two) {
    tree_begin(1, 1);
    MEMORY(0x40000000, 0x1000, 0x80000000, 0x2000);
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 2);
    EXPECT_EQ(facts.ram[1].start.value, 0x80000000);
    EXPECT_EQ(facts.ram[1].size, 0x2000);

    tree_begin(2, 1);
    MEMORY(1, 2, 3, 4, 5, 6, 7); /* the last entry is not whole */
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 2);
    EXPECT_EQ(facts.ram[1].start.value, 0x400000005);
    EXPECT_EQ(facts.ram[1].size, 6);
}

TEST(low_fdt_cells_default_when_absent) {
    memset(&builder, 0, sizeof(builder));
    begin("");
    MEMORY(1, 2, 3);
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 1);
    EXPECT_EQ(facts.ram[0].start.value, 0x100000002);
    EXPECT_EQ(facts.ram[0].size, 3);
}

TEST(low_fdt_illegal_cells_lose_the_value_only) {
    static const uint32_t illegal[] = {0, 3, 0x40000001, 0xffffffff};
    for (unsigned i = 0; i < ARRAY_SIZE(illegal); i++) {
        tree_begin(illegal[i], 1);
        MEMORY(1, 2, 3, 4, 5, 6);
        EXPECT(tree_end_read());
        EXPECT_EQ(facts.ram_count, 0);
        tree_begin(1, illegal[i]);
        MEMORY(1, 2, 3, 4, 5, 6);
        EXPECT(tree_end_read());
        EXPECT_EQ(facts.ram_count, 0);
    }
}

TEST(low_fdt_drops_empty_and_wrapping_memory) {
    tree_begin(2, 2);
    MEMORY(0, 0x1000, 0, 0, 0xffffffff, 0xfffff000, 0, 0x1001, 0, 0x5000, 0, 0x1000);
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 1);
    EXPECT_EQ(facts.ram[0].start.value, 0x5000);
}

TEST(low_fdt_keeps_the_first_ranges) {
    tree_begin(1, 1);
    for (uint32_t i = 1; i <= BOOT_RAM_RANGES_MAX + 3; i++) {
        MEMORY(i << 20, 0x1000);
    }
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, BOOT_RAM_RANGES_MAX);
    EXPECT_EQ(facts.ram[BOOT_RAM_RANGES_MAX - 1].start.value, BOOT_RAM_RANGES_MAX << 20);
}

TEST(low_fdt_memory_is_a_child_of_the_root) {
    tree_begin(1, 1);
    begin("reserved-memory");
    WORDS("reg", 0x4000, 0x1000);
    WORDS("#address-cells", 1);
    WORDS("#size-cells", 1);
    property_bytes("ranges", "", 0);
    MEMORY(0x1000, 0x1000);
    end();
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.ram_count, 0);
}

TEST(low_fdt_disabled_nodes_are_not_taken) {
    tree_begin(2, 2);
    build_uart("disabled");
    EXPECT(tree_end_read());
    EXPECT(!facts.has_uart);
    tree_begin(2, 2);
    build_uart("okay");
    EXPECT(tree_end_read());
    EXPECT(facts.has_uart);
}

TEST(low_fdt_takes_the_first_uart) {
    tree_begin(2, 2);
    build_uart("disabled");
    begin("serial@1");
    property_bytes("compatible", TEXT("vendor,uart\0arm,pl011"));
    WORDS("reg", 0, 0x1000, 0, 0x1000);
    end();
    build_uart(NULL);
    EXPECT(tree_end_read());
    EXPECT_EQ(facts.uart.value, 0x1000);
}

TEST(low_fdt_gic_needs_both_interfaces) {
    tree_begin(1, 1);
    begin("intc");
    property_bytes("compatible", TEXT("arm,gic-400"));
    WORDS("reg", 0x1000, 0x1000);
    end();
    EXPECT(tree_end_read());
    EXPECT(!facts.has_gic);
}

TEST(low_fdt_model_must_match_whole) {
    tree_begin(2, 2);
    begin("serial");
    WORDS("reg", 0, 0x1000, 0, 0x1000);
    property_bytes("compatible", "arm,pl011", 9); /* not terminated */
    end();
    begin("serial2");
    WORDS("reg", 0, 0x1000, 0, 0x1000);
    property_bytes("compatible", TEXT("arm,pl0111\0arm,pl01"));
    end();
    EXPECT(tree_end_read());
    EXPECT(!facts.has_uart);
}

/* A bus of one cell each whose child is a UART at 0x2000. `ranges` of `count` words; -1: absent. */
static bool read_behind_bus(const uint32_t *ranges, int count) {
    tree_begin(2, 2);
    begin("soc");
    WORDS("#address-cells", 1);
    WORDS("#size-cells", 1);
    if (count >= 0) {
        property_words("ranges", ranges, (uint32_t)count);
    }
    begin("serial");
    property_bytes("compatible", TEXT("arm,pl011"));
    WORDS("reg", 0x2000, 0x1000);
    end();
    end();
    return tree_end_read() && facts.has_uart;
}

TEST(low_fdt_translates_through_a_bus) {
    static const uint32_t ranges[] = {0x9000, 0, 0x100, 0x1000, 0x1000, 0x3, 0x70000000, 0x2000};
    EXPECT(read_behind_bus(ranges, 8));
    EXPECT_EQ(facts.uart.value, 0x370001000);
    EXPECT(read_behind_bus(ranges, 0)); /* empty: the same address */
    EXPECT_EQ(facts.uart.value, 0x2000);
    EXPECT(!read_behind_bus(ranges, -1));
    EXPECT(!read_behind_bus(ranges, 4)); /* no entry covers it */
    static const uint32_t short_by_one[] = {0x1000, 0, 0x5000, 0x1fff};
    EXPECT(!read_behind_bus(short_by_one, 4));
    static const uint32_t before[] = {0x1000, 0, 0x5000, 0x800};
    EXPECT(!read_behind_bus(before, 4));
    static const uint32_t wrapping[] = {0x2000, 0xffffffff, 0xfffff800, 0x1000};
    EXPECT(!read_behind_bus(wrapping, 4));
}

TEST(low_fdt_deep_nesting_is_walked) {
    tree_begin(2, 2);
    for (unsigned i = 0; i < FDT_NODES_MAX - 2; i++) {
        begin("n");
        property_bytes("ranges", "", 0);
        builder.strings_size -= sizeof("ranges");
    }
    build_uart(NULL);
    for (unsigned i = 0; i < FDT_NODES_MAX - 2; i++) {
        end();
    }
    EXPECT(tree_end_read());
    EXPECT(!facts.has_uart);
    builder.words -= 2; /* one node stays open */
    put(FDT_END);
    EXPECT(!tree_read());
}

TEST(low_fdt_refuses_broken_structure) {
    tree_begin(2, 2);
    end();
    end(); /* one too many */
    put(FDT_END);
    EXPECT(!tree_read());

    tree_begin(2, 2);
    end();
    begin("second root");
    EXPECT(!tree_end_read());

    tree_begin(2, 2);
    begin("child");
    end();
    WORDS("reg", 1); /* a property after a child */
    EXPECT(!tree_end_read());

    tree_begin(2, 2);
    put(5); /* no such token */
    EXPECT(!tree_end_read());

    tree_begin(2, 2);
    put(FDT_BEGIN_NODE);
    put(0x61616161); /* the name runs to the end of the block */
    EXPECT(!tree_read());

    memset(&builder, 0, sizeof(builder));
    put(FDT_END); /* no root */
    EXPECT(!tree_read());

    tree_begin(2, 2);
    end(); /* no end */
    EXPECT(!tree_read());

    memset(&builder, 0, sizeof(builder));
    WORDS("reg", 1); /* outside of every node */
    put(FDT_END);
    EXPECT(!tree_read());
}

/* Each block at the very end of the tree: nothing may be loaded beyond. */
TEST(low_fdt_stays_inside_its_blocks) {
    tree_begin(2, 2);
    builder.strings_first = true;
    end(); /* and no end of the tree */
    EXPECT(!tree_read());

    tree_begin(2, 2);
    builder.strings_first = true;
    put(FDT_PROP);
    put(4);
    put(0); /* "#address-cells" without its value */
    EXPECT(!tree_read());
    builder.words -= 1; /* without its name */
    EXPECT(!tree_read());

    tree_begin(2, 2);
    put(FDT_PROP);
    put(0);
    put(builder.strings_size); /* a name beyond the strings */
    EXPECT(!tree_end_read());
    builder.strings_size--; /* a name without its end: not taken for "#size-cells" */
    EXPECT(!tree_read());
}

/* Whether the tree of build_virt() is accepted with the header's word `index` set to `value`. */
static bool read_with_header(unsigned index, uint32_t value) {
    build_virt();
    end();
    put(FDT_END);
    uint32_t size;
    uint32_t *tree = tree_make(&size);
    tree[index] = __builtin_bswap32(value);
    const bool sound = low_fdt_read(tree, size, &facts);
    free(tree);
    return sound;
}

TEST(low_fdt_refuses_wild_headers) {
    EXPECT(read_with_header(7, 1)); /* the boot CPU is of no interest: the base case is accepted */
    static const struct {
        unsigned index;
        uint32_t value;
    } wild[] = {
        {0, 0xedfe0dd0}, {1, 0},          {1, 39},         {1, 0x200001}, {1, 0xffffffff},
        {2, 0},          {2, 57},         {2, 0xfffffffc}, {2, 0x100000}, {3, 0},
        {3, 0xffffffff}, {3, 0x100000},   {5, 16},         {6, 18},       {6, 1},
        {8, 0xffffffff}, {9, 0xfffffffc}, {9, 7},          {9, 0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wild); i++) {
        EXPECT(!read_with_header(wild[i].index, wild[i].value));
    }
}

TEST(low_fdt_refuses_misaligned_and_huge_trees) {
    build_virt();
    end();
    put(FDT_END);
    uint32_t size;
    uint32_t *tree = tree_make(&size);
    uint8_t *moved = calloc(1, size + 8);
    memcpy(moved + 4, tree, size);
    EXPECT(!low_fdt_read(moved + 4, size, &facts));
    EXPECT_EQ(low_fdt_size(moved + 4), 0);
    EXPECT_EQ(low_fdt_size(tree), size);
    tree[1] = __builtin_bswap32(LOW_TREE_SIZE_MAX);
    EXPECT_EQ(low_fdt_size(tree), LOW_TREE_SIZE_MAX);
    tree[1] = __builtin_bswap32(LOW_TREE_SIZE_MAX + 1);
    EXPECT_EQ(low_fdt_size(tree), 0);
    tree[1] = __builtin_bswap32(size);
    tree[9] = __builtin_bswap32(builder.words * 4 + 1);
    EXPECT(!low_fdt_read(tree, size, &facts)); /* no whole words */
    free(moved);
    free(tree);
}

/* What holds for every answer. */
static void expect_sane(bool sound) {
    if (!sound) {
        return;
    }
    EXPECT(facts.ram_count <= BOOT_RAM_RANGES_MAX);
    for (uint32_t i = 0; i < facts.ram_count; i++) {
        EXPECT(facts.ram[i].size != 0);
        EXPECT(facts.ram[i].start.value <= UINT64_MAX - facts.ram[i].size);
    }
}

static void expect_every_truncation_refused(bool strings_first) {
    build_virt();
    builder.strings_first = strings_first;
    end();
    put(FDT_END);
    uint32_t size;
    uint32_t *tree = tree_make(&size);
    for (uint32_t limit = 0; limit < size; limit++) {
        uint8_t *part = malloc(limit == 0 ? 1 : limit);
        memcpy(part, tree, limit);
        EXPECT(!low_fdt_read(part, limit, &facts));
        if (limit >=
            40) { /* the header now tells the truth about the size, and nothing else does */
            ((uint32_t *)part)[1] = __builtin_bswap32(limit);
            EXPECT(!low_fdt_read(part, limit, &facts));
        }
        free(part);
    }
    free(tree);
}

TEST(low_fdt_refuses_every_truncation) {
    expect_every_truncation_refused(false);
    expect_every_truncation_refused(true);
}

TEST(low_fdt_survives_every_bit_flip) {
    build_virt();
    builder.strings_first = true;
    end();
    put(FDT_END);
    uint32_t size;
    uint32_t *tree = tree_make(&size);
    unsigned refused = 0;
    for (uint32_t bit = 0; bit < size * 8; bit++) {
        ((uint8_t *)tree)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const bool sound = low_fdt_read(tree, size, &facts);
        expect_sane(sound);
        refused += !sound;
        ((uint8_t *)tree)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(low_fdt_read(tree, size, &facts));
    EXPECT(refused > 500); /* most flips of headers, tokens and lengths are seen */
    free(tree);
}

TEST(low_fdt_survives_random_words) {
    build_virt();
    end();
    put(FDT_END);
    struct random random = test_random();
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t size;
        builder.strings_first = round % 2 == 0;
        uint32_t *tree = tree_make(&size);
        for (unsigned i = 0; i < 3; i++) {
            tree[random_below(&random, size / 4)] = (uint32_t)random_next(&random) >> (round % 32);
        }
        expect_sane(low_fdt_read(tree, size, &facts));
        free(tree);
    }
}
