/* SPDX-License-Identifier: MIT */
/*
 * What a kernel that stops writes of itself, and tools make a core file of (tools/gdb/image.py). All
 * fields little-endian, 64 bits wide but for two.
 *
 *     core_header | page | page | ... | core_end
 *
 * A page is written if it is not all zeroes: its address, a bit for each of its words, and those words
 * whose bit is set, which are the ones that are not zero. Pages come in ascending order. What a kernel
 * holds is zeroes for the most part, so this is small, and needs no memory to be made. A file without
 * the end was cut off.
 */
#ifndef ABI_CORE_IMAGE_H
#define ABI_CORE_IMAGE_H

#include <stdint.h>

#define CORE_IMAGE_VERSION    1
#define CORE_IMAGE_MAGIC      UINT64_C(0x45524f4354524e47) /* "GNRTCORE" */
#define CORE_IMAGE_PAGE       4096
#define CORE_IMAGE_WORDS      (CORE_IMAGE_PAGE / 8)
#define CORE_IMAGE_REGISTERS  34 /* x0 to x30, sp, pc, pstate */
#define CORE_IMAGE_RANGES_MAX 68
#define CORE_IMAGE_END        UINT64_MAX

struct core_range {
    uint64_t start; /* physical, a page's */
    uint64_t size;  /* bytes, whole pages */
};

struct core_header {
    uint64_t magic;
    uint32_t version;
    uint32_t range_count;
    uint64_t registers[CORE_IMAGE_REGISTERS]; /* of the CPU, where it stopped */
    struct core_range
        ranges[CORE_IMAGE_RANGES_MAX]; /* all RAM, ascending; zeroes behind the last */
};

struct core_page {
    uint64_t address;                         /* physical */
    uint64_t is_there[CORE_IMAGE_WORDS / 64]; /* bit n % 64 of n / 64: word n is not zero */
    uint64_t words[CORE_IMAGE_WORDS];         /* as many as there are bits */
};

struct core_end {
    uint64_t end;   /* CORE_IMAGE_END, where a page has its address */
    uint64_t pages; /* how many came before */
};

#endif
