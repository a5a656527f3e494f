/* SPDX-License-Identifier: MIT */
/*
 * Where a node is: its registers in the addresses of the CPU, and its interrupts at their
 * controller. Both depend on its ancestors, which say how wide their children's cells are and how a
 * bus maps to the one above. The spec's chapters: 2.3 (standard properties), 2.4 (interrupts).
 */
#include "lib/fdt.h"

#include "lib/fdt_internal.h"

#define CELLS_MAX             4 /* wider is no format that anybody writes; keeps all sums small */
#define ADDRESS_CELLS_DEFAULT 2
#define SIZE_CELLS_DEFAULT    1

struct cells {
    uint32_t address;
    uint32_t size;
};

static status_t cells_read_one(const struct fdt *fdt, const struct fdt_node *bus, const char *name,
                               uint32_t fallback, uint32_t *cells) {
    uint64_t value;
    status_t status = fdt_integer(fdt, bus, name, &value);
    if (status == STATUS_NOT_FOUND) {
        *cells = fallback;
        return STATUS_OK;
    }
    if (status == STATUS_OK && value > CELLS_MAX) {
        return STATUS_UNSUPPORTED;
    }
    *cells = status == STATUS_OK ? (uint32_t)value : 0;
    return status;
}

/* How wide the cells of the children of `bus` are. */
static status_t cells_read(const struct fdt *fdt, const struct fdt_node *bus, struct cells *cells) {
    status_t status =
        cells_read_one(fdt, bus, "#address-cells", ADDRESS_CELLS_DEFAULT, &cells->address);
    if (status != STATUS_OK) {
        return status;
    }
    return cells_read_one(fdt, bus, "#size-cells", SIZE_CELLS_DEFAULT, &cells->size);
}

/* --- Registers ------------------------------------------------------------------------------- */

status_t fdt_reg_local(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                       struct fdt_reg *reg) {
    struct fdt_property property;
    struct fdt_node bus;
    if (!fdt_parent(node, &bus) || fdt_find_property(fdt, node, "reg", &property) != STATUS_OK) {
        return STATUS_NOT_FOUND;
    }
    struct cells cells;
    status_t status = cells_read(fdt, &bus, &cells);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t stride = cells.address + cells.size; /* <= 2 * CELLS_MAX */
    if (stride == 0) {
        return STATUS_UNSUPPORTED;
    }
    if (property.size % (stride * 4) != 0) {
        return STATUS_MALFORMED;
    }
    if (index >= property.size / (stride * 4)) {
        return STATUS_NOT_FOUND;
    }
    reg->size = 0;
    status = fdt_cells(&property, index * stride, cells.address, &reg->address);
    if (status != STATUS_OK || cells.size == 0) {
        return status;
    }
    return fdt_cells(&property, index * stride + cells.address, cells.size, &reg->size);
}

/* One entry of `ranges`: [child, child + size) of the bus is at `parent` on the one above. */
struct window {
    uint64_t child;
    uint64_t parent;
    uint64_t size;
};

static status_t window_read(const struct fdt_property *ranges, uint32_t first, struct cells cells,
                            uint32_t parent_cells, struct window *window) {
    status_t status = fdt_cells(ranges, first, cells.address, &window->child);
    if (status == STATUS_OK) {
        status = fdt_cells(ranges, first + cells.address, parent_cells, &window->parent);
    }
    if (status == STATUS_OK) {
        status = fdt_cells(ranges, first + cells.address + parent_cells, cells.size, &window->size);
    }
    return status;
}

