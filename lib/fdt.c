/* SPDX-License-Identifier: MIT */
/*
 * The tokens of a flattened device tree, its nodes and their properties. Every look at the
 * structure goes through token_read(), which checks that the token lies within the structure block
 * and moves forward: fdt_open() is one pass of it over everything, and the walks afterwards repeat
 * its checks for free.
 */
#include "lib/fdt.h"

#include "lib/fdt_internal.h"

enum {
    FDT_BEGIN_NODE = 1,
    FDT_END_NODE = 2,
    FDT_PROP = 3,
    FDT_NOP = 4,
    FDT_END = 9,
};

#define FDT_MAGIC         UINT32_C(0xd00dfeed)
#define FDT_VERSION       17
#define FDT_HEADER_SIZE   40
#define FDT_RESERVE_ENTRY 16

struct token {
    uint32_t kind;
    uint32_t at;   /* its own offset */
    uint32_t next; /* offset of the one behind it, > at; of a node's begin: of its name */
};

static uint64_t read_u64(const uint8_t *from) {
    return (uint64_t)fdt_read_u32(from) << 32 | fdt_read_u32(from + 4);
}

/* False: no whole token here. */
static bool token_read(const struct fdt *fdt, uint32_t at, struct token *token) {
    if (at > fdt->structure_end || fdt->structure_end - at < 4) {
        return false;
    }
    uint32_t left = fdt->structure_end - at - 4;
    uint32_t content = 0;
    uint32_t kind = fdt_read_u32(fdt->blob + at);
    if (kind == FDT_PROP) {
        if (left < 8 || fdt_read_u32(fdt->blob + at + 4) > left - 8 ||
            fdt_read_u32(fdt->blob + at + 8) >= fdt->strings_size) {
            return false;
        }
        content = 8 + fdt_read_u32(fdt->blob + at + 4);
    } else if (kind != FDT_BEGIN_NODE && kind != FDT_END_NODE && kind != FDT_NOP &&
               kind != FDT_END) {
        return false;
    }
    *token = (struct token){kind, at, at + 4 + ((content + 3) & ~UINT32_C(3))};
    return true;
}

/* Moves from a node's begin to behind its name. False: that does not end, or too late. */
static bool name_pass(const struct fdt *fdt, struct token *token) {
    const uint8_t *name = fdt->blob + token->next;
    uint32_t left = fdt->structure_end - token->next;
    uint32_t limit = left < FDT_NAME_MAX ? left : FDT_NAME_MAX;
    BOUND_LOOP(name, FDT_NAME_MAX);
    for (uint32_t i = 0; i < limit; i++) {
        BOUND_TURN(name);
        if (name[i] == 0) {
            token->next += (i + 4) & ~UINT32_C(3);
            return true;
        }
    }
    return false;
}

/* The begin of a node and its name, where a node is known to be. */
static bool begin_read(const struct fdt *fdt, uint32_t at, struct token *token) {
    return token_read(fdt, at, token) && token->kind == FDT_BEGIN_NODE && name_pass(fdt, token);
}

/* --- Opening --------------------------------------------------------------------------------- */

/* What structure_check() has seen. */
struct structure {
    uint32_t depth;
    uint32_t nodes;
    uint32_t tokens;       /* since the last begin of a node */
    bool property_allowed; /* all of them stand before the first child */
};

