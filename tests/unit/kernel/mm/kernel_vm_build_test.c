/* SPDX-License-Identifier: MIT */
/* From entries to live runtime tables: what is mapped, what is refused, what comes back. */
#include "tests/unit/kernel/mm/vm_test_machine.h"

/* --- Entries --- */

TEST(entries_say_what_they_allow) {
    static const struct {
        enum kernel_protection protection;
        unsigned rights;
    } expected[] = {
        {KERNEL_READ_EXECUTE, PTE_RIGHT_EXECUTE},
        {KERNEL_READ_ONLY, 0},
        {KERNEL_READ_WRITE, PTE_RIGHT_WRITE},
        {KERNEL_DEVICE, PTE_RIGHT_WRITE | PTE_RIGHT_DEVICE},
    };
    for (unsigned level = 1; level <= 3; level++) {
        for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
            const pte_t leaf = arch_pte_leaf(paddr(5 * GIB), expected[i].protection, level);
            EXPECT(arch_pte_is_valid(leaf));
            EXPECT(arch_pte_is_leaf(leaf, level));
            EXPECT(!arch_pte_is_table(leaf, level));
            EXPECT_EQ(arch_pte_address(leaf).value, 5 * GIB);
            EXPECT_EQ(arch_pte_rights(leaf), expected[i].rights);
            EXPECT((leaf & BIT(54)) != 0); /* UXN, always */
            EXPECT((leaf & BIT(10)) != 0); /* accessed, or the first use faults */
            EXPECT((leaf & BIT(11)) == 0); /* global */
        }
    }
}

TEST(table_entries_count) {
    for (unsigned used = 0; used <= PAGE_TABLE_ENTRIES; used++) {
        const pte_t pte = arch_pte_table(paddr(POOL), used);
        EXPECT(arch_pte_is_table(pte, 0) && arch_pte_is_table(pte, 2));
        EXPECT(!arch_pte_is_table(pte, 3));
        EXPECT(!arch_pte_is_leaf(pte, 1));
        EXPECT_EQ(arch_pte_used(pte), used);
        EXPECT_EQ(arch_pte_address(pte).value, POOL);
        EXPECT_EQ(arch_pte_table_rights(pte), 0);
    }
    EXPECT(!arch_pte_is_leaf(arch_pte_leaf(paddr(0), KERNEL_READ_ONLY, 1), 0));
    EXPECT_EQ(arch_pte_table_rights(arch_pte_table(paddr(POOL), 1) | BIT(59)), PTE_RIGHT_UNKNOWN);
}