/* From the addresses of the children of `bus` to those of its siblings. */
static status_t bus_translate(const struct fdt *fdt, const struct fdt_node *bus,
                              struct fdt_reg *reg) {
    struct fdt_property ranges;
    if (fdt_find_property(fdt, bus, "ranges", &ranges) != STATUS_OK) {
        return STATUS_NOT_MAPPED;
    }
    if (ranges.size == 0) {
        return STATUS_OK; /* the same addresses above */
    }
    struct fdt_node above;
    struct cells cells = {0, 0};
    struct cells above_cells = {0, 0};
    status_t status = fdt_parent(bus, &above) ? STATUS_OK : STATUS_NOT_MAPPED;
    if (status == STATUS_OK) {
        status = cells_read(fdt, bus, &cells);
    }
    if (status == STATUS_OK) {
        status = cells_read(fdt, &above, &above_cells);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t stride = cells.address + above_cells.address + cells.size; /* <= 3 * CELLS_MAX */
    if (stride == 0 || ranges.size % (stride * 4) != 0) {
        return STATUS_MALFORMED;
    }
    uint32_t end =
        ranges.size / 4 < stride * FDT_RANGES_MAX ? ranges.size / 4 : stride * FDT_RANGES_MAX;
    BOUND_LOOP(ranges, FDT_RANGES_MAX);
    for (uint32_t first = 0; first < end; first += stride) {
        BOUND_TURN(ranges);
        struct window window;
        status = window_read(&ranges, first, cells, above_cells.address, &window);
        if (status != STATUS_OK) {
            return status;
        }
        uint64_t offset = reg->address - window.child; /* used only if not below */
        if (reg->address < window.child || offset >= window.size ||
            reg->size > window.size - offset) {
            continue;
        }
        return __builtin_add_overflow(window.parent, offset, &reg->address) ? STATUS_OUT_OF_RANGE
                                                                            : STATUS_OK;
    }
    return STATUS_NOT_MAPPED;
}

status_t fdt_reg(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                 struct fdt_reg *reg) {
    status_t status = fdt_reg_local(fdt, node, index, reg);
    struct fdt_node bus = *node;
    if (bus.depth > FDT_BUSES_MAX + 2 && status == STATUS_OK) { /* besides the node and the root */
        return STATUS_NOT_MAPPED;
    }
    BOUND_LOOP(buses, FDT_BUSES_MAX);
    while (status == STATUS_OK && fdt_parent(&bus, &bus) && bus.depth > 1) {
        BOUND_TURN(buses);
        status = bus_translate(fdt, &bus, reg);
    }
    if (status == STATUS_OK && reg->size != 0 && reg->address + (reg->size - 1) < reg->address) {
        return STATUS_OUT_OF_RANGE;
    }
    return status;
}

/* --- Interrupts ------------------------------------------------------------------------------ */

/* The controller of the node's `interrupts`: named by the nearest `interrupt-parent` at or above
 * the node, unless an ancestor nearer than that is a controller itself. */
static status_t interrupt_parent(const struct fdt *fdt, const struct fdt_node *node,
                                 struct fdt_node *controller) {
    struct fdt_node at = *node;
    BOUND_LOOP(parents, FDT_DEPTH_MAX);
    do {
        BOUND_TURN(parents);
        uint64_t phandle;
        if (at.depth < node->depth && fdt_has_property(fdt, &at, "#interrupt-cells")) {
            *controller = at;
            return STATUS_OK;
        }
        if (fdt_integer(fdt, &at, "interrupt-parent", &phandle) == STATUS_OK) {
            return phandle > UINT32_MAX ? STATUS_MALFORMED
                                        : fdt_find_phandle(fdt, (uint32_t)phandle, controller);
        }
    } while (fdt_parent(&at, &at));
    return STATUS_NOT_FOUND;
}

/* How many cells an interrupt at this controller has. */
static status_t interrupt_cells(const struct fdt *fdt, const struct fdt_node *controller,
                                uint32_t *count) {
    uint64_t value;
    status_t status = fdt_integer(fdt, controller, "#interrupt-cells", &value);
    if (status != STATUS_OK) {
        return STATUS_MALFORMED;
    }
    if (value == 0 || value > FDT_INTERRUPT_CELLS_MAX ||
        !fdt_has_property(fdt, controller, "interrupt-controller")) {
        return STATUS_UNSUPPORTED;
    }
    *count = (uint32_t)value;
    return STATUS_OK;
}

/* `interrupt->controller` and `count` are known: takes the cells from `first` on. */
static status_t interrupt_take(const struct fdt_property *property, uint32_t first,
                               struct fdt_interrupt *interrupt) {
    uint32_t cells = property->size / 4;
    if (first >= cells) {
        return STATUS_NOT_FOUND;
    }
    if (property->size % 4 != 0 || interrupt->count > cells - first) {
        return STATUS_MALFORMED;
    }
    BOUND_LOOP(cells, FDT_INTERRUPT_CELLS_MAX);
    for (uint32_t i = 0; i < interrupt->count; i++) {
        BOUND_TURN(cells);
        interrupt->cells[i] = fdt_read_u32(property->data + ((size_t)first + i) * 4);
    }
    return STATUS_OK;
}

/* Each entry is a phandle and as many cells as that controller wants. */
static status_t interrupt_extended(const struct fdt *fdt, const struct fdt_property *property,
                                   uint32_t index, struct fdt_interrupt *interrupt) {
    uint32_t first = 0;
    BOUND_LOOP(extended, FDT_INTERRUPTS_MAX);
    for (uint32_t i = 0; i <= index; i++) {
        BOUND_TURN(extended);
        uint64_t phandle;
        if (fdt_cells(property, first, 1, &phandle) != STATUS_OK) {
            return STATUS_NOT_FOUND;
        }
        if (fdt_find_phandle(fdt, (uint32_t)phandle, &interrupt->controller) != STATUS_OK) {
            return STATUS_MALFORMED;
        }
        status_t status = interrupt_cells(fdt, &interrupt->controller, &interrupt->count);
        if (status != STATUS_OK) {
            return status;
        }
        first += 1 + (i < index ? interrupt->count : 0);
    }
    return interrupt_take(property, first, interrupt);
}

status_t fdt_interrupt(const struct fdt *fdt, const struct fdt_node *node, uint32_t index,
                       struct fdt_interrupt *interrupt) {
    struct fdt_property property;
    if (index >= FDT_INTERRUPTS_MAX) {
        return STATUS_NOT_FOUND;
    }
    if (fdt_find_property(fdt, node, "interrupts-extended", &property) == STATUS_OK) {
        return interrupt_extended(fdt, &property, index, interrupt);
    }
    if (fdt_find_property(fdt, node, "interrupts", &property) != STATUS_OK) {
        return STATUS_NOT_FOUND;
    }
    status_t status = interrupt_parent(fdt, node, &interrupt->controller);
    if (status == STATUS_OK) {
        status = interrupt_cells(fdt, &interrupt->controller, &interrupt->count);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (index >= property.size / 4 / interrupt->count) {
        return index == 0 ? STATUS_MALFORMED : STATUS_NOT_FOUND;
    }
    return interrupt_take(&property, index * interrupt->count, interrupt);
}
