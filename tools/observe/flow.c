/* SPDX-License-Identifier: MIT */
/*
 * One thread's flow goes on over interrupts: where an instruction led is settled when its thread
 * executes the next one, whatever ran in between. So each context keeps the last instruction that
 * is not settled yet.
 *
 *   thread A  ... svc |                                     | ret to the caller of task_call_X
 *   door              | vector ... frame_resume ... eret    |
 *
 * The door of an SVC counts for the thread that opened it too, up to the eret, whoever is resumed.
 *
 * What a thread does in user mode is nobody's business here: it ends at the next vector. A fault in
 * the copy from user mode goes on in that copy, so nothing of it is followed either.
 */
#include "tools/observe/flow.h"

#include "tools/observe/calls.h"
#include "tools/observe/masks.h"
#include "tools/observe/schedule.h"

/* Of each four vectors: sync, irq, fiq, serror. */
#define VECTOR_SYNC        0
#define VECTOR_IRQ         1
#define VECTOR_KERNEL_SYNC 4
#define VECTORS_OF_THREADS 0
#define VECTORS_OF_USER    8

struct window flow_doors[DOORS][PHASES];

static struct context boot;

/* The door that is open, if the context `door` is current. Doors do not nest. */
static struct context door;
static unsigned door_reason;
static uint64_t door_opened;
static struct context *door_owner; /* the thread whose SVC it is, else NULL */
static bool door_stored;
static bool door_left_out;
static uint64_t resumed; /* frame */
bool flow_recovers;

struct context *flow_running = &boot;

void flow_frame_stored(uint64_t frame) {
    /* A pair is two stores: the first one counts. */
    if (flow_running == &door && !door_stored) {
        door_stored = true;
        if (door.frame != frame) {
            context_problem(PROBLEM_THREAD, 0);
        }
    }
}

void flow_frame_loaded(uint64_t frame) {
    if (resumed == 0) {
        resumed = frame;
    }
}

/* --- Doors ------------------------------------------------------------------------------------ */

static bool is_of(const struct place *vector, int first) {
    return vector->vector >= first && vector->vector < first + 4;
}

static unsigned reason_of_other_door(const struct place *vector) {
    if (is_of(vector, VECTORS_OF_USER)) {
        return vector->vector == VECTORS_OF_USER + VECTOR_SYNC  ? DOOR_USER
               : vector->vector == VECTORS_OF_USER + VECTOR_IRQ ? DOOR_USER_IRQ
                                                                : DOOR_OTHER;
    }
    return vector->vector == VECTOR_IRQ    ? DOOR_IRQ
           : vector->vector == VECTOR_SYNC ? DOOR_FAULT
                                           : DOOR_OTHER;
}

static void open_door(const struct place *vector) {
    const struct leave *last = flow_running->last;
    /* Behind an SVC that was served, a thread may be made to go where nothing can be executed. */
    const bool is_svc = vector->vector == VECTOR_SYNC && last != NULL && last->kind == WORD_SVC &&
                        !flow_running->served && last->number < image.svc_count;
    edge_find(EDGE_EXCEPTION, last == NULL ? 0 : last->pc, vector->pc)->count++;
    masks_enter_door(flow_running, vector->pc);
    if (!is_of(vector, VECTORS_OF_THREADS) && !is_of(vector, VECTORS_OF_USER)) {
        clock_phase = PHASE_PANIC;
    } else if (flow_running->frame == 0 || flow_running == &door) {
        context_problem(PROBLEM_THREAD, vector->pc);
    }
    door_reason = is_svc ? last->number : reason_of_other_door(vector);
    door_owner = is_svc ? flow_running : NULL;
    if (is_svc) {
        flow_running->served = true;
    } else {
        flow_running->left = clock_now;
    }
    if (schedule_on) {
        schedule_door(door_reason, flow_running);
    }
    context_restart(&door);
    door.frame = flow_running->frame;
    door_opened = clock_now;
    door_stored = false;
    door_left_out = false;
    resumed = 0;
    flow_running = &door;
    calls_enter(&door, vector->function, 0);
}

/* The eret of frame_resume was executed: a door closes, or the boot is over. */
static void resume_thread(uint64_t eret) {
    struct context *thread = context_of_frame(resumed);
    if (resumed == 0) {
        context_problem(PROBLEM_THREAD, eret);
    }
    calls_finish(flow_running);
    if (flow_running == &door) {
        window_note(&flow_doors[door_reason][clock_phase], clock_now - door_opened, door_left_out);
    }
    masks_leave_door(thread, eret);
    if (schedule_on) {
        schedule_resume(thread);
    }
    if (flow_running == &boot) {
        clock_phase = PHASE_RUN;
    }
    if (door_owner != thread) {
        if (door_owner != NULL) {
            door_owner->left = clock_now;
        }
        thread->away += clock_now - thread->left;
    }
    door_owner = NULL;
    resumed = 0;
    flow_running = thread;
}

