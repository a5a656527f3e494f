/* SPDX-License-Identifier: MIT */
/* The self-check finds what is planted: each rule is broken once. */
#include "tests/unit/kernel/mm/vm_test_machine.h"

/* --- The self-check finds what is planted --- */

static void expect_flaw(vaddr_t address, const char *reason) {
    struct kernel_vm_flaw flaw;
    EXPECT_EQ(kernel_vm_check(&flaw), STATUS_MALFORMED);
    EXPECT_STRING(flaw.reason, reason);
    EXPECT_EQ(flaw.address.value, address.value);
}

static void expect_flaw_of(vaddr_t address, unsigned level, pte_t planted, const char *reason) {
    pte_t *slot = slot_of(address, level);
    const pte_t before = *slot;
    *slot = planted;
    expect_flaw(address, reason);
    *slot = before;
    expect_sound();
}

TEST(check_finds_wrong_rights) {
    machine_boot();
    const pte_t text = *slot_of(DIRECT(TEXT), 3);
    const pte_t data = *slot_of(DIRECT(DATA), 3);
    const pte_t block = *slot_of(DIRECT(RAM_START + 8 * MIB), 2);
    const pte_t device = *slot_of(DIRECT(UART), 3);
    expect_flaw_of(DIRECT(TEXT), 3, text & ~BIT(7), "writable and executable");
    expect_flaw_of(DIRECT(DATA), 3, data & ~BIT(53), "writable and executable");
    expect_flaw_of(DIRECT(RAM_START + 8 * MIB), 2, block & ~BIT(53), "writable and executable");
    expect_flaw_of(DIRECT(DATA), 3, (data & ~BIT(53)) | BIT(7), "executable outside text");
    expect_flaw_of(DIRECT(RODATA), 3, *slot_of(DIRECT(RODATA), 3) & ~BIT(53),
                   "executable outside text");
    expect_flaw_of(DIRECT(DATA), 3, data | BIT(6), "accessible to user mode");
    expect_flaw_of(DIRECT(TEXT), 3, text | BIT(6), "accessible to user mode");
    expect_flaw_of(DIRECT(DATA), 3, data & ~BIT(54), "accessible to user mode");
    expect_flaw_of(DIRECT(UART), 3, (device & ~BIT(53)) | BIT(7), "device executable");
    expect_flaw_of(DIRECT(TEXT), 3, (text | BIT(53)) & ~BIT(7), "text or rodata writable");
    expect_flaw_of(DIRECT(RODATA), 3, *slot_of(DIRECT(RODATA), 3) & ~BIT(7),
                   "text or rodata writable");
    expect_flaw_of(DIRECT(DATA), 3, data & ~BIT(10), "page entry with unknown bits");
    expect_flaw_of(DIRECT(DATA), 3, data | BIT(52), "page entry with unknown bits");
    expect_flaw_of(DIRECT(DATA), 3, data & ~(UINT64_C(3) << 8), "page entry with unknown bits");
}

TEST(check_finds_wrong_places) {
    machine_boot();
    const pte_t data = *slot_of(DIRECT(DATA), 3);
    EXPECT_EQ(map_kernel_region(AREA(0), paddr(DATA), PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK);
    expect_flaw_of(DIRECT(DATA), 3, data + PAGE_SIZE, "direct map shifted");
    expect_flaw_of(DIRECT(DATA), 3, arch_pte_leaf(paddr(DATA), KERNEL_DEVICE, 3),
                   "RAM mapped as device");
    expect_flaw_of(DIRECT(UART), 3, arch_pte_leaf(paddr(UART), KERNEL_READ_ONLY, 3),
                   "memory mapped where no RAM is");
    expect_flaw_of(AREA(0), 3, arch_pte_leaf(paddr(RODATA), KERNEL_READ_WRITE, 3),
                   "text or rodata writable");
    expect_flaw_of(AREA(0), 3, arch_pte_leaf(paddr(TEXT), KERNEL_READ_EXECUTE, 3),
                   "executable outside text");
    expect_flaw_of(DIRECT(RAM_START + 8 * MIB), 2,
                   *slot_of(DIRECT(RAM_START + 8 * MIB), 2) + PAGE_SIZE, "block misaligned");
    expect_flaw_of(DIRECT(RAM_START + 8 * MIB), 2, 0 | BIT(1) | BIT(0) | UART, "table outside RAM");
    pte_t *root = slot_of(DIRECT(0), 0);
    const pte_t direct = *root;
    *slot_of(vaddr(UINT64_MAX), 0) = direct;
    expect_flaw(vaddr(UINT64_C(0xffffff8000000000) + GIC), "mapped outside every area");
}

TEST(check_finds_wrong_tables) {
    machine_boot();
    const vaddr_t gigabyte = DIRECT(RAM_START);
    const pte_t table = *slot_of(gigabyte, 1);
    expect_flaw_of(gigabyte, 1, table | BIT(59), "table entry with unknown bits");
    expect_flaw_of(gigabyte, 1, table | BIT(63), "table entry with unknown bits");
    expect_flaw_of(gigabyte, 1, table + BIT(2), "table count wrong");
    expect_flaw_of(gigabyte, 1, (table & ~UINT64_C(0xfffffffff000)) | TEXT, "table outside RAM");
    expect_flaw_of(DIRECT(DATA), 3, *slot_of(DIRECT(DATA), 3) & ~BIT(1), "entry of no kind");
    expect_flaw_of(AREA(0), 0, BIT(0), "entry of no kind");
    paddr_t empty;
    EXPECT_EQ(frame_alloc(&empty), STATUS_OK);
    memset(phys_to_virt(empty), 0, PAGE_SIZE);
    expect_flaw_of(AREA(0), 0, arch_pte_table(empty, 0), "empty table");
    pte_t *slot = slot_of(DIRECT(DATA), 3);
    const pte_t data = *slot;
    *slot = 0; /* gone, but still counted */
    struct kernel_vm_flaw flaw;
    EXPECT_EQ(kernel_vm_check(&flaw), STATUS_MALFORMED);
    EXPECT_STRING(flaw.reason, "table count wrong");
    *slot = data;
    hosted_mmu.kernel_root = empty;
    expect_flaw(vaddr(KERNEL_HVA_OFFSET), "another root is live");
}
