/* SPDX-License-Identifier: MIT */
/*
 * What misbehaves, and what must be as before. While a deed is done, a process above it works, job after
 * job: each takes as many instructions as when it was alone, and none begins later than by one masked
 * stretch. Another thread looks at the kernel's structures meanwhile. Behind it all is back: frames,
 * threads, processes, the heap.
 */
#ifndef TESTS_QEMU_HOSTILE_H
#define TESTS_QEMU_HOSTILE_H

#include "tests/qemu/harness.h"

/* What the cases of this kind need of config.h: who watches, who misbehaves, and what they have. */
#define HOSTILE_NEEDS                                                                              \
    TEST_NEEDS(CONFIG_PROCESSES >= 4 && CONFIG_PROCESS_HANDLES >= 8 && CONFIG_PROCESS_PAGES >= 64)

/* What must be back. */
struct left {
    uint64_t frames;
    uint64_t heap;
    uint32_t threads;
    uint32_t processes;
};
struct left left_now(void);
void left_is_same(const struct left *before);

/* All frames but so many are taken, until they are given back. */
void frames_hoard(uint64_t spare);
void frames_give_back(void);

/* The deed is thread main's. Before the first, the witness works alone, to be compared with. */
void hostile_do(const char *name, void (*deed)(void));

#endif
