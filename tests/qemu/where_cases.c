/* SPDX-License-Identifier: MIT */
/*
 * What a report says of the address that a thread's fault was at. The console is listened to while
 * the thread faults; its line `where ...` becomes a record, and is compared with what must be said.
 */
#include "kernel/app.h"
#include "kernel/console/console.h"
#include "drivers/irqchip/gicv2.h"
#include "drivers/uart/pl011.h"
#include "kernel/console/log.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/kernel_vm_internal.h"
#include "kernel/where.h"
#include "lib/bound.h"
#include "lib/format.h"
#include "lib/string.h"
#include "tests/qemu/groups.h"
#include "kernel/sched/thread_internal.h"

#define MAIN CONFIG_MAIN_PRIORITY

extern char __text_start[], __kernel_text_end[], __rodata_start[];

/* --- Listening --- */

#define HEARD_MAX 2048

static char heard[HEARD_MAX];
static unsigned heard_length;

bool listening_put(char letter);

bool listening_put(char letter) {
    if (heard_length < HEARD_MAX - 1) {
        heard[heard_length++] = letter;
    }
    return true;
}
BOUND_CALLEE(console_try_put, listening_put);

static void drain(void) {
    while (log_is_pending()) {
        thread_sleep_ms(1);
    }
}

/* The rest of the line behind "where ", ended where the line does. */
static const char *heard_where(void) {
    static const char word[] = " where ";
    for (unsigned i = 0; i + sizeof word < heard_length; i++) {
        if (memcmp(&heard[i], word, sizeof word - 1) == 0) {
            char *text = &heard[i + sizeof word - 1];
            for (char *letter = text; *letter != '\0'; letter++) {
                *letter = *letter == '\r' || *letter == '\n' ? '\0' : *letter;
            }
            return text;
        }
    }
    return "not told";
}

/* --- Touching: address and what to do, in the argument --- */

struct touch {
    enum fault_access access;
    uint64_t address;
    const char *name;    /* of the thread that does it; NULL: it has none */
    uint64_t stack_size; /* which it asks for */
};

static void touches(void *argument) {
    const struct touch *touch = argument;
    switch (touch->access) {
    case FAULT_READS:
        (void)*(const volatile uint8_t *)(uintptr_t)touch->address;
        break;
    case FAULT_WRITES:
        *(volatile uint8_t *)(uintptr_t)touch->address = 1;
        break;
    default:
        ((void (*)(void))(uintptr_t)touch->address)();
    }
}

/* The same relative to its own stack: from the low end if negative, else from the high one. */
static void touches_own_stack(void *argument) {
    struct touch touch = *(const struct touch *)argument;
    const struct stack *stack = arch_cpu_self()->current->stack;
    int64_t offset = (int64_t)touch.address;
    touch.address = (uint64_t)offset + (offset < 0 ? stack->low.value : stack_top(stack).value);
    touches(&touch);
}

static void touch_and_compare(thread_entry entry, struct touch touch, const char *expected,
                              const char *what) {
    const struct thread_attributes attributes = {
        .name = touch.name, .priority = MAIN + 1, .stack_size = touch.stack_size};
    struct console_device listening = *pl011_console();
    listening.try_put = listening_put;
    thread_id_t id;
    drain();
    memset(heard, 0, sizeof heard);
    heard_length = 0;
    console_init(&listening);
    status_t spawned = thread_spawn(entry, &touch, &attributes, &id);
    status_t joined = thread_join(id, NULL);
    drain();
    console_init(pl011_console());
    TAP_REQUIRE(spawned == STATUS_OK && joined == STATUS_FAULTED, what);
    char text[WHERE_TEXT_MAX];
    format_buffer(text, sizeof text, expected, id.index, id.generation);
    const char *told = heard_where();
    record_text("where", told);
    /* By length and bytes: the kernel's strcmp() is for short words. */
    if (!TAP_OK(strlen(told) == strlen(text) && memcmp(told, text, strlen(text)) == 0, what)) {
        record_text("where_expected", text);
    }
}

/* The text has two numbers in it: the index and generation of who touched, if it has any. */
static void touch(enum fault_access access, const volatile void *address, const char *expected,
                  const char *what) {
    touch_and_compare(touches,
                      (struct touch){.access = access, .address = (uint64_t)(uintptr_t)address},
                      expected, what);
}

