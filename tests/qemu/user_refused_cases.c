/* SPDX-License-Identifier: MIT */
/* What the kernel's own calls about processes refuse, and ends of what processes have that are seldom. */
#include "abi/syscall.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/heap.h"
#include "kernel/proc/process_object.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/user_build.h"

MAILBOX_TYPE(number_box, uint64_t)

static const struct process_start how = {
    .entry = {TEXT}, .stack_top = {STACK + STACK_SIZE}, .priority = MAIN - 1};

static uint64_t heap_used(void) {
    struct heap_stats stats;
    heap_stats(&stats);
    return stats.memory.used;
}

/* Every call that takes an id, with one that is no process's: how many do not say so. */
static unsigned stale(process_id_t id) {
    static struct mailbox mailbox;
    uint64_t used, quota;
    thread_id_t thread;
    uint32_t handle;
    void *page;
    unsigned wrong = 0;
    wrong += process_map(id, vaddr(DATA), PAGE_SIZE, NULL, 0, USER_READ_ONLY) != STATUS_STALE;
    wrong += process_page(id, vaddr(DATA), &page) != STATUS_STALE;
    wrong += process_give_mailbox(id, &mailbox, HANDLE_RIGHT_ALL, &handle) != STATUS_STALE;
    wrong += process_give_log(id, &handle) != STATUS_STALE;
    wrong += process_give_names(id, HANDLE_RIGHT_ALL, &handle) != STATUS_STALE;
    wrong += process_give_programs(id, NULL, HANDLE_RIGHT_ALL, &handle) != STATUS_STALE;
    wrong += process_start(id, &how) != STATUS_STALE;
    wrong += process_thread(id, &thread) != STATUS_STALE;
    wrong += process_memory(id, &used, &quota) != STATUS_STALE;
    wrong += process_kill(id) != STATUS_STALE;
    wrong += process_wait_until(id, NULL, INSTANT_NEVER) != STATUS_STALE;
    return wrong;
}

static void user_refused_ids(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const process_id_t id = BUILD(exits);
    TAP_EQ(stale((process_id_t){CONFIG_PROCESSES, id.generation}), 0, "no slot has this number");
    TAP_EQ(stale((process_id_t){UINT32_MAX, id.generation}), 0, "nor this");
    TAP_EQ(stale((process_id_t){id.index, id.generation + 1}), 0, "another generation is nobody");
    TAP_EQ(run(id, 0), STATUS_OK, "it ends");
    TAP_EQ(stale(id), 0, "who is gone is nobody");
}

static void user_refused_starts(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    struct process_start wrong = how;
    process_id_t id;
    void *page;
    uint32_t handle;
    TAP_EQ(process_create(NULL, &id), STATUS_INVALID_ARGUMENT, "a process of nothing");
    id = BUILD(spins);
    TAP_EQ(process_start(id, NULL), STATUS_OUT_OF_RANGE, "a start of nothing");
    wrong.priority = THREAD_PRIORITY_MAX + 1;
    TAP_EQ(process_start(id, &wrong), STATUS_OUT_OF_RANGE, "a level that there is not");
    wrong = how;
    wrong.stack_top.value -= 8;
    TAP_EQ(process_start(id, &wrong), STATUS_MISALIGNED, "half a stack pointer");
    TAP_EQ(process_page(id, vaddr(DATA), &page), STATUS_NOT_MAPPED, "no page there");
    TAP_EQ(process_start(id, &how), STATUS_OK, "but it starts");
    TAP_EQ(process_start(id, &how), STATUS_BUSY, "once");
    TAP_EQ(process_map(id, vaddr(DATA), PAGE_SIZE, NULL, 0, USER_READ_ONLY), STATUS_BUSY,
           "nothing is mapped then");
    TAP_EQ(process_page(id, vaddr(TEXT), &page), STATUS_BUSY, "nor changed");
    TAP_EQ(process_give_log(id, &handle), STATUS_BUSY, "nor given");
    TAP_EQ(process_kill(id), STATUS_OK, "it is killed");
    TAP_EQ(process_kill(id), STATUS_OK, "twice");
    TAP_EQ(finish(id), STATUS_CLOSED, "and gone");
    id = BUILD(spins);
    TAP_EQ(process_kill(id), STATUS_OK, "one that never ran is killed");
    TAP_EQ(process_kill(id), STATUS_OK, "twice");
    TAP_EQ(process_start(id, &how), STATUS_BUSY, "and does not start");
    TAP_EQ(finish(id), STATUS_CLOSED, "it is gone");
    TAP_EQ(frames_free(), before, "all frames are back");
}

