/* SPDX-License-Identifier: MIT */
/* Processes: what they may they can, what they may not ends them alone, and nothing of them stays. */
#include "abi/syscall.h"
#include "kernel/ipc/mailbox_hold.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/kernel_vm.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/user_build.h"

MAILBOX_TYPE(number_box, uint64_t)

/* --- What it may. --- */

static void user_round_trip(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    TAP_EQ(run(BUILD(exits), 42), STATUS_OK, "a process exits");
    TAP_EQ(ended.code, 42, "with its argument");
    TAP_EQ(run(BUILD(calls), 0), STATUS_OK, "a process calls");
    TAP_EQ(ended.code, 2 * STATUS_UNSUPPORTED, "known and unknown calls answer");
    TAP_EQ(run(BUILD(registers), 0), STATUS_OK, "a process looks at its registers");
    TAP_EQ(ended.code, 0, "its own are kept, and the kernel leaves nothing in the others");
    TAP_EQ(run(BUILD(sleeps), time_after(time_us(300)).ticks), STATUS_OK, "a process sleeps");
    TAP_EQ(ended.code, 0, "and is not woken early");
    TAP_EQ(frames_free(), before, "all frames are back");
}

static void user_messages(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    static uint64_t there_storage[2], back_storage[2];
    static struct number_box there, back;
    const uint64_t before = frames_free();
    TAP_REQUIRE(number_box_init(&there, there_storage, 2) == STATUS_OK &&
                    number_box_init(&back, back_storage, 2) == STATUS_OK,
                "two mailboxes");
    uint32_t in, out, only;
    process_id_t senders[6];
    process_id_t echo = BUILD(echoes);
    process_id_t sender = BUILD(sends);
    TAP_EQ(process_give_mailbox(echo, &there.mailbox, HANDLE_RIGHT_RECEIVE, &in), STATUS_OK,
           "a handle to receive");
    TAP_EQ(process_give_mailbox(echo, &back.mailbox, HANDLE_RIGHT_SEND, &out), STATUS_OK,
           "a handle to send");
    TAP_EQ(process_give_mailbox(sender, &there.mailbox, HANDLE_RIGHT_SEND, &only), STATUS_OK,
           "a handle for the other");
    start_at(echo, (uint64_t)in << 32 | out, MAIN + 1);
    uint64_t number = 6;
    TAP_EQ(number_box_send(&there, &number), STATUS_OK, "the kernel sends");
    TAP_EQ(number_box_recv(&back, &number), STATUS_OK, "and gets an answer");
    TAP_EQ(number, 7, "from the process");
    TAP_EQ(run(sender, (uint64_t)only << 32 | 40), STATUS_OK, "another process sends");
    TAP_EQ(ended.code, STATUS_OK, "to the first");
    TAP_EQ(number_box_recv(&back, &number), STATUS_OK, "which answers");
    TAP_EQ(number, 41, "from one space to the other");
    process_id_t thief = BUILD(sends);
    TAP_EQ(process_give_mailbox(thief, &there.mailbox, HANDLE_RIGHT_RECEIVE, &only), STATUS_OK,
           "a handle with another right");
    TAP_EQ(run(thief, (uint64_t)only << 32), STATUS_OK, "is tried");
    TAP_EQ(ended.code, STATUS_DENIED, "and denied");
    TAP_EQ(run(BUILD(sends), (uint64_t)only << 32), STATUS_OK, "a handle of somebody else");
    TAP_EQ(ended.code, STATUS_STALE, "is none");
    for (number = 0; number < 6; number++) { /* two back, the echo has one, two there, one waits */
        sender = BUILD(sends);
        TAP_EQ(process_give_mailbox(sender, &there.mailbox, HANDLE_RIGHT_SEND, &only), STATUS_OK,
               "more senders than room");
        start_at(sender, (uint64_t)only << 32 | number, MAIN + 2);
        senders[number] = sender;
    }
    for (uint64_t i = 0; i < 6; i++) {
        TAP_EQ(number_box_recv(&back, &number), STATUS_OK, "an answer for each");
        TAP_EQ(number, i + 1, "in order");
        TAP_EQ(finish(senders[i]), STATUS_OK, "a sender ends");
        TAP_EQ(ended.code, STATUS_OK, "which was let in");
    }
    number_box_close(&there);
    TAP_EQ(finish(echo), STATUS_OK, "a closed mailbox");
    TAP_EQ(ended.code, STATUS_CLOSED, "is told");
    number_box_close(&back);
    TAP_EQ(frames_free(), before, "all frames are back");
}

