/* SPDX-License-Identifier: MIT */
/*
 * Calls into the kernel from a thread whose stack is almost used up, with every amount left: either
 * the call works, or the thread faults. What never happens is that the kernel, interrupts masked,
 * runs off the edge of a thread's stack: that would be its own fault, and the end.
 */
#include "kernel/console/log.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/frame.h"
#include "kernel/mm/heap.h"
#include "kernel/sched/thread_internal.h"
#include "tests/qemu/groups.h"

#define MAIN        CONFIG_MAIN_PRIORITY
#define ROOM_STEP   32
#define ROOM_MAX    2048
#define ROOM_PLENTY 3072 /* what every operation can do with */

/* Calls `operation` with the stack pointer at `sp`. */
void stack_edge_call(uint64_t sp, void (*operation)(void));
__asm__(".pushsection .text.stack_edge, \"ax\"\n"
        "    .global stack_edge_call\n"
        "    .type stack_edge_call, %function\n"
        "stack_edge_call:\n"
        "    stp x29, x30, [sp, #-32]!\n"
        "    str x19, [sp, #16]\n"
        "    mov x19, sp\n"
        "    mov sp, x0\n"
        "    blr x1\n"
        "    mov sp, x19\n"
        "    ldr x19, [sp, #16]\n"
        "    ldp x29, x30, [sp], #32\n"
        "    ret\n"
        "    .size stack_edge_call, . - stack_edge_call\n"
        ".popsection");

MAILBOX_TYPE(number_box, uint64_t)
MAILBOX_STATIC(number_box, box, 1);

/* Where somebody always waits: a receiver, one with a deadline, a sender. */
MAILBOX_STATIC(number_box, empty, 1);
MAILBOX_STATIC(number_box, empty_timed, 1);
MAILBOX_STATIC(number_box, full, 1);

static void receives_always(void *argument) {
    (void)argument;
    uint64_t number;
    while (number_box_recv(&empty, &number) == STATUS_OK) {
    }
}

static void receives_always_timed(void *argument) {
    (void)argument;
    uint64_t number;
    while (number_box_recv_until(&empty_timed, &number, (instant_t){UINT64_MAX - 1}) == STATUS_OK) {
    }
}

static void sends_always(void *argument) {
    (void)argument;
    while (number_box_send(&full, &(uint64_t){1}) == STATUS_OK) {
    }
}

static volatile status_t sink;

static void edge_hand_over(void) {
    sink = number_box_try_send(&empty, &(uint64_t){1});
}

static void edge_hand_over_timed(void) {
    sink = number_box_try_send(&empty_timed, &(uint64_t){1});
}

static void edge_let_in(void) {
    uint64_t number;
    sink = number_box_try_recv(&full, &number);
}

static void edge_try_send(void) {
    uint64_t number = 1;
    sink = number_box_try_send(&box, &number);
    sink = number_box_try_recv(&box, &number);
}

static void edge_receive_timed(void) {
    uint64_t number;
    sink = number_box_recv_ticks(&box, &number, 20000);
}

static void edge_sleep(void) {
    thread_sleep_ticks(20000);
}

static void edge_yield(void) {
    thread_yield();
}

static void returns(void *argument) {
    (void)argument;
}

static void edge_spawn(void) {
    const struct thread_attributes attributes = {.priority = MAIN + 5, .detached = true};
    sink = thread_spawn(returns, NULL, &attributes, NULL);
}

static void edge_priority(void) {
    unsigned priority = 0;
    sink = thread_get_priority(thread_self(), &priority);
    sink = thread_set_priority(thread_self(), priority == MAIN + 1 ? MAIN + 2 : MAIN + 1);
}

static void edge_join(void) {
    sink = thread_join_until(thread_self(), NULL, (instant_t){0});
}

static void edge_heap(void) {
    heap_free(heap_alloc(100));
}

static void edge_frame(void) {
    paddr_t frame;
    if (frame_alloc(&frame) == STATUS_OK) {
        sink = frame_free(frame);
    }
}

static void edge_log(void) {
    log_error("from the edge: %d", 1);
}

static const struct {
    const char *what;
    void (*operation)(void);
} operations[] = {
    {"try_send and try_recv", edge_try_send},
    {"send to one who waits", edge_hand_over},
    {"send to one who waits with a deadline", edge_hand_over_timed},
    {"receive from one who waits", edge_let_in},
    {"recv with a timeout", edge_receive_timed},
    {"sleep", edge_sleep},
    {"yield", edge_yield},
    {"spawn", edge_spawn},
    {"priorities", edge_priority},
    {"join", edge_join},
    {"heap", edge_heap},
    {"frames", edge_frame},
    {"log", edge_log},
};

struct attempt {
    void (*operation)(void);
    uint64_t room;
};

static void attempts(void *argument) {
    const struct attempt *attempt = argument;
    uint64_t low = arch_cpu_self()->current->stack->low.value;
    stack_edge_call(low + attempt->room, attempt->operation);
}

/* Whether the thread lived through it. */
static bool attempt_at(void (*operation)(void), uint64_t room, bool *understood) {
    struct attempt attempt = {operation, room};
    status_t status = thread_join(test_spawn(attempts, &attempt, MAIN + 1), NULL);
    *understood = *understood && (status == STATUS_OK || status == STATUS_FAULTED);
    return status == STATUS_OK;
}

static void boxes_prepare(void) {
    TAP_REQUIRE(number_box_init(&box, box_storage, 1) == STATUS_OK, "a mailbox is made");
    TAP_REQUIRE(number_box_init(&empty, empty_storage, 1) == STATUS_OK, "another");
    TAP_REQUIRE(number_box_init(&empty_timed, empty_timed_storage, 1) == STATUS_OK, "another");
    TAP_REQUIRE(number_box_init(&full, full_storage, 1) == STATUS_OK, "another");
}

/* With every amount of room from nothing: once it is enough, more is enough too. */
static void try_operation(const char *what, void (*operation)(void)) {
    bool understood = true;
    bool monotonic = true;
    bool lived = false;
    uint64_t least = 0;
    for (uint64_t room = 0; room <= ROOM_MAX; room += ROOM_STEP) {
        bool lives = attempt_at(operation, room, &understood);
        monotonic = monotonic && (lives || !lived);
        lived = lives;
        least = lives ? least : room + ROOM_STEP;
    }
    TAP_OK(understood && monotonic, what);
    TAP_OK(least <= ROOM_MAX, "works with the most that is left");
    TAP_OK(attempt_at(operation, ROOM_PLENTY, &understood), "works with room");
    record_number("stack_edge_room", least);
}

static void stack_edge_all(void) {
    boxes_prepare();
    thread_id_t waiters[] = {test_spawn(receives_always, NULL, MAIN + 3),
                             test_spawn(receives_always_timed, NULL, MAIN + 3),
                             test_spawn(sends_always, NULL, MAIN + 3)};
    for (unsigned i = 0; i < ARRAY_SIZE(operations); i++) {
        try_operation(operations[i].what, operations[i].operation);
    }
    number_box_close(&empty);
    number_box_close(&empty_timed);
    number_box_close(&full);
    for (unsigned i = 0; i < ARRAY_SIZE(waiters); i++) {
        test_join(waiters[i]);
    }
}

static const struct test_case stack_edge_cases[] = {
    {"stack_edge_all", stack_edge_all, TEST_ALONE},
};
TEST_GROUP(stack_edge);
