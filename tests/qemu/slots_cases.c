/* SPDX-License-Identifier: MIT */
/* Every slot there is, whatever their number: all spawned, none left, all joined, and again. */
#include "tests/qemu/groups.h"

static thread_id_t ids[CONFIG_THREAD_SLOTS];

static void exits_with(void *argument) {
    thread_exit((int64_t)(intptr_t)argument);
}

/* Spawns until no slot is left; returns how many. */
static uint32_t spawn_all(int64_t base) {
    for (uint32_t i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        void *argument = (void *)(intptr_t)(base + i);
        struct thread_attributes attributes = {.priority = (uint8_t)(i % CONFIG_MAIN_PRIORITY)};
        status_t status = thread_spawn(exits_with, argument, &attributes, &ids[i]);
        if (status != STATUS_OK) {
            TAP_EQ(status, STATUS_NO_SLOT, "spawn: no free slot");
            return i;
        }
    }
    TAP_OK(false, "slots end some time");
    return CONFIG_THREAD_SLOTS;
}

/* Joins them from the last to the first; returns how many had the right code. */
static uint32_t join_all(uint32_t count, int64_t base) {
    uint32_t right = 0;
    for (uint32_t i = count; i-- > 0;) {
        right += test_join(ids[i]) == base + i;
    }
    return right;
}

static void slots_all(void) {
    uint32_t slots = thread_slots_free();
    TAP_EQ(thread_slots_total(), CONFIG_THREAD_SLOTS, "as many slots as configured");
    for (int64_t round = 0; round < 3; round++) {
        uint32_t spawned = spawn_all(round * 10000);
        TAP_EQ(spawned, slots, "every free slot takes a thread");
        TAP_EQ(thread_slots_free(), 0, "and then none is free");
        TAP_EQ(join_all(spawned, round * 10000), spawned, "each joiner gets its thread's code");
    }
    record_number("slots_used", slots);
}

static const struct test_case slots_cases[] = {
    {"slots_all", slots_all, TEST_ALWAYS},
};
TEST_GROUP(slots);
