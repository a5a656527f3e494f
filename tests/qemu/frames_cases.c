/* SPDX-License-Identifier: MIT */
/* The frame allocator on the real machine: what it gives is free memory, all of it,
 * each frame once. */
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/cpu/cpu.h"
#include "tests/qemu/groups.h"

/* Above this many, taking every frame would take too long under exact. */
#define EXHAUST_MAX 20000

static struct frame_statistics statistics(void) {
    struct frame_statistics now;
    frame_statistics_read(&now);
    return now;
}

static bool is_page_of(paddr_t frame, const volatile void *object) {
    paddr_t page = {0};
    return translate_kernel_va(vaddr_of(object), &page) == STATUS_OK &&
           page_align_down(page.value) == frame.value;
}

/* Whether the frame holds something of the kernel's: code, data, CPU area, bookkeeping, tables,
 * this stack. */
static bool is_taken(paddr_t frame) {
    int here;
    struct phys_range books = frame_bookkeeping();
    return is_page_of(frame, (const void *)(uintptr_t)&is_taken) ||
           is_page_of(frame, &cpu_areas[0].cpu) || is_page_of(frame, &here) ||
           frame.value == arch_kernel_root().value || frame.value - books.start.value < books.size;
}

static void frames_basic(void) {
    struct frame_statistics before = statistics();
    paddr_t a = {0};
    paddr_t b = {0};
    TAP_EQ(frame_alloc(&a), STATUS_OK, "alloc");
    TAP_EQ(frame_alloc(&b), STATUS_OK, "alloc");
    TAP_OK(is_page_aligned(a.value) && is_page_aligned(b.value) && a.value != b.value,
           "two frames, page-aligned, not the same");
    TAP_EQ(before.free - statistics().free, 2, "two fewer are free");
    TAP_EQ(frame_free(paddr_add(a, 8)), STATUS_MISALIGNED, "free: misaligned");
    TAP_EQ(frame_free(paddr(0x09000000)), STATUS_FOREIGN, "free: the UART");
    TAP_EQ(frame_free(paddr(0)), STATUS_FOREIGN, "free: address 0");
    TAP_EQ(frame_free(paddr(page_align_down(UINT64_MAX))), STATUS_FOREIGN, "free: the last page");
    TAP_EQ(frame_free(frame_bookkeeping().start), STATUS_FOREIGN, "free: the bookkeeping");
    TAP_EQ(frame_free(a), STATUS_OK, "free");
    TAP_EQ(frame_free(a), STATUS_DOUBLE_FREE, "free: twice");
    TAP_EQ(frame_free(b), STATUS_OK, "free");
    TAP_EQ(statistics().free, before.free, "as many free as before");
}

static void frames_contiguous(void) {
    uint64_t before = statistics().free;
    for (uint64_t alignment = PAGE_SIZE; alignment <= UINT64_C(4) << 20; alignment *= 4) {
        paddr_t run = {0};
        TAP_EQ(frame_alloc_contiguous(33, alignment, &run), STATUS_OK, "33 in a row");
        TAP_EQ(run.value % alignment, 0, "aligned as asked");
        TAP_EQ(frame_free(paddr_add(run, 32 * PAGE_SIZE)), STATUS_OK, "the last can go alone");
        TAP_EQ(frame_free_contiguous(run, 33), STATUS_DOUBLE_FREE, "then not all together");
        TAP_EQ(frame_free_contiguous(run, 32), STATUS_OK, "but the rest");
    }
    paddr_t run = {0};
    TAP_EQ(frame_alloc_contiguous(0, PAGE_SIZE, &run), STATUS_INVALID_ARGUMENT, "none in a row");
    TAP_EQ(frame_alloc_contiguous(1, 3 * PAGE_SIZE, &run), STATUS_INVALID_ARGUMENT,
           "an alignment that is no power of two");
    TAP_EQ(frame_alloc_contiguous(UINT64_MAX, PAGE_SIZE, &run), STATUS_NO_MEMORY, "2^64 - 1");
    TAP_EQ(frame_alloc_contiguous(statistics().total + 1, PAGE_SIZE, &run), STATUS_NO_MEMORY,
           "more than there are");
    TAP_EQ(statistics().free, before, "as many free as before");
}

/* Takes every frame into a chain through the frames themselves;
 * counts those that were not free to give. */
static uint64_t take_all(paddr_t *chain, uint64_t *wrong) {
    uint64_t count = 0;
    paddr_t frame = {0};
    *chain = paddr(0);
    while (frame_alloc(&frame) == STATUS_OK) {
        uint64_t *words = phys_to_virt(frame);
        if (count % 16 == 0) { /* the look at the page tables is the long part */
            *wrong += is_taken(frame);
        }
        words[0] = chain->value;
        words[1] = frame.value;
        *chain = frame;
        count++;
    }
    return count;
}

static uint64_t give_all(paddr_t chain, uint64_t *wrong) {
    uint64_t count = 0;
    while (chain.value != 0) {
        const uint64_t *words = phys_to_virt(chain);
        paddr_t next = paddr(words[0]);
        *wrong += words[1] != chain.value; /* somebody else wrote there: it was given twice */
        *wrong += frame_free(chain) != STATUS_OK;
        chain = next;
        count++;
    }
    return count;
}