static void user_rights(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    static uint64_t storage[2];
    static struct number_box box;
    TAP_REQUIRE(number_box_init(&box, storage, 2) == STATUS_OK, "a mailbox");
    process_id_t id = BUILD(handles);
    uint32_t handle;
    TAP_EQ(
        process_give_mailbox(id, &box.mailbox, HANDLE_RIGHT_SEND | HANDLE_RIGHT_DUPLICATE, &handle),
        STATUS_OK, "a handle");
    TAP_EQ(run(id, handle), STATUS_OK, "is used");
    TAP_EQ(ended.code, 0, "as its rights allow, until there is no room");
    number_box_close(&box);
}

/* The program knows the last handle of a table of the usual size. */
static void offers_until_full(struct number_box *box) {
    TEST_NEEDS(CONFIG_PROCESS_HANDLES == 32);
    const process_id_t all = BUILD(offers_all);
    uint32_t handle;
    TAP_EQ(process_give_mailbox(all, &box->mailbox, HANDLE_RIGHT_ALL, &handle), STATUS_OK,
           "a handle");
    TAP_EQ(run(all, handle), STATUS_OK, "is offered");
    TAP_EQ(ended.code, 0, "until there is no room, and nothing else can be done with that");
}

/* A handle goes from one process to another: offered, told, taken. */
static void user_transfer(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    static uint64_t post_storage[2], goal_storage[2];
    static struct number_box post, goal;
    const uint64_t before = frames_free();
    TAP_REQUIRE(number_box_init(&post, post_storage, 2) == STATUS_OK &&
                    number_box_init(&goal, goal_storage, 2) == STATUS_OK,
                "two mailboxes");
    static const struct {
        uint8_t rights;
        bool late;
        status_t giver, taker;
        const char *what;
    } offers[] = {
        {HANDLE_RIGHT_SEND | HANDLE_RIGHT_DUPLICATE, false, STATUS_OK, STATUS_STALE,
         "a handle is taken, and once only"},
        {HANDLE_RIGHT_SEND | HANDLE_RIGHT_DUPLICATE, true, STATUS_OK, STATUS_STALE,
         "who offered it is gone, and it with them"},
        {HANDLE_RIGHT_SEND, false, STATUS_DENIED, STATUS_TIMED_OUT, "it may not be duplicated"},
        {HANDLE_RIGHT_DUPLICATE, false, STATUS_DENIED, STATUS_TIMED_OUT,
         "no more rights than it had"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(offers); i++) {
        uint32_t to, what, from, other;
        const process_id_t giver = BUILD(offers);
        const process_id_t taker = BUILD(takes);
        TAP_REQUIRE(
            process_give_mailbox(giver, &post.mailbox, HANDLE_RIGHT_SEND, &to) == STATUS_OK &&
                process_give_mailbox(giver, &goal.mailbox, offers[i].rights, &what) == STATUS_OK &&
                process_give_mailbox(taker, &post.mailbox, HANDLE_RIGHT_RECEIVE, &from) ==
                    STATUS_OK &&
                process_give_mailbox(taker, &goal.mailbox, HANDLE_RIGHT_RECEIVE, &other) ==
                    STATUS_OK,
            "handles");
        start_at(giver, (uint64_t)to << 32 | what, MAIN + 1);
        if (offers[i].late) {
            TAP_EQ(finish(giver), STATUS_OK, "the giver ends");
        }
        start_at(taker, (uint64_t)other << 32 | from, MAIN + 1);
        if (offers[i].taker == STATUS_TIMED_OUT) { /* nobody told it */
            TAP_EQ(process_kill(taker), STATUS_OK, "nothing comes");
            TAP_EQ(finish(taker), STATUS_CLOSED, "and never will");
        } else {
            TAP_EQ(finish(taker), STATUS_OK, "the taker ends");
            TAP_EQ(ended.code, offers[i].taker, offers[i].what);
        }
        uint64_t number = 0;
        const bool came = offers[i].taker == STATUS_STALE && !offers[i].late;
        TAP_EQ(number_box_try_recv(&goal, &number), came ? STATUS_OK : STATUS_WOULD_BLOCK,
               "what was sent with it comes");
        TAP_EQ(number, came ? 77 : 0, "as it was");
        if (!offers[i].late) {
            TAP_EQ(finish(giver), STATUS_OK, "the giver ends");
            TAP_EQ(ended.code, offers[i].giver, offers[i].what);
        }
    }
    offers_until_full(&post);
    TAP_OK(!mailbox_is_held(&post.mailbox) && !mailbox_is_held(&goal.mailbox),
           "nobody has any now");
    TAP_EQ(frames_free(), before, "all frames are back");
}

static uint64_t heap_used(void) {
    struct heap_stats stats;
    heap_stats(&stats);
    return stats.memory.used;
}

/* A mailbox goes while processes have handles of it. */
static void user_destroyed(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = heap_used();
    struct number_box *box = NULL;
    uint32_t handle;
    TAP_REQUIRE(number_box_create(2, &box) == STATUS_OK, "a mailbox");
    const process_id_t waits = BUILD(waits);
    const process_id_t closes = BUILD(outlives);
    TAP_REQUIRE(process_give_mailbox(waits, &box->mailbox, HANDLE_RIGHT_RECEIVE, &handle) ==
                    STATUS_OK,
                "one has a handle");
    start_at(waits, handle, MAIN + 1);
    TAP_REQUIRE(process_give_mailbox(closes, &box->mailbox, HANDLE_RIGHT_ALL, &handle) == STATUS_OK,
                "and another");
    number_box_destroy(box);
    TAP_OK(heap_used() != before, "it is still there");
    TAP_EQ(finish(waits), STATUS_OK, "who waited ends");
    TAP_EQ(ended.code, STATUS_CLOSED, "and was told");
    TAP_OK(heap_used() != before, "it is there for the other");
    start_at(closes, handle, MAIN + 1);
    TAP_EQ(heap_used(), before, "whose last handle frees it");
    TAP_EQ(finish(closes), STATUS_OK, "who came later ends");
    TAP_EQ(ended.code, 2 * STATUS_CLOSED + STATUS_STALE, "and was told, and closed it");
    TAP_REQUIRE(number_box_create(2, &box) == STATUS_OK, "another mailbox");
    const process_id_t never = BUILD(exits);
    TAP_REQUIRE(process_give_mailbox(never, &box->mailbox, HANDLE_RIGHT_ALL, &handle) == STATUS_OK,
                "a handle");
    number_box_destroy(box);
    TAP_EQ(process_kill(never), STATUS_OK, "who never ran is killed");
    TAP_EQ(finish(never), STATUS_CLOSED, "and gone");
    TAP_EQ(heap_used(), before, "the mailbox too");
}

/* Two processes of one priority, with the same addresses and other registers. */
static void user_tls(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    process_id_t first = BUILD(keeps_tls);
    process_id_t second = BUILD(keeps_tls);
    start_at(first, 0x1111, MAIN - 1);
    start_at(second, 0x2222, MAIN - 1);
    TAP_EQ(finish(first), STATUS_OK, "one process ends");
    TAP_EQ(ended.code, 0, "with what it put into TPIDR_EL0");
    TAP_EQ(finish(second), STATUS_OK, "and the other");
    TAP_EQ(ended.code, 0, "with its own");
}

/* --- What ends it. --- */

static const struct {
    const uint8_t *program;
    const uint8_t *end;
    uint64_t argument;
    const char *what;
} sins[] = {
#define SIN(name, argument, what) {user_##name, user_##name##_end, argument, what},
    SIN(reads, 0, "reads null") SIN(reads, KERNEL_AREA_BASE, "reads the kernel's area")
        SIN(reads, 0xffff000040080000,
            "reads the kernel's image") SIN(reads, 0x40080000, "reads the image where it is loaded")
            SIN(reads, 0x8000000000000000, "reads no address")
                SIN(reads, SYSCALL_MESSAGE_AREA + PAGE_SIZE - 4, "reads across the end") SIN(
                    reads, STACK - 8, "reads below its stack") SIN(stores, TEXT, "writes its text")
                    SIN(stores, 0xffff000040200000, "writes the kernel's memory") SIN(
                        jumps, 0, "jumps to null") SIN(jumps, STACK, "jumps to its stack")
                        SIN(jumps, SYSCALL_MESSAGE_AREA, "jumps to its message area") SIN(
                            jumps, 0xffff000040090000,
                            "jumps to the kernel") SIN(jumps, 0x123412341234, "jumps to nowhere")
                            SIN(jumps, TEXT + 2, "jumps to no instruction")
                                SIN(reads_system, 0, "reads a register of the system") SIN(
                                    writes_system, 0, "writes a register of the system")
                                    SIN(reads_counter, 0, "reads the counter of cycles") SIN(
                                        masks, 0, "masks interrupts") SIN(waits_for_interrupt, 0,
                                                                          "waits for an interrupt")
                                        SIN(floats, 0, "uses floating point that it has not") SIN(
                                            other_svc, 0, "makes a call of the kernel's threads")
                                            SIN(hypervisor_call, 0, "calls a hypervisor")
                                                SIN(undefined, 0, "has no instruction")
                                                    SIN(overflows, 0, "overflows its stack")};

static void user_faults(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    const uint32_t slots = thread_slots_free();
    for (unsigned i = 0; i < ARRAY_SIZE(sins); i++) {
        TAP_EQ(run(build(sins[i].program, sins[i].end), sins[i].argument), STATUS_FAULTED,
               sins[i].what);
        TAP_OK(ended.syndrome != 0, "and its end is remembered");
    }
    TAP_EQ(ended.address, STACK - 16, "an overflow is at the guard page");
    TAP_EQ(frames_free(), before, "all frames are back");
    TAP_EQ(thread_slots_free(), slots, "all slots are back");
    TAP_OK(arch_user_root_is_clear(), "no user address translates for the kernel's threads");
}

/* --- Killed. --- */

static void user_killed(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    static uint64_t storage[1];
    static struct number_box box;
    const uint64_t before = frames_free();
    TAP_REQUIRE(number_box_init(&box, storage, 1) == STATUS_OK, "a mailbox");
    process_id_t never = BUILD(exits);
    TAP_EQ(finish(never), STATUS_NOT_INITIALIZED, "a process that was not started has no end");
    TAP_EQ(process_kill(never), STATUS_OK, "it is killed");
    TAP_EQ(finish(never), STATUS_CLOSED, "and then it has");
    process_id_t spinner = BUILD(spins);
    start_at(spinner, 0, MAIN - 1);
    TAP_EQ(process_wait_until(spinner, NULL, time_after(time_us(100))), STATUS_TIMED_OUT,
           "one spins");
    TAP_EQ(process_kill(spinner), STATUS_OK, "it is killed");
    TAP_EQ(finish(spinner), STATUS_CLOSED, "and ends");
    process_id_t waiter = BUILD(waits);
    uint32_t handle;
    TAP_EQ(process_give_mailbox(waiter, &box.mailbox, HANDLE_RIGHT_RECEIVE, &handle), STATUS_OK,
           "a handle");
    start_at(waiter, handle, MAIN + 1);
    TAP_EQ(process_kill(waiter), STATUS_OK, "one that waits is killed");
    TAP_EQ(finish(waiter), STATUS_CLOSED, "and ends");
    TAP_EQ(process_kill(waiter), STATUS_STALE, "its id is stale");
    const uint64_t number = 3;
    TAP_EQ(number_box_send(&box, &number), STATUS_OK, "nobody waits at the mailbox any more");
    number_box_close(&box);
    process_id_t sleeper = BUILD(sleeps);
    start_at(sleeper, INSTANT_NEVER.ticks - 1, MAIN + 1);
    TAP_EQ(process_kill(sleeper), STATUS_OK, "one that sleeps is killed");
    TAP_EQ(finish(sleeper), STATUS_CLOSED, "and ends");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Pointers that a process gives. --- */

static const struct {
    uint64_t address;
    uint64_t length;
    status_t status;
    const char *what;
} pointers[] = {
    {DATA, 5, STATUS_OK, "its data"},
    {DATA + 3, 96, STATUS_OK, "its data, the most, misaligned"},
    {DATA + PAGE_SIZE - 5, 5, STATUS_OK, "the last bytes of a page"},
    {DATA, 97, STATUS_OUT_OF_RANGE, "more than the most"},
    {DATA, UINT64_MAX, STATUS_OUT_OF_RANGE, "much more"},
    {0, 8, STATUS_BAD_ADDRESS, "null"},
    {0, 0, STATUS_OK, "nothing of null"},
    {DATA + PAGE_SIZE - 5, 6, STATUS_BAD_ADDRESS, "the last byte on a missing page"},
    {DATA + PAGE_SIZE - 4, 8, STATUS_BAD_ADDRESS, "a word across the end"},
    {0xffff000040080000, 8, STATUS_BAD_ADDRESS, "the kernel's image"},
    {0xffff000040080001, 1, STATUS_BAD_ADDRESS, "a byte of the kernel's image"},
    {KERNEL_AREA_BASE, 8, STATUS_BAD_ADDRESS, "the kernel's area"},
    {UINT64_MAX - 3, 8, STATUS_BAD_ADDRESS, "a wrap"},
    {0x0001000000000000, 8, STATUS_BAD_ADDRESS, "no address"},
};

static void user_pointers(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    for (unsigned i = 0; i < ARRAY_SIZE(pointers); i++) {
        process_id_t id = BUILD(writes);
        uint32_t handle;
        TAP_REQUIRE(process_give_log(id, &handle) == STATUS_OK, "a handle of the log");
        const uint64_t data[3] = {handle, pointers[i].address, pointers[i].length};
        TAP_REQUIRE(process_map(id, vaddr(DATA), PAGE_SIZE, data, sizeof data, USER_READ_ONLY) ==
                        STATUS_OK,
                    "data");
        TAP_EQ(run(id, DATA), STATUS_OK, "a process writes to the log");
        TAP_EQ(ended.code, pointers[i].status, pointers[i].what);
    }
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Anything. --- */

#define RANDOM_PROCESSES 4
#define RANDOM_BOXES     4

static void user_random(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    static uint64_t storage[RANDOM_BOXES][2];
    static struct number_box boxes[RANDOM_BOXES];
    const uint64_t before = frames_free();
    process_id_t ids[RANDOM_PROCESSES];
    for (unsigned box = 0; box < RANDOM_BOXES; box++) {
        TAP_REQUIRE(number_box_init(&boxes[box], storage[box], 2) == STATUS_OK, "a mailbox");
    }
    for (unsigned i = 0; i < RANDOM_PROCESSES; i++) {
        uint32_t handle;
        ids[i] = BUILD(random_calls);
        TAP_REQUIRE(process_give_log(ids[i], &handle) == STATUS_OK, "a handle to lose");
        TAP_REQUIRE(process_give_names(ids[i], HANDLE_RIGHT_ALL, &handle) == STATUS_OK,
                    "one of names");
        for (unsigned box = 0; box < RANDOM_BOXES; box++) {
            TAP_REQUIRE(process_give_mailbox(ids[i], &boxes[box].mailbox, HANDLE_RIGHT_ALL,
                                             &handle) == STATUS_OK,
                        "and more");
        }
        start_at(ids[i], 0x9e3779b97f4a7c15 * (i + 1), MAIN - 1);
    }
    for (unsigned i = 0; i < RANDOM_PROCESSES; i++) {
        TAP_EQ(process_wait_until(ids[i], &ended, INSTANT_NEVER), STATUS_OK,
               "random calls with random registers end");
        TAP_EQ(ended.code, 0, "all of them made");
    }
    for (unsigned box = 0; box < RANDOM_BOXES; box++) {
        TAP_OK(!mailbox_is_held(&boxes[box].mailbox), "no handle is left");
    }
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Exhaustion. --- */

static void user_exhaustion(void) {
    static process_id_t ids[CONFIG_PROCESSES];
    const unsigned last = CONFIG_PROCESSES - 1;
    const uint64_t before = frames_free();
    const struct process_attributes small = {.name = "small", .pages = 6};
    const struct process_attributes none = {.name = "none", .pages = 0};
    const struct process_attributes large = {.name = "large", .pages = CONFIG_PROCESS_PAGES + 1};
    process_id_t id;
    TAP_EQ(process_create(&none, &id), STATUS_NO_MEMORY, "no quota, no process");
    TAP_EQ(process_create(&large, &id), STATUS_OUT_OF_RANGE, "nor with too much");
    TAP_EQ(frames_free(), before, "and nothing is lost");
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        TAP_REQUIRE(process_create(&small, &ids[i]) == STATUS_OK, "as many as there are slots");
    }
    TAP_EQ(process_create(&small, &id), STATUS_NO_SLOT, "and no more");
    TAP_EQ(process_map(ids[0], vaddr(TEXT), PAGES * PAGE_SIZE, NULL, 0, USER_READ_WRITE),
           STATUS_NO_MEMORY, "a quota is kept");
    uint64_t used = 0, quota = 0;
    TAP_EQ(process_memory(ids[0], &used, &quota), STATUS_OK, "it is told");
    TAP_OK(used <= quota && quota == 6, "as it is");
    TAP_EQ(process_map(ids[last], vaddr(TEXT + 1), PAGE_SIZE, NULL, 0, USER_READ_WRITE),
           STATUS_MISALIGNED, "no half pages");
    TAP_EQ(process_map(ids[last], vaddr(0), PAGE_SIZE, NULL, 0, USER_READ_WRITE),
           STATUS_OUT_OF_RANGE, "nothing at null");
    TAP_EQ(process_map(ids[last], vaddr(KERNEL_AREA_BASE), PAGE_SIZE, NULL, 0, USER_READ_WRITE),
           STATUS_OUT_OF_RANGE, "nothing of the kernel's");
    TAP_EQ(process_map(ids[last], vaddr(SYSCALL_MESSAGE_AREA), 2 * PAGE_SIZE, NULL, 0,
                       USER_READ_WRITE),
           STATUS_OUT_OF_RANGE, "nothing beyond");
    for (unsigned i = 0; i < CONFIG_PROCESSES; i++) {
        TAP_REQUIRE(process_kill(ids[i]) == STATUS_OK && finish(ids[i]) == STATUS_CLOSED, "all go");
    }
    TAP_EQ(frames_free(), before, "all frames are back");
}

static const struct test_case user_cases[] = {
    {"user_round_trip", user_round_trip, TEST_ALWAYS},
    {"user_messages", user_messages, TEST_ALWAYS},
    {"user_rights", user_rights, TEST_ALWAYS},
    {"user_transfer", user_transfer, TEST_ALWAYS},
    {"user_destroyed", user_destroyed, TEST_ALWAYS},
    {"user_tls", user_tls, TEST_ALWAYS},
    {"user_faults", user_faults, TEST_ALWAYS},
    {"user_killed", user_killed, TEST_ALWAYS},
    {"user_pointers", user_pointers, TEST_ALWAYS},
    {"user_random", user_random, TEST_ALWAYS},
    {"user_exhaustion", user_exhaustion, TEST_ALWAYS},
};
TEST_GROUP(user);
