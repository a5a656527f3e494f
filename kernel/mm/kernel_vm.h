/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of the virtual addresses, and who may do what where.
 *
 *   0xffff_ffff_ffff_ffff  +------------------------------+
 *                          | nothing                      |
 *   0xffff_8400_0000_0000  +------------------------------+ KERNEL_AREA_BASE + KERNEL_AREA_SIZE
 *                          | dynamic area, 4 TiB          |  pages by map_kernel_region: stacks
 *                          |                              |  between guards; never executable
 *   0xffff_8000_0000_0000  +------------------------------+ KERNEL_AREA_BASE
 *                          | direct map: physical address |
 *                          | + KERNEL_HVA_OFFSET          |
 *                          |   ram   rw, never executable |  1 GiB and 2 MiB, 4 KiB at the edges
 *                          |   image, in 4 KiB pages:     |
 *                          |     text    read-execute     |
 *                          |     rodata  read-only        |
 *                          |     rest    rw, never exec.  |
 *                          |   ram   rw, never executable |
 *                          |   holes     nothing          |
 *                          |   devices   Device, rw       |  those named to kernel_vm_build
 *   0xffff_0000_0000_0000  +------------------------------+ KERNEL_HVA_OFFSET
 *
 *   0x0000_ffff_ffff_ffff  | user half: nothing since     |
 *   0x0000_0000_0000_0000  | drop_boot_identity_mapping() |
 *
 * No page can be written and executed, by whatever name: executable is the image's text and nothing
 * else, and neither text nor rodata can be written through any other mapping. Memory is mapped as
 * memory, everything else as a device.
 *
 * Boot, in order: kernel_vm_build, switch_to_runtime_kernel_tables, drop_boot_identity_mapping. All
 * tables come from the frame allocator; a table that becomes empty goes back to it. Before the
 * switch, every change answers NOT_INITIALIZED.
 *
 * Regions may be changed by several threads as long as each region has one owner. Each page is
 * changed with interrupts masked, a region page by page: between pages other threads run and may
 * see it half done.
 */
#ifndef KERNEL_MM_KERNEL_VM_H
#define KERNEL_MM_KERNEL_VM_H

#include "kernel/mm/direct_map.h"
#include "kernel/mm/physical_map.h"

#define KERNEL_AREA_BASE UINT64_C(0xffff800000000000)
#define KERNEL_AREA_SIZE (UINT64_C(4) << 40)

/* Bytes of the largest region that one call may change. */
#define KERNEL_REGION_MAX (UINT64_C(4) << 20)

/* Bytes of the largest device that kernel_vm_build() maps, rounded to pages, and how many. */
#define KERNEL_DEVICE_MAX  (UINT64_C(256) << 10)
#define KERNEL_DEVICES_MAX 4

/* What kernel_vm_build needs to know. Ranges of the image are whole pages; text and rodata lie in
 * it and apart from each other. Devices are rounded outward. */
struct kernel_vm_layout {
    const struct physical_map *map; /* stays where it is, constant */
    struct phys_range image;
    struct phys_range text;
    struct phys_range rodata;
    const struct phys_range *devices;
    uint32_t device_count;
    /* RAM that the boot tables map: where the frames of runtime tables must lie. */
    struct phys_range reach;
};

/* Builds the runtime tables, not yet live. Once. INVALID_ARGUMENT: image ranges not as said;
 * MISALIGNED; OUT_OF_RANGE: RAM or a device beyond DIRECT_MAP_SIZE, the image not in RAM, more
 * than CONFIG_MEMORY_MAX of RAM, CONFIG_IMAGE_MAX of image or KERNEL_DEVICE_MAX of a device;
 * OVERLAP: a device in RAM; NO_MEMORY; BUSY: built already. On any error all frames are given back.
 * Boot. Linear in the number of blocks and pages. */
MUST_USE status_t kernel_vm_build(const struct kernel_vm_layout *layout);

/* Makes the runtime tables live; the boot tables are not used from then on. A second call does
 * nothing. NOT_INITIALIZED: not built. Boot, interrupts masked. O(1). */
MUST_USE status_t switch_to_runtime_kernel_tables(void);

/* From now on no address of the user half translates. NOT_INITIALIZED: before the switch, which
 * still needs the identity map. Boot. O(1). */
MUST_USE status_t drop_boot_identity_mapping(void);

/* Maps [paddr, paddr + size) at [vaddr, vaddr + size), in the dynamic area, or pages of the image's
 * data at their own place (to undo unmap). All are multiples of PAGE_SIZE. Everything is as before
 * on an error: NOT_INITIALIZED; MISALIGNED; OUT_OF_RANGE: not wholly within an area, wrapping, or
 * above KERNEL_REGION_MAX; OVERLAP: a page in it is mapped; NO_MEMORY: no frame for a table;
 * INVALID_ARGUMENT: size 0, executable, memory as device or the reverse, text or rodata writable.
 * Thread context or boot. O(pages), O(1) of it masked at a time. */
MUST_USE status_t map_kernel_region(vaddr_t vaddr, paddr_t paddr, uint64_t size,
                                    enum kernel_protection protection);

/* The same for one page. O(1). */
MUST_USE status_t map_kernel_page(vaddr_t vaddr, paddr_t paddr, enum kernel_protection protection);

/* Takes the region out, in the dynamic area or the image's data (guard pages); what was mapped
 * there stays its owner's. Checked before anything is changed: NOT_INITIALIZED, MISALIGNED,
 * INVALID_ARGUMENT: size 0; OUT_OF_RANGE; NOT_MAPPED: some page of it is not. On return no TLB
 * holds any of it. Thread context or boot. O(pages), O(1) of it masked at a time. */
MUST_USE status_t unmap_kernel_region(vaddr_t vaddr, uint64_t size);

/* Gives each page of the region other rights: in the dynamic area and the image's data read-only or
 * read-write, in text read-execute or read-only, in rodata read-only. Device pages stay what they
 * are. RAM elsewhere in the direct map cannot be protected, as it is mapped by blocks. Checked
 * before anything is changed, errors as unmap; INVALID_ARGUMENT too for rights that the place does
 * not allow. A page stays mapped throughout: other rights need no break-before-make. Thread context
 * or boot. O(pages), O(1) of it masked at a time. */
MUST_USE status_t protect_kernel_region(vaddr_t vaddr, uint64_t size,
                                        enum kernel_protection protection);

/* What the live tables map `address` to, byte for byte; before the switch, the boot tables.
 * NOT_MAPPED; OUT_OF_RANGE: not of the kernel's half. Any context. O(1). */
MUST_USE status_t translate_kernel_va(vaddr_t address, paddr_t *out);

/* Where and why the live tables are not as they should be. */
struct kernel_vm_flaw {
    vaddr_t address;
    const char *reason; /* never null after kernel_vm_check */
};

/* Walks the live tables entry by entry, believing nothing: STATUS_OK if the map above is what they
 * say. Refuses a page writable and executable, executable outside text, accessible to user mode; a
 * device executable, or mapped where RAM is; memory where no RAM is; text or rodata writable by
 * another name; the direct map shifted; entries and counts that nobody here makes; more than a
 * million entries; a user half that translates. STATUS_MALFORMED and the first flaw otherwise;
 * NOT_INITIALIZED before the switch. Boot or a test, while nobody changes the tables. Linear in the
 * number of entries. */
MUST_USE status_t kernel_vm_check(struct kernel_vm_flaw *flaw);

#endif
