/* SPDX-License-Identifier: MIT */
/* Files of an archive, for a process: abi/file.h. */
#ifndef KERNEL_PROC_FILE_H
#define KERNEL_PROC_FILE_H

#include "abi/file.h"
#include "lib/context.h"
#include "lib/cpio.h"
#include "lib/status.h"

struct file_request {
    bool is_read; /* else: what it is */
    uint64_t index;
    uint64_t offset;
    uint64_t length;
};

/* Answers a request of which `area`, a page, has the path, and gets what comes: a status, or how many
 * bytes came. NOT_FOUND; MALFORMED: no path; UNSUPPORTED: to read what is not a file. Linear in the
 * entries of the archive. */
int64_t file_serve(const struct cpio *archive, const struct file_request *request,
                   void *area) IRQ_UNMASKED;

#endif
