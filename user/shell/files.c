/* SPDX-License-Identifier: MIT */
/* Files of the archive, straight from the kernel: found and listed. */
#include <stdio.h>
#include <string.h>

#include "abi/file.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/shell/shell.h"

static char *message_area(void) {
    return (char *)SYSCALL_MESSAGE_AREA;
}

static int64_t look(uint64_t index, struct file_record *record) {
    const int64_t status = system_file_look(program.programs, index);
    if (status == STATUS_OK) {
        *record = *(const struct file_record *)SYSCALL_MESSAGE_AREA;
    }
    return status;
}

bool file_at(uint64_t index, struct file_record *record) {
    return look(index, record) == STATUS_OK;
}

static bool path_put(const char *path) {
    if (strlen(path) >= FILE_PATH_MAX) {
        return false;
    }
    strcpy(message_area(), path);
    return true;
}

bool file_find(const char *path, struct file_record *record) {
    return path_put(path) && look(FILE_BY_PATH, record) == STATUS_OK;
}

/* Whether `path` is `directory` or below it; any is below "". */
static bool is_below(const char *path, const char *directory) {
    const size_t length = strlen(directory);
    return length == 0 ||
           (strncmp(path, directory, length) == 0 &&
            (path[length] == 0 || path[length] == '/' || directory[length - 1] == '/'));
}

int command_ls(int count, char **words) {
    struct file_record record;
    unsigned found = 0;
    const char *directory = count > 1 ? words[1] : "";
    for (uint64_t i = 0; file_at(i, &record); i++) {
        if (is_below(record.path, directory)) {
            printf("%9lu  %s%s\n", (unsigned long)record.size, record.path,
                   record.kind == FILE_IS_DIRECTORY ? "/" : "");
            found++;
        }
    }
    if (found == 0) {
        printf("ls: %s: not found\n", directory);
    }
    return found == 0;
}
