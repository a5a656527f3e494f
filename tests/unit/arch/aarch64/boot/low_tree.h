/* SPDX-License-Identifier: MIT */
/*
 * Builds flattened trees token by token, without asking whether they make sense: broken ones are as
 * easy to build as sound ones. One tree at a time. For low_fdt_test.c only.
 */
#ifndef TESTS_UNIT_ARCH_AARCH64_BOOT_LOW_TREE_H
#define TESTS_UNIT_ARCH_AARCH64_BOOT_LOW_TREE_H

#include <stdlib.h>
#include <string.h>

#define HEADER_ROOM   56 /* header and an empty reservation block */
#define STRUCTURE_MAX (512u << 10)
#define STRINGS_MAX   512
#define TEXT(text)    text, sizeof(text)

static struct {
    uint32_t structure[STRUCTURE_MAX / 4];
    uint32_t words;
    char strings[STRINGS_MAX];
    uint32_t strings_size;
    bool strings_first;
} builder;

static void put(uint32_t word) {
    builder.structure[builder.words++] = __builtin_bswap32(word);
}

static void put_bytes(const void *bytes, uint32_t size) {
    builder.structure[builder.words + size / 4] = 0;
    memcpy(&builder.structure[builder.words], bytes, size);
    builder.words += (size + 3) / 4;
}

static void begin(const char *name) {
    put(FDT_BEGIN_NODE);
    put_bytes(name, (uint32_t)strlen(name) + 1);
}

static void end(void) {
    put(FDT_END_NODE);
}

static void property_bytes(const char *name, const void *bytes, uint32_t size) {
    put(FDT_PROP);
    put(size);
    put(builder.strings_size);
    put_bytes(bytes, size);
    strcpy(builder.strings + builder.strings_size, name);
    builder.strings_size += (uint32_t)strlen(name) + 1;
}

static void property_words(const char *name, const uint32_t *words, uint32_t count) {
    uint32_t big_endian[64];
    for (uint32_t i = 0; i < count; i++) {
        big_endian[i] = __builtin_bswap32(words[i]);
    }
    property_bytes(name, big_endian, count * 4);
}

#define WORDS(name, ...)                                                                           \
    property_words(name, (const uint32_t[]){__VA_ARGS__},                                          \
                   sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static void tree_begin(uint32_t address_cells, uint32_t size_cells) {
    memset(&builder, 0, sizeof(builder));
    begin("");
    WORDS("#address-cells", address_cells);
    WORDS("#size-cells", size_cells);
}

/* An exact copy, to be freed: header, reservations, then structure and strings, or the other way
 * round, so that either block can be the one at the end of the allocation. */
static uint32_t *tree_make(uint32_t *size) {
    const uint32_t structure_size = builder.words * 4;
    const uint32_t strings_room = (builder.strings_size + 3) & ~3u;
    const uint32_t structure_at = HEADER_ROOM + (builder.strings_first ? strings_room : 0);
    const uint32_t strings_at = HEADER_ROOM + (builder.strings_first ? 0 : structure_size);
    *size = HEADER_ROOM + structure_size +
            (builder.strings_first ? strings_room : builder.strings_size);
    uint32_t *tree = calloc(1, *size);
    const uint32_t header[] = {FDT_MAGIC, *size, structure_at,         strings_at,    40, 17,
                               16,        0,     builder.strings_size, structure_size};
    for (uint32_t i = 0; i < ARRAY_SIZE(header); i++) {
        tree[i] = __builtin_bswap32(header[i]);
    }
    memcpy((uint8_t *)tree + structure_at, builder.structure, structure_size);
    memcpy((uint8_t *)tree + strings_at, builder.strings, builder.strings_size);
    return tree;
}

#endif
