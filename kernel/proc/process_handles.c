/* SPDX-License-Identifier: MIT */
/* Opening, closing, offering and taking, with what that holds and lets go. */
#include "kernel/proc/process_handles.h"

#include "abi/syscall.h"
#include "arch/cpu.h"
#include "kernel/ipc/mailbox_hold.h"
#include "kernel/ipc/port_hold.h"
#include "kernel/proc/process_sync.h"
#include "lib/bound.h"

_Static_assert(CONFIG_PROCESSES <= 256, "an offer's number has its slot in 8 bits");

#define OFFER_SLOT_SHIFT 8
#define OFFER_SLOT_MASK  UINT64_C(0xff00)

static unsigned index_of(const struct process *process, const struct handle_entry *entry) {
    return (unsigned)(entry - process->handles.entry);
}

static void object_hold_irq(unsigned type, void *object) IRQ_MASKED {
    if ((type & HANDLE_TYPES) == HANDLE_MAILBOX) {
        mailbox_hold_irq(object);
    } else if ((type & HANDLE_TYPES) == HANDLE_PORT) {
        port_hold_irq(object);
    } else if (process_sync_is_handled(type)) {
        process_sync_hold_irq(object);
    }
}

/* The mailbox, if that was the last who held it. */
static struct mailbox *object_let_go_irq(unsigned type, void *object) IRQ_MASKED {
    return (type & HANDLE_TYPES) == HANDLE_MAILBOX && mailbox_let_go_irq(object) ? object : NULL;
}

/* The port, if that was the last who held it. */
static struct port *port_let_go_of_irq(unsigned type, void *object) IRQ_MASKED {
    return (type & HANDLE_TYPES) == HANDLE_PORT && port_let_go_irq(object) ? object : NULL;
}

status_t process_handle_open_irq(struct process *process, enum handle_type type, void *object,
                                 uint8_t rights, uint32_t *handle) {
    const status_t status = handle_open(&process->handles, (uint8_t)type, object, rights, handle);
    if (status == STATUS_OK) {
        object_hold_irq(type, object);
    }
    return status;
}

void process_gift_hold_irq(const struct process_gift *gift) {
    object_hold_irq(gift->type, gift->object);
}

void process_gift_let_go(const struct process_gift *gift) {
    if (process_sync_is_handled(gift->type)) {
        process_sync_let_go(gift->object);
        return;
    }
    arch_irq_mask();
    struct mailbox *last = object_let_go_irq(gift->type, gift->object);
    struct port *last_port = port_let_go_of_irq(gift->type, gift->object);
    arch_irq_unmask();
    if (last != NULL) {
        mailbox_free(last);
    }
    if (last_port != NULL) {
        port_free(last_port);
    }
}

/* By itself each: as a whole it would be a call of memset(), too long to be masked. */
static ALWAYS_INLINE void left_nothing(struct handle_left *left) {
    left->object = NULL;
    left->offered_to = NULL;
    left->ended = NULL;
    left->port = NULL;
    left->ended_port = NULL;
    left->sync = NULL;
    left->sync_ended = NULL;
}

/* With the handle of its maker an object ends, which counted for a page. */
static void object_end_irq(struct process *process, const struct handle_entry *entry,
                           struct handle_left *left) IRQ_MASKED {
    if (entry->type == HANDLE_MAILBOX) {
        left->ended = entry->object;
    } else if (entry->type == HANDLE_PORT) {
        left->ended_port = entry->object;
    } else {
        left->sync_ended = entry->object;
    }
    process->space.used--;
}

/* The mutex or semaphore, if that was the last who held it. */
static struct process_sync *sync_let_go_of_irq(unsigned type, void *object) IRQ_MASKED {
    return process_sync_is_handled(type) && process_sync_let_go_irq(object) ? object : NULL;
}

