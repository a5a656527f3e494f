/* SPDX-License-Identifier: MIT */
/*
 * Which nodes are wanted, and what their `reg` says in the CPU's physical addresses. A value that
 * makes no sense (cells of another width, an empty or wrapping range, a bus that does not
 * translate) only loses that value: the caller has defaults, and a second, full reader comes later.
 */
#include "arch/aarch64/boot/low_fdt_internal.h"

#define LOW_RANGES_MAX    16 /* entries of one `ranges` that are tried */
#define LOW_MODEL_MAX     16 /* strings of one `compatible` that are compared */
#define LOW_REG_ENTRY_MAX 64 /* entries of one `reg` that are read */
#define LOW_CELLS_MAX     2u

static bool property_is(const void *tree, struct property property, const char *text) {
    return tree_text_is(tree, property.value, property.value + property.length, text);
}

/* Whether `text` is one of the first strings in a list of them. */
static bool property_lists(const void *tree, struct property property, const char *text) {
    const uint32_t end = property.value + property.length;
    uint32_t at = property.value;
    BOUND_LOOP(models, LOW_MODEL_MAX);
    for (unsigned count = 0; count < LOW_MODEL_MAX && at < end; count++) {
        BOUND_TURN(models);
        if (tree_text_is(tree, at, end, text)) {
            return true;
        }
        const uint32_t string_end = end - at < FDT_STRING_MAX ? end : at + FDT_STRING_MAX;
        BOUND_LOOP(model, FDT_STRING_MAX);
        while (at < string_end && tree_byte_at(tree, at) != '\0') {
            BOUND_TURN(model);
            at++;
        }
        if (at == string_end) {
            return false; /* not terminated, or too long: the full reader says so, too */
        }
        at++;
    }
    return false;
}

/* A number of 1 or 2 cells; what `cells` counts must lie in the tree. */
static uint64_t number_at(const void *tree, uint32_t offset, uint32_t cells) {
    const uint64_t high = cells == 2 ? tree_word_at(tree, offset) : 0;
    return high << 32 | tree_word_at(tree, offset + (cells - 1) * 4);
}

static bool cells_are_legal(uint32_t cells) {
    return cells >= 1 && cells <= LOW_CELLS_MAX;
}

/*
 * Translates through one bus: `range` from the addresses of its children to those of its
 * parent's children. An empty `ranges` is the identity; without one the children are not in
 * the parent's space.
 */
static bool bus_translate(const void *tree, const struct level *bus, const struct level *parent,
                          struct phys_range *range) {
    if (bus->ranges.value == 0) {
        return false;
    }
    if (bus->ranges.length == 0) {
        return true;
    }
    if (!cells_are_legal(bus->address_cells) || !cells_are_legal(bus->size_cells) ||
        !cells_are_legal(parent->address_cells)) {
        return false;
    }
    const uint32_t parent_at = bus->address_cells * 4;
    const uint32_t size_at = parent_at + parent->address_cells * 4;
    const uint32_t stride = size_at + bus->size_cells * 4;
    const uint32_t count = bus->ranges.length / stride;
    BOUND_LOOP(ranges, LOW_RANGES_MAX);
    for (uint32_t i = 0; i < count && i < LOW_RANGES_MAX; i++) {
        BOUND_TURN(ranges);
        const uint32_t entry = bus->ranges.value + i * stride;
        const uint64_t child = number_at(tree, entry, bus->address_cells);
        const uint64_t size = number_at(tree, entry + size_at, bus->size_cells);
        const uint64_t offset = range->start.value - child; /* below `child`: wraps, too large */
        if (offset < size && range->size <= size - offset) {
            const uint64_t base = number_at(tree, entry + parent_at, parent->address_cells);
            range->start.value = base + offset; /* if it wraps: judged as any other address */
            return true;
        }
    }
    return false;
}

static bool range_is_sound(const struct phys_range *range) {
    return range->size != 0 && range->start.value <= UINT64_MAX - range->size;
}

