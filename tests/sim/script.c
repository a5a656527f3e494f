/* SPDX-License-Identifier: MIT */
/*
 * What threads do: one random operation after the other, each told to the model before, its answer
 * compared with the model's after. Between the choice of an operation and its first interrupt point
 * nothing else runs, so what was true when it was chosen is true when it begins.
 */
#include "tests/sim/world.h"

#include <string.h>

#include "arch/fault.h"
#include "arch/fp.h"
#include "kernel/sched/thread_internal.h"
#include "tests/sim/machine.h"

static uint64_t below(uint64_t limit) {
    return random_below(&world.random, limit);
}

/* --- One operation --------------------------------------------------------------------------- */

static void begin(struct operation *operation) {
    model.threads[world_self()].operation = operation;
    world_log("thread %d: operation %d, mailbox %d, thread %u, deadline %llu", world_self(),
              (int)operation->kind, operation->mailbox, operation->target.index,
              (unsigned long long)operation->deadline);
}

static void end(struct operation *operation, status_t status) {
    struct model_thread *self = &model.threads[world_self()];
    if (self->operation != operation || !operation->answered || operation->answer != status) {
        world_log("thread %d: got %s, expected %s", world_self(), status_name(status),
                  operation->answered ? status_name(operation->answer) : "no answer yet");
        world_fail("a call returned another status");
    }
    world.done[operation->kind]++;
    world.answers[-(int)status]++;
    self->operation = NULL;
}

static struct operation operation_of(enum operation_kind kind) {
    return (struct operation){.kind = kind, .mailbox = -1, .deadline = MODEL_NEVER};
}

/* --- Choices --------------------------------------------------------------------------------- */

static bool is_first(void) {
    return world_self() == 0;
}

/* The first thread never waits for long, or all could wait for each other for ever. */
static uint64_t random_deadline(void) {
    uint64_t now = hosted.now;
    uint64_t patience = world.character.patience;
    switch (below(is_first() ? 6 : 10)) {
    case 0:
        return 0;
    case 1:
        return now;
    case 2:
        return now - below(now < 100 ? now + 1 : 100);
    case 3:
        return now + 1;
    case 4:
    case 5:
        return now + below(patience);
    case 6:
    case 7:
        return now + below(8 * patience);
    case 8:
        return MODEL_NEVER - 1;
    default:
        return MODEL_NEVER;
    }
}

/* For waits that nobody else can end: sleepers to the end of time would soon fill the world. */
static uint64_t mostly_soon(void) {
    uint64_t deadline = random_deadline();
    return deadline < MODEL_NEVER - 1 || random_one_in(&world.random, 100)
               ? deadline
               : hosted.now + below(world.character.patience);
}

/* Any slot's thread, sometimes one that is long gone or never was. */
static thread_id_t random_target(void) {
    uint32_t index = (uint32_t)below(MODEL_THREADS);
    for (int tries = 0; tries < 8 && model.threads[index].state == MODEL_FREE; tries++) {
        index = (uint32_t)below(MODEL_THREADS);
    }
    uint32_t generation = model.threads[index].generation;
    switch (below(16)) {
    case 0:
        return (thread_id_t){index, generation - 1};
    case 1:
        return (thread_id_t){MODEL_THREADS + (uint32_t)below(3), 1};
    case 2:
        return thread_self();
    default:
        return (thread_id_t){index, generation};
    }
}

static unsigned random_priority(void) {
    static const unsigned priorities[] = {32, 33, 31, 0, 63, 40};
    return random_one_in(&world.random, 50) ? (unsigned)below(64)
                                            : priorities[below(world.character.levels)];
}

/* --- Mailboxes ------------------------------------------------------------------------------- */

/* The bytes of message `number`; small ones tell apart only so many. */
static void message_fill(uint8_t *bytes, uint64_t size, uint64_t number) {
    for (uint64_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> i % 8 * 8) ^ (uint8_t)(i * 37);
    }
}

static void message_check(const uint8_t *bytes, uint64_t size, uint64_t number) {
    uint8_t expected[WORLD_MESSAGE_MAX];
    message_fill(expected, size, number);
    if (memcmp(bytes, expected, size) != 0) {
        world_fail("another message was received");
    }
}

static int random_mailbox(void) {
    int mailbox = (int)below(MODEL_MAILBOXES);
    bool usable = world.mailboxes[mailbox].mailbox != NULL && !world.mailboxes[mailbox].retiring;
    return usable ? mailbox : -1;
}

static void do_send(bool wait) {
    struct operation operation = operation_of(wait ? OPERATION_SEND : OPERATION_TRY_SEND);
    uint8_t bytes[WORLD_MESSAGE_MAX];
    operation.mailbox = random_mailbox();
    if (operation.mailbox < 0) {
        return;
    }
    struct world_mailbox *box = &world.mailboxes[operation.mailbox];
    operation.message = ++world.next_message;
    operation.deadline = random_deadline();
    message_fill(bytes, box->message_size, operation.message);
    begin(&operation);
    end(&operation, wait ? mailbox_send_until(box->mailbox, bytes, (instant_t){operation.deadline})
                         : mailbox_try_send(box->mailbox, bytes));
}

