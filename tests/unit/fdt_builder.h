/* SPDX-License-Identifier: MIT */
/*
 * Writes flattened device trees for tests, right ones and, by way of raw tokens, wrong ones:
 *
 *     struct fdt_builder b;
 *     fdt_builder_init(&b);
 *     fdt_builder_begin(&b, "");
 *     fdt_builder_cells(&b, "#address-cells", 1, 2);
 *     fdt_builder_end(&b);
 *     uint8_t *blob = fdt_builder_finish(&b, &size);
 *
 * The blob is malloc'ed with exactly its size, so that the sanitizer sees a byte too far. On the
 * machine, who includes this says what malloc, realloc and free are.
 */
#ifndef TESTS_UNIT_FDT_BUILDER_H
#define TESTS_UNIT_FDT_BUILDER_H

#include <stdarg.h>
#include <stdint.h>
#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
#include "lib/string.h"
#endif

#define FDT_BUILDER_HEADER 40

/* Bytes that grow. */
struct fdt_buffer {
    uint8_t *bytes;
    size_t size;
};

struct fdt_builder {
    struct fdt_buffer reserve;
    struct fdt_buffer structure;
    struct fdt_buffer strings;
};

static inline void fdt_buffer_add(struct fdt_buffer *buffer, const void *bytes, size_t size) {
    if (size == 0) {
        return;
    }
    /* Doubles at powers of two, to be quick for large trees. */
    size_t room = 64;
    while (room < buffer->size) {
        room *= 2;
    }
    if (buffer->bytes == NULL || buffer->size + size > room) {
        while (room < buffer->size + size) {
            room *= 2;
        }
        buffer->bytes = realloc(buffer->bytes, room);
    }
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

static inline void fdt_put_u32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static inline void fdt_buffer_u32(struct fdt_buffer *buffer, uint32_t value) {
    uint8_t bytes[4];
    fdt_put_u32(bytes, value);
    fdt_buffer_add(buffer, bytes, sizeof(bytes));
}

static inline void fdt_buffer_pad(struct fdt_buffer *buffer, size_t alignment) {
    while (buffer->size % alignment != 0) {
        fdt_buffer_add(buffer, "", 1);
    }
}

static inline void fdt_builder_init(struct fdt_builder *b) {
    memset(b, 0, sizeof(*b));
}

static inline void fdt_builder_token(struct fdt_builder *b, uint32_t token) {
    fdt_buffer_u32(&b->structure, token);
}

static inline void fdt_builder_begin(struct fdt_builder *b, const char *name) {
    fdt_builder_token(b, 1);
    fdt_buffer_add(&b->structure, name, strlen(name) + 1);
    fdt_buffer_pad(&b->structure, 4);
}

static inline void fdt_builder_end(struct fdt_builder *b) {
    fdt_builder_token(b, 2);
}

/* The offset of the name among the strings, where it is put if it is new. */
static inline uint32_t fdt_builder_name(struct fdt_builder *b, const char *name) {
    size_t at = 0;
    while (at < b->strings.size) {
        const char *known = (const char *)b->strings.bytes + at;
        if (strcmp(known, name) == 0) {
            return (uint32_t)at;
        }
        at += strlen(known) + 1;
    }
    fdt_buffer_add(&b->strings, name, strlen(name) + 1);
    return (uint32_t)at;
}

static inline void fdt_builder_property(struct fdt_builder *b, const char *name, const void *bytes,
                                        size_t size) {
    fdt_builder_token(b, 3);
    fdt_buffer_u32(&b->structure, (uint32_t)size);
    fdt_buffer_u32(&b->structure, fdt_builder_name(b, name));
    fdt_buffer_add(&b->structure, bytes, size);
    fdt_buffer_pad(&b->structure, 4);
}

static inline void fdt_builder_string(struct fdt_builder *b, const char *name, const char *text) {
    fdt_builder_property(b, name, text, strlen(text) + 1);
}

/* `count` numbers of 32 bits, as uint32_t or int. */
static inline void fdt_builder_cells(struct fdt_builder *b, const char *name, unsigned count, ...) {
    uint8_t bytes[4 * 32];
    va_list cells;
    va_start(cells, count);
    for (unsigned i = 0; i < count && i < 32; i++) {
        fdt_put_u32(bytes + i * 4, va_arg(cells, uint32_t));
    }
    va_end(cells);
    fdt_builder_property(b, name, bytes, count * 4);
}

static inline void fdt_builder_reserve(struct fdt_builder *b, uint64_t address, uint64_t size) {
    fdt_buffer_u32(&b->reserve, (uint32_t)(address >> 32));
    fdt_buffer_u32(&b->reserve, (uint32_t)address);
    fdt_buffer_u32(&b->reserve, (uint32_t)(size >> 32));
    fdt_buffer_u32(&b->reserve, (uint32_t)size);
}

/* Ends the tree and lays it out: header, reserve map, structure, strings.
 * The builder is empty then. */
static inline uint8_t *fdt_builder_finish(struct fdt_builder *b, size_t *size) {
    fdt_builder_reserve(b, 0, 0);
    fdt_builder_token(b, 9);
    size_t structure = FDT_BUILDER_HEADER + b->reserve.size;
    size_t strings = structure + b->structure.size;
    *size = strings + b->strings.size;
    const uint32_t header[] = {
        0xd00dfeed,
        (uint32_t)*size,
        (uint32_t)structure,
        (uint32_t)strings,
        FDT_BUILDER_HEADER,
        17,
        16,
        0,
        (uint32_t)b->strings.size,
        (uint32_t)b->structure.size,
    };
    uint8_t *blob = malloc(*size);
    for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++) {
        fdt_put_u32(blob + i * 4, header[i]);
    }
    memcpy(blob + FDT_BUILDER_HEADER, b->reserve.bytes, b->reserve.size);
    memcpy(blob + structure, b->structure.bytes, b->structure.size);
    if (b->strings.size != 0) {
        memcpy(blob + strings, b->strings.bytes, b->strings.size);
    }
    free(b->reserve.bytes);
    free(b->structure.bytes);
    free(b->strings.bytes);
    fdt_builder_init(b);
    return blob;
}

