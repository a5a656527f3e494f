/* SPDX-License-Identifier: MIT */
/* Ways through the system calls that are seldom: errands that somebody comes between, waits that end
 * otherwise, and what registers hold behind them. */
#include "abi/syscall.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/sched/thread_internal.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/user_build.h"

#define FIRST_TICK 300 /* until the one that comes between sleeps */

MAILBOX_TYPE(number_box, uint64_t)

static uint64_t storage[1];
static struct number_box box;

static void box_begin(void) {
    TAP_REQUIRE(number_box_init(&box, storage, 1) == STATUS_OK, "a mailbox");
}

static uint64_t give(process_id_t id, uint8_t rights) {
    uint32_t handle;
    TAP_REQUIRE(process_give_mailbox(id, &box.mailbox, rights, &handle) == STATUS_OK, "a handle");
    return handle;
}

static void send(uint64_t number) {
    TAP_REQUIRE(number_box_send(&box, &number) == STATUS_OK, "a message");
}

static status_t start(process_id_t id, uint64_t argument, unsigned priority) {
    const struct process_start how = {.entry = vaddr(TEXT),
                                      .stack_top = vaddr(STACK + STACK_SIZE),
                                      .argument = argument,
                                      .priority = (uint8_t)priority};
    return process_start(id, &how);
}

/* Whether the only thread of user mode does not stand in its own program. */
static bool on_errand(void) {
    bool found = false;
    arch_irq_mask();
    for (unsigned i = 0; i < CONFIG_THREAD_SLOTS; i++) {
        const struct thread *thread = &thread_slots[i];
        if (thread->state == THREAD_READY && thread->process != NULL) {
            found |= !arch_frame_is_user(&thread->frame);
        }
    }
    arch_irq_unmask();
    return found;
}

/* --- Who comes between an errand's steps -------------------------------------------------------- */

static struct {
    instant_t when;
    process_id_t id;
    uint64_t number;
    unsigned taken;
    bool met;
} between;

static thread_id_t come_between(void (*what)(void *), process_id_t id, uint64_t ticks) {
    between.id = id;
    between.taken = 0;
    between.when = time_after((duration_t){FIRST_TICK + ticks});
    return test_spawn(what, NULL, MAIN + 5);
}

static void kills(void *argument) {
    (void)argument;
    thread_sleep_until(between.when);
    between.met = on_errand();
    (void)!process_kill(between.id);
}

#define LOG_STEPS   60
#define LOG_STEP    131
#define LOG_WAIT_MS (1 + CONFIG_THREAD_SLOTS / 4096) /* who kills looks at all slots before */