static void do_receive(bool wait) {
    struct operation operation = operation_of(wait ? OPERATION_RECEIVE : OPERATION_TRY_RECEIVE);
    uint8_t bytes[WORLD_MESSAGE_MAX];
    operation.mailbox = random_mailbox();
    if (operation.mailbox < 0) {
        return;
    }
    struct world_mailbox *box = &world.mailboxes[operation.mailbox];
    uint64_t size = box->message_size;
    operation.deadline = random_deadline();
    begin(&operation);
    status_t status =
        wait ? mailbox_receive_until(box->mailbox, bytes, (instant_t){operation.deadline})
             : mailbox_try_receive(box->mailbox, bytes);
    end(&operation, status);
    if (status == STATUS_OK) {
        message_check(bytes, size, operation.message);
    }
}

NO_CONTEXT_CHECK void script_device(void) {
    struct operation *operation = &world.device;
    uint8_t bytes[WORLD_MESSAGE_MAX];
    *operation = operation_of(OPERATION_NONE);
    operation->mailbox = random_mailbox();
    if (operation->mailbox < 0) {
        return;
    }
    struct world_mailbox *box = &world.mailboxes[operation->mailbox];
    operation->kind = OPERATION_TRY_SEND;
    operation->message = ++world.next_message;
    message_fill(bytes, box->message_size, operation->message);
    operation->answer = mailbox_try_send_irq(box->mailbox, bytes);
    world_log("device: mailbox %d: %s", operation->mailbox, status_name(operation->answer));
}

static void mailbox_make(int mailbox) {
    struct world_mailbox *box = &world.mailboxes[mailbox];
    unsigned capacity = (unsigned)random_between(&world.random, 1, MODEL_CAPACITY);
    box->message_size = random_between(&world.random, 1, WORLD_MESSAGE_MAX);
    box->dynamic = random_one_in(&world.random, 2);
    machine.heap_empty = random_one_in(&world.random, 8);
    struct mailbox *made = &box->fixed;
    status_t status = box->dynamic ? mailbox_create(box->message_size, capacity, &made)
                                   : mailbox_init(made, box->storage, sizeof(box->storage),
                                                  box->message_size, capacity);
    if (status != (box->dynamic && machine.heap_empty ? STATUS_NO_MEMORY : STATUS_OK)) {
        world_fail("a mailbox was made, or refused, against expectation");
    }
    if (status == STATUS_OK) {
        model_mailbox_open(mailbox, capacity);
        machine_watch(made);
        box->mailbox = made;
    }
}

/* Closes one, or destroys it: that may be done while threads wait, not while they are
 * on their way. */
static void mailbox_end(int mailbox, bool destroy) {
    struct operation operation = operation_of(OPERATION_CLOSE);
    struct world_mailbox *box = &world.mailboxes[mailbox];
    operation.mailbox = mailbox;
    begin(&operation);
    if (!destroy) {
        end(&operation, mailbox_close(box->mailbox));
        return;
    }
    box->retiring = true;
    if (box->dynamic) {
        mailbox_destroy(box->mailbox); /* machine.c forgets it when its memory is given back */
        end(&operation, operation.answer);
    } else {
        end(&operation, mailbox_close(box->mailbox));
        machine_forget(box->mailbox);
        memset(box->mailbox, 0xee, sizeof(*box->mailbox));
    }
    box->mailbox = NULL;
    box->retiring = false;
}

static void do_close(void) {
    int mailbox = random_mailbox();
    if (mailbox >= 0) {
        mailbox_end(mailbox, world_users(mailbox, true) == 0 && random_one_in(&world.random, 2));
    }
}

/* Makes one that is not there, destroys one that is closed. */
static void do_tidy(void) {
    int mailbox = (int)below(MODEL_MAILBOXES);
    const struct world_mailbox *box = &world.mailboxes[mailbox];
    if (box->mailbox == NULL) {
        mailbox_make(mailbox);
    } else if (model.mailboxes[mailbox].closed && !box->retiring &&
               world_users(mailbox, true) == 0) {
        mailbox_end(mailbox, true);
    }
}

/* --- Threads --------------------------------------------------------------------------------- */

static void do_spawn(void) {
    static const uint64_t sizes[] = {0, 1, 8192, 8193, 32768, 40000, 131072, 131073};
    struct operation operation = operation_of(OPERATION_SPAWN);
    operation.attributes =
        (struct thread_attributes){.priority = (uint8_t)random_priority(),
                                   .policy = below(8) < world.character.round_robin,
                                   .fp = random_one_in(&world.random, 3),
                                   .detached = random_one_in(&world.random, 3)};
    if (random_one_in(&world.random, 6)) {
        operation.attributes.stack_size = sizes[below(ARRAY_SIZE(sizes))];
    }
    begin(&operation);
    end(&operation, thread_spawn(script_main, NULL, &operation.attributes, &operation.spawned));
}

