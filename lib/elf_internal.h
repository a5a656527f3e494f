/* SPDX-License-Identifier: MIT */
/* For the files that read programs: numbers of the format, and little-endian words of any
 * alignment. */
#ifndef LIB_ELF_INTERNAL_H
#define LIB_ELF_INTERNAL_H

#include "lib/elf.h"

#define ELF_HEADER_SIZE         64
#define ELF_PROGRAM_HEADER_SIZE 56
#define ELF_DYNAMIC_ENTRY_SIZE  16
#define ELF_RELOCATION_SIZE     24

/* Where the dynamic section lies in the file. */
struct elf_dynamic {
    uint64_t offset;
    uint64_t size; /* bytes; 0: there is none */
};

static inline uint16_t elf_read_u16(const uint8_t *from) {
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t elf_read_u32(const uint8_t *from) {
    return (uint32_t)elf_read_u16(from) | (uint32_t)elf_read_u16(from + 2) << 16;
}

static inline uint64_t elf_read_u64(const uint8_t *from) {
    return (uint64_t)elf_read_u32(from) | (uint64_t)elf_read_u32(from + 4) << 32;
}

/* Whether the file has all of the range. */
static inline bool elf_has_bytes(const struct elf *elf, uint64_t offset, uint64_t size) {
    return offset <= elf->file_size && size <= elf->file_size - offset;
}

/* Where the file has the `size` bytes at `address`; false: no segment has them all from it. Linear
 * in the number of segments. */
bool elf_file_offset(const struct elf *elf, uint64_t address, uint64_t size, uint64_t *offset);

/* Reads the dynamic section of a static-PIE and checks all relocations (lib/elf_dynamic.c). */
enum elf_flaw elf_dynamic_read(struct elf *elf, struct elf_dynamic dynamic);

#endif
