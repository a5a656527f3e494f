/* SPDX-License-Identifier: MIT */
/* A thread's fault ends that thread, tells its joiner, and touches nobody else. */
#include "arch/task_call.h"
#include "kernel/ipc/mailbox_type.h"
#include "kernel/sched/thread_internal.h"
#include "tests/qemu/groups.h"

#define MAIN CONFIG_MAIN_PRIORITY

/* --- The sins. Each never returns, if all is well; a return shows as exit code 1. --- */

static void reads_null(void *argument) {
    (void)argument;
    volatile uint32_t *null = NULL;
    __asm__ volatile("" : "+r"(null));
    (void)*null;
    thread_exit(1);
}

static void writes_null(void *argument) {
    (void)argument;
    volatile uint32_t *null = NULL;
    __asm__ volatile("" : "+r"(null));
    *null = 1;
    thread_exit(1);
}

static void reads_identity_map(void *argument) {
    (void)argument;
    volatile uint32_t *image = (volatile uint32_t *)(uintptr_t)0x40080000;
    (void)*image;
    thread_exit(1);
}

static void reads_no_address(void *argument) {
    (void)argument;
    volatile uint32_t *nowhere = (volatile uint32_t *)(uintptr_t)0x8000000000000000;
    (void)*nowhere;
    thread_exit(1);
}

static void undefined_instruction(void *argument) {
    (void)argument;
    __asm__ volatile("udf #0");
    thread_exit(1);
}

static void breakpoint(void *argument) {
    (void)argument;
    __asm__ volatile("brk #1");
    thread_exit(1);
}

static void jumps_to_null(void *argument) {
    (void)argument;
    void (*function)(void) = NULL;
    __asm__ volatile("" : "+r"(function));
    function();
    thread_exit(1);
}

static void jumps_to_nowhere(void *argument) {
    (void)argument;
    void (*function)(void) = (void (*)(void))(uintptr_t)0xffff123412341234;
    function();
    thread_exit(1);
}

static void jumps_unaligned(void *argument) {
    (void)argument;
    __asm__ volatile("adr x16, 1f\n\tadd x16, x16, #2\n\tbr x16\n1:\tnop" ::: "x16");
    thread_exit(1);
}

static void unknown_task_call(void *argument) {
    (void)argument;
    __asm__ volatile("svc %0" ::"i"(TASK_CALL_COUNT) : "memory");
    thread_exit(1);
}

static void far_task_call(void *argument) {
    (void)argument;
    __asm__ volatile("svc #65535" ::: "memory");
    thread_exit(1);
}

static void hypervisor_call(void *argument) {
    (void)argument;
    __asm__ volatile("mrs x16, sctlr_el2" ::: "x16", "memory");
    thread_exit(1);
}

static const uint32_t constant[4] = {1, 2, 3, 4};

static void writes_constant(void *argument) {
    (void)argument;
    uintptr_t address = (uintptr_t)&constant[1];
    __asm__ volatile("" : "+r"(address));
    *(volatile uint32_t *)address = 5;
    thread_exit(1);
}

static void writes_text(void *argument) {
    (void)argument;
    uintptr_t address = (uintptr_t)&writes_constant;
    __asm__ volatile("" : "+r"(address));
    *(volatile uint32_t *)address = 5;
    thread_exit(1);
}

static uint32_t data_code[2] = {0xd65f03c0, 0xd65f03c0}; /* ret */

static void executes_data(void *argument) {
    (void)argument;
    ((void (*)(void))(uintptr_t)data_code)();
    thread_exit(1);
}

static void executes_stack(void *argument) {
    (void)argument;
    volatile uint32_t code[2] = {0xd65f03c0, 0xd65f03c0};
    ((void (*)(void))(uintptr_t)code)();
    thread_exit(1);
}

static NOINLINE uint64_t descends(uint64_t depth) {
    volatile uint8_t room[200];
    room[depth % sizeof(room)] = (uint8_t)depth;
    return depth == UINT64_MAX ? 0 : descends(depth + 1) + room[0];
}

static void overflows_stack(void *argument) {
    (void)argument;
    thread_exit((int64_t)descends(1) | 1);
}

static void loses_stack(void *argument) {
    (void)argument;
    __asm__ volatile("mov x16, #0\n\tmov sp, x16\n\tldr x17, [sp, #-16]" ::
                         : "x16", "x17", "memory");
    thread_exit(1);
}

static const struct {
    const char *what;
    thread_entry entry;
} sins[] = {
    {"reading null", reads_null},
    {"writing null", writes_null},
    {"reading the dropped identity map", reads_identity_map},
    {"reading no address at all", reads_no_address},
    {"an undefined instruction", undefined_instruction},
    {"a breakpoint", breakpoint},
    {"a jump to null", jumps_to_null},
    {"a jump to nowhere", jumps_to_nowhere},
    {"a jump off the instruction grid", jumps_unaligned},
    {"the first unknown task call", unknown_task_call},
    {"the last unknown task call", far_task_call},
    {"a register of the hypervisor", hypervisor_call},
    {"writing a constant", writes_constant},
    {"writing text", writes_text},
    {"executing data", executes_data},
    {"executing the stack", executes_stack},
    {"overflowing the stack", overflows_stack},
    {"no stack at all", loses_stack},
};

