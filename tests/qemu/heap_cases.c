/* SPDX-License-Identifier: MIT */
/* The heap on the real machine: what it gives is whole, what is asked for in vain is answered,
 * nothing is lost. */
#include "kernel/mm/heap.h"

#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/frame.h"
#include "lib/array.h"
#include "lib/random.h"
#include "lib/ring.h"
#include "tests/qemu/groups.h"

#define MAIN   CONFIG_MAIN_PRIORITY
#define BLOCKS 64

static struct heap_stats stats(void) {
    struct heap_stats now;
    heap_stats(&now);
    return now;
}

static void heap_basic(void) {
    struct heap_stats before = stats();
    TAP_OK(heap_alloc(0) == NULL, "alloc: 0 bytes");
    TAP_OK(heap_alloc(SIZE_MAX) == NULL, "alloc: 2^64 - 1 bytes");
    TAP_OK(heap_alloc(heap_size()) == NULL, "alloc: all of it and its overhead");
    TAP_OK(heap_aligned(16, 48) == NULL, "aligned: to no power of two");
    TAP_OK(heap_aligned(16, 2 * TLSF_ALIGNMENT_MAX) == NULL, "aligned: too much");
    TAP_EQ(stats().failures - before.failures, 5, "each is counted");
    heap_free(NULL);
    for (size_t alignment = 16; alignment <= TLSF_ALIGNMENT_MAX; alignment *= 2) {
        uint8_t *block = heap_aligned(100, alignment);
        TAP_OK(block != NULL && (uintptr_t)block % alignment == 0, "aligned as asked");
        heap_free(block);
    }
    TAP_EQ(stats().memory.used, before.memory.used, "all is given back");
    TAP_OK(heap_check(), "the heap is whole");
    record_number("heap_size", heap_size());
}

static void heap_resizing(void) {
    uint64_t used = stats().memory.used;
    unsigned wrong = 0;
    uint8_t *block = heap_resize(NULL, 10);
    TAP_REQUIRE(block != NULL, "resize of none allocates");
    for (unsigned i = 0; i < 10; i++) {
        block[i] = (uint8_t)i;
    }
    for (size_t size = 20; size < 200000; size *= 3) {
        block = heap_resize(block, size);
        TAP_REQUIRE(block != NULL, "resize grows");
        for (unsigned i = 0; i < 10; i++) {
            wrong += block[i] != i;
        }
    }
    TAP_OK(heap_resize(block, SIZE_MAX / 2) == NULL, "resize beyond all");
    for (unsigned i = 0; i < 10; i++) {
        wrong += block[i] != i;
    }
    TAP_EQ(wrong, 0, "what was in it stays in it");
    TAP_OK(heap_resize(block, 0) == NULL, "resize to 0 frees");
    TAP_EQ(stats().memory.used, used, "all is given back");
}

/* --- Random allocation, each block filled with a pattern of its own --- */

struct mix {
    struct random random;
    uint64_t *block[BLOCKS]; /* [0]: words, the others: a pattern */
    unsigned wrong;
    unsigned steps;
};

static void block_fill(uint64_t *block, uint64_t words, uint64_t key) {
    block[0] = words;
    for (uint64_t i = 1; i < words; i++) {
        block[i] = key + i;
    }
}

static bool block_is_whole(const uint64_t *block, uint64_t key) {
    for (uint64_t i = 1; i < block[0]; i++) {
        if (block[i] != key + i) {
            return false;
        }
    }
    return true;
}

static void mix_step(struct mix *mix) {
    uint64_t slot = random_below(&mix->random, BLOCKS);
    uint64_t key = (uintptr_t)mix + slot * 1000003;
    uint64_t **block = &mix->block[slot];
    if (*block != NULL) {
        mix->wrong += !block_is_whole(*block, key);
        heap_free(*block);
        *block = NULL;
        return;
    }
    uint64_t words = random_between(&mix->random, 2, random_one_in(&mix->random, 8) ? 2000 : 40);
    *block = heap_alloc(words * sizeof(uint64_t));
    mix->wrong += *block == NULL || (uintptr_t)*block % 16 != 0;
    if (*block != NULL) {
        block_fill(*block, words, key);
    }
}

static void mix_run(void *argument) {
    struct mix *mix = argument;
    for (unsigned i = 0; i < mix->steps; i++) {
        mix_step(mix);
    }
    for (unsigned slot = 0; slot < BLOCKS; slot++) {
        heap_free(mix->block[slot]);
        mix->block[slot] = NULL;
    }
}

static void heap_mix(void) {
    static struct mix mix;
    uint64_t used = stats().memory.used;
    mix = (struct mix){.steps = 3000};
    random_init(&mix.random, 11);
    mix_run(&mix);
    TAP_EQ(mix.wrong, 0, "3,000 random steps: every block whole and aligned");
    TAP_EQ(stats().memory.used, used, "all is given back");
    TAP_OK(heap_check(), "the heap is whole");
}

