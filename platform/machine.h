/* SPDX-License-Identifier: MIT */
/*
 * What machine this is: read once from the device tree, by value, so that the tree may go away
 * afterwards. The tree is outside input. A piece of it that makes no sense is left out, replaced by
 * what the board is known to have, and noted among the warnings: they are printed once the console
 * is up.
 */
#ifndef PLATFORM_MACHINE_H
#define PLATFORM_MACHINE_H

#include "arch/boot_info.h"
#include "config.h"
#include "kernel/mm/physical_map.h"
#include "lib/addr.h"
#include "lib/status.h"

#define MACHINE_CPUS_MAX     16
#define MACHINE_BOOTARGS_MAX 512 /* bytes with the NUL */
#define MACHINE_WARNINGS_MAX 16

enum machine_psci {
    MACHINE_PSCI_NONE,
    MACHINE_PSCI_HVC,
    MACHINE_PSCI_SMC,
};

struct machine_warning {
    const char *text; /* a constant */
    status_t status;
};

/* Constant after machine_read(). Physical addresses; interrupt lines are GIC INTIDs. */
struct machine {
    struct phys_range ram[CONFIG_MEMORY_RANGES_MAX]; /* as given: any order, may overlap */
    uint32_t ram_count;
    struct physical_reservation reserved[CONFIG_MEMORY_RANGES_MAX]; /* image and tree included */
    uint32_t reserved_count;

    struct phys_range uart; /* PL011 */
    uint32_t uart_irq;
    struct phys_range gic_distributor; /* GICv2 */
    struct phys_range gic_cpu;
    uint32_t timer_irq; /* of the virtual timer */

    uint64_t cpu_id[MACHINE_CPUS_MAX]; /* affinity as in MPIDR_EL1 */
    uint32_t cpu_count;
    enum machine_psci psci;

    struct phys_range initrd; /* size 0: none */
    char bootargs[MACHINE_BOOTARGS_MAX];

    struct machine_warning warning[MACHINE_WARNINGS_MAX];
    uint32_t warning_count; /* may be more than are kept */
};

/* Reads the machine from the tree at `tree`, of which boot->tree.size bytes may be read, and from
 * `boot` where the tree is missing (null), broken or silent. Boot only: linear in the size of the
 * tree, a few times. NOT_FOUND: no RAM is known at all; FULL: more reservations than
 * CONFIG_MEMORY_RANGES_MAX, and to go on would mean to overwrite one. Everything else is a warning.
 */
MUST_USE status_t machine_read(struct machine *machine, const struct boot_info *boot,
                               const void *tree);

#endif
