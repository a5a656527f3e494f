/* SPDX-License-Identifier: MIT */
/*
 * Reads a program, a static executable or a static-PIE for AArch64 (ELF gABI 4.1; ELF for the Arm
 * 64-bit Architecture, 2023Q3), where it lies, without a copy and without memory of its own. The
 * file is outside input: elf_open() checks the header, every program header, the dynamic section
 * and every relocation once, so that who loads it finds nothing left to refuse but a lack of
 * memory. Sections are not looked at.
 *
 *     file    | header, program headers | text ........ | data ..... |
 *     memory  base + address:           [ text, r-x    ][ data | 0  ]   whole pages, none of two
 *
 * What is accepted has, in whole pages: segments in ascending order that share no page, all of them
 * readable, none writable and executable, none over the first pages, none that wraps. A static-PIE
 * has its segments from about 0 on; who loads it adds a base, a multiple of ELF_BASE_ALIGNMENT, to
 * every address, and to the words that elf_relocation() names.
 *
 * All functions are pure and may be called in any context that has the time: where a bound says
 * "linear in", that is within the limits below. The file must not change while it is read.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include "lib/addr.h"
#include "lib/status.h"

/* A program beyond one of these is refused. Reason: each is the end of a loop or of a sum. */
#define ELF_FILE_MAX        (UINT64_C(64) << 20) /* bytes */
#define ELF_HEADERS_MAX     16                   /* program headers, of any type */
#define ELF_SEGMENTS_MAX    8                    /* loaded: four are usual, five with TLS apart */
#define ELF_SPAN_MAX        (UINT64_C(1) << 30) /* bytes from the first page to the last; PIE: from 0 */
#define ELF_DYNAMIC_MAX     64                  /* entries of the dynamic section */
#define ELF_RELOCATIONS_MAX 32768

/* Where an executable of fixed addresses may lie. Below, a null pointer with an offset would hit
 * it; above is more than 47 bits, room that is left for stacks. */
#define ELF_ADDRESS_MIN UINT64_C(0x10000)
#define ELF_ADDRESS_MAX (UINT64_C(1) << 47)

/* What the base of a static-PIE is a multiple of: adrp counts in pages. */
#define ELF_BASE_ALIGNMENT PAGE_SIZE

/* Rights of a segment, as p_flags has them. */
#define ELF_EXECUTE 1u
#define ELF_WRITE   2u
#define ELF_READ    4u

/* Why a file is refused. */
enum elf_flaw {
    ELF_SOUND,
    ELF_TRUNCATED_HEADER,
    ELF_NO_MAGIC,
    ELF_WRONG_CLASS,
    ELF_WRONG_BYTE_ORDER,
    ELF_WRONG_VERSION,
    ELF_WRONG_SYSTEM,
    ELF_WRONG_MACHINE,
    ELF_WRONG_FLAGS,
    ELF_NOT_EXECUTABLE,
    ELF_WRONG_HEADER_SIZE,
    ELF_FILE_TOO_LARGE,
    ELF_NO_HEADERS,
    ELF_TOO_MANY_HEADERS,
    ELF_HEADERS_MISALIGNED,
    ELF_HEADERS_OUTSIDE,
    ELF_INTERPRETED,
    ELF_STACK_EXECUTABLE,
    ELF_NO_SEGMENT,
    ELF_TOO_MANY_SEGMENTS,
    ELF_SEGMENT_FLAGS,
    ELF_SEGMENT_UNREADABLE,
    ELF_SEGMENT_WRITABLE_EXECUTABLE,
    ELF_SEGMENT_OUTSIDE,
    ELF_SEGMENT_LARGER_IN_FILE,
    ELF_SEGMENT_ALIGNMENT,
    ELF_SEGMENT_MISALIGNED,
    ELF_SEGMENT_WRAPS,
    ELF_SEGMENT_TOO_LOW,
    ELF_SEGMENT_TOO_HIGH,
    ELF_SEGMENT_ORDER,
    ELF_SEGMENT_OVERLAP,
    ELF_SEGMENT_SHARED_PAGE,
    ELF_TOO_HUGE,
    ELF_ENTRY_OUTSIDE,
    ELF_ENTRY_MISALIGNED,
    ELF_TLS_TWICE,
    ELF_TLS_OUTSIDE,
    ELF_TLS_ALIGNMENT,
    ELF_DYNAMIC_TWICE,
    ELF_DYNAMIC_UNEXPECTED,
    ELF_DYNAMIC_MISSING,
    ELF_DYNAMIC_OUTSIDE,
    ELF_DYNAMIC_ENDLESS,
    ELF_DYNAMIC_TAG_TWICE,
    ELF_NEEDS_LIBRARY,
    ELF_TEXT_RELOCATED,
    ELF_RELOCATION_FORMAT,
    ELF_RELOCATIONS_OUTSIDE,
    ELF_RELOCATIONS_MISALIGNED,
    ELF_TOO_MANY_RELOCATIONS,
    ELF_RELOCATION_TYPE,
    ELF_RELOCATION_MISALIGNED,
    ELF_RELOCATION_OUTSIDE,
    ELF_FLAW_COUNT,
};

