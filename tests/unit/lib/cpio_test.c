/* SPDX-License-Identifier: MIT */
/* An archive is accepted with every entry where it is; each way to spoil it is refused by its own
 * reason; cut anywhere or changed anywhere, it is never read beyond its end. */
#include "lib/cpio.h"

#include "tests/unit/cpio_builder.h"
#include "tests/unit/cpio_exercise.h"
#include "tests/unit/test.h"

#define HELLO "an executable"

/* Offset of the entry that tests spoil. */
static size_t hello_at;

static void builder_end(struct cpio_builder *b) {
    cpio_builder_add(b, "TRAILER!!!", 0, NULL, 0);
}

static struct cpio_builder sample(void) {
    struct cpio_builder b = {NULL, 0};
    cpio_builder_add(&b, ".", CPIO_BUILDER_DIRECTORY, NULL, 0);
    cpio_builder_add(&b, "./bin", CPIO_BUILDER_DIRECTORY, NULL, 0);
    hello_at = cpio_builder_add(&b, "./bin/hello", CPIO_BUILDER_FILE, HELLO, sizeof HELLO);
    cpio_builder_add(&b, "bin/hi", CPIO_BUILDER_LINK, "hello", 5);
    cpio_builder_add(&b, "etc/empty", CPIO_BUILDER_FILE, NULL, 0);
    cpio_builder_add(&b, "dev/console", CPIO_BUILDER_DEVICE, NULL, 0);
    cpio_builder_add(&b, "bin/hello", CPIO_BUILDER_FILE, "later", 5);
    builder_end(&b);
    return b;
}

static void expect_flaw(const struct cpio_builder *b, enum cpio_flaw expected, status_t status) {
    struct cpio cpio;
    enum cpio_flaw flaw;
    EXPECT_EQ(cpio_open(&cpio, b->bytes, b->size, &flaw), status);
    EXPECT_EQ(flaw, expected);
}

TEST(cpio_entries_are_listed_in_order) {
    static const char *const names[] = {".",         "./bin",       "./bin/hello", "bin/hi",
                                        "etc/empty", "dev/console", "bin/hello"};
    static const enum cpio_kind kinds[] = {CPIO_DIRECTORY, CPIO_DIRECTORY, CPIO_FILE, CPIO_LINK,
                                           CPIO_FILE,      CPIO_OTHER,     CPIO_FILE};
    struct cpio_builder b = sample();
    struct cpio cpio;
    enum cpio_flaw flaw;
    struct cpio_entry entry = CPIO_ENTRY_NONE;
    EXPECT_EQ(cpio_open(&cpio, b.bytes, b.size, &flaw), STATUS_OK);
    EXPECT_EQ(cpio.entry_count, ARRAY_SIZE(names));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        EXPECT(cpio_next(&cpio, &entry));
        EXPECT_STRING(entry.name, names[i]);
        EXPECT_EQ(entry.kind, kinds[i]);
    }
    EXPECT(!cpio_next(&cpio, &entry));
    free(b.bytes);
}

TEST(cpio_files_are_found_by_path) {
    struct cpio_builder b = sample();
    struct cpio cpio;
    enum cpio_flaw flaw;
    struct cpio_entry entry;
    static const char *const same[] = {"bin/hello", "/bin/hello", "./bin/hello", ".//./bin/hello"};
    EXPECT_EQ(cpio_open(&cpio, b.bytes, b.size, &flaw), STATUS_OK);
    for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
        EXPECT_EQ(cpio_find(&cpio, same[i], &entry), STATUS_OK);
        EXPECT_EQ(entry.size, sizeof HELLO); /* the first of two */
        EXPECT(memcmp(entry.data, HELLO, entry.size) == 0);
        EXPECT_EQ(entry.permissions, 0644);
    }
    EXPECT_EQ(cpio_find(&cpio, "bin/hi", &entry), STATUS_OK);
    EXPECT_EQ(entry.size, 5);
    EXPECT_EQ(cpio_find(&cpio, "etc/empty", &entry), STATUS_OK);
    EXPECT_EQ(entry.size, 0);
    static const char *const absent[] = {"",           "/",     "bin/", "bin/hell",
                                         "bin/hello2", "hello", "..",   "TRAILER!!!"};
    for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
        EXPECT_EQ(cpio_find(&cpio, absent[i], &entry), STATUS_NOT_FOUND);
    }
    free(b.bytes);
}

TEST(cpio_path_longer_than_any_name) {
    struct cpio_builder b = sample();
    struct cpio cpio;
    enum cpio_flaw flaw;
    struct cpio_entry entry;
    char path[600];
    EXPECT_EQ(cpio_open(&cpio, b.bytes, b.size, &flaw), STATUS_OK);
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = 0;
    EXPECT_EQ(cpio_find(&cpio, path, &entry), STATUS_NOT_FOUND);
    memset(path, '/', sizeof path - 1);
    EXPECT_EQ(cpio_find(&cpio, path, &entry), STATUS_NOT_FOUND);
    free(b.bytes);
}

