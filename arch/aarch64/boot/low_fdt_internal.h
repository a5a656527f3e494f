/* SPDX-License-Identifier: MIT */
/* Between the walk over the tokens (low_fdt.c) and what is made of a node (low_node.c). All offsets
 * are bytes from the start of the tree and were checked against its end by the walk. */
#ifndef ARCH_AARCH64_BOOT_LOW_FDT_INTERNAL_H
#define ARCH_AARCH64_BOOT_LOW_FDT_INTERNAL_H

#include "arch/aarch64/boot/low_fdt.h"
#include "lib/bound.h"
#include "lib/fdt.h" /* its limits: nothing else of it exists down here */

#define LOW_DEPTH_MAX 8  /* levels whose nodes are looked at; the root is level 0 */
#define LOW_KNOWN_MAX 19 /* bytes, with the NUL, of the texts below that are looked for */

typedef uint32_t __attribute__((may_alias)) tree_word;

/* The value of a property; no `value` (0): absent. Offsets are from the start of the tree. */
struct property {
    uint32_t value;
    uint32_t length;
};

/* A node that is open. */
struct level {
    uint32_t address_cells; /* for its children */
    uint32_t size_cells;
    struct property reg;
    struct property ranges;
    struct property compatible;
    struct property device_type;
    struct property status;
};

struct walk {
    const void *tree;
    struct low_facts *facts;
    uint32_t at; /* the next word of the structure block */
    uint32_t structure_end;
    uint32_t strings;
    uint32_t strings_end;
    uint32_t depth;   /* open nodes */
    uint32_t nodes;   /* begun so far */
    bool in_children; /* the open node's properties are complete */
    bool root_seen;
    struct level levels[LOW_DEPTH_MAX];
};

static inline uint32_t tree_word_at(const void *tree, uint32_t offset) {
    return __builtin_bswap32(((const tree_word *)tree)[offset / 4]);
}

static inline uint8_t tree_byte_at(const void *tree, uint32_t offset) {
    return ((const uint8_t *)tree)[offset];
}

/* Whether the bytes [offset, end) begin with `text` and its terminator. O(LOW_KNOWN_MAX). */
static inline bool tree_text_is(const void *tree, uint32_t offset, uint32_t end, const char *text) {
    BOUND_LOOP(text_is, LOW_KNOWN_MAX);
    for (; offset < end; offset++, text++) {
        BOUND_TURN(text_is);
        if (tree_byte_at(tree, offset) != (uint8_t)*text) {
            return false;
        }
        if (*text == '\0') {
            return true;
        }
    }
    return false;
}

/* The properties of the innermost open node are complete: takes what is wanted from them.
 * O(strings of its `compatible`, entries of its `reg`), both limited. */
void low_node_judge(struct walk *walk);

#endif
