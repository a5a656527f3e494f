/* SPDX-License-Identifier: MIT */
/* Timed events under the real interrupt routine, with a table of handlers that only write down. */
#include "kernel/time/timed_event.h"

#include "tests/unit/test.h"

#define EVENTS TIMER_QUEUE_IDS
#define LEVEL  20 /* of events and of who runs, where nothing else is said */

static struct cpu *cpu;
static struct timed_event events[EVENTS];
static unsigned fired[EVENTS];
static unsigned fired_count;
static unsigned limits;

static void event_fired(struct cpu *on, struct timed_event *event) {
    EXPECT(on == cpu);
    EXPECT(event >= events && event < events + EVENTS);
    EXPECT(fired_count < EVENTS);
    EXPECT(hosted.now >= timer_queue_moment(&cpu->events, event->id));
    fired[fired_count++] = (unsigned)(event - events);
}

static void limit_fired(struct cpu *on) {
    EXPECT(on == cpu);
    cpu->quantum_end = INSTANT_NEVER;
    limits++;
}

const timed_event_handler timed_event_table[TIMED_EVENT_KINDS] = {
    [TIMED_EVENT_WAKE] = event_fired,
    [TIMED_EVENT_TIMEOUT] = event_fired,
};
const timed_event_handler timed_event_refill = event_fired;
const timed_event_limit_handler timed_event_limit = limit_fired;

/* What a switch to a thread of `level` does. */
NO_CONTEXT_CHECK static void run_at(unsigned level) {
    cpu->below = CPU_BELOW(level);
    timed_event_watch_irq(cpu);
    timed_event_program_irq(cpu, level);
}

NO_CONTEXT_CHECK static void reset(void) {
    hosted_reset();
    memset(cpu_areas, 0, sizeof(cpu_areas));
    cpu = cpu_init(0);
    arch_timer_init();
    run_at(LEVEL);
    memset(events, 0, sizeof(events));
    for (unsigned i = 0; i < EVENTS; i++) {
        timed_event_init(cpu, &events[i], i + 1);
    }
    fired_count = 0;
    limits = 0;
}

NO_CONTEXT_CHECK static void arm_at(unsigned event, unsigned level, uint64_t when) {
    timed_event_arm_irq(cpu, &events[event], event % 2 ? TIMED_EVENT_WAKE : TIMED_EVENT_TIMEOUT,
                        level, (instant_t){when});
    EXPECT_EQ(cpu->watched, cpu->events.levels | CPU_BELOW_LOOK);
}

static void arm(unsigned event, uint64_t when) {
    arm_at(event, LEVEL, when);
}

NO_CONTEXT_CHECK static void cancel(unsigned event) {
    timed_event_cancel_irq(cpu, &events[event]);
}

/* And whoever ran goes on. */
NO_CONTEXT_CHECK static void interrupt(void) {
    timed_event_interrupt_irq(cpu);
    run_at(cpu_level(cpu));
}

TEST(the_compare_follows_the_first_event) {
    reset();
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    arm(0, 500);
    EXPECT_EQ(hosted.compare, 500);
    arm(1, 700);
    EXPECT_EQ(hosted.compare, 500);
    arm(2, 300);
    EXPECT_EQ(hosted.compare, 300);
    cancel(0);
    EXPECT_EQ(hosted.compare, 300);
    cancel(2);
    EXPECT_EQ(hosted.compare, 700);
    cancel(1);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    arm(3, 0);
    EXPECT_EQ(hosted.compare, 0);
    EXPECT(hosted_timer_is_due());
}

NO_CONTEXT_CHECK TEST(the_compare_is_the_nearer_of_quantum_and_event) {
    reset();
    cpu->quantum_end = (instant_t){400};
    run_at(LEVEL);
    arm(0, 500);
    EXPECT_EQ(hosted.compare, 400);
    arm(1, 300);
    EXPECT_EQ(hosted.compare, 300);
    cancel(1);
    EXPECT_EQ(hosted.compare, 400);
    hosted.now = 400;
    interrupt();
    EXPECT_EQ(limits, 1);
    EXPECT_EQ(fired_count, 0);
    EXPECT_EQ(hosted.compare, 500);
}

TEST(an_interrupt_handles_one_event_and_is_due_again_at_once) {
    reset();
    for (unsigned i = 0; i < 7; i++) {
        arm(i, 100);
    }
    arm(7, 101);
    hosted.now = 100;
    unsigned interrupts = 0;
    while (hosted_timer_is_due()) {
        interrupt();
        interrupts++;
        EXPECT_EQ(fired_count, interrupts);
    }
    EXPECT_EQ(interrupts, 7);
    EXPECT_EQ(cpu->timer_interrupts, interrupts);
    for (unsigned i = 0; i < 7; i++) {
        EXPECT_EQ(fired[i], i); /* first armed, first served */
    }
    EXPECT_EQ(hosted.compare, 101);
}