TEST(direct_addresses_convert) {
    machine_reset();
    paddr_t back;
    EXPECT(phys_to_virt(paddr(POOL + 40)) == pool + 40);
    EXPECT_EQ(virt_to_phys_direct(pool + 40, &back), STATUS_OK);
    EXPECT_EQ(back.value, POOL + 40);
    hosted_mmu.direct_map_base = KERNEL_HVA_OFFSET;
    const volatile void *last = vaddr_pointer(DIRECT(DIRECT_MAP_SIZE - 1));
    EXPECT_EQ(virt_to_phys_direct(last, &back), STATUS_OK);
    EXPECT_EQ(back.value, DIRECT_MAP_SIZE - 1);
    EXPECT_EQ(virt_to_phys_direct(vaddr_pointer(AREA(0)), &back), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(virt_to_phys_direct(vaddr_pointer(vaddr(KERNEL_HVA_OFFSET - 1)), &back),
              STATUS_OUT_OF_RANGE);
    EXPECT_EQ(virt_to_phys_direct(NULL, &back), STATUS_OUT_OF_RANGE);
}

/* --- Building --- */

TEST(build_maps_the_image_by_parts) {
    machine_boot();
    expect_mapped(DIRECT(IMAGE), IMAGE, KERNEL_READ_WRITE);
    expect_mapped(DIRECT(TEXT - 1), TEXT - 1, KERNEL_READ_WRITE);
    expect_mapped(DIRECT(TEXT), TEXT, KERNEL_READ_EXECUTE);
    expect_mapped(DIRECT(TEXT + TEXT_SIZE - 1), TEXT + TEXT_SIZE - 1, KERNEL_READ_EXECUTE);
    expect_mapped(DIRECT(TEXT + TEXT_SIZE), TEXT + TEXT_SIZE, KERNEL_READ_WRITE);
    expect_mapped(DIRECT(RODATA), RODATA, KERNEL_READ_ONLY);
    expect_mapped(DIRECT(DATA - 1), DATA - 1, KERNEL_READ_ONLY);
    expect_mapped(DIRECT(DATA), DATA, KERNEL_READ_WRITE);
    expect_mapped(DIRECT(IMAGE + IMAGE_SIZE - 1), IMAGE + IMAGE_SIZE - 1, KERNEL_READ_WRITE);
    for (uint64_t page = IMAGE; page < IMAGE + IMAGE_SIZE; page += PAGE_SIZE) {
        EXPECT(arch_pte_is_leaf(*slot_of(DIRECT(page), 3), 3));
    }
    expect_sound();
}

TEST(build_maps_ram_and_devices_and_nothing_else) {
    machine_boot();
    for (uint64_t page = 0; page < 16 * GIB; page += PAGE_SIZE) {
        const bool in_image = page >= IMAGE && page < IMAGE + IMAGE_SIZE;
        const bool is_ram = (page >= RAM_START && page < RAM_START + RAM_SIZE) ||
                            (page >= HIGH_START && page < HIGH_START + HIGH_SIZE);
        const bool is_device = page == UART || (page >= GIC && page < GIC + GIC_SIZE);
        const pte_t leaf = hosted_mmu_access(DIRECT(page));
        EXPECT_EQ(arch_pte_is_valid(leaf), is_ram || is_device);
        if (arch_pte_is_valid(leaf) && !in_image) {
            paddr_t found;
            EXPECT_EQ(translate_kernel_va(DIRECT(page + 4095), &found), STATUS_OK);
            EXPECT_EQ(found.value, page + 4095);
            EXPECT_EQ(arch_pte_rights(leaf), PTE_RIGHT_WRITE | (is_device ? PTE_RIGHT_DEVICE : 0));
        }
    }
    EXPECT_EQ(*slot_of(DIRECT(9 * GIB), 1) & 3, 1);             /* a whole gigabyte: one block */
    EXPECT_EQ(*slot_of(DIRECT(RAM_START + 8 * MIB), 2) & 3, 1); /* 2 MiB */
    EXPECT(frames_out <= 16);
}

TEST(build_takes_rodata_before_text) {
    machine_reset();
    struct kernel_vm_layout layout = layout_good();
    layout.text = (struct phys_range){{RODATA}, RODATA_SIZE};
    layout.rodata = (struct phys_range){{TEXT}, TEXT_SIZE};
    hosted_mmu.switch_page = paddr(RODATA);
    EXPECT_EQ(kernel_vm_build(&layout), STATUS_OK);
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
    EXPECT_EQ(drop_boot_identity_mapping(), STATUS_OK);
    expect_mapped(DIRECT(TEXT), TEXT, KERNEL_READ_ONLY);
    expect_mapped(DIRECT(RODATA), RODATA, KERNEL_READ_EXECUTE);
    expect_sound();
}

static void expect_build(const struct kernel_vm_layout *layout, status_t status) {
    EXPECT_EQ(kernel_vm_build(layout), status);
    EXPECT_EQ(frames_out, 0);
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_NOT_INITIALIZED);
}

