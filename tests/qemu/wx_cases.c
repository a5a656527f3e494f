/* SPDX-License-Identifier: MIT */
/* Nothing is writable and executable: the live tables are walked, and planted
 * violations are found. */
#include "arch/aarch64/pte.h"
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm.h"
#include "tests/qemu/groups.h"

#define PLACE (KERNEL_AREA_BASE + KERNEL_AREA_SIZE / 2)

/* The last-level entry of a mapped page. */
static pte_t *find_slot(vaddr_t address) {
    paddr_t table = arch_kernel_root();
    for (unsigned level = 0;; level++) {
        unsigned shift = PAGE_SHIFT + 9 * (PAGE_TABLE_LAST_LEVEL - level);
        unsigned index = (unsigned)(address.value >> shift) % PAGE_TABLE_ENTRIES;
        pte_t *slot = (pte_t *)phys_to_virt(table) + index;
        if (level == PAGE_TABLE_LAST_LEVEL) {
            return slot;
        }
        TAP_REQUIRE(arch_pte_is_table(*slot, level), "the page is mapped by 4 KiB");
        table = arch_pte_address(*slot);
    }
}

static void wx_live_tables(void) {
    struct kernel_vm_flaw flaw = {{0}, NULL};
    if (!TAP_EQ(kernel_vm_check(&flaw), STATUS_OK, "the live tables keep the rules")) {
        record_text("wx_flaw", flaw.reason);
    }
    TAP_OK(arch_user_root_is_clear(), "no user address translates");
}

/* Plants an entry, looks, and takes it out again: `found` must be told. */
static void plant(pte_t *slot, pte_t planted, vaddr_t address, const char *what) {
    struct kernel_vm_flaw flaw = {{0}, NULL};
    pte_t kept = *slot;
    arch_pte_change(slot, planted, address);
    status_t status = kernel_vm_check(&flaw);
    arch_pte_change(slot, kept, address);
    TAP_EQ(status, STATUS_MALFORMED, what);
    TAP_OK(flaw.address.value == address.value && flaw.reason != NULL, "and where it is");
}

static void wx_planted(void) {
    vaddr_t address = vaddr(PLACE);
    paddr_t frame = {0};
    TAP_REQUIRE(frame_alloc(&frame) == STATUS_OK, "a frame");
    status_t status = map_kernel_region(address, frame, PAGE_SIZE, KERNEL_READ_WRITE);
    TAP_REQUIRE(status == STATUS_OK, "a page is mapped");
    pte_t *slot = find_slot(address);
    pte_t good = *slot;
    plant(slot, good & ~PTE_PRIVILEGED_NEVER, address, "writable and executable is found");
    plant(slot, (good & ~PTE_PRIVILEGED_NEVER) | PTE_READ_ONLY, address,
          "executable outside text too");
    plant(slot, good | PTE_EL0, address, "access by user mode too");
    plant(slot, good & ~PTE_USER_NEVER, address, "execution by user mode too");
    TAP_EQ(unmap_kernel_region(address, PAGE_SIZE), STATUS_OK, "the page is unmapped");
    TAP_EQ(frame_free(frame), STATUS_OK, "its frame freed");
    wx_live_tables();
}

static void wx_planted_in_text(void) {
    vaddr_t text = vaddr(page_align_down((uint64_t)(uintptr_t)&wx_planted_in_text));
    static const uint8_t constant[8] = {1};
    vaddr_t rodata = vaddr(page_align_down(vaddr_of(constant).value));
    pte_t *slot = find_slot(text);
    TAP_OK((*slot & PTE_READ_ONLY) != 0, "text is read-only");
    plant(slot, *slot & ~PTE_READ_ONLY, text, "writable text is found");
    slot = find_slot(rodata);
    TAP_OK((*slot & PTE_READ_ONLY) != 0 && (*slot & PTE_PRIVILEGED_NEVER) != 0,
           "constants are constant");
    plant(slot, *slot & ~PTE_READ_ONLY, rodata, "writable constants are found");
    plant(slot, *slot & ~PTE_PRIVILEGED_NEVER, rodata, "executable constants are found");
}

/* Another name, writable, for a page of text. */
static void wx_refused(void) {
    paddr_t text = {0};
    status_t status = virt_to_phys_direct((const void *)(uintptr_t)&wx_refused, &text);
    TAP_REQUIRE(status == STATUS_OK, "text lies in the direct map");
    text = paddr(page_align_down(text.value));
    TAP_EQ(map_kernel_region(vaddr(PLACE), text, PAGE_SIZE, KERNEL_READ_WRITE),
           STATUS_INVALID_ARGUMENT, "map: text, writable");
    paddr_t frame = {0};
    TAP_REQUIRE(frame_alloc(&frame) == STATUS_OK, "a frame");
    TAP_EQ(map_kernel_region(vaddr(PLACE), frame, PAGE_SIZE, KERNEL_READ_EXECUTE),
           STATUS_INVALID_ARGUMENT, "map: executable");
    TAP_EQ(frame_free(frame), STATUS_OK, "freed");
    vaddr_t page = vaddr(page_align_down((uint64_t)(uintptr_t)&wx_refused));
    TAP_EQ(protect_kernel_region(page, PAGE_SIZE, KERNEL_READ_WRITE), STATUS_INVALID_ARGUMENT,
           "protect: text, writable");
    TAP_EQ(unmap_kernel_region(page, PAGE_SIZE), STATUS_OUT_OF_RANGE, "unmap: text");
}

static const struct test_case wx_cases[] = {
    {"wx_live_tables", wx_live_tables, TEST_ALWAYS},
    {"wx_planted", wx_planted, TEST_ALWAYS},
    {"wx_planted_in_text", wx_planted_in_text, TEST_ALWAYS},
    {"wx_refused", wx_refused, TEST_ALWAYS},
};
TEST_GROUP(wx);
