/* SPDX-License-Identifier: MIT */
/*
 * The admission test as one loop of small turns. Each turn is one pass over the tasks that either
 * asks the next question or brings the answer to one a step nearer; so the whole costs so many
 * turns of so many tasks, whatever the numbers are, and running out of turns is an answer.
 *
 *                     +--> FIXED: jobs of one task, until its window closes ------> next task
 *     BEGIN: a task --+
 *                     +--> BUSY: the longest busy period of its EDF level
 *                            `--> DEADLINE <--> DEMAND, downwards ----------------> next task
 *
 * Nothing overflows. A window is at most WINDOW_MAX = 2^50, a jitter and a period are below 2^48,
 * and no job costs more than its period: so a task's work within a window is below 2^50 + 2^49, and
 * that of CONFIG_ADMISSION_TASKS <= 2^10 tasks, with blocking, below 2^62.
 */
#include "kernel/sched/admission.h"

#include "config.h"
#include "lib/bound.h"

#define WINDOW_MAX (UINT64_C(1) << 50)
#define LEVELS     64

_Static_assert(CONFIG_ADMISSION_TASKS >= 1 && CONFIG_ADMISSION_TASKS <= 1024, "sums stay in range");

enum phase { BEGIN, FIXED, BUSY, DEADLINE, DEMAND, DONE };

/* The question under way. */
struct inquiry {
    /* What was given. */
    const struct admission_task *tasks;
    const struct admission_costs *costs;
    struct admission_result *result;
    uint32_t count;

    /* Where it stands. */
    uint32_t task; /* asked about; for EDF: the first of its level */
    enum phase phase;
    uint64_t jobs;     /* FIXED: that the task releases within the window, so far */
    uint64_t longest;  /* FIXED: response so far */
    uint64_t limit;    /* DEADLINE: those up to here are still to be met */
    uint64_t due;      /* DEMAND: the deadline under way, ... */
    uint32_t due_task; /* ... whose it is, ... */
    uint64_t demand;   /* ... and what must have run by then, at most; BUSY: what blocks */
    uint64_t window;   /* a lower bound of the length that is looked for */
};

/* --- What tasks ask for ------------------------------------------------------------------------ */

/* With what the kernel adds; at most the period, once it was looked at. */
static uint64_t job_cost(const struct admission_costs *costs, const struct admission_task *task) {
    return task->execution.ticks + costs->release.ticks + costs->finish.ticks;
}

/* How often a task is released within a window that begins with a release as late as may be. */
static uint64_t releases(const struct admission_task *task, uint64_t window) {
    return (window + task->jitter.ticks + task->period.ticks - 1) / task->period.ticks;
}

/* What one release of `other` takes from the question's task or level, whatever its deadline. */
static uint64_t work_of_release(const struct inquiry *inquiry, uint32_t other) {
    const struct admission_task *task = &inquiry->tasks[other];
    uint8_t level = inquiry->tasks[inquiry->task].priority;
    if (task->priority < level) {
        return inquiry->costs->release_below.ticks;
    }
    if (inquiry->phase == FIXED && other == inquiry->task) {
        return 0; /* its jobs are counted one by one */
    }
    if (inquiry->phase == DEMAND && task->priority == level) {
        return inquiry->costs->release.ticks; /* the rest is demand, if it is due */
    }
    return job_cost(inquiry->costs, task);
}

/* What is released within `window`, on top of the question's own. O(count). */
static uint64_t interference(const struct inquiry *inquiry, uint64_t window) {
    uint64_t sum = 0;
    BOUND_LOOP(others, CONFIG_ADMISSION_TASKS);
    for (uint32_t i = 0; i < inquiry->count; i++) {
        BOUND_TURN(others);
        sum += releases(&inquiry->tasks[i], window) * work_of_release(inquiry, i);
    }
    return sum;
}

/* --- Answers ----------------------------------------------------------------------------------- */

