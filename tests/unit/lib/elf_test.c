/* SPDX-License-Identifier: MIT */
/* A program is accepted with every part where it is; each way to spoil it is refused by its own
 * reason; cut anywhere or changed anywhere, it is never read beyond its end. */
#include "lib/elf.h"

#include <stdio.h>

#include "tests/unit/elf_builder.h"
#include "tests/unit/elf_exercise.h"
#include "tests/unit/test.h"

static void expect_sound(struct elf *elf, const uint8_t *file) {
    enum elf_flaw flaw;
    EXPECT_EQ(elf_open(elf, file, ELF_SAMPLE_SIZE, &flaw), STATUS_OK);
    EXPECT_EQ(flaw, ELF_SOUND);
}

TEST(elf_executable_is_read) {
    struct elf elf;
    uint8_t *file = elf_sample(false);
    expect_sound(&elf, file);
    EXPECT(!elf.is_pie);
    EXPECT_EQ(elf.entry, ELF_SAMPLE_BASE + ELF_SAMPLE_ENTRY);
    EXPECT_EQ(elf.lowest, ELF_SAMPLE_BASE);
    EXPECT_EQ(elf.highest, ELF_SAMPLE_BASE + 0x4000);
    EXPECT_EQ(elf.segment_count, 2);
    EXPECT_EQ(elf.segment[0].rights, ELF_READ | ELF_EXECUTE);
    EXPECT_EQ(elf.segment[1].rights, ELF_READ | ELF_WRITE);
    EXPECT_EQ(elf.segment[1].address, ELF_SAMPLE_BASE + ELF_SAMPLE_DATA);
    EXPECT_EQ(elf.segment[1].size, ELF_SAMPLE_DATA_SIZE);
    EXPECT_EQ(elf.tls.address, ELF_SAMPLE_BASE + ELF_SAMPLE_DATA + 0x100);
    EXPECT_EQ(elf.tls.size, 32);
    EXPECT_EQ(elf.tls.alignment, 16);
    EXPECT_EQ(elf.headers_address, ELF_SAMPLE_BASE + 64);
    EXPECT_EQ(elf.header_count, HEADERS);
    EXPECT_EQ(elf.relocation_count, 0);
    free(file);
}

TEST(elf_pie_has_relocations) {
    struct elf elf;
    uint8_t *file = elf_sample(true);
    expect_sound(&elf, file);
    EXPECT(elf.is_pie);
    EXPECT_EQ(elf.lowest, 0);
    EXPECT_EQ(elf.relocation_count, 3);
    EXPECT_EQ(elf_relocation(&elf, 0).address, 0x1580);
    EXPECT_EQ(elf_relocation(&elf, 2).address, 0x2000);
    EXPECT_EQ(elf_relocation(&elf, 2).addend, 0x302);
    free(file);
}

TEST(elf_pages_have_their_bytes) {
    struct elf elf;
    uint8_t *file = elf_sample(true);
    expect_sound(&elf, file);
    const struct elf_segment *data = &elf.segment[1];
    EXPECT_EQ(elf_segment_first_page(data), 0x1000);
    EXPECT_EQ(elf_segment_page_count(data), 3); /* 0x1400 .. 0x3400 */
    struct elf_page page = elf_segment_page(&elf, data, 0);
    EXPECT(page.bytes == file + 0x400);
    EXPECT_EQ(page.at, 0x400);
    EXPECT_EQ(page.count, 0x200);
    EXPECT_EQ(elf_segment_page(&elf, data, 1).count, 0);
    EXPECT_EQ(elf_segment_page(&elf, data, 2).count, 0);
    EXPECT(elf_segment_at(&elf, 0x13ff) == NULL);
    EXPECT(elf_segment_at(&elf, 0x33ff) == data);
    EXPECT(elf_segment_at(&elf, 0x3400) == NULL);
    free(file);
}

