/* SPDX-License-Identifier: MIT */
/*
 * Writes cpio archives for tests. On the machine, who includes this says what realloc is.
 *
 *     struct cpio_builder b = {NULL, 0};
 *     cpio_builder_add(&b, "bin/hello", CPIO_BUILDER_FILE, bytes, size);
 *     cpio_builder_add(&b, "TRAILER!!!", 0, NULL, 0);
 *     ... b.bytes, b.size ...; free(b.bytes)
 */
#ifndef TESTS_UNIT_CPIO_BUILDER_H
#define TESTS_UNIT_CPIO_BUILDER_H

#include <stdint.h>
#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
#include "lib/string.h"
#endif

#define CPIO_BUILDER_FILE      UINT32_C(0100644)
#define CPIO_BUILDER_DIRECTORY UINT32_C(0040755)
#define CPIO_BUILDER_LINK      UINT32_C(0120777)
#define CPIO_BUILDER_DEVICE    UINT32_C(0020600)

/* Offsets of the header's digits. */
enum { CPIO_AT_MODE = 14, CPIO_AT_LINKS = 38, CPIO_AT_SIZE = 54, CPIO_AT_NAME_SIZE = 94 };

struct cpio_builder {
    uint8_t *bytes; /* malloc'ed with exactly `size` bytes */
    size_t size;
};

static inline void cpio_put_number(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t) "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    }
}

static inline uint8_t *cpio_builder_grow(struct cpio_builder *builder, size_t size) {
    const size_t padded = (size + 3) & ~(size_t)3;
    builder->bytes = realloc(builder->bytes, builder->size + padded);
    uint8_t *added = builder->bytes + builder->size;
    memset(added, 0, padded);
    builder->size += padded;
    return added;
}

/* Returns the offset of the entry. */
static inline size_t cpio_builder_add(struct cpio_builder *builder, const char *name, uint32_t mode,
                                      const void *data, uint32_t size) {
    const size_t at = builder->size;
    const size_t name_size = strlen(name) + 1;
    uint8_t *header = cpio_builder_grow(builder, 110 + name_size);
    memcpy(header, "070701", 6);
    for (int i = 0; i < 13; i++) {
        cpio_put_number(header + 6 + i * 8, 0);
    }
    cpio_put_number(header + CPIO_AT_MODE, mode);
    cpio_put_number(header + CPIO_AT_LINKS, 1);
    cpio_put_number(header + CPIO_AT_SIZE, size);
    cpio_put_number(header + CPIO_AT_NAME_SIZE, (uint32_t)name_size);
    memcpy(header + 110, name, name_size);
    if (size != 0) {
        memcpy(cpio_builder_grow(builder, size), data, size);
    }
    return at;
}

#endif
