/* SPDX-License-Identifier: MIT */
/* What the bytes of a property mean: numbers, strings, lists of strings;
 * and the nodes that they find. */
#include "lib/fdt.h"

#include "lib/fdt_internal.h"
#include "lib/string.h"

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
        while (property->data[start++] != 0) { /* it has a NUL, or it would not have been given */
        }
    }
    for (uint32_t i = start; i < property->size; i++) {
        if (property->data[i] == 0) {
            *text = (const char *)property->data + start;
            return true;
        }
    }
    return false;
}

const char *fdt_string(const struct fdt *fdt, const struct fdt_node *node, const char *name) {
    struct fdt_property property;
    const char *text = NULL;
    if (fdt_find_property(fdt, node, name, &property) != STATUS_OK ||
        !fdt_next_string(&property, &text)) {
        return NULL;
    }
    return text;
}

bool fdt_has_string(const struct fdt *fdt, const struct fdt_node *node, const char *name,
                    const char *text, uint32_t *index) {
    struct fdt_property property;
    if (fdt_find_property(fdt, node, name, &property) != STATUS_OK) {
        return false;
    }
    const char *at = NULL;
    for (uint32_t i = 0; fdt_next_string(&property, &at); i++) {
        if (strcmp(at, text) == 0) {
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
           (strcmp(text, "okay") == 0 || strcmp(text, "ok") == 0);
}

/* --- Nodes by what they say ------------------------------------------------------------------ */

/* Length of the first part of the path. */
static size_t part_length(const char *path) {
    size_t length = 0;
    while (path[length] != 0 && path[length] != '/' && path[length] != ':') {
        length++;
    }
    return length;
}

/* Whether the part names the node; without a unit address it matches any. */
static bool part_matches(const char *part, size_t length, const char *name) {
    bool has_unit = false;
    for (size_t i = 0; i < length; i++) { /* a shorter name ends it by its NUL */
        if (part[i] != name[i]) {
            return false;
        }
        has_unit |= part[i] == '@';
    }
    return name[length] == 0 || (name[length] == '@' && !has_unit);
}

/* `node` is where the path begins, then what it leads to. Each part goes one level down. */
static status_t path_follow(const struct fdt *fdt, const char *path, struct fdt_node *node) {
    while (*path == '/') {
        path++;
    }
    while (*path != 0 && *path != ':') {
        size_t length = part_length(path);
        struct fdt_node child = FDT_NODE_NONE;
        do {
            if (!fdt_next_child(fdt, node, &child)) {
                return STATUS_NOT_FOUND;
            }
        } while (!part_matches(path, length, fdt_name(fdt, &child)));
        *node = child;
        path += length;
        while (*path == '/') {
            path++;
        }
    }
    return STATUS_OK;
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
    while (fdt_next_property(fdt, &aliases, &property)) {
        if (part_matches(path, length, property.name)) {
            const char *text = NULL;
            return fdt_next_string(&property, &text) && text[0] == '/' ? text : NULL;
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
