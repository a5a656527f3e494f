/* SPDX-License-Identifier: MIT */
/*
 * Reads a flattened device tree (Devicetree Specification v0.4, chapter 5) where it lies, without
 * a copy. The tree is outside input: fdt_open() checks the header and every token of the
 * structure once, and whatever comes later still looks at no byte outside the blob. A node is
 * known by the way to it: the offsets of all its ancestors, so that its parents cost nothing and
 * no function recurses.
 *
 * All functions are pure, for the boot only: where a bound says "size of the tree", that is bytes
 * of it looked at, not constant. The blob must not change while it is read.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include "lib/status.h"

#define FDT_DEPTH_MAX           16 /* the root has depth 1 */
#define FDT_INTERRUPT_CELLS_MAX 4

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

/* Where a search for children begins. */
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
 * MALFORMED: not a well-formed tree within the limit; UNSUPPORTED: another version of the format;
 * OUT_OF_RANGE: deeper than FDT_DEPTH_MAX. */
MUST_USE status_t fdt_open(struct fdt *fdt, const void *blob, size_t limit);

/* O(1), besides empty tokens before it. */
void fdt_root(const struct fdt *fdt, struct fdt_node *node);

/* Moves `node` to the next one in the order of the file, children first; false: that was the last.
 * Size of the node's own properties, so a walk over all nodes is one pass. */
bool fdt_next(const struct fdt *fdt, struct fdt_node *node);

/* Moves `child` to the next child of `parent`; from FDT_NODE_NONE to the first; false: no more.
 * Size of the child passed. */
bool fdt_next_child(const struct fdt *fdt, const struct fdt_node *parent, struct fdt_node *child);

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

/* Moves `*text` to the next string of a list of strings; from null to the first; false: no more, or
 * not terminated. Size of the strings passed, so a list is one pass. */
bool fdt_next_string(const struct fdt_property *property, const char **text);

/* The first string of the property; null: no such property, or not terminated. */
const char *fdt_string(const struct fdt *fdt, const struct fdt_node *node, const char *name);

/* Whether one of the strings of the property is `text`; `index` (may be null) is which. */
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
 * Also NOT_MAPPED: a bus on the way does not translate it; OUT_OF_RANGE: it wraps. */
MUST_USE status_t fdt_reg(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                          struct fdt_reg *reg);

/* Entry `index` of `interrupts-extended` or `interrupts`, and the controller it goes to.
 * NOT_FOUND: no more entries, or no controller; MALFORMED; UNSUPPORTED: through a nexus, or with
 * more than FDT_INTERRUPT_CELLS_MAX cells. Size of the tree (phandles are searched), times
 * `index` if extended. */
MUST_USE status_t fdt_interrupt(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                                struct fdt_interrupt *interrupt);

#endif
