/* SPDX-License-Identifier: MIT */
/* Programs that do their worst; what must hold meanwhile and behind them: hostile.h. */
#include "abi/syscall.h"
#include "kernel/app.h"
#include "kernel/ipc/mailbox_hold.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/mm/kernel_vm.h"
#include "kernel/proc/spawn.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/hostile.h"
#include "tests/qemu/user_build.h"

/* Beside the witness. Where there are fewer the cases are skipped. */
#define CROWD (CONFIG_PROCESSES < 4 ? 3 : CONFIG_PROCESSES > 15 ? 15 : CONFIG_PROCESSES - 1)
#define BOXES 4

MAILBOX_TYPE(number_box, uint64_t)

static const struct cpio no_archive;
static const struct programs no_programs = {.archive = &no_archive}; /* nobody can spawn of them */
static struct number_box boxes[BOXES];
static uint64_t storage[BOXES][2];

static void boxes_begin(void) {
    for (unsigned i = 0; i < BOXES; i++) {
        TAP_REQUIRE(number_box_init(&boxes[i], storage[i], 2) == STATUS_OK, "a mailbox");
    }
}

static void boxes_end(void) {
    for (unsigned i = 0; i < BOXES; i++) {
        TAP_OK(!mailbox_is_held(&boxes[i].mailbox), "no handle is left");
        number_box_close(&boxes[i]);
    }
}

/* One of each kind, for calls to find. */
static void give_all(process_id_t id) {
    uint32_t handle;
    TAP_REQUIRE(process_give_log(id, &handle) == STATUS_OK &&
                    process_give_names(id, HANDLE_RIGHT_ALL, &handle) == STATUS_OK &&
                    process_give_programs(id, &no_programs, HANDLE_RIGHT_ALL, &handle) == STATUS_OK,
                "handles to lose");
    for (unsigned i = 0; i < BOXES; i++) {
        TAP_REQUIRE(process_give_mailbox(id, &boxes[i].mailbox, HANDLE_RIGHT_ALL, &handle) ==
                        STATUS_OK,
                    "of mailboxes, too");
    }
}

/* The kernel's, unmapped, read-only, misaligned, wrapping, with its last byte on a missing page. */
static const uint64_t addresses[] = {
    0xffff000040080000,
    KERNEL_AREA_BASE + 1,
    0x123412341000,
    TEXT,
    SYSCALL_MESSAGE_AREA + 3,
    UINT64_MAX - 3,
    SYSCALL_MESSAGE_AREA + PAGE_SIZE - 1,
    DATA + PAGE_SIZE - 7,
};

/* --- Random calls ------------------------------------------------------------------------------- */

#define CALLS UINT64_C(1000000)

static uint64_t seed;

static process_id_t any_calls_begin(unsigned number) {
    uint64_t data[2 + ARRAY_SIZE(addresses)] = {(seed + number + 1) * 0x9e3779b97f4a7c15,
                                                CALLS / CROWD + 1};
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
        data[2 + i] = addresses[i];
    }
    const process_id_t id = BUILD(any_calls);
    give_all(id);
    TAP_REQUIRE(process_map(id, vaddr(DATA), PAGE_SIZE, data, sizeof data, USER_READ_ONLY) ==
                    STATUS_OK,
                "data");
    start_at(id, DATA, MAIN - 1 - number % 3);
    return id;
}

static void any_calls(void) {
    process_id_t ids[CROWD];
    uint64_t made = 0;
    boxes_begin();
    for (unsigned i = 0; i < CROWD; i++) {
        ids[i] = any_calls_begin(i);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        TAP_EQ(finish(ids[i]), STATUS_OK, "random calls end");
        made += (uint64_t)ended.code;
    }
    TAP_OK(made >= CALLS, "all of them made");
    boxes_end();
}

static void hostile_calls(void) {
    HOSTILE_NEEDS;
    const char *text = app_argument("seed");
    seed = text != NULL ? (uint64_t)(uint8_t)text[0] << 8 : 0;
    record_number("seed", seed);
    hostile_do("random calls", any_calls);
}

/* --- Each call with each pointer ---------------------------------------------------------------- */

static void each_pointer(void) {
    enum { HANDLES = 4, VALUES = ARRAY_SIZE(addresses) + HANDLES + 1 };
    uint64_t data[2 + VALUES] = {SYSCALL_COUNT, VALUES};
    boxes_begin();
    const process_id_t id = BUILD(each_pointer);
    give_all(id);
    for (unsigned i = 0; i < VALUES; i++) {
        data[2 + i] = i < ARRAY_SIZE(addresses) ? addresses[i]
                      : i < VALUES - 1          ? HANDLE_FIRST + i - ARRAY_SIZE(addresses)
                                                : 8;
    }
    TAP_REQUIRE(process_map(id, vaddr(DATA), PAGE_SIZE, data, sizeof data, USER_READ_ONLY) ==
                    STATUS_OK,
                "data");
    start_at(id, DATA, MAIN - 1);
    TAP_EQ(finish(id), STATUS_OK, "every call with every kind of pointer answers");
    TAP_EQ(ended.code, (int64_t)((SYSCALL_COUNT - 1) * VALUES * VALUES * VALUES),
           "all of them made");
    boxes_end();
}