static const char *with_offset(const char *format, uint64_t offset) {
    static char text[WHERE_TEXT_MAX];
    format_buffer(text, sizeof text, format, (unsigned long long)offset);
    return text;
}

/* The same with the unit, %s: in an image with large objects no byte matters. */
static const char *with_distance(const char *format, uint64_t offset) {
    static char text[WHERE_TEXT_MAX];
    char distance[24];
    bool far = offset >= UINT64_C(1) << 20;
    format_buffer(distance, sizeof distance, far ? "%llu MiB" : "%llu bytes",
                  (unsigned long long)(far ? offset >> 20 : offset));
    format_buffer(text, sizeof text, format, distance);
    return text;
}

/* --- The cases --- */

static void where_nowhere(void) {
    touch(FAULT_READS, NULL, "null pointer: never mapped", "null");
    touch(FAULT_WRITES, (void *)(uintptr_t)1, "null pointer + 1 byte: never mapped",
          "a member of null");
    touch(FAULT_EXECUTES, NULL, "null pointer: never mapped", "a call of null");
    touch(FAULT_READS, (void *)(uintptr_t)PAGE_SIZE, "user half: not mapped",
          "behind the first page");
    touch(FAULT_READS, (void *)(uintptr_t)0x8000000000000000,
          "no address: its upper 16 bits are neither all 0 nor all 1", "no address at all");
}

static void where_image(void) {
    static uint64_t data;
    static const uint64_t constant = 1;
    touch(FAULT_WRITES, (const void *)(uintptr_t)&thread_spawn,
          with_distance("kernel text + %s: to read and execute; this was a write",
                        (uint64_t)(uintptr_t)&thread_spawn - (uint64_t)(uintptr_t)__text_start),
          "the kernel's text");
    touch(FAULT_WRITES, (const void *)(uintptr_t)&app_main,
          with_distance("the application's text + %s: to read and execute; this was a write",
                        (uint64_t)(uintptr_t)&app_main - (uint64_t)(uintptr_t)__kernel_text_end),
          "one's own text");
    touch(FAULT_WRITES, &constant,
          with_distance("constants + %s: to read; this was a write",
                        (uint64_t)(uintptr_t)&constant - (uint64_t)(uintptr_t)__rodata_start),
          "a constant");
    touch(
        FAULT_EXECUTES, &data,
        with_distance("the image's data + %s: to read and write; this was an execution",
                      (uint64_t)(uintptr_t)&data - KERNEL_HVA_OFFSET - kernel_vm.image.start.value),
        "data as text");
}

static void where_stacks(void) {
    touch_and_compare(touches_own_stack, (struct touch){FAULT_WRITES, (uint64_t)-16, "toucher", 0},
                      "guard page 16 bytes below the stack of thread 'toucher' (%u.%u), its own: "
                      "never mapped; this was a write",
                      "below one's own stack");
    touch_and_compare(touches_own_stack, (struct touch){FAULT_READS, 8, "toucher", 0},
                      "guard page 8 bytes above the end of the stack of thread 'toucher' (%u.%u), "
                      "its own: never mapped; this was a read",
                      "above one's own stack");
    touch_and_compare(touches_own_stack,
                      (struct touch){FAULT_WRITES, (uint64_t)-16, NULL, CONFIG_STACK_SIZE_MAX},
                      "guard page 16 bytes below the stack of thread 'thread' (%u.%u), its own: "
                      "never mapped; this was a write",
                      "below a large one");
    const struct stack *mine = arch_cpu_self()->current->stack;
    touch(FAULT_WRITES, vaddr_pointer(vaddr(mine->low.value - PAGE_SIZE)),
          with_offset("guard page 4096 bytes below the stack of thread 'main' (%llu.1), not its "
                      "own: never mapped; this was a write",
                      thread_self().index),
          "below another's stack");
    touch(FAULT_EXECUTES, vaddr_pointer(mine->low),
          with_offset("the stack of thread 'main' (%llu.1) + 0 bytes, not its own: to read and "
                      "write; this was an execution",
                      thread_self().index),
          "another's stack as text");
    const struct stack *idle = stack_of_slot(CONFIG_THREAD_SLOTS - 1);
    touch(FAULT_READS, vaddr_pointer(vaddr(idle->low.value - 1)),
          "guard page 1 byte below a stack that nobody has: never mapped; this was a "
          "read",
          "below a stack that nobody has");
}