static void user_paths_kill_errand(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    unsigned met = 0, wrong = 0;
    for (unsigned i = 0; i < LOG_STEPS; i++) {
        uint32_t handle;
        process_id_t id = BUILD(logs);
        TAP_REQUIRE(process_give_log(id, &handle) == STATUS_OK, "a handle of the log");
        thread_id_t killer = come_between(kills, id, i * LOG_STEP);
        (void)!start(id, handle, MAIN - 1); /* BUSY: it is dead already */
        const status_t status = process_wait_until(id, &ended, time_after(time_ms(LOG_WAIT_MS)));
        wrong += status != STATUS_CLOSED;
        met += between.met;
        TAP_REQUIRE(status == STATUS_CLOSED || process_kill(id) == STATUS_OK, "killed again");
        (void)test_join(killer);
    }
    TAP_OK(met > 0 && met < LOG_STEPS, "kills meet the program and its errands");
    TAP_EQ(wrong, 0, "each ends it");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* Takes all there is, and lets in who waits. */
static void robs(void *argument) {
    (void)argument;
    thread_sleep_until(between.when);
    between.met = on_errand();
    while (number_box_try_recv(&box, &between.number) == STATUS_OK) {
        between.taken++;
    }
}

#define ROB_TICKS 900
#define ROB_STEP  3

static void user_paths_repeat(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    unsigned repeated = 0, first = 0, later = 0, wrong = 0;
    for (uint64_t tick = 0; tick < ROB_TICKS; tick += ROB_STEP) {
        box_begin();
        send(1);
        process_id_t sender = BUILD(sends);
        process_id_t receiver = BUILD(gets_one);
        TAP_REQUIRE(start(sender, give(sender, HANDLE_RIGHT_SEND) << 32 | 2, MAIN + 1) == STATUS_OK,
                    "one waits to send");
        const uint64_t handle = give(receiver, HANDLE_RIGHT_RECEIVE);
        thread_id_t robber = come_between(robs, receiver, tick);
        TAP_REQUIRE(start(receiver, handle, MAIN + 2) == STATUS_OK, "one receives");
        test_spin_until(between.when);
        if (between.taken == 2) {
            repeated += between.met;
            later++;
            send(77);
        }
        wrong += finish(receiver) != STATUS_OK;
        first += between.taken != 2 && ended.code == 1;
        wrong += ended.code != (between.taken == 2 ? 77 : 1);
        wrong += finish(sender) != STATUS_OK || ended.code != STATUS_OK;
        (void)test_join(robber);
        number_box_close(&box);
    }
    TAP_OK(repeated > 0, "an errand finds nothing any more");
    TAP_EQ(first + later, ROB_TICKS / ROB_STEP, "there is a message for each");
    TAP_EQ(wrong, 0, "which gets it, in its turn");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Two who wait for one that is dead ---------------------------------------------------------- */

static void waits(void *argument) {
    status_t *status = argument;
    thread_sleep_until(between.when);
    *status = process_wait_until(between.id, NULL, time_now());
}

#define WAIT_TICKS 120000
#define WAIT_STEP  191

static void user_paths_two_waiters(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    unsigned busy = 0, stale = 0, first = 0, wrong = 0;
    for (uint64_t tick = 0; tick < WAIT_TICKS; tick += WAIT_STEP) {
        process_id_t id = BUILD(spins);
        status_t others = STATUS_TIMED_OUT;
        TAP_REQUIRE(process_kill(id) == STATUS_OK, "it never runs");
        between.id = id;
        between.when = time_after((duration_t){FIRST_TICK + tick});
        thread_id_t other = test_spawn(waits, &others, MAIN + 5);
        const status_t status = process_wait_until(id, NULL, INSTANT_NEVER);
        test_spin_until(between.when);
        busy += others == STATUS_BUSY;
        stale += others == STATUS_STALE;
        first += others == STATUS_CLOSED;
        wrong += others == STATUS_CLOSED ? status != STATUS_BUSY && status != STATUS_STALE
                                         : status != STATUS_CLOSED;
        (void)test_join(other);
    }
    TAP_OK(busy > 0 && stale > 0, "others come while its end is made, and behind it");
    TAP_EQ(busy + stale + first, (WAIT_TICKS + WAIT_STEP - 1) / WAIT_STEP, "which are told so");
    TAP_EQ(wrong, 0, "and one alone has its end");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Waits that end otherwise ------------------------------------------------------------------- */

static void user_paths_kill_sender(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    uint64_t number = 0;
    box_begin();
    send(1);
    process_id_t id = BUILD(sends);
    const uint64_t handle = give(id, HANDLE_RIGHT_SEND);
    TAP_EQ(start(id, handle << 32 | 2, MAIN + 1), STATUS_OK, "one waits to send");
    TAP_EQ(process_kill(id), STATUS_OK, "and is killed");
    TAP_EQ(finish(id), STATUS_CLOSED, "it ends");
    TAP_EQ(number_box_try_recv(&box, &number), STATUS_OK, "what was sent");
    TAP_EQ(number, 1, "is there");
    TAP_EQ(number_box_try_recv(&box, &number), STATUS_WOULD_BLOCK, "and what was not is not");
    number_box_close(&box);
    TAP_EQ(frames_free(), before, "all frames are back");
}

static void user_paths_timed_out(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    uint64_t number = 0;
    box_begin();
    process_id_t id = BUILD(tries);
    const uint64_t receives = give(id, HANDLE_RIGHT_RECEIVE);
    TAP_EQ(start(id, receives, MAIN - 1), STATUS_OK, "one receives until a moment");
    TAP_EQ(finish(id), STATUS_OK, "which comes");
    TAP_EQ(ended.code, 2 * STATUS_TIMED_OUT, "as it does where it is past");
    send(1);
    id = BUILD(tries);
    const uint64_t sends = give(id, HANDLE_RIGHT_SEND);
    TAP_EQ(start(id, BIT(32) | sends, MAIN - 1), STATUS_OK, "one sends until a moment");
    TAP_EQ(finish(id), STATUS_OK, "which comes");
    TAP_EQ(ended.code, 2 * STATUS_TIMED_OUT, "as it does where it is past");
    TAP_EQ(number_box_try_recv(&box, &number), STATUS_OK, "what was sent");
    TAP_EQ(number_box_try_recv(&box, &number), STATUS_WOULD_BLOCK, "is alone");
    number_box_close(&box);
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- Registers ---------------------------------------------------------------------------------- */

/* The other end of what `leaves_nothing` does. */
static void partner(void *argument) {
    uint64_t *got = argument;
    uint64_t number = 1;
    thread_sleep_ticks(100000);
    bool done = number_box_send(&box, &number) == STATUS_OK; /* to one that waits */
    number = 2;
    done &= number_box_send(&box, &number) == STATUS_OK;
    number = 3;
    done &= number_box_send(&box, &number) == STATUS_OK; /* which an errand lets in */
    thread_sleep_ticks(100000);
    done &= number_box_recv(&box, &number) == STATUS_OK && number == 3; /* lets in another */
    done &= number_box_recv(&box, &number) == STATUS_OK;
    *got = done ? number : 0;
}

static void user_paths_registers(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    uint64_t got = 0;
    uint32_t log;
    box_begin();
    process_id_t id = BUILD(leaves_nothing);
    process_id_t other = BUILD(keeps_tls); /* of the same level, and yields too */
    TAP_EQ(process_give_log(id, &log), STATUS_OK, "a handle of the log");
    const uint64_t handle = give(id, HANDLE_RIGHT_SEND | HANDLE_RIGHT_RECEIVE);
    thread_id_t helper = test_spawn(partner, &got, MAIN + 1);
    TAP_EQ(start(id, handle << 32 | log, MAIN - 1), STATUS_OK, "one waits and errs");
    TAP_EQ(start(other, 5, MAIN - 1), STATUS_OK, "beside another");
    TAP_EQ(process_wait_until(id, &ended, time_after(time_ms(5))), STATUS_OK, "it ends");
    TAP_EQ(ended.code, 0, "no call left anything in x1 to x18");
    TAP_EQ(finish(other), STATUS_OK, "the other does");
    TAP_EQ(ended.code, 0, "with its own");
    (void)test_join(helper);
    TAP_EQ(got, 4, "and all messages came");
    number_box_close(&box);
    TAP_EQ(frames_free(), before, "all frames are back");
}

static status_t start_fp(process_id_t id, uint64_t seed) {
    return process_start(
        id, &(struct process_start){
                .entry = vaddr(TEXT), .argument = seed, .priority = MAIN - 1, .fp = true});
}

static void user_paths_fp(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    const uint64_t before = frames_free();
    process_id_t first = BUILD(keeps_fp);
    process_id_t second = BUILD(keeps_fp);
    TAP_EQ(start_fp(first, UINT64_C(0x1111111111400001)), STATUS_OK, "one with floating point");
    TAP_EQ(start_fp(second, UINT64_C(0x2222222222800002)), STATUS_OK, "and another");
    TAP_EQ(finish(first), STATUS_OK, "the one ends");
    TAP_EQ(ended.code, 0, "with its registers");
    TAP_EQ(finish(second), STATUS_OK, "the other too");
    TAP_EQ(ended.code, 0, "with its own");
    TAP_EQ(frames_free(), before, "all frames are back");
}

/* --- A stack pointer that is the kernel's ------------------------------------------------------- */

static void user_paths_kernel_sp(void) {
    TEST_NEEDS(CONFIG_PROCESS_PAGES >= PAGES);
    static const uint64_t pointers[] = {0xffff000040080000, 0xffff000040200000, UINT64_MAX - 15,
                                        0xffff000040200004};
    const uint64_t before = frames_free();
    for (unsigned i = 0; i < ARRAY_SIZE(pointers); i++) {
        process_id_t id = BUILD(loads_by_sp);
        process_id_t other = BUILD(calls_with_sp);
        TAP_EQ(start(id, pointers[i], MAIN - 1), STATUS_OK, "one loads by an SP of the kernel");
        TAP_EQ(start(other, pointers[i], MAIN - 1), STATUS_OK, "one only calls with it");
        TAP_EQ(finish(id), STATUS_FAULTED, "the one ends");
        TAP_OK(ended.syndrome != 0 && ended.pc == TEXT + 4, "by its load");
        TAP_EQ(finish(other), STATUS_OK, "the other calls");
        TAP_OK(ended.code == (int64_t)pointers[i], "and has its SP yet");
    }
    TAP_EQ(frames_free(), before, "all frames are back");
}

static const struct test_case user_paths_cases[] = {
    {"user_paths_kill_errand", user_paths_kill_errand, TEST_EXACT},
    {"user_paths_repeat", user_paths_repeat, TEST_EXACT},
    {"user_paths_two_waiters", user_paths_two_waiters, TEST_EXACT},
    {"user_paths_kill_sender", user_paths_kill_sender, TEST_ALWAYS},
    {"user_paths_timed_out", user_paths_timed_out, TEST_EXACT},
    {"user_paths_registers", user_paths_registers, TEST_EXACT},
    {"user_paths_fp", user_paths_fp, TEST_ALWAYS},
    {"user_paths_kernel_sp", user_paths_kernel_sp, TEST_ALWAYS},
};
TEST_GROUP(user_paths);