/* --- A small tree with one of everything, like that of QEMU virt ----------------------------- */

static inline void fdt_sample_devices(struct fdt_builder *b) {
    fdt_builder_begin(b, "soc");
    fdt_builder_string(b, "compatible", "simple-bus");
    fdt_builder_cells(b, "#address-cells", 1, 1);
    fdt_builder_cells(b, "#size-cells", 1, 1);
    fdt_builder_cells(b, "ranges", 4, 0x1000000, 0, 0x09000000, 0x1000000);
    fdt_builder_begin(b, "pl011@1000000");
    fdt_builder_property(b, "compatible", "arm,pl011\0arm,primecell", 24);
    fdt_builder_cells(b, "reg", 2, 0x1000000, 0x1000);
    fdt_builder_cells(b, "interrupts", 3, 0, 1, 4);
    fdt_builder_end(b);
    fdt_builder_end(b);
    fdt_builder_begin(b, "intc@8000000");
    fdt_builder_cells(b, "phandle", 1, 0x8002);
    fdt_builder_string(b, "compatible", "arm,cortex-a15-gic");
    fdt_builder_cells(b, "#interrupt-cells", 1, 3);
    fdt_builder_property(b, "interrupt-controller", NULL, 0);
    fdt_builder_cells(b, "reg", 8, 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000);
    fdt_builder_end(b);
    fdt_builder_begin(b, "timer");
    fdt_builder_property(b, "compatible", "arm,armv8-timer\0arm,armv7-timer", 32);
    fdt_builder_cells(b, "interrupts", 12, 1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104);
    fdt_builder_end(b);
    fdt_builder_begin(b, "psci");
    fdt_builder_property(b, "compatible", "arm,psci-1.0\0arm,psci", 22);
    fdt_builder_string(b, "method", "hvc");
    fdt_builder_end(b);
}

static inline void fdt_sample_cpus(struct fdt_builder *b) {
    fdt_builder_begin(b, "cpus");
    fdt_builder_cells(b, "#address-cells", 1, 1);
    fdt_builder_cells(b, "#size-cells", 1, 0);
    for (uint32_t i = 0; i < 2; i++) {
        fdt_builder_begin(b, i == 0 ? "cpu@0" : "cpu@1");
        fdt_builder_string(b, "device_type", "cpu");
        fdt_builder_string(b, "enable-method", "psci");
        fdt_builder_cells(b, "reg", 1, i);
        fdt_builder_end(b);
    }
    fdt_builder_end(b);
}

static inline void fdt_sample_memory(struct fdt_builder *b) {
    fdt_builder_begin(b, "memory@40000000");
    fdt_builder_string(b, "device_type", "memory");
    fdt_builder_cells(b, "reg", 8, 0, 0x40000000, 0, 0x8000000, 0, 0, 0, 0);
    fdt_builder_end(b);
    fdt_builder_begin(b, "memory@100000000");
    fdt_builder_string(b, "device_type", "memory");
    fdt_builder_cells(b, "reg", 4, 1, 0, 0, 0x10000000);
    fdt_builder_end(b);
    fdt_builder_begin(b, "reserved-memory");
    fdt_builder_cells(b, "#address-cells", 1, 2);
    fdt_builder_cells(b, "#size-cells", 1, 2);
    fdt_builder_property(b, "ranges", NULL, 0);
    fdt_builder_begin(b, "firmware@47000000");
    fdt_builder_cells(b, "reg", 4, 0, 0x47000000, 0, 0x100000);
    fdt_builder_property(b, "no-map", NULL, 0);
    fdt_builder_end(b);
    fdt_builder_begin(b, "pool");
    fdt_builder_cells(b, "size", 2, 0, 0x100000);
    fdt_builder_end(b);
    fdt_builder_end(b);
}

static inline uint8_t *fdt_sample(size_t *size) {
    struct fdt_builder b;
    fdt_builder_init(&b);
    fdt_builder_reserve(&b, 0x46000000, 0x2000);
    fdt_builder_begin(&b, "");
    fdt_builder_cells(&b, "#address-cells", 1, 2);
    fdt_builder_cells(&b, "#size-cells", 1, 2);
    fdt_builder_cells(&b, "interrupt-parent", 1, 0x8002);
    fdt_builder_string(&b, "compatible", "linux,dummy-virt");
    fdt_sample_memory(&b);
    fdt_sample_cpus(&b);
    fdt_sample_devices(&b);
    fdt_builder_begin(&b, "aliases");
    fdt_builder_string(&b, "serial0", "/soc/pl011@1000000");
    fdt_builder_end(&b);
    fdt_builder_begin(&b, "chosen");
    fdt_builder_string(&b, "bootargs", "log=debug for=10s");
    fdt_builder_string(&b, "stdout-path", "serial0:115200n8");
    fdt_builder_cells(&b, "linux,initrd-start", 1, 0x44000000);
    fdt_builder_cells(&b, "linux,initrd-end", 2, 0, 0x44001234);
    fdt_builder_end(&b);
    fdt_builder_end(&b);
    return fdt_builder_finish(&b, size);
}

#endif
