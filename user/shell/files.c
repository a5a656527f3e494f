/* SPDX-License-Identifier: MIT */
/* Files of the archive, straight from the kernel: listed and shown. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "abi/file.h"
#include "user/lib/program.h"
#include "user/lib/system.h"
#include "user/shell/shell.h"

#define ROW 16 /* bytes of a hexdump's */

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

/* Reads all of a file in pieces, each shown by `show`; not of one who is interrupted. */
static int file_show(const char *command, const char *path,
                     void (*show)(uint64_t offset, const unsigned char *bytes, size_t count)) {
    static unsigned char piece[FILE_READ_MAX];
    uint64_t offset = 0;
    int64_t count = 1;
    while (count > 0 && !input_interrupted()) {
        count = path_put(path) ? system_file_read(program.programs, offset, sizeof piece)
                               : STATUS_NOT_FOUND;
        if (count > 0) {
            memcpy(piece, message_area(), (size_t)count);
            show(offset, piece, (size_t)count);
            offset += (uint64_t)count;
        }
    }
    if (count < 0) {
        printf("%s: %s: %s\n", command, path,
               count == STATUS_NOT_FOUND ? "not found" : "not a file that can be read");
    }
    return count < 0;
}

static void show_text(uint64_t offset, const unsigned char *bytes, size_t count) {
    (void)offset;
    (void)fwrite(bytes, 1, count, stdout);
}

static void show_row(uint64_t offset, const unsigned char *bytes, size_t count) {
    printf("%08llx ", (unsigned long long)offset);
    for (size_t i = 0; i < ROW; i++) {
        if (i < count) {
            printf(" %02x", bytes[i]);
        } else {
            printf("   ");
        }
    }
    printf("  ");
    for (size_t i = 0; i < count; i++) {
        (void)putchar(isprint(bytes[i]) ? bytes[i] : '.');
    }
    printf("\n");
}

static void show_bytes(uint64_t offset, const unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i += ROW) {
        show_row(offset + i, bytes + i, count - i < ROW ? count - i : ROW);
    }
}

static int files_show(int count, char **words,
                      void (*show)(uint64_t offset, const unsigned char *bytes, size_t count)) {
    int result = 0;
    for (int i = 1; i < count; i++) {
        result |= file_show(words[0], words[i], show);
    }
    if (count < 2) {
        printf("%s: which file?\n", words[0]);
    }
    return result | (count < 2);
}

int command_cat(int count, char **words) {
    return files_show(count, words, show_text);
}

int command_hexdump(int count, char **words) {
    return files_show(count, words, show_bytes);
}
