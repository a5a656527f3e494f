/* SPDX-License-Identifier: MIT */
/*
 * From a program to a process that is ready to start: its segments mapped with their rights and
 * nothing else, a static-PIE relocated, a stack between guards, with arguments, environment and the
 * auxiliary vector on it (abi/auxiliary.h). All of it is there before the process begins, so it never
 * waits for a page. What is not possible is a status, and then nothing of it is left.
 *
 *   0x0000_7fff_ffff_f000  message area
 *   LOAD_STACK_TOP         +-----------------------------+
 *                          | arguments; stack, downwards |
 *                          | guard, one page             |  nothing is ever mapped there
 *                          | ...                         |
 *   LOAD_PIE_BASE          | a static-PIE                |  others: where they want, below the guard
 *                          +-----------------------------+
 */
#ifndef KERNEL_PROC_LOAD_H
#define KERNEL_PROC_LOAD_H

#include "kernel/proc/process.h"
#include "lib/cpio.h"
#include "lib/elf.h"

#define LOAD_STACK_TOP UINT64_C(0x7fffffe00000)
#define LOAD_PIE_BASE  UINT64_C(0x10000000)

/* Bytes of the largest stack. */
#define LOAD_STACK_MAX (UINT64_C(4) << 20)

/* Arguments, and texts of the environment; and bytes of all of them with their NULs. Reason: they and
 * the pointers to them share one page. */
#define LOAD_TEXTS_MAX      32
#define LOAD_TEXT_BYTES_MAX 2048

struct process_gift;

struct load_request {
    struct process_attributes attributes;
    const char *const *arguments; /* the first is the program's name */
    uint32_t argument_count;
    const char *const *environment;
    uint32_t environment_count;
    uint64_t stack_size; /* bytes, a multiple of PAGE_SIZE */
    uint8_t priority;
    bool console; /* gets a handle of the log for its standard output, as its first */
    const struct process_gift *gifts; /* the handles that it begins with */
    uint32_t gift_count;
};

/* A process that has been loaded, and how to start it. */
struct load_result {
    process_id_t id;
    struct process_start start; /* with floating point: the C library uses it */
    enum elf_flaw flaw;         /* why the file was refused; ELF_SOUND: it was not */
};

/* Makes a process of the program in the `size` bytes at `file`. Errors of elf_open(), with
 * result->flaw; of process_create() and process_map(): NO_SLOT, NO_MEMORY (quota or frames), OVERLAP;
 * FULL: handles; OUT_OF_RANGE: the stack, the number or length of texts, or a program that reaches into the stack's
 * guard; MISALIGNED: stack_size. On an error nothing is left. Thread context. O(pages) and linear in
 * relocations, O(1) of it masked at a time. */
MUST_USE status_t load_program(const void *file, size_t size, const struct load_request *request,
                               struct load_result *result) IRQ_UNMASKED;

/* The same for a file of an archive. Also NOT_FOUND; UNSUPPORTED: not a file. */
MUST_USE status_t load_path(const struct cpio *archive, const char *path,
                            const struct load_request *request,
                            struct load_result *result) IRQ_UNMASKED;

#endif
