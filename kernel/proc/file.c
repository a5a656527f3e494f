/* SPDX-License-Identifier: MIT */
/* Files of the archive, which nobody changes: found and copied. A path is taken out of the message area
 * first, as its process may change what lies there at any moment. */
#include "kernel/proc/file.h"

#include "lib/addr.h"
#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/string.h"

_Static_assert(FILE_PATH_MAX == CPIO_NAME_MAX, "a record has room for each");
_Static_assert(FILE_READ_MAX <= PAGE_SIZE && sizeof(struct file_record) <= PAGE_SIZE,
               "the message area has");
_Static_assert(FILE_IS_DATA == (int)CPIO_FILE && FILE_IS_DIRECTORY == (int)CPIO_DIRECTORY &&
                   FILE_IS_LINK == (int)CPIO_LINK && FILE_IS_OTHER == (int)CPIO_OTHER,
               "one kind, two names");

/* Finds what the path in the message area names. MALFORMED: no end of it; NOT_FOUND. */
static status_t entry_by_path(const struct cpio *archive, const void *area,
                              struct cpio_entry *entry) {
    char path[FILE_PATH_MAX];
    memcpy(path, area, sizeof path);
    return strnlen(path, sizeof path) == sizeof path ? STATUS_MALFORMED
                                                     : cpio_find(archive, path, entry);
}

/* The entry with `index` before it. NOT_FOUND. */
static status_t entry_by_index(const struct cpio *archive, uint64_t index,
                               struct cpio_entry *entry) {
    if (index >= archive->entry_count) {
        return STATUS_NOT_FOUND;
    }
    *entry = CPIO_ENTRY_NONE;
    BOUND_LOOP(entries, CPIO_ENTRIES_MAX);
    for (uint64_t i = 0; i <= index && i < CPIO_ENTRIES_MAX; i++) {
        BOUND_TURN(entries);
        check(cpio_next(archive, entry)); /* there are so many */
    }
    return STATUS_OK;
}

static int64_t look(const struct cpio *archive, uint64_t index, void *area) {
    struct cpio_entry entry;
    const status_t status = index == FILE_BY_PATH ? entry_by_path(archive, area, &entry)
                                                  : entry_by_index(archive, index, &entry);
    if (status == STATUS_OK) {
        struct file_record record = {
            .size = entry.size, .kind = entry.kind, .permissions = entry.permissions};
        memcpy(record.path, entry.name, entry.name_length);
        memcpy(area, &record, sizeof record);
    }
    return status;
}

/* From `offset`, at most `length` bytes: how many there were. */
static int64_t bytes_copy(const struct cpio_entry *entry, uint64_t offset, uint64_t length,
                          void *area) {
    const uint64_t there = offset < entry->size ? entry->size - offset : 0;
    const uint64_t wanted = length < FILE_READ_MAX ? length : FILE_READ_MAX;
    const uint64_t count = there < wanted ? there : wanted;
    memcpy(area, entry->data + offset, count);
    return (int64_t)count;
}

int64_t file_serve(const struct cpio *archive, const struct file_request *request, void *area) {
    struct cpio_entry entry;
    if (!request->is_read) {
        return look(archive, request->index, area);
    }
    const status_t status = entry_by_path(archive, area, &entry);
    if (status != STATUS_OK) {
        return status;
    }
    return entry.kind != CPIO_FILE ? STATUS_UNSUPPORTED
                                   : bytes_copy(&entry, request->offset, request->length, area);
}
