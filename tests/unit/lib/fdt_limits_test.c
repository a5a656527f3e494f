/* SPDX-License-Identifier: MIT */
/* Trees as large as they may be, in each way in which they may be large, are read to their end; one more
 * of anything is refused, or as if it were not there. The markers in the reader end a test in which a
 * loop turns more often than the reader says. */
#include "lib/fdt.h"

#include <stdlib.h>

#include "tests/unit/fdt_builder.h"
#include "tests/unit/fdt_exercise.h"
#include "tests/unit/test.h"

#define NOP 4

static struct fdt_builder builder;
static struct fdt fdt;
static uint8_t *blob;

/* A root, open. */
static void tree_begin(void) {
    free(blob);
    fdt_builder_init(&builder);
    fdt_builder_begin(&builder, "");
}

/* Ends the root, and opens the tree. */
static status_t tree_open(void) {
    size_t size;
    fdt_builder_end(&builder);
    blob = fdt_builder_finish(&builder, &size);
    status_t status = fdt_open(&fdt, blob, size);
    if (status == STATUS_OK) {
        fdt_exercise(blob, size);
    }
    return status;
}

static void add_properties(unsigned count, uint32_t value) {
    for (unsigned i = 0; i < count; i++) {
        fdt_builder_cells(&builder, "same", 1, value);
    }
}

static void add_nodes(unsigned count, const char *name) {
    for (unsigned i = 0; i < count; i++) {
        fdt_builder_begin(&builder, name);
        fdt_builder_end(&builder);
    }
}

static struct fdt_node node_at(const char *path) {
    struct fdt_node node;
    EXPECT_EQ(fdt_find_path(&fdt, path, &node), STATUS_OK);
    return node;
}

TEST(fdt_most_nodes) {
    struct fdt_node node;
    tree_begin();
    add_nodes(FDT_NODES_MAX - 2, "node");
    add_nodes(1, "last");
    EXPECT_EQ(tree_open(), STATUS_OK);
    fdt_root(&fdt, &node);
    unsigned count = 1;
    while (fdt_next(&fdt, &node)) {
        count++;
    }
    EXPECT_EQ(count, FDT_NODES_MAX);
    EXPECT_EQ(fdt_find_path(&fdt, "/last", &node), STATUS_OK);
    EXPECT_EQ(fdt_find_path(&fdt, "/none", &node), STATUS_NOT_FOUND);
    tree_begin();
    add_nodes(FDT_NODES_MAX, "node");
    EXPECT_EQ(tree_open(), STATUS_OUT_OF_RANGE);
}

TEST(fdt_most_tokens_of_a_node) {
    for (unsigned more = 0; more < 2; more++) {
        struct fdt_node node;
        struct fdt_property property = FDT_PROPERTY_NONE;
        tree_begin();
        add_properties(FDT_NODE_TOKENS_MAX - 1 + more, 7);
        add_nodes(1, "node");
        EXPECT_EQ(tree_open(), more == 0 ? STATUS_OK : STATUS_OUT_OF_RANGE);
        if (more == 0) {
            unsigned count = 0;
            fdt_root(&fdt, &node);
            while (fdt_next_property(&fdt, &node, &property)) {
                count++;
            }
            EXPECT_EQ(count, FDT_NODE_TOKENS_MAX - 1);
            EXPECT(!fdt_has_property(&fdt, &node, "other"));
            EXPECT(fdt_next(&fdt, &node));
        }
    }
}

/* Empty tokens are tokens, also those before the root. */
TEST(fdt_most_empty_tokens) {
    for (unsigned more = 0; more < 2; more++) {
        struct fdt_node node;
        free(blob);
        fdt_builder_init(&builder);
        for (unsigned i = 0; i < FDT_NODE_TOKENS_MAX - 1 + more; i++) {
            fdt_builder_token(&builder, NOP);
        }
        fdt_builder_begin(&builder, "");
        EXPECT_EQ(tree_open(), more == 0 ? STATUS_OK : STATUS_OUT_OF_RANGE);
        if (more == 0) {
            fdt_root(&fdt, &node);
            EXPECT_STRING(fdt_name(&fdt, &node), "");
            EXPECT_EQ(node.path[0], fdt.structure + 4 * (FDT_NODE_TOKENS_MAX - 1));
        }
    }
}

/* Full nodes until all tokens but those of the end are used, and `more`. Their properties refer to node
 * 7, which is the last. */
