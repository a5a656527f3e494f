/* SPDX-License-Identifier: MIT */
/* The groups of cases, a file each: the order of case=all. */
#ifndef TESTS_QEMU_GROUPS_H
#define TESTS_QEMU_GROUPS_H

#include "tests/qemu/harness.h"

#define TEST_GROUPS(X)                                                                             \
    X(boot)                                                                                        \
    X(secondaries)                                                                                 \
    X(trees)                                                                                       \
    X(texts)                                                                                       \
    X(lib)                                                                                         \
    X(wx)                                                                                          \
    X(vm)                                                                                          \
    X(initrd)                                                                                      \
    X(frames)                                                                                      \
    X(heap)                                                                                        \
    X(lifecycle)                                                                                   \
    X(slots)                                                                                       \
    X(preemption)                                                                                  \
    X(priority)                                                                                    \
    X(quantum)                                                                                     \
    X(sleep)                                                                                       \
    X(trace)                                                                                       \
    X(lengths)                                                                                     \
    X(periodic)                                                                                    \
    X(admission)                                                                                   \
    X(mailbox)                                                                                     \
    X(waiting)                                                                                     \
    X(closing)                                                                                     \
    X(semaphore)                                                                                   \
    X(event)                                                                                       \
    X(any)                                                                                         \
    X(mutex)                                                                                       \
    X(condition)                                                                                   \
    X(rwlock)                                                                                      \
    X(parts)                                                                                       \
    X(timeouts)                                                                                    \
    X(faults)                                                                                      \
    X(user_time)                                                                                   \
    X(user)                                                                                        \
    X(user_paths)                                                                                  \
    X(port)                                                                                        \
    X(user_refused)                                                                                \
    X(where)                                                                                       \
    X(stack_edge)                                                                                  \
    X(undisturbed)                                                                                 \
    X(budget)                                                                                      \
    X(stack_usage)                                                                                 \
    X(hog)                                                                                         \
    X(registers)                                                                                   \
    X(lines)                                                                                       \
    X(fp)                                                                                          \
    X(irq)                                                                                         \
    X(load)                                                                                        \
    X(threads)                                                                                     \
    X(spawn)                                                                                       \
    X(hostile)                                                                                     \
    X(log)                                                                                         \
    X(edges)                                                                                       \
    X(explain)                                                                                     \
    X(debugger)                                                                                    \
    X(panic)                                                                                       \
    X(replay)

#define TEST_GROUP_EXTERN(name) extern const struct test_group name##_group;
TEST_GROUPS(TEST_GROUP_EXTERN)
#undef TEST_GROUP_EXTERN

extern const struct test_group *const test_groups[];
extern const unsigned test_group_count;

#endif
