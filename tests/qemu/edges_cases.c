/* SPDX-License-Identifier: MIT */
/* What ordinary use seldom comes to: refusals, checks that find something, a console that takes
 * nothing. */
#include "arch/probe.h"
#include "arch/task_call.h"
#include "drivers/irqchip/irqchip.h"
#include "drivers/uart/pl011.h"
#include "kernel/console/console.h"
#include "kernel/console/log.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_vm.h"
#include "lib/array.h"
#include "lib/binary_heap.h"
#include "lib/bound.h"
#include "lib/random.h"
#include "lib/rbtree.h"
#include "lib/ring.h"
#include "tests/qemu/groups.h"

#define ITEMS 12

/* --- Containers --- */

static void edges_array(void) {
    struct array array;
    uint64_t item = 7;
    array_init(&array, &heap_allocator, sizeof(item));
    TAP_EQ(array_insert(&array, 1, &item), STATUS_OUT_OF_RANGE, "insert: behind the end");
    TAP_EQ(array_remove(&array, 0), STATUS_OUT_OF_RANGE, "remove: nothing there");
    TAP_EQ(array_pop(&array, NULL), STATUS_EMPTY, "pop: nothing there");
    for (item = 0; item < ITEMS; item++) {
        TAP_REQUIRE(array_insert(&array, 0, &item) == STATUS_OK, "inserted in front");
    }
    TAP_EQ(array_remove(&array, 3), STATUS_OK, "remove: from the middle");
    TAP_EQ(*(uint64_t *)array_at(&array, 3), ITEMS - 5, "those behind move down");
    for (item = 0; item < 1000; item++) {
        TAP_REQUIRE(array_push(&array, &item) == STATUS_OK, "many more");
    }
    TAP_EQ(array_remove(&array, 0), STATUS_OK, "remove: before more than one block");
    TAP_EQ(array_pop(&array, &item), STATUS_OK, "pop");
    TAP_EQ(item, 999, "the last");
    TAP_EQ(array_pop(&array, NULL), STATUS_OK, "pop: to nowhere");
    array_destroy(&array);
}

static void edges_ring(void) {
    struct ring ring;
    uint64_t item = 7;
    ring_init(&ring, &heap_allocator, sizeof(item));
    TAP_EQ(ring_pop_front(&ring, &item), STATUS_EMPTY, "pop_front: empty");
    TAP_EQ(ring_pop_back(&ring, &item), STATUS_EMPTY, "pop_back: empty");
    TAP_EQ(ring_push_back(&ring, &item), STATUS_OK, "push_back");
    TAP_EQ(ring_push_front(&ring, &item), STATUS_OK, "push_front");
    TAP_EQ(ring_pop_back(&ring, NULL), STATUS_OK, "pop_back: to nowhere");
    TAP_EQ(ring_pop_back(&ring, &item), STATUS_OK, "pop_back");
    TAP_EQ(ring_reserve(&ring, SIZE_MAX / 2), STATUS_NO_MEMORY, "reserve: too much");
    ring_destroy(&ring);
}

static void edges_binary_heap(void) {
    struct binary_heap heap;
    struct binary_heap_node *slots[2];
    struct binary_heap_node nodes[3] = {{.key = 1}, {.key = 2}, {.key = 3}};
    binary_heap_init(&heap, slots, 2);
    TAP_EQ(binary_heap_insert(&heap, &nodes[0]), STATUS_OK, "insert");
    TAP_EQ(binary_heap_insert(&heap, &nodes[1]), STATUS_OK, "insert");
    TAP_EQ(binary_heap_insert(&heap, &nodes[2]), STATUS_FULL, "insert: no slot");
    TAP_OK(binary_heap_check(&heap), "the heap is whole");
    nodes[0].key = 5;
    TAP_OK(!binary_heap_check(&heap), "a key above its children's is found");
    nodes[0].key = 1;
    nodes[1].index = 0;
    TAP_OK(!binary_heap_check(&heap), "a wrong place is found");
}

/* The number of steps to the next to go, 7, is prime to these. */
#define TREE (RBTREE_NODES_MAX < 24 ? RBTREE_NODES_MAX : 24)

