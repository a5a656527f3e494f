/* SPDX-License-Identifier: MIT */
/* Kernel mappings: they mean what they say at once, for everybody;
 * and what is refused changes nothing. */
#include "kernel/cpu/cpu.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/sched/thread_internal.h"
#include "tests/qemu/groups.h"

#define MAIN  CONFIG_MAIN_PRIORITY
#define PAGES 4

static const vaddr_t place = {KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 2};
static paddr_t frames[PAGES];
static uint64_t free_before;

static uint64_t frames_free(void) {
    struct frame_statistics statistics;
    frame_statistics_read(&statistics);
    return statistics.free;
}

static void frames_take(void) {
    free_before = frames_free();
    for (unsigned i = 0; i < PAGES; i++) {
        TAP_REQUIRE(frame_alloc(&frames[i]) == STATUS_OK, "a frame");
    }
}

static void frames_give(void) {
    for (unsigned i = 0; i < PAGES; i++) {
        TAP_REQUIRE(frame_free(frames[i]) == STATUS_OK, "a frame is freed");
    }
    TAP_EQ(frames_free(), free_before, "no frame is lost, those of tables included");
}

/* --- What a thread may do at an address: it tries, and lives or not. --- */

static void reads(void *argument) {
    thread_exit((int64_t) * (volatile uint64_t *)argument);
}

static void writes(void *argument) {
    *(volatile uint64_t *)argument = 0x7777;
}

static bool can(thread_entry entry, vaddr_t address) {
    return thread_join(test_spawn(entry, vaddr_pointer(address), MAIN + 1), NULL) == STATUS_OK;
}

static bool can_read(vaddr_t address) {
    return can(reads, address);
}

static bool can_write(vaddr_t address) {
    return can(writes, address);
}

static status_t map(vaddr_t address, paddr_t frame, uint64_t size) {
    return map_kernel_region(address, frame, size, KERNEL_READ_WRITE);
}

static void vm_map(void) {
    frames_take();
    volatile uint64_t *mapped = vaddr_pointer(place);
    volatile uint64_t *direct = phys_to_virt(frames[0]);
    paddr_t found = {0};
    TAP_OK(!can_read(place), "nothing is there before");
    TAP_EQ(translate_kernel_va(place, &found), STATUS_NOT_MAPPED, "translate: nothing");
    TAP_EQ(map(place, frames[0], PAGE_SIZE), STATUS_OK, "map: a page");
    *mapped = 0x1234;
    TAP_EQ(*direct, 0x1234, "what is written there is in the frame");
    TAP_EQ(translate_kernel_va(vaddr_add(place, 0x123), &found), STATUS_OK, "translate: mapped");
    TAP_EQ(found.value, frames[0].value + 0x123, "to the byte");
    TAP_OK(!can_read(vaddr_add(place, PAGE_SIZE)), "the page above is not there");
    TAP_OK(!can_read(vaddr_add(place, (uint64_t)-8)), "nor the one below");
    TAP_EQ(unmap_kernel_region(place, PAGE_SIZE), STATUS_OK, "unmap");
    TAP_OK(!can_read(place), "nothing is there after, whatever a TLB remembers");
    frames_give();
}