TEST(build_refuses_a_wrong_image) {
    machine_reset();
    struct kernel_vm_layout layout = layout_good();
    layout.text.start.value += 1;
    expect_build(&layout, STATUS_MISALIGNED);
    layout = layout_good();
    layout.rodata.size -= 8;
    expect_build(&layout, STATUS_MISALIGNED);
    layout = layout_good();
    layout.image.size -= 8;
    expect_build(&layout, STATUS_MISALIGNED);
    layout = layout_good();
    layout.text.size = 0;
    expect_build(&layout, STATUS_INVALID_ARGUMENT);
    layout = layout_good();
    layout.text.start.value = IMAGE - PAGE_SIZE;
    expect_build(&layout, STATUS_INVALID_ARGUMENT);
    layout = layout_good();
    layout.rodata.start.value = IMAGE + IMAGE_SIZE - PAGE_SIZE;
    expect_build(&layout, STATUS_INVALID_ARGUMENT);
    layout = layout_good();
    layout.text.size += 2 * PAGE_SIZE;
    expect_build(&layout, STATUS_INVALID_ARGUMENT);
    layout = layout_good();
    layout.image.size = RAM_SIZE;
    expect_build(&layout, STATUS_OUT_OF_RANGE);
    layout.image.size = CONFIG_IMAGE_MAX + PAGE_SIZE; /* in RAM, but too many pages */
    expect_build(&layout, STATUS_OUT_OF_RANGE);
}

TEST(build_refuses_wrong_ranges) {
    machine_reset();
    struct kernel_vm_layout layout = layout_good();
    struct phys_range device = {{RAM_START + RAM_SIZE - 8}, 16};
    layout.devices = &device;
    layout.device_count = 1;
    expect_build(&layout, STATUS_OVERLAP);
    device = (struct phys_range){{RAM_START - 16}, 32};
    expect_build(&layout, STATUS_OVERLAP);
    device = (struct phys_range){{UART}, 0};
    expect_build(&layout, STATUS_INVALID_ARGUMENT);
    device = (struct phys_range){{DIRECT_MAP_SIZE - PAGE_SIZE}, PAGE_SIZE + 1};
    expect_build(&layout, STATUS_OUT_OF_RANGE);
    device = (struct phys_range){{UINT64_MAX - 5}, 100};
    expect_build(&layout, STATUS_OUT_OF_RANGE);
    device = (struct phys_range){{UART - KERNEL_DEVICE_MAX + 1}, KERNEL_DEVICE_MAX}; /* 2 halves */
    expect_build(&layout, STATUS_OUT_OF_RANGE);
    layout = layout_good();
    layout.device_count = KERNEL_DEVICES_MAX + 1;
    expect_build(&layout, STATUS_OUT_OF_RANGE);
    layout = layout_good();
    const struct phys_range vast[] = {{{RAM_START}, RAM_SIZE}, {{8 * GIB}, CONFIG_MEMORY_MAX}};
    ram_set(vast, ARRAY_SIZE(vast));
    expect_build(&layout, STATUS_OUT_OF_RANGE);
    const struct phys_range ram[] = {{{RAM_START}, RAM_SIZE}, {{DIRECT_MAP_SIZE}, PAGE_SIZE}};
    ram_set(ram, ARRAY_SIZE(ram));
    expect_build(&layout, STATUS_OUT_OF_RANGE);
}

TEST(build_gives_all_back_at_each_lack_of_a_frame) {
    machine_reset();
    const struct kernel_vm_layout layout = layout_good();
    unsigned needed = 0;
    for (;; needed++) {
        frames_until_failure = needed;
        if (kernel_vm_build(&layout) == STATUS_OK) {
            break;
        }
        EXPECT_EQ(frames_out, 0);
        EXPECT(needed < POOL_FRAMES);
    }
    EXPECT(needed >= 5);
    EXPECT_EQ(kernel_vm_build(&layout), STATUS_BUSY);
    for (unsigned i = 0; i < 4; i++) { /* root and three tables of the identity map */
        frames_until_failure = i;
        EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_NO_MEMORY);
        EXPECT_EQ(frames_out, needed);
        EXPECT_EQ(hosted_mmu.kernel_root.value, 0);
    }
    frames_until_failure = 4;
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
    EXPECT_EQ(drop_boot_identity_mapping(), STATUS_OK);
    EXPECT_EQ(frames_out, needed);
    expect_sound();
}

