/* SPDX-License-Identifier: MIT */
/*
 * The steps of loading. lib/elf.h has refused whatever a file could do wrong, so that each step here
 * fails for a lack of memory or place alone. What does not begin with a page in the file, and the
 * stack's arguments, are put together in a frame of the loader's own, the scratch page.
 */
#include "kernel/proc/load.h"

#include "abi/auxiliary.h"
#include "abi/syscall.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/proc/load_internal.h"
#include "kernel/proc/process_object.h"
#include "kernel/time/time.h"
#include "lib/bound.h"
#include "lib/string.h"

/* --- Segments --------------------------------------------------------------------------------- */

static enum user_protection protection_of(const struct elf_segment *segment) {
    if ((segment->rights & ELF_EXECUTE) != 0) {
        return USER_READ_EXECUTE;
    }
    return (segment->rights & ELF_WRITE) != 0 ? USER_READ_WRITE : USER_READ_ONLY;
}

/* The first page of a segment that begins within it: what lies before in the file is another's. */
static status_t first_page_map(const struct load *load, const struct elf_segment *segment) {
    const struct elf_page page = elf_segment_page(&load->elf, segment, 0);
    memset(load->scratch, 0, PAGE_SIZE);
    memcpy(load->scratch + page.at, page.bytes, page.count);
    return process_map(load->id, vaddr(load->base + elf_segment_first_page(segment)), PAGE_SIZE,
                       load->scratch, PAGE_SIZE, protection_of(segment));
}

static status_t segment_map(const struct load *load, const struct elf_segment *segment) {
    uint64_t done = 0; /* bytes of the segment */
    uint64_t pages = elf_segment_page_count(segment);
    const uint64_t within = segment->address % PAGE_SIZE;
    if (within != 0) {
        const status_t status = first_page_map(load, segment);
        if (status != STATUS_OK || --pages == 0) {
            return status;
        }
        done = PAGE_SIZE - within;
    }
    const uint64_t left = segment->file_size > done ? segment->file_size - done : 0;
    return process_map(load->id, vaddr(load->base + segment->address + done), pages * PAGE_SIZE,
                       left != 0 ? load->elf.file + segment->offset + done : NULL, left,
                       protection_of(segment));
}

