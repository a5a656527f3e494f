/* SPDX-License-Identifier: MIT */
/* The initial RAM disk is mapped read-only, byte for byte where it lies; or refused, and nothing of
 * it is left. */
#include "kernel/mm/initrd.h"

#include "tests/unit/kernel/mm/vm_test_machine.h"

#define START (RAM_START + 128 * MIB)

/* The machine again, but with this much of its RAM reserved. */
static void boot_reserving(uint64_t start, uint64_t size) {
    const struct phys_range ram[] = {{{RAM_START}, RAM_SIZE}, {{HIGH_START}, HIGH_SIZE}};
    const struct physical_reservation reserved = {{{start}, size}, "initrd", false};
    machine_boot();
    EXPECT_EQ(physical_map_build(&map, ram, ARRAY_SIZE(ram), &reserved, 1), STATUS_OK);
}

static void expect_refused(uint64_t start, uint64_t size, status_t expected) {
    const unsigned frames = frames_out;
    const void *bytes;
    EXPECT_EQ(initrd_map(&map, (struct phys_range){{start}, size}), expected);
    EXPECT(!initrd_bytes(&bytes, &size));
    EXPECT_EQ(frames_out, frames);
    expect_unmapped(vaddr(INITRD_BASE));
    expect_sound();
}

/* The order matters: what is mapped stays for good, as on a machine. */
TEST(initrd_a_refused_one_leaves_nothing) {
    boot_reserving(START, 16 * MIB);
    expect_refused(START, 0, STATUS_OK);
    expect_refused(START, INITRD_SIZE_MAX + 1, STATUS_OUT_OF_RANGE);
    expect_refused(UINT64_MAX - 0x1000, 0x2000, STATUS_OUT_OF_RANGE);
    expect_refused(PHYSICAL_LIMIT - 0x1000, 0x1001, STATUS_OUT_OF_RANGE);
    expect_refused(RAM_START - 1, 0x1000, STATUS_NOT_MAPPED);
    expect_refused(RAM_START + RAM_SIZE - 0x1000, 0x1001, STATUS_NOT_MAPPED);
    expect_refused(UINT64_C(0x123400000000), 0x1000, STATUS_NOT_MAPPED);
    expect_refused(START - 1, 0x1000, STATUS_BUSY); /* a page of it is anybody's */
    expect_refused(START, 16 * MIB + 1, STATUS_BUSY);
    for (unsigned i = 0; i < 10; i++) { /* two upper tables, and one for each 2 MiB */
        frames_until_failure = i;
        expect_refused(START, 16 * MIB, STATUS_NO_MEMORY);
    }
}

TEST(initrd_is_mapped_as_it_lies) {
    const void *bytes;
    uint64_t size;
    boot_reserving(START, 16 * MIB);
    EXPECT_EQ(initrd_map(&map, (struct phys_range){{START + 0x123}, 9 * MIB}), STATUS_OK);
    EXPECT(initrd_bytes(&bytes, &size));
    EXPECT_EQ(size, 9 * MIB);
    EXPECT_EQ((uint64_t)(uintptr_t)bytes, INITRD_BASE + 0x123);
    const uint64_t pages = 9 * MIB / PAGE_SIZE + 1;
    for (uint64_t i = 0; i < pages; i++) {
        expect_mapped(vaddr(INITRD_BASE + i * PAGE_SIZE), START + i * PAGE_SIZE, KERNEL_READ_ONLY);
    }
    expect_unmapped(vaddr(INITRD_BASE + pages * PAGE_SIZE));
    expect_sound();
    EXPECT_EQ(initrd_map(&map, (struct phys_range){{START}, MIB}), STATUS_OVERLAP);
    EXPECT(initrd_bytes(&bytes, &size));
    EXPECT_EQ(size, 9 * MIB);
}
