/* SPDX-License-Identifier: MIT */
/*
 * Reads a cpio archive of the "newc" format (Linux, Documentation/driver-api/early-userspace/
 * buffer-format.rst) where it lies, without a copy: the initramfs that programs come in. The archive
 * is outside input: cpio_open() checks every entry once, and whatever comes later still looks at no
 * byte outside it.
 *
 *     | header: 110 digits | name, NUL | to 4 | data | to 4 | header ... | "TRAILER!!!" | not looked at
 *
 * A name is a path without a root: "etc/init.toml", also written "./etc/init.toml". None may lead
 * out of the archive, so none is absolute and none has a ".." in it.
 *
 * All functions are pure and may be called in any context that has the time: where a bound says
 * "linear in", that is within the limits below. The archive must not change while it is read.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include "lib/status.h"

/* An archive beyond one of these is refused. Reason: each is the end of a loop or of a sum. */
#define CPIO_SIZE_MAX    (UINT64_C(256) << 20) /* bytes */
#define CPIO_ENTRIES_MAX 1024
#define CPIO_NAME_MAX    128 /* bytes of a name with its NUL */

/* Why an archive is refused. */
enum cpio_flaw {
    CPIO_SOUND,
    CPIO_TOO_LARGE,
    CPIO_TRUNCATED_HEADER,
    CPIO_NO_MAGIC,
    CPIO_WITH_CHECKSUMS,
    CPIO_NOT_HEXADECIMAL,
    CPIO_NAME_EMPTY,
    CPIO_NAME_TOO_LONG,
    CPIO_NAME_OUTSIDE,
    CPIO_NAME_NOT_ENDED,
    CPIO_NAME_ILLEGAL,
    CPIO_DATA_OUTSIDE,
    CPIO_KIND_UNKNOWN,
    CPIO_SIZE_UNEXPECTED,
    CPIO_HARD_LINK,
    CPIO_TOO_MANY_ENTRIES,
    CPIO_NO_TRAILER,
    CPIO_FLAW_COUNT,
};

enum cpio_kind {
    CPIO_FILE,
    CPIO_DIRECTORY,
    CPIO_LINK,  /* its data is the path that it stands for */
    CPIO_OTHER, /* a device, a pipe or a socket, without data */
};

/* An archive that cpio_open() accepted. */
struct cpio {
    const uint8_t *archive;
    uint64_t size;        /* bytes that may be looked at */
    uint32_t entry_count; /* without the trailer */
};

struct cpio_entry {
    const char *name; /* as written, ends with a NUL */
    uint32_t name_length;
    enum cpio_kind kind;
    uint32_t permissions; /* the lower 12 bits of the mode */
    const uint8_t *data;  /* aligned to 4 bytes of the archive */
    uint32_t size;        /* bytes; 0 of what is not a file or link */
    uint64_t next;        /* offset of the entry behind it; 0: before the first */
};

/* Where an iteration begins. */
#define CPIO_ENTRY_NONE ((struct cpio_entry){.next = 0})

/* Accepts the archive in the `size` bytes at `archive`. `flaw` is why it does not, else CPIO_SOUND;
 * the status is cpio_flaw_status(*flaw). Linear in the number of entries. */
MUST_USE status_t cpio_open(struct cpio *cpio, const void *archive, size_t size,
                            enum cpio_flaw *flaw);

/* MALFORMED, UNSUPPORTED or OUT_OF_RANGE. O(1). */
status_t cpio_flaw_status(enum cpio_flaw flaw);

/* For people: "a name leads out of the archive". Never null. O(1). */
const char *cpio_flaw_text(enum cpio_flaw flaw);

/* Moves `entry` to the next one in the order of the archive; from CPIO_ENTRY_NONE to the first;
 * false: no more. O(CPIO_NAME_MAX). */
bool cpio_next(const struct cpio *cpio, struct cpio_entry *entry);

/* The first entry whose name is `path`, a string. "/", "./" and neither before either are the same;
 * a "/" behind is not. NOT_FOUND. Linear in the number of entries. */
MUST_USE status_t cpio_find(const struct cpio *cpio, const char *path, struct cpio_entry *entry);

#endif
