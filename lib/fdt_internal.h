/* SPDX-License-Identifier: MIT */
/* For the files of the device tree reader. */
#ifndef LIB_FDT_INTERNAL_H
#define LIB_FDT_INTERNAL_H

#include "lib/fdt.h"

/* A cell: big-endian, at any alignment. */
static inline uint32_t fdt_read_u32(const uint8_t *from) {
    uint32_t value;
    __builtin_memcpy(&value, from, sizeof(value));
    return __builtin_bswap32(value);
}

#endif
