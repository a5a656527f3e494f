/* SPDX-License-Identifier: MIT */
/* All groups, in order. */
#include "tests/qemu/groups.h"

#define TEST_GROUP_POINTER(name) &name##_group,
const struct test_group *const test_groups[] = {TEST_GROUPS(TEST_GROUP_POINTER)};
const unsigned test_group_count = ARRAY_SIZE(test_groups);