static void vm_protect(void) {
    frames_take();
    TAP_EQ(map(place, frames[0], PAGE_SIZE), STATUS_OK, "map: read-write");
    TAP_OK(can_write(place), "it can be written");
    TAP_EQ(protect_kernel_region(place, PAGE_SIZE, KERNEL_READ_ONLY), STATUS_OK,
           "protect: read-only");
    TAP_OK(can_read(place), "it can be read");
    TAP_OK(!can_write(place), "and not written");
    TAP_EQ(protect_kernel_region(place, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK,
           "protect: read-write");
    TAP_OK(can_write(place), "it can be written again");
    TAP_EQ(*(volatile uint64_t *)vaddr_pointer(place), 0x7777, "and keeps what was in it");
    TAP_EQ(unmap_kernel_region(place, PAGE_SIZE), STATUS_OK, "unmap");
    frames_give();
}

static void vm_remap(void) {
    unsigned wrong = 0;
    frames_take();
    for (unsigned i = 0; i < PAGES; i++) {
        *(volatile uint64_t *)phys_to_virt(frames[i]) = i;
    }
    for (unsigned i = 0; i < 100; i++) {
        status_t status = map(place, frames[i % PAGES], PAGE_SIZE);
        wrong += status != STATUS_OK || *(volatile uint64_t *)vaddr_pointer(place) != i % PAGES;
        wrong += unmap_kernel_region(place, PAGE_SIZE) != STATUS_OK;
    }
    TAP_EQ(wrong, 0, "another frame at the same address is seen at once, 100 times");
    frames_give();
}

static void vm_map_refused(void) {
    const paddr_t frame = frames[0];
    const uint64_t end = KERNEL_AREA_BASE + KERNEL_AREA_SIZE;
    TAP_EQ(map(vaddr_add(place, 8), frame, PAGE_SIZE), STATUS_MISALIGNED, "map: address");
    TAP_EQ(map(place, paddr_add(frame, 8), PAGE_SIZE), STATUS_MISALIGNED, "map: frame");
    TAP_EQ(map(place, frame, PAGE_SIZE - 8), STATUS_MISALIGNED, "map: size");
    TAP_EQ(map(place, frame, 0), STATUS_INVALID_ARGUMENT, "map: size 0");
    TAP_EQ(map(vaddr(end), frame, PAGE_SIZE), STATUS_OUT_OF_RANGE, "map: above the area");
    TAP_EQ(map(vaddr(end - PAGE_SIZE), frame, 2 * PAGE_SIZE), STATUS_OUT_OF_RANGE,
           "map: beyond its end");
    TAP_EQ(map(vaddr(0x400000), frame, PAGE_SIZE), STATUS_OUT_OF_RANGE, "map: user half");
    TAP_EQ(map(vaddr((uint64_t)-PAGE_SIZE), frame, 2 * PAGE_SIZE), STATUS_OUT_OF_RANGE,
           "map: wrapping");
    TAP_EQ(map(place, frame, (uint64_t)-PAGE_SIZE), STATUS_OUT_OF_RANGE, "map: size wrapping");
    TAP_EQ(map_kernel_region(place, frame, PAGE_SIZE, KERNEL_DEVICE), STATUS_INVALID_ARGUMENT,
           "map: memory as a device");
    TAP_EQ(map(place, paddr(0x09000000), PAGE_SIZE), STATUS_INVALID_ARGUMENT,
           "map: a device as memory");
    TAP_OK(!can_read(place), "none of it left a mapping");
}

static void vm_unmap_refused(void) {
    TAP_EQ(unmap_kernel_region(vaddr_add(place, 8), PAGE_SIZE), STATUS_MISALIGNED,
           "unmap: address");
    TAP_EQ(unmap_kernel_region(place, 100), STATUS_MISALIGNED, "unmap: size");
    TAP_EQ(unmap_kernel_region(place, 0), STATUS_INVALID_ARGUMENT, "unmap: size 0");
    TAP_EQ(unmap_kernel_region(place, PAGE_SIZE), STATUS_NOT_MAPPED, "unmap: nothing");
    TAP_EQ(unmap_kernel_region(vaddr(0x400000), PAGE_SIZE), STATUS_OUT_OF_RANGE,
           "unmap: user half");
    TAP_EQ(protect_kernel_region(place, PAGE_SIZE, KERNEL_READ_ONLY), STATUS_NOT_MAPPED,
           "protect: nothing");
    TAP_EQ(protect_kernel_region(vaddr_add(place, 1), PAGE_SIZE, KERNEL_READ_ONLY),
           STATUS_MISALIGNED, "protect: address");
    TAP_EQ(protect_kernel_region(place, 0, KERNEL_READ_ONLY), STATUS_INVALID_ARGUMENT,
           "protect: size 0");
}

static void vm_refusals(void) {
    frames_take();
    vm_map_refused();
    vm_unmap_refused();
    frames_give();
}

/* A request that meets an obstacle half-way leaves no half. */
static void vm_all_or_nothing(void) {
    paddr_t run = {0};
    uint64_t before = frames_free();
    TAP_REQUIRE(frame_alloc_contiguous(PAGES, PAGE_SIZE, &run) == STATUS_OK, "frames in a row");
    vaddr_t third = vaddr_add(place, 2 * PAGE_SIZE);
    TAP_EQ(map(third, paddr_add(run, 2 * PAGE_SIZE), PAGE_SIZE), STATUS_OK, "map: the third page");
    TAP_EQ(map(place, run, PAGES * PAGE_SIZE), STATUS_OVERLAP, "map: four pages over it");
    TAP_OK(!can_read(place) && !can_read(vaddr_add(place, 3 * PAGE_SIZE)), "maps none of them");
    TAP_OK(can_write(third), "and leaves the third as it was");
    TAP_EQ(unmap_kernel_region(place, PAGES * PAGE_SIZE), STATUS_NOT_MAPPED, "unmap: holes in it");
    TAP_OK(can_write(third), "unmaps nothing");
    TAP_EQ(protect_kernel_region(vaddr_add(place, PAGE_SIZE), 2 * PAGE_SIZE, KERNEL_READ_ONLY),
           STATUS_NOT_MAPPED, "protect: holes in it");
    TAP_OK(can_write(third), "protects nothing");
    TAP_EQ(unmap_kernel_region(third, PAGE_SIZE), STATUS_OK, "unmap: the third page");
    TAP_EQ(map(place, run, PAGES * PAGE_SIZE), STATUS_OK, "map: all four");
    TAP_EQ(unmap_kernel_region(place, PAGES * PAGE_SIZE), STATUS_OK, "unmap: all four");
    TAP_EQ(frame_free_contiguous(run, PAGES), STATUS_OK, "freed");
    TAP_EQ(frames_free(), before, "no frame is lost");
}

static uint64_t image_page[PAGE_SIZE / 8] ALIGNED(4096);

/* A page of the image's data, taken out and put back: how guards are made. */
static void vm_guard_in_image(void) {
    paddr_t frame = {0};
    image_page[5] = 55;
    TAP_EQ(virt_to_phys_direct(image_page, &frame), STATUS_OK, "a page of the image's data");
    TAP_EQ(unmap_kernel_region(vaddr_of(image_page), PAGE_SIZE), STATUS_OK, "is unmapped");
    TAP_OK(!can_read(vaddr_of(image_page)), "cannot be read");
    TAP_EQ(map(vaddr_of(image_page), frame, PAGE_SIZE), STATUS_OK, "is mapped again");
    TAP_EQ(*(volatile uint64_t *)&image_page[5], 55, "and has kept what was in it");
}

static void vm_guards(void) {
    TAP_OK(!can_read(vaddr_of(cpu_areas[0].guard)), "the kernel's stack has a guard page");
    TAP_OK(!can_read(vaddr_of(cpu_areas[0].guard + PAGE_SIZE - 8)), "up to its last word");
    TAP_OK(can_read(vaddr_of(cpu_areas[0].stack)), "below which it is memory");
    vaddr_t low = arch_cpu_self()->current->stack->low;
    uint64_t size = arch_cpu_self()->current->stack->size;
    paddr_t found = {0};
    TAP_EQ(translate_kernel_va(low, &found), STATUS_OK, "main's stack is mapped");
    TAP_EQ(translate_kernel_va(vaddr_add(low, size - 1), &found), STATUS_OK, "to its last byte");
    TAP_EQ(translate_kernel_va(vaddr_add(low, (uint64_t)-1), &found), STATUS_NOT_MAPPED,
           "below it is a guard page");
    TAP_EQ(translate_kernel_va(vaddr_add(low, size), &found), STATUS_NOT_MAPPED, "and above it");
}

static void vm_translate(void) {
    paddr_t found = {0};
    TAP_EQ(translate_kernel_va(vaddr(0x1000), &found), STATUS_OUT_OF_RANGE, "user half");
    TAP_EQ(translate_kernel_va(vaddr(UINT64_MAX), &found), STATUS_NOT_MAPPED, "the last byte");
    TAP_EQ(virt_to_phys_direct(vaddr_pointer(place), &found), STATUS_OUT_OF_RANGE,
           "the dynamic area is no direct map");
    paddr_t direct = {0};
    TAP_EQ(virt_to_phys_direct(image_page, &direct), STATUS_OK, "the image is");
    TAP_EQ(translate_kernel_va(vaddr_of(image_page), &found), STATUS_OK, "and mapped");
    TAP_EQ(found.value, direct.value, "to the same frame");
    TAP_OK(phys_to_virt(direct) == image_page, "there and back");
}

extern const char __text_start[]; /* kernel.ld.S */
static const uint64_t constant_page[PAGE_SIZE / 8] ALIGNED(4096) = {1};

static void vm_image(void) {
    const vaddr_t area = vaddr(KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 2);
    const vaddr_t text = vaddr(align_down((uint64_t)(uintptr_t)__text_start, PAGE_SIZE));
    const vaddr_t constant = vaddr_of(constant_page);
    paddr_t frame = {0};
    TAP_REQUIRE(virt_to_phys_direct(constant_page, &frame) == STATUS_OK, "constants");
    TAP_EQ(map_kernel_region(area, frame, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_INVALID_ARGUMENT,
           "constants get no writable name");
    TAP_EQ(map_kernel_region(area, frame, PAGE_SIZE, KERNEL_READ_EXECUTE), STATUS_INVALID_ARGUMENT,
           "nor an executable one");
    TAP_EQ(map_kernel_region(area, frame, PAGE_SIZE, (enum kernel_protection)99),
           STATUS_INVALID_ARGUMENT, "nor one that is nothing");
    TAP_EQ(map_kernel_region(area, frame, KERNEL_REGION_MAX + PAGE_SIZE, KERNEL_READ_ONLY),
           STATUS_OUT_OF_RANGE, "more than a region may have");
    TAP_EQ(map_kernel_region(area, paddr(UINT64_C(1) << 47), PAGE_SIZE, KERNEL_DEVICE),
           STATUS_OUT_OF_RANGE, "what has no direct name");
    paddr_t code = {0};
    TAP_REQUIRE(virt_to_phys_direct(vaddr_pointer(text), &code) == STATUS_OK, "text");
    TAP_EQ(map_kernel_region(area, code, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_INVALID_ARGUMENT,
           "nor does text");
    TAP_EQ(map_kernel_region(text, frame, PAGE_SIZE, KERNEL_READ_ONLY), STATUS_OVERLAP,
           "nothing goes over text");
    TAP_EQ(unmap_kernel_region(text, PAGE_SIZE), STATUS_OUT_OF_RANGE, "which stays where it is");
    TAP_EQ(protect_kernel_region(text, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_INVALID_ARGUMENT,
           "is not written");
    TAP_EQ(protect_kernel_region(text, PAGE_SIZE, KERNEL_READ_EXECUTE), STATUS_OK, "is executed");
    TAP_EQ(protect_kernel_region(constant, PAGE_SIZE, KERNEL_READ_ONLY), STATUS_OK, "constants");
    TAP_EQ(protect_kernel_region(constant, PAGE_SIZE, KERNEL_READ_EXECUTE), STATUS_INVALID_ARGUMENT,
           "are not executed");
    TAP_EQ(protect_kernel_region(constant, PAGE_SIZE, (enum kernel_protection)99),
           STATUS_INVALID_ARGUMENT, "nor anything else");
    TAP_EQ(map_kernel_page(area, frame, KERNEL_READ_ONLY), STATUS_OK, "a page, to be read");
    TAP_EQ(protect_kernel_region(area, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_INVALID_ARGUMENT,
           "is not made writable either");
    TAP_EQ(unmap_kernel_region(area, PAGE_SIZE), STATUS_OK, "and goes");
    TAP_EQ(map_kernel_region(area, paddr(0x09000000), PAGE_SIZE, KERNEL_DEVICE), STATUS_OK,
           "a device");
    TAP_EQ(map_kernel_page(area, paddr(0x09000000), KERNEL_DEVICE), STATUS_OVERLAP, "only once");
    TAP_EQ(map_kernel_page(vaddr_add(area, 8), paddr(0x09000000), KERNEL_DEVICE), STATUS_MISALIGNED,
           "and at a page");
    TAP_EQ(unmap_kernel_region(area, PAGE_SIZE), STATUS_OK, "which goes");
    TAP_EQ(map_kernel_page(area, paddr(0x09000000), KERNEL_DEVICE), STATUS_OK, "a device");
    TAP_EQ(protect_kernel_region(area, PAGE_SIZE, KERNEL_DEVICE), STATUS_OK, "stays one");
    TAP_EQ(protect_kernel_region(area, PAGE_SIZE, KERNEL_READ_ONLY), STATUS_INVALID_ARGUMENT,
           "and becomes no memory");
    TAP_EQ(unmap_kernel_region(area, PAGE_SIZE), STATUS_OK, "and goes");
}

static const struct test_case vm_cases[] = {
    {"vm_map", vm_map, TEST_ALWAYS},
    {"vm_protect", vm_protect, TEST_ALWAYS},
    {"vm_remap", vm_remap, TEST_ALWAYS},
    {"vm_refusals", vm_refusals, TEST_ALWAYS},
    {"vm_all_or_nothing", vm_all_or_nothing, TEST_ALWAYS},
    {"vm_guard_in_image", vm_guard_in_image, TEST_ALWAYS},
    {"vm_guards", vm_guards, TEST_ALWAYS},
    {"vm_translate", vm_translate, TEST_ALWAYS},
    {"vm_image", vm_image, TEST_ALWAYS},
};
TEST_GROUP(vm);