/* Three threads that preempt one another in the midst of it. */
static void heap_mix_preempted(void) {
    static struct mix mixes[3];
    thread_id_t ids[3];
    uint64_t used = stats().memory.used;
    for (unsigned i = 0; i < 3; i++) {
        mixes[i] = (struct mix){.steps = 700};
        random_init(&mixes[i].random, 20 + i);
        ids[i] = test_spawn(mix_run, &mixes[i], MAIN - 2);
    }
    /* Main wakes up over and over and sends the one it interrupted behind the others. */
    for (unsigned i = 0; i < 400; i++) {
        thread_sleep_ticks(2000 + i % 61);
        status_t status = thread_set_priority(ids[i % 3], MAIN - 3);
        status = thread_set_priority(ids[(i + 1) % 3], MAIN - 2);
        (void)status;
    }
    for (unsigned i = 0; i < 3; i++) {
        test_join(ids[i]);
        TAP_EQ(mixes[i].wrong, 0, "its blocks were whole all the time");
    }
    TAP_EQ(stats().memory.used, used, "all is given back");
    TAP_OK(heap_check(), "the heap is whole");
}

/* --- Nothing left --- */

/* Takes everything, in a chain of blocks; smaller and smaller ones. */
static void **heap_take_all(void) {
    void **chain = NULL;
    for (size_t size = 1 << 20; size >= 16; size /= 2) {
        for (void **block = heap_alloc(size); block != NULL; block = heap_alloc(size)) {
            *block = chain;
            chain = block;
        }
    }
    return chain;
}

MAILBOX_TYPE(number_box, uint64_t)

static void returns(void *argument) {
    (void)argument;
}

static void heap_exhausted(void) {
    struct heap_stats before = stats();
    struct number_box *box = NULL;
    struct array array;
    struct ring ring;
    uint64_t number = 1;
    void **chain = heap_take_all();
    TAP_OK(chain != NULL && heap_alloc(16) == NULL, "the heap is empty");
    TAP_EQ(number_box_create(1, &box), STATUS_NO_MEMORY, "create a mailbox: no memory");
    TAP_OK(box == NULL, "and none is made");
    array_init(&array, &heap_allocator, sizeof(uint64_t));
    TAP_EQ(array_push(&array, &number), STATUS_NO_MEMORY, "grow an array: no memory");
    ring_init(&ring, &heap_allocator, sizeof(uint64_t));
    TAP_EQ(ring_push_back(&ring, &number), STATUS_NO_MEMORY, "grow a ring: no memory");
    TAP_EQ(ring_push_front(&ring, &number), STATUS_NO_MEMORY, "nor at its front");
    TAP_OK(heap_resize(NULL, 64) == NULL && heap_aligned(64, 64) == NULL, "nor by other doors");
    TAP_EQ(test_join(test_spawn(returns, NULL, MAIN - 1)), 0, "threads need none");
    TAP_OK(heap_check(), "the heap is whole");
    while (chain != NULL) {
        void **next = *chain;
        heap_free(chain);
        chain = next;
    }
    TAP_EQ(stats().memory.used, before.memory.used, "all is given back");
    TAP_EQ(stats().memory.largest_free, before.memory.largest_free, "and grown together again");
    TAP_EQ(number_box_create(1, &box), STATUS_OK, "there is memory again");
    number_box_destroy(box);
    TAP_EQ(stats().memory.used, before.memory.used, "a destroyed mailbox is given back too");
}

/* In a release build; a debug build stops, which panic_heap_double_free shows. */
static void heap_bad_pointers(void) {
    if (GENRT_DEBUG) {
        TAP_OK(true, "a debug build stops instead");
        return;
    }
    static uint64_t never[8];
    struct heap_stats before = stats();
    void *block = heap_alloc(100);
    heap_free(block);
    __asm__ volatile("" : "+r"(block));
    heap_free(block);
    heap_free(&never[4]);
    TAP_EQ(stats().bad_pointers - before.bad_pointers, 2,
           "a double and a foreign free are counted");
    TAP_EQ(stats().memory.used, before.memory.used, "and change nothing");
    TAP_OK(heap_check(), "the heap is whole");
}

#define LARGE 10000

/* Two free blocks of one class: what is cut from one, and given back to it, leaves it there. */
static void heap_one_class(void) {
    struct heap_stats before = stats();
    void *blocks[4];
    for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++) {
        blocks[i] = heap_alloc(i % 2 == 0 ? LARGE : 16);
        TAP_REQUIRE(blocks[i] != NULL, "a block");
    }
    heap_free(blocks[0]);
    heap_free(blocks[2]);
    for (unsigned i = 0; i < 4; i++) {
        void *small = heap_alloc(16);
        TAP_REQUIRE(small != NULL && heap_check(), "a piece of one of them");
        heap_free(small);
        TAP_REQUIRE(heap_check(), "and back");
    }
    blocks[0] = heap_resize(heap_alloc(16), 64);
    TAP_OK(blocks[0] != NULL && heap_check(), "a piece that grows");
    heap_free(blocks[0]);
    heap_free(blocks[1]);
    heap_free(blocks[3]);
    TAP_EQ(stats().memory.used, before.memory.used, "all is given back");
}

