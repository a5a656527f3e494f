/* SPDX-License-Identifier: MIT */
/* For the files that read the machine. */
#ifndef PLATFORM_QEMU_VIRT_MACHINE_INTERNAL_H
#define PLATFORM_QEMU_VIRT_MACHINE_INTERNAL_H

#include "lib/fdt.h"
#include "platform/machine.h"

/* Notes that a piece of the tree was left out. `text` is a constant. O(1). */
void machine_warn(struct machine *machine, const char *text, status_t status);

/* The nodes that matter, as one walk over the tree finds them; depth 0: none. */
struct machine_nodes {
    struct fdt_node chosen;
    struct fdt_node cpus;
    struct fdt_node reserved_memory;
    struct fdt_node uart;
    struct fdt_node gic;
    struct fdt_node timer;
    struct fdt_node psci;
};

/* Notes the device if the node is the first that is enabled of its kind. Size of the node. */
void machine_note_device(struct machine_nodes *nodes, const struct fdt *fdt,
                         const struct fdt_node *node);

/* The UART, GIC, timer, CPUs and PSCI; what is missing stays as it is, with a warning. Size of the
 * nodes, and of the tree for each interrupt looked up. */
void machine_read_devices(struct machine *machine, const struct fdt *fdt,
                          struct machine_nodes *nodes);

#endif
