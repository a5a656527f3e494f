/* SPDX-License-Identifier: MIT */
/* The life of threads: spawn, exit, join, detach, stale ids, exhaustion. */
#include "kernel/sched/thread.h"

#include "tests/unit/kernel/scenario.h"

static void note_argument(void *argument) {
    note(*(const char *)argument);
}

static void exit_with_argument(void *argument) {
    thread_exit((int64_t)(intptr_t)argument);
}

static void return_at_once(void *unused) {
    (void)unused;
}

static void sleep_100(void *unused) {
    (void)unused;
    thread_sleep_ticks(100);
}

/* --- Spawn ------------------------------------------------------------------------------------ */

static char letter_a[] = "a", letter_b[] = "b", letter_c[] = "c";

static void spawn_higher_and_lower(void *unused) {
    (void)unused;
    note('1');
    spawn(note_argument, letter_a, CONFIG_MAIN_PRIORITY + 1);
    note('2');
    spawn(note_argument, letter_b, CONFIG_MAIN_PRIORITY - 1);
    note('3');
    spawn(note_argument, letter_c, CONFIG_MAIN_PRIORITY);
    note('4');
}

TEST(spawned_higher_runs_at_once_equal_and_lower_later) {
    run(spawn_higher_and_lower);
    EXPECT_STRING(trace, "1a234cb");
}

static void spawn_without_attributes(void *unused) {
    (void)unused;
    thread_id_t id;
    unsigned priority = 99;
    const char *name = NULL;
    EXPECT_EQ(thread_spawn(note_argument, letter_a, NULL, &id), STATUS_OK);
    EXPECT_EQ(thread_get_priority(id, &priority), STATUS_OK);
    EXPECT_EQ(priority, 0);
    EXPECT_EQ(thread_get_name(id, &name), STATUS_OK);
    EXPECT_STRING(name, "thread");
    EXPECT_EQ(thread_spawn(note_argument, letter_b, NULL, NULL), STATUS_OK);
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    note('m');
}

TEST(spawn_without_attributes_is_lowest_and_joinable) {
    run(spawn_without_attributes);
    EXPECT_STRING(trace, "amb");
    EXPECT_EQ(thread_slots_free(), thread_slots_total() - 2); /* main and b: nobody joined them */
}

static void spawn_bad(void *unused) {
    (void)unused;
    uint32_t free = thread_slots_free();
    thread_id_t id = {123, 456};
    struct thread_attributes attributes = at(64);
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_OUT_OF_RANGE);
    attributes = at(255);
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_OUT_OF_RANGE);
    attributes = at(63);
    EXPECT_EQ(thread_spawn(NULL, NULL, &attributes, &id), STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(thread_spawn(NULL, NULL, NULL, &id), STATUS_INVALID_ARGUMENT);
    attributes.policy = THREAD_ROUND_ROBIN + 1;
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_INVALID_ARGUMENT);
    attributes.policy = 255;
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_INVALID_ARGUMENT);
    attributes.policy = THREAD_FIFO;
    attributes.stack_size = 131073;
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_OUT_OF_RANGE);
    attributes.stack_size = UINT64_MAX;
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(thread_slots_free(), free);
    EXPECT(id.index == 123 && id.generation == 456);
}

TEST(spawn_refuses_what_is_out_of_range_and_takes_nothing) {
    run(spawn_bad);
}

static void spawn_until_full(void *unused) {
    (void)unused;
    thread_id_t ids[CONFIG_THREAD_SLOTS];
    struct thread_attributes attributes = at(1);
    uint32_t free = thread_slots_free();
    EXPECT_EQ(free, CONFIG_THREAD_SLOTS - 1);
    for (uint32_t i = 0; i < free; i++) {
        EXPECT_EQ(thread_spawn(exit_with_argument, (void *)(intptr_t)i, &attributes, &ids[i]),
                  STATUS_OK);
    }
    EXPECT_EQ(thread_slots_free(), 0);
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, NULL), STATUS_NO_SLOT);
    for (uint32_t i = 0; i < free; i++) {
        int64_t code = -1;
        EXPECT_EQ(thread_join(ids[i], &code), STATUS_OK);
        EXPECT_EQ(code, i);
        EXPECT_EQ(thread_slots_free(), i + 1);
    }
    thread_id_t id;
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_OK);
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    note('e');
}

TEST(all_slots_can_be_used_and_used_again) {
    run(spawn_until_full);
    EXPECT_STRING(trace, "e");
}

/* Large stacks are few: each class falls back on the next, then there is none, and
 * all come back. */
