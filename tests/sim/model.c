/* SPDX-License-Identifier: MIT */
/* The model of scheduling: who is ready, who runs, whose time has come. */
#include "tests/sim/model.h"

struct model model;

static uint64_t as_youngest(void) {
    return ++model.youngest;
}

void model_begin(int slot, unsigned priority, uint64_t quantum) {
    model = (struct model){.running = slot,
                           .quantum = quantum,
                           .quantum_end = MODEL_NEVER,
                           .youngest = UINT64_C(1) << 62,
                           .oldest = UINT64_C(1) << 62};
    for (int i = 0; i < MODEL_THREADS; i++) {
        model.threads[i].generation = 1;
    }
    model.threads[slot].state = MODEL_READY;
    model.threads[slot].priority = priority;
    model.level = priority;
    model.threads[slot].share = quantum;
    model.threads[slot].place = model.youngest;
    model.threads[slot].deadline = MODEL_NEVER;
}

void model_mailbox_open(int mailbox, unsigned capacity) {
    model.mailboxes[mailbox] = (struct model_mailbox){.capacity = capacity};
}

/* --- Questions -------------------------------------------------------------------------------- */

/* Whether `a` comes before `b` (which may be nobody):
 * higher, or of one priority and there earlier. */
static bool comes_before(int a, int b) {
    if (b < 0) {
        return true;
    }
    const struct model_thread *first = &model.threads[a];
    const struct model_thread *second = &model.threads[b];
    return first->priority > second->priority ||
           (first->priority == second->priority && first->place < second->place);
}

int model_pick(void) {
    int best = MODEL_IDLE;
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (model.threads[i].state == MODEL_READY && comes_before(i, best)) {
            best = i;
        }
    }
    return best;
}

int model_first_waiter(int mailbox, enum model_wait wait) {
    int best = -1;
    for (int i = 0; i < MODEL_THREADS; i++) {
        const struct model_thread *thread = &model.threads[i];
        if (thread->state == MODEL_WAITING && thread->wait == wait &&
            thread->operation->mailbox == mailbox && comes_before(i, best)) {
            best = i;
        }
    }
    return best;
}

bool model_is_contested(int thread) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (i != thread && model.threads[i].state == MODEL_READY &&
            model.threads[i].priority == model.threads[thread].priority) {
            return true;
        }
    }
    return false;
}

static bool is_oldest(int thread) {
    for (int i = 0; i < MODEL_THREADS; i++) {
        if (i != thread && model.threads[i].state == MODEL_READY &&
            model.threads[i].priority == model.threads[thread].priority &&
            model.threads[i].place < model.threads[thread].place) {
            return false;
        }
    }
    return true;
}

/* --- Waits ------------------------------------------------------------------------------------ */

void model_answer(int thread, status_t status) {
    struct operation *operation = model.threads[thread].operation;
    operation->answered = true;
    operation->answer = status;
}

void model_wake(int thread, status_t status) {
    model.threads[thread].state = MODEL_READY;
    model.threads[thread].place = as_youngest();
    model.threads[thread].deadline = MODEL_NEVER;
    model_answer(thread, status);
}

void model_block(int thread, enum model_wait wait, uint64_t deadline) {
    model.threads[thread].state = MODEL_WAITING;
    model.threads[thread].wait = wait;
    model.threads[thread].deadline = deadline;
    model.threads[thread].level = model.threads[thread].priority;
    model.threads[thread].place = as_youngest();
    model.threads[thread].armed = model.threads[thread].place;
}

void model_release(int thread) {
    model.threads[thread].state = MODEL_FREE;
    model.threads[thread].generation++;
}

