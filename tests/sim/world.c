/* SPDX-License-Identifier: MIT */
/*
 * The machine's hooks: where the clock moves and interrupts come is drawn at each interrupt
 * point and at the begin of each masked stretch; at its end the model makes the same step, and
 * both must agree.
 */
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/cpu.h"
#include "arch/timer.h"
#include "kernel/sched/thread_internal.h"
#include "tests/sim/compare.h"
#include "tests/sim/invariants.h"
#include "tests/sim/machine.h"

#define LOG_LINES 40
#define LOG_WIDTH 120

struct world world;
static char log_lines[LOG_LINES][LOG_WIDTH];
static uint64_t log_count;

void world_log(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(log_lines[log_count++ % LOG_LINES], LOG_WIDTH, format, arguments);
    va_end(arguments);
}

void world_print_log(void) {
    uint64_t first = log_count > LOG_LINES ? log_count - LOG_LINES : 0;
    for (uint64_t i = first; i < log_count; i++) {
        fprintf(stderr, "  %s\n", log_lines[i % LOG_LINES]);
    }
}

void world_fail(const char *what) {
    panic("%s", what);
}

int world_self(void) {
    return (int)thread_self().index;
}

unsigned world_users(int mailbox, bool moving) {
    unsigned users = 0;
    for (int i = 0; i < MODEL_THREADS; i++) {
        const struct model_thread *thread = &model.threads[i];
        if (thread->state != MODEL_READY && thread->state != MODEL_WAITING) {
            continue;
        }
        bool uses = thread->operation != NULL && thread->operation->mailbox == mailbox;
        users += uses && !(moving && thread->state == MODEL_WAITING);
    }
    return users;
}

/* --- The clock -------------------------------------------------------------------------------- */

/* Somewhere near: a little later, or just before, at or behind the next interrupt. */
static void clock_drift(unsigned one_in) {
    if (!random_one_in(&world.random, one_in)) {
        return;
    }
    uint64_t ahead = hosted.compare - hosted.now;
    if (hosted.compare > hosted.now && ahead <= 8 * world.character.patience &&
        random_one_in(&world.random, 2)) {
        hosted.now = hosted.compare - 1 + random_below(&world.random, 3);
    } else {
        hosted.now += random_between(&world.random, 1, 1 + world.character.work);
    }
}

static void at_point(void) {
    clock_drift(world.character.drift);
    if (random_one_in(&world.random, 50)) {
        hosted.line = true; /* some other interrupt */
    }
}

static void at_begin(void) {
    clock_drift(2 * world.character.drift);
}

/* --- The model goes along --------------------------------------------------------------------- */

static const char *const kind_names[] = {"direct", "call", "interrupt", "fault"};

static const char *model_step(const struct hosted_stretch *stretch) {
    switch (stretch->kind) {
    case HOSTED_DIRECT:
        return model_direct(hosted.now);
    case HOSTED_TASK_CALL:
        return model_task_call(stretch->number, stretch->argument, hosted.now);
    case HOSTED_INTERRUPT:
        world.interrupts++;
        if (world.device.kind != OPERATION_NONE) {
            world.device.kind = OPERATION_NONE;
            return model_device(&world.device, world.device.answer, hosted.now);
        }
        return model_interrupt(hosted.now);
    default:
        return model_fault(hosted.now);
    }
}

static bool booted;

static void at_end(const struct hosted_stretch *stretch, const struct frame *next) {
    struct mailbox *mailboxes[MODEL_MAILBOXES];
    for (int i = 0; i < MODEL_MAILBOXES; i++) {
        mailboxes[i] = world.mailboxes[i].mailbox;
    }
    const char *wrong = NULL;
    int before = model.running;
    if (booted) {
        wrong = model_step(stretch);
    }
    booted = true;
    world.stretches++;
    world_log("%" PRIu64 ": thread %d: %s %u -> thread %d%s", hosted.now, before,
              kind_names[stretch->kind], stretch->number, model.running,
              model.owes ? ", owes" : "");
    if (wrong == NULL) {
        wrong = invariants_broken(stretch->kind == HOSTED_DIRECT && model.owes);
    }
    if (wrong == NULL) {
        wrong = compare_with_model(mailboxes, next);
    }
    if (wrong != NULL) {
        world_fail(wrong);
    }
}

/* --- A run ------------------------------------------------------------------------------------ */

static uint64_t pick(const uint64_t *choices, unsigned count) {
    return choices[random_below(&world.random, count)];
}

static void draw_character(struct character *character) {
    static const uint64_t starts[] = {0, 1, UINT64_C(1) << 40, UINT64_C(1) << 63};
    static const uint64_t quanta[] = {1, 10, 100, 1000, 1000000};
    static const uint64_t populations[] = {3, 5, 8, 8, 12, 12, MODEL_THREADS + 8};
    character->population = (unsigned)pick(populations, ARRAY_SIZE(populations));
    character->levels = (unsigned)random_between(&world.random, 1, 6);
    character->round_robin = (unsigned)random_below(&world.random, 9);
    character->patience = (unsigned)random_between(&world.random, 5, 500);
    character->drift = (unsigned)random_between(&world.random, 2, 20);
    character->work = (unsigned)random_between(&world.random, 5, 200);
    character->quantum = pick(quanta, ARRAY_SIZE(quanta));
    character->start = pick(starts, ARRAY_SIZE(starts));
}

/* The first thread lives for ever, and waits only so long: it keeps the world turning. */
static void clean_up(void) {
    for (int i = 0; i < MODEL_MAILBOXES; i++) {
        if (world.mailboxes[i].mailbox != NULL && world.mailboxes[i].dynamic) {
            free(world.mailboxes[i].mailbox);
        }
    }
}

void world_run(uint64_t seed, uint64_t steps) {
    static const struct thread_attributes attributes = {.name = "first", .priority = 32};
    uint64_t done = world.steps;
    log_count = 0;
    booted = false;
    machine_reset();
    world.seed = seed;
    world.steps_left = steps;
    random_init(&world.random, seed);
    draw_character(&world.character);
    for (int i = 0; i < MODEL_MAILBOXES; i++) {
        world.mailboxes[i] = (struct world_mailbox){.mailbox = NULL};
    }
    machine.quantum = world.character.quantum;
    machine.start = world.character.start;
    machine.device = script_device;
    machine.hooks = (struct hosted_hooks){at_point, at_begin, at_end};
    model_begin(0, attributes.priority, world.character.quantum);
    machine_run(script_main, NULL, &attributes);
    if (world.steps - done != steps) {
        world_fail("nothing more can happen, though the first thread never waits for ever");
    }
    clean_up();
}
