/* SPDX-License-Identifier: MIT */
/* Processes of several threads: user/threads does what it can, and it is counted what is left: nothing. Each
 * by its name, with an initrd. */
#include "abi/syscall.h"
#include "kernel/ipc/mailbox_hold.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/initrd.h"
#include "kernel/proc/load.h"
#include "kernel/proc/process_object.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/server.h"
#include "lib/random.h"
#include "tests/qemu/groups.h"

#define MAIN  CONFIG_MAIN_PRIORITY
#define TOP   (MAIN - 1)
#define PAGES 100

MAILBOX_TYPE(word_box, uint64_t)

static struct cpio archive;
static struct load_result loaded;
static struct process_end ended;
static uint64_t pages = PAGES;
static uint64_t storage[4];
static struct word_box box;

/* --- What must be as before. --- */

struct left {
    uint64_t frames;
    uint64_t heap;
    uint32_t threads;
    uint32_t processes;
};

static struct left left_now(void) {
    struct frame_statistics statistics;
    struct left left = {.threads = thread_slots_free()};
    struct heap_stats heap;
    frame_statistics_read(&statistics);
    heap_stats(&heap);
    left.heap = heap.memory.used;
    left.frames = statistics.free;
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        left.processes += process_slots[i].state == PROCESS_FREE;
    }
    return left;
}

static bool is_as(const struct left *before) {
    const struct left now = left_now();
    return now.frames == before->frames && now.threads == before->threads &&
           now.processes == before->processes && now.heap == before->heap &&
           !mailbox_is_held(&box.mailbox);
}

/* --- One process. --- */

static void prepare(void) {
    const void *bytes;
    uint64_t size;
    enum cpio_flaw flaw;
    TAP_REQUIRE(initrd_bytes(&bytes, &size), "there is an initrd");
    TAP_REQUIRE(cpio_open(&archive, bytes, size, &flaw) == STATUS_OK, "the archive is sound");
    TAP_REQUIRE(word_box_init(&box, storage, ARRAY_SIZE(storage)) == STATUS_OK, "a mailbox");
}

static void start_program(const char *path, const char *how, uint16_t children) {
    static char priority[3] = {'0' + TOP / 10, '0' + TOP % 10, 0};
    const char *const arguments[] = {"threads", how, priority};
    const struct process_gift gifts[] = {
        {process_slots, HANDLE_LOG, HANDLE_RIGHT_WRITE},
        {&box.mailbox, HANDLE_MAILBOX, HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE},
    };
    const struct load_request request = {
        .attributes = {.name = "threads", .pages = pages, .children = children},
        .arguments = arguments,
        .argument_count = ARRAY_SIZE(arguments),
        .stack_size = 4 * PAGE_SIZE,
        .priority = TOP,
        .gifts = gifts,
        .gift_count = ARRAY_SIZE(gifts),
    };
    TAP_REQUIRE(load_path(&archive, path, &request, &loaded) == STATUS_OK, "it is loaded");
    TAP_REQUIRE(process_start(loaded.id, &loaded.start) == STATUS_OK, "it starts");
}

static void start(const char *how, uint16_t children) {
    start_program("bin/threads", how, children);
}

static status_t finish(void) {
    return process_wait_until(loaded.id, &ended, time_after(time_ms(1000)));
}

/* --- The cases. --- */

static void threads_all(void) {
    prepare();
    const struct left before = left_now();
    start("all", 7);
    TAP_EQ(finish(), STATUS_OK, "it ends");
    TAP_EQ(ended.code, 0, "all it tried was right, or it is the line that was not");
    TAP_OK(is_as(&before), "and all is back");
    start("lent", 3);
    TAP_EQ(finish(), STATUS_OK, "one with three places ends");
    TAP_EQ(ended.code, 3, "and had as many threads more");
    TAP_OK(is_as(&before), "and all is back");
    record_number("threads_done", (uint64_t)ended.code);
}

/* Without pages, and without handles. */
static void threads_refused(void) {
    static const struct {
        const char *how;
        uint64_t pages;
    } ways[] = {{"poor", PAGES - 35}, {"full", PAGES}};
    prepare();
    const struct left before = left_now();
    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        pages = ways[i].pages;
        start(ways[i].how, 7);
        TAP_EQ(finish(), STATUS_OK, ways[i].how);
        TAP_EQ(ended.code, 0, "all was refused that had to be");
        TAP_OK(is_as(&before), "and all is back");
    }
}