static void edges_tree(void) {
    static struct rbtree_node nodes[TREE];
    struct rbtree tree;
    struct random random;
    unsigned wrong = 0;
    random_init(&random, 6);
    for (unsigned round = 0; round < 50; round++) {
        rbtree_init(&tree);
        for (unsigned i = 0; i < TREE; i++) {
            nodes[i].key = random_below(&random, 16);
            rbtree_insert(&tree, &nodes[i]);
            wrong += !rbtree_check(&tree);
        }
        for (unsigned i = 0; i < TREE; i++) {
            rbtree_remove(&tree, &nodes[(i * 7 + round) % TREE]);
            wrong += !rbtree_check(&tree);
        }
    }
    TAP_EQ(wrong, 0, "a tree stays one, whichever goes");
    for (unsigned i = 0; i < TREE; i++) {
        nodes[i].key = i;
        rbtree_insert(&tree, &nodes[i]);
    }
    for (unsigned i = 0; i < TREE; i++) {
        nodes[i].parent_colour ^= 1;
        wrong += rbtree_check(&tree);
        nodes[i].parent_colour ^= 1;
        nodes[i].key += 100;
        wrong += i + 1 < TREE && rbtree_check(&tree);
        nodes[i].key -= 100;
    }
    TAP_EQ(wrong, 0, "another colour or key is found, wherever");
    tree.first = &nodes[1];
    TAP_OK(!rbtree_check(&tree), "a wrong first is found");
}

/* --- Memory --- */

static struct tlsf arena;
static uint8_t regions[TLSF_REGIONS_MAX + 1][4096] ALIGNED(16);

static void edges_regions(void) {
    tlsf_init(&arena);
    TAP_EQ(tlsf_add_region(&arena, regions[0], 64), STATUS_OUT_OF_RANGE, "a region too small");
    TAP_EQ(tlsf_add_region(&arena, (void *)(UINTPTR_MAX - 4096), 8192), STATUS_OUT_OF_RANGE,
           "one that wraps");
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        TAP_EQ(tlsf_add_region(&arena, regions[i], 4064), STATUS_OK, "a region");
    }
    TAP_EQ(tlsf_add_region(&arena, regions[3] + 512, 512), STATUS_OVERLAP, "one within another");
    TAP_EQ(tlsf_add_region(&arena, regions[TLSF_REGIONS_MAX], 4096), STATUS_FULL, "one too many");
    TAP_OK(tlsf_check(&arena), "the arena is whole");
}

static void *random_block(struct random *random, void *old) {
    size_t size = random_between(random, 1, 600);
    switch (random_below(random, 4)) {
    case 0:
        return tlsf_resize(&arena, old, size) ?: old;
    case 1:
        return tlsf_free(&arena, old) == STATUS_OK
                   ? tlsf_alloc_aligned(&arena, UINT64_C(1) << random_below(random, 9), size)
                   : old;
    case 2:
        return tlsf_free(&arena, old) == STATUS_OK ? tlsf_alloc(&arena, size) : old;
    default:
        (void)!tlsf_resize_in_place(&arena, old, size);
        return old;
    }
}

static void edges_arena(void) {
    static void *blocks[64];
    struct random random;
    unsigned wrong = 0;
    edges_regions();
    random_init(&random, 7);
    for (unsigned step = 0; step < 5000; step++) {
        void **block = &blocks[random_below(&random, ARRAY_SIZE(blocks))];
        *block = *block == NULL ? tlsf_alloc(&arena, random_between(&random, 1, 600))
                                : random_block(&random, *block);
        wrong += step % 50 == 0 && !tlsf_check(&arena);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++) {
        wrong += tlsf_free(&arena, blocks[i]) != STATUS_OK;
    }
    TAP_EQ(wrong, 0, "an arena of many regions stays whole");
    struct tlsf_stats stats;
    tlsf_stats(&arena, &stats);
    TAP_EQ(stats.used, 0, "and all comes back");
    void *block = tlsf_alloc(&arena, 100);
    TAP_EQ(tlsf_resize_in_place(&arena, block, 0), STATUS_INVALID_ARGUMENT, "resize: to nothing");
    TAP_EQ(tlsf_resize_in_place(&arena, &stats, 8), STATUS_FOREIGN, "resize: not a block");
    TAP_EQ(tlsf_free(&arena, block), STATUS_OK, "free");
    TAP_EQ(tlsf_resize_in_place(&arena, block, 8), STATUS_DOUBLE_FREE, "resize: a free block");
    TAP_OK(tlsf_alloc_aligned(&arena, 48, 8) == NULL, "aligned to no power of two");
    TAP_OK(tlsf_alloc_aligned(&arena, 4096, 8192) == NULL, "more than there is");
}

