/* SPDX-License-Identifier: MIT */
/*
 * Writes a small sound program, for tests that then spoil it. Everything lies at fixed offsets:
 *
 *     0x000 header   0x040 program headers   0x200 relocations   0x300 code      | text,  r-x, page 0
 *     0x400 dynamic section   0x500 thread-local data   0x580 words to relocate  | data,  rw-, page 1
 *
 * behind the data come zeros up to page 3. On the machine, who includes this says what malloc is.
 */
#ifndef TESTS_UNIT_ELF_BUILDER_H
#define TESTS_UNIT_ELF_BUILDER_H

#include <stdint.h>
#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
#include "lib/string.h"
#endif

#include "lib/elf.h"

#define ELF_SAMPLE_SIZE       0x600
#define ELF_SAMPLE_BASE       UINT64_C(0x400000) /* of the one with fixed addresses */
#define ELF_SAMPLE_ENTRY      0x300
#define ELF_SAMPLE_TEXT_SIZE  0x400
#define ELF_SAMPLE_DATA       0x1400 /* address, without base */
#define ELF_SAMPLE_DATA_SIZE  0x2000
#define ELF_SAMPLE_RELOCATION 0x200 /* offset in the file */
#define ELF_SAMPLE_DYNAMIC    0x400
#define ELF_SAMPLE_TLS        0x500

/* Numbers of the program headers, and offsets of their fields and of the header's. */
enum { HEADER_TEXT, HEADER_DATA, HEADER_DYNAMIC, HEADER_TLS, HEADER_STACK, HEADER_SPARE, HEADERS };
enum {
    P_TYPE = 0,
    P_FLAGS = 4,
    P_OFFSET = 8,
    P_ADDRESS = 16,
    P_FILE_SIZE = 32,
    P_SIZE = 40,
    P_ALIGN = 48
};
enum {
    E_TYPE = 16,
    E_MACHINE = 18,
    E_VERSION = 20,
    E_ENTRY = 24,
    E_TABLE = 32,
    E_FLAGS = 48,
    E_SIZE = 52,
    E_HEADER_SIZE = 54,
    E_HEADER_COUNT = 56
};

static inline void elf_put(uint8_t *to, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline uint8_t *elf_sample_header(uint8_t *file, unsigned number) {
    return file + 64 + number * 56;
}

static inline void elf_put_header(uint8_t *file, unsigned number, const uint64_t (*field)[7]) {
    uint8_t *to = elf_sample_header(file, number);
    elf_put(to + P_TYPE, (*field)[0], 4);
    elf_put(to + P_FLAGS, (*field)[1], 4);
    for (unsigned i = 0; i < 2; i++) {
        elf_put(to + P_OFFSET + 8 * i, (*field)[2 + i], 8);
    }
    elf_put(to + 24, (*field)[3], 8);
    for (unsigned i = 0; i < 3; i++) {
        elf_put(to + P_FILE_SIZE + 8 * i, (*field)[4 + i], 8);
    }
}

static inline void elf_put_pair(uint8_t *to, uint64_t first, uint64_t second) {
    elf_put(to, first, 8);
    elf_put(to + 8, second, 8);
}

static inline void elf_sample_dynamic(uint8_t *file) {
    elf_put_pair(file + ELF_SAMPLE_DYNAMIC, 7, ELF_SAMPLE_RELOCATION);
    elf_put_pair(file + ELF_SAMPLE_DYNAMIC + 16, 8, 72); /* bytes of three */
    elf_put_pair(file + ELF_SAMPLE_DYNAMIC + 32, 9, 24);
    elf_put_pair(file + ELF_SAMPLE_DYNAMIC + 48, 30, 8); /* DF_BIND_NOW */
    static const uint64_t words[] = {0x1580, 0x1588, 0x2000};
    for (unsigned i = 0; i < 3; i++) {
        uint8_t *to = file + ELF_SAMPLE_RELOCATION + i * 24;
        elf_put_pair(to, words[i], 1027);
        elf_put(to + 16, 0x300 + i, 8);
    }
}

/* malloc'ed with exactly ELF_SAMPLE_SIZE bytes, so that the sanitizer sees a byte too far. */
static inline uint8_t *elf_sample(bool is_pie) {
    static const uint8_t start[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    const uint64_t base = is_pie ? 0 : ELF_SAMPLE_BASE;
    const uint64_t data = base + ELF_SAMPLE_DATA;
    const uint64_t headers[HEADERS][7] = {
        /* type, flags, offset, address, size in the file, size, alignment */
        {1, ELF_READ | ELF_EXECUTE, 0, base, ELF_SAMPLE_TEXT_SIZE, ELF_SAMPLE_TEXT_SIZE, 0x1000},
        {1, ELF_READ | ELF_WRITE, 0x400, data, 0x200, ELF_SAMPLE_DATA_SIZE, 0x1000},
        {is_pie ? 2 : 4, ELF_READ, 0x400, data, 0x60, 0x60, 8},
        {7, ELF_READ, 0x500, data + 0x100, 16, 32, 16},
        {0x6474e551, ELF_READ | ELF_WRITE, 0, 0, 0, 0, 16},
        {0x6474e552, ELF_READ, 0x400, data, 0x100, 0x100, 1},
    };
    uint8_t *file = malloc(ELF_SAMPLE_SIZE);
    memset(file, 0, ELF_SAMPLE_SIZE);
    memcpy(file, start, sizeof start);
    elf_put(file + E_TYPE, is_pie ? 3 : 2, 2);
    elf_put(file + E_MACHINE, 183, 2);
    elf_put(file + E_VERSION, 1, 4);
    elf_put(file + E_ENTRY, base + ELF_SAMPLE_ENTRY, 8);
    elf_put(file + E_TABLE, 64, 8);
    elf_put(file + E_SIZE, 64, 2);
    elf_put(file + E_HEADER_SIZE, 56, 2);
    elf_put(file + E_HEADER_COUNT, HEADERS, 2);
    for (unsigned i = 0; i < HEADERS; i++) {
        elf_put_header(file, i, &headers[i]);
    }
    elf_sample_dynamic(file);
    return file;
}

#endif