/* Addresses without the base. */
struct elf_segment {
    uint64_t offset;    /* of its bytes in the file, as far from a page's start as the address */
    uint64_t file_size; /* bytes from the file; behind them zeros */
    uint64_t address;
    uint64_t size;   /* bytes, >= file_size, not 0 */
    uint32_t rights; /* ELF_READ and one of the others, or neither */
};

/* Room for each thread's own data: initialised bytes, then zeros. */
struct elf_tls {
    uint64_t address; /* of the initial bytes, within a segment's bytes from the file */
    uint64_t file_size;
    uint64_t size;      /* bytes, >= file_size; 0: the program has none */
    uint64_t alignment; /* a power of two, 1 to PAGE_SIZE */
};

/* A program that elf_open() accepted. */
struct elf {
    const uint8_t *file;
    uint64_t file_size;
    bool is_pie;
    uint64_t entry;
    uint64_t lowest;                              /* start of the first page of all segments */
    uint64_t highest;                             /* end of the last one's last page */
    struct elf_segment segment[ELF_SEGMENTS_MAX]; /* ascending */
    uint32_t segment_count;
    struct elf_tls tls;
    uint64_t headers_address; /* where a segment has the program headers; 0: nowhere */
    uint32_t header_count;
    uint64_t relocations; /* offset of the table in the file */
    uint32_t relocation_count;
};

/* The word of 8 bytes at `address` becomes base + addend. */
struct elf_relocation {
    uint64_t address;
    uint64_t addend;
};

/* Which bytes of the file a page begins with, or has somewhere in it; all others are 0. */
struct elf_page {
    const uint8_t *bytes;
    uint32_t at;    /* from the start of the page */
    uint32_t count; /* at + count <= PAGE_SIZE; 0: all zeros */
};

/* Accepts the program in the `size` bytes at `file`, of any alignment. `flaw` is why it does not,
 * else ELF_SOUND; the status is elf_flaw_status(*flaw). Linear in the number of relocations. */
MUST_USE status_t elf_open(struct elf *elf, const void *file, size_t size, enum elf_flaw *flaw);

/* MALFORMED, UNSUPPORTED (a sound file, but not of this kind), OUT_OF_RANGE (beyond a limit above),
 * MISALIGNED, OVERLAP, or INVALID_ARGUMENT (writable and executable). O(1). */
status_t elf_flaw_status(enum elf_flaw flaw);

/* For people: "a segment is writable and executable". Never null. O(1). */
const char *elf_flaw_text(enum elf_flaw flaw);

/* Relocation number `index` < elf->relocation_count, ordered as in the file. Its word lies in one
 * writable segment, aligned, so in one page. O(1). */
struct elf_relocation elf_relocation(const struct elf *elf, uint32_t index);

/* The segment that has the byte at `address`; null: none. Linear in the number of segments. */
const struct elf_segment *elf_segment_at(const struct elf *elf, uint64_t address);

/* Whole pages of a segment, which it shares with no other. O(1). */
uint64_t elf_segment_first_page(const struct elf_segment *segment);
uint64_t elf_segment_page_count(const struct elf_segment *segment);

/* What page number `index` < elf_segment_page_count() of the segment has from the file. O(1). */
struct elf_page elf_segment_page(const struct elf *elf, const struct elf_segment *segment,
                                 uint64_t index);

#endif
