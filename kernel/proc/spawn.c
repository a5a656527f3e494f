/* SPDX-License-Identifier: MIT */
/*
 * First all is judged, then the quota is taken, then the child is loaded; it shows to others only when it
 * starts, which is last. Other threads of the parent go on meanwhile, so the request is copied first, and
 * what its handles are of is held.
 */
#include "kernel/proc/spawn.h"

#include "abi/syscall.h"
#include "arch/cpu.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/proc/load.h"
#include "kernel/proc/process_handles.h"
#include "kernel/proc/process_tree.h"
#include "lib/bound.h"
#include "lib/string.h"

_Static_assert(sizeof(struct spawn_request) <= PAGE_SIZE, "it lies in the message area");
_Static_assert(SPAWN_TEXTS_MAX <= LOAD_TEXTS_MAX, "the loader takes as many");

/* Rights to what a process made, which nobody else can have. */
#define RIGHTS_OF_MAKER (HANDLE_RIGHT_WAIT | HANDLE_RIGHT_CLOSE)

struct spawn {
    const struct spawn_request *request;
    const char *text[SPAWN_TEXTS_MAX + 1]; /* the first is the path */
    struct process_gift gift[SPAWN_HANDLES_MAX];
    unsigned gift_count; /* that are held */
};

static status_t request_judge(const struct process *parent, const struct spawn_request *request) {
    const uint32_t texts = (uint32_t)request->argument_count + request->environment_count;
    if (request->handle_count > SPAWN_HANDLES_MAX || texts > SPAWN_TEXTS_MAX ||
        request->pages > CONFIG_PROCESS_PAGES || request->stack_pages > CONFIG_PROCESS_PAGES ||
        request->children > CONFIG_PROCESSES) {
        return STATUS_OUT_OF_RANGE;
    }
    if (parent->depth >= SPAWN_DEPTH_MAX) {
        return STATUS_TOO_DEEP;
    }
    return request->priority > parent->ceiling ? STATUS_DENIED : STATUS_OK;
}

/* Each ends with a NUL, and so does the last. */
static status_t texts_find(struct spawn *spawn) {
    const struct spawn_request *request = spawn->request;
    const uint32_t count = 1u + request->argument_count + request->environment_count;
    uint32_t found = 0;
    spawn->text[0] = request->texts;
    BOUND_LOOP(letters, SPAWN_TEXT_BYTES_MAX);
    for (uint32_t at = 0; at < SPAWN_TEXT_BYTES_MAX && found < count; at++) {
        BOUND_TURN(letters);
        if (request->texts[at] == 0) {
            found++;
            if (found < count) {
                spawn->text[found] = &request->texts[at] + 1;
            }
        }
    }
    return found < count ? STATUS_OUT_OF_RANGE : STATUS_OK;
}

/* As for a duplicate. O(1). */
static status_t gift_find(struct process *parent, struct spawn_handle wanted,
                          struct process_gift *gift) IRQ_UNMASKED {
    status_t status = STATUS_OK;
    arch_irq_mask();
    const struct handle_entry *entry = handle_entry_of(&parent->handles, wanted.handle);
    if (entry == NULL) {
        status = STATUS_STALE;
    } else if ((entry->type & ~HANDLE_TYPES) != 0) {
        status = STATUS_INVALID_ARGUMENT;
    } else if ((entry->rights & HANDLE_RIGHT_DUPLICATE) == 0 ||
               (wanted.rights & ~(uint32_t)entry->rights) != 0 ||
               (wanted.rights & RIGHTS_OF_MAKER) != 0) {
        status = STATUS_DENIED;
    } else {
        *gift = (struct process_gift){entry->object, (enum handle_type)entry->type,
                                      (uint8_t)wanted.rights};
        process_gift_hold_irq(gift);
    }
    arch_irq_unmask();
    return status;
}

static status_t gifts_find(struct process *parent, struct spawn *spawn) {
    BOUND_LOOP(gifts, SPAWN_HANDLES_MAX);
    for (uint32_t i = 0; i < spawn->request->handle_count; i++) {
        BOUND_TURN(gifts);
        const status_t status = gift_find(parent, spawn->request->handle[i], &spawn->gift[i]);
        if (status != STATUS_OK) {
            return status;
        }
        spawn->gift_count++;
    }
    return STATUS_OK;
}

