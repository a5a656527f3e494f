/* SPDX-License-Identifier: MIT */
/* The initial RAM disk, with the trees of cases.txt: there to its last byte, for reading only, and
 * nobody else's; or refused, and the machine is up all the same. */
#include "kernel/mm/frame.h"
#include "kernel/mm/initrd.h"
#include "kernel/sched/thread.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

static void reads(void *argument) {
    thread_exit(*(volatile uint8_t *)argument);
}

static void writes(void *argument) {
    *(volatile uint8_t *)argument = 1;
}

static void jumps(void *argument) {
    __asm__ volatile("br %0" : : "r"(argument));
}

static status_t end_of(thread_entry entry, const uint8_t *at) {
    return thread_join(test_spawn(entry, vaddr_pointer(vaddr_of(at)), MAIN + 1), NULL);
}

/* The page of `at`, by another name, is one that the frame allocator never had. */
static bool is_apart(const uint8_t *at) {
    paddr_t frame;
    return translate_kernel_va(vaddr_of(at), &frame) == STATUS_OK &&
           frame_free(paddr(page_align_down(frame.value))) == STATUS_FOREIGN;
}

static void initrd_reached(void) {
    const void *start;
    uint64_t size;
    const bool there = initrd_bytes(&start, &size);
    TAP_EQ(there, size != 0, "there is one, or none");
    record_number("initrd_bytes", size);
    if (!there) {
        TAP_OK(end_of(reads, vaddr_pointer(vaddr(INITRD_BASE))) == STATUS_FAULTED,
               "nothing is mapped in its place");
        return;
    }
    const uint8_t *bytes = start;
    uint64_t foreign = 0;
    uint64_t pages = 0;
    for (uint64_t at = 0; at < size; at += PAGE_SIZE) {
        foreign += is_apart(bytes + at);
        pages++;
    }
    TAP_EQ(foreign, pages, "no page of it is the frame allocator's");
    TAP_OK(is_apart(bytes + size - 1), "nor its last");
    TAP_EQ(end_of(reads, bytes), STATUS_OK, "its first byte can be read");
    TAP_EQ(end_of(reads, bytes + size - 1), STATUS_OK, "and its last");
    TAP_EQ(end_of(writes, bytes), STATUS_FAULTED, "it cannot be written");
    TAP_EQ(end_of(writes, bytes + size - 1), STATUS_FAULTED, "nowhere");
    TAP_EQ(end_of(jumps, bytes), STATUS_FAULTED, "nor executed");
    const uint8_t *behind = vaddr_pointer(vaddr(page_align_up((uint64_t)(uintptr_t)bytes + size)));
    TAP_EQ(end_of(reads, behind), STATUS_FAULTED, "behind its pages is nothing");
}

static const struct test_case initrd_cases[] = {
    {"initrd_reached", initrd_reached, TEST_ALWAYS},
};
TEST_GROUP(initrd);
