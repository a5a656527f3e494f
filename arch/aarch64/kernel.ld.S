/* SPDX-License-Identifier: MIT */
/*
 * One image in one piece: linked low for the part that runs before the MMU is on, high for all else, and loaded
 * low, in this order, with nothing to copy:
 *
 *   load address                                       linked
 *   0x40080000  .boot.text .boot.rodata                 low
 *               .text .rodata .data                     high = low + KERNEL_HVA_OFFSET
 *   ----------- end of the file ------------------
 *               .bss                                    high
 *               .boot.bss: boot stack, boot tables      low
 *
 * Each part starts on a page; __X_used_end is where its contents end. Symbols without "load" are as linked; those with it are where the same bytes are loaded. Every part starts on a
 * page, so that each can have its own permission.
 */
#include "arch/aarch64/pte.h"
#include "config.h"

#define LOAD(section) AT(ADDR(section) - KERNEL_HVA_OFFSET)

OUTPUT_FORMAT("elf64-littleaarch64")
OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
    boot_text PT_LOAD FLAGS(5);
    boot_rodata PT_LOAD FLAGS(4);
    text PT_LOAD FLAGS(5);
    rodata PT_LOAD FLAGS(4);
    data PT_LOAD FLAGS(6);
    boot_bss PT_LOAD FLAGS(6);
}

SECTIONS
{
    . = KERNEL_IMAGE_BASE;
    __image_start = .;
    .boot.text : ALIGN(4096) {
        __boot_text_start = .;
        KEEP(*(.boot.text.start))
        *(.boot.text .boot.text.*)
        __boot_text_used_end = .;
        . = ALIGN(4096);
        __boot_text_end = .;
    } :boot_text
    .boot.rodata : ALIGN(4096) {
        __boot_rodata_start = .;
        *(.boot.rodata .boot.rodata.*)
        __boot_rodata_used_end = .;
        . = ALIGN(4096);
    } :boot_rodata
    .boot.data : { *(.boot.data .boot.data.* .boot.got .boot.got.*) } :boot_rodata

    . = . + KERNEL_HVA_OFFSET;
    .text : LOAD(.text) ALIGN(4096) {
        __text_start = .;
        KEEP(*(.text.vectors))
        *(.text.entry)
        *obj/arch/?*(.text .text.*)
        *obj/lib/?*(.text .text.*)
        *obj/drivers/?*(.text .text.*)
        *obj/platform/?*(.text .text.*)
        *obj/kernel/?*(.text .text.*)
        __kernel_text_end = .; /* the application's is behind */
        *(.text .text.*)
        *(.plt .iplt)
        __text_used_end = .;
        . = ALIGN(4096);
        __text_end = .;
    } :text
    .rodata : LOAD(.rodata) ALIGN(4096) {
        __rodata_start = .;
        *(.rodata .rodata.*)
        __rodata_used_end = .;
        . = ALIGN(4096);
        __rodata_end = .;
    } :rodata
    .data : LOAD(.data) ALIGN(4096) {
        __data_start = .;
        *(.data .data.*)
        *(.got .got.plt .igot .igot.plt)
        . = ALIGN(4096);
        __data_end = .;
    } :data
    .bss (NOLOAD) : LOAD(.bss) ALIGN(4096) {
        __bss_start = .;
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN(4096);
        __bss_end = .;
    } :data

    .boot.bss __bss_end - KERNEL_HVA_OFFSET (NOLOAD) : AT(__bss_end - KERNEL_HVA_OFFSET) {
        __boot_bss_start = .;
        *(.boot.bss .boot.bss.*)
        . = ALIGN(4096);
        __boot_bss_end = .;
    } :boot_bss
    __image_end = __boot_bss_end;
    __image_size = __image_end - __image_start;

    __text_load_start = __text_start - KERNEL_HVA_OFFSET;
    __text_load_end = __text_end - KERNEL_HVA_OFFSET;
    __rodata_load_start = __rodata_start - KERNEL_HVA_OFFSET;
    __rodata_load_end = __rodata_end - KERNEL_HVA_OFFSET;

    /* Always empty in a static link; named so that no section is unplaced. */
    .rela 0 : { *(.rela .rela.*) }

    .debug_abbrev 0 : { *(.debug_abbrev) }
    .debug_addr 0 : { *(.debug_addr) }
    .debug_bound 0 : { *(.debug_bound) } /* lib/bound.h */
    .debug_aranges 0 : { *(.debug_aranges) }
    .debug_frame 0 : { *(.debug_frame) }
    .debug_info 0 : { *(.debug_info) }
    .debug_line 0 : { *(.debug_line) }
    .debug_line_str 0 : { *(.debug_line_str) }
    .debug_loclists 0 : { *(.debug_loclists) }
    .debug_macro 0 : { *(.debug_macro) }
    .debug_ranges 0 : { *(.debug_ranges) }
    .debug_rnglists 0 : { *(.debug_rnglists) }
    .debug_str 0 : { *(.debug_str) }
    .debug_str_offsets 0 : { *(.debug_str_offsets) }
    .comment 0 : { *(.comment) }
    .symtab 0 : { *(.symtab) }
    .shstrtab 0 : { *(.shstrtab) }
    .strtab 0 : { *(.strtab) }

    /DISCARD/ : {
        *(.note.* .boot.note.*)
        *(.eh_frame .eh_frame.* .boot.eh_frame .boot.eh_frame.*)
        *(.ARM.attributes .llvm_addrsig .llvm.*)
    }
}

ASSERT(_start == KERNEL_IMAGE_BASE, "the arm64 Image header must come first")
ASSERT(SIZEOF(.bss) <= CONFIG_BSS_MAX, "config.h: CONFIG_BSS_MAX")
ASSERT(SIZEOF(.boot.bss) <= CONFIG_BOOT_BSS_MAX, "config.h: CONFIG_BOOT_BSS_MAX")
ASSERT(SIZEOF(.boot.data) == 0, "boot code may not have initialised writable data")