static status_t tree_of_all_tokens(unsigned more) {
    unsigned nodes = FDT_TOKENS_MAX / FDT_NODE_TOKENS_MAX - 1;
    tree_begin();
    for (unsigned i = 0; i < nodes; i++) {
        fdt_builder_begin(&builder, "n");
        add_properties(FDT_NODE_TOKENS_MAX - 2, i < nodes / 2 ? 7 : 8);
        fdt_builder_end(&builder);
    }
    fdt_builder_begin(&builder, "last");
    fdt_builder_cells(&builder, "phandle", 1, 9);
    add_properties(FDT_NODE_TOKENS_MAX - 6 + more, 8); /* besides three ends and two begins */
    fdt_builder_end(&builder);
    return tree_open();
}

TEST(fdt_most_tokens) {
    struct fdt_node node;
    EXPECT_EQ(tree_of_all_tokens(0), STATUS_OK);
    EXPECT_EQ(fdt_find_phandle(&fdt, 9, &node), STATUS_OK);
    EXPECT_STRING(fdt_name(&fdt, &node), "last");
    EXPECT_EQ(fdt_find_phandle(&fdt, 10, &node), STATUS_NOT_FOUND);
    EXPECT_EQ(tree_of_all_tokens(1), STATUS_OUT_OF_RANGE);
}

TEST(fdt_most_references_to_a_phandle) {
    for (unsigned more = 0; more < 2; more++) {
        struct fdt_node node;
        unsigned left = FDT_PHANDLES_MAX - 1 + more;
        tree_begin();
        while (left != 0) {
            unsigned count = left < 60 ? left : 60;
            fdt_builder_begin(&builder, "user");
            add_properties(count, 7);
            fdt_builder_end(&builder);
            left -= count;
        }
        fdt_builder_begin(&builder, "last");
        fdt_builder_cells(&builder, "phandle", 1, 7);
        fdt_builder_end(&builder);
        EXPECT_EQ(tree_open(), STATUS_OK);
        EXPECT_EQ(fdt_find_phandle(&fdt, 7, &node), more == 0 ? STATUS_OK : STATUS_NOT_FOUND);
    }
}

TEST(fdt_longest_name) {
    char name[FDT_NAME_MAX + 1];
    char path[FDT_NAME_MAX + 2] = "/";
    struct fdt_node node;
    memset(name, 'n', sizeof name);
    name[FDT_NAME_MAX - 1] = 0;
    strcat(path, name);
    tree_begin();
    add_nodes(1, name);
    EXPECT_EQ(tree_open(), STATUS_OK);
    node = node_at(path);
    EXPECT_STRING(fdt_name(&fdt, &node), name);
    EXPECT(!fdt_next(&fdt, &node));
    strcat(path, "n");
    EXPECT_EQ(fdt_find_path(&fdt, path, &node), STATUS_NOT_FOUND);
    name[FDT_NAME_MAX - 1] = 'n';
    name[FDT_NAME_MAX] = 0;
    tree_begin();
    add_nodes(1, name);
    EXPECT_EQ(tree_open(), STATUS_MALFORMED);
}

TEST(fdt_many_slashes) {
    char path[FDT_NAME_MAX + 10];
    struct fdt_node node;
    tree_begin();
    add_nodes(1, "n");
    EXPECT_EQ(tree_open(), STATUS_OK);
    memset(path, '/', sizeof path);
    strcpy(path + FDT_NAME_MAX, "n");
    node = node_at(path);
    EXPECT_STRING(fdt_name(&fdt, &node), "n");
    strcpy(path + FDT_NAME_MAX, "/n");
    EXPECT_EQ(fdt_find_path(&fdt, path, &node), STATUS_NOT_FOUND);
}

TEST(fdt_most_reserves) {
    for (unsigned more = 0; more < 2; more++) {
        struct fdt_reg entry;
        tree_begin();
        for (unsigned i = 0; i < FDT_RESERVES_MAX + more; i++) {
            fdt_builder_reserve(&builder, 0x1000 * (i + 1), 0x1000);
        }
        EXPECT_EQ(tree_open(), more == 0 ? STATUS_OK : STATUS_OUT_OF_RANGE);
        if (more == 0) {
            EXPECT_EQ(fdt_reserve_entry(&fdt, FDT_RESERVES_MAX - 1, &entry), STATUS_OK);
            EXPECT_EQ(fdt_reserve_entry(&fdt, FDT_RESERVES_MAX, &entry), STATUS_NOT_FOUND);
        }
    }
}