/* Some bit of each region is turned: not one of these goes unnoticed, or all is as it was. */
static void edges_arena_spoiled(void) {
    unsigned found = 0;
    edges_regions();
    void *first = tlsf_alloc(&arena, 200);
    void *second = tlsf_alloc(&arena, 200);
    TAP_EQ(tlsf_free(&arena, first), STATUS_OK, "a hole");
    uint32_t *words = (uint32_t *)regions[TLSF_REGIONS_MAX - 1];
    for (unsigned i = 0; i < 1000; i++) {
        words[i] ^= 0x10;
        found += !tlsf_check(&arena);
        words[i] ^= 0x10;
    }
    for (unsigned i = 0; i < TLSF_MAP_WORDS; i++) {
        arena.map[i] ^= UINT64_C(1) << 40;
        found += !tlsf_check(&arena);
        arena.map[i] ^= UINT64_C(1) << 40;
    }
    arena.usage++;
    found += !tlsf_check(&arena);
    arena.usage--;
    TAP_OK(found > 10, "what is wrong with an arena is found");
    TAP_OK(tlsf_check(&arena), "it is whole again");
    TAP_EQ(tlsf_free(&arena, second), STATUS_OK, "and works");
}

static void edges_resize(void) {
    edges_regions();
    void *block = tlsf_resize(&arena, NULL, 100);
    TAP_OK(block != NULL, "resize: from nothing");
    TAP_OK(tlsf_resize(&arena, &block, 200) == NULL, "resize: not a block");
    TAP_OK(tlsf_resize(&arena, block, 1 << 20) == NULL, "resize: more than there is");
    TAP_OK(tlsf_resize(&arena, block, 0) == NULL, "resize: to nothing");
    TAP_OK(tlsf_alloc(&arena, 0) == NULL && tlsf_alloc(&arena, SIZE_MAX) == NULL, "alloc: no size");
    void *pieces[TLSF_REGIONS_MAX]; /* each region's one free block is of the same class */
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        pieces[i] = tlsf_alloc(&arena, 16);
    }
    for (unsigned i = 0; i < TLSF_REGIONS_MAX; i++) {
        TAP_EQ(tlsf_free(&arena, pieces[i]), STATUS_OK, "a piece comes back");
    }
    TAP_OK(tlsf_check(&arena), "the arena is whole");
}

/* A map of so many ranges of RAM and reservations, of which every second may not be mapped. */
static status_t map_of(struct physical_map *map, unsigned ranges, unsigned taken) {
    static struct phys_range ram[PHYSICAL_MAP_GIVEN_MAX + 1];
    static struct physical_reservation reserved[PHYSICAL_MAP_GIVEN_MAX + 1];
    for (unsigned i = 0; i < ranges; i++) {
        ram[i] = (struct phys_range){paddr(0x40000000 + (ranges - i) * 0x100000), 0x80000};
    }
    for (unsigned i = 0; i < taken; i++) {
        reserved[i] = (struct physical_reservation){
            .range = {paddr(0x40000000 + (i * 7 % 64 + 1) * 0x100000 + 0x40000), 0x1000},
            .reason = "taken",
            .no_map = i % 2 != 0};
    }
    return physical_map_build(map, ram, ranges, reserved, taken);
}

static void edges_map(void) {
    TEST_NEEDS(CONFIG_MEMORY_RANGES_MAX >= 32);
    static struct physical_map map;
    char text[PHYSICAL_MAP_TEXT_MAX];
    TAP_EQ(map_of(&map, 20, 20), STATUS_OK, "ranges in any order");
    TAP_EQ(map.ram_count, 23, "three of them in two, by what is not mapped");
    TAP_EQ(map_of(&map, PHYSICAL_MAP_GIVEN_MAX + 1, 1), STATUS_FULL, "too many are given");
    TAP_EQ(map_of(&map, 1, PHYSICAL_MAP_GIVEN_MAX + 1), STATUS_FULL, "or taken");
    TAP_EQ(map_of(&map, CONFIG_MEMORY_RANGES_MAX + 1, 1), STATUS_FULL, "too many pieces");
    TAP_EQ(map_of(&map, 1, CONFIG_MEMORY_RANGES_MAX + 1), STATUS_FULL, "of what is taken");
    TAP_EQ(map_of(&map, 0, 0), STATUS_NO_MEMORY, "none");
    const struct phys_range all = {paddr(0), UINT64_MAX};
    for (size_t size = 0; size <= sizeof(text); size++) {
        size_t length = physical_map_describe(all, "a range", text, size);
        TAP_REQUIRE(length < sizeof(text) && (size == 0 || length < size), "words that fit");
    }
    physical_map_describe((struct phys_range){paddr(0x1000), 0x1000}, NULL, text, sizeof(text));
    TAP_TEXT(text, "0x1000..0x1fff 4 KiB", "a range in words");
}

