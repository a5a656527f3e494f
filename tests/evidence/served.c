/* SPDX-License-Identifier: MIT */
/* See served.h. */
#include "tests/evidence/served.h"

#include "kernel/sync/mutex.h"

struct server served_server;
unsigned served_right;
volatile bool served_stop;

static struct mutex mutex;

static thread_id_t spawn(thread_entry entry, void *argument, unsigned priority) {
    struct thread_attributes attributes = {.priority = (uint8_t)priority, .fp = true};
    thread_id_t id = THREAD_ID_NONE;
    TAP_REQUIRE(thread_spawn(entry, argument, &attributes, &id) == STATUS_OK, "a thread");
    return id;
}

thread_id_t served_spawn(thread_entry entry, unsigned priority) {
    return spawn(entry, NULL, priority);
}

void served_works(void *argument) {
    (void)argument;
    while (!served_stop) {
    }
}

void served_handles(void *argument) {
    (void)argument;
    uint64_t overruns;
    while (server_wait_overrun(&served_server, &overruns) == STATUS_OK) {
        served_right += overruns != 0;
    }
}

static void owns(void *argument) {
    (void)argument;
    served_right += mutex_lock(&mutex) == STATUS_OK;
    while (!served_stop) {
    }
    served_right += mutex_unlock(&mutex) == STATUS_OK;
}

static void wants(void *argument) {
    const uint64_t *late = argument;
    if (*late != 0) {
        thread_sleep_ticks(*late);
    }
    served_stop = true;
    served_right += mutex_lock(&mutex) == STATUS_OK;
    served_right += mutex_unlock(&mutex) == STATUS_OK;
}

void served_lends(const struct server_attributes *attributes, unsigned level, uint64_t late) {
    const uint64_t budget = attributes->budget.ticks;
    TAP_REQUIRE(mutex_init(&mutex, NULL) == STATUS_OK, "a mutex");
    TAP_EQ(server_open(&served_server, attributes), STATUS_OK, "a server");
    for (uint64_t wait = budget / 2; wait <= 2 * budget; wait += 3 * budget / 2) {
        served_right = 0;
        served_stop = false;
        thread_id_t owner = served_spawn(owns, level);
        TAP_EQ(server_add(&served_server, owner), STATUS_OK, "has the owner");
        thread_sleep_ticks(wait);
        test_join(spawn(wants, &late, EVIDENCE_PUPPET));
        test_join(owner);
        TAP_EQ(served_right, 4, "the mutex goes from hand to hand");
        thread_sleep_ticks(2 * attributes->period.ticks);
    }
    TAP_EQ(server_close(&served_server), STATUS_OK, "it is closed");
}