TEST(fdt_largest_blob) {
    for (unsigned more = 0; more < 2; more++) {
        size_t size;
        tree_begin();
        fdt_builder_end(&builder);
        blob = fdt_builder_finish(&builder, &size);
        blob = realloc(blob, FDT_SIZE_MAX + 1);
        fdt_put_u32(blob + 4, FDT_SIZE_MAX + more);
        EXPECT_EQ(fdt_open(&fdt, blob, FDT_SIZE_MAX + 1),
                  more == 0 ? STATUS_OK : STATUS_OUT_OF_RANGE);
    }
}

TEST(fdt_longest_strings) {
    char list[3 * FDT_STRING_MAX];
    char text[FDT_TEXT_MAX + 1];
    struct fdt_property property;
    struct fdt_node node;
    const char *at = NULL;
    memset(list, 'x', sizeof list);
    memset(text, 'x', sizeof text);
    list[FDT_STRING_MAX - 1] = 0;
    list[2 * FDT_STRING_MAX - 1] = 0;
    list[3 * FDT_STRING_MAX - 1] = 0;
    text[FDT_TEXT_MAX - 1] = text[FDT_TEXT_MAX] = 0;
    tree_begin();
    fdt_builder_property(&builder, "list", list, sizeof list);
    fdt_builder_property(&builder, "short", text, FDT_TEXT_MAX);
    text[FDT_TEXT_MAX - 1] = 'x';
    fdt_builder_property(&builder, "long", text, FDT_TEXT_MAX + 1);
    EXPECT_EQ(tree_open(), STATUS_OK);
    fdt_root(&fdt, &node);
    EXPECT_EQ(fdt_find_property(&fdt, &node, "list", &property), STATUS_OK);
    for (int i = 0; i < 3; i++) {
        EXPECT(fdt_next_string(&property, &at));
        EXPECT_EQ(strlen(at), FDT_STRING_MAX - 1);
    }
    EXPECT(!fdt_next_string(&property, &at));
    EXPECT_EQ(strlen(fdt_string(&fdt, &node, "short")), FDT_TEXT_MAX - 1);
    EXPECT(fdt_string(&fdt, &node, "long") == NULL);
    EXPECT_EQ(fdt_find_property(&fdt, &node, "long", &property), STATUS_OK);
    at = NULL;
    EXPECT(!fdt_next_string(&property, &at));
}

TEST(fdt_most_strings) {
    char list[2 * FDT_STRINGS_MAX + 3];
    struct fdt_node node;
    uint32_t index;
    for (int i = 0; i < FDT_STRINGS_MAX + 1; i++) {
        list[2 * i] = (char)('a' + i);
        list[2 * i + 1] = 0;
    }
    tree_begin();
    fdt_builder_property(&builder, "compatible", list, sizeof list);
    EXPECT_EQ(tree_open(), STATUS_OK);
    fdt_root(&fdt, &node);
    EXPECT(fdt_has_string(&fdt, &node, "compatible", "p", &index));
    EXPECT_EQ(index, FDT_STRINGS_MAX - 1);
    EXPECT(!fdt_is_compatible(&fdt, &node, "q"));
    EXPECT(fdt_text_is("a name of 23 characters", "a name of 23 characters"));
    EXPECT_PANIC((void)fdt_text_is("a name of 24 characters.", "a name of 24 characters."));
}

/* The window that fits is the last of `count`. */
static status_t windows_case(unsigned count, struct fdt_reg *reg) {
    uint8_t *ranges = calloc(count, 12);
    for (unsigned i = 0; i < count; i++) {
        fdt_put_u32(ranges + 12 * i, 0x1000 * i);
        fdt_put_u32(ranges + 12 * i + 4, 0x80000000 + 0x1000 * i);
        fdt_put_u32(ranges + 12 * i + 8, 0x1000);
    }
    tree_begin();
    fdt_builder_cells(&builder, "#address-cells", 1, 1);
    fdt_builder_begin(&builder, "bus");
    fdt_builder_cells(&builder, "#address-cells", 1, 1);
    fdt_builder_property(&builder, "ranges", ranges, 12 * (size_t)count);
    fdt_builder_begin(&builder, "device");
    fdt_builder_cells(&builder, "reg", 2, 0x1000 * (count - 1), 0x1000);
    fdt_builder_end(&builder);
    fdt_builder_end(&builder);
    EXPECT_EQ(tree_open(), STATUS_OK);
    free(ranges);
    struct fdt_node node = node_at("/bus/device");
    return fdt_reg(&fdt, &node, 0, reg);
}

