/* SPDX-License-Identifier: MIT */
/*
 * Page by page, by the kernel's name for each, which is probed first. Trusts nothing that changes
 * while the kernel runs: which memory there is was settled at boot, and what is free is not asked; most
 * of that is zeroes.
 */
#include "kernel/core_file.h"

#include "abi/core_image.h"
#include "arch/fault.h"
#include "arch/probe.h"
#include "arch/semihosting.h"
#include "kernel/app.h"
#include "kernel/memory_start.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/physical_map.h"
#include "lib/bound.h"

#define PAGES_MAX (CONFIG_MEMORY_MAX / CORE_IMAGE_PAGE)

_Static_assert(PHYSICAL_MAP_RANGES_MAX <= CORE_IMAGE_RANGES_MAX, "all ranges of RAM");
_Static_assert(PAGE_SIZE == CORE_IMAGE_PAGE, "pages as the file has them");

/* Static: the stack may be almost used up. */
static struct core_header header;
static struct core_page packed;

static bool is_zero(const uint64_t *words) {
    BOUND_LOOP(eights, CORE_IMAGE_WORDS / 8);
    for (unsigned i = 0; i < CORE_IMAGE_WORDS; i += 8) {
        BOUND_TURN(eights);
        const uint64_t *eight = words + i;
        if ((eight[0] | eight[1] | eight[2] | eight[3] | eight[4] | eight[5] | eight[6] |
             eight[7]) != 0) {
            return false;
        }
    }
    return true;
}

/* Returns how many bytes of `packed` say what is in the page. */
static size_t pack(uint64_t address, const uint64_t *words) {
    unsigned count = 0;
    packed.address = address;
    BOUND_LOOP(words, CORE_IMAGE_WORDS);
    for (unsigned i = 0; i < CORE_IMAGE_WORDS; i++) {
        BOUND_TURN(words);
        const uint64_t word = words[i]; /* once: it may be one of these */
        const uint64_t bit = UINT64_C(1) << i % 64;
        uint64_t *is_there = &packed.is_there[i / 64];
        *is_there = (i % 64 == 0 ? 0 : *is_there) | (word != 0 ? bit : 0);
        packed.words[count] = word; /* count <= i */
        count += word != 0;
    }
    return offsetof(struct core_page, words) + count * sizeof(packed.words[0]);
}

static bool write_range(int64_t handle, const struct core_range *range, uint64_t *pages) {
    BOUND_LOOP(pages, PAGES_MAX);
    for (uint64_t at = range->start; at < range->start + range->size; at += CORE_IMAGE_PAGE) {
        BOUND_TURN(pages);
        const uint64_t *words = phys_to_virt(paddr(at));
        if (!arch_probe_readable(vaddr_of(words), CORE_IMAGE_PAGE) || is_zero(words)) {
            continue;
        }
        if (!arch_semihosting_write(handle, &packed, pack(at, words))) {
            return false;
        }
        (*pages)++;
    }
    return true;
}

static void fill_header(const struct physical_map *map, const struct frame *stopped) {
    header.magic = CORE_IMAGE_MAGIC;
    header.version = CORE_IMAGE_VERSION;
    arch_frame_registers(stopped, header.registers);
    BOUND_LOOP(ranges, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < map->ram_count && i < PHYSICAL_MAP_RANGES_MAX; i++) {
        BOUND_TURN(ranges);
        header.ranges[i] = (struct core_range){map->ram[i].start.value, map->ram[i].size};
        header.range_count = i + 1;
    }
}

static bool write_file(int64_t handle, uint64_t *pages) {
    if (!arch_semihosting_write(handle, &header, sizeof header)) {
        return false;
    }
    BOUND_LOOP(ranges_written, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < header.range_count; i++) {
        BOUND_TURN(ranges_written);
        if (!write_range(handle, &header.ranges[i], pages)) {
            return false;
        }
    }
    const struct core_end end = {CORE_IMAGE_END, *pages};
    return arch_semihosting_write(handle, &end, sizeof end);
}

enum core_result core_file_write(const struct frame *stopped, uint64_t *pages) {
    BOUND_LEFT_OUT(end);
    const char *name = app_argument("core");
    *pages = 0;
    if (name == NULL) {
        return CORE_NOT_ASKED;
    }
    fill_header(memory_start_map(), stopped);
    if (header.range_count == 0) {
        return CORE_NO_MEMORY;
    }
    const int64_t handle = arch_semihosting_create(name);
    return handle >= 0 && write_file(handle, pages) ? CORE_WRITTEN : CORE_NOT_WRITTEN;
}
