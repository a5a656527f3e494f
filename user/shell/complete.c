/* SPDX-License-Identifier: MIT */
/* Candidates: commands and programs for a first word, paths of the archive for the others. */
#include <string.h>

#include "abi/file.h"
#include "user/shell/shell.h"

#define PROGRAMS "bin/"

static size_t common_length(const char *a, const char *b) {
    size_t length = 0;
    while (a[length] != 0 && a[length] == b[length]) {
        length++;
    }
    return length;
}

static bool is_known(const struct completion *found, const char *name) {
    for (unsigned i = 0; i < found->count && i < COMPLETE_MAX; i++) {
        if (strcmp(found->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void add(const char *name, const char *word, size_t length, struct completion *found) {
    if (strncmp(name, word, length) != 0 || strlen(name) >= sizeof found->names[0] ||
        is_known(found, name)) {
        return;
    }
    if (found->count == 0) {
        found->common = strlen(name);
    } else {
        const size_t common = common_length(found->names[0], name);
        found->common = common < found->common ? common : found->common;
    }
    if (found->count < COMPLETE_MAX) {
        strcpy(found->names[found->count], name);
    }
    found->count++;
}

void complete(const char *word, size_t length, bool is_first, struct completion *found) {
    struct file_record record;
    found->count = 0;
    found->common = length;
    for (unsigned i = 0; is_first && i < command_count; i++) {
        add(commands[i].name, word, length, found);
    }
    for (uint64_t i = 0; file_at(i, &record); i++) {
        if (!is_first) {
            add(record.path, word, length, found);
        }
        if (record.kind == FILE_IS_DATA && strncmp(record.path, PROGRAMS, strlen(PROGRAMS)) == 0) {
            add(record.path + strlen(PROGRAMS), word, length, found);
        }
    }
}