TEST(fdt_most_windows) {
    struct fdt_reg reg;
    EXPECT_EQ(windows_case(FDT_RANGES_MAX, &reg), STATUS_OK);
    EXPECT_EQ(reg.address, 0x80000000 + 0x1000 * (FDT_RANGES_MAX - 1));
    EXPECT_EQ(windows_case(FDT_RANGES_MAX + 1, &reg), STATUS_NOT_MAPPED);
}

TEST(fdt_most_buses) {
    for (unsigned buses = FDT_BUSES_MAX; buses <= FDT_BUSES_MAX + 1; buses++) {
        char path[64] = "";
        struct fdt_reg reg;
        tree_begin();
        for (unsigned i = 0; i < buses; i++) {
            fdt_builder_begin(&builder, "bus");
            fdt_builder_property(&builder, "ranges", NULL, 0);
            strcat(path, "/bus");
        }
        fdt_builder_begin(&builder, "device");
        fdt_builder_cells(&builder, "reg", 3, 0, 0x1000, 0x1000);
        for (unsigned i = 0; i < buses + 1; i++) {
            fdt_builder_end(&builder);
        }
        strcat(path, "/device");
        EXPECT_EQ(tree_open(), STATUS_OK);
        struct fdt_node node = node_at(path);
        EXPECT_EQ(fdt_reg(&fdt, &node, 0, &reg),
                  buses == FDT_BUSES_MAX ? STATUS_OK : STATUS_NOT_MAPPED);
    }
}

TEST(fdt_most_interrupts) {
    uint8_t entries[(FDT_INTERRUPTS_MAX + 1) * 20];
    struct fdt_interrupt interrupt;
    for (unsigned i = 0; i < sizeof entries / 4; i++) {
        fdt_put_u32(entries + 4 * i, i % 5 == 0 ? 7 : i);
    }
    tree_begin();
    fdt_builder_begin(&builder, "gic");
    fdt_builder_cells(&builder, "phandle", 1, 7);
    fdt_builder_cells(&builder, "#interrupt-cells", 1, FDT_INTERRUPT_CELLS_MAX);
    fdt_builder_property(&builder, "interrupt-controller", NULL, 0);
    fdt_builder_end(&builder);
    fdt_builder_begin(&builder, "device");
    fdt_builder_property(&builder, "interrupts-extended", entries, sizeof entries);
    fdt_builder_end(&builder);
    EXPECT_EQ(tree_open(), STATUS_OK);
    struct fdt_node node = node_at("/device");
    EXPECT_EQ(fdt_interrupt(&fdt, &node, FDT_INTERRUPTS_MAX - 1, &interrupt), STATUS_OK);
    EXPECT_EQ(interrupt.cells[3], 5 * FDT_INTERRUPTS_MAX - 1);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, FDT_INTERRUPTS_MAX, &interrupt), STATUS_NOT_FOUND);
}

/* The way up to the parent of interrupts, which nobody names. */
TEST(fdt_deepest_interrupt) {
    char path[FDT_DEPTH_MAX * 2] = "";
    struct fdt_interrupt interrupt;
    tree_begin();
    for (unsigned i = 1; i < FDT_DEPTH_MAX; i++) {
        fdt_builder_begin(&builder, "n");
        strcat(path, "/n");
    }
    fdt_builder_cells(&builder, "interrupts", 1, 1);
    for (unsigned i = 1; i < FDT_DEPTH_MAX; i++) {
        fdt_builder_end(&builder);
    }
    EXPECT_EQ(tree_open(), STATUS_OK);
    struct fdt_node node = node_at(path);
    EXPECT_EQ(fdt_interrupt(&fdt, &node, 0, &interrupt), STATUS_NOT_FOUND);
}

TEST(fdt_most_aliases) {
    struct fdt_node node;
    tree_begin();
    add_nodes(1, "target");
    fdt_builder_begin(&builder, "aliases");
    for (int i = 0; i < FDT_NODE_TOKENS_MAX - 2;
         i++) { /* besides the last and the begin of a child */
        fdt_builder_string(&builder, "other", "/none");
    }
    fdt_builder_string(&builder, "last", "/target");
    add_nodes(1, "child");
    fdt_builder_end(&builder);
    EXPECT_EQ(tree_open(), STATUS_OK);
    EXPECT_EQ(fdt_find_path(&fdt, "last", &node), STATUS_OK);
    EXPECT_STRING(fdt_name(&fdt, &node), "target");
    EXPECT_EQ(fdt_find_path(&fdt, "none", &node), STATUS_NOT_FOUND);
    free(blob);
    blob = NULL;
}