status_t process_handle_close_irq(struct process *process, uint64_t handle,
                                  struct handle_left *left) {
    const struct handle_entry *entry = handle_entry_of(&process->handles, handle);
    left_nothing(left);
    if (entry == NULL) {
        return STATUS_STALE;
    }
    left->object = object_let_go_irq(entry->type, entry->object);
    left->port = port_let_go_of_irq(entry->type, entry->object);
    left->sync = sync_let_go_of_irq(entry->type, entry->object);
    if ((entry->rights & HANDLE_RIGHT_CLOSE) != 0) {
        object_end_irq(process, entry, left);
    }
    if ((entry->type & HANDLE_OFFERED) != 0) {
        left->offered_to =
            object_let_go_irq(HANDLE_MAILBOX, process->offered_to[index_of(process, entry)]);
    }
    return handle_close(&process->handles, handle);
}

/* A handle that is there to be used. */
static status_t usable_irq(struct process *process, uint64_t handle,
                           struct handle_entry **entry) IRQ_MASKED {
    *entry = handle_entry_of(&process->handles, handle);
    if (*entry == NULL) {
        return STATUS_STALE;
    }
    return ((*entry)->type & ~HANDLE_TYPES) != 0 ? STATUS_INVALID_ARGUMENT : STATUS_OK;
}

status_t process_handle_duplicate_irq(struct process *process, uint64_t handle, uint64_t rights,
                                      uint32_t *duplicate) {
    struct handle_entry *entry;
    status_t status = usable_irq(process, handle, &entry);
    if (status == STATUS_OK && (rights & HANDLE_RIGHT_CLOSE) != 0) {
        status = STATUS_DENIED; /* there is one such handle of a mailbox */
    }
    if (status == STATUS_OK) {
        status =
            handle_duplicate(&process->handles, handle, rights, HANDLE_RIGHT_DUPLICATE, duplicate);
    }
    if (status == STATUS_OK) {
        object_hold_irq(entry->type, entry->object);
    }
    return status;
}

status_t process_handle_offer_irq(struct process *process, uint64_t handle, uint64_t rights,
                                  uint64_t to, uint32_t *offer) {
    void *mailbox;
    uint32_t copy = 0;
    status_t status =
        handle_find(&process->handles, to, HANDLE_MAILBOX, HANDLE_RIGHT_SEND, &mailbox);
    if (status == STATUS_OK) {
        status = (rights & HANDLE_RIGHT_WAIT) != 0
                     ? STATUS_DENIED
                     : process_handle_duplicate_irq(process, handle, rights, &copy);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct handle_entry *entry = handle_entry_of(&process->handles, copy);
    entry->type |= HANDLE_OFFERED;
    process->offered_to[index_of(process, entry)] = mailbox;
    mailbox_hold_irq(mailbox);
    *offer = copy | process->id.index << OFFER_SLOT_SHIFT;
    return STATUS_OK;
}

status_t process_handle_publish_irq(struct process *process, uint64_t handle, uint64_t rights,
                                    uint32_t *published) {
    const struct handle_entry *entry = handle_entry_of(&process->handles, handle);
    status_t status = entry != NULL ? STATUS_OK : STATUS_STALE;
    if (entry != NULL && entry->type != HANDLE_MAILBOX && entry->type != HANDLE_PORT) {
        status = STATUS_INVALID_ARGUMENT;
    }
    if (status == STATUS_OK) {
        status = process_handle_duplicate_irq(process, handle, rights, published);
    }
    if (status == STATUS_OK) {
        handle_entry_of(&process->handles, *published)->type |= HANDLE_PUBLISHED;
    }
    return status;
}

/* Whose an offer is, and its entry; or NULL. */
static struct handle_entry *offer_find_irq(uint64_t offer, const void *mailbox,
                                           struct process **giver) IRQ_MASKED {
    const uint64_t slot = (offer & OFFER_SLOT_MASK) >> OFFER_SLOT_SHIFT;
    if (slot >= CONFIG_PROCESSES) {
        return NULL;
    }
    *giver = &process_slots[slot];
    struct handle_entry *entry = handle_entry_of(&(*giver)->handles, offer & ~OFFER_SLOT_MASK);
    return entry != NULL && (entry->type & HANDLE_OFFERED) != 0 &&
                   (*giver)->offered_to[index_of(*giver, entry)] == mailbox
               ? entry
               : NULL;
}

status_t process_handle_take_irq(struct process *process, uint64_t offer, uint64_t from,
                                 uint32_t *handle) {
    void *mailbox;
    struct process *giver;
    struct handle_left left;
    status_t status =
        handle_find(&process->handles, from, HANDLE_MAILBOX, HANDLE_RIGHT_RECEIVE, &mailbox);
    if (status != STATUS_OK) {
        return status;
    }
    const struct handle_entry *entry = offer_find_irq(offer, mailbox, &giver);
    if (entry == NULL) {
        return STATUS_STALE;
    }
    status = process_handle_open_irq(process, entry->type & HANDLE_TYPES, entry->object,
                                     entry->rights, handle);
    if (status == STATUS_OK) { /* what it lets go is held: by the new handle, and by `from` */
        status = process_handle_close_irq(giver, offer & ~OFFER_SLOT_MASK, &left);
    }
    return status;
}

/* A page for a mailbox. O(1). */
static status_t page_count(struct process *process) {
    arch_irq_mask();
    const bool any = process->space.used < process->space.quota;
    process->space.used += any;
    arch_irq_unmask();
    return any ? STATUS_OK : STATUS_NO_MEMORY;
}

static void page_uncount(struct process *process) {
    arch_irq_mask();
    process->space.used--;
    arch_irq_unmask();
}

static status_t mailbox_make(struct process *process, uint64_t size, uint64_t capacity,
                             uint32_t *handle) {
    struct mailbox *mailbox;
    status_t status = mailbox_create(size, capacity, &mailbox);
    if (status != STATUS_OK) {
        return status;
    }
    const uint8_t rights =
        HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE | HANDLE_RIGHT_CLOSE;
    arch_irq_mask();
    status = process_handle_open_irq(process, HANDLE_MAILBOX, mailbox, rights, handle);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        mailbox_destroy(mailbox);
    }
    return status;
}

