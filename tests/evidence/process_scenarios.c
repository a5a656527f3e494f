/* SPDX-License-Identifier: MIT */
/* Processes from their making to their end: by exit, by a fault, and by being killed where they wait, in
 * a mailbox or for a moment. */
#include "kernel/proc/spawn.h"
#include "kernel/proc/system.h"

#include "abi/syscall.h"
#include "kernel/app.h"
#include "kernel/ipc/port.h"
#include "lib/bound.h"
#include "tests/evidence/puppets.h"

/* The loader is in this image, and in the bounds of it; so is what tells of the system. */
BOUND_CALLEE(programs_spawn, spawn_process);
BOUND_CALLEE(programs_files, file_serve);
BOUND_CALLEE(system_reader, system_records_read);
BOUND_CALLEE(system_ender, app_exit);

#define TEXT  UINT64_C(0x400000)
#define PAGES 16

/* What the programs are; x0 is the argument. */
static const uint32_t exits[] = {0xd2800028, 0xd4000001};                /* mov x8, #1; svc #0 */
static const uint32_t faults[] = {0x00000000};                           /* udf #0 */
static const uint32_t receives[] = {0xd2c20001, 0xd28000c8, 0xd4000001}; /* x1: far; mov x8, #6 */
static const uint32_t sleeps[] = {0xd2800068, 0xd4000001, 0x17fffffe};   /* mov x8, #3; svc #0; b */

static struct mailbox mailbox;
static const struct programs programs_of_none = {.spawn = spawn_process,
                                                 .files = file_serve};  /* not looked at */
static struct system_control control = {system_records_read, app_exit}; /* nor this */
static uint64_t storage[2];

static process_id_t build(const uint32_t *program, uint64_t size) {
    const struct process_attributes attributes = {.name = "evidence", .pages = PAGES};
    process_id_t id = {0, 0};
    TAP_REQUIRE(process_create(&attributes, &id) == STATUS_OK, "a process");
    TAP_REQUIRE(process_map(id, vaddr(TEXT), PAGE_SIZE, program, size, USER_READ_EXECUTE) ==
                    STATUS_OK,
                "its text");
    return id;
}

static void start(process_id_t id, uint64_t argument, unsigned priority) {
    const struct process_start how = {
        .entry = vaddr(TEXT), .argument = argument, .priority = (uint8_t)priority, .fp = true};
    TAP_REQUIRE(process_start(id, &how) == STATUS_OK, "it starts");
}

static void named_main(void *unused) {
    (void)unused;
}

static void process_ends(void) {
    struct process_end end;
    process_id_t id = build(exits, sizeof exits);
    start(id, 7, EVIDENCE_ACTOR);
    TAP_EQ(process_wait_until(id, &end, INSTANT_NEVER), STATUS_OK, "an exit");
    TAP_EQ(end.code, 7, "with its code");
    id = build(faults, sizeof faults);
    start(id, 0, EVIDENCE_PUPPET);
    TAP_EQ(process_wait_until(id, &end, INSTANT_NEVER), STATUS_FAULTED, "a fault");
    TAP_OK(end.pc == TEXT, "where it was");
}

static void process_killed(void) {
    uint32_t handle = 0;
    uint32_t log = 0;
    uint32_t programs = 0;
    uint32_t names = 0;
    uint64_t used = 0;
    uint64_t quota = 0;
    thread_id_t thread;
    static struct port desk;
    TAP_REQUIRE(mailbox_init(&mailbox, storage, sizeof storage, 8, 2) == STATUS_OK, "a mailbox");
    process_id_t id = build(receives, sizeof receives);
    TAP_EQ(process_give_mailbox(id, &mailbox, HANDLE_RIGHT_RECEIVE, &handle), STATUS_OK,
           "a handle");
    TAP_REQUIRE(port_init(&desk) == STATUS_OK, "a port");
    TAP_EQ(process_give_port(id, &desk, HANDLE_RIGHT_SEND, &names), STATUS_OK, "of that, too");
    TAP_EQ(process_give_log(id, &log), STATUS_OK, "and another");
    TAP_EQ(process_give_names(id, HANDLE_RIGHT_RECEIVE, &names), STATUS_OK, "one more");
    TAP_EQ(process_give_programs(id, &programs_of_none, HANDLE_RIGHT_SPAWN, &programs), STATUS_OK,
           "a third");
    TAP_EQ(process_give(id, &(struct process_gift){&control, HANDLE_SYSTEM, HANDLE_RIGHT_RECEIVE},
                        &names),
           STATUS_OK, "a fourth");
    TAP_EQ(process_memory(id, &used, &quota), STATUS_OK, "its memory");
    TAP_EQ(process_thread(id, &thread), STATUS_NOT_INITIALIZED, "no thread yet");
    TAP_OK(used != 0 && quota == PAGES, "is told");
    start(id, handle, EVIDENCE_PUPPET);
    TAP_EQ(process_kill(id), STATUS_OK, "killed");
    TAP_EQ(process_wait_until(id, NULL, INSTANT_NEVER), STATUS_CLOSED, "and gone");
    id = build(sleeps, sizeof sleeps);
    start(id, time_after(time_ms(500)).ticks, EVIDENCE_PUPPET);
    TAP_EQ(process_kill(id), STATUS_OK, "a sleeper is killed");
    TAP_EQ(process_wait_until(id, NULL, INSTANT_NEVER), STATUS_CLOSED, "and gone");
    TAP_EQ(mailbox_close(&mailbox), STATUS_OK, "closed");
}

/* A thread whose name is longer than a record has room for. */
static void system_tells(void) {
    static uint8_t page[PAGE_SIZE] ALIGNED(16);
    const struct thread_attributes attributes = {.name = "the longest name that is told of",
                                                 .priority = EVIDENCE_ACTOR - 1};
    const struct system_thread *threads = (const struct system_thread *)page;
    thread_id_t id;
    TAP_REQUIRE(thread_spawn(named_main, NULL, &attributes, &id) == STATUS_OK, "a thread");
    TAP_OK(system_records_read(SYSTEM_THREADS, 0, page) > 1, "threads are told of");
    TAP_OK(system_records_read(SYSTEM_THREADS, id.index, page) > 0, "from an index on");
    TAP_TEXT(threads[0].name, "the longest name that i", "with a name that is cut");
    TAP_EQ(system_records_read(SYSTEM_FIGURES, 0, page), 1, "figures");
    TAP_OK(system_records_read(SYSTEM_LINES, 0, page) >= 0, "lines");
    TAP_EQ(system_records_read(SYSTEM_WHATS, 0, page), STATUS_OUT_OF_RANGE, "nothing else");
    TAP_EQ(thread_join(id, NULL), STATUS_OK, "it ends");
}

static const struct scenario process_scenarios[] = {
    {"process_ends", process_ends},
    {"process_killed", process_killed},
    {"system_tells", system_tells},
};
SCENARIO_ROOM(process);
