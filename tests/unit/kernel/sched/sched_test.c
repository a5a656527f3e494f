/* SPDX-License-Identifier: MIT */
/* Who runs: preemption by waking and by quantum, and what a preempted thread keeps. */
#include "kernel/sched/sched.h"

#include "tests/unit/kernel/scenario.h"

#define LEVEL    20 /* where the threads compete that main spawns before it ends */
#define QUANTUM  1000
#define RUNS_MAX 64

/* Who ran from when: one entry for each time the CPU changed hands between workers. */
static struct {
    char who;
    uint64_t from;
} runs[RUNS_MAX];
static unsigned run_count;

static void ran(char who) {
    if (run_count == 0 || runs[run_count - 1].who != who) {
        EXPECT(run_count < RUNS_MAX);
        runs[run_count].who = who;
        runs[run_count++].from = hosted.now;
        note(who);
    }
}

struct worker {
    char who;
    uint64_t work; /* ticks */
};

/* Works in small steps, so that every change of hands is seen within one. */
static void work(char who, uint64_t ticks) {
    ran(who);
    for (uint64_t done = 0; done < ticks; done += 10) {
        hosted_step(10);
        if (done + 10 < ticks) {
            ran(who);
        }
    }
}

static void worker(void *argument) {
    const struct worker *mine = argument;
    work(mine->who, mine->work);
}

static void spawn_worker(struct worker *mine, uint8_t priority, enum thread_policy policy) {
    struct thread_attributes attributes = {
        .priority = priority, .policy = (uint8_t)policy, .detached = true};
    EXPECT_EQ(thread_spawn(worker, mine, &attributes, NULL), STATUS_OK);
}

static void spawn_round_robin(thread_entry entry, void *argument, uint8_t priority,
                              thread_id_t *id) {
    struct thread_attributes attributes = {.priority = priority, .policy = THREAD_ROUND_ROBIN};
    EXPECT_EQ(thread_spawn(entry, argument, &attributes, id), STATUS_OK);
}

static void play(thread_entry entry) {
    run_count = 0;
    run(entry);
}

static void expect_run(unsigned index, char who, uint64_t from) {
    EXPECT(index < run_count);
    EXPECT_EQ(runs[index].who, who);
    EXPECT_EQ(runs[index].from, from);
}

/* --- Preemption by waking --------------------------------------------------------------------- */

static void wake_at_300(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){300});
    EXPECT_EQ(hosted.now, 300);
    work('H', 200);
}

static struct worker worker_a = {'a', 1000}, worker_b = {'b', 1000};

static void preempt_fifo(void *unused) {
    (void)unused;
    spawn(wake_at_300, NULL, 40);
    spawn_worker(&worker_a, LEVEL, THREAD_FIFO);
    spawn_worker(&worker_b, LEVEL, THREAD_FIFO);
}

TEST(a_higher_thread_preempts_when_its_sleep_ends_and_the_preempted_keeps_its_place) {
    play(preempt_fifo);
    EXPECT_STRING(trace, "aHab");
    expect_run(1, 'H', 300);
    expect_run(2, 'a', 500);
    expect_run(3, 'b', 1200);
    EXPECT_EQ(hosted.now, 2200);
    EXPECT_EQ(cpu_areas[0].cpu.timer_interrupts, 1);
}

static void sleep_until_300(void *argument) {
    thread_sleep_until((instant_t){300});
    ran(*(const char *)argument);
}

static char letter_e[] = "e", letter_l[] = "l";

static void equal_and_lower_wake(void *unused) {
    (void)unused;
    spawn(sleep_until_300, letter_e, CONFIG_MAIN_PRIORITY);
    spawn(sleep_until_300, letter_l, CONFIG_MAIN_PRIORITY - 1);
    thread_sleep_ticks(1);
    work('m', 1000);
    note('.');
}

TEST(equal_and_lower_threads_do_not_preempt_a_fifo_thread) {
    play(equal_and_lower_wake);
    EXPECT_STRING(trace, "m.el");
}

/* --- The quantum ------------------------------------------------------------------------------ */

static void two_fifo(void *unused) {
    (void)unused;
    spawn_worker(&worker_a, LEVEL, THREAD_FIFO);
    spawn_worker(&worker_b, LEVEL, THREAD_FIFO);
}

