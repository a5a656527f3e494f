/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory: RAM, and what lies in it already. Whatever must not be overwritten is
 * either in the table of reservations or makes machine_read() answer FULL; RAM that finds no place
 * is merely unused.
 */
#include "platform/machine.h"

#include "lib/bound.h"
#include "lib/string.h"
#include "platform/qemu_virt/board.h"
#include "platform/qemu_virt/machine_internal.h"

/* Looks at entries of `reg` for RAM, and for reservations, empty ones and all, and one more for
 * each node to see that there are no more. Each look costs the size of its node, so without an end
 * a hostile tree could keep the boot busy for its size squared. */
#define ENTRIES_MAX (4 * CONFIG_MEMORY_RANGES_MAX)

#define IMAGE 0 /* the place of the kernel's image among the reservations */

void machine_warn(struct machine *machine, const char *text, status_t status) {
    if (machine->warning_count < MACHINE_WARNINGS_MAX) {
        machine->warning[machine->warning_count] = (struct machine_warning){text, status};
    }
    machine->warning_count++;
}

/* --- RAM and reservations -------------------------------------------------------------------- */

static bool ranges_overlap(struct phys_range a, struct phys_range b) {
    uint64_t a_offset = b.start.value - a.start.value; /* each used only if not below */
    uint64_t b_offset = a.start.value - b.start.value;
    return b.start.value >= a.start.value ? a_offset < a.size : b_offset < b.size;
}

static bool ram_add(struct machine *machine, struct phys_range range) {
    if (machine->ram_count == CONFIG_MEMORY_RANGES_MAX) {
        return false;
    }
    machine->ram[machine->ram_count++] = range;
    return true;
}

static status_t reserve(struct machine *machine, struct phys_range range, const char *reason,
                        bool no_map) {
    if (range.size == 0) {
        return STATUS_OK;
    }
    if (machine->reserved_count == CONFIG_MEMORY_RANGES_MAX) {
        return STATUS_FULL;
    }
    machine->reserved[machine->reserved_count++] =
        (struct physical_reservation){range, reason, no_map};
    return STATUS_OK;
}

/* Entry `index` of a child of the root, where addresses are the CPU's: as fdt_reg(). */
static status_t root_reg(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                         struct fdt_reg *reg) {
    status_t status = fdt_reg_local(fdt, node, index, reg);
    bool wraps =
        status == STATUS_OK && reg->size != 0 && reg->address + (reg->size - 1) < reg->address;
    return wraps ? STATUS_OUT_OF_RANGE : status;
}

/* All entries of one memory node. `*left` counts down the looks that may still be taken. */
static ALWAYS_INLINE void memory_node_read(struct machine *machine, const struct fdt *fdt,
                                           const struct fdt_node *node, uint32_t *left) {
    struct fdt_reg reg;
    BOUND_LOOP(memory_entries, ENTRIES_MAX);
    for (uint32_t i = 0; *left > 0; i++) {
        BOUND_TURN(memory_entries);
        BOUND_PATH(memory_looks);
        --*left;
        status_t status = root_reg(fdt, node, i, &reg);
        if (status == STATUS_NOT_FOUND) {
            return;
        }
        if (status != STATUS_OK) {
            machine_warn(machine, "memory: an entry makes no sense", status);
            if (status != STATUS_OUT_OF_RANGE) {
                return; /* nor will the others */
            }
            continue;
        }
        if (reg.size != 0 && !ram_add(machine, (struct phys_range){paddr(reg.address), reg.size})) {
            *left = 0;
            break;
        }
    }
    if (*left == 0) {
        machine_warn(machine, "memory: too many ranges, RAM is left unused", STATUS_FULL);
    }
}

