/* SPDX-License-Identifier: MIT */
/* Any bytes as a device tree. Seeds: run the unit test of the reader with FUZZ_CORPUS=directory. */
#include "lib/fdt.h"

#include "tests/unit/fdt_exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fdt_exercise(data, size);
    return 0;
}
