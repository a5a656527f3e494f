/* SPDX-License-Identifier: MIT */
/* Any bytes as a program. Copied to an allocation of exactly their size, so that a byte too far is
 * seen. Seeds: tools/fuzz_seeds.py. */
#include "lib/elf.h"

#include <string.h>

#include "tests/unit/elf_exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *file = malloc(size == 0 ? 1 : size);
    memcpy(file, data, size);
    elf_exercise(file, size);
    free(file);
    return 0;
}