TEST(elf_segment_of_many_pages_is_cut_at_each) {
    enum { SIZE = 0x400 + 0x2345 };
    struct elf elf;
    enum elf_flaw flaw;
    uint8_t *sample = elf_sample(true);
    uint8_t *file = calloc(1, SIZE);
    memcpy(file, sample, ELF_SAMPLE_SIZE);
    elf_put(elf_sample_header(file, HEADER_DATA) + P_FILE_SIZE, 0x2345, 8);
    elf_put(elf_sample_header(file, HEADER_DATA) + P_SIZE, 0x3400, 8);
    EXPECT_EQ(elf_open(&elf, file, SIZE, &flaw), STATUS_OK);
    static const uint32_t counts[] = {0xc00, 0x1000, 0x745, 0};
    EXPECT_EQ(elf_segment_page_count(&elf.segment[1]), 4);
    uint64_t offset = 0x400;
    for (uint32_t i = 0; i < 4; i++) {
        const struct elf_page page = elf_segment_page(&elf, &elf.segment[1], i);
        EXPECT_EQ(page.count, counts[i]);
        EXPECT_EQ(page.at, i == 0 ? 0x400 : 0);
        EXPECT(page.count == 0 || page.bytes == file + offset);
        offset += page.count;
    }
    free(file);
    free(sample);
}

TEST(elf_empty_segment_is_no_segment) {
    struct elf elf;
    uint8_t *file = elf_sample(false);
    uint8_t *spare = elf_sample_header(file, HEADER_SPARE);
    memset(spare, 0, 56);
    elf_put(spare + P_TYPE, 1, 4);
    expect_sound(&elf, file);
    EXPECT_EQ(elf.segment_count, 2);
    free(file);
}

TEST(elf_without_tls_has_none) {
    struct elf elf;
    uint8_t *file = elf_sample(false);
    elf_put(elf_sample_header(file, HEADER_TLS) + P_TYPE, 0, 4);
    expect_sound(&elf, file);
    EXPECT_EQ(elf.tls.size, 0);
    free(file);
}

/* --- Refusals: one change each --------------------------------------------------------------- */

/* `at`: an offset in the file; of a program header's field: HEADER(number, field). */
#define HEADER(number, field) (64 + (number)*56 + (field))
#define DYNAMIC(entry)        (ELF_SAMPLE_DYNAMIC + (entry)*16)

struct refusal {
    enum elf_flaw flaw;
    status_t status;
    bool is_pie;
    uint32_t at;
    uint32_t bytes;
    uint64_t value;
};

#define BASE  ELF_SAMPLE_BASE
#define PIE   true
#define FIXED false

