/* SPDX-License-Identifier: MIT */
/*
 * Handles: small numbers that stand for objects, each with a type and rights. A handle is an index
 * and a generation, which grows whenever its entry is given back: so an old one is refused until its
 * generation, of 15 bits, has come round.
 *
 *     31          16 15        8 7         0
 *     | generation  | 0         | index    |     positive, never 0
 *
 * A value; who shares a table keeps others away.
 */
#ifndef LIB_HANDLE_TABLE_H
#define LIB_HANDLE_TABLE_H

#include <stddef.h>

#include "config.h"
#include "lib/compiler.h"
#include "lib/status.h"

struct handle_entry {
    void *object;
    uint16_t generation; /* 1..0x7fff */
    uint8_t type;        /* 0: free */
    uint8_t rights;
};

struct handle_table {
    struct handle_entry entry[CONFIG_PROCESS_HANDLES];
    uint16_t free;                              /* the first free index, or what is none */
    uint16_t next_free[CONFIG_PROCESS_HANDLES]; /* behind each free one */
};

/* All entries are free. O(CONFIG_PROCESS_HANDLES). */
void handle_table_init(struct handle_table *table);

/* A new handle. INVALID_ARGUMENT: type 0 or object NULL; FULL. O(1). */
MUST_USE status_t handle_open(struct handle_table *table, uint8_t type, void *object,
                              uint8_t rights, uint32_t *handle);

/* STALE: it stands for nothing. O(1). */
MUST_USE status_t handle_close(struct handle_table *table, uint64_t handle);

/* Another handle of the same object with some of the rights. STALE; DENIED: it may not be
 * duplicated, or `rights` has more than it has; FULL. O(1). */
MUST_USE status_t handle_duplicate(struct handle_table *table, uint64_t handle, uint64_t rights,
                                   uint8_t right_to_duplicate, uint32_t *duplicate);

/* The entry of a handle, or NULL. O(1). */
static inline struct handle_entry *handle_entry_of(struct handle_table *table, uint64_t handle) {
    const uint64_t index = handle & 0xffff;
    if (index >= CONFIG_PROCESS_HANDLES) {
        return NULL;
    }
    struct handle_entry *entry = &table->entry[index];
    return entry->type != 0 && entry->generation == handle >> 16 ? entry : NULL;
}

/* handle_find() in a few steps, for one right: whether there is such an object. O(1). */
static ALWAYS_INLINE bool handle_find_shortly(const struct handle_table *table, uint64_t handle,
                                              uint8_t type, uint8_t right, void **object) {
    const uint64_t index = handle & 0xffff;
    const struct handle_entry *entry = &table->entry[index];
    if (index >= CONFIG_PROCESS_HANDLES) {
        return false;
    }
    uint32_t is;
    _Static_assert(
        offsetof(struct handle_entry, type) == offsetof(struct handle_entry, generation) + 2 &&
            offsetof(struct handle_entry, rights) == offsetof(struct handle_entry, generation) + 3,
        "little-endian: a word of three");
    __builtin_memcpy(&is, &entry->generation, sizeof is);
    const uint32_t want = (uint32_t)type << 16 | (uint32_t)right << 24;
    *object = entry->object;
    return (is & (0xffffffu | (uint32_t)right << 24)) == (handle >> 16 | want);
}

/* The object of a handle. STALE; INVALID_ARGUMENT: it is of another type; DENIED: it has not all of
 * `rights`. O(1). */
MUST_USE static inline status_t handle_find(struct handle_table *table, uint64_t handle,
                                            uint8_t type, uint8_t rights, void **object) {
    const struct handle_entry *entry = handle_entry_of(table, handle);
    if (entry == NULL) {
        return STATUS_STALE;
    }
    if (entry->type != type) {
        return STATUS_INVALID_ARGUMENT;
    }
    *object = entry->object;
    return (entry->rights & rights) == rights ? STATUS_OK : STATUS_DENIED;
}

#endif
