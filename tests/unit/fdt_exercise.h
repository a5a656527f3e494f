/* SPDX-License-Identifier: MIT */
/* Calls everything of the device tree reader on a tree of any content: for tests with hostile trees
 * and for the fuzzer. Whatever is handed out is read to its last byte. On the machine, who includes
 * this says what abort is. */
#ifndef TESTS_UNIT_FDT_EXERCISE_H
#define TESTS_UNIT_FDT_EXERCISE_H

#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
#include "lib/string.h"
#endif

#include "lib/fdt.h"

/* Goes where the compiler cannot see it, so that no read is optimised away. */
static volatile uint64_t fdt_exercise_sink;

static inline void fdt_exercise_node(const struct fdt *fdt, const struct fdt_node *node) {
    struct fdt_reg reg;
    struct fdt_interrupt interrupt;
    struct fdt_node parent;
    struct fdt_property property = FDT_PROPERTY_NONE;
    fdt_exercise_sink += strlen(fdt_name(fdt, node));
    while (fdt_next_property(fdt, node, &property)) {
        const char *text = NULL;
        uint64_t value;
        fdt_exercise_sink += strlen(property.name);
        for (uint32_t i = 0; i < property.size; i++) {
            fdt_exercise_sink += property.data[i];
        }
        while (fdt_next_string(&property, &text)) {
            fdt_exercise_sink += strlen(text);
        }
        for (uint32_t count = 0; count < 4; count++) {
            if (fdt_cells(&property, 1, count, &value) == STATUS_OK) {
                fdt_exercise_sink += value;
            }
        }
    }
    for (uint32_t i = 0; i < 4; i++) {
        if (fdt_reg(fdt, node, i, &reg) == STATUS_OK) {
            fdt_exercise_sink += reg.address + reg.size;
        }
        if (fdt_interrupt(fdt, node, i, &interrupt) == STATUS_OK) {
            fdt_exercise_sink += interrupt.cells[interrupt.count - 1];
        }
    }
    if (fdt_parent(node, &parent) && parent.depth != node->depth - 1) {
        abort();
    }
    fdt_exercise_sink += fdt_is_compatible(fdt, node, "arm,pl011") + fdt_is_enabled(fdt, node);
}

static inline void fdt_exercise(const void *blob, size_t limit) {
    struct fdt fdt;
    struct fdt_node node;
    struct fdt_reg entry;
    if (fdt_open(&fdt, blob, limit) != STATUS_OK) {
        return;
    }
    for (uint32_t i = 0; fdt_reserve_entry(&fdt, i, &entry) == STATUS_OK; i++) {
        fdt_exercise_sink += entry.address + entry.size;
    }
    fdt_root(&fdt, &node);
    uint32_t nodes = 0;
    do {
        if (node.depth == 0 || node.depth > FDT_DEPTH_MAX) {
            abort();
        }
        fdt_exercise_node(&fdt, &node);
    } while (fdt_next(&fdt, &node) && ++nodes < 1000);
    (void)!fdt_find_phandle(&fdt, 0x8002, &node);
    (void)!fdt_find_path(&fdt, "serial0:115200n8", &node);
    if (fdt_find_path(&fdt, "/chosen", &node) == STATUS_OK) {
        const char *path = fdt_string(&fdt, &node, "stdout-path");
        if (path != NULL) {
            (void)!fdt_find_path(&fdt, path, &node);
        }
    }
}

#endif