static void edges_frames(void) {
    paddr_t frame = {0};
    paddr_t other = {0};
    TAP_EQ(frame_alloc_contiguous(0, PAGE_SIZE, &frame), STATUS_INVALID_ARGUMENT, "no frames");
    TAP_EQ(frame_alloc_contiguous(1, 3, &frame), STATUS_INVALID_ARGUMENT, "aligned to 3");
    TAP_EQ(frame_alloc_contiguous(UINT64_C(1) << 40, PAGE_SIZE, &frame), STATUS_NO_MEMORY,
           "more than there are");
    TAP_EQ(frame_free_contiguous(frame, 0), STATUS_INVALID_ARGUMENT, "none given back");
    TAP_EQ(frame_free_contiguous(paddr(8), 1), STATUS_MISALIGNED, "half of one");
    TAP_EQ(frame_free_contiguous(paddr(0), 1), STATUS_FOREIGN, "one that is no RAM");
    TAP_REQUIRE(frame_alloc_contiguous(300, PAGE_SIZE, &frame) == STATUS_OK, "300 frames");
    TAP_REQUIRE(frame_alloc_contiguous(1, 64 * PAGE_SIZE, &other) == STATUS_OK, "one aligned");
    TAP_EQ(frame_free(paddr_add(frame, 150 * PAGE_SIZE)), STATUS_OK, "one of them is freed");
    TAP_EQ(frame_free_contiguous(frame, 300), STATUS_DOUBLE_FREE, "all of them: one is free");
    TAP_EQ(frame_free_contiguous(frame, 150), STATUS_OK, "those before it");
    TAP_EQ(frame_free_contiguous(paddr_add(frame, 151 * PAGE_SIZE), 149), STATUS_OK, "and after");
    TAP_EQ(frame_free(other), STATUS_OK, "the aligned one");
}

/* What the boot has done is not done again. */
static void edges_once(void) {
    TAP_EQ(heap_init(), STATUS_BUSY, "the heap is there");
    TAP_EQ(kernel_vm_build(&(struct kernel_vm_layout){.map = NULL}), STATUS_BUSY, "the tables too");
    TAP_EQ(switch_to_runtime_kernel_tables(), STATUS_OK, "and live");
    TAP_EQ(drop_boot_identity_mapping(), STATUS_OK, "the identity mapping is not");
    TAP_EQ(frame_init(NULL, (struct phys_range){paddr(0), 0}, NULL), STATUS_INVALID_ARGUMENT,
           "frames are not taken over without a way to them");
}

static void edges_probe(void) {
    const vaddr_t place = vaddr_of(&arena);
    TAP_OK(arch_probe_readable(place, 16), "memory can be read");
    TAP_OK(!arch_probe_readable(place, 0), "no byte of it cannot");
    TAP_OK(!arch_probe_readable(place, 2 * PAGE_SIZE), "nor more than a page at once");
    TAP_OK(!arch_probe_readable(vaddr(UINT64_MAX), 2), "nor what wraps");
    TAP_OK(!arch_probe_readable(vaddr(KERNEL_AREA_BASE), 8), "nor a guard page");
}

/* --- Devices, words, threads --- */

static void edges_lines(void) {
    TAP_EQ(irqchip_enable(5000, 10), STATUS_OUT_OF_RANGE, "enable: no such line");
    TAP_EQ(irqchip_disable(5000), STATUS_OUT_OF_RANGE, "disable: no such line");
    TAP_EQ(irqchip_trigger(100), STATUS_OUT_OF_RANGE, "trigger: not a software line");
    TAP_EQ(irq_line_deliveries(CONFIG_IRQ_LINES), 0, "deliveries: no such line");
}

static void edges_words(void) {
    unsigned named = 0;
    for (int status = 0; status >= STATUS_TOO_DEEP; status--) {
        named += status_name((enum status)status)[0] != '\0';
    }
    TAP_EQ(named, 1 - STATUS_TOO_DEEP, "every status has a name");
    TAP_TEXT(status_name((enum status) - 1000), "unknown status", "others are told so");
    TAP_TEXT(status_name((enum status)1), "unknown status", "above zero too");
}

static void ends(void *argument) {
    (void)argument;
}

static void edges_definitions(void) {
    static const struct thread_definition definitions[] = {
        {ends, NULL, {.name = "one", .priority = CONFIG_MAIN_PRIORITY + 1, .detached = true}},
        {ends, NULL, {.name = "two", .priority = THREAD_PRIORITY_MAX + 1}},
    };
    TAP_EQ(thread_spawn_all(definitions, CONFIG_THREAD_SLOTS + 1, NULL), STATUS_OUT_OF_RANGE,
           "more than there are slots");
    TAP_EQ(thread_spawn_all(definitions, 0, NULL), STATUS_OK, "none");
    TAP_EQ(thread_spawn_all(definitions, 1, NULL), STATUS_OK, "one");
    TAP_EQ(thread_spawn_all(definitions, 2, NULL), STATUS_OUT_OF_RANGE, "one that is refused");
}

