/* SPDX-License-Identifier: MIT */
/* What the files of the loader share. */
#ifndef KERNEL_PROC_LOAD_INTERNAL_H
#define KERNEL_PROC_LOAD_INTERNAL_H

#include "kernel/proc/load.h"

/* A program on its way. */
struct load {
    const struct load_request *request;
    struct elf elf;
    uint64_t base; /* added to the program's addresses */
    process_id_t id;
    uint32_t console; /* handles; 0: none */
    uint32_t terminal;
    uint32_t input;
    uint32_t source;
    uint32_t output;
    uint32_t programs;
    uint32_t system;
    uint64_t stack_pointer; /* where the program begins */
    uint8_t *scratch;       /* a page */
};

/* Fills the scratch page with the last page of the stack: zeros, and `used` bytes at its end that the
 * program finds. OUT_OF_RANGE: the texts are too long. O(PAGE_SIZE). */
MUST_USE status_t load_stack_write(const struct load *load, uint64_t *used);

#endif
