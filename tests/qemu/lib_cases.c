/* SPDX-License-Identifier: MIT */
/* The containers, with the machine's compiler and the kernel's heap. */
#include "kernel/mm/heap.h"
#include "lib/selftest.h"
#include "tests/qemu/groups.h"

static void lib_containers(void) {
    struct heap_stats before;
    struct heap_stats after;
    heap_stats(&before);
    for (unsigned i = 0; i < LIB_SELFTEST_CASES; i++) {
        status_t status = lib_selftest_run(i, &heap_allocator, 1000 + i);
        TAP_EQ(status, STATUS_OK, lib_selftest_names[i]);
    }
    heap_stats(&after);
    TAP_EQ(after.memory.used, before.memory.used, "all memory is given back");
}

static const struct test_case lib_cases[] = {
    {"lib_containers", lib_containers, TEST_ALWAYS},
};
TEST_GROUP(lib);