static const struct refusal refusals[] = {
    {ELF_NO_MAGIC, STATUS_MALFORMED, FIXED, 3, 1, 'G'},
    {ELF_WRONG_CLASS, STATUS_UNSUPPORTED, FIXED, 4, 1, 1},
    {ELF_WRONG_BYTE_ORDER, STATUS_UNSUPPORTED, FIXED, 5, 1, 2},
    {ELF_WRONG_VERSION, STATUS_UNSUPPORTED, FIXED, 6, 1, 0},
    {ELF_WRONG_VERSION, STATUS_UNSUPPORTED, FIXED, E_VERSION, 4, 2},
    {ELF_WRONG_SYSTEM, STATUS_UNSUPPORTED, FIXED, 7, 1, 9},
    {ELF_WRONG_MACHINE, STATUS_UNSUPPORTED, FIXED, E_MACHINE, 2, 62},
    {ELF_NOT_EXECUTABLE, STATUS_UNSUPPORTED, FIXED, E_TYPE, 2, 1},
    {ELF_NOT_EXECUTABLE, STATUS_UNSUPPORTED, FIXED, E_TYPE, 2, 4},
    {ELF_WRONG_FLAGS, STATUS_UNSUPPORTED, FIXED, E_FLAGS, 4, 1},
    {ELF_WRONG_HEADER_SIZE, STATUS_MALFORMED, FIXED, E_SIZE, 2, 52},
    {ELF_WRONG_HEADER_SIZE, STATUS_MALFORMED, FIXED, E_HEADER_SIZE, 2, 32},
    {ELF_NO_HEADERS, STATUS_MALFORMED, FIXED, E_HEADER_COUNT, 2, 0},
    {ELF_TOO_MANY_HEADERS, STATUS_OUT_OF_RANGE, FIXED, E_HEADER_COUNT, 2, ELF_HEADERS_MAX + 1},
    {ELF_TOO_MANY_HEADERS, STATUS_OUT_OF_RANGE, FIXED, E_HEADER_COUNT, 2, 0xffff},
    {ELF_HEADERS_MISALIGNED, STATUS_MISALIGNED, FIXED, E_TABLE, 8, 68},
    {ELF_HEADERS_OUTSIDE, STATUS_MALFORMED, FIXED, E_TABLE, 8, ELF_SAMPLE_SIZE - 328},
    {ELF_HEADERS_OUTSIDE, STATUS_MALFORMED, FIXED, E_TABLE, 8, UINT64_MAX - 7},
    {ELF_INTERPRETED, STATUS_UNSUPPORTED, FIXED, HEADER(HEADER_SPARE, P_TYPE), 4, 3},
    {ELF_STACK_EXECUTABLE, STATUS_INVALID_ARGUMENT, FIXED, HEADER(HEADER_STACK, P_FLAGS), 4, 7},
    {ELF_SEGMENT_FLAGS, STATUS_UNSUPPORTED, FIXED, HEADER(HEADER_TEXT, P_FLAGS), 4, 0x10000005},
    {ELF_SEGMENT_UNREADABLE, STATUS_UNSUPPORTED, FIXED, HEADER(HEADER_TEXT, P_FLAGS), 4, 1},
    {ELF_SEGMENT_UNREADABLE, STATUS_UNSUPPORTED, FIXED, HEADER(HEADER_DATA, P_FLAGS), 4, 0},
    {ELF_SEGMENT_WRITABLE_EXECUTABLE, STATUS_INVALID_ARGUMENT, FIXED, HEADER(HEADER_TEXT, P_FLAGS),
     4, 7},
    {ELF_SEGMENT_WRITABLE_EXECUTABLE, STATUS_INVALID_ARGUMENT, PIE, HEADER(HEADER_DATA, P_FLAGS), 4,
     7},
    {ELF_SEGMENT_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_DATA, P_FILE_SIZE), 8, 0x201},
    {ELF_SEGMENT_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_DATA, P_OFFSET), 8, 0x1400},
    {ELF_SEGMENT_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_DATA, P_OFFSET), 8,
     UINT64_C(0xfffffffffffff400)},
    {ELF_SEGMENT_LARGER_IN_FILE, STATUS_MALFORMED, FIXED, HEADER(HEADER_DATA, P_SIZE), 8, 0x1ff},
    {ELF_SEGMENT_ALIGNMENT, STATUS_MISALIGNED, FIXED, HEADER(HEADER_TEXT, P_ALIGN), 8, 0},
    {ELF_SEGMENT_ALIGNMENT, STATUS_MISALIGNED, FIXED, HEADER(HEADER_TEXT, P_ALIGN), 8, 0x800},
    {ELF_SEGMENT_ALIGNMENT, STATUS_MISALIGNED, FIXED, HEADER(HEADER_TEXT, P_ALIGN), 8, 0x3000},
    {ELF_SEGMENT_MISALIGNED, STATUS_MISALIGNED, FIXED, HEADER(HEADER_DATA, P_ADDRESS), 8,
     BASE + 0x1408},
    {ELF_SEGMENT_MISALIGNED, STATUS_MISALIGNED, FIXED, HEADER(HEADER_DATA, P_ALIGN), 8, 0x10000},
    {ELF_SEGMENT_WRAPS, STATUS_MALFORMED, FIXED, HEADER(HEADER_DATA, P_ADDRESS), 8,
     UINT64_C(0xfffffffffffff400)},
    {ELF_SEGMENT_WRAPS, STATUS_MALFORMED, FIXED, HEADER(HEADER_DATA, P_SIZE), 8,
     UINT64_MAX - 0x400},
    {ELF_SEGMENT_TOO_HIGH, STATUS_OUT_OF_RANGE, FIXED, HEADER(HEADER_DATA, P_ADDRESS), 8,
     ELF_ADDRESS_MAX - 0xc00},
    {ELF_SEGMENT_TOO_HIGH, STATUS_OUT_OF_RANGE, FIXED, HEADER(HEADER_DATA, P_ADDRESS), 8,
     UINT64_C(0xffff000000000400)},
    {ELF_SEGMENT_TOO_HIGH, STATUS_OUT_OF_RANGE, PIE, HEADER(HEADER_DATA, P_SIZE), 8, ELF_SPAN_MAX},
    {ELF_SEGMENT_TOO_LOW, STATUS_OUT_OF_RANGE, FIXED, HEADER(HEADER_TEXT, P_ADDRESS), 8, 0},
    {ELF_SEGMENT_TOO_LOW, STATUS_OUT_OF_RANGE, FIXED, HEADER(HEADER_TEXT, P_ADDRESS), 8,
     ELF_ADDRESS_MIN - 0x1000},
    {ELF_SEGMENT_ORDER, STATUS_MALFORMED, FIXED, HEADER(HEADER_TEXT, P_ADDRESS), 8, BASE + 0x8000},
    {ELF_SEGMENT_OVERLAP, STATUS_OVERLAP, FIXED, HEADER(HEADER_TEXT, P_SIZE), 8, 0x1401},
    {ELF_SEGMENT_SHARED_PAGE, STATUS_OVERLAP, FIXED, HEADER(HEADER_TEXT, P_SIZE), 8, 0x1400},
    {ELF_SEGMENT_SHARED_PAGE, STATUS_OVERLAP, FIXED, HEADER(HEADER_DATA, P_ADDRESS), 8,
     BASE + 0x400},
    {ELF_TOO_HUGE, STATUS_OUT_OF_RANGE, FIXED, HEADER(HEADER_DATA, P_SIZE), 8, ELF_SPAN_MAX},
    {ELF_TOO_HUGE, STATUS_OUT_OF_RANGE, FIXED, HEADER(HEADER_DATA, P_ADDRESS), 8,
     UINT64_C(0x700000000400)},
    {ELF_ENTRY_OUTSIDE, STATUS_MALFORMED, FIXED, E_ENTRY, 8, 0},
    {ELF_ENTRY_OUTSIDE, STATUS_MALFORMED, FIXED, E_ENTRY, 8, BASE + ELF_SAMPLE_TEXT_SIZE},
    {ELF_ENTRY_OUTSIDE, STATUS_MALFORMED, FIXED, E_ENTRY, 8, BASE + ELF_SAMPLE_DATA},
    {ELF_ENTRY_MISALIGNED, STATUS_MISALIGNED, FIXED, E_ENTRY, 8, BASE + ELF_SAMPLE_ENTRY + 2},
    {ELF_TLS_TWICE, STATUS_MALFORMED, FIXED, HEADER(HEADER_SPARE, P_TYPE), 4, 7},
    {ELF_TLS_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_TLS, P_ADDRESS), 8, BASE + 0x800},
    {ELF_TLS_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_TLS, P_ADDRESS), 8, BASE + 0x15f8},
    {ELF_TLS_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_TLS, P_FILE_SIZE), 8, 33},
    {ELF_TLS_OUTSIDE, STATUS_MALFORMED, FIXED, HEADER(HEADER_TLS, P_SIZE), 8, ELF_SPAN_MAX + 1},
    {ELF_TLS_ALIGNMENT, STATUS_MISALIGNED, FIXED, HEADER(HEADER_TLS, P_ALIGN), 8, 24},
    {ELF_TLS_ALIGNMENT, STATUS_MISALIGNED, FIXED, HEADER(HEADER_TLS, P_ALIGN), 8, 0x2000},
    {ELF_DYNAMIC_TWICE, STATUS_MALFORMED, PIE, HEADER(HEADER_SPARE, P_TYPE), 4, 2},
    {ELF_DYNAMIC_UNEXPECTED, STATUS_UNSUPPORTED, FIXED, HEADER(HEADER_DYNAMIC, P_TYPE), 4, 2},
    {ELF_DYNAMIC_MISSING, STATUS_MALFORMED, PIE, HEADER(HEADER_DYNAMIC, P_TYPE), 4, 4},
    {ELF_DYNAMIC_OUTSIDE, STATUS_MALFORMED, PIE, HEADER(HEADER_DYNAMIC, P_ADDRESS), 8, 0x800},
    {ELF_DYNAMIC_OUTSIDE, STATUS_MALFORMED, PIE, HEADER(HEADER_DYNAMIC, P_FILE_SIZE), 8, 0x201},
    {ELF_DYNAMIC_ENDLESS, STATUS_MALFORMED, PIE, HEADER(HEADER_DYNAMIC, P_FILE_SIZE), 8, 0x40},
    {ELF_DYNAMIC_ENDLESS, STATUS_MALFORMED, PIE, HEADER(HEADER_DYNAMIC, P_FILE_SIZE), 8, 0},
    {ELF_DYNAMIC_TAG_TWICE, STATUS_MALFORMED, PIE, DYNAMIC(3), 8, 7},
    {ELF_NEEDS_LIBRARY, STATUS_UNSUPPORTED, PIE, DYNAMIC(3), 8, 1},
    {ELF_TEXT_RELOCATED, STATUS_INVALID_ARGUMENT, PIE, DYNAMIC(3), 8, 22},
    {ELF_TEXT_RELOCATED, STATUS_INVALID_ARGUMENT, PIE, DYNAMIC(3) + 8, 8, 4},
    {ELF_RELOCATION_FORMAT, STATUS_UNSUPPORTED, PIE, DYNAMIC(3), 8, 18},
    {ELF_RELOCATION_FORMAT, STATUS_UNSUPPORTED, PIE, DYNAMIC(3), 8, 35},
    {ELF_RELOCATION_FORMAT, STATUS_UNSUPPORTED, PIE, DYNAMIC(3), 8, 2},
    {ELF_RELOCATION_FORMAT, STATUS_UNSUPPORTED, PIE, DYNAMIC(2) + 8, 8, 16},
    {ELF_RELOCATION_FORMAT, STATUS_UNSUPPORTED, PIE, DYNAMIC(1) + 8, 8, 71},
    {ELF_TOO_MANY_RELOCATIONS, STATUS_OUT_OF_RANGE, PIE, DYNAMIC(1) + 8, 8,
     (ELF_RELOCATIONS_MAX + 1) * UINT64_C(24)},
    {ELF_RELOCATIONS_MISALIGNED, STATUS_MISALIGNED, PIE, DYNAMIC(0) + 8, 8, 0x204},
    {ELF_RELOCATIONS_OUTSIDE, STATUS_MALFORMED, PIE, DYNAMIC(0) + 8, 8, 0x3c0},
    {ELF_RELOCATIONS_OUTSIDE, STATUS_MALFORMED, PIE, DYNAMIC(0) + 8, 8, 0x2000},
    {ELF_RELOCATION_TYPE, STATUS_UNSUPPORTED, PIE, ELF_SAMPLE_RELOCATION + 24 + 8, 8, 257},
    {ELF_RELOCATION_TYPE, STATUS_UNSUPPORTED, PIE, ELF_SAMPLE_RELOCATION + 24 + 12, 4, 1},
    {ELF_RELOCATION_MISALIGNED, STATUS_MISALIGNED, PIE, ELF_SAMPLE_RELOCATION + 24, 8, 0x1584},
    {ELF_RELOCATION_OUTSIDE, STATUS_MALFORMED, PIE, ELF_SAMPLE_RELOCATION + 24, 8, 0x300},
    {ELF_RELOCATION_OUTSIDE, STATUS_MALFORMED, PIE, ELF_SAMPLE_RELOCATION + 48, 8, 0x3400},
    {ELF_RELOCATION_OUTSIDE, STATUS_MALFORMED, PIE, ELF_SAMPLE_RELOCATION + 48, 8, UINT64_MAX - 7},
};