TEST(build_takes_no_frame_that_it_cannot_reach) {
    machine_reset();
    struct kernel_vm_layout layout = layout_good();
    layout.reach = (struct phys_range){{RAM_START}, POOL + 3 * PAGE_SIZE - RAM_START};
    expect_build(&layout, STATUS_NO_MEMORY);
    layout.reach = (struct phys_range){{POOL + PAGE_SIZE}, RAM_SIZE};
    expect_build(&layout, STATUS_NO_MEMORY);
}

/* RAM from 64 MiB to 8 GiB, at many alignments of its end. */
TEST(build_maps_ram_of_any_size) {
    struct random random = test_random();
    for (unsigned i = 0; i < 60; i++) {
        machine_reset();
        const uint64_t pages = random_between(&random, 64 * MIB, 8 * GIB) / PAGE_SIZE;
        const uint64_t size =
            random_one_in(&random, 3) ? align_up(pages, 512) * PAGE_SIZE : pages * PAGE_SIZE;
        const struct phys_range ram[] = {{{RAM_START}, size}};
        ram_set(ram, 1);
        const struct kernel_vm_layout layout = layout_good();
        EXPECT_EQ(kernel_vm_build(&layout), STATUS_OK);
        EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
        EXPECT_EQ(drop_boot_identity_mapping(), STATUS_OK);
        expect_sound();
        expect_mapped(DIRECT(RAM_START + size - 1), RAM_START + size - 1, KERNEL_READ_WRITE);
        expect_unmapped(DIRECT(RAM_START + size));
        expect_mapped(DIRECT(RAM_START), RAM_START, KERNEL_READ_WRITE);
        expect_unmapped(DIRECT(RAM_START - 1));
    }
}

/* --- The order of boot --- */

static void expect_not_initialized(void) {
    paddr_t frame = paddr(POOL);
    EXPECT_EQ(map_kernel_region(AREA(0), frame, PAGE_SIZE, KERNEL_READ_WRITE),
              STATUS_NOT_INITIALIZED);
    EXPECT_EQ(unmap_kernel_region(AREA(0), PAGE_SIZE), STATUS_NOT_INITIALIZED);
    EXPECT_EQ(protect_kernel_region(DIRECT(TEXT), PAGE_SIZE, KERNEL_READ_ONLY),
              STATUS_NOT_INITIALIZED);
    EXPECT_EQ(drop_boot_identity_mapping(), STATUS_NOT_INITIALIZED);
    struct kernel_vm_flaw flaw;
    EXPECT_EQ(kernel_vm_check(&flaw), STATUS_NOT_INITIALIZED);
    EXPECT(!hosted_mmu.user_root_clear);
}

TEST(nothing_changes_before_the_switch) {
    machine_reset();
    expect_not_initialized();
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_NOT_INITIALIZED);
    const struct kernel_vm_layout layout = layout_good();
    EXPECT_EQ(kernel_vm_build(&layout), STATUS_OK);
    expect_not_initialized();
    EXPECT_EQ(hosted_mmu.kernel_root.value, 0);
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
    EXPECT_EQ(map_kernel_region(AREA(0), paddr(POOL), PAGE_SIZE, KERNEL_READ_WRITE), STATUS_OK);
}

TEST(boot_identity_goes_and_its_frames_come_back) {
    machine_reset();
    const struct kernel_vm_layout layout = layout_good();
    EXPECT_EQ(kernel_vm_build(&layout), STATUS_OK);
    const unsigned runtime = frames_out;
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
    EXPECT_EQ(frames_out, runtime + 4);
    struct kernel_vm_flaw flaw;
    EXPECT_EQ(kernel_vm_check(&flaw), STATUS_MALFORMED);
    EXPECT_STRING(flaw.reason, "user half translates");
    EXPECT_EQ(switch_to_runtime_kernel_tables(), STATUS_OK);
    EXPECT_EQ(frames_out, runtime + 4);
    EXPECT_EQ(drop_boot_identity_mapping(), STATUS_OK);
    EXPECT_EQ(drop_boot_identity_mapping(), STATUS_OK);
    EXPECT_EQ(frames_out, runtime);
    EXPECT(hosted_mmu.user_root_clear);
    expect_sound();
}
