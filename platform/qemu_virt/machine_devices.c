/* SPDX-License-Identifier: MIT */
/*
 * The machine's devices: one walk over the tree finds the nodes by what they are compatible with,
 * and each is then read on its own. Bindings: arm,pl011; arm,gic (GICv2, interrupt cells: type,
 * number, flags); arm,arch_timer; arm,psci; arm,cpus, all of the Linux device tree documentation.
 */
#include "lib/bound.h"
#include "platform/qemu_virt/machine_internal.h"

#define GIC_CELLS     3
#define GIC_SPI       0 /* the type cell */
#define GIC_PPI       1
#define GIC_SPI_BASE  32 /* INTIDs: SPIs 32..1019, PPIs 16..31 */
#define GIC_SPI_COUNT 988
#define GIC_PPI_BASE  16
#define GIC_PPI_COUNT 16
#define WINDOW_MAX    (UINT64_C(16) << 20) /* bytes: no PL011 or GICv2 has more registers */
#define TIMER_VIRTUAL 2 /* third entry: secure, non-secure, virtual, hypervisor */

/* --- Interrupts ------------------------------------------------------------------------------ */

static status_t intid_read(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                           uint32_t *intid) {
    struct fdt_interrupt interrupt;
    status_t status = fdt_interrupt(fdt, node, index, &interrupt);
    if (status != STATUS_OK) {
        return status;
    }
    if (interrupt.count != GIC_CELLS) {
        return STATUS_UNSUPPORTED;
    }
    uint32_t number = interrupt.cells[1];
    if (interrupt.cells[0] == GIC_SPI && number < GIC_SPI_COUNT) {
        *intid = GIC_SPI_BASE + number;
        return STATUS_OK;
    }
    if (interrupt.cells[0] == GIC_PPI && number < GIC_PPI_COUNT) {
        *intid = GIC_PPI_BASE + number;
        return STATUS_OK;
    }
    return STATUS_OUT_OF_RANGE;
}

/* --- Each device ----------------------------------------------------------------------------- */

static status_t window_read(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                            struct phys_range *window) {
    struct fdt_reg reg;
    status_t status = fdt_reg(fdt, node, index, &reg);
    if (status != STATUS_OK) {
        return status;
    }
    if (reg.size == 0 || reg.address >= PHYSICAL_LIMIT || reg.size > PHYSICAL_LIMIT - reg.address) {
        return STATUS_OUT_OF_RANGE;
    }
    if (!is_page_aligned(reg.address)) {
        return STATUS_MISALIGNED;
    }
    if (reg.size > WINDOW_MAX) { /* would swallow RAM or other devices */
        return STATUS_OUT_OF_RANGE;
    }
    *window = (struct phys_range){paddr(reg.address), reg.size};
    return STATUS_OK;
}

static void uart_read(struct machine *machine, const struct fdt *fdt, const struct fdt_node *node) {
    struct phys_range window;
    uint32_t intid;
    status_t status = node->depth == 0 ? STATUS_NOT_FOUND : window_read(fdt, node, 0, &window);
    if (status != STATUS_OK) {
        machine_warn(machine, "uart: no PL011, taken from the boot code", status);
        return;
    }
    machine->uart = window;
    status = intid_read(fdt, node, 0, &intid);
    if (status != STATUS_OK) {
        machine_warn(machine, "uart: no interrupt, taken from QEMU virt", status);
        return;
    }
    machine->uart_irq = intid;
}

static void gic_read(struct machine *machine, const struct fdt *fdt, const struct fdt_node *node) {
    struct phys_range distributor;
    struct phys_range cpu;
    status_t status = node->depth == 0 ? STATUS_NOT_FOUND : window_read(fdt, node, 0, &distributor);
    if (status == STATUS_OK) {
        status = window_read(fdt, node, 1, &cpu);
    }
    if (status != STATUS_OK) {
        machine_warn(machine, "gic: no GICv2, taken from the boot code", status);
        return;
    }
    machine->gic_distributor = distributor;
    machine->gic_cpu = cpu;
}

/* By name if the entries have names, else by the order of the binding. */
static void timer_read(struct machine *machine, const struct fdt *fdt,
                       const struct fdt_node *node) {
    uint32_t index = TIMER_VIRTUAL;
    uint32_t intid;
    status_t status = STATUS_NOT_FOUND;
    if (node->depth != 0) {
        (void)fdt_has_string(fdt, node, "interrupt-names", "virt", &index);
        status = index >= FDT_INTERRUPTS_MAX ? STATUS_OUT_OF_RANGE
                                             : intid_read(fdt, node, index, &intid);
    }
    if (status == STATUS_OK && intid >= GIC_SPI_BASE) { /* the architected timer's lines are PPIs */
        status = STATUS_OUT_OF_RANGE;
    }
    if (status != STATUS_OK) {
        machine_warn(machine, "timer: no virtual timer, taken from QEMU virt", status);
        return;
    }
    machine->timer_irq = intid;
}

