/* SPDX-License-Identifier: MIT */
/* Trees as large as the low parser takes, in each way, and one more of it. The markers in the parser end
 * a test in which a loop turns more often than it says. Its files are included, as in low_fdt_test.c. */
#include "arch/aarch64/boot/low_fdt.c"
#include "arch/aarch64/boot/low_node.c"
#include "tests/unit/arch/aarch64/boot/low_tree.h"
#include "tests/unit/test.h"

static struct low_facts facts;

/* Ends the root and the tree and reads it. */
static bool tree_end_read(void) {
    uint32_t size;
    end();
    put(FDT_END);
    uint32_t *tree = tree_make(&size);
    const bool sound = low_fdt_read(tree, size, &facts);
    free(tree);
    return sound;
}

TEST(low_fdt_most_tokens) {
    for (unsigned more = 0; more < 2; more++) {
        tree_begin(2, 2);
        for (unsigned i = 0; i < FDT_TOKENS_MAX - 5 + more;
             i++) { /* besides the root's and the end */
            put(FDT_NOP);
        }
        EXPECT_EQ(tree_end_read(), more == 0);
    }
}

TEST(low_fdt_most_nodes) {
    for (unsigned more = 0; more < 2; more++) {
        tree_begin(2, 2);
        for (unsigned i = 0; i < FDT_NODES_MAX - 1 + more; i++) {
            begin("n");
            end();
        }
        EXPECT_EQ(tree_end_read(), more == 0);
    }
}

TEST(low_fdt_longest_name) {
    char name[FDT_NAME_MAX + 1];
    memset(name, 'n', sizeof(name));
    name[FDT_NAME_MAX] = '\0';
    for (unsigned more = 0; more < 2; more++) {
        tree_begin(2, 2);
        begin(name + 1 - more);
        end();
        EXPECT_EQ(tree_end_read(), more == 0);
    }
}

/* The model that is ours stands behind one of the greatest length. */
TEST(low_fdt_longest_model) {
    for (unsigned more = 0; more < 2; more++) {
        char models[FDT_STRING_MAX + 16];
        const uint32_t length = FDT_STRING_MAX - 1 + more;
        memset(models, 'x', sizeof(models));
        models[length] = '\0';
        memcpy(models + length + 1, "arm,pl011", 10);
        tree_begin(2, 2);
        begin("uart");
        WORDS("reg", 0, 0x09000000, 0, 0x1000);
        property_bytes("compatible", models, length + 11);
        end();
        EXPECT(tree_end_read());
        EXPECT_EQ(facts.has_uart, more == 0);
    }
}

/* The window that fits is the last of those that are tried, or the one behind it. */
TEST(low_fdt_most_ranges) {
    for (unsigned more = 0; more < 2; more++) {
        uint32_t ranges[(LOW_RANGES_MAX + 1) * 3];
        for (uint32_t i = 0; i < LOW_RANGES_MAX + more; i++) {
            ranges[3 * i] = i * 0x1000;
            ranges[3 * i + 1] = 0x9000000 + i * 0x1000;
            ranges[3 * i + 2] = 0x1000;
        }
        tree_begin(1, 1);
        begin("bus");
        WORDS("#address-cells", 1);
        WORDS("#size-cells", 1);
        property_words("ranges", ranges, (LOW_RANGES_MAX + more) * 3);
        begin("uart");
        WORDS("reg", (LOW_RANGES_MAX - 1 + more) * 0x1000, 0x1000);
        property_bytes("compatible", TEXT("arm,pl011"));
        end();
        end();
        EXPECT(tree_end_read());
        EXPECT_EQ(facts.has_uart, more == 0);
        EXPECT(more != 0 || facts.uart.value == 0x9000000 + (LOW_RANGES_MAX - 1) * 0x1000);
    }
}

TEST(low_fdt_most_buses) {
    for (unsigned more = 0; more < 2; more++) {
        const unsigned buses = LOW_DEPTH_MAX - 2 + more;
        tree_begin(2, 2);
        for (unsigned i = 0; i < buses; i++) {
            begin("bus");
            WORDS("#address-cells", 2);
            WORDS("#size-cells", 2);
            property_bytes("ranges", "", 0);
        }
        begin("uart");
        WORDS("reg", 0, 0x09000000, 0, 0x1000);
        property_bytes("compatible", TEXT("arm,pl011"));
        end();
        for (unsigned i = 0; i < buses; i++) {
            end();
        }
        EXPECT(tree_end_read());
        EXPECT_EQ(facts.has_uart, more == 0);
    }
}

/* All but the last entry are empty. */
TEST(low_fdt_most_entries_of_memory) {
    for (unsigned more = 0; more < 2; more++) {
        uint8_t reg[(LOW_REG_ENTRY_MAX + 1) * 8] = {0};
        const uint32_t size = (LOW_REG_ENTRY_MAX + more) * 8;
        reg[size - 8] = 0x40;
        reg[size - 4] = 0x10;
        tree_begin(1, 1);
        begin("memory");
        property_bytes("device_type", TEXT("memory"));
        property_bytes("reg", reg, size);
        end();
        EXPECT(tree_end_read());
        EXPECT_EQ(facts.ram_count, 1 - more);
    }
}
