/* SPDX-License-Identifier: MIT */
/* Descriptors of files, for posix.c: each answers as the call of POSIX does, and sets errno. */
#ifndef USER_LIB_FILES_H
#define USER_LIB_FILES_H

#include <sys/types.h>

#define FILES_FIRST 3 /* the descriptor of the first */
#define FILES_MAX   8

/* Only to be read. ENOENT, EACCES, EISDIR, EROFS, ENAMETOOLONG, EMFILE. */
int file_open(const char *path, int flags);
ssize_t file_read(int descriptor, void *bytes, size_t size);
off_t file_seek(int descriptor, off_t offset, int whence);
int file_close(int descriptor);
off_t file_size(int descriptor);

#endif
