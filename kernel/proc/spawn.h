/* SPDX-License-Identifier: MIT */
/* A process makes another one, of a program in an archive, out of what it has itself. */
#ifndef KERNEL_PROC_SPAWN_H
#define KERNEL_PROC_SPAWN_H

#include "abi/spawn.h"
#include "kernel/proc/file.h"
#include "kernel/proc/process_object.h"
#include "lib/cpio.h"

typedef status_t (*programs_spawn)(struct process *parent, const struct cpio *archive,
                                   const struct spawn_request *request, uint32_t *handle);

typedef int64_t (*programs_files)(const struct cpio *archive, const struct file_request *request,
                                  void *area);

/* What a handle of programs is of: its files can be read, and started. `spawn` is spawn_process, which the image says with
 * BOUND_CALLEE(programs_spawn, spawn_process); or NULL: so an image where nobody spawns has no loader. */
struct programs {
    const struct cpio *archive;
    programs_spawn spawn;
    programs_files files; /* the same: file_serve, or NULL */
};

/* For the running thread's process, `parent`, which may change `request` meanwhile: starts the child,
 * and gives the parent a handle to wait for it and to kill it. OUT_OF_RANGE, INVALID_ARGUMENT: the
 * request; DENIED: a priority above the ceiling, or a handle that may not be given so; STALE: no such
 * handle; TOO_DEEP: it is SPAWN_DEPTH_MAX below the kernel's; NO_MEMORY, FULL: the parent's quota of
 * pages, of processes or of handles; CLOSED: it is killed; errors of load_path() and process_start().
 * What is not possible leaves nothing. O(pages). */
MUST_USE status_t spawn_process(struct process *parent, const struct cpio *programs,
                                const struct spawn_request *request, uint32_t *handle) IRQ_UNMASKED;

#endif