static status_t segments_map(const struct load *load) {
    BOUND_LOOP(segments, ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < load->elf.segment_count; i++) {
        BOUND_TURN(segments);
        const status_t status = segment_map(load, &load->elf.segment[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Neighbours often lie in one page: it is looked up once. */
static status_t relocate(const struct load *load) {
    uint64_t page_address = 0;
    void *page = NULL;
    BOUND_LOOP(relocations, ELF_RELOCATIONS_MAX);
    for (uint32_t i = 0; i < load->elf.relocation_count; i++) {
        BOUND_TURN(relocations);
        const struct elf_relocation relocation = elf_relocation(&load->elf, i);
        const uint64_t address = load->base + relocation.address;
        const uint64_t value = load->base + relocation.addend;
        if (page == NULL || page_align_down(address) != page_address) {
            page_address = page_align_down(address);
            const status_t status = process_page(load->id, vaddr(page_address), &page);
            if (status != STATUS_OK) {
                return status;
            }
        }
        memcpy((uint8_t *)page + address % PAGE_SIZE, &value, sizeof value);
    }
    return STATUS_OK;
}

/* --- All of it -------------------------------------------------------------------------------- */

/* The stack's pages, of which the last has the arguments. */
static status_t stack_map(struct load *load) {
    const uint64_t size = load->request->stack_size;
    uint64_t used;
    status_t status = load_stack_write(load, &used);
    if (status == STATUS_OK && size > PAGE_SIZE) {
        status = process_map(load->id, vaddr(LOAD_STACK_TOP - size), size - PAGE_SIZE, NULL, 0,
                             USER_READ_WRITE);
    }
    load->stack_pointer = LOAD_STACK_TOP - used;
    return status != STATUS_OK ? status
                               : process_map(load->id, vaddr(LOAD_STACK_TOP - PAGE_SIZE), PAGE_SIZE,
                                             load->scratch, PAGE_SIZE, USER_READ_WRITE);
}

static void first_note(uint32_t *first, uint32_t handle) {
    if (*first == 0) {
        *first = handle;
    }
}

/* The mailbox right behind the console is what is typed there; those before all others are for other
 * programs, one to receive from, one to send to. */
static void mailbox_note(struct load *load, uint32_t i, uint32_t handle) {
    const struct process_gift *gift = &load->request->gifts[i];
    const bool is_early = i == 0 || (i == 1 && gift[-1].type == HANDLE_MAILBOX);
    if (i != 0 && gift[-1].type == HANDLE_CONSOLE) {
        first_note(&load->input, handle);
    } else if (is_early && (gift->rights & HANDLE_RIGHT_RECEIVE) != 0) {
        first_note(&load->source, handle);
    } else if (is_early && (gift->rights & HANDLE_RIGHT_SEND) != 0) {
        first_note(&load->output, handle);
    }
}

/* The first handle of a kind, unless there is one, is what its program has it for. */
static void handle_note(struct load *load, uint32_t i, uint32_t handle) {
    const struct process_gift *gift = &load->request->gifts[i];
    switch (gift->type) {
    case HANDLE_LOG:
        first_note(&load->console, handle);
        break;
    case HANDLE_CONSOLE:
        first_note(&load->terminal, handle);
        break;
    case HANDLE_MAILBOX:
        mailbox_note(load, i, handle);
        break;
    case HANDLE_PROGRAMS:
        first_note(&load->programs, handle);
        break;
    case HANDLE_SYSTEM:
        first_note(&load->system, handle);
        break;
    default:
        break;
    }
}

static status_t handles_give(struct load *load) {
    BOUND_LOOP(gifts, CONFIG_PROCESS_HANDLES);
    for (uint32_t i = 0; i < load->request->gift_count; i++) {
        BOUND_TURN(gifts);
        const struct process_gift *gift = &load->request->gifts[i];
        uint32_t handle = 0;
        const status_t status = process_give(load->id, gift, &handle);
        if (status != STATUS_OK) {
            return status;
        }
        handle_note(load, i, handle);
    }
    return STATUS_OK;
}

static status_t process_fill(struct load *load) {
    status_t status = segments_map(load);
    if (status == STATUS_OK) {
        status = relocate(load);
    }
    if (status == STATUS_OK && load->request->console) {
        status = process_give_log(load->id, &load->console);
    }
    if (status == STATUS_OK) {
        status = handles_give(load);
    }
    return status == STATUS_OK ? stack_map(load) : status;
}

static status_t request_check(const struct load_request *request) {
    if (request->stack_size % PAGE_SIZE != 0) {
        return STATUS_MISALIGNED;
    }
    return request->stack_size == 0 || request->stack_size > LOAD_STACK_MAX ||
                   request->argument_count > LOAD_TEXTS_MAX ||
                   request->environment_count > LOAD_TEXTS_MAX ||
                   request->gift_count > CONFIG_PROCESS_HANDLES
               ? STATUS_OUT_OF_RANGE
               : STATUS_OK;
}

/* Neither in the stack nor in the page below it. */
static status_t place_check(const struct load *load) {
    const uint64_t guard = LOAD_STACK_TOP - load->request->stack_size - PAGE_SIZE;
    return load->base + load->elf.highest > guard ? STATUS_OUT_OF_RANGE : STATUS_OK;
}

static status_t process_make(struct load *load, struct load_result *result) {
    paddr_t scratch;
    status_t status = frame_alloc(&scratch);
    if (status != STATUS_OK) {
        return status;
    }
    load->scratch = phys_to_virt(scratch);
    status = process_create(&load->request->attributes, &load->id);
    if (status == STATUS_OK) {
        status = process_fill(load);
        if (status != STATUS_OK) {
            process_drop(load->id);
        }
    }
    check(frame_free(scratch) == STATUS_OK);
    result->id = load->id;
    return status;
}

status_t load_program(const void *file, size_t size, const struct load_request *request,
                      struct load_result *result) {
    struct load load = {.request = request};
    *result = (struct load_result){.flaw = ELF_SOUND};
    status_t status = request_check(request);
    if (status == STATUS_OK) {
        status = elf_open(&load.elf, file, size, &result->flaw);
    }
    if (status != STATUS_OK) {
        return status;
    }
    load.base = load.elf.is_pie ? LOAD_PIE_BASE : 0;
    status = place_check(&load);
    if (status == STATUS_OK) {
        status = process_make(&load, result);
    }
    result->start = (struct process_start){.entry = vaddr(load.base + load.elf.entry),
                                           .stack_top = vaddr(load.stack_pointer),
                                           .argument = load.stack_pointer,
                                           .priority = request->priority,
                                           .fp = true};
    return status;
}

status_t load_path(const struct cpio *archive, const char *path, const struct load_request *request,
                   struct load_result *result) {
    struct cpio_entry entry;
    *result = (struct load_result){.flaw = ELF_SOUND};
    const status_t status = cpio_find(archive, path, &entry);
    if (status != STATUS_OK) {
        return status;
    }
    return entry.kind != CPIO_FILE ? STATUS_UNSUPPORTED
                                   : load_program(entry.data, entry.size, request, result);
}
