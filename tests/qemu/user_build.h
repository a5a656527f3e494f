/* SPDX-License-Identifier: MIT */
/* Processes of user_programs.h: made, started, waited for. */
#ifndef TESTS_QEMU_USER_BUILD_H
#define TESTS_QEMU_USER_BUILD_H

#include "kernel/mm/frame.h"
#include "kernel/proc/process.h"
#include "tests/qemu/harness.h"
#include "tests/qemu/user_programs.h"

#define MAIN       CONFIG_MAIN_PRIORITY
#define TEXT       UINT64_C(0x400000)
#define STACK      UINT64_C(0x7f0000000000) /* the page below is not mapped */
#define STACK_SIZE (2 * PAGE_SIZE)
#define DATA       UINT64_C(0x10000000)
#define PAGES      64

MAYBE_UNUSED static uint64_t frames_free(void) {
    struct frame_statistics statistics;
    frame_statistics_read(&statistics);
    return statistics.free;
}

/* A process with a program and a stack; a failure ends the run. */
MAYBE_UNUSED static process_id_t build(const uint8_t *program, const uint8_t *end) {
    const struct process_attributes attributes = {.name = "user", .pages = PAGES};
    process_id_t id;
    TAP_REQUIRE(process_create(&attributes, &id) == STATUS_OK, "a process is made");
    TAP_REQUIRE(process_map(id, vaddr(TEXT), PAGE_SIZE, program, (uint64_t)(end - program),
                            USER_READ_EXECUTE) == STATUS_OK,
                "its text is mapped");
    TAP_REQUIRE(process_map(id, vaddr(STACK), STACK_SIZE, NULL, 0, USER_READ_WRITE) == STATUS_OK,
                "its stack is mapped");
    return id;
}
#define BUILD(name) build(user_##name, user_##name##_end)

MAYBE_UNUSED static void start_at(process_id_t id, uint64_t argument, unsigned priority) {
    const struct process_start start = {.entry = vaddr(TEXT),
                                        .stack_top = vaddr(STACK + STACK_SIZE),
                                        .argument = argument,
                                        .priority = (uint8_t)priority};
    TAP_REQUIRE(process_start(id, &start) == STATUS_OK, "a process starts");
}

MAYBE_UNUSED static struct process_end ended;

MAYBE_UNUSED static status_t finish(process_id_t id) {
    return process_wait_until(id, &ended, INSTANT_NEVER);
}

MAYBE_UNUSED static status_t run(process_id_t id, uint64_t argument) {
    start_at(id, argument, MAIN - 1);
    return finish(id);
}

#endif
