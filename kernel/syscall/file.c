/* SPDX-License-Identifier: MIT */
/* Files of the archive, which nobody changes: found and copied by errands. A path is taken out of the
 * message area first, as its process may change what lies there at any moment. */
#include "abi/file.h"
#include "arch/cpu.h"
#include "kernel/proc/process_handles.h"
#include "kernel/proc/spawn.h"
#include "kernel/syscall/errand.h"
#include "kernel/syscall/syscall.h"
#include "lib/assert.h"
#include "lib/bound.h"
#include "lib/string.h"

_Static_assert(FILE_PATH_MAX == CPIO_NAME_MAX, "a record has room for each");
_Static_assert(FILE_READ_MAX <= PAGE_SIZE && sizeof(struct file_record) <= PAGE_SIZE,
               "the message area has");
_Static_assert(FILE_IS_DATA == (int)CPIO_FILE && FILE_IS_DIRECTORY == (int)CPIO_DIRECTORY &&
                   FILE_IS_LINK == (int)CPIO_LINK && FILE_IS_OTHER == (int)CPIO_OTHER,
               "one kind, two names");

static void *message_area(void) {
    return arch_cpu_self()->current->message_area;
}

static void errand_end(struct errand *errand, int64_t value) {
    task_call_user_resume((uint64_t)(uintptr_t)errand, (uint64_t)value);
}

/* Finds what the path in the message area names. MALFORMED: no end of it; NOT_FOUND. */
static status_t entry_by_path(const struct cpio *archive, struct cpio_entry *entry) {
    char path[FILE_PATH_MAX];
    memcpy(path, message_area(), sizeof path);
    return strnlen(path, sizeof path) == sizeof path ? STATUS_MALFORMED
                                                     : cpio_find(archive, path, entry);
}

/* The entry with `index` before it. NOT_FOUND. */
static status_t entry_by_index(const struct cpio *archive, uint64_t index,
                               struct cpio_entry *entry) {
    if (index >= archive->entry_count) {
        return STATUS_NOT_FOUND;
    }
    *entry = CPIO_ENTRY_NONE;
    BOUND_LOOP(entries, CPIO_ENTRIES_MAX);
    for (uint64_t i = 0; i <= index && i < CPIO_ENTRIES_MAX; i++) {
        BOUND_TURN(entries);
        check(cpio_next(archive, entry)); /* there are so many */
    }
    return STATUS_OK;
}

static void look_work(void *argument) {
    struct errand *errand = argument;
    const struct cpio *archive = errand->programs->archive;
    const uint64_t index = errand->words[0];
    struct cpio_entry entry;
    const status_t status = index == FILE_BY_PATH ? entry_by_path(archive, &entry)
                                                  : entry_by_index(archive, index, &entry);
    if (status == STATUS_OK) {
        struct file_record record = {
            .size = entry.size, .kind = entry.kind, .permissions = entry.permissions};
        memcpy(record.path, entry.name, entry.name_length);
        memcpy(message_area(), &record, sizeof record);
    }
    errand_end(errand, status);
}
BOUND_STACK(look_work, 0);

/* From `offset`, at most `length` bytes: how many there were. */
static int64_t bytes_copy(const struct cpio_entry *entry, uint64_t offset, uint64_t length) {
    const uint64_t there = offset < entry->size ? entry->size - offset : 0;
    const uint64_t wanted = length < FILE_READ_MAX ? length : FILE_READ_MAX;
    const uint64_t count = there < wanted ? there : wanted;
    memcpy(message_area(), entry->data + offset, count);
    return (int64_t)count;
}

static void read_work(void *argument) {
    struct errand *errand = argument;
    struct cpio_entry entry;
    status_t status = entry_by_path(errand->programs->archive, &entry);
    if (status == STATUS_OK && entry.kind != CPIO_FILE) {
        status = STATUS_UNSUPPORTED;
    }
    errand_end(errand, status == STATUS_OK ? bytes_copy(&entry, errand->words[0], errand->words[1])
                                           : status);
}
BOUND_STACK(read_work, 0);

/* O(1). */
static struct frame *file_errand_irq(void (*work)(void *), uint64_t handle, uint64_t first,
                                     uint64_t second) IRQ_MASKED {
    struct thread *self = arch_cpu_self()->current;
    struct errand *errand = errand_of_irq(self);
    void *programs;
    const status_t status = handle_find(&self->process->handles, handle, HANDLE_PROGRAMS,
                                        HANDLE_RIGHT_RECEIVE, &programs);
    if (status != STATUS_OK) {
        arch_frame_set_result(&self->frame, (uint64_t)(int64_t)status);
        return &self->frame;
    }
    errand->programs = programs;
    errand->words[0] = first;
    errand->words[1] = second;
    return errand_begin_irq(self, work);
}

struct frame *syscall_file_look(uint64_t a, uint64_t b, uint64_t c) {
    (void)c;
    return file_errand_irq(look_work, a, b, 0);
}

struct frame *syscall_file_read(uint64_t a, uint64_t b, uint64_t c) {
    return file_errand_irq(read_work, a, b, c);
}
