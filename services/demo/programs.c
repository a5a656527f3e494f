/* SPDX-License-Identifier: MIT */
/* User mode, if the machine was given programs: starts the first of them, bin/init, with what it may
 * hand on to others, and tells how it ended. That is the log, the programs and their archive's files, the
 * console with what is typed at it, and the system. */
#define LOG_MODULE "programs"

#include "abi/syscall.h"
#include "kernel/app.h"
#include "kernel/console/log.h"
#include "kernel/mm/initrd.h"
#include "kernel/proc/load.h"
#include "kernel/proc/spawn.h"
#include "kernel/proc/system.h"
#include "lib/bound.h"
#include "services/demo/demo.h"

#define FIRST          "bin/init"
#define FIRST_PAGES    1024
#define FIRST_CHILDREN 8
#define FIRST_PRIORITY 35 /* below what has deadlines, above what only computes */

/* Constant once the programs run. */
static struct cpio archive;
static struct programs programs = {&archive, spawn_process, file_serve};

static const struct system_control control = {system_records_read, app_exit};

BOUND_CALLEE(programs_spawn, spawn_process);
BOUND_CALLEE(programs_files, file_serve);
BOUND_CALLEE(system_reader, system_records_read);
BOUND_CALLEE(system_ender, app_exit);

static status_t archive_open(const char **why) {
    const void *bytes;
    uint64_t size;
    enum cpio_flaw flaw;
    if (!initrd_bytes(&bytes, &size)) {
        *why = "there is none";
        return STATUS_NOT_FOUND;
    }
    const status_t status = cpio_open(&archive, bytes, size, &flaw);
    *why = cpio_flaw_text(flaw);
    return status;
}

static status_t first_load(struct load_result *loaded) {
    static const char *const arguments[] = {FIRST};
    void *const system = (void *)(uintptr_t)&control; /* nobody changes it */
    const struct process_gift gifts[] = {
        {&archive, HANDLE_LOG, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
        {&programs, HANDLE_PROGRAMS,
         HANDLE_RIGHT_SPAWN | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {&archive, HANDLE_CONSOLE, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
        {console_mailbox(), HANDLE_MAILBOX, HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {system, HANDLE_SYSTEM, HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_KILL | HANDLE_RIGHT_DUPLICATE},
    };
    const struct load_request request = {
        .attributes = {.name = FIRST,
                       .pages = FIRST_PAGES,
                       .children = FIRST_CHILDREN,
                       .ceiling = FIRST_PRIORITY},
        .arguments = arguments,
        .argument_count = ARRAY_SIZE(arguments),
        .stack_size = 4 * PAGE_SIZE,
        .priority = FIRST_PRIORITY,
        .gifts = gifts,
        .gift_count = ARRAY_SIZE(gifts),
    };
    return load_path(&archive, FIRST, &request, loaded);
}

static void first_end(process_id_t id) {
    struct process_end end;
    const status_t status = process_wait_until(id, &end, INSTANT_NEVER);
    if (status == STATUS_OK) {
        log_info("%s ended with %lld", FIRST, (long long)end.code);
    } else {
        log_warn("%s ended: %s", FIRST, status_name(status));
    }
}

void programs_run(void *unused) {
    (void)unused;
    const char *why = "";
    struct load_result loaded;
    status_t status = archive_open(&why);
    if (status != STATUS_OK) {
        log_warn("no programs: %s", why);
        return;
    }
    status = first_load(&loaded);
    if (status == STATUS_OK) {
        status = process_start(loaded.id, &loaded.start);
    }
    if (status != STATUS_OK) {
        log_warn("%s does not start: %s", FIRST, status_name(status));
        return;
    }
    first_end(loaded.id);
}
BOUND_STACK(programs_run, 0);