void flow_leave_out(void) {
    calls_leave_out(flow_running);
    if (flow_running == &door) {
        door_left_out = true;
        if (door_owner != NULL) {
            calls_leave_out(door_owner);
        }
    }
    masks_leave_out();
}

/* --- The flow of one context ------------------------------------------------------------------ */

static void note_edge(struct leave *last, uint64_t to) {
    if (last->edge == NULL || last->edge->to != to) {
        last->edge = edge_find(EDGE_FLOW, last->pc, to);
    }
    last->edge->count++;
}

/* After a branch, or straight on: is that another function now? */
static void settle_branch(const struct leave *last, const struct place *next) {
    if (next->function != NULL) {
        if (next->function != last->function) {
            calls_enter_tail(flow_running, next->function);
        }
    } else if (next->pc != last->pc + 4) {
        const struct function *function = image_function(next->pc);
        /* An application's assembly may do what it likes. */
        if (function != NULL && function->of_kernel && function != last->function) {
            calls_back_within(flow_running, function, next->pc);
        }
    }
}

static void settle(struct leave *last, const struct place *next) {
    switch (last->kind) {
    case WORD_CALL:
        calls_enter(flow_running, next->function, last->pc + 4);
        break;
    case WORD_RETURN:
        if (!calls_return(flow_running, next->pc)) {
            context_problem(PROBLEM_RETURN, last->pc);
        }
        break;
    case WORD_SVC:
        /* A task call's SVC returns for its function; another one goes on behind it. */
        if (calls_returns_to(flow_running, next->pc)) {
            calls_return(flow_running, next->pc);
        } else if (next->pc != last->pc + 4) {
            context_problem(PROBLEM_JUMP, last->pc);
        }
        return;
    case WORD_ERET: /* of the boot, to a lower exception level */
        edge_find(EDGE_RESUME, last->pc, next->pc)->count++;
        return;
    case WORD_PLAIN:
        if (next->pc != last->pc + 4) {
            context_problem(PROBLEM_JUMP, last->pc);
        }
        settle_branch(last, next);
        break;
    case WORD_BRANCH:
        settle_branch(last, next);
        break;
    }
    if (next->pc != last->pc + 4) {
        note_edge(last, next->pc);
    }
}

void flow_falls_into(struct function *function) {
    calls_enter_tail(flow_running, function);
}

/* The kernel's code is all in one half of the addresses. */
static bool is_user(uint64_t pc) {
    return (pc ^ image.thread) >> 63 != 0;
}

/* Up to the eret that goes on in the copy; or to the panic. */
static void recover(const struct leave *last, const struct place *next) {
    flow_running->last = NULL;
    if (last != NULL && last->kind == WORD_ERET) {
        flow_recovers = false;
    } else if (next->function != NULL && next->function->panics) {
        flow_recovers = false;
        calls_enter(flow_running, next->function, 0);
    }
}

struct place flow_place(uint64_t pc, int vector) {
    struct place place = {pc, vector, image_function_at(pc), image_function(pc), false};
    place.is_inner = vector < 0 && place.function == NULL && !is_user(pc) && pc != image.thread;
    return place;
}

void flow_step(struct leave *last, const struct place *next) {
    uint64_t eret = 0;
    if (last != NULL) {
        flow_running->last = last;
        flow_running->served = false;
        if (last->kind == WORD_ERET && last->pc >= image.resume_start &&
            last->pc < image.resume_end) {
            eret = last->pc;
            flow_running->last = NULL;
            resume_thread(eret);
        }
    }
    if (eret != 0) {
        edge_find(EDGE_RESUME, eret, next->pc)->count++;
    }
    if (flow_recovers) {
        recover(last, next);
    } else if (next->vector == VECTOR_KERNEL_SYNC && clock_phase == PHASE_RUN) {
        flow_recovers = true;
    } else if (next->vector >= 0) {
        open_door(next);
    } else if (clock_phase == PHASE_RUN && is_user(next->pc)) {
        context_restart(flow_running);
        flow_running->last = NULL;
    } else if (next->pc == image.thread && flow_running != &boot) {
        if (flow_running->last != NULL && flow_running->last->kind == WORD_SVC) {
            calls_end(flow_running);
        }
        context_restart(flow_running);
        calls_enter(flow_running, next->function, 0);
    } else if (flow_running->last != NULL) {
        settle(flow_running->last, next);
        flow_running->last = NULL;
    }
}