TEST(what_is_below_the_running_thread_waits_until_the_level_falls) {
    reset();
    arm_at(0, LEVEL - 1, 100);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    arm_at(1, LEVEL - 2, 50);
    arm_at(2, LEVEL + 1, 300);
    EXPECT_EQ(hosted.compare, 300);
    hosted.now = 200;
    EXPECT(!hosted_timer_is_due());
    interrupt(); /* for nothing */
    EXPECT_EQ(fired_count, 0);
    run_at(LEVEL - 1);
    EXPECT_EQ(hosted.compare, 100);
    interrupt();
    EXPECT_EQ(fired_count, 1);
    EXPECT_EQ(fired[0], 0);
    EXPECT_EQ(hosted.compare, 300);
    run_at(0);
    EXPECT_EQ(hosted.compare, 50);
    interrupt();
    EXPECT_EQ(fired[1], 1);
    run_at(LEVEL + 2);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

TEST(of_all_that_are_due_the_highest_comes_first) {
    reset();
    run_at(0);
    for (unsigned i = 0; i < 10; i++) {
        arm_at(i, 2 * i, 100 + i); /* the lower, the earlier */
    }
    hosted.now = 107;
    for (unsigned i = 0; i < 8; i++) {
        EXPECT(hosted_timer_is_due());
        interrupt();
        EXPECT_EQ(fired[i], 7 - i);
    }
    EXPECT_EQ(hosted.compare, 108);
}

NO_CONTEXT_CHECK TEST(an_event_moves_with_its_owner) {
    reset();
    arm_at(0, LEVEL - 5, 100);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    timed_event_move_irq(cpu, &events[0], LEVEL);
    EXPECT_EQ(hosted.compare, 100);
    EXPECT_EQ(events[0].level, LEVEL);
    timed_event_move_irq(cpu, &events[0], LEVEL - 1);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    EXPECT_EQ(cpu->watched, BIT(LEVEL - 1) | CPU_BELOW_LOOK);
    cancel(0);
    EXPECT_EQ(cpu->watched, CPU_BELOW_LOOK);
}

TEST(an_interrupt_without_a_cause_does_nothing) {
    reset();
    interrupt();
    EXPECT_EQ(hosted.compare, UINT64_MAX);
    arm(0, 100);
    hosted.now = 99;
    interrupt();
    EXPECT_EQ(fired_count, 0);
    EXPECT_EQ(hosted.compare, 100);
    hosted.now = 100;
    interrupt();
    EXPECT_EQ(fired_count, 1);
}

NO_CONTEXT_CHECK TEST(a_used_up_limit_is_seen_at_the_interrupt_after_those_of_due_events) {
    reset();
    cpu->quantum_end = (instant_t){100};
    arm(0, 100);
    arm(1, 100);
    hosted.now = 100;
    interrupt();
    EXPECT_EQ(fired_count, 1);
    interrupt();
    EXPECT_EQ(fired_count, 2);
    EXPECT_EQ(limits, 0);
    EXPECT(hosted_timer_is_due());
    interrupt();
    EXPECT_EQ(limits, 1);
    EXPECT(!hosted_timer_is_due());
}

TEST(the_ends_of_time) {
    reset();
    arm(0, UINT64_MAX - 1);
    arm(1, 0);
    EXPECT_EQ(hosted.compare, 0);
    interrupt();
    EXPECT_EQ(fired_count, 1);
    EXPECT_EQ(hosted.compare, UINT64_MAX - 1);
    hosted.now = UINT64_MAX - 2;
    EXPECT(!hosted_timer_is_due());
    hosted.now = UINT64_MAX - 1;
    EXPECT(hosted_timer_is_due());
    interrupt();
    EXPECT_EQ(fired_count, 2);
    EXPECT_EQ(hosted.compare, UINT64_MAX);
}

/* Against an unsorted list: what fires, in which order, and where the compare stands. */
static struct {
    bool armed;
    unsigned level;
    uint64_t when;
    uint64_t order;
} model[EVENTS];

static int model_first(unsigned level) {
    int first = -1;
    for (int i = 0; i < EVENTS; i++) {
        if (model[i].armed && model[i].level == level &&
            (first < 0 || model[i].when < model[first].when ||
             (model[i].when == model[first].when && model[i].order < model[first].order))) {
            first = i;
        }
    }
    return first;
}

static uint64_t model_compare(unsigned running) {
    uint64_t earliest = UINT64_MAX;
    for (unsigned level = running; level < 64; level++) {
        int first = model_first(level);
        earliest = first >= 0 && model[first].when < earliest ? model[first].when : earliest;
    }
    return earliest;
}

static void model_interrupt(unsigned running) {
    fired_count = 0;
    interrupt();
    for (unsigned level = 64; level-- > running;) {
        int first = model_first(level);
        if (first >= 0 && model[first].when <= hosted.now) {
            EXPECT_EQ(fired_count, 1);
            EXPECT_EQ(fired[0], first);
            model[first].armed = false;
            return;
        }
    }
    EXPECT_EQ(fired_count, 0);
}

NO_CONTEXT_CHECK static void model_step(struct random *random, uint64_t step) {
    unsigned event = (unsigned)random_below(random, EVENTS);
    unsigned level = (unsigned)random_below(random, 8) * 9;
    if (!model[event].armed) {
        model[event].armed = true;
        model[event].level = level;
        model[event].when = hosted.now + random_below(random, 60);
        model[event].order = step;
        arm_at(event, level, model[event].when);
    } else if (random_one_in(random, 3)) {
        model[event].level = level;
        timed_event_move_irq(cpu, &events[event], level);
    } else {
        model[event].armed = false;
        cancel(event);
    }
}

TEST(random_arming_cancelling_and_firing_agrees_with_a_list) {
    struct random random = test_random();
    unsigned running = LEVEL;
    reset();
    memset(model, 0, sizeof(model));
    for (uint64_t step = 0; step < 20000; step++) {
        if (random_one_in(&random, 8)) {
            running = (unsigned)random_below(&random, 64);
            run_at(running);
        }
        if (random_one_in(&random, 4)) {
            hosted.now += random_below(&random, 10);
            model_interrupt(running);
        } else {
            model_step(&random, step);
        }
        EXPECT_EQ(hosted.compare, model_compare(running));
        EXPECT_EQ(cpu->compare.ticks, hosted.compare);
        EXPECT(step % 64 != 0 || timer_queue_check(&cpu->events) >= 0);
    }
}
