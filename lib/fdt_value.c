/* SPDX-License-Identifier: MIT */
/* What the bytes of a property mean: numbers, strings, lists of strings;
 * and the nodes that they find. */
#include "lib/fdt.h"

#include "lib/fdt_internal.h"

/* --- Numbers --------------------------------------------------------------------------------- */

status_t fdt_cells(const struct fdt_property *property, uint32_t first, uint32_t count,
                   uint64_t *value) {
    if (count < 1 || count > 2) {
        return STATUS_UNSUPPORTED;
    }
    uint32_t cells = property->size / 4;
    if (first > cells || count > cells - first) {
        return STATUS_OUT_OF_RANGE;
    }
    const uint8_t *at = property->data + (size_t)first * 4;
    *value = fdt_read_u32(at);
    if (count == 2) {
        *value = *value << 32 | fdt_read_u32(at + 4);
    }
    return STATUS_OK;
}

status_t fdt_integer(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                     uint64_t *value) {
    struct fdt_property property;
    status_t status = fdt_find_property(fdt, node, name, &property);
    if (status != STATUS_OK) {
        return status;
    }
    if (property.size != 4 && property.size != 8) {
        return STATUS_MALFORMED;
    }
    return fdt_cells(&property, 0, property.size / 4, value);
}

/* --- Strings --------------------------------------------------------------------------------- */

bool fdt_next_string(const struct fdt_property *property, const char **text) {
    uint32_t start = 0;
    if (*text != NULL) {
        start = (uint32_t)((const uint8_t *)*text - property->data);
        BOUND_LOOP(string_passed, FDT_STRING_MAX - 1);
        while (property->data[start] != 0) { /* it has a NUL, or it would not have been given */
            BOUND_TURN(string_passed);
            start++;
        }
        start++;
    }
    uint32_t left = property->size - start;
    uint32_t limit = left < FDT_STRING_MAX ? left : FDT_STRING_MAX;
    BOUND_LOOP(string, FDT_STRING_MAX);
    for (uint32_t i = 0; i < limit; i++) {
        BOUND_TURN(string);
        if (property->data[start + i] == 0) {
            *text = (const char *)property->data + start;
            return true;
        }
    }
    return false;
}

/* The property as one text, or the first of several; null: not terminated within FDT_TEXT_MAX. */
static const char *text_of(const struct fdt_property *property) {
    uint32_t limit = property->size < FDT_TEXT_MAX ? property->size : FDT_TEXT_MAX;
    BOUND_LOOP(text, FDT_TEXT_MAX);
    for (uint32_t i = 0; i < limit; i++) {
        BOUND_TURN(text);
        if (property->data[i] == 0) {
            return (const char *)property->data;
        }
    }
    return NULL;
}

const char *fdt_string(const struct fdt *fdt, const struct fdt_node *node, const char *name) {
    struct fdt_property property;
    return fdt_find_property(fdt, node, name, &property) == STATUS_OK ? text_of(&property) : NULL;
}

bool fdt_has_string(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                    const char *text, uint32_t *index) {
    struct fdt_property property;
    if (fdt_find_property(fdt, node, name, &property) != STATUS_OK) {
        return false;
    }
    const char *at = NULL;
    BOUND_LOOP(strings, FDT_STRINGS_MAX);
    for (uint32_t i = 0; i < FDT_STRINGS_MAX && fdt_next_string(&property, &at); i++) {
        BOUND_TURN(strings);
        if (fdt_text_is(at, text)) {
            if (index != NULL) {
                *index = i;
            }
            return true;
        }
    }
    return false;
}

bool fdt_is_compatible(const struct fdt *fdt, const struct fdt_node *node, const char *compatible) {
    return fdt_has_string(fdt, node, "compatible", compatible, NULL);
}

bool fdt_is_enabled(const struct fdt *fdt, const struct fdt_node *node) {
    struct fdt_property property;
    const char *text = NULL;
    if (fdt_find_property(fdt, node, "status", &property) != STATUS_OK) {
        return true;
    }
    return fdt_next_string(&property, &text) &&
           (fdt_text_is(text, "okay") || fdt_text_is(text, "ok"));
}

