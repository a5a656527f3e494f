/* SPDX-License-Identifier: MIT */
/*
 * The header of a program and its program headers. Every sum is of numbers that were compared with
 * a limit before: nothing here can wrap, and no byte outside the file is looked at.
 */
#include "lib/elf.h"

#include "lib/bits.h"
#include "lib/bound.h"
#include "lib/elf_internal.h"

/* gABI, "ELF Header" and "Program Header". */
enum {
    CLASS_64 = 2,
    DATA_LITTLE_ENDIAN = 1,
    VERSION_CURRENT = 1,
    SYSTEM_V = 0,
    SYSTEM_GNU = 3, /* System V with indirect functions, which the relocations tell */
    TYPE_EXECUTABLE = 2,
    TYPE_DYNAMIC = 3,
    MACHINE_AARCH64 = 183,
};

#define PT_LOAD      UINT32_C(1)
#define PT_DYNAMIC   UINT32_C(2)
#define PT_INTERP    UINT32_C(3)
#define PT_TLS       UINT32_C(7)
#define PT_GNU_STACK UINT32_C(0x6474e551)

/* One program header, as in the file. */
struct program_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t address;
    uint64_t file_size;
    uint64_t size;
    uint64_t alignment;
};

/* What the program headers name that is looked at when all segments are known. */
struct named_parts {
    struct program_header tls; /* type 0: none */
    struct program_header dynamic;
    uint64_t table; /* offset of the program headers in the file */
};

/* --- The header ------------------------------------------------------------------------------ */

static enum elf_flaw identification_check(const uint8_t *file) {
    if (file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F') {
        return ELF_NO_MAGIC;
    }
    if (file[4] != CLASS_64) {
        return ELF_WRONG_CLASS;
    }
    if (file[5] != DATA_LITTLE_ENDIAN) {
        return ELF_WRONG_BYTE_ORDER;
    }
    if (file[6] != VERSION_CURRENT || elf_read_u32(file + 20) != VERSION_CURRENT) {
        return ELF_WRONG_VERSION;
    }
    return file[7] == SYSTEM_V || file[7] == SYSTEM_GNU ? ELF_SOUND : ELF_WRONG_SYSTEM;
}

/* Where the program headers are, too. */
static enum elf_flaw header_read(struct elf *elf, struct named_parts *parts) {
    const uint8_t *file = elf->file;
    const uint16_t type = elf_read_u16(file + 16);
    if (elf_read_u16(file + 18) != MACHINE_AARCH64) {
        return ELF_WRONG_MACHINE;
    }
    if (type != TYPE_EXECUTABLE && type != TYPE_DYNAMIC) {
        return ELF_NOT_EXECUTABLE;
    }
    if (elf_read_u32(file + 48) != 0) {
        return ELF_WRONG_FLAGS;
    }
    if (elf_read_u16(file + 52) != ELF_HEADER_SIZE ||
        elf_read_u16(file + 54) != ELF_PROGRAM_HEADER_SIZE) {
        return ELF_WRONG_HEADER_SIZE;
    }
    elf->is_pie = type == TYPE_DYNAMIC;
    elf->entry = elf_read_u64(file + 24);
    elf->header_count = elf_read_u16(file + 56);
    parts->table = elf_read_u64(file + 32);
    if (elf->header_count == 0) {
        return ELF_NO_HEADERS;
    }
    if (elf->header_count > ELF_HEADERS_MAX) {
        return ELF_TOO_MANY_HEADERS;
    }
    if (parts->table % 8 != 0) {
        return ELF_HEADERS_MISALIGNED;
    }
    const uint64_t size = elf->header_count * (uint64_t)ELF_PROGRAM_HEADER_SIZE;
    return elf_has_bytes(elf, parts->table, size) ? ELF_SOUND : ELF_HEADERS_OUTSIDE;
}

