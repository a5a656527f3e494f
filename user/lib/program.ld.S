/* SPDX-License-Identifier: MIT */
/*
 * A program of user mode, by lib/elf.h's rules: each segment begins with a page of its own, in memory
 * and in the file, and none is both writable and executable. Linked twice: at PROGRAM_BASE, and as a
 * static-PIE from 0.
 *
 *   PROGRAM_BASE | headers, constants r-- | code r-x | data rw-: .data .bss, first thread's TLS, heap |
 */
#ifndef PROGRAM_BASE
#define PROGRAM_BASE 0x400000
#endif
#ifndef HEAP_SIZE
#define HEAP_SIZE 0x10000
#endif
#define PAGE 0x1000

/* The most that a thread-local object may be aligned to. */
#define TLS_ALIGN 64

ENTRY(_start)

PHDRS {
    constants PT_LOAD FILEHDR PHDRS FLAGS(4);
    text PT_LOAD FLAGS(5);
    data PT_LOAD FLAGS(6);
    tls PT_TLS FLAGS(4);
    stack PT_GNU_STACK FLAGS(6);
#if PROGRAM_BASE == 0
    dynamic PT_DYNAMIC FLAGS(6);
#endif
}

SECTIONS {
    . = PROGRAM_BASE + SIZEOF_HEADERS;
    .rodata : { *(.rodata .rodata.* .srodata .srodata.*) } :constants
    .rela.dyn : { *(.rela .rela.*) } :constants
    .dynsym : { *(.dynsym) } :constants
    .gnu.hash : { *(.gnu.hash) } :constants
    .hash : { *(.hash) } :constants
    .dynstr : { *(.dynstr) } :constants

    . = ALIGN(PAGE);
    .text : { *(.text .text.*) } :text

    . = ALIGN(PAGE);
    .tdata : ALIGN(TLS_ALIGN) {
        PROVIDE_HIDDEN(program_tls_start = .);
        *(.tdata .tdata.*)
        PROVIDE_HIDDEN(program_tls_copied = .);
    } :data :tls
    .tbss (NOLOAD) : { *(.tbss .tbss.*) } :data :tls
    .init_array : {
        PROVIDE_HIDDEN(program_init_start = .);
        KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
        KEEP(*(.init_array))
        PROVIDE_HIDDEN(program_init_end = .);
        PROVIDE_HIDDEN(program_fini_start = .);
        KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*)))
        KEEP(*(.fini_array))
        PROVIDE_HIDDEN(program_fini_end = .);
    } :data
#if PROGRAM_BASE == 0
    .dynamic : { *(.dynamic) } :data :dynamic
#endif
    .data : { *(.data .data.*) *(.got .got.plt) } :data
    .bss (NOLOAD) : {
        *(.bss .bss.* COMMON)
        . = ALIGN(TLS_ALIGN);
        PROVIDE_HIDDEN(program_tls_first = .);
        . += TLS_ALIGN + SIZEOF(.tdata) + TLS_ALIGN + SIZEOF(.tbss); /* the control block, then what was copied */
        . = ALIGN(16);
        PROVIDE_HIDDEN(program_tls_first_end = .);
        PROVIDE(__heap_start = .);
        . += HEAP_SIZE;
        PROVIDE(__heap_end = .);
    } :data
    ASSERT(MAX(ALIGNOF(.tdata), ALIGNOF(.tbss)) <= TLS_ALIGN, "thread-local data of too large an alignment")

    .comment 0 : { *(.comment) }
    .debug_info 0 : { *(.debug_info) }
    .debug_abbrev 0 : { *(.debug_abbrev) }
    .debug_line 0 : { *(.debug_line) }
    .debug_line_str 0 : { *(.debug_line_str) }
    .debug_str 0 : { *(.debug_str) }
    .debug_str_offsets 0 : { *(.debug_str_offsets) }
    .debug_addr 0 : { *(.debug_addr) }
    .debug_aranges 0 : { *(.debug_aranges) }
    .debug_ranges 0 : { *(.debug_ranges) }
    .debug_rnglists 0 : { *(.debug_rnglists) }
    .debug_loc 0 : { *(.debug_loc) }
    .debug_loclists 0 : { *(.debug_loclists) }
    .debug_frame 0 : { *(.debug_frame) }
    /DISCARD/ : { *(.eh_frame .eh_frame_hdr .note.* .interp .ARM.attributes .gnu.version*) }
}