/* --- The cases --- */

static void faults_end_thread(void) {
    for (unsigned i = 0; i < ARRAY_SIZE(sins); i++) {
        int64_t code = 77;
        thread_id_t waited = test_spawn(sins[i].entry, NULL, MAIN - 1);
        TAP_EQ(thread_join(waited, &code), STATUS_FAULTED, sins[i].what);
        TAP_EQ(code, 0, "there is no exit code");
        thread_id_t ended = test_spawn(sins[i].entry, NULL, MAIN + 1);
        TAP_EQ(thread_join(ended, &code), STATUS_FAULTED, "the same for a joiner who comes later");
    }
    TAP_OK(constant[1] == 2, "the constant is as it was");
}

static void faults_detached(void) {
    uint32_t slots = thread_slots_free();
    struct thread_attributes attributes = {.priority = MAIN + 1, .detached = true};
    for (unsigned i = 0; i < ARRAY_SIZE(sins); i++) {
        TAP_REQUIRE(thread_spawn(sins[i].entry, NULL, &attributes, NULL) == STATUS_OK, "spawn");
    }
    TAP_EQ(thread_slots_free(), slots, "a detached thread's fault frees its slot");
}

MAILBOX_TYPE(number_box, uint64_t)
MAILBOX_STATIC(number_box, box, 2);

static void sums(void *argument) {
    uint64_t *sum = argument;
    uint64_t number;
    while (number_box_recv(&box, &number) == STATUS_OK) {
        *sum += number;
    }
}

/* Faults of every kind between the messages of two threads that go on. */
static void faults_others_go_on(void) {
    static uint64_t sum;
    uint64_t expected = 0;
    sum = 0;
    TAP_REQUIRE(number_box_init(&box, box_storage, 2) == STATUS_OK, "a mailbox is made");
    thread_id_t summer = test_spawn(sums, &sum, MAIN - 2);
    for (uint64_t i = 0; i < 100; i++) {
        thread_id_t sinner = test_spawn(sins[i % ARRAY_SIZE(sins)].entry, NULL, MAIN - 1);
        TAP_REQUIRE(number_box_send(&box, &i) == STATUS_OK, "a message");
        TAP_REQUIRE(thread_join(sinner, NULL) == STATUS_FAULTED, "a fault");
        expected += i;
    }
    number_box_close(&box);
    test_join(summer);
    TAP_EQ(sum, expected, "100 faults do not disturb a stream of messages");
}

/* The fault of the only thread between priorities:
 * whoever is next runs, here the one it had preempted. */
static volatile bool preempted_done;

static void spins_until_done(void *argument) {
    (void)argument;
    while (!preempted_done) {
    }
}

static void faults_while_preempting(void) {
    preempted_done = false;
    thread_id_t spinner = test_spawn(spins_until_done, NULL, MAIN - 5);
    thread_sleep_us(50);
    thread_id_t sinner = test_spawn(reads_null, NULL, MAIN + 5);
    TAP_EQ(thread_join_until(spinner, NULL, time_after(time_us(50))), STATUS_TIMED_OUT,
           "the preempted thread goes on");
    preempted_done = true;
    test_join(spinner);
    TAP_EQ(thread_join(sinner, NULL), STATUS_FAULTED, "and the fault is told");
}

/* Faults with a frame pointer that leads there; from below the top of its stack if that is not far. */
static void strays(void *argument) {
    uint64_t record = (uint64_t)(uintptr_t)argument;
    const struct stack *stack = arch_cpu_self()->current->stack;
    record += record < PAGE_SIZE ? stack->low.value + stack->size - 32 : 0;
    __asm__ volatile("mov x29, %0\n\tbrk #0" ::"r"(record) : "memory");
}

static void faults_astray(void) {
    static const uint64_t records[] = {0, 8, 16, 24, 32, PAGE_SIZE, UINT64_MAX - 7};
    for (unsigned i = 0; i < ARRAY_SIZE(records); i++) {
        thread_id_t id = test_spawn(strays, (void *)(uintptr_t)records[i], MAIN + 1);
        TAP_EQ(thread_join(id, NULL), STATUS_FAULTED, "a trace that leads astray ends");
    }
}

static const struct test_case faults_cases[] = {
    {"faults_end_thread", faults_end_thread, TEST_ALWAYS},
    {"faults_detached", faults_detached, TEST_ALWAYS},
    {"faults_others_go_on", faults_others_go_on, TEST_ALWAYS},
    {"faults_astray", faults_astray, TEST_ALWAYS},
    {"faults_while_preempting", faults_while_preempting, TEST_EXACT},
};
TEST_GROUP(faults);
