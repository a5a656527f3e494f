/* SPDX-License-Identifier: MIT */
/*
 * The entries of a cpio archive. Every look at one goes through entry_read(), which checks that it
 * lies within the archive: cpio_open() is one pass of it over everything, and the walks afterwards
 * repeat its checks for free. Sizes are of 32 bits and offsets of 64: no sum can wrap.
 */
#include "lib/cpio.h"

#include "lib/bits.h"
#include "lib/bound.h"

#define HEADER_SIZE  110 /* 6 characters of magic, 13 numbers of 8 hexadecimal digits */
#define DIGITS       8
#define TRAILER      "TRAILER!!!"
#define TRAILER_SIZE sizeof(TRAILER)

/* Numbers of the header, by their place. */
enum {
    FIELD_MODE = 1,
    FIELD_LINKS = 4,
    FIELD_FILE_SIZE = 6,
    FIELD_NAME_SIZE = 11,
    FIELDS = 13,
};

/* Types of files, in a mode (POSIX, <cpio.h>). */
#define MODE_PIPE      UINT32_C(0010000)
#define MODE_CHARACTER UINT32_C(0020000)
#define MODE_DIRECTORY UINT32_C(0040000)
#define MODE_BLOCK     UINT32_C(0060000)
#define MODE_FILE      UINT32_C(0100000)
#define MODE_LINK      UINT32_C(0120000)
#define MODE_SOCKET    UINT32_C(0140000)

static const struct {
    status_t status;
    const char *text;
} flaws[CPIO_FLAW_COUNT] = {
    [CPIO_SOUND] = {STATUS_OK, "sound"},
    [CPIO_TOO_LARGE] = {STATUS_OUT_OF_RANGE, "the archive is too large"},
    [CPIO_TRUNCATED_HEADER] = {STATUS_MALFORMED, "ends within a header"},
    [CPIO_NO_MAGIC] = {STATUS_MALFORMED, "not a cpio archive of the format newc"},
    [CPIO_WITH_CHECKSUMS] = {STATUS_UNSUPPORTED, "of the format crc, not newc"},
    [CPIO_NOT_HEXADECIMAL] = {STATUS_MALFORMED, "a number is not hexadecimal"},
    [CPIO_NAME_EMPTY] = {STATUS_MALFORMED, "a name is empty"},
    [CPIO_NAME_TOO_LONG] = {STATUS_OUT_OF_RANGE, "a name is too long"},
    [CPIO_NAME_OUTSIDE] = {STATUS_MALFORMED, "ends within a name"},
    [CPIO_NAME_NOT_ENDED] = {STATUS_MALFORMED, "a name does not end where it should"},
    [CPIO_NAME_ILLEGAL] = {STATUS_MALFORMED, "a name leads out of the archive, or nowhere"},
    [CPIO_DATA_OUTSIDE] = {STATUS_MALFORMED, "ends within a file"},
    [CPIO_KIND_UNKNOWN] = {STATUS_MALFORMED, "a mode is of no kind of file"},
    [CPIO_SIZE_UNEXPECTED] = {STATUS_MALFORMED, "data where there can be none"},
    [CPIO_HARD_LINK] = {STATUS_UNSUPPORTED, "a file of several names"},
    [CPIO_TOO_MANY_ENTRIES] = {STATUS_OUT_OF_RANGE, "too many entries"},
    [CPIO_NO_TRAILER] = {STATUS_MALFORMED, "ends without a trailer"},
};

static enum cpio_flaw known(enum cpio_flaw flaw) {
    return (unsigned)flaw < CPIO_FLAW_COUNT ? flaw : CPIO_NO_MAGIC;
}

status_t cpio_flaw_status(enum cpio_flaw flaw) {
    return flaws[known(flaw)].status;
}

const char *cpio_flaw_text(enum cpio_flaw flaw) {
    return flaws[known(flaw)].text;
}

/* --- Numbers --------------------------------------------------------------------------------- */

static bool number_read(const uint8_t *digits, uint32_t *value) {
    uint32_t result = 0;
    BOUND_LOOP(digits, DIGITS);
    for (int i = 0; i < DIGITS; i++) {
        BOUND_TURN(digits);
        const uint8_t digit = digits[i];
        if (digit >= '0' && digit <= '9') {
            result = result << 4 | (uint32_t)(digit - '0');
        } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
            result = result << 4 | (uint32_t)((digit | 0x20) - 'a' + 10);
        } else {
            return false;
        }
    }
    *value = result;
    return true;
}

