/* SPDX-License-Identifier: MIT */
/* The model of what threads may ask for: by direct calls, which never switch, and by task calls. */
#include "tests/sim/model.h"

#include "arch/task_call.h"

#define TASK_CALL_NUMBER(name, number) CALL_##name = number,
enum { TASK_CALL_LIST(TASK_CALL_NUMBER) };

static struct operation *running_operation(void) {
    return model.threads[model.running].operation;
}

/* --- Mailboxes -------------------------------------------------------------------------------- */

static status_t send_now(struct operation *operation) {
    struct model_mailbox *mailbox = &model.mailboxes[operation->mailbox];
    if (mailbox->closed) {
        return STATUS_CLOSED;
    }
    int receiver = model_first_waiter(operation->mailbox, MODEL_RECEIVE);
    if (receiver >= 0) {
        model.handovers++;
        model.threads[receiver].operation->message = operation->message;
        model_wake(receiver, STATUS_OK);
        return STATUS_OK;
    }
    if (mailbox->count == mailbox->capacity) {
        return STATUS_WOULD_BLOCK;
    }
    mailbox->messages[mailbox->count++] = operation->message;
    return STATUS_OK;
}

static status_t receive_now(struct operation *operation) {
    struct model_mailbox *mailbox = &model.mailboxes[operation->mailbox];
    if (mailbox->count == 0) {
        return mailbox->closed ? STATUS_CLOSED : STATUS_WOULD_BLOCK;
    }
    operation->message = mailbox->messages[0];
    mailbox->count--;
    for (unsigned i = 0; i < mailbox->count; i++) {
        mailbox->messages[i] = mailbox->messages[i + 1];
    }
    int sender = model_first_waiter(operation->mailbox, MODEL_SEND);
    if (sender >= 0 && !mailbox->closed) {
        model.handovers++;
        mailbox->messages[mailbox->count++] = model.threads[sender].operation->message;
        model_wake(sender, STATUS_OK);
    }
    return STATUS_OK;
}

/* The first stretch closes; each later one wakes a waiter, if there is one. */
static void close_now(struct operation *operation) {
    struct model_mailbox *mailbox = &model.mailboxes[operation->mailbox];
    if (operation->stretches == 1) {
        model_answer(model.running, mailbox->closed ? STATUS_CLOSED : STATUS_OK);
        mailbox->closed = true;
        return;
    }
    int waiter = model_first_waiter(operation->mailbox, MODEL_RECEIVE);
    if (waiter < 0) {
        waiter = model_first_waiter(operation->mailbox, MODEL_SEND);
    }
    if (waiter >= 0) {
        model_wake(waiter, STATUS_CLOSED);
    }
}

/* --- Threads ---------------------------------------------------------------------------------- */

/* The thread that an id names, or -1. */
static int find(thread_id_t id) {
    if (id.index >= MODEL_THREADS) {
        return -1;
    }
    const struct model_thread *thread = &model.threads[id.index];
    bool lives = thread->state != MODEL_FREE && thread->generation == id.generation;
    return lives ? (int)id.index : -1;
}

static bool has_joiner(int thread) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (model.threads[i].state == MODEL_WAITING && model.threads[i].wait == MODEL_JOIN &&
            model.threads[i].joined == thread) {
            return true;
        }
    }
    return false;
}

/* The stack that a spawn gets: each class has so many, and the next larger helps out. */
static status_t take_stack(uint64_t size, unsigned *taken) {
    static const struct {
        uint64_t size;
        unsigned count;
    } classes[] = {CONFIG_STACK_CLASSES};
    unsigned used[ARRAY_SIZE(classes) + 1] = {0};
    for (int i = 0; i < MODEL_THREADS; i++) {
        used[model.threads[i].stack_class] += model.threads[i].state != MODEL_FREE;
    }
    *taken = 0;
    if (size <= CONFIG_STACK_BASE_SIZE) {
        return STATUS_OK;
    }
    for (unsigned class = 0; class < ARRAY_SIZE(classes); class ++) {
        if (size <= classes[class].size && used[class + 1] < classes[class].count) {
            *taken = class + 1;
            return STATUS_OK;
        }
    }
    return size > classes[ARRAY_SIZE(classes) - 1].size ? STATUS_OUT_OF_RANGE : STATUS_NO_MEMORY;
}

static bool is_room_for_registers(void) {
    unsigned used = 0;
    for (int i = 0; i < MODEL_THREADS; i++) {
        used += model.threads[i].state != MODEL_FREE && model.threads[i].fp;
    }
    return used < CONFIG_FP_THREADS;
}

