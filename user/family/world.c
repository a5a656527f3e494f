/* SPDX-License-Identifier: MIT */
/* Files, the console, the system: what they answer, and what they refuse. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/file.h"
#include "abi/system.h"
#include "user/family/family.h"
#include "user/lib/program.h"
#include "user/lib/system.h"

static char *area(void) {
    return (char *)SYSCALL_MESSAGE_AREA;
}

static int64_t look_for(const char *path) {
    strcpy(area(), path);
    return system_file_look(PROGRAMS, FILE_BY_PATH);
}

static int64_t read_of(const char *path, uint64_t offset, uint64_t length) {
    strcpy(area(), path);
    return system_file_read(PROGRAMS, offset, length);
}

/* The same files as a C library has them. */
static void streams(void) {
    char line[64];
    struct stat status;
    FILE *file = fopen("etc/example.toml", "r");
    EXPECT(file != NULL && fgets(line, sizeof line, file) != NULL && line[0] == '#');
    EXPECT(fseek(file, -1, SEEK_END) == 0 && getc(file) == '\n' && getc(file) == EOF);
    EXPECT(fseek(file, 2, SEEK_SET) == 0 && fscanf(file, "%8s", line) == 1);
    EXPECT(strcmp(line, "One") == 0 && fclose(file) == 0);
    EXPECT(open("etc/example.toml", O_RDWR) == -1 && errno == EROFS);
    EXPECT(open("etc", O_RDONLY) == -1 && errno == EISDIR);
    EXPECT(open("", O_RDONLY) == -1 && errno == ENOENT);
    int descriptor = -1;
    for (int i = 0; i < 8; i++) {
        descriptor = open("bin/hello", O_RDONLY);
        EXPECT(descriptor == 3 + i);
    }
    EXPECT(open("bin/hello", O_RDONLY) == -1 && errno == EMFILE);
    EXPECT(fstat(descriptor, &status) == 0 && status.st_size > 10000 && S_ISREG(status.st_mode));
    EXPECT(lseek(descriptor, -4, SEEK_END) == status.st_size - 4);
    EXPECT(read(descriptor, line, sizeof line) == 4 && read(descriptor, line, 1) == 0);
    EXPECT(lseek(descriptor, -1, SEEK_SET) == -1 && errno == EINVAL);
    for (int i = 3; i <= descriptor; i++) {
        EXPECT(close(i) == 0);
    }
    EXPECT(close(descriptor) == -1 && errno == EBADF);
    EXPECT(read(descriptor, line, 1) == -1 && errno == EBADF);
}

void world_files(void) {
    const struct file_record *record = (const struct file_record *)SYSCALL_MESSAGE_AREA;
    EXPECT(system_file_look(PROGRAMS, 0) == STATUS_OK && record->kind == FILE_IS_DIRECTORY);
    EXPECT(strcmp(record->path, "bin") == 0 && record->size == 0);
    EXPECT(system_file_look(PROGRAMS, 1000) == STATUS_NOT_FOUND);
    EXPECT(look_for("./bin/hello") == STATUS_OK && record->kind == FILE_IS_DATA);
    const uint32_t size = record->size;
    EXPECT(look_for("bin/nothing") == STATUS_NOT_FOUND);
    EXPECT(read_of("bin/hello", 0, 4) == 4 && memcmp(area(),
                                                     "\x7f"
                                                     "ELF",
                                                     4) == 0);
    EXPECT(read_of("bin/hello", 1, UINT64_MAX) == FILE_READ_MAX && memcmp(area(), "ELF", 3) == 0);
    EXPECT(read_of("bin/hello", size - 3, 100) == 3);
    EXPECT(read_of("bin/hello", size, 100) == 0 && read_of("bin/hello", UINT64_MAX, 100) == 0);
    EXPECT(read_of("bin", 0, 100) == STATUS_UNSUPPORTED);
    EXPECT(read_of("bin/nothing", 0, 100) == STATUS_NOT_FOUND);
    memset(area(), 'x', FILE_PATH_MAX);
    EXPECT(system_file_look(PROGRAMS, FILE_BY_PATH) == STATUS_MALFORMED);
    EXPECT(system_file_look(LOG, 0) == STATUS_INVALID_ARGUMENT);
    const int64_t starter = system_handle_duplicate(PROGRAMS, HANDLE_RIGHT_SPAWN);
    EXPECT(starter > 0 && system_file_look((uint64_t)starter, 0) == STATUS_DENIED);
    EXPECT(system_file_read((uint64_t)starter, 0, 1) == STATUS_DENIED);
    EXPECT(system_handle_close((uint64_t)starter) == STATUS_OK);
    streams();
}

void world_console(void) {
    static const char text[97] = "an odd \x1b letter\n";
    EXPECT(system_console_write(CONSOLE, text, strlen(text)) == STATUS_OK);
    EXPECT(system_console_write(CONSOLE, text, 97) == STATUS_OUT_OF_RANGE);
    EXPECT(system_console_write(CONSOLE, NULL, 1) == STATUS_BAD_ADDRESS);
    EXPECT(system_console_write(LOG, text, 1) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_log_write(CONSOLE, text, 1) == STATUS_INVALID_ARGUMENT);
}

/* Among the threads is this one. */
void world_system(unsigned ceiling) {
    const struct system_thread *thread = (const struct system_thread *)SYSCALL_MESSAGE_AREA;
    const struct system_figures *figures = (const struct system_figures *)SYSCALL_MESSAGE_AREA;
    const int64_t threads = system_read(SYSTEM, SYSTEM_THREADS, 0);
    int found = 0;
    EXPECT(threads > 1 && threads <= SYSTEM_RECORDS_MAX);
    for (int64_t i = 0; i < threads; i++) {
        found += thread[i].user && thread[i].base == ceiling && thread[i].state == SYSTEM_READY &&
                 strcmp(thread[i].name, "family") == 0;
    }
    EXPECT(found == 1);
    EXPECT(system_read(SYSTEM, SYSTEM_COUNTED, 0) == threads);
    EXPECT(system_read(SYSTEM, SYSTEM_COUNTED, 0) == threads && thread[0].ran != UINT64_MAX);
    EXPECT(system_read(SYSTEM, SYSTEM_THREADS, UINT64_MAX) == 0);
    EXPECT(system_read(SYSTEM, SYSTEM_FIGURES, 0) == 1);
    EXPECT(figures->clock_hz == program.clock_hz && figures->frames_free < figures->frames);
    EXPECT(system_read(SYSTEM, SYSTEM_LINES, 0) >= 0);
    EXPECT(system_read(SYSTEM, SYSTEM_WHATS, 0) == STATUS_OUT_OF_RANGE);
    EXPECT(system_read(LOG, SYSTEM_THREADS, 0) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_end(LOG, 0) == STATUS_INVALID_ARGUMENT);
    EXPECT(system_end(SYSTEM, 0) == STATUS_UNSUPPORTED); /* the test goes on */
}