/* --- Nodes by what they say ------------------------------------------------------------------ */

/* Length of the first part of the path; FDT_NAME_MAX: longer than any name. */
static size_t part_length(const char *path) {
    size_t length = 0;
    BOUND_LOOP(part, FDT_NAME_MAX);
    while (length < FDT_NAME_MAX && path[length] != 0 && path[length] != '/' &&
           path[length] != ':') {
        BOUND_TURN(part);
        length++;
    }
    return length;
}

/* Whether the part names the node; without a unit address it matches any. */
static bool part_matches(const char *part, size_t length, const char *name) {
    bool has_unit = false;
    if (length == FDT_NAME_MAX) {
        return false;
    }
    BOUND_LOOP(part_matches, FDT_NAME_MAX - 1);
    for (size_t i = 0; i < length; i++) { /* a shorter name ends it by its NUL */
        BOUND_TURN(part_matches);
        if (part[i] != name[i]) {
            return false;
        }
        has_unit |= part[i] == '@';
    }
    return name[length] == 0 || (name[length] == '@' && !has_unit);
}

/* Behind the slashes at the start of the path; behind more than make sense stands no name. */
static const char *slashes_pass(const char *path) {
    BOUND_LOOP(slashes, FDT_NAME_MAX);
    for (int i = 0; i < FDT_NAME_MAX && *path == '/'; i++) {
        BOUND_TURN(slashes);
        path++;
    }
    return path;
}

static bool path_is_at_end(const char *path) {
    return *path == 0 || *path == ':';
}

/* `node` is where the path begins, then what it leads to. One walk over what is below it: each part
 * leads to a child of the node before, and on from there. */
static status_t path_follow(const struct fdt *fdt, const char *path, struct fdt_node *node) {
    struct fdt_node at = *node;
    uint32_t depth = node->depth; /* of the node that the path has led to */
    path = slashes_pass(path);
    if (path_is_at_end(path)) {
        return STATUS_OK;
    }
    size_t length = part_length(path);
    BOUND_LOOP(path_nodes, FDT_NODES_MAX - 1);
    while (fdt_next(fdt, &at) && at.depth > depth) {
        BOUND_TURN(path_nodes);
        if (at.depth != depth + 1 || !part_matches(path, length, fdt_name(fdt, &at))) {
            continue;
        }
        path = slashes_pass(path + length);
        if (path_is_at_end(path)) {
            *node = at;
            return STATUS_OK;
        }
        length = part_length(path);
        depth++;
    }
    return STATUS_NOT_FOUND;
}

/* The path that the alias at the start of `path` stands for; null: none. */
static const char *alias_find(const struct fdt *fdt, const char *path) {
    struct fdt_node aliases;
    fdt_root(fdt, &aliases);
    if (path_follow(fdt, "/aliases", &aliases) != STATUS_OK) {
        return NULL;
    }
    size_t length = part_length(path);
    struct fdt_property property = FDT_PROPERTY_NONE;
    BOUND_LOOP(aliases, FDT_NODE_TOKENS_MAX - 1); /* the last is what ends them */
    while (fdt_next_property(fdt, &aliases, &property)) {
        BOUND_TURN(aliases);
        if (part_matches(path, length, property.name)) {
            const char *text = text_of(&property);
            return text != NULL && text[0] == '/' ? text : NULL;
        }
    }
    return NULL;
}

status_t fdt_find_path(const struct fdt *fdt, const char *path, struct fdt_node *node) {
    fdt_root(fdt, node);
    if (path[0] == '/') {
        return path_follow(fdt, path, node);
    }
    const char *alias = alias_find(fdt, path);
    if (alias == NULL) {
        return STATUS_NOT_FOUND;
    }
    status_t status = path_follow(fdt, alias, node);
    return status != STATUS_OK ? status : path_follow(fdt, path + part_length(path), node);
}