static void sleeps(void *argument) {
    thread_sleep_until(*(const instant_t *)argument);
}

/* Every thread slot is taken: it may still be started later. */
static void user_refused_slots(void) {
    static thread_id_t threads[64];
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES && CONFIG_THREAD_SLOTS <= ARRAY_SIZE(threads));
    const struct thread_attributes helper = {.priority = MAIN + 1};
    const instant_t end = time_after(time_ms(5));
    const process_id_t id = BUILD(exits);
    unsigned count = 0;
    while (thread_spawn(sleeps, (void *)(uintptr_t)&end, &helper, &threads[count]) == STATUS_OK) {
        count++;
    }
    TAP_EQ(process_start(id, &how), STATUS_NO_SLOT, "there is no thread for it");
    while (count > 0) {
        test_join(threads[--count]);
    }
    TAP_EQ(run(id, 7), STATUS_OK, "later there is");
    TAP_EQ(ended.code, 7, "and it runs");
}

/* --- Seldom ends ------------------------------------------------------------------------------- */

/* The last that holds a mailbox is an offer to those who received from it. */
static void user_refused_offer(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = heap_used();
    struct number_box *post = NULL;
    struct number_box *goal = NULL;
    uint32_t to, what;
    TAP_REQUIRE(number_box_create(1, &post) == STATUS_OK &&
                    number_box_create(1, &goal) == STATUS_OK,
                "two mailboxes");
    const process_id_t giver = BUILD(offers);
    TAP_REQUIRE(process_give_mailbox(giver, &post->mailbox, HANDLE_RIGHT_SEND, &to) == STATUS_OK &&
                    process_give_mailbox(giver, &goal->mailbox,
                                         HANDLE_RIGHT_SEND | HANDLE_RIGHT_DUPLICATE,
                                         &what) == STATUS_OK,
                "handles");
    start_at(giver, (uint64_t)to << 32 | what, MAIN + 1);
    number_box_destroy(post);
    number_box_destroy(goal);
    TAP_OK(heap_used() != before, "both are held by who offers one at the other");
    TAP_EQ(finish(giver), STATUS_OK, "who is gone");
    TAP_EQ(ended.code, STATUS_OK, "and had offered it");
    TAP_EQ(heap_used(), before, "so are they");
}

/* A place in the table has had all numbers that there are, and gets the first again. */
static void user_refused_generations(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES && CONFIG_PROCESS_HANDLES >= 2);
    const process_id_t id = BUILD(renews);
    uint32_t handle;
    TAP_REQUIRE(process_give_log(id, &handle) == STATUS_OK, "a handle");
    TAP_EQ(run(id, handle), STATUS_OK, "a handle is made and closed 40,000 times");
    TAP_EQ(ended.code, 0, "and is one each time");
}

/* A mailbox costs a page. */
static void user_refused_boxes(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES && CONFIG_PROCESS_HANDLES >= 8);
    uint64_t used, quota;
    process_id_t id = BUILD(keeps_boxes);
    const uint64_t before = heap_used();
    TAP_REQUIRE(process_memory(id, &used, &quota) == STATUS_OK, "what it needs");
    TAP_REQUIRE(process_kill(id) == STATUS_OK && finish(id) == STATUS_CLOSED, "it goes");
    const struct process_attributes attributes = {.name = "poor", .pages = used + 3};
    TAP_REQUIRE(process_create(&attributes, &id) == STATUS_OK &&
                    process_map(id, vaddr(TEXT), PAGE_SIZE, user_keeps_boxes,
                                (uint64_t)(user_keeps_boxes_end - user_keeps_boxes),
                                USER_READ_EXECUTE) == STATUS_OK &&
                    process_map(id, vaddr(STACK), STACK_SIZE, NULL, 0, USER_READ_WRITE) ==
                        STATUS_OK,
                "one with little more");
    TAP_EQ(run(id, 0), STATUS_OK, "makes mailboxes");
    TAP_OK(ended.code > 0 && ended.code <= 3, "as many as it has pages for");
    TAP_EQ(heap_used(), before, "and they are gone");
}

static const struct test_case user_refused_cases[] = {
    {"user_refused_ids", user_refused_ids, TEST_ALWAYS},
    {"user_refused_starts", user_refused_starts, TEST_ALWAYS},
    {"user_refused_slots", user_refused_slots, TEST_EXACT},
    {"user_refused_offer", user_refused_offer, TEST_ALWAYS},
    {"user_refused_generations", user_refused_generations, TEST_ALWAYS},
    {"user_refused_boxes", user_refused_boxes, TEST_ALWAYS},
};
TEST_GROUP(user_refused);
