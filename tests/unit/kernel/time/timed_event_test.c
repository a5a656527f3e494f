/* SPDX-License-Identifier: MIT */
/* Timed events under the real interrupt routine, with a table of handlers that only write down. */
#include "kernel/time/timed_event.h"

#include "tests/unit/test.h"

#define EVENTS STABLE_HEAP_NODES_MAX

static struct cpu *cpu;
static struct timed_event events[EVENTS];
static unsigned fired[EVENTS];
static unsigned fired_count;
static unsigned quanta;

static void event_fired(struct cpu *on, struct timed_event *event) {
    EXPECT(on == cpu);
    EXPECT(event >= events && event < events + EVENTS);
    EXPECT(fired_count < EVENTS);
    EXPECT(hosted.now >= event->node.key);
    fired[fired_count++] = (unsigned)(event - events);
}

static void quantum_fired(struct cpu *on, struct timed_event *event) {
    EXPECT(on == cpu && event == NULL);
    cpu->quantum_end = INSTANT_NEVER;
    quanta++;
}

const timed_event_handler timed_event_table[TIMED_EVENT_KINDS] = {
    [TIMED_EVENT_WAKE] = event_fired,
    [TIMED_EVENT_TIMEOUT] = event_fired,
    [TIMED_EVENT_QUANTUM] = quantum_fired,
};

NO_CONTEXT_CHECK static void reset(void) {
    hosted_reset();
    cpu = cpu_init(0);
    arch_timer_init();
    memset(events, 0, sizeof(events));
    fired_count = 0;
    quanta = 0;
}

NO_CONTEXT_CHECK static void arm(unsigned event, uint64_t when) {
    timed_event_arm_irq(cpu, &events[event], event % 2 ? TIMED_EVENT_WAKE : TIMED_EVENT_TIMEOUT,
                        (instant_t){when});
}

NO_CONTEXT_CHECK static void cancel(unsigned event) {
    timed_event_cancel_irq(cpu, &events[event]);
}

NO_CONTEXT_CHECK static void interrupt(void) {
    timed_event_interrupt_irq(cpu);
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
    arm(0, 500);
    EXPECT_EQ(hosted.compare, 400);
    arm(1, 300);
    EXPECT_EQ(hosted.compare, 300);
    cancel(1);
    EXPECT_EQ(hosted.compare, 400);
    hosted.now = 400;
    interrupt();
    EXPECT_EQ(quanta, 1);
    EXPECT_EQ(fired_count, 0);
    EXPECT_EQ(hosted.compare, 500);
}

TEST(an_interrupt_handles_a_bounded_number_and_is_due_again_at_once) {
    reset();
    for (unsigned i = 0; i < 7; i++) {
        arm(i, 100);
    }
    arm(7, 101);
    hosted.now = 100;
    unsigned interrupts = 0;
    while (hosted_timer_is_due()) {
        unsigned before = fired_count;
        interrupt();
        interrupts++;
        EXPECT(fired_count > before);
        EXPECT(fired_count - before <= CONFIG_TIMED_EVENTS_PER_IRQ);
    }
    EXPECT_EQ(interrupts, (7 + CONFIG_TIMED_EVENTS_PER_IRQ - 1) / CONFIG_TIMED_EVENTS_PER_IRQ);
    EXPECT_EQ(cpu->timer_interrupts, interrupts);
    for (unsigned i = 0; i < 7; i++) {
        EXPECT_EQ(fired[i], i); /* first armed, first served */
    }
    EXPECT_EQ(hosted.compare, 101);
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

NO_CONTEXT_CHECK TEST(a_used_up_quantum_is_seen_in_the_same_interrupt_as_due_events) {
    reset();
    cpu->quantum_end = (instant_t){100};
    for (unsigned i = 0; i < 2 * CONFIG_TIMED_EVENTS_PER_IRQ; i++) {
        arm(i, 100);
    }
    hosted.now = 100;
    interrupt();
    EXPECT_EQ(fired_count, CONFIG_TIMED_EVENTS_PER_IRQ);
    EXPECT_EQ(quanta, 1);
    EXPECT(hosted_timer_is_due());
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
    uint64_t when;
    uint64_t order;
} model[EVENTS];

static int model_first(void) {
    int first = -1;
    for (int i = 0; i < EVENTS; i++) {
        if (model[i].armed &&
            (first < 0 || model[i].when < model[first].when ||
             (model[i].when == model[first].when && model[i].order < model[first].order))) {
            first = i;
        }
    }
    return first;
}

static void model_interrupt(void) {
    fired_count = 0;
    interrupt();
    for (unsigned i = 0; i < fired_count; i++) {
        int first = model_first();
        EXPECT(first >= 0 && model[first].when <= hosted.now);
        EXPECT_EQ(fired[i], first);
        model[first].armed = false;
    }
    int next = model_first();
    EXPECT(fired_count == CONFIG_TIMED_EVENTS_PER_IRQ || next < 0 || model[next].when > hosted.now);
}

TEST(random_arming_cancelling_and_firing_agrees_with_a_list) {
    struct random random = test_random();
    reset();
    memset(model, 0, sizeof(model));
    for (uint64_t step = 0; step < 20000; step++) {
        unsigned event = (unsigned)random_below(&random, EVENTS);
        if (random_one_in(&random, 4)) {
            hosted.now += random_below(&random, 10);
            model_interrupt();
        } else if (model[event].armed) {
            cancel(event);
            model[event].armed = false;
        } else {
            model[event].armed = true;
            model[event].when = hosted.now + random_below(&random, 60);
            model[event].order = step;
            arm(event, model[event].when);
        }
        int first = model_first();
        EXPECT_EQ(hosted.compare, first < 0 ? UINT64_MAX : model[first].when);
        EXPECT(step % 64 != 0 || stable_heap_check(&cpu->events));
    }
}
