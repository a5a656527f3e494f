/* SPDX-License-Identifier: MIT */
/* Kernel mappings that need a new table on each level, and give it back; and regions of the greatest
 * size, over the border of two tables of the highest level. */
#include "kernel/mm/kernel_vm.h"

#include "kernel/console/log.h"
#include "kernel/mm/frame.h"
#include "tests/evidence/evidence.h"

/* Nothing is near; and half of the greatest region below an entry of the root. */
static const vaddr_t place = {KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 2};
static const vaddr_t wide = {KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 2 - KERNEL_REGION_MAX / 2};

static uint64_t frames_free(void) {
    struct frame_statistics statistics;
    frame_statistics_read(&statistics);
    return statistics.free;
}

/* RAM as large as the greatest region: the same frames may be mapped twice. */
static paddr_t memory;

static void vm_page(void) {
    paddr_t found = {0};
    uint64_t free = frames_free();
    TAP_REQUIRE(translate_kernel_va(vaddr_of(&found), &memory) == STATUS_OK, "a frame");
    memory.value = page_align_down(memory.value);
    TAP_EQ(map_kernel_region(place, memory, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK, "mapped");
    TAP_EQ(free - frames_free(), PAGE_TABLE_LEVELS - 1, "with a table on each level");
    TAP_EQ(translate_kernel_va(vaddr_add(place, 5), &found), STATUS_OK, "translated");
    TAP_EQ(found.value, memory.value + 5, "to the byte");
    TAP_EQ(protect_kernel_region(place, PAGE_SIZE, KERNEL_READ_ONLY), STATUS_OK, "protected");
    TAP_EQ(unmap_kernel_region(place, PAGE_SIZE), STATUS_OK, "unmapped");
    TAP_EQ(frames_free(), free, "the tables are given back");
    TAP_EQ(unmap_kernel_region(place, PAGE_SIZE), STATUS_NOT_MAPPED, "unmapped before");
}

static void vm_region(void) {
    uint64_t free = frames_free();
    const uint64_t size = KERNEL_REGION_MAX;
    const vaddr_t last = vaddr_add(wide, size - PAGE_SIZE);
    int level = log_threshold;
    TAP_REQUIRE(frame_alloc_contiguous(size / PAGE_SIZE, PAGE_SIZE, &memory) == STATUS_OK, "RAM");
    log_set_level(LOG_LEVEL_TRACE);
    TAP_EQ(map_kernel_region(wide, memory, size, KERNEL_READ_WRITE), STATUS_OK, "mapped");
    TAP_EQ(protect_kernel_region(wide, size, KERNEL_READ_ONLY), STATUS_OK, "protected");
    TAP_EQ(unmap_kernel_region(wide, size), STATUS_OK, "unmapped");
    TAP_EQ(map_kernel_region(last, memory, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK, "in the way");
    TAP_EQ(map_kernel_region(wide, memory, size, KERNEL_READ_WRITE), STATUS_OVERLAP,
           "mapped but for the last page, and undone");
    TAP_EQ(unmap_kernel_region(last, PAGE_SIZE), STATUS_OK, "unmapped");
    log_set_level((enum log_level)level);
    TAP_EQ(frame_free_contiguous(memory, size / PAGE_SIZE), STATUS_OK, "free");
    TAP_EQ(frames_free(), free, "no table is left");
}

static void vm_checks(void) {
    struct kernel_vm_flaw flaw;
    TAP_EQ(kernel_vm_check(&flaw), STATUS_OK, "the tables are as they should be");
}

static const struct scenario vm_scenarios[] = {
    {"vm_page", vm_page},
    {"vm_region", vm_region},
    {"vm_checks", vm_checks},
};
SCENARIO_ROOM(vm);
