/* SPDX-License-Identifier: MIT */
/* Calls everything of the reader of archives on bytes of any content: for tests with hostile
 * archives and for the fuzzer. What is accepted must keep the promises of lib/cpio.h; whatever is
 * handed out is read to its last byte. On the machine, who includes this says what abort is. */
#ifndef TESTS_UNIT_CPIO_EXERCISE_H
#define TESTS_UNIT_CPIO_EXERCISE_H

#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>
#else
#include "lib/string.h"
#endif

#include "lib/cpio.h"

/* Goes where the compiler cannot see it, so that no read is optimised away. */
static volatile uint64_t cpio_exercise_sink;

static inline void cpio_exercise_expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static inline void cpio_exercise_entry(const struct cpio *cpio, const struct cpio_entry *entry) {
    struct cpio_entry found;
    cpio_exercise_expect(strlen(entry->name) == entry->name_length && entry->name_length != 0 &&
                         entry->name_length < CPIO_NAME_MAX && entry->name[0] != '/');
    cpio_exercise_expect(strstr(entry->name, "../") != entry->name &&
                         strstr(entry->name, "/../") == NULL && strcmp(entry->name, "..") != 0);
    cpio_exercise_expect(entry->data >= cpio->archive &&
                         entry->data + entry->size <= cpio->archive + cpio->size);
    cpio_exercise_expect((entry->data - cpio->archive) % 4 == 0);
    cpio_exercise_expect(entry->size == 0 || entry->kind == CPIO_FILE || entry->kind == CPIO_LINK);
    for (uint32_t i = 0; i < entry->size; i++) {
        cpio_exercise_sink += entry->data[i];
    }
    cpio_exercise_expect(cpio_find(cpio, entry->name, &found) == STATUS_OK &&
                         found.data <= entry->data);
}

static inline void cpio_exercise(const void *archive, size_t size) {
    struct cpio cpio;
    enum cpio_flaw flaw;
    struct cpio_entry entry = CPIO_ENTRY_NONE;
    uint32_t count = 0;
    const status_t status = cpio_open(&cpio, archive, size, &flaw);
    cpio_exercise_expect(status == cpio_flaw_status(flaw));
    cpio_exercise_expect((status == STATUS_OK) == (flaw == CPIO_SOUND));
    cpio_exercise_expect(cpio_flaw_text(flaw)[0] != 0);
    while (cpio_next(&cpio, &entry)) {
        cpio_exercise_expect(status == STATUS_OK);
        cpio_exercise_entry(&cpio, &entry);
        count++;
    }
    cpio_exercise_expect(count == cpio.entry_count);
    cpio_exercise_expect(status == STATUS_OK || count == 0);
    if (cpio_find(&cpio, "bin/hello", &entry) == STATUS_OK) {
        cpio_exercise_sink += entry.size;
    }
}

#endif