/* --- What traps --------------------------------------------------------------------------------- */

static uint64_t pattern(unsigned number) {
    static const uint64_t some[] = {
        0,    UINT64_MAX, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0xffff000040080000,
        TEXT, STACK,      KERNEL_AREA_BASE,   0x8000000000000000};
    if (number < ARRAY_SIZE(some)) {
        return some[number];
    }
    number -= ARRAY_SIZE(some);
    return number < 64 ? BIT(number) : number < 128 ? ~BIT(number - 64) : 0;
}
#define PATTERNS (9 + 128)

static unsigned wrong;

/* Ends by its fault, and at the instruction that is at fault, or where that led to. */
static void must_fault(process_id_t id, uint64_t argument) {
    wrong += run(id, argument) != STATUS_FAULTED || ended.syndrome == 0;
}

static void patterns(void) {
    wrong = 0;
    for (unsigned i = 0; i < PATTERNS; i++) {
        const uint64_t value = pattern(i);
        const status_t status = run(BUILD(pattern_calls), value);
        /* The number 1 is exit, with 1; 3 is sleep. All others answer. */
        wrong += status != STATUS_OK || ended.code != (value == 1);
        must_fault(BUILD(pattern_undefined), value);
        must_fault(BUILD(pattern_loads), value);
        if (value != TEXT) { /* its own program again, for ever */
            must_fault(BUILD(pattern_jumps), value);
        }
    }
    TAP_EQ(wrong, 0,
           "with anything in all registers, a trap is a trap, and calls keep what they must");
}

static void faults(void) {
    wrong = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
        if (page_align_down(addresses[i]) != SYSCALL_MESSAGE_AREA) {
            must_fault(BUILD(stores), addresses[i]);
        }
        must_fault(BUILD(jumps), addresses[i] == TEXT ? 0 : addresses[i]);
    }
    must_fault(BUILD(overflows), 0);
    must_fault(BUILD(reads_system), 0);
    must_fault(BUILD(writes_system), 0);
    must_fault(BUILD(reads_counter), 0);
    must_fault(BUILD(masks), 0);
    must_fault(BUILD(waits_for_interrupt), 0);
    must_fault(BUILD(floats), 0);
    must_fault(BUILD(other_svc), 0);
    must_fault(BUILD(hypervisor_call), 0);
    TAP_EQ(wrong, 0, "who does what it may not ends by its fault");
}

/* --- Who takes all ------------------------------------------------------------------------------ */

static void spins_on(void) {
    const process_id_t id = BUILD(spins);
    start_at(id, 0, MAIN - 1);
    thread_sleep_ms(5);
    TAP_EQ(process_kill(id), STATUS_OK, "one spins until it is killed");
    TAP_EQ(finish(id), STATUS_CLOSED, "and ends");
}

static void takes_handles(void) {
    for (unsigned i = 0; i < 20; i++) {
        (void)run(BUILD(keeps_boxes), 0);
    }
    TAP_EQ(run(BUILD(keeps_boxes), 0), STATUS_OK, "one makes mailboxes");
    TAP_OK(ended.code > 0 && ended.code <= CONFIG_PROCESS_HANDLES, "until it may have no more");
}

/* With every number of frames left, from none to enough: made wholly or not at all. */
static void takes_memory(void) {
    const struct process_attributes attributes = {.name = "user", .pages = PAGES};
    unsigned failed = 0, made = 0;
    wrong = 0;
    for (uint64_t spare = 0; spare < 40; spare++) {
        frames_hoard(spare);
        process_id_t id;
        status_t status = process_create(&attributes, &id);
        if (status == STATUS_OK) {
            status = process_map(id, vaddr(TEXT), 4 * PAGE_SIZE, NULL, 0, USER_READ_EXECUTE);
            made += status == STATUS_OK;
            TAP_REQUIRE(process_kill(id) == STATUS_OK && finish(id) == STATUS_CLOSED, "it goes");
        }
        failed += status == STATUS_NO_MEMORY;
        wrong += status != STATUS_OK && status != STATUS_NO_MEMORY;
        wrong += frames_free() != spare;
        frames_give_back();
    }
    TAP_OK(failed > 5 && made > 5, "with few frames left there is no process, with more there is");
    TAP_EQ(wrong, 0, "and nothing in between");
}

static void hostile_acts(void) {
    HOSTILE_NEEDS;
    hostile_do("pointers", each_pointer);
    hostile_do("patterns in all registers", patterns);
    hostile_do("faults", faults);
    hostile_do("a loop", spins_on);
    hostile_do("handles", takes_handles);
    hostile_do("memory", takes_memory);
}

static const struct test_case hostile_cases[] = {
    {"hostile_calls", hostile_calls, TEST_ALONE},
    {"hostile_acts", hostile_acts, TEST_ALONE},
};
TEST_GROUP(hostile);