static void where_mappings(void) {
    const struct physical_map *map = kernel_vm.map;
    const struct phys_range last = map->ram[map->ram_count - 1];
    const paddr_t behind = paddr_add(last.start, last.size + PAGE_SIZE);
    touch(FAULT_READS, phys_to_virt(behind),
          with_offset("no memory mapped at physical 0x%llx: nearest is RAM, which ends 4096 bytes "
                      "below",
                      behind.value),
          "behind the RAM");
    touch(FAULT_READS, vaddr_pointer(vaddr(KERNEL_AREA_BASE + (UINT64_C(1) << 30) * 3)),
          "no memory mapped: nearest is the stacks of threads, which ends 2 GiB below",
          "behind the stacks");
    touch(FAULT_READS, vaddr_pointer(vaddr(KERNEL_AREA_BASE - (UINT64_C(5) << 20))),
          "no memory mapped at physical 0x7fffffb00000: nearest is the stacks of threads, which "
          "begins "
          "5 MiB above",
          "before the stacks");
    touch(FAULT_WRITES, &cpu_areas[0].guard[PAGE_SIZE - 24],
          "guard page 24 bytes below the kernel stack: never mapped; this was a write",
          "the guard of the kernel's stack");
    touch(FAULT_EXECUTES, gicv2.distributor,
          "the GIC's distributor + 0 bytes: registers, to read and write; this was an execution",
          "a device as text");
    const paddr_t before = paddr_add(last.start, last.size - PAGE_SIZE);
    const uint64_t mebibytes = (before.value - last.start.value) >> 20;
    touch(FAULT_EXECUTES, phys_to_virt(before),
          with_offset(mebibytes < 1024 ? "RAM + %llu MiB: to read and write; this was an execution"
                                       : "RAM + %llu GiB: to read and write; this was an execution",
                      mebibytes < 1024 ? mebibytes : mebibytes >> 10),
          "the last page of RAM as text");
}

/* A page of data that is not there for a while. */
static void where_missing_page(void) {
    TEST_NEEDS(CONFIG_IMAGE_MAX <= 8 << 20);
    static uint8_t page[2 * PAGE_SIZE] ALIGNED(4096);
    const vaddr_t at = vaddr_of(page);
    paddr_t frame;
    TAP_REQUIRE(translate_kernel_va(at, &frame) == STATUS_OK &&
                    unmap_kernel_region(at, PAGE_SIZE) == STATUS_OK,
                "a page goes");
    touch(FAULT_WRITES, &page[8],
          with_distance("the image's data + %s: to read and write; but this page is not "
                        "mapped",
                        frame.value + 8 - kernel_vm.image.start.value),
          "a page that is not there");
    TAP_REQUIRE(map_kernel_region(at, frame, PAGE_SIZE, KERNEL_READ_WRITE) == STATUS_OK,
                "it comes back");
}

/* A page that somebody mapped to be read: of the dynamic area, so it has no name. */
static void where_unnamed_page(void) {
    const vaddr_t at = vaddr(KERNEL_AREA_BASE + (UINT64_C(1) << 41));
    paddr_t frame;
    TAP_REQUIRE(frame_alloc(&frame) == STATUS_OK &&
                    map_kernel_region(at, frame, PAGE_SIZE, KERNEL_READ_ONLY) == STATUS_OK,
                "a page is mapped");
    touch(FAULT_WRITES, vaddr_pointer(at),
          "a page without a name: mapped to read; this was a write", "it cannot be written");
    TAP_REQUIRE(unmap_kernel_region(at, PAGE_SIZE) == STATUS_OK && frame_free(frame) == STATUS_OK,
                "and goes");
}

static const struct test_case where_cases[] = {
    {"where_nowhere", where_nowhere, TEST_ALWAYS},
    {"where_image", where_image, TEST_ALWAYS},
    {"where_stacks", where_stacks, TEST_ALWAYS},
    {"where_mappings", where_mappings, TEST_ALWAYS},
    {"where_missing_page", where_missing_page, TEST_ALWAYS},
    {"where_unnamed_page", where_unnamed_page, TEST_ALWAYS},
};
TEST_GROUP(where);