static unsigned live_threads(void) {
    return MODEL_THREADS - thread_slots_free();
}

/* Returns only if the thread had better stay. */
static void do_exit(void) {
    static const struct fault fault = {.syndrome = 1};
    bool many = live_threads() > world.character.population;
    if (is_first() || !(many || random_one_in(&world.random, 10))) {
        return;
    }
    static struct operation operations[MODEL_THREADS]; /* they outlive the stacks of who ends */
    struct operation *last = &operations[world_self()];
    *last = operation_of(OPERATION_EXIT);
    last->code = (int64_t)world.next_code++ - 1000;
    world.done[OPERATION_EXIT]++;
    if (random_one_in(&world.random, 4)) {
        last->kind = OPERATION_FAULT;
        world.done[OPERATION_FAULT]++;
        begin(last);
        hosted_fault(&fault);
    }
    begin(last);
    thread_exit(last->code);
}

static void do_join(void) {
    struct operation operation = operation_of(OPERATION_JOIN);
    int64_t code = 0;
    bool wants_code = random_one_in(&world.random, 2);
    operation.target = random_target();
    operation.deadline = mostly_soon();
    begin(&operation);
    status_t status = thread_join_until(operation.target, wants_code ? &code : NULL,
                                        (instant_t){operation.deadline});
    end(&operation, status);
    if (wants_code && (status == STATUS_OK || status == STATUS_FAULTED) && code != operation.code) {
        world_fail("join told another code");
    }
}

static void do_detach(void) {
    struct operation operation = operation_of(OPERATION_DETACH);
    operation.target = random_target();
    begin(&operation);
    end(&operation, thread_detach(operation.target));
}

static void do_set_priority(void) {
    struct operation operation = operation_of(OPERATION_SET_PRIORITY);
    operation.target = random_target();
    operation.priority = random_priority();
    begin(&operation);
    end(&operation, thread_set_priority(operation.target, operation.priority));
}

static void do_look(void) {
    struct operation operation = operation_of(OPERATION_LOOK);
    unsigned priority = 99;
    operation.target = random_target();
    operation.priority = 99;
    begin(&operation);
    end(&operation, thread_get_priority(operation.target, &priority));
    if (priority != operation.priority) {
        world_fail("another priority was told");
    }
}

static void do_sleep(void) {
    struct operation operation = operation_of(OPERATION_SLEEP);
    operation.deadline = mostly_soon();
    begin(&operation);
    thread_sleep_until((instant_t){operation.deadline});
    end(&operation, STATUS_OK);
    if (hosted.now < operation.deadline) {
        world_fail("a sleep ended early");
    }
}

static void do_yield(void) {
    struct operation operation = operation_of(OPERATION_YIELD);
    begin(&operation);
    thread_yield();
    end(&operation, STATUS_OK);
}

static void do_work(void) {
    hosted_step(below(world.character.work));
}

/* --- The script ------------------------------------------------------------------------------ */

static void step(void) {
    switch (below(32)) {
    case 0 ... 2:
        return do_send(false);
    case 3 ... 5:
        return do_receive(false);
    case 6 ... 8:
        return do_send(true);
    case 9 ... 11:
        return do_receive(true);
    case 12 ... 14:
        return do_sleep();
    case 15 ... 16:
        return do_yield();
    case 17 ... 19:
        return do_work();
    case 20 ... 21:
        return live_threads() < world.character.population ? do_spawn() : do_exit();
    case 22:
        return do_spawn();
    case 23 ... 24:
        return do_join();
    case 25:
        return do_detach();
    case 26 ... 27:
        return do_set_priority();
    case 28:
        return do_look();
    case 29:
        return random_one_in(&world.random, 4) ? do_close() : do_tidy();
    case 30:
        return do_tidy();
    default:
        return do_exit();
    }
}

/* A thread that has floating-point registers finds in each what it left there, at first zero. */
static void use_registers(uint64_t *left) {
    struct fp_state *registers = hosted_fp_registers();
    if ((registers != NULL) != model.threads[world_self()].fp) {
        world_fail("registers are open for who has none, or closed for who has");
    }
    if (registers == NULL) {
        return;
    }
    bool same = registers->control == *left && registers->status == *left;
    *left = world.steps + 1;
    for (unsigned i = 0; i < ARRAY_SIZE(registers->vector); i++) {
        same = same && registers->vector[i] == registers->control;
        registers->vector[i] = *left;
    }
    registers->control = registers->status = *left;
    if (!same) {
        world_fail("a register is not what its thread left in it");
    }
}

void script_main(void *argument) {
    (void)argument;
    uint64_t left = 0;
    for (;;) {
        use_registers(&left);
        if (world.steps_left == 0) {
            hosted_leave();
        }
        world.steps_left--;
        world.steps++;
        step();
    }
}
