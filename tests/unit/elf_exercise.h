/* SPDX-License-Identifier: MIT */
/* Calls everything of the reader of programs on a file of any content: for tests with hostile files
 * and for the fuzzer. What is accepted must keep the promises of lib/elf.h; whatever is handed out
 * is read to its last byte. On the machine, who includes this says what abort is. */
#ifndef TESTS_UNIT_ELF_EXERCISE_H
#define TESTS_UNIT_ELF_EXERCISE_H

#if __STDC_HOSTED__
#include <stdlib.h>
#endif

#include "lib/elf.h"

/* Goes where the compiler cannot see it, so that no read is optimised away. */
static volatile uint64_t elf_exercise_sink;

static inline void elf_exercise_expect(bool condition) {
    if (!condition) {
        abort();
    }
}

/* All pages of a segment together have its bytes from the file, in order, and nothing else of it. */
static inline void elf_exercise_pages(const struct elf *elf, const struct elf_segment *segment) {
    uint64_t offset = segment->offset;
    const uint64_t pages = elf_segment_page_count(segment);
    const uint64_t looked_at =
        pages < 5000 ? pages : 5000; /* the rest is zeros: files are smaller */
    for (uint64_t i = 0; i < looked_at; i++) {
        const struct elf_page page = elf_segment_page(elf, segment, i);
        elf_exercise_expect(page.at + page.count <= PAGE_SIZE);
        elf_exercise_expect(page.count == 0 || page.bytes == elf->file + offset);
        for (uint32_t k = 0; k < page.count; k++) {
            elf_exercise_sink += page.bytes[k];
        }
        offset += page.count;
    }
    elf_exercise_expect(offset == segment->offset + segment->file_size);
}

static inline void elf_exercise_segments(const struct elf *elf) {
    uint64_t end = elf->is_pie ? 0 : ELF_ADDRESS_MIN;
    elf_exercise_expect(elf->segment_count >= 1 && elf->segment_count <= ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        const struct elf_segment *segment = &elf->segment[i];
        const uint64_t first = elf_segment_first_page(segment);
        elf_exercise_expect(first >= end && first >= elf->lowest && segment->size != 0);
        end = first + elf_segment_page_count(segment) * PAGE_SIZE;
        elf_exercise_expect(end > first && end <= elf->highest && end <= ELF_ADDRESS_MAX);
        elf_exercise_expect((segment->rights & ELF_READ) != 0 &&
                            (segment->rights & (ELF_WRITE | ELF_EXECUTE)) !=
                                (ELF_WRITE | ELF_EXECUTE));
        elf_exercise_expect(elf_segment_at(elf, segment->address) == segment);
        elf_exercise_pages(elf, segment);
    }
    elf_exercise_expect(elf->highest - elf->lowest <= ELF_SPAN_MAX);
}

static inline void elf_exercise_relocations(const struct elf *elf) {
    elf_exercise_expect(elf->is_pie || elf->relocation_count == 0);
    for (uint32_t i = 0; i < elf->relocation_count; i++) {
        const struct elf_relocation relocation = elf_relocation(elf, i);
        const struct elf_segment *segment = elf_segment_at(elf, relocation.address);
        elf_exercise_expect(segment != NULL && (segment->rights & ELF_WRITE) != 0);
        elf_exercise_expect(segment == elf_segment_at(elf, relocation.address + 7));
        elf_exercise_expect(relocation.address % 8 == 0);
        elf_exercise_sink += relocation.addend;
    }
}

static inline void elf_exercise(const void *file, size_t size) {
    struct elf elf;
    enum elf_flaw flaw;
    const status_t status = elf_open(&elf, file, size, &flaw);
    elf_exercise_expect(status == elf_flaw_status(flaw));
    elf_exercise_expect((status == STATUS_OK) == (flaw == ELF_SOUND));
    elf_exercise_expect(elf_flaw_text(flaw)[0] != 0);
    if (status != STATUS_OK) {
        elf_exercise_expect(elf.segment_count == 0 && elf.relocation_count == 0);
        return;
    }
    elf_exercise_segments(&elf);
    elf_exercise_relocations(&elf);
    const struct elf_segment *code = elf_segment_at(&elf, elf.entry);
    elf_exercise_expect(code != NULL && (code->rights & ELF_EXECUTE) != 0 && elf.entry % 4 == 0);
    if (elf.tls.file_size != 0) {
        const struct elf_segment *tls = elf_segment_at(&elf, elf.tls.address);
        elf_exercise_expect(tls != NULL &&
                            elf.tls.address - tls->address + elf.tls.file_size <= tls->file_size);
    }
    elf_exercise_expect(elf.headers_address == 0 ||
                        elf_segment_at(&elf, elf.headers_address) != NULL);
}

#endif