static void threads_posix(void) {
    prepare();
    const struct left before = left_now();
    start_program("bin/pthreads", "all", 4);
    TAP_EQ(finish(), STATUS_OK, "it ends");
    TAP_EQ(ended.code, 0, "all it tried was right, or it is the line that was not");
    TAP_OK(is_as(&before), "and all is back");
}

/* By any way to end, while other threads are in any state. */
static void threads_end(void) {
    static const struct {
        const char *how;
        status_t status;
        int64_t code;
    } ends[] = {
        {"leaves", STATUS_OK, 42},
        {"returns", STATUS_OK, 43},
        {"exits", STATUS_OK, 44},
        {"faults", STATUS_FAULTED, 0},
        {"first-faults", STATUS_FAULTED, 0},
    };
    prepare();
    const struct left before = left_now();
    for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
        start(ends[i].how, 7);
        TAP_EQ(finish(), ends[i].status, ends[i].how);
        TAP_EQ(ended.code, ends[i].code, "its code");
        TAP_EQ(ended.syndrome != 0, ends[i].status == STATUS_FAULTED, "a fault is told");
        TAP_EQ(ended.address, ends[i].status == STATUS_FAULTED ? 8 : 0, "and where");
        TAP_OK(is_as(&before), "and all is back");
    }
}

#define KILLS 40

static void threads_killed(void) {
    struct random random;
    uint64_t wrong = 0;
    uint64_t left;
    prepare();
    random_init(&random, 1);
    const struct left before = left_now();
    for (unsigned i = 0; i < KILLS; i++) {
        start(i % 4 == 0 ? "waits" : "churn", 7);
        const instant_t until = time_after(time_us(random_between(&random, 10, 4000)));
        TAP_REQUIRE(process_wait_until(loaded.id, &ended, until) == STATUS_TIMED_OUT, "it runs");
        if (i % 2 != 0) { /* they run on while they are ended */
            wrong += thread_set_priority(thread_self(), TOP - 2) != STATUS_OK;
        }
        wrong += process_kill(loaded.id) != STATUS_OK;
        wrong += process_wait_until(loaded.id, &ended, INSTANT_NEVER) != STATUS_CLOSED;
        wrong += thread_set_priority(thread_self(), MAIN) != STATUS_OK;
        wrong += !is_as(&before);
        while (word_box_try_recv(&box, &left) == STATUS_OK) { /* what was sent is nobody's now */
        }
    }
    TAP_EQ(wrong, 0, "each is killed, and nothing of it is left");
}

#define BUDGET  UINT64_C(30000)
#define PERIOD  UINT64_C(100000)
#define PERIODS 50
#define LATE    3000 /* ticks that ending a budget takes, the kernel's own included, at most */

/* However many threads it has: together they have the first's budget. */
static void threads_budget(void) {
    struct server server;
    const struct server_attributes attributes = {
        .budget = {BUDGET}, .period = {PERIOD}, .priority = TOP};
    thread_id_t first;
    duration_t idle;
    prepare();
    const struct left before = left_now();
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a server");
    start("spins", 7);
    TAP_REQUIRE(process_thread(loaded.id, &first) == STATUS_OK &&
                    server_add(&server, first) == STATUS_OK,
                "the first has a budget");
    cpu_count_idle();
    thread_sleep_ticks(PERIODS * PERIOD);
    TAP_EQ(cpu_idle_time(&idle), STATUS_OK, "idle time is counted");
    TAP_EQ(before.threads - left_now().threads, 7, "it has made six others");
    TAP_OK(idle.ticks >= PERIODS * (PERIOD - BUDGET - LATE), "all together have no more than it");
    TAP_OK(idle.ticks <= PERIODS * (PERIOD - BUDGET + LATE), "and no less");
    TAP_EQ(process_kill(loaded.id), STATUS_OK, "it is killed");
    TAP_EQ(finish(), STATUS_CLOSED, "and is gone");
    TAP_EQ(server_close(&server), STATUS_OK, "the server has nobody any more");
    TAP_OK(is_as(&before), "and all is back");
}

static const struct test_case threads_cases[] = {
    {"threads_all", threads_all, TEST_ALONE},
    {"threads_refused", threads_refused, TEST_ALONE},
    {"threads_posix", threads_posix, TEST_ALONE},
    {"threads_end", threads_end, TEST_ALONE},
    {"threads_killed", threads_killed, TEST_ALONE},
    {"threads_budget", threads_budget, TEST_ALONE},
};
TEST_GROUP(threads);
