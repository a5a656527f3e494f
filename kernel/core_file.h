/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory in a file where the emulator runs, when the kernel stops: if the boot arguments
 * have "core=NAME". `./genrt gdb --core NAME` opens it.
 */
#ifndef KERNEL_CORE_FILE_H
#define KERNEL_CORE_FILE_H

#include "arch/frame.h"

enum core_result {
    CORE_NOT_ASKED, /* for */
    CORE_WRITTEN,
    CORE_NOT_WRITTEN, /* no file can be made, or it takes no more */
    CORE_NO_MEMORY,   /* is known yet: the boot had not come so far */
};

/* Writes it: the registers of `stopped`, and all RAM that can be read and is not zero. Tells how many
 * pages that were. Nothing else runs any more. O(RAM). */
enum core_result core_file_write(const struct frame *stopped, uint64_t *pages);

#endif