/* --- More when told, and less again --- */

static uint64_t free_frames(void) {
    struct frame_statistics frames;
    frame_statistics_read(&frames);
    return frames.free;
}

static void heap_growing(void) {
    struct heap_stats before = stats();
    uint64_t frames = free_frames();
    uint64_t half = heap_size() / 2;
    void *first = heap_alloc(half);
    TAP_OK(first != NULL && heap_alloc(half) == NULL, "no second half of the heap");
    TAP_EQ(heap_grow(half + half / 16 + PAGE_SIZE), STATUS_OK, "it grows");
    uint8_t *second = heap_alloc(half);
    TAP_REQUIRE(second != NULL, "now there is one");
    second[0] = 1;
    second[half - 1] = 2;
    TAP_EQ(heap_shrink(), 0, "it is in use");
    heap_free(second);
    TAP_EQ(heap_shrink(), half + half / 16 + PAGE_SIZE, "and then it is not");
    TAP_EQ(free_frames(), frames, "all frames are back");
    TAP_EQ(heap_grow(0), STATUS_INVALID_ARGUMENT, "by nothing");
    TAP_EQ(heap_grow(CONFIG_HEAP_SIZE + 1), STATUS_OUT_OF_RANGE, "by too much");
    for (unsigned i = 0; i < HEAP_GROWTHS; i++) {
        TAP_EQ(heap_grow(1), STATUS_OK, "by a little");
    }
    TAP_EQ(heap_grow(1), STATUS_FULL, "but not for ever");
    TAP_EQ(free_frames(), frames - HEAP_GROWTHS * HEAP_GROWTH_MIN / PAGE_SIZE,
           "each has its frames");
    TAP_EQ(heap_shrink(), HEAP_GROWTHS * HEAP_GROWTH_MIN, "all go");
    heap_free(first);
    TAP_EQ(free_frames(), frames, "all frames are back again");
    TAP_EQ(stats().memory.used, before.memory.used, "all is given back");
    TAP_OK(heap_check(), "the heap is whole");
}

/* One allocates and frees, above, while this thread grows and shrinks all the time. */
static volatile bool stop;

static void allocates_on(void *argument) {
    unsigned *answered = argument;
    struct random random;
    random_init(&random, 11);
    while (!stop) {
        uint64_t *block = heap_alloc(16 + random_below(&random, 60000));
        *answered += block != NULL;
        thread_sleep_ticks(500 + random_below(&random, 3000));
        heap_free(block);
        thread_sleep_ticks(500 + random_below(&random, 4000));
    }
}

static void heap_growing_preempted(void) {
    struct heap_stats before = stats();
    uint64_t frames = free_frames();
    static unsigned answered;
    unsigned went = 0;
    stop = false;
    answered = 0;
    void *most = heap_alloc(before.memory.largest_free);
    thread_id_t other = test_spawn(allocates_on, &answered, MAIN + 1);
    for (unsigned i = 0; i < 300; i++) {
        TAP_REQUIRE(heap_grow(HEAP_GROWTH_MIN) == STATUS_OK, "it grows");
        thread_sleep_ticks(100 + 13 * (i % 97));
        while (heap_shrink() == 0) {
            thread_sleep_ticks(100);
        }
        went++;
    }
    stop = true;
    test_join(other);
    heap_free(most);
    heap_shrink();
    TAP_OK(heap_check(), "the heap is whole");
    TAP_EQ(went, 300, "regions come and go");
    TAP_OK(answered > 100, "while another uses them");
    TAP_EQ(free_frames(), frames, "all frames are back");
    TAP_EQ(stats().memory.used, before.memory.used, "all is given back");
}

static const struct test_case heap_cases[] = {
    {"heap_basic", heap_basic, TEST_ALWAYS},
    {"heap_resizing", heap_resizing, TEST_ALWAYS},
    {"heap_mix", heap_mix, TEST_ALWAYS},
    {"heap_mix_preempted", heap_mix_preempted, TEST_EXACT},
    {"heap_exhausted", heap_exhausted, TEST_ALWAYS},
    {"heap_one_class", heap_one_class, TEST_ALWAYS},
    {"heap_growing", heap_growing, TEST_ALWAYS},
    {"heap_growing_preempted", heap_growing_preempted, TEST_EXACT},
    {"heap_bad_pointers", heap_bad_pointers, TEST_ALWAYS},
};
TEST_GROUP(heap);
