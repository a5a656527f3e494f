/* SPDX-License-Identifier: MIT */
/*
 * What a static-PIE wants done to it before it runs: words that get the base added. Only
 * R_AARCH64_RELATIVE is left in a program that is linked with everything it needs, so everything
 * else is refused: symbols, libraries, tables of calls, indirect functions, packed relocations.
 */
#include "lib/bound.h"
#include "lib/elf_internal.h"

/* gABI, "Dynamic Section". */
#define DT_NULL     UINT64_C(0)
#define DT_NEEDED   UINT64_C(1)
#define DT_PLTRELSZ UINT64_C(2)
#define DT_RELA     UINT64_C(7)
#define DT_RELASZ   UINT64_C(8)
#define DT_RELAENT  UINT64_C(9)
#define DT_RELSZ    UINT64_C(18)
#define DT_TEXTREL  UINT64_C(22)
#define DT_FLAGS    UINT64_C(30)
#define DT_RELRSZ   UINT64_C(35)

#define DF_TEXTREL UINT64_C(4)

/* ELF for the Arm 64-bit Architecture, "Dynamic relocations". Symbol 0 in the upper half. */
#define R_AARCH64_RELATIVE UINT64_C(1027)

/* Entries of the dynamic section that matter; 0: not there. */
struct dynamic_values {
    uint64_t table; /* address */
    uint64_t size;  /* bytes */
    uint64_t entry_size;
};

static enum elf_flaw value_set(uint64_t *value, uint64_t given) {
    if (*value != 0) {
        return ELF_DYNAMIC_TAG_TWICE;
    }
    *value = given;
    return ELF_SOUND;
}

static enum elf_flaw entry_take(struct dynamic_values *values, uint64_t tag, uint64_t value) {
    switch (tag) {
    case DT_RELA:
        return value_set(&values->table, value);
    case DT_RELASZ:
        return value_set(&values->size, value);
    case DT_RELAENT:
        return value_set(&values->entry_size, value);
    case DT_NEEDED:
        return ELF_NEEDS_LIBRARY;
    case DT_TEXTREL:
        return ELF_TEXT_RELOCATED;
    case DT_FLAGS:
        return (value & DF_TEXTREL) != 0 ? ELF_TEXT_RELOCATED : ELF_SOUND;
    case DT_RELSZ: /* of such a table, an address without a size is nothing */
    case DT_RELRSZ:
    case DT_PLTRELSZ:
        return value == 0 ? ELF_SOUND : ELF_RELOCATION_FORMAT;
    default:
        return ELF_SOUND;
    }
}

static enum elf_flaw entries_read(const struct elf *elf, struct elf_dynamic dynamic,
                                  struct dynamic_values *values) {
    BOUND_LOOP(entries, ELF_DYNAMIC_MAX);
    for (uint32_t i = 0;
         i < ELF_DYNAMIC_MAX && (i + UINT64_C(1)) * ELF_DYNAMIC_ENTRY_SIZE <= dynamic.size; i++) {
        BOUND_TURN(entries);
        const uint8_t *entry = elf->file + dynamic.offset + i * ELF_DYNAMIC_ENTRY_SIZE;
        const uint64_t tag = elf_read_u64(entry);
        if (tag == DT_NULL) {
            return ELF_SOUND;
        }
        enum elf_flaw flaw = entry_take(values, tag, elf_read_u64(entry + 8));
        if (flaw != ELF_SOUND) {
            return flaw;
        }
    }
    return ELF_DYNAMIC_ENDLESS;
}

/* The table lies in a segment, and is as large as it says. */
static enum elf_flaw table_locate(struct elf *elf, const struct dynamic_values *values) {
    if (values->size == 0) {
        return ELF_SOUND;
    }
    if (values->entry_size != ELF_RELOCATION_SIZE || values->size % ELF_RELOCATION_SIZE != 0) {
        return ELF_RELOCATION_FORMAT;
    }
    if (values->size / ELF_RELOCATION_SIZE > ELF_RELOCATIONS_MAX) {
        return ELF_TOO_MANY_RELOCATIONS;
    }
    if (values->table % 8 != 0) {
        return ELF_RELOCATIONS_MISALIGNED;
    }
    if (!elf_file_offset(elf, values->table, values->size, &elf->relocations)) {
        return ELF_RELOCATIONS_OUTSIDE;
    }
    elf->relocation_count = (uint32_t)(values->size / ELF_RELOCATION_SIZE);
    return ELF_SOUND;
}

static enum elf_flaw relocation_check(const struct elf *elf, const uint8_t *entry) {
    const uint64_t address = elf_read_u64(entry);
    if (elf_read_u64(entry + 8) != R_AARCH64_RELATIVE) {
        return ELF_RELOCATION_TYPE;
    }
    if (address % 8 != 0) {
        return ELF_RELOCATION_MISALIGNED;
    }
    const struct elf_segment *segment = elf_segment_at(elf, address);
    bool inside = segment != NULL && (segment->rights & ELF_WRITE) != 0 &&
                  segment->address + segment->size - address >= 8;
    return inside ? ELF_SOUND : ELF_RELOCATION_OUTSIDE;
}

static enum elf_flaw relocations_check(const struct elf *elf) {
    BOUND_LOOP(relocations, ELF_RELOCATIONS_MAX);
    for (uint32_t i = 0; i < elf->relocation_count; i++) {
        BOUND_TURN(relocations);
        enum elf_flaw flaw =
            relocation_check(elf, elf->file + elf->relocations + i * ELF_RELOCATION_SIZE);
        if (flaw != ELF_SOUND) {
            return flaw;
        }
    }
    return ELF_SOUND;
}

enum elf_flaw elf_dynamic_read(struct elf *elf, struct elf_dynamic dynamic) {
    struct dynamic_values values = {.table = 0};
    enum elf_flaw flaw = entries_read(elf, dynamic, &values);
    if (flaw == ELF_SOUND) {
        flaw = table_locate(elf, &values);
    }
    return flaw == ELF_SOUND ? relocations_check(elf) : flaw;
}

struct elf_relocation elf_relocation(const struct elf *elf, uint32_t index) {
    const uint8_t *entry = elf->file + elf->relocations + index * (uint64_t)ELF_RELOCATION_SIZE;
    return (struct elf_relocation){elf_read_u64(entry), elf_read_u64(entry + 16)};
}
