/* SPDX-License-Identifier: MIT */
/*
 * Files of the archive, to be read: a descriptor is a path and an offset, and each read asks the kernel
 * anew, who keeps nothing of it. Needs a handle of programs that files may be read with.
 */
#include "user/lib/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "abi/file.h"
#include "user/lib/program.h"
#include "user/lib/system.h"

static struct open_file {
    char path[FILE_PATH_MAX]; /* empty: the descriptor is free */
    uint64_t offset;
    uint32_t size;
} files[FILES_MAX];

static int refuse(int error) {
    errno = error;
    return -1;
}

static struct open_file *file_of(int descriptor) {
    const int index = descriptor - FILES_FIRST;
    return index >= 0 && index < FILES_MAX && files[index].path[0] != 0 ? &files[index] : NULL;
}

/* What the kernel's answer is as an errno. */
static int error_of(int64_t status) {
    switch (status) {
    case STATUS_NOT_FOUND:
    case STATUS_STALE:
        return ENOENT;
    case STATUS_DENIED:
        return EACCES;
    case STATUS_UNSUPPORTED:
        return EISDIR;
    default:
        return EINVAL;
    }
}

static int descriptor_free(void) {
    for (int i = 0; i < FILES_MAX; i++) {
        if (files[i].path[0] == 0) {
            return i + FILES_FIRST;
        }
    }
    return refuse(EMFILE);
}

static void path_put(const char *path) {
    strcpy(system_message_area(), path);
}

int file_open(const char *path, int flags) {
    if ((flags & O_ACCMODE) != O_RDONLY) {
        return refuse(EROFS);
    }
    if (path[0] == 0 || strlen(path) >= FILE_PATH_MAX) {
        return refuse(path[0] == 0 ? ENOENT : ENAMETOOLONG);
    }
    const int descriptor = descriptor_free();
    if (descriptor < 0) {
        return descriptor;
    }
    path_put(path);
    const int64_t status = system_file_look(program.programs, FILE_BY_PATH);
    const struct file_record record = *(const struct file_record *)system_message_area();
    if (status != STATUS_OK || record.kind != FILE_IS_DATA) {
        return refuse(status != STATUS_OK ? error_of(status) : EISDIR);
    }
    struct open_file *file = &files[descriptor - FILES_FIRST];
    strcpy(file->path, path);
    file->offset = 0;
    file->size = record.size;
    return descriptor;
}

ssize_t file_read(int descriptor, void *bytes, size_t size) {
    struct open_file *file = file_of(descriptor);
    if (file == NULL) {
        return refuse(EBADF);
    }
    path_put(file->path);
    const int64_t count = system_file_read(program.programs, file->offset, size);
    if (count < 0) {
        return refuse(error_of(count));
    }
    memcpy(bytes, system_message_area(), (size_t)count);
    file->offset += (uint64_t)count;
    return (ssize_t)count;
}

off_t file_seek(int descriptor, off_t offset, int whence) {
    struct open_file *file = file_of(descriptor);
    off_t base = 0;
    if (file == NULL) {
        return refuse(EBADF);
    }
    if (whence == SEEK_CUR) {
        base = (off_t)file->offset;
    } else if (whence == SEEK_END) {
        base = (off_t)file->size;
    } else if (whence != SEEK_SET) {
        return refuse(EINVAL);
    }
    if (__builtin_add_overflow(base, offset, &base) || base < 0) {
        return refuse(EINVAL);
    }
    file->offset = (uint64_t)base;
    return base;
}

int file_close(int descriptor) {
    struct open_file *file = file_of(descriptor);
    if (file == NULL) {
        return refuse(EBADF);
    }
    file->path[0] = 0;
    return 0;
}

off_t file_size(int descriptor) {
    const struct open_file *file = file_of(descriptor);
    return file != NULL ? (off_t)file->size : refuse(EBADF);
}