static void spawn_large(void *unused) {
    (void)unused;
    thread_id_t ids[CONFIG_STACK_EXTRA];
    struct thread_attributes attributes = at(1);
    attributes.stack_size = CONFIG_STACK_BASE_SIZE + 1;
    for (int round = 0; round < 3; round++) {
        uint32_t free = thread_slots_free();
        for (int i = 0; i < CONFIG_STACK_EXTRA; i++) {
            EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &ids[i]), STATUS_OK);
        }
        EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, NULL), STATUS_NO_MEMORY);
        EXPECT_EQ(thread_slots_free(), free - CONFIG_STACK_EXTRA);
        attributes.stack_size = CONFIG_STACK_BASE_SIZE;
        thread_id_t small;
        EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &small), STATUS_OK);
        attributes.stack_size = CONFIG_STACK_BASE_SIZE + 1;
        EXPECT_EQ(thread_join(small, NULL), STATUS_OK);
        for (int i = 0; i < CONFIG_STACK_EXTRA; i++) {
            EXPECT_EQ(thread_join(ids[i], NULL), STATUS_OK);
        }
    }
    note('e');
}

TEST(large_stacks_run_out_with_a_status_and_come_back) {
    run(spawn_large);
    EXPECT_STRING(trace, "e");
}

/* A slot that once had a large stack has its own again, and different live threads
 * never share one. */
static void use_stack(void *argument) {
    volatile uint8_t local[4096];
    for (unsigned i = 0; i < sizeof(local); i++) {
        local[i] = (uint8_t)(intptr_t)argument;
    }
    thread_yield();
    for (unsigned i = 0; i < sizeof(local); i++) {
        EXPECT_EQ(local[i], (uint8_t)(intptr_t)argument);
    }
    note('.');
}

static void spawn_mixed_sizes(void *unused) {
    (void)unused;
    static const uint64_t sizes[] = {0, 131072, 1, 8192, 32768, 8193, 40000, 0};
    struct thread_attributes attributes = at(1);
    for (unsigned round = 0; round < 4; round++) {
        thread_id_t ids[ARRAY_SIZE(sizes)];
        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
            attributes.stack_size = sizes[(i + round) % ARRAY_SIZE(sizes)];
            EXPECT_EQ(thread_spawn(use_stack, (void *)(intptr_t)i, &attributes, &ids[i]),
                      STATUS_OK);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
            EXPECT_EQ(thread_join(ids[i], NULL), STATUS_OK);
        }
    }
}

TEST(threads_of_all_stack_sizes_do_not_share_stacks) {
    run(spawn_mixed_sizes);
    EXPECT_EQ(trace_length, 32);
}

/* --- Exit and join ---------------------------------------------------------------------------- */

static void join_after_end(void *unused) {
    (void)unused;
    thread_id_t id = spawn(exit_with_argument, (void *)(intptr_t)-77, 63);
    int64_t code = 0;
    EXPECT_EQ(thread_join(id, &code), STATUS_OK);
    EXPECT_EQ(code, -77);
    EXPECT_EQ(thread_join(id, &code), STATUS_STALE);
    id = spawn(return_at_once, NULL, 63);
    code = 5;
    EXPECT_EQ(thread_join(id, &code), STATUS_OK);
    EXPECT_EQ(code, 0); /* returning is exit(0) */
    id = spawn(return_at_once, NULL, 63);
    EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
    note('e');
}

TEST(join_of_ended_gets_code_at_once) {
    run(join_after_end);
    EXPECT_STRING(trace, "e");
}

static void join_before_end(void *unused) {
    (void)unused;
    int64_t code = 0;
    thread_id_t id = spawn(exit_with_argument, (void *)(intptr_t)1234567890123, 1);
    EXPECT_EQ(thread_join(id, &code), STATUS_OK);
    EXPECT_EQ(code, 1234567890123);
    EXPECT_EQ(thread_join(spawn(sleep_100, NULL, 1), NULL), STATUS_OK);
    EXPECT_EQ(hosted.now, 100);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1);
    note('e');
}

TEST(join_waits_for_end) {
    run(join_before_end);
    EXPECT_STRING(trace, "e");
}

static void join_refused(void *unused) {
    (void)unused;
    EXPECT_EQ(thread_join(thread_self(), NULL), STATUS_DEADLOCK);
    EXPECT_EQ(thread_join(THREAD_ID_NONE, NULL), STATUS_STALE);
    EXPECT_EQ(thread_join((thread_id_t){CONFIG_THREAD_SLOTS, 1}, NULL), STATUS_STALE);
    EXPECT_EQ(thread_join((thread_id_t){1, 1}, NULL), STATUS_STALE); /* never spawned */
    thread_id_t self = thread_self();
    EXPECT_EQ(thread_join((thread_id_t){self.index, self.generation + 1}, NULL), STATUS_STALE);
    struct thread_attributes attributes = at(1);
    attributes.detached = true;
    thread_id_t id;
    EXPECT_EQ(thread_spawn(return_at_once, NULL, &attributes, &id), STATUS_OK);
    EXPECT_EQ(thread_join(id, NULL), STATUS_DETACHED);
    thread_sleep_ticks(1);
    EXPECT_EQ(thread_join(id, NULL), STATUS_STALE);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1);
    note('e');
}