static void gifts_let_go(const struct spawn *spawn) {
    BOUND_LOOP(held, SPAWN_HANDLES_MAX);
    for (uint32_t i = 0; i < spawn->gift_count; i++) {
        BOUND_TURN(held);
        process_gift_let_go(&spawn->gift[i]);
    }
}

static status_t child_load(const struct spawn *spawn, const struct cpio *programs,
                           struct load_result *loaded) {
    const struct spawn_request *request = spawn->request;
    const struct load_request how = {
        .attributes = {.name = spawn->text[0],
                       .pages = request->pages,
                       .children = request->children,
                       .ceiling = request->priority},
        .arguments = &spawn->text[1],
        .argument_count = request->argument_count,
        .environment = &spawn->text[1 + request->argument_count],
        .environment_count = request->environment_count,
        .stack_size = request->stack_pages * PAGE_SIZE,
        .priority = request->priority,
        .gifts = spawn->gift,
        .gift_count = request->handle_count,
    };
    return load_path(programs, spawn->text[0], &how, loaded);
}

/* The parent's handle is there before the child runs. */
static status_t child_start(struct process *parent, const struct load_result *loaded,
                            uint32_t *handle) {
    const uint8_t rights = HANDLE_RIGHT_WAIT | HANDLE_RIGHT_KILL | HANDLE_RIGHT_DUPLICATE;
    arch_irq_mask();
    status_t status = process_handle_open_irq(parent, HANDLE_PROCESS, process_as_object(loaded->id),
                                              rights, handle);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        return status;
    }
    status = process_start_below(loaded->id, &loaded->start, parent);
    if (status != STATUS_OK) {
        struct handle_left left; /* nothing: it holds no mailbox */
        arch_irq_mask();
        const status_t closed = process_handle_close_irq(parent, *handle, &left);
        arch_irq_unmask();
        (void)closed; /* another thread may have guessed it */
    }
    return status;
}

static status_t child_make(struct process *parent, const struct spawn *spawn,
                           const struct cpio *programs, uint32_t *handle) {
    struct load_result loaded;
    status_t status = child_load(spawn, programs, &loaded);
    if (status == STATUS_OK) {
        status = child_start(parent, &loaded, handle);
        if (status != STATUS_OK) {
            process_drop(loaded.id);
        }
    }
    return status;
}

/* Lends what it needs, and makes it. */
static status_t spawn_judged(struct process *parent, const struct spawn *spawn,
                             const struct cpio *programs, uint32_t *handle) {
    const uint32_t pages = spawn->request->pages;
    const unsigned children = spawn->request->children + 1u;
    status_t status = process_lend(parent, pages, children);
    if (status != STATUS_OK) {
        return status;
    }
    status = child_make(parent, spawn, programs, handle);
    if (status != STATUS_OK) {
        process_lend_back(parent, pages, children);
    }
    return status;
}

/* Of a request that nobody changes. */
static status_t spawn_copied(struct process *parent, const struct cpio *programs,
                             const struct spawn_request *request, uint32_t *handle) {
    struct spawn spawn = {.request = request};
    status_t status = request_judge(parent, request);
    if (status == STATUS_OK) {
        status = texts_find(&spawn);
    }
    if (status == STATUS_OK) {
        status = gifts_find(parent, &spawn);
    }
    if (status == STATUS_OK) {
        status = spawn_judged(parent, &spawn, programs, handle);
    }
    gifts_let_go(&spawn);
    return status;
}

status_t spawn_process(struct process *parent, const struct cpio *programs,
                       const struct spawn_request *request, uint32_t *handle) {
    paddr_t frame;
    status_t status = frame_alloc(&frame);
    if (status != STATUS_OK) {
        return status;
    }
    struct spawn_request *copy = phys_to_virt(frame);
    memcpy(copy, request, sizeof *copy);
    status = spawn_copied(parent, programs, copy, handle);
    check(frame_free(frame) == STATUS_OK);
    return status;
}
