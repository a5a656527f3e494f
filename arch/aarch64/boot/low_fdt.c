/* SPDX-License-Identifier: MIT */
/*
 * One pass over the structure block, token by token, without recursion. Any input ends after
 * FDT_TOKENS_MAX steps, or is refused. Depth is a counter; only the upper LOW_DEPTH_MAX levels are
 * remembered, deeper nodes are walked and not looked at.
 *
 * The properties of a node come before its children (the specification demands it, and a tree that
 * does otherwise is refused), but in any order, so a node is judged when they are complete: at its
 * first child or at its end. By then its parents' cells are known.
 *
 * The MMU is off, so memory is Device memory: words are read as words at multiples of 4, everything
 * else as bytes. The low part may not call library code, hence comparisons and copies of its own.
 */
#include "arch/aarch64/boot/low_fdt_internal.h"

#define FDT_MAGIC       0xd00dfeedu
#define FDT_HEADER_SIZE 40u
#define FDT_VERSION     17u
#define FDT_COMPATIBLE  16u

#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE   2u
#define FDT_PROP       3u
#define FDT_NOP        4u
#define FDT_END        9u

static void level_clear(struct level *level) {
    const struct property absent = {0, 0};
    level->address_cells = 2; /* what the specification assumes */
    level->size_cells = 1;
    level->reg = absent;
    level->ranges = absent;
    level->compatible = absent;
    level->device_type = absent;
    level->status = absent;
}

/* After the token: the name, zero-terminated, padded to a word. */
static ALWAYS_INLINE bool node_begin(struct walk *walk) {
    BOUND_PATH(begun);
    if ((walk->depth == 0 && walk->root_seen) || walk->nodes++ == FDT_NODES_MAX) {
        return false;
    }
    const uint32_t left = walk->structure_end - walk->at;
    const uint32_t end = walk->at + (left < FDT_NAME_MAX ? left : FDT_NAME_MAX);
    BOUND_LOOP(name, FDT_NAME_MAX);
    while (walk->at < end && tree_byte_at(walk->tree, walk->at) != '\0') {
        BOUND_TURN(name);
        walk->at++;
    }
    if (walk->at == end) {
        return false;
    }
    walk->at = (walk->at + 4) & ~3u; /* structure_end is a multiple of 4: not beyond it */
    if (walk->depth != 0 && !walk->in_children) {
        BOUND_PATH(judged);
        low_node_judge(walk);
    }
    if (walk->depth < LOW_DEPTH_MAX) {
        level_clear(&walk->levels[walk->depth]);
    }
    walk->depth++;
    walk->root_seen = true;
    walk->in_children = false;
    return true;
}

static ALWAYS_INLINE bool node_end(struct walk *walk) {
    if (walk->depth == 0) {
        return false;
    }
    if (!walk->in_children) {
        BOUND_PATH(judged);
        low_node_judge(walk);
    }
    walk->depth--;
    walk->in_children = true;
    return true;
}

static void property_keep(struct walk *walk, uint32_t name, struct property property) {
    struct level *level = &walk->levels[walk->depth - 1];
    const void *tree = walk->tree;
    const uint32_t end = walk->strings_end;
    if (tree_text_is(tree, name, end, "#address-cells")) {
        level->address_cells = property.length == 4 ? tree_word_at(tree, property.value) : 0;
    } else if (tree_text_is(tree, name, end, "#size-cells")) {
        level->size_cells = property.length == 4 ? tree_word_at(tree, property.value) : 0;
    } else if (tree_text_is(tree, name, end, "reg")) {
        level->reg = property;
    } else if (tree_text_is(tree, name, end, "ranges")) {
        level->ranges = property;
    } else if (tree_text_is(tree, name, end, "compatible")) {
        level->compatible = property;
    } else if (tree_text_is(tree, name, end, "device_type")) {
        level->device_type = property;
    } else if (tree_text_is(tree, name, end, "status")) {
        level->status = property;
    }
}

