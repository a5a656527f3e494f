/* SPDX-License-Identifier: MIT */
/*
 * From "the boot tables map what is needed" to "the kernel owns its memory": physical map, frames,
 * runtime tables, heap, in this order, because each stands on the one before.
 */
#define LOG_MODULE "mm"

#include "kernel/memory_start.h"

#include "kernel/console/log.h"
#include "kernel/cpu/cpu.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/initrd.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/physical_map.h"
#include "kernel/mm/region.h"
#include "lib/bound.h"
#include "lib/selftest.h"

/* Parts of the image, as linked high: kernel.ld.S. */
extern char __text_start[], __kernel_text_end[], __text_end[], __rodata_start[], __rodata_end[];

static struct physical_map map;

static void must(status_t status, const char *step) {
    if (status != STATUS_OK) {
        panic("memory: %s: %s", step, status_name(status));
    }
}

static struct phys_range range_between(const char *start, const char *end) {
    paddr_t first;
    must(virt_to_phys_direct(start, &first), "image range");
    return (struct phys_range){first, (uint64_t)(end - start)};
}

static void map_log(void) {
    uint64_t position = 0;
    struct phys_range range;
    bool usable;
    BOUND_LOOP(entries, PHYSICAL_MAP_ENTRIES_MAX);
    while (physical_map_next(&map, &position, &range, &usable)) {
        BOUND_TURN(entries);
        char text[PHYSICAL_MAP_TEXT_MAX];
        physical_map_describe(range, usable ? "usable" : "reserved", text, sizeof text);
        log_info("%s", text);
    }
}

static void tables_start(const struct machine *machine, const struct boot_info *boot) {
    const struct phys_range devices[] = {machine->gic_distributor, machine->gic_cpu, machine->uart,
                                         (struct phys_range){boot->uart, PAGE_SIZE}};
    const bool same_uart = machine->uart.start.value == boot->uart.value;
    const struct kernel_vm_layout layout = {
        .map = &map,
        .image = boot->image,
        .text = range_between(__text_start, __text_end),
        .rodata = range_between(__rodata_start, __rodata_end),
        .devices = devices,
        .device_count = ARRAY_SIZE(devices) - (same_uart ? 1 : 0),
        .reach = boot->mapped,
    };
    must(kernel_vm_build(&layout), "runtime tables");
    must(switch_to_runtime_kernel_tables(), "switch to the runtime tables");
    must(drop_boot_identity_mapping(), "drop the boot identity map");
    must(unmap_kernel_region(vaddr_of(cpu_areas[0].guard), PAGE_SIZE), "kernel stack guard");
}

static void tables_check(void) {
    struct kernel_vm_flaw flaw;
    if (kernel_vm_check(&flaw) != STATUS_OK) {
        panic("memory: tables: %s at 0x%llx", flaw.reason, (unsigned long long)flaw.address.value);
    }
    log_debug("tables checked: nothing is writable and executable");
}

const struct physical_map *memory_start_map(void) {
    return &map;
}

void *memory_start_pointer(paddr_t address) {
    return phys_to_virt(address);
}
BOUND_CALLEE(frame_pointer, memory_start_pointer);

/* Names for what is mapped now: for reports of faults. */
static void region_name(const char *name, const void *start, uint64_t size, enum region_use use) {
    must(region_add(name, vaddr_of(start), size, use), "names of regions");
}

static void regions_name(const struct machine *machine, const struct boot_info *boot) {
    const struct cpu_area *area = &cpu_areas[0];
    BOUND_LOOP(ram, PHYSICAL_MAP_RANGES_MAX);
    for (uint32_t i = 0; i < map.ram_count; i++) {
        BOUND_TURN(ram);
        region_name("RAM", phys_to_virt(map.ram[i].start), map.ram[i].size, REGION_DATA);
    }
    region_name("the image's data", phys_to_virt(boot->image.start), boot->image.size, REGION_DATA);
    region_name("kernel text", __text_start, (uint64_t)(__kernel_text_end - __text_start),
                REGION_TEXT);
    region_name("the application's text", __kernel_text_end,
                (uint64_t)(__text_end - __kernel_text_end), REGION_TEXT);
    region_name("constants", __rodata_start, (uint64_t)(__rodata_end - __rodata_start),
                REGION_CONSTANTS);
    region_name("the kernel stack", area->guard, sizeof area->guard, REGION_GUARD);
    region_name("the kernel stack", area->stack, sizeof area->stack, REGION_DATA);
    region_name("the UART", phys_to_virt(machine->uart.start), machine->uart.size, REGION_DEVICE);
    region_name("the GIC's distributor", phys_to_virt(machine->gic_distributor.start),
                machine->gic_distributor.size, REGION_DEVICE);
    region_name("the GIC's CPU interface", phys_to_virt(machine->gic_cpu.start),
                machine->gic_cpu.size, REGION_DEVICE);
}

/* A machine whose loader told nonsense comes up without. */
static void initrd_start(const struct machine *machine) {
    const void *bytes;
    uint64_t size;
    const status_t status = initrd_map(&map, machine->initrd);
    if (status != STATUS_OK) {
        log_warn("the initrd is refused: %s", status_name(status));
    } else if (initrd_bytes(&bytes, &size)) {
        region_name("the initrd", bytes, size, REGION_CONSTANTS);
        log_info("an initrd of %llu bytes", (unsigned long long)size);
    }
}

void memory_start(const struct machine *machine, const struct boot_info *boot) {
    const status_t status = physical_map_build(&map, machine->ram, machine->ram_count,
                                               machine->reserved, machine->reserved_count);
    map_log();
    if (status == STATUS_NO_MEMORY) {
        panic("memory: no usable RAM: the reservations cover all of it");
    }
    must(status, "physical map");
    must(frame_init(&map, boot->mapped, memory_start_pointer), "frames");
    tables_start(machine, boot);
    if (log_threshold >= LOG_LEVEL_DEBUG) {
        tables_check();
    }
    must(heap_init(), "heap");
    regions_name(machine, boot);
    initrd_start(machine);
    log_debug("heap of %llu bytes", (unsigned long long)heap_size());
    if (GENRT_DEBUG) {
        must(lib_selftest(&heap_allocator, 1), "containers");
        log_info("containers checked");
    }
    struct frame_statistics frames;
    frame_statistics_read(&frames);
    log_info("%llu of %llu frames free", (unsigned long long)frames.free,
             (unsigned long long)frames.total);
}