static int64_t join_call(thread_id_t id, instant_t deadline) {
    return task_call_thread_join(id.index | (uint64_t)id.generation << 32, 0, deadline.ticks);
}

static void waits_long(void *argument) {
    (void)argument;
    thread_sleep_ms(5);
}

/* What thread_join() answers by itself, unless it changes just before the kernel looks. */
static void edges_join(void) {
    thread_id_t ended = test_spawn(ends, NULL, CONFIG_MAIN_PRIORITY + 1);
    TAP_EQ(join_call(ended, INSTANT_NEVER), STATUS_OK, "join: it has ended");
    TAP_EQ(join_call(ended, INSTANT_NEVER), STATUS_STALE, "join: it is gone");
    TAP_EQ(join_call(thread_self(), INSTANT_NEVER), STATUS_DEADLOCK, "join: itself");
    thread_id_t sleeps = test_spawn(waits_long, NULL, CONFIG_MAIN_PRIORITY + 1);
    TAP_EQ(join_call(sleeps, (instant_t){0}), STATUS_TIMED_OUT, "join: no time for it");
    TAP_EQ(join_call(sleeps, INSTANT_NEVER), STATUS_OK, "join: it ends");
    thread_id_t detached = test_spawn(waits_long, NULL, CONFIG_MAIN_PRIORITY + 1);
    TAP_EQ(thread_detach(detached), STATUS_OK, "another is detached");
    TAP_EQ(join_call(detached, INSTANT_NEVER), STATUS_DETACHED, "join: detached");
    thread_sleep_ms(10);
}

/* Letters are taken while there is room for them, and after so many polls. */
static unsigned room_left;
static unsigned polls_left;

bool mute_put(char letter);

bool mute_put(char letter) {
    (void)letter;
    if (room_left != 0) {
        room_left--;
        return true;
    }
    return polls_left == 0 || --polls_left == 0;
}
BOUND_CALLEE(console_try_put, mute_put);

/* Whatever the console does, nobody waits for ever. */
static void edges_mute(void) {
    struct console_device mute = {.try_put = mute_put, .flush = pl011_flush};
    log_flush();
    console_init(&mute);
    polls_left = 2 * CONSOLE_POLLS_MAX;
    bool first = console_put('a');
    bool second = console_put('b');
    console_write("ab", 2);
    unsigned after = polls_left;
    polls_left = 0;
    bool third = console_put('c');
    polls_left = 100;
    bool fourth = console_put('d');
    polls_left = UINT32_MAX;
    log_warn("a console that takes nothing\x01\x7f");
    log_flush();
    room_left = 10;
    thread_sleep_ms(1); /* the log's thread goes on with it */
    unsigned room = room_left;
    polls_left = 1000;
    log_flush();
    console_init(pl011_console());
    TAP_EQ(room, 0, "the log's thread uses what room there is");
    TAP_OK(!first && !second, "a mute console takes nothing");
    TAP_EQ(after, CONSOLE_POLLS_MAX - 3, "after one long wait it is asked once for each letter");
    TAP_OK(third && fourth, "until it takes one");
    TAP_OK(!log_is_pending(), "the log is written out when there is room again");
}

static const struct test_case edges_cases[] = {
    {"edges_array", edges_array, TEST_ALWAYS},
    {"edges_ring", edges_ring, TEST_ALWAYS},
    {"edges_binary_heap", edges_binary_heap, TEST_ALWAYS},
    {"edges_tree", edges_tree, TEST_ALWAYS},
    {"edges_arena", edges_arena, TEST_ALWAYS},
    {"edges_arena_spoiled", edges_arena_spoiled, TEST_ALWAYS},
    {"edges_resize", edges_resize, TEST_ALWAYS},
    {"edges_map", edges_map, TEST_ALWAYS},
    {"edges_frames", edges_frames, TEST_ALWAYS},
    {"edges_once", edges_once, TEST_ALWAYS},
    {"edges_probe", edges_probe, TEST_ALWAYS},
    {"edges_lines", edges_lines, TEST_ALWAYS},
    {"edges_words", edges_words, TEST_ALWAYS},
    {"edges_definitions", edges_definitions, TEST_ALWAYS},
    {"edges_join", edges_join, TEST_EXACT},
    {"edges_mute", edges_mute, TEST_ALONE},
};
TEST_GROUP(edges);