static void frames_exhausted(void) {
    struct frame_statistics before = statistics();
    if (before.free > EXHAUST_MAX) {
        TAP_OK(true, "so many frames that taking all takes too long");
        return;
    }
    uint64_t wrong = 0;
    paddr_t chain = {0};
    paddr_t none = {0};
    uint64_t taken = take_all(&chain, &wrong);
    TAP_EQ(taken, before.free, "every free frame can be had");
    TAP_EQ(statistics().free, 0, "and then none is free");
    TAP_EQ(frame_alloc(&none), STATUS_NO_MEMORY, "alloc: none left");
    TAP_EQ(frame_alloc_contiguous(2, PAGE_SIZE, &none), STATUS_NO_MEMORY, "in a row: none left");
    TAP_EQ(map_kernel_region(vaddr(KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 2), chain, PAGE_SIZE,
                             KERNEL_READ_WRITE),
           STATUS_NO_MEMORY, "map: no frame for a table");
    TAP_EQ(give_all(chain, &wrong), taken, "all are given back");
    TAP_EQ(wrong, 0, "none was the kernel's, none was given twice");
    TAP_EQ(statistics().free, before.free, "as many free as before");
    TAP_EQ(statistics().lowest_free, 0, "the lowest mark is 0");
}

/* --- With trees made for it (cases.txt), on 64 MiB at 0x4000_0000 --- */

/* Takes every frame: none may lie in [start, start + size). */
static void expect_none_in(uint64_t start, uint64_t size, const char *what) {
    uint64_t wrong = 0;
    uint64_t inside = 0;
    paddr_t chain;
    uint64_t taken = take_all(&chain, &wrong);
    for (paddr_t at = chain; at.value != 0; at = paddr(*(uint64_t *)phys_to_virt(at))) {
        inside += at.value - start < size;
    }
    TAP_EQ(inside, 0, what);
    TAP_EQ(give_all(chain, &wrong), taken, "all are given back");
    TAP_EQ(wrong, 0, "each was one's own");
}

static void frames_reserved_middle(void) {
    expect_none_in(0x42000000, 1 << 20, "a reserved MiB in the middle is not handed out");
}

static void frames_holes(void) {
    expect_none_in(0x42000000, 8 << 20, "the first hole is not handed out");
    expect_none_in(0x43000000, 8 << 20, "nor the second");
    paddr_t found;
    TAP_EQ(translate_kernel_va(vaddr_of(phys_to_virt(paddr(0x42000000))), &found),
           STATUS_NOT_MAPPED, "a hole is not mapped");
}

static void frames_unaligned(void) {
    expect_none_in(0x42000000 - PAGE_SIZE, 2 * PAGE_SIZE, "no page that is RAM in part only");
    expect_none_in(0x44000000 - PAGE_SIZE, PAGE_SIZE, "nor at the end");
}

/* An initrd of tools/qemu_cases.py, where QEMU puts it on 64 MiB. */
#define INITRD_BASE  UINT64_C(0x42000000)
#define INITRD_BYTES ((UINT64_C(1) << 20) + 123)
#define INITRD_WORD  UINT64_C(0x1234567800000000)

static void frames_initrd(void) {
    const uint64_t *words = phys_to_virt(paddr(INITRD_BASE));
    uint64_t wrong = 0;
    uint64_t pages = 0;
    TAP_REQUIRE(words[0] == INITRD_WORD, "there is an initrd");
    expect_none_in(INITRD_BASE, INITRD_BYTES, "no byte of it is handed out");
    for (uint64_t i = 0; i < INITRD_BYTES / sizeof(*words); i++) {
        wrong += words[i] != INITRD_WORD + i;
    }
    TAP_EQ(wrong, 0, "and all of it is as it was loaded");
    while (frame_free(paddr(INITRD_BASE + pages * PAGE_SIZE)) == STATUS_FOREIGN) {
        pages++;
    }
    record_number("initrd_pages", pages); /* reserved ones: its own, and no more */
}

static void frames_size(void) {
    struct frame_statistics now = statistics();
    record_number("frames_total", now.total);
    TAP_OK(now.free <= now.total && now.lowest_free <= now.free, "the statistics are in order");
    paddr_t last = {0};
    TAP_EQ(frame_alloc_contiguous(1024, UINT64_C(4) << 20, &last), STATUS_OK, "4 MiB in a row");
    uint64_t *words = phys_to_virt(last);
    words[0] = 1;
    words[1024 * 512 - 1] = 2;
    TAP_OK(words[0] == 1 && words[1024 * 512 - 1] == 2, "is memory from end to end");
    TAP_EQ(frame_free_contiguous(last, 1024), STATUS_OK, "and goes back");
}

static const struct test_case frames_cases[] = {
    {"frames_basic", frames_basic, TEST_ALWAYS},
    {"frames_contiguous", frames_contiguous, TEST_ALWAYS},
    {"frames_exhausted", frames_exhausted, TEST_ALWAYS},
    {"frames_size", frames_size, TEST_ALWAYS},
    {"frames_reserved_middle", frames_reserved_middle, TEST_ALONE},
    {"frames_holes", frames_holes, TEST_ALONE},
    {"frames_unaligned", frames_unaligned, TEST_ALONE},
    {"frames_initrd", frames_initrd, TEST_ALONE},
};
TEST_GROUP(frames);
