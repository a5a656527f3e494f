/* SPDX-License-Identifier: MIT */
/*
 * Files of the archive that programs come in, for who has a handle of programs with the right to
 * receive. They are only read. A path, with its NUL, lies at the start of the message area; what the
 * call answers with lies there afterwards.
 */
#ifndef ABI_FILE_H
#define ABI_FILE_H

#include <stdint.h>

#define FILE_PATH_MAX 128  /* bytes of a path with its NUL */
#define FILE_READ_MAX 2048 /* bytes that file_read answers with at most */

/* The index of file_look that says: the entry of the path. */
#define FILE_BY_PATH UINT64_MAX

enum file_kind {
    FILE_IS_DATA,
    FILE_IS_DIRECTORY,
    FILE_IS_LINK,
    FILE_IS_OTHER,
};

/* From file_look. */
struct file_record {
    uint32_t size; /* bytes */
    uint32_t kind; /* enum file_kind */
    uint32_t permissions;
    char path[FILE_PATH_MAX];
};

#endif