static struct program_header program_header_read(const uint8_t *from) {
    return (struct program_header){
        .type = elf_read_u32(from),
        .flags = elf_read_u32(from + 4),
        .offset = elf_read_u64(from + 8),
        .address =
            elf_read_u64(from + 16), /* behind it the physical address, which means nothing */
        .file_size = elf_read_u64(from + 32),
        .size = elf_read_u64(from + 40),
        .alignment = elf_read_u64(from + 48),
    };
}

/* --- Segments -------------------------------------------------------------------------------- */

static enum elf_flaw rights_check(uint32_t flags) {
    if ((flags & ~(ELF_READ | ELF_WRITE | ELF_EXECUTE)) != 0) {
        return ELF_SEGMENT_FLAGS;
    }
    if ((flags & ELF_READ) == 0) {
        return ELF_SEGMENT_UNREADABLE;
    }
    return (flags & ELF_WRITE) != 0 && (flags & ELF_EXECUTE) != 0 ? ELF_SEGMENT_WRITABLE_EXECUTABLE
                                                                  : ELF_SOUND;
}

static enum elf_flaw alignment_check(const struct program_header *header) {
    if (header->alignment < PAGE_SIZE || !is_power_of_two(header->alignment)) {
        return ELF_SEGMENT_ALIGNMENT;
    }
    return ((header->address ^ header->offset) & (header->alignment - 1)) == 0
               ? ELF_SOUND
               : ELF_SEGMENT_MISALIGNED;
}

/* After this its sums hold, rounded to pages as well: the limit is far below 2^64. */
static enum elf_flaw place_check(const struct elf *elf, const struct program_header *header) {
    uint64_t end;
    if (__builtin_add_overflow(header->address, header->size, &end)) {
        return ELF_SEGMENT_WRAPS;
    }
    if (end > (elf->is_pie ? ELF_SPAN_MAX : ELF_ADDRESS_MAX)) {
        return ELF_SEGMENT_TOO_HIGH;
    }
    return !elf->is_pie && header->address < ELF_ADDRESS_MIN ? ELF_SEGMENT_TOO_LOW : ELF_SOUND;
}

static uint64_t segment_end(const struct elf_segment *segment) {
    return segment->address + segment->size; /* <= ELF_ADDRESS_MAX */
}

/* Against the segment before it: behind it, in pages of its own. */
static enum elf_flaw order_check(const struct elf *elf, const struct program_header *header) {
    if (elf->segment_count == 0) {
        return ELF_SOUND;
    }
    const struct elf_segment *before = &elf->segment[elf->segment_count - 1];
    if (header->address < before->address) {
        return ELF_SEGMENT_ORDER;
    }
    if (header->address < segment_end(before)) {
        return ELF_SEGMENT_OVERLAP;
    }
    return header->address < page_align_up(segment_end(before)) ? ELF_SEGMENT_SHARED_PAGE
                                                                : ELF_SOUND;
}

static enum elf_flaw segment_check(const struct elf *elf, const struct program_header *header) {
    if (elf->segment_count == ELF_SEGMENTS_MAX) {
        return ELF_TOO_MANY_SEGMENTS;
    }
    if (header->file_size > header->size) {
        return ELF_SEGMENT_LARGER_IN_FILE;
    }
    if (!elf_has_bytes(elf, header->offset, header->file_size)) {
        return ELF_SEGMENT_OUTSIDE;
    }
    enum elf_flaw flaw = rights_check(header->flags);
    if (flaw == ELF_SOUND) {
        flaw = alignment_check(header);
    }
    if (flaw == ELF_SOUND) {
        flaw = place_check(elf, header);
    }
    return flaw == ELF_SOUND ? order_check(elf, header) : flaw;
}

