/* SPDX-License-Identifier: MIT */
/*
 * Where the prepared stacks lie: one after the other in the kernel's dynamic area, an unmapped
 * guard page below each, so that an overflow faults at once and names its thread.
 *
 *   | guard | stack 0 | guard | stack 1 | ...
 */
#define LOG_MODULE "sched"

#include "kernel/console/log.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/mm/region.h"
#include "kernel/sched/stack.h"
#include "lib/bound.h"

/* Of one class, and of all together. */
#define STACKS_OF_CLASS                                                                            \
    (CONFIG_THREAD_SLOTS > CONFIG_STACK_EXTRA ? CONFIG_THREAD_SLOTS : CONFIG_STACK_EXTRA)
#define STACKS (CONFIG_THREAD_SLOTS + CONFIG_STACK_EXTRA)

static status_t stack_map(vaddr_t low, uint64_t size) {
    if (size > CONFIG_STACK_SIZE_MAX) {
        return STATUS_OUT_OF_RANGE;
    }
    BOUND_LOOP(pages, CONFIG_STACK_SIZE_MAX / PAGE_SIZE);
    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        BOUND_TURN(pages);
        paddr_t frame;
        status_t status = frame_alloc(&frame);
        if (status != STATUS_OK) {
            return status;
        }
        status = map_kernel_page(vaddr_add(low, offset), frame, KERNEL_READ_WRITE);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

status_t stack_area_init(void) {
    BOUND_LIMIT(stacks, STACKS);
    unsigned count;
    const struct stack_class *classes = stack_classes(&count);
    vaddr_t low = vaddr(KERNEL_AREA_BASE + PAGE_SIZE);
    BOUND_LOOP(classes, STACK_CLASSES);
    for (unsigned class = 0; class < count; class ++) {
        BOUND_TURN(classes);
        BOUND_LOOP(of_class, STACKS_OF_CLASS);
        for (uint32_t i = 0; i < classes[class].count; i++) {
            BOUND_TURN(of_class);
            BOUND_PATH(stacks);
            status_t status = stack_map(low, classes[class].size);
            if (status == STATUS_OK) {
                status = stack_add(class, low);
            }
            if (status != STATUS_OK) {
                return status;
            }
            low = vaddr_add(low, classes[class].size + PAGE_SIZE);
        }
        log_debug("%u stacks of %llu bytes", classes[class].count,
                  (unsigned long long)classes[class].size);
    }
    return region_add("the stacks of threads", vaddr(KERNEL_AREA_BASE),
                      low.value - PAGE_SIZE - KERNEL_AREA_BASE, REGION_DATA);
}
