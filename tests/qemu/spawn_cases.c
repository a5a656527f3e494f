/* SPDX-License-Identifier: MIT */
/* Processes make processes: user/family does what it can, and it is counted what is left: nothing. Each
 * by its name, with an initrd. */
#include "abi/syscall.h"
#include "kernel/ipc/mailbox_hold.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/initrd.h"
#include "kernel/proc/load.h"
#include "kernel/proc/spawn.h"
#include "kernel/proc/system.h"
#include "kernel/sched/cpu_time.h"
#include "kernel/sched/server.h"
#include "lib/bound.h"
#include "lib/format.h"
#include "lib/random.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/hostile.h"

#define MAIN     CONFIG_MAIN_PRIORITY
#define CEILING  (MAIN - 1)
#define PAGES    2500
#define CHILDREN 15

MAILBOX_TYPE(word_box, uint64_t)

static struct cpio archive;
static struct programs programs = {&archive, spawn_process, file_serve};
static struct system_control control = {system_records_read, NULL};

BOUND_CALLEE(programs_spawn, spawn_process);
BOUND_CALLEE(programs_files, file_serve);
BOUND_CALLEE(system_reader, system_records_read);

static struct load_result loaded;
static struct process_end ended;
static uint64_t storage[4];
static struct word_box box;

/* --- What must be as before. --- */

static void same(const struct left *before) {
    left_is_same(before);
    TAP_OK(!mailbox_is_held(&box.mailbox), "all handles are");
}

/* --- The first of a family. --- */

static void prepare(void) {
    const void *bytes;
    uint64_t size;
    enum cpio_flaw flaw;
    TAP_REQUIRE(initrd_bytes(&bytes, &size), "there is an initrd");
    TAP_REQUIRE(cpio_open(&archive, bytes, size, &flaw) == STATUS_OK, "the archive is sound");
    TAP_REQUIRE(word_box_init(&box, storage, ARRAY_SIZE(storage)) == STATUS_OK, "a mailbox");
}

