/* SPDX-License-Identifier: MIT */
/* Programs of user mode, a few instructions each, that run wherever they are mapped. */
#ifndef TESTS_QEMU_USER_PROGRAMS_H
#define TESTS_QEMU_USER_PROGRAMS_H

#include <stdint.h>

#define USER_PROGRAMS(X)                                                                           \
    X(exits)                                                                                       \
    X(calls)                                                                                       \
    X(registers)                                                                                   \
    X(sends)                                                                                       \
    X(echoes)                                                                                      \
    X(offers)                                                                                      \
    X(takes)                                                                                       \
    X(offers_all)                                                                                  \
    X(outlives)                                                                                    \
    X(spins)                                                                                       \
    X(waits)                                                                                       \
    X(sleeps)                                                                                      \
    X(writes)                                                                                      \
    X(handles)                                                                                     \
    X(keeps_tls)                                                                                   \
    X(logs)                                                                                        \
    X(gets_one)                                                                                    \
    X(tries)                                                                                       \
    X(leaves_nothing)                                                                              \
    X(keeps_fp)                                                                                    \
    X(loads_by_sp)                                                                                 \
    X(calls_with_sp)                                                                               \
    X(random_calls)                                                                                \
    X(reads)                                                                                       \
    X(stores)                                                                                      \
    X(jumps)                                                                                       \
    X(reads_system)                                                                                \
    X(writes_system)                                                                               \
    X(reads_counter)                                                                               \
    X(masks)                                                                                       \
    X(waits_for_interrupt)                                                                         \
    X(floats)                                                                                      \
    X(other_svc)                                                                                   \
    X(hypervisor_call)                                                                             \
    X(undefined)                                                                                   \
    X(overflows)                                                                                   \
    X(witness)                                                                                     \
    X(any_calls)                                                                                   \
    X(each_pointer)                                                                                \
    X(pattern_calls)                                                                               \
    X(pattern_loads)                                                                               \
    X(pattern_jumps)                                                                               \
    X(pattern_undefined)                                                                           \
    X(keeps_boxes)                                                                                 \
    X(renews)                                                                                      \
    X(sums)

#define USER_PROGRAM_DECLARE(name)                                                                 \
    extern const uint8_t user_##name[];                                                            \
    extern const uint8_t user_##name##_end[];
USER_PROGRAMS(USER_PROGRAM_DECLARE)

#endif
