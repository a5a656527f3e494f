/* SPDX-License-Identifier: MIT */
/*
 * The application: finds what `case=NAME` means, runs it under a watchdog, and leaves with a
 * status. NAME is a case, a group, `memory` for the groups about memory, or `all`: every case that
 * leaves the machine as it found it. Without a name (the boot words were in a tree that is gone) it
 * is the group `boot`.
 */
#include "tests/qemu/runner.h"

#include "kernel/app.h"
#include "lib/string.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/harness.h"
#include "tests/qemu/output.h"

/* Guest time that a case may take where it is not exact. */
#define CASE_TIME_MS 20000

static const struct test_case *running;
static instant_t case_limit;

const char *runner_case_name(void) {
    return running != NULL ? running->name : "runner";
}

static instant_t case_end(void) {
    return time_after(time_ms(test_is_exact() ? CASE_TIME_EXACT_MS : CASE_TIME_MS));
}

static void watchdog(void *argument) {
    (void)argument;
    while (instant_before(time_now(), case_limit)) {
        thread_sleep_until(case_limit);
    }
    TAP_OK(false, "ends in time");
    test_give_up();
}

static void run_case(const struct test_case *test) {
    running = test;
    case_limit = case_end();
    uint32_t slots = thread_slots_free();
    trace_clear();
    test->run();
    TAP_EQ(thread_slots_free(), slots, "gave all thread slots back");
    running = NULL;
}

static bool is_about_memory(const struct test_group *group) {
    return group == &boot_group || group == &wx_group || group == &vm_group ||
           group == &frames_group || group == &heap_group;
}

static bool is_chosen(const struct test_group *group, const struct test_case *test,
                      const char *name) {
    if (strcmp(name, test->name) == 0) {
        return true;
    }
    if (test->kind == TEST_ALONE || (test->kind == TEST_EXACT && !test_is_exact())) {
        return false;
    }
    return strcmp(name, "all") == 0 || strcmp(name, group->name) == 0 ||
           (strcmp(name, "memory") == 0 && is_about_memory(group));
}

static unsigned run_chosen(const char *name) {
    unsigned chosen = 0;
    for (unsigned g = 0; g < test_group_count; g++) {
        const struct test_group *group = test_groups[g];
        for (unsigned c = 0; c < group->count; c++) {
            if (is_chosen(group, &group->cases[c], name)) {
                run_case(&group->cases[c]);
                chosen++;
            }
        }
    }
    return chosen;
}

void app_main(void) {
    const struct thread_attributes watchful = {
        .name = "watchdog", .priority = THREAD_PRIORITY_MAX, .detached = true};
    const char *name = app_argument("case");
    if (name == NULL) {
        name = "boot";
    }
    case_limit = case_end();
    TAP_REQUIRE(thread_spawn(watchdog, NULL, &watchful, NULL) == STATUS_OK, "the watchdog starts");
    if (run_chosen(name) == 0) {
        TAP_OK(false, "there is a case of this name");
    }
    app_exit(tap_finish());
}