static void psci_read(struct machine *machine, const struct fdt *fdt, const struct fdt_node *node) {
    if (node->depth == 0) {
        return; /* a machine without it is not wrong */
    }
    if (fdt_has_string(fdt, node, "method", "hvc", NULL)) {
        machine->psci = MACHINE_PSCI_HVC;
    } else if (fdt_has_string(fdt, node, "method", "smc", NULL)) {
        machine->psci = MACHINE_PSCI_SMC;
    } else {
        machine_warn(machine, "psci: neither hvc nor smc", STATUS_UNSUPPORTED);
    }
}

static void cpus_read(struct machine *machine, const struct fdt *fdt, const struct fdt_node *cpus) {
    if (cpus->depth == 0) {
        machine_warn(machine, "cpus: none, so there is this one", STATUS_NOT_FOUND);
        return;
    }
    uint32_t count = 0;
    uint32_t seen = 0;
    struct fdt_node cpu = FDT_NODE_NONE;
    BOUND_LOOP(cpus, FDT_NODES_MAX - 2); /* the root and this one are not below it */
    while (fdt_next_below(fdt, cpus, &cpu)) {
        BOUND_TURN(cpus);
        struct fdt_reg reg;
        if (cpu.depth != cpus->depth + 1 ||
            !fdt_has_string(fdt, &cpu, "device_type", "cpu", NULL)) {
            continue; /* cpu-map, caches */
        }
        if (seen++ == MACHINE_CPUS_MAX) {
            machine_warn(machine, "cpus: too many, the last are left out", STATUS_FULL);
            break;
        }
        status_t status = fdt_reg_local(fdt, &cpu, 0, &reg);
        if (status != STATUS_OK) {
            machine_warn(machine, "cpus: one is left out", status);
            continue;
        }
        machine->cpu_id[count++] = reg.address;
    }
    if (count != 0) {
        machine->cpu_count = count;
    }
}

/* --- Finding them ---------------------------------------------------------------------------- */

/* The node in which the first of a kind is kept; null: none of ours. */
static struct fdt_node *device_place(struct machine_nodes *nodes, const char *compatible) {
    const struct {
        const char *compatible;
        struct fdt_node *node;
    } known[] = {
        {"arm,pl011", &nodes->uart},        {"arm,cortex-a15-gic", &nodes->gic},
        {"arm,gic-400", &nodes->gic},       {"arm,cortex-a7-gic", &nodes->gic},
        {"arm,cortex-a9-gic", &nodes->gic}, {"arm,armv8-timer", &nodes->timer},
        {"arm,armv7-timer", &nodes->timer}, {"arm,psci-1.0", &nodes->psci},
        {"arm,psci-0.2", &nodes->psci},     {"arm,psci", &nodes->psci},
    };
    BOUND_LOOP(known, ARRAY_SIZE(known));
    for (uint32_t i = 0; i < ARRAY_SIZE(known); i++) {
        BOUND_TURN(known);
        if (fdt_text_is(compatible, known[i].compatible)) {
            return known[i].node;
        }
    }
    return NULL;
}

/* A UART that is not enabled belongs to somebody else (the secure world). */
void machine_note_device(struct machine_nodes *nodes, const struct fdt *fdt,
                         const struct fdt_node *node) {
    struct fdt_property property;
    const char *text = NULL;
    if (fdt_find_property(fdt, node, "compatible", &property) != STATUS_OK) {
        return;
    }
    bool is_enabled = false; /* as far as is known */
    BOUND_LIMIT(status_looks, 1);
    BOUND_LOOP(strings, FDT_STRINGS_MAX);
    for (uint32_t i = 0; i < FDT_STRINGS_MAX && fdt_next_string(&property, &text); i++) {
        BOUND_TURN(strings);
        struct fdt_node *place = device_place(nodes, text);
        if (place == NULL || place->depth != 0) {
            continue;
        }
        if (!is_enabled) {
            BOUND_PATH(status_looks);
            if (!fdt_is_enabled(fdt, node)) {
                return;
            }
            is_enabled = true;
        }
        *place = *node;
    }
}

/* The UART that the firmware speaks on, if it is one of ours, is ours too. */
static void stdout_prefer(const struct fdt *fdt, struct machine_nodes *nodes) {
    struct fdt_node node;
    const char *path = fdt_string(fdt, &nodes->chosen, "stdout-path");
    if (path != NULL && fdt_find_path(fdt, path, &node) == STATUS_OK &&
        fdt_is_compatible(fdt, &node, "arm,pl011") && fdt_is_enabled(fdt, &node)) {
        nodes->uart = node;
    }
}

void machine_read_devices(struct machine *machine, const struct fdt *fdt,
                          struct machine_nodes *nodes) {
    stdout_prefer(fdt, nodes);
    uart_read(machine, fdt, &nodes->uart);
    gic_read(machine, fdt, &nodes->gic);
    timer_read(machine, fdt, &nodes->timer);
    psci_read(machine, fdt, &nodes->psci);
    cpus_read(machine, fdt, &nodes->cpus);
}