status_t process_mailbox_make(struct process *process, uint64_t size, uint64_t capacity,
                              uint32_t *handle) {
    if (capacity > SYSCALL_MAILBOX_BYTES_MAX || size > CONFIG_MAILBOX_MESSAGE_MAX ||
        size * capacity > SYSCALL_MAILBOX_BYTES_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    status_t status = page_count(process);
    if (status != STATUS_OK) {
        return status;
    }
    status = mailbox_make(process, size, capacity, handle);
    if (status != STATUS_OK) {
        page_uncount(process);
    }
    return status;
}

static status_t port_make(struct process *process, uint32_t *handle) {
    struct port *port;
    status_t status = port_create(&port);
    if (status != STATUS_OK) {
        return status;
    }
    const uint8_t rights =
        HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE | HANDLE_RIGHT_CLOSE;
    arch_irq_mask();
    status = process_handle_open_irq(process, HANDLE_PORT, port, rights, handle);
    arch_irq_unmask();
    if (status != STATUS_OK) {
        port_destroy(port);
    }
    return status;
}

status_t process_port_make(struct process *process, uint32_t *handle) {
    status_t status = page_count(process);
    if (status == STATUS_OK) {
        status = port_make(process, handle);
        if (status != STATUS_OK) {
            page_uncount(process);
        }
    }
    return status;
}

void process_handles_drop(struct process *process) {
    BOUND_LOOP(entries, CONFIG_PROCESS_HANDLES);
    for (unsigned i = 0; i < CONFIG_PROCESS_HANDLES; i++) {
        BOUND_TURN(entries);
        struct handle_left left;
        arch_irq_mask();
        const uint64_t handle = (uint64_t)process->handles.entry[i].generation << 16 | i;
        const status_t status = process_handle_close_irq(process, handle, &left);
        arch_irq_unmask();
        if (status == STATUS_OK) {
            process_handle_left_free(&left);
        }
    }
}

void process_handle_left_free(const struct handle_left *left) {
    if (left->ended != NULL) {
        mailbox_destroy(left->ended);
    }
    if (left->object != NULL) {
        mailbox_free(left->object);
    }
    if (left->offered_to != NULL) {
        mailbox_free(left->offered_to);
    }
    if (left->ended_port != NULL) {
        port_destroy(left->ended_port);
    }
    if (left->port != NULL) {
        port_free(left->port);
    }
    if (left->sync_ended != NULL) {
        process_sync_end(left->sync_ended);
    }
    if (left->sync != NULL) {
        process_sync_free(left->sync);
    }
}