static void end(struct inquiry *inquiry, enum admission_verdict verdict, uint32_t task,
                int64_t margin) {
    *inquiry->result = (struct admission_result){verdict, task, margin};
    inquiry->phase = DONE;
}

/* `ticks` are at most 2^62. */
static void end_late(struct inquiry *inquiry, uint32_t task, uint64_t ticks, uint64_t deadline) {
    end(inquiry, ADMISSION_LATE, task, (int64_t)deadline - (int64_t)ticks);
}

static void next_task(struct inquiry *inquiry) {
    inquiry->task++;
    inquiry->phase = BEGIN;
}

/* The window must have at least `length`. True if it has just that: then it is the answer. */
static bool window_is(struct inquiry *inquiry, uint64_t length) {
    if (length <= inquiry->window) {
        return true;
    }
    inquiry->window = length;
    if (length > WINDOW_MAX) {
        end(inquiry, ADMISSION_UNDECIDED, inquiry->task, 0);
    }
    return false;
}

/* --- Turns ------------------------------------------------------------------------------------- */

/* What blocks an EDF level at most, or ADMISSION_TICKS_MAX if an earlier task stands for it. */
static uint64_t level_blocking(const struct inquiry *inquiry) {
    uint64_t longest = 0;
    BOUND_LOOP(peers, CONFIG_ADMISSION_TASKS);
    for (uint32_t i = 0; i < inquiry->count; i++) {
        BOUND_TURN(peers);
        const struct admission_task *peer = &inquiry->tasks[i];
        if (peer->priority != inquiry->tasks[inquiry->task].priority) {
            continue;
        }
        if (i < inquiry->task) {
            return ADMISSION_TICKS_MAX;
        }
        longest = peer->blocking.ticks > longest ? peer->blocking.ticks : longest;
    }
    return longest;
}

static void turn_begin(struct inquiry *inquiry) {
    if (inquiry->task == inquiry->count) {
        inquiry->phase = DONE;
        return;
    }
    inquiry->window = 1;
    inquiry->jobs = 1;
    inquiry->longest = 0;
    if (inquiry->tasks[inquiry->task].order == ADMISSION_FIXED) {
        inquiry->phase = FIXED;
        return;
    }
    uint64_t blocking = level_blocking(inquiry);
    if (blocking == ADMISSION_TICKS_MAX) {
        next_task(inquiry);
        return;
    }
    inquiry->demand = blocking + inquiry->costs->masked.ticks;
    inquiry->phase = BUSY;
}

/* Every job of the task has met its deadline: the next task, and this one's margin if it is less. */
static void fixed_admitted(struct inquiry *inquiry) {
    struct admission_result *result = inquiry->result;
    int64_t margin = (int64_t)(inquiry->tasks[inquiry->task].deadline.ticks - inquiry->longest);
    if (result->task == ADMISSION_NO_TASK || margin < result->margin) {
        result->task = inquiry->task;
        result->margin = margin;
    }
    next_task(inquiry);
}

/* The task's own releases before the window ends, of jobs that do not count in it yet: they interrupt
 * the one that does. */
static uint64_t own_interrupts(const struct inquiry *inquiry) {
    uint64_t count = releases(&inquiry->tasks[inquiry->task], inquiry->window);
    return count > inquiry->jobs ? (count - inquiry->jobs) * inquiry->costs->release.ticks : 0;
}

/* The window ends with job number `jobs` of the task, counted from one. */
static void turn_fixed(struct inquiry *inquiry) {
    const struct admission_task *task = &inquiry->tasks[inquiry->task];
    uint64_t cost = job_cost(inquiry->costs, task);
    uint64_t length = task->blocking.ticks + inquiry->costs->masked.ticks + inquiry->jobs * cost +
                      own_interrupts(inquiry) + interference(inquiry, inquiry->window);
    /* The last job was due to be released at `before`, which is less than window and jitter. */
    uint64_t before = (inquiry->jobs - 1) * task->period.ticks;
    uint64_t response = length + task->jitter.ticks - before;
    if (response > task->deadline.ticks) {
        end_late(inquiry, inquiry->task, response, task->deadline.ticks);
        return;
    }
    if (!window_is(inquiry, length)) {
        return;
    }
    inquiry->longest = response > inquiry->longest ? response : inquiry->longest;
    if (response <= task->period.ticks) {
        fixed_admitted(inquiry); /* before its next job can be released */
        return;
    }
    inquiry->jobs++;
    inquiry->window += cost - inquiry->costs->release.ticks; /* which counts already */
}