TEST(join_refuses_self_stale_and_detached) {
    run(join_refused);
    EXPECT_STRING(trace, "e");
}

static thread_id_t target;

static void join_target(void *argument) {
    note(*(const char *)argument);
    int64_t code = 0;
    EXPECT_EQ(thread_join(target, &code), STATUS_OK);
    EXPECT_EQ(code, 0);
    note('j');
}

static void join_twice(void *unused) {
    (void)unused;
    target = spawn(sleep_100, NULL, 1);
    spawn(join_target, letter_a, 63);
    EXPECT_EQ(thread_join(target, NULL), STATUS_BUSY);
    EXPECT_EQ(thread_join_until(target, NULL, time_after(time_ticks(5))), STATUS_BUSY);
    EXPECT_EQ(thread_detach(target), STATUS_BUSY);
    thread_sleep_ticks(200);
    EXPECT_EQ(thread_join(target, NULL), STATUS_STALE);
    note('e');
}

TEST(second_joiner_is_refused) {
    run(join_twice);
    EXPECT_STRING(trace, "aje");
}

static void join_with_deadline(void *unused) {
    (void)unused;
    int64_t code = 99;
    target = spawn(sleep_100, NULL, 1);
    EXPECT_EQ(thread_join_until(target, &code, (instant_t){0}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 0);
    EXPECT_EQ(thread_join_until(target, &code, (instant_t){40}), STATUS_TIMED_OUT);
    EXPECT_EQ(hosted.now, 40);
    EXPECT_EQ(thread_join_until(target, &code, (instant_t){39}), STATUS_TIMED_OUT);
    EXPECT_EQ(code, 99);
    EXPECT_EQ(thread_join_until(target, &code, (instant_t){UINT64_MAX - 1}), STATUS_OK);
    EXPECT_EQ(hosted.now, 100);
    EXPECT_EQ(code, 0);
    /* The timeout of the join that succeeded is called off. */
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    note('e');
}

TEST(join_with_deadline_times_out_and_can_be_tried_again) {
    run(join_with_deadline);
    EXPECT_STRING(trace, "e");
}

/* The end and the timeout at the same moment: whichever is first, the other finds nothing. */
static void exit_at_50(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){50});
    thread_exit(7);
}

static void join_at_the_same_moment(void *unused) {
    (void)unused;
    int64_t code = 0;
    target = spawn(exit_at_50, NULL, 63); /* its event is armed first, and it is higher */
    status_t status = thread_join_until(target, &code, (instant_t){50});
    if (status == STATUS_TIMED_OUT) {
        EXPECT_EQ(thread_join(target, &code), STATUS_OK);
    } else {
        EXPECT_EQ(status, STATUS_OK);
    }
    EXPECT_EQ(code, 7);
    note('e');
}

TEST(join_timeout_and_end_at_the_same_moment) {
    run(join_at_the_same_moment);
    EXPECT_STRING(trace, "e");
    EXPECT_EQ(cpu_areas[0].cpu.stale_timeouts, 0);
}

static void fault_now(void *unused) {
    (void)unused;
    struct fault fault = {.syndrome = 1};
    hosted_fault(&fault);
    note('!');
}

static void join_faulted(void *unused) {
    (void)unused;
    int64_t code = 3;
    EXPECT_EQ(thread_join(spawn(fault_now, NULL, 63), &code), STATUS_FAULTED);
    EXPECT_EQ(code, 0);
    code = 3;
    EXPECT_EQ(thread_join(spawn(fault_now, NULL, 1), &code), STATUS_FAULTED);
    EXPECT_EQ(code, 0);
    /* The next thread in the slot knows nothing of it. */
    EXPECT_EQ(thread_join(spawn(return_at_once, NULL, 1), &code), STATUS_OK);
    note('e');
}

TEST(join_tells_a_fault) {
    run(join_faulted);
    EXPECT_STRING(trace, "e");
}

/* --- Detach ----------------------------------------------------------------------------------- */

static void detach_all_ways(void *unused) {
    (void)unused;
    EXPECT_EQ(thread_detach(THREAD_ID_NONE), STATUS_STALE);
    thread_id_t ended = spawn(return_at_once, NULL, 63);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 2);
    EXPECT_EQ(thread_detach(ended), STATUS_OK);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1);
    EXPECT_EQ(thread_detach(ended), STATUS_STALE);
    thread_id_t living = spawn(sleep_100, NULL, 1);
    EXPECT_EQ(thread_detach(living), STATUS_OK);
    EXPECT_EQ(thread_detach(living), STATUS_DETACHED);
    EXPECT_EQ(thread_join(living, NULL), STATUS_DETACHED);
    thread_sleep_ticks(200);
    EXPECT_EQ(thread_detach(living), STATUS_STALE);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1);
    EXPECT_EQ(thread_detach(thread_self()), STATUS_OK);
}