TEST(cpio_archive_of_nothing) {
    struct cpio cpio;
    enum cpio_flaw flaw;
    struct cpio_entry entry = CPIO_ENTRY_NONE;
    struct cpio_builder b = {NULL, 0};
    builder_end(&b);
    EXPECT_EQ(cpio_open(&cpio, b.bytes, b.size, &flaw), STATUS_OK);
    EXPECT_EQ(cpio.entry_count, 0);
    EXPECT(!cpio_next(&cpio, &entry));
    EXPECT_EQ(cpio_find(&cpio, "x", &entry), STATUS_NOT_FOUND);
    free(b.bytes);
}

TEST(cpio_what_is_behind_the_trailer_is_not_looked_at) {
    struct cpio_builder b = sample();
    memset(cpio_builder_grow(&b, 333), 0x55, 333);
    expect_flaw(&b, CPIO_SOUND, STATUS_OK);
    free(b.bytes);
}

/* --- Refusals -------------------------------------------------------------------------------- */

static void expect_name(const char *name, enum cpio_flaw expected) {
    struct cpio_builder b = {NULL, 0};
    cpio_builder_add(&b, name, CPIO_BUILDER_FILE, NULL, 0);
    builder_end(&b);
    expect_flaw(&b, expected, cpio_flaw_status(expected));
    free(b.bytes);
}

TEST(cpio_names_stay_within) {
    static const char *const legal[] = {"a",     ".",   "...",   "a..",     "..a",
                                        "a/..b", "./a", "a/./b", "\xc3\xa4"};
    static const char *const illegal[] = {"/a",   "..", "../a",   "a/../b", "a/..",
                                          "a//b", "a/", "./../a", "a\nb",   "\x7f"};
    char name[CPIO_NAME_MAX + 1];
    for (size_t i = 0; i < ARRAY_SIZE(legal); i++) {
        expect_name(legal[i], CPIO_SOUND);
    }
    for (size_t i = 0; i < ARRAY_SIZE(illegal); i++) {
        expect_name(illegal[i], CPIO_NAME_ILLEGAL);
    }
    expect_name("", CPIO_NAME_EMPTY);
    memset(name, 'n', sizeof name);
    name[CPIO_NAME_MAX - 1] = 0;
    expect_name(name, CPIO_SOUND);
    name[CPIO_NAME_MAX - 1] = 'n';
    name[CPIO_NAME_MAX] = 0;
    expect_name(name, CPIO_NAME_TOO_LONG);
}

/* One change to the sample's entry "./bin/hello", or to what is around it. */
struct refusal {
    enum cpio_flaw flaw;
    status_t status;
    uint32_t at; /* from the entry's start */
    const char *bytes;
};

static const struct refusal refusals[] = {
    {CPIO_NO_MAGIC, STATUS_MALFORMED, 0, "170701"},
    {CPIO_NO_MAGIC, STATUS_MALFORMED, 0, "070707"},
    {CPIO_WITH_CHECKSUMS, STATUS_UNSUPPORTED, 0, "070702"},
    {CPIO_NOT_HEXADECIMAL, STATUS_MALFORMED, CPIO_AT_MODE, "0000g1a4"},
    {CPIO_NOT_HEXADECIMAL, STATUS_MALFORMED, CPIO_AT_SIZE, "       e"},
    {CPIO_NOT_HEXADECIMAL, STATUS_MALFORMED, 102, "0x000000"},
    {CPIO_NAME_EMPTY, STATUS_MALFORMED, CPIO_AT_NAME_SIZE, "00000000"},
    {CPIO_NAME_EMPTY, STATUS_MALFORMED, CPIO_AT_NAME_SIZE, "00000001"},
    {CPIO_NAME_TOO_LONG, STATUS_OUT_OF_RANGE, CPIO_AT_NAME_SIZE, "FFFFFFFF"},
    {CPIO_NAME_NOT_ENDED, STATUS_MALFORMED, CPIO_AT_NAME_SIZE, "0000000b"},
    {CPIO_NAME_NOT_ENDED, STATUS_MALFORMED, CPIO_AT_NAME_SIZE, "0000000d"},
    {CPIO_NAME_ILLEGAL, STATUS_MALFORMED, 110, "../"},
    {CPIO_DATA_OUTSIDE, STATUS_MALFORMED, CPIO_AT_SIZE, "00100000"},
    {CPIO_DATA_OUTSIDE, STATUS_MALFORMED, CPIO_AT_SIZE, "ffffffff"},
    {CPIO_KIND_UNKNOWN, STATUS_MALFORMED, CPIO_AT_MODE, "000001a4"},
    {CPIO_KIND_UNKNOWN, STATUS_MALFORMED, CPIO_AT_MODE, "000181a4"},
    {CPIO_SIZE_UNEXPECTED, STATUS_MALFORMED, CPIO_AT_MODE, "000041ed"},
    {CPIO_SIZE_UNEXPECTED, STATUS_MALFORMED, CPIO_AT_MODE, "000021ed"},
    {CPIO_HARD_LINK, STATUS_UNSUPPORTED, CPIO_AT_LINKS, "00000002"},
    {CPIO_NO_MAGIC, STATUS_MALFORMED, CPIO_AT_SIZE, "00000012"}, /* the next is elsewhere */
};

