/* SPDX-License-Identifier: MIT */
/* A place in the table is free when nobody has what it stood for any more. Nothing is done when a name
 * goes. */
#include "kernel/proc/names.h"

#include "arch/cpu.h"
#include "kernel/proc/process_handles.h"
#include "lib/bound.h"
#include "lib/string.h"

#define NAME_WORDS (SYSCALL_NAME_BYTES / 8)

/* How often who publishes looks again because others did. */
#define LOOKS_MAX CONFIG_PROCESSES

struct name {
    uint64_t word[NAME_WORDS]; /* zeroes behind the end */
    process_id_t giver;
    uint32_t handle;
};

/* Interrupts masked. */
static struct {
    struct name place[CONFIG_NAMES];
    uint64_t changes;
} names;

static status_t name_read(const char *text, struct name *name) {
    char copied[SYSCALL_NAME_BYTES];
    char letters[SYSCALL_NAME_BYTES] = {0};
    uint32_t length = 0;
    memcpy(copied, text, sizeof copied); /* others may write there */
    BOUND_LOOP(letters, SYSCALL_NAME_BYTES);
    while (length < SYSCALL_NAME_BYTES && copied[length] > ' ' && copied[length] <= '~') {
        BOUND_TURN(letters);
        letters[length] = copied[length];
        length++;
    }
    if (length == 0 || length == SYSCALL_NAME_BYTES || copied[length] != 0) {
        return STATUS_MALFORMED;
    }
    memcpy(name->word, letters, sizeof letters);
    return STATUS_OK;
}

static bool name_equals(const struct name *a, const struct name *b) {
    uint64_t difference = 0;
    BOUND_LOOP(words, NAME_WORDS);
    for (unsigned i = 0; i < NAME_WORDS; i++) {
        BOUND_TURN(words);
        difference |= a->word[i] ^ b->word[i];
    }
    return difference == 0;
}

/* What it stands for, or NULL. O(1). */
static const struct handle_entry *name_entry_irq(const struct name *name) IRQ_MASKED {
    struct process *giver = process_find_irq(name->giver);
    if (giver == NULL) {
        return NULL;
    }
    const struct handle_entry *entry = handle_entry_of(&giver->handles, name->handle);
    return entry != NULL && (entry->type & HANDLE_PUBLISHED) != 0 ? entry : NULL;
}

/* --- Publishing ------------------------------------------------------------------------------- */

/* A look at all places: a free one, and how many changes there had been before. */
struct look {
    struct name *free;
    uint64_t changes;
};

static status_t look_for_place(const struct name *name, struct look *look) {
    bool taken = false;
    look->free = NULL;
    arch_irq_mask();
    look->changes = names.changes;
    arch_irq_unmask();
    BOUND_LOOP(places, CONFIG_NAMES);
    for (unsigned i = 0; i < CONFIG_NAMES && !taken; i++) {
        BOUND_TURN(places);
        struct name *place = &names.place[i];
        arch_irq_mask();
        if (name_entry_irq(place) == NULL) {
            look->free = place;
        } else {
            taken = name_equals(place, name);
        }
        arch_irq_unmask();
    }
    return taken ? STATUS_BUSY : look->free == NULL ? STATUS_FULL : STATUS_OK;
}

/* False: somebody else came in between. */
static bool place_take(const struct look *look, const struct name *name) {
    arch_irq_mask();
    const bool same = names.changes == look->changes;
    if (same) {
        *look->free = *name;
        names.changes++;
    }
    arch_irq_unmask();
    return same;
}

static status_t name_enter(const struct name *name) {
    struct look look;
    BOUND_LOOP(looks, LOOKS_MAX);
    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        BOUND_TURN(looks);
        const status_t status = look_for_place(name, &look);
        if (status != STATUS_OK || place_take(&look, name)) {
            return status;
        }
    }
    return STATUS_BUSY;
}

status_t names_publish(struct process *process, const char *text, uint64_t mailbox, uint64_t rights,
                       uint32_t *published) {
    struct name name = {.giver = process->id};
    status_t status = name_read(text, &name);
    if (status != STATUS_OK) {
        return status;
    }
    arch_irq_mask();
    status = process_handle_publish_irq(process, mailbox, rights, &name.handle);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        return status;
    }
    status = name_enter(&name);
    if (status != STATUS_OK) {
        struct handle_left left;
        arch_irq_mask();
        const status_t closed = process_handle_close_irq(process, name.handle, &left);
        arch_irq_unmask();
        if (closed == STATUS_OK) { /* else another thread guessed it */
            process_handle_left_free(&left);
        }
    }
    *published = name.handle;
    return status;
}

/* --- Finding ---------------------------------------------------------------------------------- */

/* NOT_FOUND: this place is another's. O(1). */
static status_t place_open_irq(const struct name *place, const struct name *name,
                               struct process *process, uint64_t rights,
                               uint32_t *handle) IRQ_MASKED {
    const struct handle_entry *entry = name_entry_irq(place);
    if (entry == NULL || !name_equals(place, name)) {
        return STATUS_NOT_FOUND;
    }
    return (rights & ~(uint64_t)entry->rights) != 0
               ? STATUS_DENIED
               : process_handle_open_irq(process, entry->type & HANDLE_TYPES, entry->object,
                                         (uint8_t)rights, handle);
}

status_t names_find(struct process *process, const char *text, uint64_t rights, uint32_t *handle) {
    struct name name;
    status_t status = name_read(text, &name);
    if (status != STATUS_OK) {
        return status;
    }
    status = STATUS_NOT_FOUND;
    BOUND_LOOP(sought, CONFIG_NAMES);
    for (unsigned i = 0; i < CONFIG_NAMES && status == STATUS_NOT_FOUND; i++) {
        BOUND_TURN(sought);
        arch_irq_mask();
        status = place_open_irq(&names.place[i], &name, process, rights, handle);
        arch_irq_unmask();
    }
    return status;
}
