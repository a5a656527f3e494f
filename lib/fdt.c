/* SPDX-License-Identifier: MIT */
/*
 * The tokens of a flattened device tree, its nodes and their properties. Every look at the
 * structure goes through token_read(), which checks that the token lies within the structure block
 * and moves forward: fdt_open() is one pass of it over everything, and the walks afterwards repeat
 * its checks for free.
 */
#include "lib/fdt.h"

#include "lib/fdt_internal.h"
#include "lib/string.h"

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
#define FDT_SIZE_MAX      UINT32_C(0x7fffffff) /* so that offset + padding stays below 2^32 */
#define FDT_RESERVE_ENTRY 16

struct token {
    uint32_t kind;
    uint32_t at;   /* its own offset */
    uint32_t next; /* offset of the one behind it, > at */
};

static uint64_t read_u64(const uint8_t *from) {
    return (uint64_t)fdt_read_u32(from) << 32 | fdt_read_u32(from + 4);
}

/* Bytes of the text with its NUL; 0: none within `limit`. */
static uint32_t text_size(const uint8_t *text, uint32_t limit) {
    for (uint32_t i = 0; i < limit; i++) {
        if (text[i] == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* False: no whole token here. */
static bool token_read(const struct fdt *fdt, uint32_t at, struct token *token) {
    if (at > fdt->structure_end || fdt->structure_end - at < 4) {
        return false;
    }
    uint32_t left = fdt->structure_end - at - 4;
    uint32_t content = 0;
    uint32_t kind = fdt_read_u32(fdt->blob + at);
    if (kind == FDT_BEGIN_NODE) {
        content = text_size(fdt->blob + at + 4, left);
        if (content == 0) {
            return false;
        }
    } else if (kind == FDT_PROP) {
        if (left < 8 || fdt_read_u32(fdt->blob + at + 4) > left - 8 ||
            fdt_read_u32(fdt->blob + at + 8) >= fdt->strings_size) {
            return false;
        }
        content = 8 + fdt_read_u32(fdt->blob + at + 4);
    } else if (kind != FDT_END_NODE && kind != FDT_NOP && kind != FDT_END) {
        return false;
    }
    *token = (struct token){kind, at, at + 4 + ((content + 3) & ~UINT32_C(3))};
    return true;
}

/* --- Opening --------------------------------------------------------------------------------- */

static status_t structure_check(const struct fdt *fdt) {
    uint32_t depth = 0;
    bool root_seen = false;
    bool property_allowed = false; /* all of them stand before the first child */
    struct token token = {0, 0, fdt->structure};
    while (token_read(fdt, token.next, &token)) {
        switch (token.kind) {
        case FDT_BEGIN_NODE:
            if (depth == 0 && root_seen) {
                return STATUS_MALFORMED;
            }
            if (depth == FDT_DEPTH_MAX) {
                return STATUS_OUT_OF_RANGE;
            }
            depth++;
            root_seen = true;
            property_allowed = true;
            break;
        case FDT_PROP:
            if (!property_allowed) {
                return STATUS_MALFORMED;
            }
            break;
        case FDT_END_NODE:
            if (depth == 0) {
                return STATUS_MALFORMED;
            }
            depth--;
            property_allowed = false;
            break;
        case FDT_END:
            return depth == 0 && root_seen ? STATUS_OK : STATUS_MALFORMED;
        default:
            break;
        }
    }
    return STATUS_MALFORMED;
}

static bool blocks_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size) {
    return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size; /* sums <= size < 2^31 */
}

/* Counts the entries up to the one of zeros. */
static status_t reserve_map_check(struct fdt *fdt) {
    uint32_t at = fdt->reserve_map;
    if (at % 8 != 0 || at < FDT_HEADER_SIZE || at > fdt->size) {
        return STATUS_MALFORMED;
    }
    for (uint32_t left = fdt->size - at; left >= FDT_RESERVE_ENTRY; left -= FDT_RESERVE_ENTRY) {
        if (read_u64(fdt->blob + at) == 0 && read_u64(fdt->blob + at + 8) == 0) {
            uint32_t size = at + FDT_RESERVE_ENTRY - fdt->reserve_map;
            bool alone = !blocks_overlap(fdt->reserve_map, size, fdt->structure,
                                         fdt->structure_end - fdt->structure) &&
                         !blocks_overlap(fdt->reserve_map, size, fdt->strings, fdt->strings_size);
            return alone ? STATUS_OK : STATUS_MALFORMED;
        }
        fdt->reserve_count++;
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
    if (fdt->size < FDT_HEADER_SIZE || fdt->size > limit || fdt->size > FDT_SIZE_MAX) {
        return STATUS_MALFORMED;
    }
    status_t status = blocks_check(fdt, fdt_read_u32(header + 36));
    return status != STATUS_OK ? status : structure_check(fdt);
}

/* --- Nodes ----------------------------------------------------------------------------------- */

void fdt_root(const struct fdt *fdt, struct fdt_node *node) {
    struct token token = {0, 0, fdt->structure};
    while (token_read(fdt, token.next, &token) && token.kind == FDT_NOP) {
    }
    *node = (struct fdt_node){.depth = 1, .path = {token.at}};
}

bool fdt_next(const struct fdt *fdt, struct fdt_node *node) {
    uint32_t depth = node->depth;
    struct token token;
    if (depth == 0 || !token_read(fdt, node->path[depth - 1], &token)) {
        return false;
    }
    while (depth > 0 && token_read(fdt, token.next, &token)) {
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

bool fdt_next_child(const struct fdt *fdt, const struct fdt_node *parent, struct fdt_node *child) {
    if (child->depth == 0) {
        *child = *parent;
    }
    while (fdt_next(fdt, child)) {
        if (child->depth <= parent->depth) {
            return false;
        }
        if (child->depth == parent->depth + 1) {
            return true;
        }
    }
    return false;
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

bool fdt_next_property(const struct fdt *fdt, const struct fdt_node *node,
                       struct fdt_property *property) {
    struct token token = {0, 0, property->next};
    if (node->depth == 0 ||
        (token.next == 0 && !token_read(fdt, node->path[node->depth - 1], &token))) {
        return false;
    }
    while (token_read(fdt, token.next, &token)) {
        if (token.kind == FDT_PROP) {
            const uint8_t *at = fdt->blob + token.at;
            *property = (struct fdt_property){
                .name = (const char *)fdt->blob + fdt->strings + fdt_read_u32(at + 8),
                .data = at + 12,
                .size = fdt_read_u32(at + 4),
                .next = token.next,
            };
            return true;
        }
        if (token.kind != FDT_NOP) {
            return false;
        }
    }
    return false;
}

status_t fdt_find_property(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                           struct fdt_property *property) {
    *property = FDT_PROPERTY_NONE;
    while (fdt_next_property(fdt, node, property)) {
        if (strcmp(property->name, name) == 0) {
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
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

/* Whether this FDT_PROP says that its node has the phandle. */
static bool token_is_phandle(const struct fdt *fdt, uint32_t at, uint32_t phandle) {
    const uint8_t *token = fdt->blob + at;
    if (fdt_read_u32(token + 4) != 4 || fdt_read_u32(token + 12) != phandle) {
        return false;
    }
    const char *name = (const char *)fdt->blob + fdt->strings + fdt_read_u32(token + 8);
    return strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;
}

/* One pass over the tokens: a walk from node to node would look at each property several times. */
status_t fdt_find_phandle(const struct fdt *fdt, uint32_t phandle, struct fdt_node *node) {
    struct token token = {0, 0, fdt->structure};
    node->depth = 0;
    while (token_read(fdt, token.next, &token)) {
        if (token.kind == FDT_BEGIN_NODE) {
            if (node->depth == FDT_DEPTH_MAX) {
                break;
            }
            node->path[node->depth++] = token.at;
        } else if (token.kind == FDT_END_NODE && node->depth != 0) {
            node->depth--;
        } else if (token.kind == FDT_PROP && node->depth != 0 &&
                   token_is_phandle(fdt, token.at, phandle)) {
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}