/* Which free slot it is, is the kernel's business; that it was free, and the generation, is not. */
static const char *spawn_now(struct operation *operation) {
    unsigned stack_class = 0;
    status_t status = STATUS_NO_SLOT;
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (model.threads[i].state == MODEL_FREE) {
            status = take_stack(operation->attributes.stack_size, &stack_class);
            break;
        }
    }
    if (status == STATUS_OK && operation->attributes.fp && !is_room_for_registers()) {
        status = STATUS_NO_MEMORY;
    }
    model_answer(model.running, status);
    if (status != STATUS_OK) {
        return NULL;
    }
    thread_id_t id = operation->spawned;
    if (id.index >= MODEL_THREADS || model.threads[id.index].state != MODEL_FREE ||
        model.threads[id.index].generation != id.generation) {
        return "spawn took a slot that was not free, or told another id";
    }
    model.threads[id.index] =
        (struct model_thread){.state = MODEL_READY,
                              .generation = id.generation,
                              .priority = operation->attributes.priority,
                              .round_robin = operation->attributes.policy == THREAD_ROUND_ROBIN,
                              .fp = operation->attributes.fp,
                              .detached = operation->attributes.detached,
                              .stack_class = stack_class,
                              .place = ++model.youngest,
                              .share = model.quantum,
                              .deadline = MODEL_NEVER};
    return NULL;
}

/* WOULD_BLOCK: the caller may wait for it. */
static status_t join_now(struct operation *operation) {
    int target = find(operation->target);
    if (target < 0) {
        return STATUS_STALE;
    }
    if (model.threads[target].state == MODEL_ENDED) {
        operation->code = model.threads[target].code;
        model_release(target);
        return model.threads[target].faulted ? STATUS_FAULTED : STATUS_OK;
    }
    if (target == model.running) {
        return STATUS_DEADLOCK;
    }
    if (model.threads[target].detached) {
        return STATUS_DETACHED;
    }
    return has_joiner(target) ? STATUS_BUSY : STATUS_WOULD_BLOCK;
}

static status_t detach_now(const struct operation *operation) {
    int target = find(operation->target);
    if (target < 0) {
        return STATUS_STALE;
    }
    if (model.threads[target].detached) {
        return STATUS_DETACHED;
    }
    if (has_joiner(target)) {
        return STATUS_BUSY;
    }
    if (model.threads[target].state == MODEL_ENDED) {
        model_release(target);
    } else {
        model.threads[target].detached = true;
    }
    return STATUS_OK;
}

/* The running thread stays the oldest of its level; anybody else is the youngest of the new one. */
static status_t set_priority_now(const struct operation *operation) {
    int target = find(operation->target);
    if (target < 0) {
        return STATUS_STALE;
    }
    struct model_thread *thread = &model.threads[target];
    if (thread->priority != operation->priority) {
        thread->priority = operation->priority;
        thread->place = target == model.running ? --model.oldest : ++model.youngest;
    }
    return STATUS_OK;
}

/* The deadline of who waits goes to `level`. Whether it does. */
static bool retime_now(struct model_thread *thread, unsigned level) {
    if (thread->state != MODEL_WAITING || thread->deadline == MODEL_NEVER ||
        thread->level == level) {
        return false;
    }
    thread->level = level;
    return true;
}

/* First of all to the level that is about to be set; and last, if it was, to the one that the thread has:
 * others may have set that meanwhile. */
static void set_priority_stretch(struct operation *operation) {
    int target = find(operation->target);
    struct model_thread *thread = target < 0 ? NULL : &model.threads[target];
    if (operation->stretches == 1 && thread != NULL) {
        operation->moves = retime_now(thread, operation->priority);
        if (operation->moves) {
            return;
        }
    }
    if (!operation->answered) {
        model_answer(model.running, set_priority_now(operation));
    } else if (thread != NULL) {
        (void)retime_now(thread, thread->priority);
    }
}

static status_t look_now(struct operation *operation) {
    int target = find(operation->target);
    if (target < 0) {
        return STATUS_STALE;
    }
    operation->priority = model.threads[target].priority;
    return STATUS_OK;
}

/* --- Direct calls ---------------------------------------------------------------------------- */

/* A first try: an answer only if there is nothing to wait for. */
static void try_first(status_t status) {
    if (status == STATUS_WOULD_BLOCK) {
        return;
    }
    model_answer(model.running, status);
}