static status_t reserve_map_read(struct machine *machine, const struct fdt *fdt) {
    struct fdt_reg entry;
    BOUND_LOOP(reserve_map, FDT_RESERVES_MAX);
    for (uint32_t i = 0; fdt_reserve_entry(fdt, i, &entry) == STATUS_OK; i++) {
        BOUND_TURN(reserve_map);
        status_t status = reserve(machine, (struct phys_range){paddr(entry.address), entry.size},
                                  "memreserve", false);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The tree may hide memory from everybody, but not the kernel from itself. */
static status_t reserve_from_tree(struct machine *machine, struct phys_range range, bool no_map) {
    if (no_map && ranges_overlap(range, machine->reserved[IMAGE].range)) {
        machine_warn(machine, "reserved-memory: would unmap the kernel", STATUS_OVERLAP);
        no_map = false;
    }
    return reserve(machine, range, "reserved-memory", no_map);
}

/* The entries of one child of /reserved-memory. One without `reg` asks for memory anywhere, for a
 * driver: nothing is there yet. */
static ALWAYS_INLINE status_t reserved_node_read(struct machine *machine, const struct fdt *fdt,
                                                 const struct fdt_node *node, uint32_t *left) {
    bool no_map = fdt_has_property(fdt, node, "no-map");
    struct fdt_reg reg;
    BOUND_LOOP(reserved_entries, ENTRIES_MAX);
    for (uint32_t i = 0; *left > 0; i++) {
        BOUND_TURN(reserved_entries);
        BOUND_PATH(reserved_looks);
        --*left;
        status_t status = fdt_reg(fdt, node, i, &reg);
        if (status == STATUS_NOT_MAPPED) { /* a missing `ranges` must not lose a reservation */
            status = fdt_reg_local(fdt, node, i, &reg);
        }
        if (status == STATUS_NOT_FOUND) {
            return STATUS_OK;
        }
        if (status != STATUS_OK && status != STATUS_OUT_OF_RANGE) {
            machine_warn(machine, "reserved-memory: an entry makes no sense", status);
            return STATUS_OK;
        }
        /* One that wraps still begins somewhere: the map reserves from there to the end. */
        status =
            reserve_from_tree(machine, (struct phys_range){paddr(reg.address), reg.size}, no_map);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_FULL;
}

static status_t reserved_memory_read(struct machine *machine, const struct fdt *fdt,
                                     const struct fdt_node *parent) {
    uint32_t left = ENTRIES_MAX;
    struct fdt_node child = FDT_NODE_NONE;
    BOUND_LIMIT(reserved_looks, ENTRIES_MAX);
    BOUND_LOOP(reserved_nodes, FDT_NODES_MAX - 2); /* the root and this one are not below it */
    while (fdt_next_below(fdt, parent, &child)) {
        BOUND_TURN(reserved_nodes);
        if (child.depth != parent->depth + 1 || !fdt_is_enabled(fdt, &child)) {
            continue;
        }
        status_t status = reserved_node_read(machine, fdt, &child, &left);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* --- /chosen --------------------------------------------------------------------------------- */

static void bootargs_read(struct machine *machine, const struct fdt *fdt,
                          const struct fdt_node *chosen) {
    const char *text = fdt_string(fdt, chosen, "bootargs");
    if (text == NULL) {
        return;
    }
    uint32_t i = 0;
    BOUND_LOOP(bootargs, MACHINE_BOOTARGS_MAX - 1);
    for (; text[i] != 0 && i < MACHINE_BOOTARGS_MAX - 1; i++) {
        BOUND_TURN(bootargs);
        machine->bootargs[i] = text[i];
    }
    if (text[i] != 0) { /* half a word could mean something else */
        BOUND_LOOP(bootargs_cut, MACHINE_BOOTARGS_MAX - 1);
        while (i > 0 && machine->bootargs[i - 1] != ' ') {
            BOUND_TURN(bootargs_cut);
            i--;
        }
        machine_warn(machine, "chosen: bootargs are too long, the last are lost", STATUS_FULL);
    }
    machine->bootargs[i] = 0;
}

static void initrd_read(struct machine *machine, const struct fdt *fdt,
                        const struct fdt_node *chosen) {
    uint64_t start;
    uint64_t end;
    status_t start_status = fdt_integer(fdt, chosen, "linux,initrd-start", &start);
    status_t end_status = fdt_integer(fdt, chosen, "linux,initrd-end", &end);
    if (start_status == STATUS_NOT_FOUND && end_status == STATUS_NOT_FOUND) {
        return;
    }
    if (start_status != STATUS_OK || end_status != STATUS_OK || start > end) {
        machine_warn(machine, "chosen: the initrd makes no sense", STATUS_MALFORMED);
        return;
    }
    const struct phys_range initrd = {paddr(start), end - start};
    if (ranges_overlap(initrd, machine->reserved[IMAGE].range)) {
        machine_warn(machine, "chosen: the initrd lies over the kernel", STATUS_OVERLAP);
        return; /* whatever is there, it is no longer what was loaded */
    }
    machine->initrd = initrd;
}

static status_t chosen_read(struct machine *machine, const struct fdt *fdt,
                            const struct fdt_node *chosen) {
    bootargs_read(machine, fdt, chosen);
    initrd_read(machine, fdt, chosen);
    return reserve(machine, machine->initrd, "initrd", false);
}

/* --- All of it ------------------------------------------------------------------------------- */

static void defaults_set(struct machine *machine, const struct boot_info *boot) {
    *machine = (struct machine){
        .reserved = {[IMAGE] = {boot->image, "image", false}},
        .reserved_count = 1,
        .uart = {boot->uart.value != 0 ? boot->uart : paddr(BOARD_UART_BASE), BOARD_UART_SIZE},
        .uart_irq = BOARD_UART_IRQ,
        .gic_distributor = {boot->gic_distributor.value != 0 ? boot->gic_distributor
                                                             : paddr(BOARD_GIC_DISTRIBUTOR_BASE),
                            BOARD_GIC_DISTRIBUTOR_SIZE},
        .gic_cpu = {boot->gic_cpu.value != 0 ? boot->gic_cpu : paddr(BOARD_GIC_CPU_BASE),
                    BOARD_GIC_CPU_SIZE},
        .timer_irq = BOARD_TIMER_IRQ,
        .cpu_count = 1,
    };
}

/* A child of the root: RAM is read at once (specification, 3.4), the others are noted. */
static ALWAYS_INLINE void root_child_read(struct machine *machine, const struct fdt *fdt,
                                          const struct fdt_node *child, struct machine_nodes *nodes,
                                          uint32_t *memory_left) {
    const char *name = fdt_name(fdt, child);
    if (*memory_left > 0 && fdt_has_string(fdt, child, "device_type", "memory", NULL) &&
        fdt_is_enabled(fdt, child)) {
        memory_node_read(machine, fdt, child, memory_left);
    } else if (nodes->chosen.depth == 0 && fdt_text_is(name, "chosen")) {
        nodes->chosen = *child;
    } else if (nodes->cpus.depth == 0 && fdt_text_is(name, "cpus")) {
        nodes->cpus = *child;
    } else if (nodes->reserved_memory.depth == 0 && fdt_text_is(name, "reserved-memory")) {
        nodes->reserved_memory = *child;
    }
}

/* One walk over everything: with the MMU just on, reading the tree is a good part of the boot. */
static void nodes_find(struct machine *machine, const struct fdt *fdt,
                       struct machine_nodes *nodes) {
    uint32_t memory_left = ENTRIES_MAX;
    struct fdt_node node;
    *nodes = (struct machine_nodes){.chosen = FDT_NODE_NONE};
    fdt_root(fdt, &node);
    BOUND_LIMIT(memory_looks, ENTRIES_MAX);
    BOUND_LOOP(nodes, FDT_NODES_MAX - 1); /* all but the root */
    while (fdt_next(fdt, &node)) {
        BOUND_TURN(nodes);
        if (node.depth == 2) {
            root_child_read(machine, fdt, &node, nodes, &memory_left);
        }
        machine_note_device(nodes, fdt, &node);
    }
}

static status_t tree_read(struct machine *machine, const struct boot_info *boot, const void *tree) {
    struct fdt fdt;
    struct machine_nodes nodes;
    if (tree == NULL || boot->tree_source == BOOT_TREE_NONE) {
        machine_warn(machine, "no device tree: the values of QEMU virt", STATUS_NOT_FOUND);
        return STATUS_OK;
    }
    status_t status = fdt_open(&fdt, tree, boot->tree.size);
    if (status != STATUS_OK) {
        machine_warn(machine, "the device tree is refused: the values found at boot", status);
        return STATUS_OK;
    }
    nodes_find(machine, &fdt, &nodes);
    machine_read_devices(machine, &fdt, &nodes);
    status = chosen_read(machine, &fdt, &nodes.chosen);
    if (status == STATUS_OK) {
        status = reserve_map_read(machine, &fdt);
    }
    if (status == STATUS_OK && nodes.reserved_memory.depth != 0) {
        status = reserved_memory_read(machine, &fdt, &nodes.reserved_memory);
    }
    return status;
}

/* A tree that calls registers memory would have them mapped and handed out as memory. */
static status_t device_keep_out(struct machine *machine, struct phys_range device) {
    BOUND_LOOP(ram, CONFIG_MEMORY_RANGES_MAX);
    for (uint32_t i = 0; i < machine->ram_count; i++) {
        BOUND_TURN(ram);
        if (ranges_overlap(machine->ram[i], device)) {
            machine_warn(machine, "memory: RAM lies over the registers of a device",
                         STATUS_OVERLAP);
            return reserve(machine, device, "device", true);
        }
    }
    return STATUS_OK;
}

status_t machine_read(struct machine *machine, const struct boot_info *boot, const void *tree) {
    defaults_set(machine, boot);
    status_t status = reserve(machine, boot->tree, "device tree", false);
    if (status == STATUS_OK) {
        status = tree_read(machine, boot, tree);
    }
    if (machine->ram_count == 0) {
        machine_warn(machine, "memory: from the boot code", STATUS_NOT_FOUND);
        BOUND_LOOP(boot_ram, BOOT_RAM_RANGES_MAX);
        for (uint32_t i = 0; i < boot->ram_count && i < BOOT_RAM_RANGES_MAX; i++) {
            BOUND_TURN(boot_ram);
            (void)ram_add(machine, boot->ram[i]); /* what does not fit is left unused */
        }
    }
    const struct phys_range device[] = {machine->uart, machine->gic_distributor, machine->gic_cpu};
    BOUND_LOOP(devices, ARRAY_SIZE(device));
    for (uint32_t i = 0; i < ARRAY_SIZE(device) && status == STATUS_OK; i++) {
        BOUND_TURN(devices);
        status = device_keep_out(machine, device[i]);
    }
    return status != STATUS_OK ? status : machine->ram_count == 0 ? STATUS_NOT_FOUND : STATUS_OK;
}
