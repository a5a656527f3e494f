/* SPDX-License-Identifier: MIT */
/*
 * Frames at the border of words: the last free frame of a word on every level but the highest, which
 * its taking empties and its giving back fills again.
 */
#include "kernel/mm/direct_map.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/frame_internal.h"
#include "lib/bits.h"
#include "tests/evidence/evidence.h"

#define RACE_RUN    16000 /* frames */
#define RACE_FRAMES 64

static instant_t race_at;

static struct frame_statistics statistics(void) {
    struct frame_statistics now;
    frame_statistics_read(&now);
    return now;
}

static uint64_t number_of(paddr_t frame) {
    unsigned i = frames.range_count - 1;
    while (frames.range[i].start > frame.value) {
        i--;
    }
    return frames.range[i].number + (frame.value - frames.range[i].start) / PAGE_SIZE;
}

/* The number of the next frame, behind the lowest free one, with which a word of the level below
 * the highest begins. */
static uint64_t border(void) {
    uint64_t frames_of_word = 1;
    paddr_t lowest = {0};
    TAP_REQUIRE(frame_alloc(&lowest) == STATUS_OK && frame_free(lowest) == STATUS_OK, "a frame");
    for (unsigned level = 1; level < frames.level_count; level++) {
        frames_of_word *= FRAME_WORD_BITS;
    }
    return (number_of(lowest) / frames_of_word + 1) * frames_of_word;
}

/* Runs that were taken, each with its length in its first frame. */
struct run {
    struct run *next;
    paddr_t first;
    uint64_t count;
};

static struct run *runs;

static void run_keep(paddr_t first, uint64_t count) {
    struct run *run = phys_to_virt(first);
    *run = (struct run){runs, first, count};
    runs = run;
}

/* Takes runs of `count` frames as long as they end before `end`. */
static void runs_take(uint64_t count, uint64_t end) {
    paddr_t first;
    while (frame_alloc_contiguous(count, PAGE_SIZE, &first) == STATUS_OK) {
        if (number_of(first) + count > end) {
            TAP_REQUIRE(frame_free_contiguous(first, count) == STATUS_OK, "too far");
            return;
        }
        run_keep(first, count);
    }
}

static void runs_give(void) {
    while (runs != NULL) {
        struct run run = *runs;
        TAP_REQUIRE(frame_free_contiguous(run.first, run.count) == STATUS_OK, "a run is back");
        runs = run.next;
    }
}

static void frames_border(void) {
    uint64_t free = statistics().free;
    uint64_t end = border();
    for (uint64_t count = UINT64_C(1) << 14; count != 0; count /= 4) {
        runs_take(count, end - 1);
    }
    paddr_t last = {0};
    paddr_t next = {0};
    TAP_EQ(frame_alloc(&last), STATUS_OK, "the last frame of its words");
    TAP_EQ(number_of(last), end - 1, "it is");
    TAP_EQ(frame_alloc(&next), STATUS_OK, "the next one");
    TAP_EQ(number_of(next), end, "is of other words");
    TAP_EQ(frame_free(next), STATUS_OK, "free");
    TAP_EQ(frame_free(last), STATUS_OK, "free: its words are filled again");
    TAP_EQ(frame_alloc_contiguous(1, PAGE_SIZE, &next), STATUS_OK, "a run of one");
    TAP_EQ(next.value, last.value, "is the same frame");
    TAP_EQ(frame_free_contiguous(next, 1), STATUS_OK, "free");
    runs_give();
    TAP_EQ(statistics().free, free, "as many free as before");
}

/* The longest run there is, and one that would have to be longer. */
static void frames_runs(void) {
    uint64_t free = statistics().free;
    uint64_t most = 0;
    paddr_t first = {0};
    for (unsigned i = 0; i < frames.range_count; i++) {
        most = frames.range[i].count > most ? frames.range[i].count : most;
    }
    TAP_EQ(frame_alloc_contiguous(most + 1, PAGE_SIZE, &first), STATUS_NO_MEMORY, "too long");
    TAP_EQ(frame_alloc_contiguous(most / 2, UINT64_C(1) << 20, &first), STATUS_OK, "a long run");
    TAP_EQ(frame_free_contiguous(first, most / 2), STATUS_OK, "free");
    TAP_EQ(frame_free_contiguous(first, most / 2), STATUS_DOUBLE_FREE, "free twice");
    TAP_EQ(frame_free(paddr(0)), STATUS_FOREIGN, "free: no frame");
    TAP_EQ(statistics().free, free, "as many free as before");
    TAP_OK(frame_bookkeeping().size != 0, "there is bookkeeping");
}

/* While a run is taken, word by word, somebody more urgent takes frames of it: what was taken of it
 * goes back, and the run is another one. */
static void takes_frames(void *argument) {
    paddr_t *taken = argument;
    thread_sleep_until(race_at);
    status_t status = STATUS_OK;
    for (unsigned i = 0; i < RACE_FRAMES && status == STATUS_OK; i++) {
        status = frame_alloc(&taken[i]);
    }
    thread_exit(status);
}

static void frames_race(void) {
    static paddr_t taken[RACE_FRAMES];
    uint64_t free = statistics().free;
    paddr_t first = {0};
    race_at = time_after(time_us(100));
    thread_id_t other = test_spawn(takes_frames, taken, EVIDENCE_PUPPET);
    test_spin_until((instant_t){race_at.ticks - 10000});
    TAP_EQ(frame_alloc_contiguous(RACE_RUN, PAGE_SIZE, &first), STATUS_OK, "a run");
    TAP_EQ(test_join(other), STATUS_OK, "and frames for the other one");
    TAP_OK(taken[0].value < first.value, "which came in between");
    for (unsigned i = 0; i < RACE_FRAMES; i++) {
        TAP_REQUIRE(frame_free(taken[i]) == STATUS_OK, "free");
    }
    TAP_EQ(frame_free_contiguous(first, RACE_RUN), STATUS_OK, "free");
    TAP_EQ(statistics().free, free, "as many free as before");
}

static const struct scenario frames_scenarios[] = {
    {"frames_border", frames_border},
    {"frames_runs", frames_runs},
    {"frames_race", frames_race},
};
SCENARIO_ROOM(frames);
