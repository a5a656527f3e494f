/* SPDX-License-Identifier: MIT */
/*
 * Reads a flattened device tree (Devicetree Specification v0.4, chapter 5) where it lies, without
 * a copy. The tree is outside input: fdt_open() checks the header and every token of the
 * structure once, and whatever comes later still looks at no byte outside the blob. A node is
 * known by the way to it: the offsets of all its ancestors, so that its parents cost nothing and
 * no function recurses.
 *
 * All functions are pure, for the boot only: where a bound says "size of the tree", that is bytes
 * of it looked at, within the limits below, which fdt_open() enforces. The blob must not change
 * while it is read.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include "lib/bound.h"
#include "lib/status.h"

/* A tree beyond one of these is refused. Reason: a tree is outside input, and each of these is the
 * end of a loop; QEMU virt, the largest that is meant, has some 60 nodes of up to 20 tokens. */
#define FDT_SIZE_MAX        UINT32_C(0x200000) /* bytes: as the arm64 boot protocol has it */
#define FDT_DEPTH_MAX       16                 /* the root has depth 1 */
#define FDT_NODES_MAX       512
#define FDT_NAME_MAX        64 /* bytes of a node's name with its NUL */
#define FDT_NODE_TOKENS_MAX 64 /* from one node's begin to the next, that one included */
#define FDT_TOKENS_MAX      16384
#define FDT_RESERVES_MAX    64 /* entries of /memreserve/ */

/* What is beyond one of these is as if it were not there. */
#define FDT_STRING_MAX     128  /* bytes of one string of a list with its NUL */
#define FDT_STRINGS_MAX    16   /* strings of a list that are compared */
#define FDT_TEXT_MAX       2048 /* bytes of a property that is one string, with its NUL */
#define FDT_RANGES_MAX     64   /* entries of `ranges` that are tried */
#define FDT_BUSES_MAX      4    /* between a device and the root */
#define FDT_INTERRUPTS_MAX 9    /* of one node */
#define FDT_PHANDLES_MAX   1024 /* properties that have a phandle for value, when it is searched */

#define FDT_INTERRUPT_CELLS_MAX 4

/* Bytes, with the NUL, of each name and text that a program looks for. */
#define FDT_KNOWN_MAX 24

/* A tree that fdt_open() accepted. Offsets are bytes from the start of the blob. */
struct fdt {
    const uint8_t *blob;
    uint32_t size; /* all of it, as its header says */
    uint32_t structure;
    uint32_t structure_end;
    uint32_t strings;
    uint32_t strings_size;
    uint32_t reserve_map;
    uint32_t reserve_count;
};

/* path[0] is the root, path[depth - 1] the node itself. depth 0: before the first child. */
struct fdt_node {
    uint32_t depth;
    uint32_t path[FDT_DEPTH_MAX];
};

/* Where a walk below a node begins. */
#define FDT_NODE_NONE ((struct fdt_node){.depth = 0})

struct fdt_property {
    const char *name;
    const uint8_t *data; /* big-endian, of any alignment */
    uint32_t size;       /* bytes */
    uint32_t next;       /* offset of the token behind it; 0: before the first */
};

#define FDT_PROPERTY_NONE ((struct fdt_property){.next = 0})

struct fdt_reg {
    uint64_t address;
    uint64_t size; /* bytes; 0 where #size-cells is 0 */
};

struct fdt_interrupt {
    struct fdt_node controller;
    uint32_t cells[FDT_INTERRUPT_CELLS_MAX];
    uint32_t count;
};

/* --- The tree and its nodes ------------------------------------------------------------------ */

/* Accepts the tree at `blob`, of which `limit` bytes may be read. Size of the tree.
 * MALFORMED: not a well-formed tree within the limit and with names below FDT_NAME_MAX; UNSUPPORTED:
 * another version of the format; OUT_OF_RANGE: larger than one of the limits above. */
MUST_USE status_t fdt_open(struct fdt *fdt, const void *blob, size_t limit);

/* O(1), besides empty tokens before it. */
void fdt_root(const struct fdt *fdt, struct fdt_node *node);

/* Moves `node` to the next one in the order of the file, children first; false: that was the last.
 * Size of the node's own properties, so a walk over all nodes is one pass. */
bool fdt_next(const struct fdt *fdt, struct fdt_node *node);

/* Moves `node` to the next one below `top`, children of children and all, of which those of depth
 * top->depth + 1 are its children; from FDT_NODE_NONE to the first; false: no more. As fdt_next(). */
bool fdt_next_below(const struct fdt *fdt, const struct fdt_node *top, struct fdt_node *node);

