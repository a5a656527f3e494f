/* SPDX-License-Identifier: MIT */
/* What the files of the low part call each other. All run once, on the first CPU, at EL1, with
 * everything masked. */
#ifndef ARCH_AARCH64_BOOT_BOOT_H
#define ARCH_AARCH64_BOOT_BOOT_H

#include "arch/aarch64/boot/low_fdt.h"

/* From kernel.ld.S: where things are loaded, that is, physical addresses. Page aligned. */
extern const uint8_t __image_start[], __image_end[];
extern const uint8_t __boot_text_start[], __boot_text_end[];
extern const uint8_t __text_load_start[], __text_load_end[];
extern const uint8_t __rodata_load_start[], __rodata_load_end[];

/* Register values for the turn-on. */
struct boot_translation {
    uint64_t ttbr0; /* the low window, for the turn-on itself */
    uint64_t ttbr1; /* the direct map and devices */
    uint64_t tcr;
};

/* boot_main.c: from start.S, with x0 at entry and the level of entry. */
NORETURN void boot_main(uint64_t tree, uint64_t entry_level);

/* boot_mmu.c: builds the tables for what `info` says and fills in `info->mapped`. Stops if the
 * image or the devices cannot be mapped; a tree outside `info->mapped` that cannot be is taken out
 * of `info`. `ram`: page-aligned RAM that contains the image. Bound: BOOT_TABLES_MAX tables. */
void boot_mmu_build(struct boot_info *info, struct phys_range ram,
                    struct boot_translation *translation);

/* Bits of a physical address that this CPU has and tables can hold: 32..48. O(1). */
unsigned boot_physical_bits(void);

/* boot_stop.S: low_fdt_read(), and false if the bus answered an access with an abort. */
MUST_USE bool boot_read_guarded(const void *tree, uint64_t limit, struct low_facts *facts);

/* boot_stop.S: says `text` on the UART and stops. */
NORETURN void boot_stop(const char *text);

/* handover.S: MMU on, to high_entry in the high half with the high alias of `info`. */
NORETURN void boot_handover(uint64_t ttbr0, uint64_t ttbr1, uint64_t tcr,
                            const struct boot_info *info);

#endif
