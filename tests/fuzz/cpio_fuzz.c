/* SPDX-License-Identifier: MIT */
/* Any bytes as a cpio archive. Copied to an allocation of exactly their size, so that a byte too far
 * is seen. Seeds: tools/fuzz_seeds.py. */
#include "tests/unit/cpio_exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *archive = malloc(size == 0 ? 1 : size);
    memcpy(archive, data, size);
    cpio_exercise(archive, size);
    free(archive);
    return 0;
}
