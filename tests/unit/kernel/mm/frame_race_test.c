/* SPDX-License-Identifier: MIT */
/*
 * What happens to a run of frames when an interrupt comes between two of its words. This program
 * has its own copy of frame.c, in which each unmasking is a place where something else may run.
 */
#include <stdlib.h>

#include "arch/cpu.h"
#include "kernel/mm/frame.h"
#include "tests/unit/test.h"

static void (*intruder)(void); /* runs at the unmasking number `intruder_at` */
static unsigned intruder_at;
static unsigned unmaskings;

static uint64_t irq_save(void) {
    return 0;
}

static void irq_restore(uint64_t saved) {
    void (*run)(void) = intruder;
    (void)saved;
    if (run != NULL && ++unmaskings == intruder_at) {
        intruder = NULL;
        run();
    }
}

#define arch_irq_save    irq_save
#define arch_irq_restore irq_restore
#include "kernel/mm/frame.c"

#define BASE  UINT64_C(0x40000000)
#define PAGES UINT64_C(4096)
#define FIRST (BASE + PAGE_SIZE) /* behind the bookkeeping */

static void *memory;

static void *to_pointer(paddr_t address) {
    (void)address;
    free(memory);
    memory = malloc(frame_bookkeeping().size);
    return memory;
}

static void init(void) {
    struct physical_map map;
    const struct phys_range ram = {paddr(BASE), PAGES * PAGE_SIZE};
    intruder = NULL;
    EXPECT_EQ(physical_map_build(&map, &ram, 1, NULL, 0), STATUS_OK);
    EXPECT_EQ(frame_init(&map, ram, to_pointer), STATUS_OK);
}

static void intrude(void (*run)(void), unsigned at) {
    intruder = run;
    intruder_at = at;
    unmaskings = 0;
}

static paddr_t at_page(uint64_t page) {
    return paddr(FIRST + page * PAGE_SIZE);
}

/* Takes the 200th frame of the run that is being taken, whose first word it is not. */
static uint64_t taken_page;

static void take_ahead(void) {
    check(run_take(200, 201));
    taken_page = 200;
}

TEST(race_run_gives_way_to_a_faster_one) {
    init();
    paddr_t run;
    intrude(take_ahead, 1); /* after the first 64 frames are taken */
    EXPECT_EQ(frame_alloc_contiguous(300, PAGE_SIZE, &run), STATUS_OK);
    EXPECT_EQ(taken_page, 200);
    EXPECT_EQ(run.value, at_page(201).value);
    EXPECT_EQ(frames.free, frames.total - 301); /* what the first try had taken is back */
    EXPECT_EQ(frame_free(at_page(199)), STATUS_DOUBLE_FREE);
    EXPECT_EQ(frame_free(at_page(200)), STATUS_OK);
    EXPECT_EQ(frame_free_contiguous(run, 300), STATUS_OK);
    EXPECT_EQ(frames.free, frames.total);
}

/* At each unmasking at which more is taken than before: a frame a word ahead of it. */
static unsigned frames_stolen;
static uint64_t last_stolen;

static void steal(void) {
    uint64_t highest = frames.total - 1;
    while (highest > 0 && (free_bits_from(highest) & 1) != 0) {
        highest--;
    }
    if (highest != last_stolen) {
        last_stolen = highest + 65;
        frames_stolen++;
        check(run_take(last_stolen, last_stolen + 1));
    }
    intrude(steal, 1);
}

TEST(race_gives_up_where_all_are_lost) {
    init();
    paddr_t run;
    frames_stolen = 0;
    last_stolen = 0;
    intrude(steal, 1);
    EXPECT_EQ(frame_alloc_contiguous(300, PAGE_SIZE, &run), STATUS_BUSY);
    EXPECT_EQ(frames_stolen, RUN_LOSSES_MAX + 1);
    EXPECT_EQ(frames.total - frames.free, frames_stolen);
}

static void free_ahead(void) {
    check(frame_free(at_page(130)) == STATUS_OK);
}

TEST(race_double_free_within_a_run_is_told) {
    init();
    paddr_t run;
    EXPECT_EQ(frame_alloc_contiguous(300, PAGE_SIZE, &run), STATUS_OK);
    EXPECT_EQ(run.value, at_page(0).value);
    intrude(free_ahead, 1);
    EXPECT_EQ(frame_free_contiguous(run, 300), STATUS_DOUBLE_FREE);
    EXPECT_EQ(frame_free(at_page(130)), STATUS_DOUBLE_FREE);
}

static void alloc_one(void) {
    paddr_t frame;
    check(frame_alloc(&frame) == STATUS_OK);
    taken_page = (frame.value - FIRST) / PAGE_SIZE;
}

TEST(race_single_frames_pass_by_a_run) {
    init();
    for (unsigned at = 1; at <= 5; at++) {
        paddr_t run;
        intrude(alloc_one, at);
        EXPECT_EQ(frame_alloc_contiguous(256, PAGE_SIZE, &run), STATUS_OK);
        uint64_t first = (run.value - FIRST) / PAGE_SIZE;
        EXPECT(intruder != NULL || taken_page < first || taken_page >= first + 256);
        EXPECT_EQ(frames.free, frames.total - 256 - (intruder == NULL));
        EXPECT_EQ(frame_free_contiguous(run, 256), STATUS_OK);
        if (intruder == NULL) {
            EXPECT_EQ(frame_free(at_page(taken_page)), STATUS_OK);
        }
        intruder = NULL;
    }
}