static void start_below(const char *how, const char *more, uint8_t ceiling) {
    const char text[3] = {(char)('0' + ceiling / 10), (char)('0' + ceiling % 10), 0};
    const char *const arguments[] = {"family", how, text, more};
    const struct process_gift gifts[] = {
        {process_slots, HANDLE_LOG, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
        {&programs, HANDLE_PROGRAMS,
         HANDLE_RIGHT_SPAWN | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {&box.mailbox, HANDLE_MAILBOX,
         HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {process_slots, HANDLE_NAMES,
         HANDLE_RIGHT_WRITE | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
        {process_slots, HANDLE_CONSOLE, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
        {&control, HANDLE_SYSTEM,
         HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_KILL | HANDLE_RIGHT_DUPLICATE},
    };
    const struct load_request request = {
        .attributes = {.name = "family", .pages = PAGES, .children = CHILDREN, .ceiling = ceiling},
        .arguments = arguments,
        .argument_count = more != NULL ? 4 : 3,
        .stack_size = 4 * PAGE_SIZE,
        .priority = CEILING,
        .gifts = gifts,
        .gift_count = ARRAY_SIZE(gifts),
    };
    TAP_REQUIRE(load_path(&archive, "bin/family", &request, &loaded) == STATUS_OK, "it is loaded");
    TAP_REQUIRE(process_start(loaded.id, &loaded.start) == STATUS_OK, "it starts");
}

static void start(const char *how, const char *more) {
    start_below(how, more, CEILING);
}

static status_t finish(uint64_t limit_us) {
    return process_wait_until(loaded.id, &ended, time_after(time_us(limit_us)));
}

static uint64_t pages_used(void) {
    uint64_t used = 0;
    uint64_t quota = 0;
    TAP_REQUIRE(process_memory(loaded.id, &used, &quota) == STATUS_OK, "its memory is told");
    return used;
}

/* --- The cases. --- */

static void spawn_family(void) {
    prepare();
    const struct left before = left_now();
    start("all", NULL);
    const uint64_t used = pages_used();
    TAP_EQ(finish(1), STATUS_TIMED_OUT, "it takes some time");
    thread_sleep_ms(200);
    TAP_EQ(pages_used(), used, "it has back what it lent");
    TAP_EQ(finish(1000), STATUS_OK, "it ends");
    TAP_EQ(ended.code, 0, "all it tried was right, or it is the line that was not");
    same(&before);
    record_number("family_done", (uint64_t)ended.code);
}

/* The first process of a system: one of its children ends, another faults three times. */
static void spawn_init(void) {
    static const char *const arguments[] = {"init", "etc/example.toml"};
    prepare();
    const struct left before = left_now();
    const struct process_gift gifts[] = {
        {process_slots, HANDLE_LOG, HANDLE_RIGHT_WRITE | HANDLE_RIGHT_DUPLICATE},
        {&programs, HANDLE_PROGRAMS,
         HANDLE_RIGHT_SPAWN | HANDLE_RIGHT_RECEIVE | HANDLE_RIGHT_DUPLICATE},
    };
    const struct load_request request = {
        .attributes = {.name = "init", .pages = 500, .children = 2, .ceiling = CEILING},
        .arguments = arguments,
        .argument_count = ARRAY_SIZE(arguments),
        .stack_size = 4 * PAGE_SIZE,
        .priority = CEILING,
        .gifts = gifts,
        .gift_count = ARRAY_SIZE(gifts),
    };
    TAP_REQUIRE(load_path(&archive, "bin/init", &request, &loaded) == STATUS_OK, "init is loaded");
    TAP_REQUIRE(process_start(loaded.id, &loaded.start) == STATUS_OK, "it starts");
    TAP_EQ(finish(20000), STATUS_TIMED_OUT, "after a fault it waits before it starts it again");
    TAP_EQ(finish(100000), STATUS_OK, "but not for ever");
    TAP_EQ(ended.code, 1, "one is given up");
    same(&before);
}

static void bomb(void) {
    const struct left before = left_now();
    start("bomb", "2500");
    thread_sleep_ms(300);
    const struct left now = left_now();
    const uint32_t there = before.processes - now.processes;
    TAP_OK(there > 5 && there <= CHILDREN + 1, "it makes many, and no more than it may");
    TAP_OK(before.frames - now.frames <= PAGES + 50, "of no more pages than it may");
    TAP_EQ(process_kill(loaded.id), STATUS_OK, "the first is killed");
    TAP_EQ(finish(100000), STATUS_CLOSED, "and is gone");
    same(&before);
    record_number("bomb_processes", there);
}

static void spawn_bomb(void) {
    prepare();
    hostile_do("a bomb of processes", bomb);
}

/* As high as it may be. */
static void spin(void) {
    start("spin", NULL);
    thread_sleep_ms(20);
    TAP_EQ(process_kill(loaded.id), STATUS_OK, "one that spins is killed");
    TAP_EQ(finish(1000), STATUS_CLOSED, "and ends");
}

/* Whatever is left: a child is there as a whole, or not. */
static void starve(void) {
    unsigned none = 0, some = 0, wrong = 0;
    for (uint64_t spare = 0; spare < 140; spare += 3) {
        start("parent", NULL);
        frames_hoard(spare);
        wrong += process_wait_until(loaded.id, &ended, INSTANT_NEVER) != STATUS_OK;
        none += ended.code == 0;
        some += ended.code > 0;
        frames_give_back();
    }
    TAP_EQ(wrong, 0, "where frames run out, who spawns goes on");
    TAP_OK(none > 5 && some > 5, "with few left there is no child, with more there is");
}

static void spawn_hostile(void) {
    prepare();
    start("deep", "1500");
    TAP_EQ(finish(100000), STATUS_OK, "each makes the next");
    TAP_EQ(ended.code, SPAWN_DEPTH_MAX, "until it is too deep");
    hostile_do("one that spins", spin);
    hostile_do("spawning where frames run out", starve);
}

#define BUDGET  UINT64_C(30000)
#define PERIOD  UINT64_C(100000)
#define PERIODS 200
#define LOOKS   20
#define LATE    3000 /* ticks that ending a budget takes, the kernel's own included, at most */

/* However many there are: together they have the first's budget. */
static void spawn_budget(void) {
    struct server server;
    const struct server_attributes attributes = {
        .budget = {BUDGET}, .period = {PERIOD}, .priority = CEILING};
    thread_id_t first;
    duration_t idle;
    uint32_t most = 0;
    prepare();
    const struct left before = left_now();
    TAP_REQUIRE(server_open(&server, &attributes) == STATUS_OK, "a server");
    start("churn", "14");
    TAP_REQUIRE(process_thread(loaded.id, &first) == STATUS_OK &&
                    server_add(&server, first) == STATUS_OK,
                "the first has a budget");
    cpu_count_idle();
    for (unsigned i = 0; i < LOOKS; i++) {
        thread_sleep_ticks(PERIODS / LOOKS * PERIOD);
        const uint32_t there = before.processes - left_now().processes;
        most = there > most ? there : most;
    }
    TAP_EQ(cpu_idle_time(&idle), STATUS_OK, "idle time is counted");
    TAP_OK(most > 1, "it has made others");
    TAP_OK(idle.ticks >= PERIODS * (PERIOD - BUDGET - LATE), "all together have no more than it");
    TAP_OK(idle.ticks <= PERIODS * (PERIOD - BUDGET + LATE), "and no less");
    TAP_EQ(process_kill(loaded.id), STATUS_OK, "the first is killed");
    TAP_EQ(finish(100000), STATUS_CLOSED, "and is gone");
    TAP_EQ(server_close(&server), STATUS_OK, "the server has nobody any more");
    same(&before);
}

/* --- Who comes between while all below one are ended --------------------------------------------- */

#define ABOVE      (MAIN + 5)
#define SCAN_TICKS 4000 /* more than from the kill to where all have been looked for */
#define SCAN_STEP  25
#define FREE_TICKS 700000 /* more than giving back what three had takes */
#define FREE_STEP  9973

/* Its child, which is above main, makes one at `moment`. */
static void start_nest(uint64_t moment) {
    char text[24];
    format_buffer(text, sizeof text, "%llu", (unsigned long long)moment);
    start_below("nest", text, ABOVE);
}

static process_id_t small_process(void) {
    const struct process_attributes attributes = {.name = "small", .pages = 8};
    process_id_t id;
    TAP_REQUIRE(process_create(&attributes, &id) == STATUS_OK, "a small process");
    return id;
}

static void small_end(process_id_t id) {
    TAP_REQUIRE(process_kill(id) == STATUS_OK &&
                    process_wait_until(id, NULL, INSTANT_NEVER) == STATUS_CLOSED,
                "it goes");
}

/* In a slot that has been looked at, while the maker's has not. */
static void spawn_behind_scan(void) {
    unsigned wrong = 0;
    prepare();
    const struct left before = left_now();
    for (uint64_t early = 0; early < SCAN_TICKS; early += SCAN_STEP) {
        const process_id_t first = small_process();
        const instant_t moment = time_after(time_us(900));
        start_nest(moment.ticks);
        thread_sleep_us(700);
        small_end(first); /* its slot is free, and before the others */
        test_spin_until((instant_t){moment.ticks - early});
        wrong += process_kill(loaded.id) != STATUS_OK;
        wrong += process_wait_until(loaded.id, NULL, INSTANT_NEVER) != STATUS_CLOSED;
        const struct left now = left_now();
        wrong += now.processes != before.processes || now.frames != before.frames;
    }
    TAP_EQ(wrong, 0, "who is made while others are looked for is found");
    same(&before);
}

static struct {
    instant_t when;
    process_id_t id;
} between;

static void makes_one(void *argument) {
    (void)argument;
    thread_sleep_until(between.when);
    between.id = small_process();
}

/* In the slot of one that is gone, whose child is not yet: nothing is given back to it. */
static void spawn_in_slot(void) {
    unsigned wrong = 0;
    unsigned met = 0;
    uint64_t alone = 0;
    uint64_t used = 0;
    uint64_t quota = 0;
    prepare();
    const struct left before = left_now();
    between.id = small_process();
    TAP_EQ(process_memory(between.id, &alone, &quota), STATUS_OK, "what a small one uses");
    small_end(between.id);
    for (uint64_t late = 0; late < FREE_TICKS; late += FREE_STEP) {
        start_nest(0);
        thread_sleep_us(900);
        between.when = time_after(time_ticks(1000 + late));
        const thread_id_t maker = test_spawn(makes_one, NULL, ABOVE);
        wrong += process_kill(loaded.id) != STATUS_OK;
        wrong += process_wait_until(loaded.id, NULL, INSTANT_NEVER) != STATUS_CLOSED;
        test_join(maker);
        met += between.id.index == loaded.id.index + 1;
        wrong += process_memory(between.id, &used, &quota) != STATUS_OK || used != alone;
        small_end(between.id);
    }
    TAP_OK(met > 0, "some come into a slot of those that go");
    TAP_EQ(wrong, 0, "and have what is theirs");
    same(&before);
}

#define KILLS 30

/* At any moment of whatever it and those below do. */
static void spawn_killed(void) {
    struct random random;
    uint64_t wrong = 0;
    prepare();
    random_init(&random, 1);
    const struct left before = left_now();
    for (unsigned i = 0; i < KILLS; i++) {
        start("churn", "14");
        const status_t status = finish(random_between(&random, 10, 30000));
        wrong += status != STATUS_TIMED_OUT;
        wrong += process_kill(loaded.id) != STATUS_OK;
        if (i % 2 != 0) { /* those below run on while they are looked for */
            wrong += thread_set_priority(thread_self(), 1) != STATUS_OK;
        }
        wrong += process_wait_until(loaded.id, &ended, INSTANT_NEVER) != STATUS_CLOSED;
        wrong += thread_set_priority(thread_self(), MAIN) != STATUS_OK;
        const struct left now = left_now();
        wrong += now.frames != before.frames || now.threads != before.threads ||
                 now.processes != before.processes || now.heap != before.heap ||
                 mailbox_is_held(&box.mailbox);
    }
    TAP_EQ(wrong, 0, "each is killed, and nothing of it is left");
    same(&before);
}

static void random_families(void) {
    static const char *const seeds[] = {"1", "2", "3", "4"};
    const struct left before = left_now();
    for (unsigned i = 0; i < ARRAY_SIZE(seeds); i++) {
        start("random", seeds[i]);
        TAP_EQ(process_wait_until(loaded.id, &ended, INSTANT_NEVER), STATUS_OK, "random calls end");
        TAP_EQ(ended.code, 0, "all of them made");
        same(&before);
    }
}

static void spawn_random(void) {
    prepare();
    hostile_do("random calls that spawn", random_families);
}

static const struct test_case spawn_cases[] = {
    {"spawn_family", spawn_family, TEST_ALONE},
    {"spawn_init", spawn_init, TEST_ALONE},
    {"spawn_budget", spawn_budget, TEST_ALONE},
    {"spawn_bomb", spawn_bomb, TEST_ALONE},
    {"spawn_killed", spawn_killed, TEST_ALONE},
    {"spawn_hostile", spawn_hostile, TEST_ALONE},
    {"spawn_behind_scan", spawn_behind_scan, TEST_ALONE},
    {"spawn_in_slot", spawn_in_slot, TEST_ALONE},
    {"spawn_random", spawn_random, TEST_ALONE},
};
TEST_GROUP(spawn);
