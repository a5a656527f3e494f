/* SPDX-License-Identifier: MIT */
/*
 * The kernel's virtual memory over simulated RAM: a machine with a hole, a frame allocator that
 * counts and can be told to fail, and a TLB that forgets only what it is told to. Only the pool of
 * frames is real memory; RAM besides it is a number.
 */
#ifndef TESTS_UNIT_KERNEL_MM_VM_TEST_MACHINE_H
#define TESTS_UNIT_KERNEL_MM_VM_TEST_MACHINE_H

#include <stdlib.h>

#include "arch/cpu.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm_internal.h"
#include "tests/unit/test.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

#define RAM_START (1 * GIB)
#define RAM_SIZE  (256 * MIB)
#define HIGH_START                                                                                 \
    (8 * GIB + 64 * MIB) /* behind a hole; has unaligned ends, and a whole gigabyte in it */
#define HIGH_SIZE    (3 * GIB + 20 * PAGE_SIZE)
#define IMAGE        (RAM_START + 512 * UINT64_C(1024))
#define IMAGE_SIZE   (3 * MIB)
#define TEXT         (IMAGE + 4 * PAGE_SIZE)
#define TEXT_SIZE    (20 * PAGE_SIZE)
#define RODATA       (TEXT + TEXT_SIZE + PAGE_SIZE)
#define RODATA_SIZE  (5 * PAGE_SIZE)
#define DATA         (RODATA + RODATA_SIZE)
#define POOL         (RAM_START + 64 * MIB)
#define POOL_FRAMES  256
#define UART         UINT64_C(0x09000000)
#define GIC          UINT64_C(0x08000000)
#define GIC_SIZE     UINT64_C(0x20000)
#define DIRECT(pa)   vaddr(KERNEL_HVA_OFFSET + (pa))
#define AREA(offset) vaddr(KERNEL_AREA_BASE + (offset))

/* --- The frame allocator: lowest first, poison in what is free. --- */

static uint8_t *pool;
static bool frame_taken[POOL_FRAMES];
static unsigned frames_out;
static unsigned frames_until_failure; /* so many more succeed */

status_t frame_alloc(paddr_t *frame) {
    EXPECT(!arch_irq_is_masked()); /* nobody asks for memory with interrupts masked */
    if (frames_until_failure == 0) {
        return STATUS_NO_MEMORY;
    }
    frames_until_failure--;
    for (unsigned i = 0; i < POOL_FRAMES; i++) {
        if (!frame_taken[i]) {
            frame_taken[i] = true;
            frames_out++;
            *frame = paddr(POOL + i * PAGE_SIZE);
            return STATUS_OK;
        }
    }
    return STATUS_NO_MEMORY;
}

status_t frame_free(paddr_t frame) {
    EXPECT(!arch_irq_is_masked());
    const uint64_t index = (frame.value - POOL) / PAGE_SIZE;
    EXPECT(frame.value >= POOL && index < POOL_FRAMES && frame.value % PAGE_SIZE == 0);
    EXPECT(frame_taken[index]);
    frame_taken[index] = false;
    frames_out--;
    memset(pool + index * PAGE_SIZE, 0xdb, PAGE_SIZE);
    return STATUS_OK;
}

/* --- The machine --- */

static struct physical_map map;
static const struct phys_range devices[] = {
    {{GIC}, GIC_SIZE / 2},
    {{GIC + GIC_SIZE / 2}, GIC_SIZE / 2},
    {{UART}, 0x48},
    {{UART + 0x800}, 0x100}, /* shares the page */
};

static struct kernel_vm_layout layout_good(void) {
    return (struct kernel_vm_layout){
        .map = &map,
        .image = {{IMAGE}, IMAGE_SIZE},
        .text = {{TEXT}, TEXT_SIZE},
        .rodata = {{RODATA}, RODATA_SIZE},
        .devices = devices,
        .device_count = ARRAY_SIZE(devices),
        .reach = {{RAM_START}, RAM_SIZE},
    };
}

static void ram_set(const struct phys_range *ram, uint32_t count) {
    EXPECT_EQ(physical_map_build(&map, ram, count, NULL, 0), STATUS_OK);
}

/* As at reset. */
static void machine_reset(void) {
    const struct phys_range ram[] = {{{RAM_START}, RAM_SIZE}, {{HIGH_START}, HIGH_SIZE}};
    if (pool == NULL) {
        pool = aligned_alloc(PAGE_SIZE, POOL_FRAMES * PAGE_SIZE);
        EXPECT(pool != NULL);
    }
    memset(pool, 0xdb, POOL_FRAMES * PAGE_SIZE);
    memset(frame_taken, 0, sizeof(frame_taken));
    frames_out = 0;
    frames_until_failure = POOL_FRAMES;
    ram_set(ram, ARRAY_SIZE(ram));
    hosted_mmu_reset((uint64_t)(uintptr_t)pool - POOL);
    hosted_mmu.switch_page = paddr(TEXT + PAGE_SIZE);
    kernel_vm_forget();
}

/* As after boot. */
static inline void machine_boot(void) {
    machine_reset();
    const struct kernel_vm_layout layout = layout_good();
    EXPECT_EQ(kernel_vm_build(&layout), STATUS_OK);
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
    EXPECT_EQ(drop_boot_identity_mapping(), STATUS_OK);
}

static inline void expect_sound(void) {
    struct kernel_vm_flaw flaw;
    const status_t status = kernel_vm_check(&flaw);
    EXPECT_STRING(flaw.reason, "no flaw");
    EXPECT_EQ(status, STATUS_OK);
    EXPECT(!arch_irq_is_masked());
}

/* The CPU finds `start` at `address`, with the rights of `protection`. */
static inline void expect_mapped(vaddr_t address, uint64_t start,
                                 enum kernel_protection protection) {
    paddr_t found;
    EXPECT_EQ(translate_kernel_va(address, &found), STATUS_OK);
    EXPECT_EQ(found.value, start);
    const pte_t leaf = hosted_mmu_access(address);
    EXPECT(arch_pte_is_valid(leaf));
    const pte_t wanted = arch_pte_leaf(paddr(0), protection, PAGE_TABLE_LAST_LEVEL);
    EXPECT_EQ(arch_pte_rights(leaf), arch_pte_rights(wanted));
}

static inline void expect_unmapped(vaddr_t address) {
    paddr_t found;
    EXPECT_EQ(translate_kernel_va(address, &found), STATUS_NOT_MAPPED);
    EXPECT_EQ(hosted_mmu_access(address), 0);
}

/* The entry for `address` in the live table of `level`, found by the test's own walk. */
static inline pte_t *slot_of(vaddr_t address, unsigned level) {
    paddr_t table = hosted_mmu.kernel_root;
    for (unsigned i = 0;; i++) {
        pte_t *slot = (pte_t *)phys_to_virt(table) + (address.value >> (39 - 9 * i) & 511);
        if (i == level) {
            return slot;
        }
        EXPECT_EQ(*slot & 3, 3);
        table = paddr(*slot & UINT64_C(0xfffffffff000));
    }
}

#endif
