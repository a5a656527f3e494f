/* SPDX-License-Identifier: MIT */
/* Every status has words of its own. */
#include <limits.h>

#include "lib/status.h"
#include "tests/unit/test.h"

#define STATUS_LAST STATUS_BAD_ADDRESS

TEST(status_has_a_name_of_its_own_for_each) {
    for (int a = STATUS_LAST; a <= STATUS_OK; a++) {
        EXPECT(strcmp(status_name((status_t)a), "unknown status") != 0);
        for (int b = STATUS_LAST; b < a; b++) {
            EXPECT(strcmp(status_name((status_t)a), status_name((status_t)b)) != 0);
        }
    }
    EXPECT_STRING(status_name(STATUS_OK), "ok");
    EXPECT_STRING(status_name(STATUS_TIMED_OUT), "timed out");
}

TEST(status_unknown_has_a_name) {
    EXPECT_STRING(status_name((status_t)1), "unknown status");
    EXPECT_STRING(status_name((status_t)(STATUS_LAST - 1)), "unknown status");
    EXPECT_STRING(status_name((status_t)INT_MIN), "unknown status");
    EXPECT_STRING(status_name((status_t)INT_MAX), "unknown status");
}