/* All of them are read, also those that nobody asks for. */
static bool numbers_read(const uint8_t *header, uint32_t field[FIELDS]) {
    BOUND_LOOP(fields, FIELDS);
    for (int i = 0; i < FIELDS; i++) {
        BOUND_TURN(fields);
        if (!number_read(header + 6 + i * DIGITS, &field[i])) {
            return false;
        }
    }
    return true;
}

static enum cpio_flaw magic_check(const uint8_t *header) {
    static const char magic[] = "07070";
    BOUND_LOOP(magic, sizeof(magic) - 1);
    for (size_t i = 0; i < sizeof(magic) - 1; i++) {
        BOUND_TURN(magic);
        if (header[i] != (uint8_t)magic[i]) {
            return CPIO_NO_MAGIC;
        }
    }
    return header[5] == '1' ? CPIO_SOUND : header[5] == '2' ? CPIO_WITH_CHECKSUMS : CPIO_NO_MAGIC;
}

/* --- Names ----------------------------------------------------------------------------------- */

/* A part of a path of `length` characters that ends at `end`: not empty and not "..". */
static bool part_is_legal(const char *end, uint32_t length) {
    return length != 0 && !(length == 2 && end[-1] == '.' && end[-2] == '.');
}

/* `size` with the NUL, at least 2. No control characters, because names are printed. */
static enum cpio_flaw name_check(const char *name, uint32_t size) {
    uint32_t part = 0;
    BOUND_LOOP(name, CPIO_NAME_MAX);
    for (uint32_t i = 0; i < size - 1; i++) {
        BOUND_TURN(name);
        if (name[i] == 0) {
            return CPIO_NAME_NOT_ENDED;
        }
        if ((uint8_t)name[i] < ' ' || name[i] == 0x7f ||
            (name[i] == '/' && !part_is_legal(name + i, part))) {
            return CPIO_NAME_ILLEGAL;
        }
        part = name[i] == '/' ? 0 : part + 1;
    }
    if (name[size - 1] != 0) {
        return CPIO_NAME_NOT_ENDED;
    }
    return part_is_legal(name + size - 1, part) ? CPIO_SOUND : CPIO_NAME_ILLEGAL;
}

static bool is_trailer(const struct cpio_entry *entry) {
    if (entry->name_length != TRAILER_SIZE - 1) {
        return false;
    }
    BOUND_LOOP(trailer, TRAILER_SIZE - 1);
    for (uint32_t i = 0; i < TRAILER_SIZE - 1; i++) {
        BOUND_TURN(trailer);
        if (entry->name[i] != TRAILER[i]) {
            return false;
        }
    }
    return true;
}

/* Behind "/" or "./", as often as they come: the same place. */
static const char *path_begin(const char *path) {
    BOUND_LOOP(begin, CPIO_NAME_MAX);
    for (uint32_t i = 0; i < CPIO_NAME_MAX; i++) {
        BOUND_TURN(begin);
        if (path[0] == '/') {
            path += 1;
        } else if (path[0] == '.' && path[1] == '/') {
            path += 2;
        } else {
            break;
        }
    }
    return path;
}

static bool names_equal(const char *name, const char *path) {
    BOUND_LOOP(equal, CPIO_NAME_MAX);
    for (uint32_t i = 0; i < CPIO_NAME_MAX; i++) {
        BOUND_TURN(equal);
        if (name[i] != path[i]) {
            return false;
        }
        if (name[i] == 0) {
            return true;
        }
    }
    return false;
}

/* --- Entries --------------------------------------------------------------------------------- */

static enum cpio_flaw mode_read(struct cpio_entry *entry, uint32_t mode, uint32_t links) {
    entry->permissions = mode & 07777;
    switch (mode & ~UINT32_C(07777)) {
    case MODE_FILE:
        entry->kind = CPIO_FILE;
        return links > 1 ? CPIO_HARD_LINK : CPIO_SOUND; /* only the last has the data */
    case MODE_LINK:
        entry->kind = CPIO_LINK;
        return CPIO_SOUND;
    case MODE_DIRECTORY:
        entry->kind = CPIO_DIRECTORY;
        break;
    case MODE_PIPE:
    case MODE_CHARACTER:
    case MODE_BLOCK:
    case MODE_SOCKET:
        entry->kind = CPIO_OTHER;
        break;
    default:
        return CPIO_KIND_UNKNOWN;
    }
    return entry->size == 0 ? CPIO_SOUND : CPIO_SIZE_UNEXPECTED;
}

