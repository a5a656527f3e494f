/* SPDX-License-Identifier: MIT */
/* Entries come and go by a stack of free indices, so that both are O(1). */
#include "lib/handle_table.h"

#include "lib/bound.h"

_Static_assert(CONFIG_PROCESS_HANDLES >= 1 && CONFIG_PROCESS_HANDLES <= 256,
               "as a handle is drawn");

void handle_table_init(struct handle_table *table) {
    BOUND_LOOP(entries, CONFIG_PROCESS_HANDLES);
    for (unsigned i = 0; i < CONFIG_PROCESS_HANDLES; i++) {
        BOUND_TURN(entries);
        table->entry[i] = (struct handle_entry){.generation = 1};
        table->next_free[i] = (uint16_t)(i + 1);
    }
    table->free = 0;
}

status_t handle_open(struct handle_table *table, uint8_t type, void *object, uint8_t rights,
                     uint32_t *handle) {
    if (type == 0 || object == NULL) {
        return STATUS_INVALID_ARGUMENT;
    }
    const unsigned index = table->free;
    if (index >= CONFIG_PROCESS_HANDLES) {
        return STATUS_FULL;
    }
    struct handle_entry *entry = &table->entry[index];
    table->free = table->next_free[index];
    entry->object = object;
    entry->type = type;
    entry->rights = rights;
    *handle = (uint32_t)entry->generation << 16 | index;
    return STATUS_OK;
}

status_t handle_close(struct handle_table *table, uint64_t handle) {
    struct handle_entry *entry = handle_entry_of(table, handle);
    if (entry == NULL) {
        return STATUS_STALE;
    }
    const unsigned index = (unsigned)(entry - table->entry);
    entry->type = 0;
    entry->object = NULL;
    entry->generation = entry->generation == 0x7fff ? 1 : entry->generation + 1;
    table->next_free[index] = table->free;
    table->free = (uint16_t)index;
    return STATUS_OK;
}

status_t handle_duplicate(struct handle_table *table, uint64_t handle, uint64_t rights,
                          uint8_t right_to_duplicate, uint32_t *duplicate) {
    const struct handle_entry *entry = handle_entry_of(table, handle);
    if (entry == NULL) {
        return STATUS_STALE;
    }
    if ((entry->rights & right_to_duplicate) == 0 || (rights & ~(uint64_t)entry->rights) != 0) {
        return STATUS_DENIED;
    }
    return handle_open(table, entry->type, entry->object, (uint8_t)rights, duplicate);
}