TEST(fifo_threads_share_nothing_and_cause_no_interrupts) {
    play(two_fifo);
    EXPECT_STRING(trace, "ab");
    EXPECT_EQ(cpu_areas[0].cpu.timer_interrupts, 0);
}

static struct worker long_a = {'a', 3500}, long_b = {'b', 3500}, long_c = {'c', 3500};

static void three_round_robin(void *unused) {
    (void)unused;
    spawn_worker(&long_a, LEVEL, THREAD_ROUND_ROBIN);
    spawn_worker(&long_b, LEVEL, THREAD_ROUND_ROBIN);
    spawn_worker(&long_c, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(round_robin_threads_take_turns_of_exactly_a_quantum) {
    play(three_round_robin);
    EXPECT_STRING(trace, "abcabcabcabc");
    for (unsigned i = 0; i < 10; i++) {
        expect_run(i, "abc"[i % 3], i * QUANTUM);
    }
    expect_run(10, 'b', 9500); /* a has ended after half a quantum, and b begins a full one */
    expect_run(11, 'c', 10000);
    EXPECT_EQ(hosted.now, 10500);
    EXPECT_EQ(cpu_areas[0].cpu.timer_interrupts, 9);
}

static void alone(void *unused) {
    (void)unused;
    spawn_worker(&long_a, LEVEL, THREAD_ROUND_ROBIN);
    spawn_worker(&long_b, LEVEL - 1, THREAD_ROUND_ROBIN);
}

TEST(an_uncontested_round_robin_thread_is_never_interrupted) {
    play(alone);
    EXPECT_STRING(trace, "ab");
    EXPECT_EQ(cpu_areas[0].cpu.timer_interrupts, 0);
}

static void mixed(void *unused) {
    (void)unused;
    spawn_worker(&long_a, LEVEL, THREAD_ROUND_ROBIN);
    spawn_worker(&long_b, LEVEL, THREAD_FIFO);
    spawn_worker(&long_c, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(in_a_mixed_level_only_round_robin_threads_give_way) {
    play(mixed);
    EXPECT_STRING(trace, "abcacacac");
    expect_run(1, 'b', 1000);
    expect_run(2, 'c', 4500);
    expect_run(3, 'a', 5500);
}

static void preempted(void *unused) {
    (void)unused;
    spawn(wake_at_300, NULL, 40);
    spawn_worker(&long_a, LEVEL, THREAD_ROUND_ROBIN);
    spawn_worker(&long_b, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(a_preempted_round_robin_thread_keeps_its_place_and_the_rest_of_its_quantum) {
    play(preempted);
    EXPECT_STRING(trace, "aHabababab");
    expect_run(1, 'H', 300);
    expect_run(2, 'a', 500);
    expect_run(3, 'b', 1200); /* 300 + 700 */
    expect_run(4, 'a', 2200);
}

static void wake_at_1000(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){1000});
    work('H', 200);
}

static void preempted_at_the_end(void *unused) {
    (void)unused;
    spawn(wake_at_1000, NULL, 40);
    spawn_worker(&long_a, LEVEL, THREAD_ROUND_ROBIN);
    spawn_worker(&long_b, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(a_quantum_that_ends_as_a_higher_thread_wakes_is_over) {
    play(preempted_at_the_end);
    expect_run(1, 'H', 1000);
    expect_run(2, 'b', 1200);
    expect_run(3, 'a', 2200);
}

static void joins_at_500(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){500});
    work('b', 3000);
}

static void contested_later(void *unused) {
    (void)unused;
    spawn_round_robin(joins_at_500, NULL, LEVEL, NULL);
    spawn_worker(&long_a, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(a_quantum_begins_when_the_level_becomes_contested) {
    play(contested_later);
    EXPECT_STRING(trace, "ababab");
    expect_run(1, 'b', 1500);
    expect_run(2, 'a', 2500);
}

static void yields_at_300(void *unused) {
    (void)unused;
    work('a', 300);
    thread_yield();
    work('a', 3000);
}

static void yielding(void *unused) {
    (void)unused;
    spawn_round_robin(yields_at_300, NULL, LEVEL, NULL);
    spawn_worker(&long_b, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(who_yields_gets_a_full_quantum_next_time) {
    play(yielding);
    expect_run(1, 'b', 300);
    expect_run(2, 'a', 1300);
    expect_run(3, 'b', 2300);
}

/* The clock passes the end of the quantum within the very stretch that preempts: nothing is left of
 * the quantum, so its owner must not get another before its equals had theirs. */
static uint64_t jump_to;

static void jump_in_task_call(void) {
    if (jump_to > hosted.now && hosted.stretch.kind == HOSTED_TASK_CALL) {
        hosted.now = jump_to;
        jump_to = 0;
    }
}

static void preempt_itself_at_the_end(void *unused) {
    (void)unused;
    static struct worker high = {'H', 100};
    work('a', 990);
    jump_to = 1005;
    spawn_worker(&high, 40, THREAD_FIFO);
    work('a', 2000);
}

static void used_up_within_a_stretch(void *unused) {
    (void)unused;
    spawn_round_robin(preempt_itself_at_the_end, NULL, LEVEL, NULL);
    spawn_worker(&long_b, LEVEL, THREAD_ROUND_ROBIN);
}

TEST(a_quantum_used_up_at_the_moment_of_preemption_is_not_given_again) {
    run_count = 0;
    trace_length = 0;
    jump_to = 0;
    machine_reset();
    machine.hooks.begin = jump_in_task_call;
    machine_run(used_up_within_a_stretch, NULL, NULL);
    unsigned b = 0;
    while (b < run_count && runs[b].who != 'b') {
        b++;
    }
    EXPECT(b < run_count);
    EXPECT(runs[b].from <= 1005 + 100 + 10);
}

/* A thread that was preempted has a rest of a quantum; once it has blocked, a full one is due. */
static thread_id_t id_b;

static void blocks_after_preemption(void *unused) {
    (void)unused;
    work('a', 600); /* 300 of them before the preemption, and then alone */
    thread_sleep_until((instant_t){2000});
    work('a', 3000);
}

static void moves_b_away_and_back(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){300});
    EXPECT_EQ(thread_set_priority(id_b, LEVEL - 10), STATUS_OK);
    thread_sleep_until((instant_t){1500});
    EXPECT_EQ(thread_set_priority(id_b, LEVEL), STATUS_OK);
}

static void rest_and_block(void *unused) {
    (void)unused;
    spawn(moves_b_away_and_back, NULL, 40);
    spawn_round_robin(blocks_after_preemption, NULL, LEVEL, NULL);
    spawn_round_robin(worker, &(struct worker){'b', 5000}, LEVEL, &id_b);
    thread_sleep_until((instant_t){20000}); /* the worker's record lives here */
}

TEST(who_blocks_gets_a_full_quantum_next_time_even_if_it_was_alone) {
    play(rest_and_block);
    expect_run(0, 'a', 0);
    expect_run(1, 'b', 600);
    expect_run(2, 'a', 3000); /* woken at 2000: b's quantum begins there */
    expect_run(3, 'b', 4000);
}

static void leaves_the_level(void *unused) {
    (void)unused;
    thread_id_t other;
    spawn_round_robin(worker, &worker_b, LEVEL, &other);
    EXPECT_EQ(thread_set_priority(thread_self(), LEVEL), STATUS_OK);
    EXPECT_EQ(hosted.compare, QUANTUM);
    hosted_step(400);
    EXPECT_EQ(thread_set_priority(other, LEVEL - 1), STATUS_OK);
    EXPECT_EQ(hosted.compare, UINT64_MAX); /* alone: no interrupt to come */
    EXPECT_EQ(thread_set_priority(other, LEVEL), STATUS_OK);
    EXPECT_EQ(hosted.compare, 1400);
    EXPECT_EQ(thread_set_priority(thread_self(), LEVEL + 1), STATUS_OK);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    note('e');
}

TEST(the_quantum_stops_when_the_level_is_no_longer_contested) {
    static const struct thread_attributes attributes = {.priority = 63,
                                                        .policy = THREAD_ROUND_ROBIN};
    run_count = 0;
    trace_length = 0;
    machine_reset();
    machine_run(leaves_the_level, NULL, &attributes);
    EXPECT_STRING(trace, "eb");
}

static void hog(void *unused) {
    (void)unused;
    work('h', 5000);
}

static void wake_late(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){300});
    work('H', 200);
}

static void hog_on_top(void *unused) {
    (void)unused;
    spawn(wake_late, NULL, 62);
    spawn(hog, NULL, 63);
}

TEST(a_hog_at_top_priority_delays_all_others_and_breaks_nothing) {
    play(hog_on_top);
    EXPECT_STRING(trace, "hH");
}

/* --- Waits and their events ------------------------------------------------------------------- */

static thread_id_t sleeper_id;

static void long_sleeper(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){100});
    note('1');
    thread_sleep_until((instant_t){5000});
    note('2');
    EXPECT_EQ(hosted.now, 5000);
}

/* An event of the first wait that comes late, while the second goes on: in truth it is called off
 * before; the token is what protects the second wait if it ever is not. */
NO_CONTEXT_CHECK static void inject_late_event(void *unused) {
    (void)unused;
    sleeper_id = spawn(long_sleeper, NULL, 63);
    struct thread *thread = &thread_slots[sleeper_id.index];
    uint32_t first_token = thread->timeout.token;
    thread_sleep_until((instant_t){200});
    struct cpu *cpu = arch_cpu_self();
    for (unsigned kind = TIMED_EVENT_WAKE; kind <= TIMED_EVENT_TIMEOUT; kind++) {
        uint64_t saved = arch_irq_save();
        uint32_t token = thread->timeout.token;
        EXPECT(token != first_token);
        thread->timeout.token = first_token;
        timed_event_table[kind](cpu, &thread->timeout);
        thread->timeout.token = token;
        arch_irq_restore(saved);
    }
    EXPECT_EQ(cpu->stale_timeouts, 2);
    EXPECT(thread->state == THREAD_WAITING_TIMED);
}

TEST(a_late_event_of_an_earlier_wait_does_not_wake) {
    play(inject_late_event);
    EXPECT_STRING(trace, "12");
}

static void wait_for_it(void *unused) {
    (void)unused;
    thread_sleep_until((instant_t){100});
    note('w');
    hosted_step(100);
}

NO_CONTEXT_CHECK static void inject_to_ready(void *unused) {
    (void)unused;
    thread_id_t id = spawn(wait_for_it, NULL, 63);
    struct thread *thread = &thread_slots[id.index];
    EXPECT_EQ(thread_set_priority(id, CONFIG_MAIN_PRIORITY), STATUS_OK);
    hosted_step(150); /* it is ready, and does not run */
    uint64_t saved = arch_irq_save();
    timed_event_table[TIMED_EVENT_TIMEOUT](arch_cpu_self(), &thread->timeout);
    timed_event_table[TIMED_EVENT_WAKE](arch_cpu_self(), &thread->timeout);
    arch_irq_restore(saved);
    EXPECT_EQ(arch_cpu_self()->stale_timeouts, 2);
}

TEST(an_event_for_a_thread_that_does_not_wait_says_nothing) {
    play(inject_to_ready);
    EXPECT_STRING(trace, "w");
}

TEST(no_illegal_state_can_be_entered) {
    static const bool legal[7][7] = {
        [THREAD_FREE] = {[THREAD_READY] = true},
        [THREAD_READY] = {[THREAD_WAITING] = true,
                          [THREAD_WAITING_TIMED] = true,
                          [THREAD_WAITING_ANY] = true,
                          [THREAD_ENDED] = true,
                          [THREAD_FREE] = true},
        [THREAD_WAITING] = {[THREAD_READY] = true},
        [THREAD_WAITING_TIMED] = {[THREAD_WAITING] = true},
        [THREAD_WAITING_ANY] = {[THREAD_WAITING] = true},
        [THREAD_ENDED] = {[THREAD_FREE] = true},
    };
    for (unsigned from = 0; from < 7; from++) {
        for (unsigned to = 0; to < 7; to++) {
            EXPECT_EQ(thread_state_is_legal((enum thread_state)from, (enum thread_state)to),
                      legal[from][to]);
        }
    }
}

NO_CONTEXT_CHECK static void move_wrongly(void) {
    struct thread thread = {.state = THREAD_READY};
    EXPECT_PANIC(thread_state_move(&thread, THREAD_WAITING, THREAD_READY));
    EXPECT_PANIC(thread_state_move(&thread, THREAD_READY, THREAD_READY));
}

TEST(an_illegal_move_stops_the_kernel) {
    move_wrongly();
}