TEST(cpio_each_flaw_is_refused_by_its_own_reason) {
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        struct cpio_builder b = sample();
        struct cpio cpio;
        enum cpio_flaw flaw;
        memcpy(b.bytes + hello_at + refusals[i].at, refusals[i].bytes, strlen(refusals[i].bytes));
        const status_t status = cpio_open(&cpio, b.bytes, b.size, &flaw);
        if (flaw != refusals[i].flaw || status != refusals[i].status) {
            test_fail(__FILE__, __LINE__, "refusal %zu, \"%s\": is \"%s\", status %d", i,
                      cpio_flaw_text(refusals[i].flaw), cpio_flaw_text(flaw), status);
        }
        free(b.bytes);
    }
}

TEST(cpio_flaws_of_the_whole) {
    struct cpio cpio;
    enum cpio_flaw flaw;
    struct cpio_builder b = {NULL, 0};
    cpio_builder_add(&b, "a", CPIO_BUILDER_FILE, NULL, 0);
    expect_flaw(&b, CPIO_NO_TRAILER, STATUS_MALFORMED);
    b.size -= 112;
    expect_flaw(&b, CPIO_NO_TRAILER, STATUS_MALFORMED); /* nothing at all */
    b.size = 109;
    expect_flaw(&b, CPIO_TRUNCATED_HEADER, STATUS_MALFORMED);
    b.size = 111;
    expect_flaw(&b, CPIO_NAME_OUTSIDE, STATUS_MALFORMED);
    EXPECT_EQ(cpio_open(&cpio, b.bytes, CPIO_SIZE_MAX + 1, &flaw), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(flaw, CPIO_TOO_LARGE);
    free(b.bytes);
}

TEST(cpio_as_many_entries_as_may_be_and_one_more) {
    struct cpio cpio;
    enum cpio_flaw flaw;
    for (unsigned more = 0; more < 2; more++) {
        struct cpio_builder b = {NULL, 0};
        for (unsigned i = 0; i < CPIO_ENTRIES_MAX + more; i++) {
            cpio_builder_add(&b, "a", CPIO_BUILDER_FILE, NULL, 0);
        }
        builder_end(&b);
        EXPECT_EQ(cpio_open(&cpio, b.bytes, b.size, &flaw),
                  more == 0 ? STATUS_OK : STATUS_OUT_OF_RANGE);
        EXPECT_EQ(flaw, more == 0 ? CPIO_SOUND : CPIO_TOO_MANY_ENTRIES);
        free(b.bytes);
    }
}

TEST(cpio_flaws_have_words_of_their_own) {
    for (unsigned a = 0; a < CPIO_FLAW_COUNT; a++) {
        EXPECT(cpio_flaw_text((enum cpio_flaw)a) != NULL);
        EXPECT_EQ(cpio_flaw_status((enum cpio_flaw)a) == STATUS_OK, a == CPIO_SOUND);
        for (unsigned b = 0; b < a; b++) {
            EXPECT(strcmp(cpio_flaw_text((enum cpio_flaw)a), cpio_flaw_text((enum cpio_flaw)b)) !=
                   0);
        }
    }
}

/* --- Hostile archives ------------------------------------------------------------------------ */

TEST(cpio_cut_at_every_byte) {
    struct cpio_builder whole = sample();
    const size_t needed = whole.size - 3; /* padding behind the trailer is not needed */
    for (size_t size = 0; size < whole.size; size++) {
        struct cpio cpio;
        enum cpio_flaw flaw;
        uint8_t *exact = malloc(size == 0 ? 1 : size);
        memcpy(exact, whole.bytes, size);
        cpio_exercise(exact, size);
        EXPECT(size >= needed || cpio_open(&cpio, exact, size, &flaw) != STATUS_OK);
        free(exact);
    }
    free(whole.bytes);
}

TEST(cpio_every_bit_turned) {
    struct cpio_builder b = sample();
    for (size_t bit = 0; bit < b.size * 8; bit++) {
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cpio_exercise(b.bytes, b.size);
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(b.bytes);
}

TEST(cpio_random_digits) {
    struct random random = test_random();
    struct cpio_builder whole = sample();
    struct cpio_builder b = sample();
    for (int run = 0; run < 50000; run++) {
        memcpy(b.bytes, whole.bytes, whole.size);
        for (uint64_t i = random_between(&random, 1, 3); i > 0; i--) {
            b.bytes[random_below(&random, b.size)] =
                (uint8_t) "0123456789abcdef/.\0x"[random_below(&random, 20)];
        }
        cpio_exercise(b.bytes, b.size);
    }
    free(b.bytes);
    free(whole.bytes);
}
