/* SPDX-License-Identifier: MIT */
/* All rooms' scenarios, one after the other; `room=NAME` in the boot arguments: that room's only. */
#include "kernel/app.h"
#include "lib/string.h"
#include "tests/evidence/evidence.h"
#include "tests/qemu/runner.h"

#define ROOMS(X)                                                                                   \
    X(time)                                                                                        \
    X(ipc)                                                                                         \
    X(life)                                                                                        \
    X(irq)                                                                                         \
    X(lines)                                                                                       \
    X(heap)                                                                                        \
    X(frames)                                                                                      \
    X(vm)                                                                                          \
    X(log)                                                                                         \
    X(fault)                                                                                       \
    X(admission)                                                                                   \
    X(semaphore)                                                                                   \
    X(event)                                                                                       \
    X(any)                                                                                         \
    X(pool)                                                                                        \
    X(barrier)                                                                                     \
    X(suspend)                                                                                     \
    X(sync)                                                                                        \
    X(shared)                                                                                      \
    X(port)                                                                                        \
    X(server)                                                                                      \
    X(bandwidth)                                                                                   \
    X(period)                                                                                      \
    X(process)                                                                                     \
    X(trace)

#define ROOM_EXTERN(name) extern const struct scenario_room name##_room;
ROOMS(ROOM_EXTERN)

static const struct {
    const char *name;
    const struct scenario_room *room;
} rooms[] = {
#define ROOM_ENTRY(name) {#name, &name##_room},
    ROOMS(ROOM_ENTRY)};

static const struct scenario *running;

const char *runner_case_name(void) {
    return running != NULL ? running->name : "evidence";
}

static void scenario_run(const struct scenario *scenario) {
    running = scenario;
    uint32_t slots = thread_slots_free();
    scenario->run();
    TAP_EQ(thread_slots_free(), slots, "gave all thread slots back");
    running = NULL;
}

void app_main(void) {
    const char *wanted = app_argument("room");
    TAP_REQUIRE(test_is_exact(), "time is exact");
    TAP_REQUIRE(app_argument("for") != NULL, "the run has an end, which is one timed event");
    for (unsigned i = 0; i < ARRAY_SIZE(rooms); i++) {
        for (unsigned k = 0; k < rooms[i].room->count; k++) {
            if (wanted == NULL || strcmp(wanted, rooms[i].name) == 0) {
                scenario_run(&rooms[i].room->scenarios[k]);
            }
        }
    }
    app_exit(tap_finish());
}