/* False: the root has none. O(1). */
bool fdt_parent(const struct fdt_node *node, struct fdt_node *parent);

/* With its unit address; never null. O(1). */
const char *fdt_name(const struct fdt *fdt, const struct fdt_node *node);

/* The node at "/soc/uart@9000000"; a part without unit address matches any. What does not begin
 * with '/' is looked up in /aliases first. A ':' ends the path, as in stdout-path. NOT_FOUND. Size
 * of the tree. */
MUST_USE status_t fdt_find_path(const struct fdt *fdt, const char *path, struct fdt_node *node);

/* The node whose phandle this is. NOT_FOUND. Size of the tree. */
MUST_USE status_t fdt_find_phandle(const struct fdt *fdt, uint32_t phandle, struct fdt_node *node);

/* The entry of /memreserve/ number `index` < fdt->reserve_count. NOT_FOUND beyond. O(1). */
MUST_USE status_t fdt_reserve_entry(const struct fdt *fdt, uint32_t index, struct fdt_reg *entry);

/* --- Properties: size of the node's own properties ------------------------------------------- */

/* Moves `property` to the next one of the node; from FDT_PROPERTY_NONE to the first;
 * false: no more. */
bool fdt_next_property(const struct fdt *fdt, const struct fdt_node *node,
                       struct fdt_property *property);

/* NOT_FOUND. */
MUST_USE status_t fdt_find_property(const struct fdt *fdt, const struct fdt_node *node,
                                    const char *name, struct fdt_property *property);

bool fdt_has_property(const struct fdt *fdt, const struct fdt_node *node, const char *name);

/* The number that `count` cells from cell `first` make. UNSUPPORTED: other than 1 or 2 cells (3 and
 * more do not fit an address); OUT_OF_RANGE: beyond the property. O(1). */
MUST_USE status_t fdt_cells(const struct fdt_property *property, uint32_t first, uint32_t count,
                            uint64_t *value);

/* A property that is one number of 4 or 8 bytes. NOT_FOUND; MALFORMED: of another size. */
MUST_USE status_t fdt_integer(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                              uint64_t *value);

/* Whether `text`, of any length, is `known`. O(FDT_KNOWN_MAX). */
static inline bool fdt_text_is(const char *text, const char *known) {
    BOUND_LOOP(known, FDT_KNOWN_MAX);
    for (;; text++, known++) {
        BOUND_TURN(known);
        if (*text != *known) {
            return false;
        }
        if (*known == 0) {
            return true;
        }
    }
}

/* Moves `*text` to the next string of a list of strings; from null to the first; false: no more, or
 * not terminated within FDT_STRING_MAX. O(FDT_STRING_MAX). */
bool fdt_next_string(const struct fdt_property *property, const char **text);

/* The first string of the property; null: no such property, or not terminated within
 * FDT_TEXT_MAX. */
const char *fdt_string(const struct fdt *fdt, const struct fdt_node *node, const char *name);

/* Whether one of the first FDT_STRINGS_MAX strings of the property is `text`; `index` (may be null)
 * is which. */
bool fdt_has_string(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                    const char *text, uint32_t *index);

bool fdt_is_compatible(const struct fdt *fdt, const struct fdt_node *node, const char *compatible);

/* `status` is missing, "okay" or "ok". */
bool fdt_is_enabled(const struct fdt *fdt, const struct fdt_node *node);

/* --- Buses (lib/fdt_bus.c): size of the properties of the node and its ancestors ------------- */

/* Entry `index` of `reg` in the addresses of the parent. NOT_FOUND: no `reg`, or no
 * more entries; MALFORMED: not a whole number of entries; UNSUPPORTED: cells of a width
 * that fdt_cells() refuses. */
MUST_USE status_t fdt_reg_local(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                                struct fdt_reg *reg);

/* The same in the addresses of the CPU, through the `ranges` of each ancestor but the root.
 * Also NOT_MAPPED: a bus on the way does not translate it, or there are more than FDT_BUSES_MAX;
 * OUT_OF_RANGE: it wraps. */
MUST_USE status_t fdt_reg(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                          struct fdt_reg *reg);

/* Entry `index` of `interrupts-extended` or `interrupts`, and the controller it goes to.
 * NOT_FOUND: no more entries (of FDT_INTERRUPTS_MAX), or no controller; MALFORMED; UNSUPPORTED:
 * through a nexus, or with more than FDT_INTERRUPT_CELLS_MAX cells. Size of the tree (phandles are
 * searched), times `index` if extended. */
MUST_USE status_t fdt_interrupt(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                                struct fdt_interrupt *interrupt);

#endif