/* Entry `index` of `reg` of the node at `depth` (1 or more) in the addresses of its parent. O(1). */
static bool reg_read_local(const struct walk *walk, uint32_t depth, uint32_t index,
                           struct phys_range *range) {
    const struct level *node = &walk->levels[depth];
    const struct level *parent = node - 1;
    if (!cells_are_legal(parent->address_cells) || !cells_are_legal(parent->size_cells)) {
        return false;
    }
    const uint32_t stride = (parent->address_cells + parent->size_cells) * 4;
    if (index >= node->reg.length / stride) {
        return false;
    }
    const uint32_t entry = node->reg.value + index * stride;
    range->start.value = number_at(walk->tree, entry, parent->address_cells);
    range->size = number_at(walk->tree, entry + parent->address_cells * 4, parent->size_cells);
    return true;
}

/* The same as a physical range. O(LOW_DEPTH_MAX). */
static bool reg_read(const struct walk *walk, uint32_t depth, uint32_t index,
                     struct phys_range *range) {
    if (!reg_read_local(walk, depth, index, range)) {
        return false;
    }
    BOUND_LOOP(buses, LOW_DEPTH_MAX - 2); /* neither the node nor the root */
    for (uint32_t bus = depth - 1; bus > 0; bus--) {
        BOUND_TURN(buses);
        if (!bus_translate(walk->tree, &walk->levels[bus], &walk->levels[bus - 1], range)) {
            return false;
        }
    }
    return range_is_sound(range);
}

/* Of a child of the root: there is no bus above it. */
static void memory_note(struct walk *walk) {
    struct low_facts *facts = walk->facts;
    const uint32_t count = walk->levels[1].reg.length / 8; /* no entry is shorter than two cells */
    BOUND_LOOP(memory, LOW_REG_ENTRY_MAX);
    for (uint32_t i = 0; i < count && i < LOW_REG_ENTRY_MAX; i++) {
        BOUND_TURN(memory);
        if (facts->ram_count == BOOT_RAM_RANGES_MAX) {
            return;
        }
        struct phys_range *range = &facts->ram[facts->ram_count];
        if (reg_read_local(walk, 1, i, range) && range_is_sound(range)) {
            facts->ram_count++;
        }
    }
}

static void uart_note(struct walk *walk, uint32_t depth) {
    struct phys_range range;
    if (!walk->facts->has_uart && reg_read(walk, depth, 0, &range)) {
        walk->facts->has_uart = true;
        walk->facts->uart = range.start;
    }
}

static void gic_note(struct walk *walk, uint32_t depth) {
    struct phys_range distributor;
    struct phys_range cpu;
    if (!walk->facts->has_gic && reg_read(walk, depth, 0, &distributor) &&
        reg_read(walk, depth, 1, &cpu)) {
        walk->facts->has_gic = true;
        walk->facts->gic_distributor = distributor.start;
        walk->facts->gic_cpu = cpu.start;
    }
}

static bool is_gicv2(const void *tree, struct property compatible) {
    return property_lists(tree, compatible, "arm,cortex-a15-gic") ||
           property_lists(tree, compatible, "arm,gic-400") ||
           property_lists(tree, compatible, "arm,cortex-a7-gic") ||
           property_lists(tree, compatible, "arm,cortex-a9-gic");
}

static bool is_enabled(const void *tree, struct property status) {
    return status.value == 0 || property_is(tree, status, "okay") ||
           property_is(tree, status, "ok");
}

void low_node_judge(struct walk *walk) {
    const uint32_t depth = walk->depth - 1;
    if (depth == 0 || depth >= LOW_DEPTH_MAX) {
        return;
    }
    const struct level *node = &walk->levels[depth];
    if (node->reg.value == 0 || !is_enabled(walk->tree, node->status)) {
        return;
    }
    if (depth == 1 && property_is(walk->tree, node->device_type, "memory")) {
        memory_note(walk);
    } else if (property_lists(walk->tree, node->compatible, "arm,pl011")) {
        uart_note(walk, depth);
    } else if (is_gicv2(walk->tree, node->compatible)) {
        gic_note(walk, depth);
    }
}
