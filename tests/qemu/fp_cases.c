/* SPDX-License-Identifier: MIT */
/*
 * Threads with floating-point registers: none of theirs changes however often the CPU changes
 * hands, none is seen by another, and a thread without any ends when it touches one. The code that
 * uses them is in vectors_fp.c; this file, as the kernel, has none.
 */
#include "kernel/sched/thread_internal.h"
#include "tests/qemu/groups.h"
#include "tests/qemu/vectors_fp.h"

#define MAIN          CONFIG_MAIN_PRIORITY
#define INTERRUPTIONS 10000
#define CPACR_OPEN    (UINT64_C(3) << 20)

static volatile uint64_t stop;

static status_t spawn_fp(thread_entry entry, uint64_t argument, unsigned priority,
                         enum thread_policy policy, thread_id_t *id) {
    const struct thread_attributes attributes = {
        .name = "vectors", .priority = (uint8_t)priority, .policy = (uint8_t)policy, .fp = true};
    return thread_spawn(entry, (void *)(uintptr_t)argument, &attributes, id);
}

static thread_id_t must_spawn_fp(thread_entry entry, uint64_t argument, unsigned priority) {
    thread_id_t id = THREAD_ID_NONE;
    status_t status = spawn_fp(entry, argument, priority, THREAD_FIFO, &id);
    TAP_REQUIRE(status == STATUS_OK, "a thread with registers is spawned");
    return id;
}

static void spins(void *argument) {
    thread_exit(vectors_spin((uint64_t)(uintptr_t)argument, &stop));
}

/* --- Kept: two that spin, one that scribbles now and then, and main, which has none ------------- */

static volatile uint64_t scribbles;

static void scribbles_on(void *argument) {
    while (stop == 0) {
        vectors_fill((uint64_t)(uintptr_t)argument + scribbles);
        scribbles++;
        thread_sleep_ticks(2500);
    }
}

static void fp_kept_when_interrupted(void) {
    TEST_NEEDS(CONFIG_FP_THREADS >= 3);
    stop = 0;
    scribbles = 0;
    thread_id_t first = must_spawn_fp(spins, 0x123456789abcdef0, MAIN - 3);
    thread_id_t second = must_spawn_fp(spins, 0xfedcba987654320f, MAIN - 3);
    thread_id_t scribbler = must_spawn_fp(scribbles_on, 0x5555555555555555, MAIN - 1);
    for (uint64_t i = 0; i < INTERRUPTIONS; i++) {
        /* Odd lengths, so that every instruction of the loop is met. */
        thread_sleep_ticks(2000 + i % 97);
        status_t status = thread_set_priority(first, i % 2 == 0 ? MAIN - 4 : MAIN - 2);
        TAP_REQUIRE(status == STATUS_OK, "another one's turn");
    }
    stop = 1;
    TAP_EQ(test_join(first), 0, "10,000 times preempted, and no register has changed");
    TAP_EQ(test_join(second), 0, "nor one of the other");
    test_join(scribbler);
    TAP_OK(scribbles > 100, "though a third used them meanwhile");
}

static void hogs(void *argument) {
    (void)argument;
    while (stop == 0) {
    }
}

static void fp_kept_in_turns(void) {
    TEST_NEEDS(CONFIG_FP_THREADS >= 3);
    TEST_NEEDS(CONFIG_QUANTUM_US <= 10000);
    thread_id_t ids[3];
    stop = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        status_t status =
            spawn_fp(spins, 0x1111111111111111 * (i + 1), MAIN - 2, THREAD_ROUND_ROBIN, &ids[i]);
        TAP_REQUIRE(status == STATUS_OK, "three take turns");
    }
    thread_id_t plain = test_spawn_round_robin(hogs, NULL, MAIN - 2);
    thread_sleep_us(UINT64_C(9) * CONFIG_QUANTUM_US);
    stop = 1;
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), 0, "quanta that end change no register");
    }
    test_join(plain);
}

static void computes(void *argument) {
    thread_exit(vectors_compute((unsigned)(uintptr_t)argument, 2000, thread_yield));
}

static void fp_kept_by_calls(void) {
    TEST_NEEDS(CONFIG_FP_THREADS >= 3);
    thread_id_t first = must_spawn_fp(computes, 3, MAIN - 2);
    thread_id_t second = must_spawn_fp(computes, 1001, MAIN - 2);
    TAP_EQ(test_join(first), 0, "doubles and vectors live over a yield");
    TAP_EQ(test_join(second), 0, "and the other's are others");
}

/* --- Not there: threads without ------------------------------------------------------------------ */

static void uses_arithmetic(void *argument) {
    (void)argument;
    vectors_use_arithmetic();
    thread_exit(1);
}

static void uses_load(void *argument) {
    (void)argument;
    vectors_use_load();
    thread_exit(1);
}

static void uses_control(void *argument) {
    (void)argument;
    vectors_use_control();
    thread_exit(1);
}

static void fp_trapped(void) {
    TEST_NEEDS(CONFIG_FP_THREADS >= 3);
    static const struct {
        const char *what;
        thread_entry entry;
    } uses[] = {{"arithmetic without registers", uses_arithmetic},
                {"a load into a register that is not there", uses_load},
                {"a look at the status", uses_control}};
    stop = 0;
    thread_id_t owner = must_spawn_fp(spins, 77, MAIN - 3);
    for (unsigned i = 0; i < ARRAY_SIZE(uses); i++) {
        TAP_EQ(thread_join(test_spawn(uses[i].entry, NULL, MAIN - 1), NULL), STATUS_FAULTED,
               uses[i].what);
        thread_sleep_us(50);
        TAP_EQ(thread_join(test_spawn(uses[i].entry, NULL, MAIN + 1), NULL), STATUS_FAULTED,
               "while the registers hold another's");
        TAP_EQ(test_join(must_spawn_fp(uses[i].entry, 0, MAIN - 1)), 1, "with registers it may");
    }
    stop = 1;
    TAP_EQ(test_join(owner), 0, "who owned them has lost nothing");
}