void model_end(int thread, int64_t code) {
    struct model_thread *self = &model.threads[thread];
    self->state = MODEL_ENDED;
    self->code = code;
    for (int i = 0; i < MODEL_THREADS; i++) {
        struct model_thread *joiner = &model.threads[i];
        if (joiner->state == MODEL_WAITING && joiner->wait == MODEL_JOIN &&
            joiner->joined == thread) {
            joiner->operation->code = code;
            model_wake(i, self->faulted ? STATUS_FAULTED : STATUS_OK);
            model_release(thread);
            return;
        }
    }
    if (self->detached) {
        model_release(thread);
    }
}

/* --- The quantum, and leaving a door --------------------------------------------------------- */

static void quantum_begin(int thread, uint64_t now) {
    uint64_t share = model.threads[thread].share;
    model.quantum_end = share > MODEL_NEVER - now ? MODEL_NEVER : now + share;
}

static void quantum_stay(int thread, uint64_t now) {
    bool wanted = model.threads[thread].round_robin && model_is_contested(thread);
    bool ticking = model.quantum_end != MODEL_NEVER;
    if (wanted && !ticking) {
        quantum_begin(thread, now);
    } else if (!wanted && ticking) {
        model.threads[thread].share = model.quantum;
        model.quantum_end = MODEL_NEVER;
    }
}

/* Only who was preempted, and is still the oldest of its level, keeps the rest; if nothing is left,
 * its turn is over. */
static void quantum_leave(int thread, uint64_t now) {
    struct model_thread *self = &model.threads[thread];
    bool ticking = model.quantum_end != MODEL_NEVER;
    if (self->state != MODEL_READY || !is_oldest(thread)) {
        self->share = model.quantum;
    } else if (ticking && model.quantum_end > now) {
        self->share = model.quantum_end - now;
    } else if (ticking) {
        self->share = model.quantum;
        self->place = as_youngest();
    }
}

void model_leave(uint64_t now) {
    int next = model_pick();
    model.owes = false;
    model.level = next == MODEL_IDLE ? 0 : model.threads[next].priority;
    if (next == model.running) {
        if (next != MODEL_IDLE) {
            quantum_stay(next, now);
        }
        return;
    }
    model.switches++;
    if (model.running != MODEL_IDLE) {
        quantum_leave(model.running, now);
    }
    model.running = next;
    model.quantum_end = MODEL_NEVER;
    if (next != MODEL_IDLE && model.threads[next].round_robin && model_is_contested(next)) {
        quantum_begin(next, now);
    }
}

/* --- Interrupts ------------------------------------------------------------------------------- */

int model_first_armed(unsigned level) {
    int best = -1;
    for (int i = 0; i < MODEL_THREADS; i++) {
        const struct model_thread *thread = &model.threads[i];
        if (thread->state != MODEL_WAITING || thread->deadline == MODEL_NEVER ||
            thread->level != level) {
            continue;
        }
        if (best < 0 || thread->deadline < model.threads[best].deadline ||
            (thread->deadline == model.threads[best].deadline &&
             thread->armed < model.threads[best].armed)) {
            best = i;
        }
    }
    return best;
}

/* Of the highest level that has one, if that is not below who runs: the armed event that is due. */
static int most_urgent_due(uint64_t now) {
    for (unsigned level = THREAD_PRIORITY_MAX + 1; level-- > model.level;) {
        int first = model_first_armed(level);
        if (first >= 0 && model.threads[first].deadline <= now) {
            return first;
        }
    }
    return -1;
}

const char *model_interrupt(uint64_t now) {
    int due = most_urgent_due(now);
    if (due >= 0) {
        model.wakes_by_time++;
        model_wake(due, model.threads[due].wait == MODEL_SLEEP ? STATUS_OK : STATUS_TIMED_OUT);
    }
    if (due < 0 && model.quantum_end <= now && model.quantum_end != MODEL_NEVER) {
        model.rotations++;
        model.quantum_end = MODEL_NEVER;
        model.threads[model.running].share = model.quantum;
        model.threads[model.running].place = as_youngest();
    }
    model_leave(now);
    return NULL;
}