static status_t node_check(struct structure *seen) {
    if (seen->depth == 0 && seen->nodes != 0) {
        return STATUS_MALFORMED;
    }
    if (seen->depth == FDT_DEPTH_MAX || seen->nodes == FDT_NODES_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    seen->depth++;
    seen->nodes++;
    seen->tokens = 0;
    seen->property_allowed = true;
    return STATUS_OK;
}

static status_t structure_check(const struct fdt *fdt) {
    struct structure seen = {.depth = 0};
    struct token token = {0, 0, fdt->structure};
    uint32_t tokens = 0;
    BOUND_LIMIT(checked_nodes, FDT_NODES_MAX + 1); /* the last is refused */
    BOUND_LOOP(structure, FDT_TOKENS_MAX);
    for (; tokens < FDT_TOKENS_MAX && token_read(fdt, token.next, &token); tokens++) {
        BOUND_TURN(structure);
        status_t status = STATUS_OK;
        if (++seen.tokens > FDT_NODE_TOKENS_MAX) {
            return STATUS_OUT_OF_RANGE;
        }
        switch (token.kind) {
        case FDT_BEGIN_NODE:
            BOUND_PATH(checked_nodes);
            status = name_pass(fdt, &token) ? node_check(&seen) : STATUS_MALFORMED;
            break;
        case FDT_PROP:
            status = seen.property_allowed ? STATUS_OK : STATUS_MALFORMED;
            break;
        case FDT_END_NODE:
            status = seen.depth != 0 ? STATUS_OK : STATUS_MALFORMED;
            seen.depth--;
            seen.property_allowed = false;
            break;
        case FDT_END:
            return seen.depth == 0 && seen.nodes != 0 ? STATUS_OK : STATUS_MALFORMED;
        default:
            break;
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return tokens == FDT_TOKENS_MAX ? STATUS_OUT_OF_RANGE : STATUS_MALFORMED;
}

static bool blocks_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
    return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size; /* sums <= size */
}

/* Counts the entries up to the one of zeros. */
static status_t reserve_map_check(struct fdt *fdt) {
    uint32_t at = fdt->reserve_map;
    if (at % 8 != 0 || at < FDT_HEADER_SIZE || at > fdt->size) {
        return STATUS_MALFORMED;
    }
    BOUND_LOOP(reserves, FDT_RESERVES_MAX + 1); /* and the end */
    for (uint32_t left = fdt->size - at; left >= FDT_RESERVE_ENTRY; left -= FDT_RESERVE_ENTRY) {
        BOUND_TURN(reserves);
        if (read_u64(fdt->blob + at) == 0 && read_u64(fdt->blob + at + 8) == 0) {
            uint32_t size = at + FDT_RESERVE_ENTRY - fdt->reserve_map;
            bool alone = !blocks_overlap(fdt->reserve_map, size, fdt->structure,
                                         fdt->structure_end - fdt->structure) &&
                         !blocks_overlap(fdt->reserve_map, size, fdt->strings, fdt->strings_size);
            return alone ? STATUS_OK : STATUS_MALFORMED;
        }
        if (fdt->reserve_count++ == FDT_RESERVES_MAX) {
            return STATUS_OUT_OF_RANGE;
        }
        at += FDT_RESERVE_ENTRY;
    }
    return STATUS_MALFORMED;
}

static bool block_inside(const struct fdt *fdt, uint32_t offset, uint32_t size) {
    return offset >= FDT_HEADER_SIZE && offset <= fdt->size && size <= fdt->size - offset;
}

static status_t blocks_check(struct fdt *fdt, uint32_t structure_size) {
    if (!block_inside(fdt, fdt->structure, structure_size) || fdt->structure % 4 != 0 ||
        !block_inside(fdt, fdt->strings, fdt->strings_size) ||
        blocks_overlap(fdt->structure, structure_size, fdt->strings, fdt->strings_size)) {
        return STATUS_MALFORMED;
    }
    fdt->structure_end = fdt->structure + structure_size;
    /* With a NUL at the end of the block, every name in it ends, and no property needs a look at
     * its own. */
    if (fdt->strings_size != 0 && fdt->blob[fdt->strings + fdt->strings_size - 1] != 0) {
        return STATUS_MALFORMED;
    }
    return reserve_map_check(fdt);
}

status_t fdt_open(struct fdt *fdt, const void *blob, size_t limit) {
    const uint8_t *header = blob;
    if (header == NULL || limit < FDT_HEADER_SIZE || fdt_read_u32(header) != FDT_MAGIC) {
        return STATUS_MALFORMED;
    }
    uint32_t version = fdt_read_u32(header + 20);
    uint32_t last_compatible_version = fdt_read_u32(header + 24);
    if (version < FDT_VERSION || last_compatible_version > FDT_VERSION) {
        return STATUS_UNSUPPORTED;
    }
    *fdt = (struct fdt){
        .blob = header,
        .size = fdt_read_u32(header + 4),
        .structure = fdt_read_u32(header + 8),
        .strings = fdt_read_u32(header + 12),
        .reserve_map = fdt_read_u32(header + 16),
        .strings_size = fdt_read_u32(header + 32),
    };
    if (fdt->size < FDT_HEADER_SIZE || fdt->size > limit) {
        return STATUS_MALFORMED;
    }
    if (fdt->size > FDT_SIZE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    status_t status = blocks_check(fdt, fdt_read_u32(header + 36));
    return status != STATUS_OK ? status : structure_check(fdt);
}

/* --- Nodes ----------------------------------------------------------------------------------- */

void fdt_root(const struct fdt *fdt, struct fdt_node *node) {
    struct token token = {0, 0, fdt->structure};
    BOUND_LOOP(root, FDT_NODE_TOKENS_MAX - 1); /* the last is the begin */
    while (token_read(fdt, token.next, &token) && token.kind == FDT_NOP) {
        BOUND_TURN(root);
    }
    *node = (struct fdt_node){.depth = 1, .path = {token.at}};
}

bool fdt_next(const struct fdt *fdt, struct fdt_node *node) {
    uint32_t depth = node->depth;
    struct token token;
    if (depth == 0 || !begin_read(fdt, node->path[depth - 1], &token)) {
        return false;
    }
    BOUND_LOOP(next, FDT_NODE_TOKENS_MAX);
    while (depth > 0 && token_read(fdt, token.next, &token)) {
        BOUND_TURN(next);
        if (token.kind == FDT_BEGIN_NODE) {
            if (depth == FDT_DEPTH_MAX) {
                return false;
            }
            node->path[depth] = token.at;
            node->depth = depth + 1;
            return true;
        }
        if (token.kind == FDT_END_NODE) {
            depth--;
        }
    }
    return false;
}

bool fdt_next_below(const struct fdt *fdt, const struct fdt_node *top, struct fdt_node *node) {
    if (node->depth == 0) {
        *node = *top;
    }
    return fdt_next(fdt, node) && node->depth > top->depth;
}

bool fdt_parent(const struct fdt_node *node, struct fdt_node *parent) {
    if (node->depth < 2) {
        return false;
    }
    *parent = *node;
    parent->depth--;
    return true;
}

const char *fdt_name(const struct fdt *fdt, const struct fdt_node *node) {
    struct token token;
    if (node->depth == 0 || !token_read(fdt, node->path[node->depth - 1], &token) ||
        token.kind != FDT_BEGIN_NODE) {
        return "";
    }
    return (const char *)fdt->blob + token.at + 4;
}

/* --- Properties ------------------------------------------------------------------------------ */

/* The first property of the node, behind `token`, that has this name; null: any. */
static ALWAYS_INLINE bool property_scan(const struct fdt *fdt, struct token token, const char *name,
                                        struct fdt_property *property) {
    BOUND_LOOP(properties, FDT_NODE_TOKENS_MAX);
    while (token_read(fdt, token.next, &token)) {
        BOUND_TURN(properties);
        if (token.kind == FDT_NOP) {
            continue;
        }
        if (token.kind != FDT_PROP) {
            return false;
        }
        const uint8_t *at = fdt->blob + token.at;
        const char *its_name = (const char *)fdt->blob + fdt->strings + fdt_read_u32(at + 8);
        if (name == NULL || fdt_text_is(its_name, name)) {
            *property = (struct fdt_property){
                .name = its_name,
                .data = at + 12,
                .size = fdt_read_u32(at + 4),
                .next = token.next,
            };
            return true;
        }
    }
    return false;
}

bool fdt_next_property(const struct fdt *fdt, const struct fdt_node *node,
                       struct fdt_property *property) {
    struct token token = {0, 0, property->next};
    if (node->depth == 0 ||
        (token.next == 0 && !begin_read(fdt, node->path[node->depth - 1], &token))) {
        return false;
    }
    return property_scan(fdt, token, NULL, property);
}

status_t fdt_find_property(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                           struct fdt_property *property) {
    struct token token;
    bool found = node->depth != 0 && begin_read(fdt, node->path[node->depth - 1], &token) &&
                 property_scan(fdt, token, name, property);
    return found ? STATUS_OK : STATUS_NOT_FOUND;
}

bool fdt_has_property(const struct fdt *fdt, const struct fdt_node *node, const char *name) {
    struct fdt_property property;
    return fdt_find_property(fdt, node, name, &property) == STATUS_OK;
}

status_t fdt_reserve_entry(const struct fdt *fdt, uint32_t index, struct fdt_reg *entry) {
    if (index >= fdt->reserve_count) {
        return STATUS_NOT_FOUND;
    }
    const uint8_t *at = fdt->blob + fdt->reserve_map + index * FDT_RESERVE_ENTRY;
    *entry = (struct fdt_reg){read_u64(at), read_u64(at + 8)};
    return STATUS_OK;
}

/* Whether this FDT_PROP has the phandle for its value. */
static bool token_has_value(const struct fdt *fdt, uint32_t at, uint32_t phandle) {
    const uint8_t *token = fdt->blob + at;
    return fdt_read_u32(token + 4) == 4 && fdt_read_u32(token + 12) == phandle;
}

/* Whether this FDT_PROP, whose value it is, says that its node has it: those that refer to the node
 * have it, too. */
static bool token_is_phandle(const struct fdt *fdt, uint32_t at) {
    uint32_t name_offset = fdt_read_u32(fdt->blob + at + 8);
    const char *name = (const char *)fdt->blob + fdt->strings + name_offset;
    return fdt_text_is(name, "phandle") || fdt_text_is(name, "linux,phandle");
}

/* One pass over the tokens: a walk from node to node would look at each property several times. */
status_t fdt_find_phandle(const struct fdt *fdt, uint32_t phandle, struct fdt_node *node) {
    struct token token = {0, 0, fdt->structure};
    uint32_t tried = 0;
    node->depth = 0;
    BOUND_LIMIT(phandle_nodes, FDT_NODES_MAX);
    BOUND_LIMIT(phandle_names, FDT_PHANDLES_MAX);
    BOUND_LOOP(phandle, FDT_TOKENS_MAX);
    while (token_read(fdt, token.next, &token)) {
        BOUND_TURN(phandle);
        if (token.kind == FDT_BEGIN_NODE) {
            BOUND_PATH(phandle_nodes);
            if (node->depth == FDT_DEPTH_MAX || !name_pass(fdt, &token)) {
                break;
            }
            node->path[node->depth++] = token.at;
        } else if (token.kind == FDT_END_NODE && node->depth != 0) {
            node->depth--;
        } else if (token.kind == FDT_PROP && node->depth != 0 &&
                   token_has_value(fdt, token.at, phandle)) {
            if (tried++ == FDT_PHANDLES_MAX) {
                break;
            }
            BOUND_PATH(phandle_names);
            if (token_is_phandle(fdt, token.at)) {
                return STATUS_OK;
            }
        } else if (token.kind == FDT_END) {
            break;
        }
    }
    return STATUS_NOT_FOUND;
}