static enum cpio_flaw name_read(const struct cpio *cpio, uint64_t at, uint32_t size,
                                struct cpio_entry *entry) {
    if (size < 2) {
        return CPIO_NAME_EMPTY;
    }
    if (size > CPIO_NAME_MAX) {
        return CPIO_NAME_TOO_LONG;
    }
    if (cpio->size - at < size) {
        return CPIO_NAME_OUTSIDE;
    }
    entry->name = (const char *)(cpio->archive + at);
    entry->name_length = size - 1;
    return name_check(entry->name, size);
}

static enum cpio_flaw data_read(const struct cpio *cpio, uint64_t at, uint32_t size,
                                struct cpio_entry *entry) {
    if (at > cpio->size || cpio->size - at < size) {
        return CPIO_DATA_OUTSIDE;
    }
    entry->data = cpio->archive + at;
    entry->size = size;
    entry->next = align_up(at + size, 4);
    return CPIO_SOUND;
}

/* The entry at `at`, the trailer too, which has a name only. */
static enum cpio_flaw entry_read(const struct cpio *cpio, uint64_t at, struct cpio_entry *entry) {
    uint32_t field[FIELDS];
    *entry = CPIO_ENTRY_NONE;
    if (at >= cpio->size) {
        return CPIO_NO_TRAILER;
    }
    if (cpio->size - at < HEADER_SIZE) {
        return CPIO_TRUNCATED_HEADER;
    }
    enum cpio_flaw flaw = magic_check(cpio->archive + at);
    if (flaw != CPIO_SOUND) {
        return flaw;
    }
    if (!numbers_read(cpio->archive + at, field)) {
        return CPIO_NOT_HEXADECIMAL;
    }
    flaw = name_read(cpio, at + HEADER_SIZE, field[FIELD_NAME_SIZE], entry);
    if (flaw != CPIO_SOUND || is_trailer(entry)) {
        return flaw;
    }
    const uint64_t data = align_up(at + HEADER_SIZE + field[FIELD_NAME_SIZE], 4);
    flaw = data_read(cpio, data, field[FIELD_FILE_SIZE], entry);
    return flaw == CPIO_SOUND ? mode_read(entry, field[FIELD_MODE], field[FIELD_LINKS]) : flaw;
}

static enum cpio_flaw archive_check(struct cpio *cpio) {
    struct cpio_entry entry = CPIO_ENTRY_NONE;
    if (cpio->size > CPIO_SIZE_MAX) {
        return CPIO_TOO_LARGE;
    }
    BOUND_LOOP(entries, CPIO_ENTRIES_MAX + 1); /* and the trailer */
    for (uint32_t count = 0; count <= CPIO_ENTRIES_MAX; count++) {
        BOUND_TURN(entries);
        enum cpio_flaw flaw = entry_read(cpio, entry.next, &entry);
        if (flaw != CPIO_SOUND) {
            return flaw;
        }
        if (is_trailer(&entry)) {
            cpio->entry_count = count;
            return CPIO_SOUND;
        }
    }
    return CPIO_TOO_MANY_ENTRIES;
}

status_t cpio_open(struct cpio *cpio, const void *archive, size_t size, enum cpio_flaw *flaw) {
    *cpio = (struct cpio){.archive = archive, .size = size};
    *flaw = archive_check(cpio);
    if (*flaw != CPIO_SOUND) { /* nothing of it shall be used by mistake */
        *cpio = (struct cpio){.archive = archive};
    }
    return cpio_flaw_status(*flaw);
}

/* --- Looking at it --------------------------------------------------------------------------- */

bool cpio_next(const struct cpio *cpio, struct cpio_entry *entry) {
    return entry_read(cpio, entry->next, entry) == CPIO_SOUND && !is_trailer(entry);
}

status_t cpio_find(const struct cpio *cpio, const char *path, struct cpio_entry *entry) {
    const char *sought = path_begin(path);
    *entry = CPIO_ENTRY_NONE;
    BOUND_LOOP(sought, CPIO_ENTRIES_MAX);
    for (uint32_t i = 0; i < cpio->entry_count && cpio_next(cpio, entry); i++) {
        BOUND_TURN(sought);
        if (names_equal(path_begin(entry->name), sought)) {
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}