static enum elf_flaw segment_add(struct elf *elf, const struct program_header *header) {
    if (header->size == 0 && header->file_size == 0) {
        return ELF_SOUND; /* linkers leave such ones; nothing of it is ever loaded */
    }
    enum elf_flaw flaw = segment_check(elf, header);
    if (flaw != ELF_SOUND) {
        return flaw;
    }
    if (elf->segment_count == 0) {
        elf->lowest = page_align_down(header->address);
    }
    elf->segment[elf->segment_count++] = (struct elf_segment){
        header->offset, header->file_size, header->address, header->size, header->flags};
    elf->highest = page_align_up(header->address + header->size);
    return elf->highest - elf->lowest > ELF_SPAN_MAX ? ELF_TOO_HUGE : ELF_SOUND;
}

/* Notes what is read later; a second one of its kind is a flaw. */
static enum elf_flaw part_note(struct program_header *part, const struct program_header *header,
                               enum elf_flaw twice) {
    if (part->type != 0) {
        return twice;
    }
    *part = *header;
    return ELF_SOUND;
}

static enum elf_flaw program_header_take(struct elf *elf, const struct program_header *header,
                                         struct named_parts *parts) {
    switch (header->type) {
    case PT_LOAD:
        return segment_add(elf, header);
    case PT_DYNAMIC:
        return part_note(&parts->dynamic, header, ELF_DYNAMIC_TWICE);
    case PT_TLS:
        return part_note(&parts->tls, header, ELF_TLS_TWICE);
    case PT_INTERP:
        return ELF_INTERPRETED;
    case PT_GNU_STACK:
        return (header->flags & ELF_EXECUTE) != 0 ? ELF_STACK_EXECUTABLE : ELF_SOUND;
    default: /* notes, what to protect after relocating, and others: nothing to load */
        return ELF_SOUND;
    }
}

static enum elf_flaw program_headers_read(struct elf *elf, struct named_parts *parts) {
    BOUND_LOOP(headers, ELF_HEADERS_MAX);
    for (uint32_t i = 0; i < elf->header_count; i++) {
        BOUND_TURN(headers);
        const struct program_header header =
            program_header_read(elf->file + parts->table + i * ELF_PROGRAM_HEADER_SIZE);
        enum elf_flaw flaw = program_header_take(elf, &header, parts);
        if (flaw != ELF_SOUND) {
            return flaw;
        }
    }
    return elf->segment_count == 0 ? ELF_NO_SEGMENT : ELF_SOUND;
}

/* --- What lies in segments ------------------------------------------------------------------- */

static enum elf_flaw entry_check(const struct elf *elf) {
    const struct elf_segment *segment = elf_segment_at(elf, elf->entry);
    if (segment == NULL || (segment->rights & ELF_EXECUTE) == 0 ||
        elf->entry - segment->address >= segment->file_size) {
        return ELF_ENTRY_OUTSIDE;
    }
    return elf->entry % 4 == 0 ? ELF_SOUND : ELF_ENTRY_MISALIGNED;
}

static enum elf_flaw tls_read(struct elf *elf, const struct program_header *header) {
    uint64_t offset;
    if (header->type == 0 || header->size == 0) {
        return ELF_SOUND;
    }
    const uint64_t alignment = header->alignment == 0 ? 1 : header->alignment;
    if (!is_power_of_two(alignment) || alignment > PAGE_SIZE) {
        return ELF_TLS_ALIGNMENT;
    }
    if (header->file_size > header->size || header->size > ELF_SPAN_MAX ||
        (header->file_size != 0 &&
         !elf_file_offset(elf, header->address, header->file_size, &offset))) {
        return ELF_TLS_OUTSIDE;
    }
    elf->tls = (struct elf_tls){header->address, header->file_size, header->size, alignment};
    return ELF_SOUND;
}

static enum elf_flaw dynamic_locate(struct elf *elf, const struct program_header *header) {
    struct elf_dynamic dynamic = {.size = header->file_size};
    if (header->type == 0) {
        return elf->is_pie ? ELF_DYNAMIC_MISSING : ELF_SOUND;
    }
    if (!elf->is_pie) {
        return ELF_DYNAMIC_UNEXPECTED;
    }
    if (!elf_file_offset(elf, header->address, header->file_size, &dynamic.offset)) {
        return ELF_DYNAMIC_OUTSIDE;
    }
    return elf_dynamic_read(elf, dynamic);
}