/* After the token: length, offset of the name, value padded to a word. */
static bool property_pass(struct walk *walk) {
    if (walk->depth == 0 || walk->in_children || walk->structure_end - walk->at < 8) {
        return false;
    }
    const struct property property = {walk->at + 8, tree_word_at(walk->tree, walk->at)};
    const uint32_t name = tree_word_at(walk->tree, walk->at + 4);
    if (property.length > walk->structure_end - property.value ||
        name >= walk->strings_end - walk->strings) {
        return false;
    }
    walk->at = (property.value + property.length + 3) & ~3u;
    if (walk->depth <= LOW_DEPTH_MAX) {
        property_keep(walk, walk->strings + name, property);
    }
    return true;
}

/* One token. `*done` when the tree is at its end. */
static ALWAYS_INLINE bool token_step(struct walk *walk, bool *done) {
    const uint32_t token = tree_word_at(walk->tree, walk->at);
    walk->at += 4;
    switch (token) {
    case FDT_BEGIN_NODE:
        return node_begin(walk);
    case FDT_END_NODE:
        return node_end(walk);
    case FDT_PROP:
        return property_pass(walk);
    case FDT_NOP:
        return true;
    case FDT_END:
        *done = true;
        return walk->depth == 0 && walk->root_seen;
    default:
        return false;
    }
}

static bool block_is_inside(uint32_t offset, uint32_t size, uint32_t total) {
    return offset >= FDT_HEADER_SIZE && offset <= total && size <= total - offset;
}

/* Checks the header and sets the borders of the blocks. */
static bool walk_begin(struct walk *walk, uint32_t total) {
    const uint32_t structure = tree_word_at(walk->tree, 8);
    const uint32_t structure_size = tree_word_at(walk->tree, 36);
    const uint32_t strings_size = tree_word_at(walk->tree, 32);
    walk->strings = tree_word_at(walk->tree, 12);
    if (!block_is_inside(structure, structure_size, total) ||
        !block_is_inside(walk->strings, strings_size, total) || structure % 4 != 0 ||
        structure_size % 4 != 0) {
        return false;
    }
    walk->at = structure;
    walk->structure_end = structure + structure_size;
    walk->strings_end = walk->strings + strings_size;
    walk->depth = 0;
    walk->nodes = 0;
    walk->in_children = false;
    walk->root_seen = false;
    return true;
}

uint64_t low_fdt_size(const void *tree) {
    if ((uintptr_t)tree % 8 != 0 || tree_word_at(tree, 0) != FDT_MAGIC) {
        return 0;
    }
    const uint32_t version = tree_word_at(tree, 20);
    const uint32_t compatible = tree_word_at(tree, 24);
    const uint32_t total = tree_word_at(tree, 4);
    if (version < FDT_VERSION || compatible > FDT_VERSION || compatible < FDT_COMPATIBLE ||
        total < FDT_HEADER_SIZE || total > LOW_TREE_SIZE_MAX) {
        return 0;
    }
    return total;
}

bool low_fdt_read(const void *tree, uint64_t limit, struct low_facts *facts) {
    if (limit < FDT_HEADER_SIZE) {
        return false;
    }
    facts->tree_size = low_fdt_size(tree);
    facts->ram_count = 0;
    facts->has_uart = false;
    facts->has_gic = false;
    if (facts->tree_size == 0 || facts->tree_size > limit) {
        return false;
    }
    struct walk walk;
    walk.tree = tree;
    walk.facts = facts;
    bool done = false;
    bool sound = walk_begin(&walk, (uint32_t)facts->tree_size);
    BOUND_LIMIT(begun, FDT_NODES_MAX + 1);  /* the last is refused */
    BOUND_LIMIT(judged, FDT_NODES_MAX);     /* each at its first child or its end */
    BOUND_LOOP(tokens, FDT_TOKENS_MAX + 1); /* the last is refused */
    for (unsigned tokens = 0; sound && !done; tokens++) {
        BOUND_TURN(tokens);
        sound = tokens < FDT_TOKENS_MAX && walk.at < walk.structure_end && token_step(&walk, &done);
    }
    return sound;
}