static void turn_busy(struct inquiry *inquiry) {
    if (window_is(inquiry, inquiry->demand + interference(inquiry, inquiry->window))) {
        inquiry->limit = inquiry->window;
        inquiry->phase = DEADLINE;
    }
}

/* Finds the latest deadline up to the limit, and all that is due by then. */
static void turn_deadline(struct inquiry *inquiry) {
    uint64_t limit = inquiry->limit;
    uint64_t blocking = 0;
    uint64_t demand = 0;
    inquiry->due = 0;
    BOUND_LOOP(due_tasks, CONFIG_ADMISSION_TASKS);
    for (uint32_t i = 0; i < inquiry->count; i++) {
        BOUND_TURN(due_tasks);
        const struct admission_task *task = &inquiry->tasks[i];
        /* Positive: a task that may be released behind its deadline was refused. */
        uint64_t first = task->deadline.ticks - task->jitter.ticks;
        if (task->priority != inquiry->tasks[inquiry->task].priority || first > limit) {
            continue;
        }
        uint64_t later = (limit - first) / task->period.ticks;
        uint64_t due = first + later * task->period.ticks;
        demand += (later + 1) * (task->execution.ticks + inquiry->costs->finish.ticks);
        blocking = task->blocking.ticks > blocking ? task->blocking.ticks : blocking;
        if (due > inquiry->due) {
            inquiry->due = due;
            inquiry->due_task = i;
        }
    }
    if (inquiry->due == 0) {
        next_task(inquiry); /* all deadlines of the level are met */
        return;
    }
    inquiry->demand = demand + blocking + inquiry->costs->masked.ticks;
    inquiry->window = 1;
    inquiry->phase = DEMAND;
}

static void turn_demand(struct inquiry *inquiry) {
    uint64_t length = inquiry->demand + interference(inquiry, inquiry->window);
    if (length > inquiry->due) {
        end_late(inquiry, inquiry->due_task, length, inquiry->due);
        return;
    }
    if (length > inquiry->window) {
        inquiry->window = length;
        return;
    }
    /* What is due between here and there asks for no more, so it is met too. */
    inquiry->limit = length - 1;
    inquiry->phase = DEADLINE;
}

static void turn(struct inquiry *inquiry) {
    switch (inquiry->phase) {
    case BEGIN:
        turn_begin(inquiry);
        break;
    case FIXED:
        turn_fixed(inquiry);
        break;
    case BUSY:
        turn_busy(inquiry);
        break;
    case DEADLINE:
        turn_deadline(inquiry);
        break;
    case DEMAND:
        turn_demand(inquiry);
        break;
    case DONE:
        break;
    }
}

static void decide(struct inquiry *inquiry) {
    BOUND_LOOP(turns, CONFIG_ADMISSION_STEPS);
    for (uint32_t i = 0; i < CONFIG_ADMISSION_STEPS; i++) {
        BOUND_TURN(turns);
        turn(inquiry);
        if (inquiry->phase == DONE) {
            return;
        }
    }
    end(inquiry, ADMISSION_UNDECIDED, inquiry->task, 0);
}

/* --- What can be said of a task alone ---------------------------------------------------------- */

static bool is_long(duration_t length) {
    return length.ticks >= ADMISSION_TICKS_MAX;
}