/* A program finds its own headers by the auxiliary vector. */
static void headers_locate(struct elf *elf, uint64_t table) {
    const uint64_t size = elf->header_count * (uint64_t)ELF_PROGRAM_HEADER_SIZE;
    BOUND_LOOP(segments_of_headers, ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        BOUND_TURN(segments_of_headers);
        const struct elf_segment *segment = &elf->segment[i];
        if (table >= segment->offset && size <= segment->file_size &&
            table - segment->offset <= segment->file_size - size) {
            elf->headers_address = segment->address + (table - segment->offset);
            return;
        }
    }
}

static enum elf_flaw elf_read(struct elf *elf) {
    struct named_parts parts = {.table = 0};
    if (elf->file_size < ELF_HEADER_SIZE) {
        return ELF_TRUNCATED_HEADER;
    }
    if (elf->file_size > ELF_FILE_MAX) {
        return ELF_FILE_TOO_LARGE;
    }
    enum elf_flaw flaw = identification_check(elf->file);
    if (flaw == ELF_SOUND) {
        flaw = header_read(elf, &parts);
    }
    if (flaw == ELF_SOUND) {
        flaw = program_headers_read(elf, &parts);
    }
    if (flaw == ELF_SOUND) {
        flaw = entry_check(elf);
    }
    if (flaw == ELF_SOUND) {
        flaw = tls_read(elf, &parts.tls);
    }
    if (flaw == ELF_SOUND) {
        flaw = dynamic_locate(elf, &parts.dynamic);
    }
    headers_locate(elf, parts.table);
    return flaw;
}

status_t elf_open(struct elf *elf, const void *file, size_t size, enum elf_flaw *flaw) {
    *elf = (struct elf){.file = file, .file_size = size};
    *flaw = elf_read(elf);
    if (*flaw != ELF_SOUND) { /* nothing of it shall be used by mistake */
        *elf = (struct elf){.file = file};
    }
    return elf_flaw_status(*flaw);
}

/* --- Looking at it --------------------------------------------------------------------------- */

const struct elf_segment *elf_segment_at(const struct elf *elf, uint64_t address) {
    BOUND_LOOP(segments, ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        BOUND_TURN(segments);
        const struct elf_segment *segment = &elf->segment[i];
        if (address >= segment->address && address - segment->address < segment->size) {
            return segment;
        }
    }
    return NULL;
}

bool elf_file_offset(const struct elf *elf, uint64_t address, uint64_t size, uint64_t *offset) {
    const struct elf_segment *segment = elf_segment_at(elf, address);
    if (segment == NULL || size > segment->file_size ||
        address - segment->address > segment->file_size - size) {
        return false;
    }
    *offset = segment->offset + (address - segment->address);
    return true;
}

uint64_t elf_segment_first_page(const struct elf_segment *segment) {
    return page_align_down(segment->address);
}

uint64_t elf_segment_page_count(const struct elf_segment *segment) {
    return (page_align_up(segment_end(segment)) - elf_segment_first_page(segment)) / PAGE_SIZE;
}

struct elf_page elf_segment_page(const struct elf *elf, const struct elf_segment *segment,
                                 uint64_t index) {
    const uint64_t page = elf_segment_first_page(segment) + index * PAGE_SIZE;
    const uint64_t bytes_end = segment->address + segment->file_size;
    const uint64_t start = page > segment->address ? page : segment->address;
    const uint64_t end = page + PAGE_SIZE < bytes_end ? page + PAGE_SIZE : bytes_end;
    if (start >= end) {
        return (struct elf_page){.bytes = elf->file};
    }
    return (struct elf_page){elf->file + segment->offset + (start - segment->address),
                             (uint32_t)(start - page), (uint32_t)(end - start)};
}