TEST(elf_each_flaw_is_refused_by_its_own_reason) {
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        const struct refusal *refusal = &refusals[i];
        struct elf elf;
        enum elf_flaw flaw;
        uint8_t *file = elf_sample(refusal->is_pie);
        elf_put(file + refusal->at, refusal->value, refusal->bytes);
        const status_t status = elf_open(&elf, file, ELF_SAMPLE_SIZE, &flaw);
        if (flaw != refusal->flaw || status != refusal->status) {
            test_fail(__FILE__, __LINE__, "refusal %zu, \"%s\": is \"%s\", status %d", i,
                      elf_flaw_text(refusal->flaw), elf_flaw_text(flaw), status);
        }
        free(file);
    }
}

TEST(elf_flaws_of_several_changes) {
    struct elf elf;
    enum elf_flaw flaw;
    uint8_t *file = elf_sample(true);
    EXPECT_EQ(elf_open(&elf, file, 63, &flaw), STATUS_MALFORMED);
    EXPECT_EQ(flaw, ELF_TRUNCATED_HEADER);
    EXPECT_EQ(elf_open(&elf, file, ELF_FILE_MAX + 1, &flaw), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(flaw, ELF_FILE_TOO_LARGE);

    elf_put(file + HEADER(HEADER_TEXT, P_TYPE), 0, 4);
    elf_put(file + HEADER(HEADER_DATA, P_TYPE), 0, 4);
    EXPECT_EQ(elf_open(&elf, file, ELF_SAMPLE_SIZE, &flaw), STATUS_MALFORMED);
    EXPECT_EQ(flaw, ELF_NO_SEGMENT);

    /* A word that begins in one segment and ends behind it. */
    free(file);
    file = elf_sample(true);
    elf_put(file + HEADER(HEADER_DATA, P_SIZE), 0x1c04, 8);
    elf_put(file + ELF_SAMPLE_RELOCATION, 0x3000, 8);
    EXPECT_EQ(elf_open(&elf, file, ELF_SAMPLE_SIZE, &flaw), STATUS_MALFORMED);
    EXPECT_EQ(flaw, ELF_RELOCATION_OUTSIDE);
    free(file);
}

TEST(elf_as_many_segments_as_may_be_and_one_more) {
    struct elf elf;
    enum elf_flaw flaw;
    uint8_t *file = elf_sample(false);
    memset(file + 64, 0, 56 * 9); /* up to the middle of the code */
    for (unsigned i = 0; i < ELF_SEGMENTS_MAX + 1; i++) {
        const uint64_t header[7] = {1, 5, 0, BASE + i * UINT64_C(0x1000), 0x400, 0x1000, 0x1000};
        elf_put_header(file, i, &header);
    }
    elf_put(file + E_HEADER_COUNT, ELF_SEGMENTS_MAX, 2);
    EXPECT_EQ(elf_open(&elf, file, ELF_SAMPLE_SIZE, &flaw), STATUS_OK);
    EXPECT_EQ(elf.segment_count, ELF_SEGMENTS_MAX);
    elf_put(file + E_HEADER_COUNT, ELF_SEGMENTS_MAX + 1, 2);
    EXPECT_EQ(elf_open(&elf, file, ELF_SAMPLE_SIZE, &flaw), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(flaw, ELF_TOO_MANY_SEGMENTS);
    free(file);
}

TEST(elf_dynamic_section_is_not_read_for_ever) {
    enum { SIZE = 0x1600 };
    struct elf elf;
    enum elf_flaw flaw;
    uint8_t *sample = elf_sample(true);
    uint8_t *file = calloc(1, SIZE);
    memcpy(file, sample, ELF_SAMPLE_SIZE);
    elf_put(file + HEADER(HEADER_DATA, P_FILE_SIZE), 0x1200, 8);
    elf_put(file + HEADER(HEADER_DYNAMIC, P_FILE_SIZE), (ELF_DYNAMIC_MAX + 1) * 16, 8);
    for (unsigned i = 4; i < ELF_DYNAMIC_MAX - 1; i++) {
        elf_put_pair(file + DYNAMIC(i), 5, 0);
    }
    EXPECT_EQ(elf_open(&elf, file, SIZE, &flaw), STATUS_OK);
    elf_put_pair(file + DYNAMIC(ELF_DYNAMIC_MAX - 1), 5, 0); /* the end is one too late */
    EXPECT_EQ(elf_open(&elf, file, SIZE, &flaw), STATUS_MALFORMED);
    EXPECT_EQ(flaw, ELF_DYNAMIC_ENDLESS);
    free(file);
    free(sample);
}

TEST(elf_flaws_have_words_of_their_own) {
    for (unsigned a = 0; a < ELF_FLAW_COUNT; a++) {
        EXPECT(elf_flaw_text((enum elf_flaw)a) != NULL);
        EXPECT_EQ(elf_flaw_status((enum elf_flaw)a) == STATUS_OK, a == ELF_SOUND);
        for (unsigned b = 0; b < a; b++) {
            EXPECT(strcmp(elf_flaw_text((enum elf_flaw)a), elf_flaw_text((enum elf_flaw)b)) != 0);
        }
    }
    EXPECT(elf_flaw_status((enum elf_flaw)ELF_FLAW_COUNT) != STATUS_OK);
}

TEST(elf_every_flaw_is_tried) {
    bool tried[ELF_FLAW_COUNT] = {
        /* by the tests of several changes */
        [ELF_SOUND] = true,      [ELF_TRUNCATED_HEADER] = true,  [ELF_FILE_TOO_LARGE] = true,
        [ELF_NO_SEGMENT] = true, [ELF_TOO_MANY_SEGMENTS] = true,
    };
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        tried[refusals[i].flaw] = true;
    }
    for (unsigned flaw = 0; flaw < ELF_FLAW_COUNT; flaw++) {
        EXPECT(tried[flaw]);
    }
}

/* --- Hostile files --------------------------------------------------------------------------- */

TEST(elf_cut_at_every_byte) {
    for (int is_pie = 0; is_pie < 2; is_pie++) {
        uint8_t *whole = elf_sample(is_pie != 0);
        for (size_t size = 0; size < ELF_SAMPLE_SIZE; size++) {
            struct elf elf;
            enum elf_flaw flaw;
            uint8_t *file = malloc(size + 1);
            memcpy(file, whole, size);
            uint8_t *exact = realloc(file, size == 0 ? 1 : size);
            EXPECT(elf_open(&elf, exact, size, &flaw) != STATUS_OK);
            free(exact);
        }
        free(whole);
    }
}

TEST(elf_every_bit_turned) {
    for (int is_pie = 0; is_pie < 2; is_pie++) {
        uint8_t *file = elf_sample(is_pie != 0);
        for (uint32_t bit = 0; bit < ELF_SAMPLE_SIZE * 8; bit++) {
            file[bit / 8] ^= (uint8_t)(1u << bit % 8);
            elf_exercise(file, ELF_SAMPLE_SIZE);
            file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(file);
    }
}

TEST(elf_random_words) {
    struct random random = test_random();
    uint8_t *whole = elf_sample(true);
    uint8_t *file = elf_sample(true);
    for (int run = 0; run < 100000; run++) {
        memcpy(file, whole, ELF_SAMPLE_SIZE);
        for (uint64_t i = random_between(&random, 1, 3); i > 0; i--) {
            const uint64_t word = random_below(&random, ELF_SAMPLE_SIZE / 8);
            const uint64_t value = random_next(&random);
            elf_put(file + word * 8, value >> random_below(&random, 64), 8);
        }
        elf_exercise(file, ELF_SAMPLE_SIZE);
    }
    free(file);
    free(whole);
}