/* --- Not leaked ---------------------------------------------------------------------------------- */

static void fills_and_ends(void *argument) {
    vectors_fill((uint64_t)(uintptr_t)argument);
}

static void fills_and_faults(void *argument) {
    vectors_fill((uint64_t)(uintptr_t)argument);
    __asm__ volatile("udf #0");
}

static void looks(void *argument) {
    (void)argument;
    thread_exit(vectors_any() != 0);
}

static void fp_not_leaked(void) {
    TEST_NEEDS(CONFIG_FP_THREADS >= 3);
    TAP_EQ(test_join(must_spawn_fp(looks, 0, MAIN - 1)), 0, "all registers are zero to begin with");
    for (unsigned above = 0; above < 2; above++) {
        unsigned priority = above ? MAIN + 1 : MAIN - 1;
        test_join(must_spawn_fp(fills_and_ends, UINT64_MAX / 3, priority));
        TAP_EQ(test_join(must_spawn_fp(looks, 0, priority)), 0, "also after one that has ended");
        thread_id_t sinner = must_spawn_fp(fills_and_faults, UINT64_MAX / 5, priority);
        TAP_EQ(thread_join(sinner, NULL), STATUS_FAULTED, "one faults");
        TAP_EQ(test_join(must_spawn_fp(looks, 0, priority)), 0, "and leaves nothing");
    }
    thread_id_t filler = must_spawn_fp(fills_and_ends, UINT64_MAX / 7, MAIN - 1);
    thread_id_t looker = must_spawn_fp(looks, 0, MAIN - 1);
    TAP_EQ(test_join(looker), 0, "at the switch from one to the next");
    test_join(filler);
}

/* --- Opened and closed --------------------------------------------------------------------------- */

static uint64_t access_now(void) {
    uint64_t cpacr;
    __asm__ volatile("mrs %0, cpacr_el1" : "=r"(cpacr));
    return cpacr;
}

/* Exit code: how often the registers were not as they must be for this thread. */
static void watches_access(void *argument) {
    const uint64_t expected = argument != NULL ? CPACR_OPEN : 0;
    int64_t wrong = 0;
    for (unsigned i = 0; i < 300; i++) {
        wrong += access_now() != expected;
        switch (i % 3) {
        case 0:
            thread_yield();
            break;
        case 1:
            thread_sleep_ticks(700 + 13 * i);
            break;
        default:
            test_spin_until(time_after(time_ticks(1500)));
        }
    }
    thread_exit(wrong);
}

static void fp_access(void) {
    TEST_NEEDS(CONFIG_FP_THREADS >= 3);
    thread_id_t ids[6];
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        /* Of two levels, of both kinds: every switch there is, and idle in between. */
        ids[i] = i % 3 != 0 ? must_spawn_fp(watches_access, 1, MAIN - 1 - i % 2)
                            : test_spawn(watches_access, NULL, MAIN - 1 - i % 2);
    }
    TAP_EQ(access_now(), 0, "closed for main");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        TAP_EQ(test_join(ids[i]), 0,
               i % 3 != 0 ? "always open for one with" : "never for one without");
        TAP_EQ(access_now(), 0, "closed for main, when one has ended");
    }
}

/* --- Exhausted ----------------------------------------------------------------------------------- */

static void ends(void *argument) {
    (void)argument;
}

static void fp_exhausted(void) {
    TEST_NEEDS(CONFIG_FP_THREADS + 5 <= CONFIG_THREAD_SLOTS); /* some have none */
    static thread_id_t ids[CONFIG_FP_THREADS];
    const struct thread_attributes large = {
        .priority = MAIN - 1, .fp = true, .stack_size = CONFIG_STACK_SIZE_MAX};
    thread_id_t more = THREAD_ID_NONE;
    uint32_t slots = thread_slots_free();
    for (unsigned i = 0; i < CONFIG_FP_THREADS; i++) {
        ids[i] = must_spawn_fp(looks, 0, MAIN - 1);
    }
    TAP_EQ(spawn_fp(ends, 0, MAIN - 1, THREAD_FIFO, &more), STATUS_NO_MEMORY, "one too many");
    for (unsigned i = 0; i < 3; i++) {
        TAP_EQ(thread_spawn(ends, NULL, &large, &more), STATUS_NO_MEMORY,
               "and with a large stack, again and again");
    }
    TAP_EQ(thread_slots_free(), slots - CONFIG_FP_THREADS, "no slot is lost by that");
    test_join(test_spawn(ends, NULL, MAIN - 1));
    for (unsigned i = 0; i < CONFIG_FP_THREADS; i++) {
        TAP_EQ(test_join(ids[i]), 0, "each has its own, all zero");
    }
    TAP_EQ(thread_spawn(ends, NULL, &large, &more), STATUS_OK, "now there are some, and the stack");
    test_join(more);
}

static const struct test_case fp_cases[] = {
    {"fp_kept_when_interrupted", fp_kept_when_interrupted, TEST_EXACT},
    {"fp_kept_in_turns", fp_kept_in_turns, TEST_EXACT},
    {"fp_kept_by_calls", fp_kept_by_calls, TEST_ALWAYS},
    {"fp_trapped", fp_trapped, TEST_ALWAYS},
    {"fp_not_leaked", fp_not_leaked, TEST_ALWAYS},
    {"fp_access", fp_access, TEST_ALWAYS},
    {"fp_exhausted", fp_exhausted, TEST_ALWAYS},
};
TEST_GROUP(fp);