TEST(detached_slot_is_free_as_soon_as_it_ends) {
    run(detach_all_ways);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS);
}

static void detach_after_a_join_timed_out(void *unused) {
    (void)unused;
    thread_id_t id = spawn(sleep_100, NULL, 1);
    EXPECT_EQ(thread_join_until(id, NULL, (instant_t){10}), STATUS_TIMED_OUT);
    EXPECT_EQ(thread_detach(id), STATUS_OK);
}

TEST(detach_after_a_join_timed_out) {
    run(detach_after_a_join_timed_out);
    EXPECT_EQ(thread_slots_free(), CONFIG_THREAD_SLOTS - 1); /* main */
}

/* --- Slots and generations -------------------------------------------------------------------- */

static void reuse_slot(void *unused) {
    (void)unused;
    thread_id_t before = THREAD_ID_NONE;
    unsigned priority = 0;
    const char *name = "kept";
    for (int i = 0; i < 1000; i++) {
        thread_id_t id = spawn(return_at_once, NULL, i % 2 ? 63 : 1);
        EXPECT_EQ(thread_get_priority(before, &priority), STATUS_STALE);
        EXPECT_EQ(thread_set_priority(before, 5), STATUS_STALE);
        EXPECT_EQ(thread_get_name(before, &name), STATUS_STALE);
        EXPECT_EQ(thread_detach(before), STATUS_STALE);
        EXPECT_EQ(thread_join(before, NULL), STATUS_STALE);
        EXPECT(id.index != before.index || id.generation > before.generation);
        EXPECT_EQ(thread_join(id, NULL), STATUS_OK);
        before = id;
    }
    EXPECT_STRING(name, "kept");
    note('e');
}

TEST(a_slot_used_again_refuses_its_old_ids) {
    run(reuse_slot);
    EXPECT_STRING(trace, "e");
}

static const struct thread_definition definitions[] = {
    {note_argument, letter_a, {.name = "first", .priority = 40}},
    {note_argument, letter_b, {.name = "second", .priority = 50}},
    {note_argument, letter_c, {.name = "third", .priority = 64}},
    {note_argument, letter_a, {.name = "fourth", .priority = 50}},
};

static void spawn_definitions(void *unused) {
    (void)unused;
    thread_id_t ids[4] = {THREAD_ID_NONE, THREAD_ID_NONE, THREAD_ID_NONE, THREAD_ID_NONE};
    EXPECT_EQ(thread_spawn_all(definitions, 4, ids), STATUS_OUT_OF_RANGE);
    EXPECT_EQ(ids[2].index, UINT32_MAX);
    EXPECT_EQ(ids[3].index, UINT32_MAX);
    EXPECT_EQ(thread_spawn_all(definitions, 2, NULL), STATUS_OK);
    EXPECT_EQ(thread_spawn_all(definitions, 0, NULL), STATUS_OK);
    EXPECT_EQ(thread_spawn_all(definitions, CONFIG_THREAD_SLOTS + 1, NULL), STATUS_OUT_OF_RANGE);
    const char *name = NULL;
    EXPECT_EQ(thread_get_name(ids[1], &name), STATUS_OK);
    EXPECT_STRING(name, "second");
}

TEST(static_threads_are_spawned_in_order_until_one_fails) {
    run(spawn_definitions);
    EXPECT_STRING(trace, "abab");
}

/* --- Contract --------------------------------------------------------------------------------- */

NO_CONTEXT_CHECK TEST(the_hosted_machine_refuses_what_the_contract_forbids) {
    machine_reset();
    EXPECT_PANIC(arch_irq_unmask());
    arch_irq_mask();
    EXPECT_PANIC(arch_irq_mask());
    uint64_t saved = arch_irq_save();
    arch_irq_restore(saved);
    EXPECT(arch_irq_is_masked());
    arch_irq_unmask();
    saved = arch_irq_save();
    EXPECT(arch_irq_is_masked());
    arch_irq_restore(saved);
    EXPECT_PANIC(arch_irq_restore(0));
    struct frame frame;
    arch_frame_prepare(&frame, return_at_once, NULL, vaddr(4096));
    EXPECT_PANIC(arch_frame_set_result(&frame, 0));
}

NO_CONTEXT_CHECK static void call_while_masked(void *unused) {
    (void)unused;
    arch_irq_mask();
    EXPECT_PANIC(thread_yield());
    note('e');
    hosted_leave();
}

TEST(a_task_call_while_masked_stops_the_test) {
    run(call_while_masked);
    EXPECT_STRING(trace, "e");
}