static status_t costs_status(const struct admission_costs *costs) {
    if (is_long(costs->release) || is_long(costs->finish) || is_long(costs->masked)) {
        return STATUS_OUT_OF_RANGE;
    }
    bool is_part = costs->release_below.ticks <= costs->release.ticks &&
                   costs->release.ticks - costs->release_below.ticks <= costs->masked.ticks;
    return is_part ? STATUS_OK : STATUS_INVALID_ARGUMENT;
}

static status_t task_status(const struct admission_task *task) {
    if (task->order > ADMISSION_EDF || task->period.ticks == 0 || task->deadline.ticks == 0 ||
        task->execution.ticks == 0) {
        return STATUS_INVALID_ARGUMENT;
    }
    bool is_out = task->priority >= LEVELS || is_long(task->period) || is_long(task->deadline) ||
                  is_long(task->execution) || is_long(task->blocking) || is_long(task->jitter);
    return is_out ? STATUS_OUT_OF_RANGE : STATUS_OK;
}

/* Looks at each task by itself, and at the orders of levels. */
static status_t tasks_status(struct inquiry *inquiry) {
    uint64_t levels[ADMISSION_EDF + 1] = {0}; /* by order: those that have it */
    BOUND_LOOP(tasks, CONFIG_ADMISSION_TASKS);
    for (uint32_t i = 0; i < inquiry->count; i++) {
        BOUND_TURN(tasks);
        const struct admission_task *task = &inquiry->tasks[i];
        inquiry->result->task = i;
        status_t status = task_status(task);
        if (status != STATUS_OK) {
            return status;
        }
        levels[task->order] |= UINT64_C(1) << task->priority;
        if ((levels[ADMISSION_FIXED] & levels[ADMISSION_EDF]) != 0) {
            return STATUS_INVALID_ARGUMENT;
        }
    }
    inquiry->result->task = ADMISSION_NO_TASK;
    return STATUS_OK;
}

/* Refuses a task that asks for more than its period, or is late even alone: what follows needs
 * neither. */
static void decide_alone(struct inquiry *inquiry) {
    BOUND_LOOP(alone, CONFIG_ADMISSION_TASKS);
    for (uint32_t i = 0; i < inquiry->count; i++) {
        BOUND_TURN(alone);
        const struct admission_task *task = &inquiry->tasks[i];
        uint64_t cost = job_cost(inquiry->costs, task);
        if (cost > task->period.ticks) {
            end_late(inquiry, i, cost, task->period.ticks);
            return;
        }
        if (cost + task->jitter.ticks > task->deadline.ticks) {
            end_late(inquiry, i, cost + task->jitter.ticks, task->deadline.ticks);
            return;
        }
    }
}

/* --- The one call ------------------------------------------------------------------------------ */

status_t admission_check(const struct admission_task *tasks, uint32_t count,
                         const struct admission_costs *costs, enum admission_policy policy,
                         struct admission_result *result) {
    *result = (struct admission_result){ADMISSION_UNCHECKED, ADMISSION_NO_TASK, 0};
    if (policy == ADMISSION_OFF) {
        return STATUS_OK;
    }
    if (policy != ADMISSION_ENFORCE && policy != ADMISSION_WARN) {
        return STATUS_INVALID_ARGUMENT;
    }
    if (count > CONFIG_ADMISSION_TASKS) {
        return STATUS_OUT_OF_RANGE;
    }
    struct inquiry inquiry = {.tasks = tasks, .costs = costs, .result = result, .count = count};
    status_t status = costs_status(costs);
    if (status == STATUS_OK) {
        status = tasks_status(&inquiry);
    }
    if (status != STATUS_OK) {
        return status;
    }
    result->verdict = ADMISSION_ADMITTED;
    decide_alone(&inquiry);
    if (inquiry.phase != DONE) {
        decide(&inquiry);
    }
    bool is_refused = result->verdict != ADMISSION_ADMITTED;
    return is_refused && policy == ADMISSION_ENFORCE ? STATUS_NOT_ADMITTED : STATUS_OK;
}