static const char *direct(struct operation *operation) {
    operation->stretches++;
    if (operation->answered && operation->kind != OPERATION_CLOSE && !operation->moves) {
        return "a call that has its answer does more";
    }
    switch (operation->kind) {
    case OPERATION_TRY_SEND:
        model_answer(model.running, send_now(operation));
        return NULL;
    case OPERATION_TRY_RECEIVE:
        model_answer(model.running, receive_now(operation));
        return NULL;
    case OPERATION_SEND:
        try_first(send_now(operation));
        return NULL;
    case OPERATION_RECEIVE:
        try_first(receive_now(operation));
        return NULL;
    case OPERATION_JOIN:
        try_first(join_now(operation));
        return NULL;
    case OPERATION_SPAWN:
        return spawn_now(operation);
    case OPERATION_DETACH:
        model_answer(model.running, detach_now(operation));
        return NULL;
    case OPERATION_SET_PRIORITY:
        set_priority_stretch(operation);
        return NULL;
    case OPERATION_LOOK:
        model_answer(model.running, look_now(operation));
        return NULL;
    case OPERATION_CLOSE:
        close_now(operation);
        return NULL;
    default:
        return "a direct call where none belongs";
    }
}

const char *model_direct(uint64_t now) {
    (void)now;
    if (model.owes) {
        return "somebody else must run, and the thread goes on";
    }
    const char *wrong = direct(running_operation());
    int running = model.running;
    bool ticking = model.quantum_end != MODEL_NEVER;
    bool wanted = model.threads[running].round_robin && model_is_contested(running);
    model.owes = model_pick() != running || ticking != wanted ||
                 model.threads[running].priority != model.level;
    return wrong;
}

/* --- Task calls ------------------------------------------------------------------------------ */

/* What waits tries again, for the door was not entered at once. */
static const char *wait_call(enum operation_kind kind, enum model_wait wait, uint64_t deadline,
                             uint64_t now) {
    struct operation *operation = running_operation();
    if (operation->kind != kind || operation->deadline != deadline) {
        return "a task call that the thread has not asked for";
    }
    if (operation->answered && operation->answer != STATUS_CLOSED) {
        return "a call that has its answer waits";
    }
    status_t status = kind == OPERATION_SEND      ? send_now(operation)
                      : kind == OPERATION_RECEIVE ? receive_now(operation)
                                                  : join_now(operation);
    if (status == STATUS_WOULD_BLOCK && deadline != MODEL_NEVER && deadline <= now) {
        status = STATUS_TIMED_OUT;
    }
    if (status != STATUS_WOULD_BLOCK) {
        model_answer(model.running, status);
        return NULL;
    }
    model.threads[model.running].joined = (int)operation->target.index;
    model_block(model.running, wait, deadline);
    return NULL;
}

static const char *sleep_call(uint64_t when, uint64_t now) {
    struct operation *operation = running_operation();
    if (operation->kind != OPERATION_SLEEP || operation->deadline != when) {
        return "a sleep that the thread has not asked for";
    }
    if (when <= now) {
        model_answer(model.running, STATUS_OK);
    } else {
        model_block(model.running, MODEL_SLEEP, when);
    }
    return NULL;
}

static const char *exit_call(int64_t code) {
    const struct operation *operation = running_operation();
    if (operation->kind != OPERATION_EXIT || operation->code != code) {
        return "an exit that the thread has not asked for";
    }
    model_end(model.running, code);
    return NULL;
}

static const char *yield_call(void) {
    if (running_operation()->kind != OPERATION_YIELD) {
        return "a yield that the thread has not asked for";
    }
    model_answer(model.running, STATUS_OK);
    model.threads[model.running].place = ++model.youngest;
    return NULL;
}

static const char *task_call(unsigned number, const uint64_t *argument, uint64_t now) {
    switch (number) {
    case CALL_yield:
        return yield_call();
    case CALL_reschedule:
        return NULL;
    case CALL_thread_exit:
        return exit_call((int64_t)argument[0]);
    case CALL_thread_join:
        return wait_call(OPERATION_JOIN, MODEL_JOIN, argument[2], now);
    case CALL_sleep:
        return sleep_call(argument[0], now);
    case CALL_mailbox_send:
        return wait_call(OPERATION_SEND, MODEL_SEND, argument[2], now);
    case CALL_mailbox_receive:
        return wait_call(OPERATION_RECEIVE, MODEL_RECEIVE, argument[2], now);
    default:
        return "no such task call";
    }
}

const char *model_task_call(unsigned number, const uint64_t *argument, uint64_t now) {
    if (model.owes && number != CALL_reschedule) {
        return "somebody else must run, and the thread asks for other things";
    }
    const char *wrong = task_call(number, argument, now);
    model_leave(now);
    return wrong;
}

const char *model_fault(uint64_t now) {
    model.threads[model.running].faulted = true;
    model_end(model.running, 0);
    model_leave(now);
    return NULL;
}

const char *model_device(struct operation *operation, status_t status, uint64_t now) {
    status_t expected = send_now(operation);
    model_leave(now);
    return status != expected ? "a device's message got another answer" : NULL;
}
