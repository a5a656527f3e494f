/* SPDX-License-Identifier: MIT */
/*
 * A context is whoever runs on the CPU: the boot, a door (from vector to eret), or a thread, which
 * is known by the address of its frame. Each has a shadow of its stack of calls, and a clock of its
 * own that stands still while others run: a thread's clock counts its own instructions and the
 * doors it opens itself (SVC), but no interrupt and no other thread.
 */
#ifndef TOOLS_OBSERVE_CONTEXT_H
#define TOOLS_OBSERVE_CONTEXT_H

#include "tools/observe/edges.h"
#include "tools/observe/image.h"
#include "tools/observe/word.h"

#define CONTEXT_CALLS_MAX 4096 /* deeper is taken for an error */
#define CONTEXT_SAVES_MAX 64

/* The last instruction of a piece that was executed in one go, and how control leaves it. */
struct leave {
    uint64_t pc;
    enum word_kind kind;
    unsigned number;           /* SVC: its immediate */
    struct function *function; /* that pc is in, or NULL */
    uint64_t count;
    struct edge *edge; /* the one taken last */
};

/* Where a piece begins. */
struct place {
    uint64_t pc;
    int vector;                /* the slot, or -1 */
    struct function *function; /* that begins here, or NULL */
    struct function *within;   /* that it is in, or NULL */
    bool is_inner;             /* no vector, no function's or thread's beginning, not user mode's */
};

/* One call that has not returned. */
struct call {
    struct function *function; /* NULL: code that no symbol names */
    uint64_t return_to;
    uint64_t entered; /* by the context's clock, before its first instruction */
    uint32_t loops;   /* its loops begin here in the context's list */
    bool tail;        /* came by a branch, so it returns for its caller too */
    bool left_out;    /* came by BOUND_LEFT_OUT, itself or in a call */
};

/* A loop that was come by, or a limit that holds, in one call. */
struct loop {
    struct group *group;
    uint64_t turns;
    bool passed; /* a limit: its marker was come by */
};

struct context {
    uint64_t frame;       /* address; 0: not a thread */
    uint64_t away;        /* instructions that were others' since it exists */
    uint64_t left;        /* since when it is away, if it is */
    struct leave *last;   /* executed, and not yet known where it led; or NULL */
    bool served;          /* last is an SVC, and its door was open already */
    struct context *next; /* of all threads */

    struct call *calls;
    uint32_t call_count;
    uint32_t call_room;
    struct loop *loops;
    uint32_t loop_count;
    uint32_t loop_room;

    bool masked; /* when it was left */
    bool saves[CONTEXT_SAVES_MAX];
    unsigned save_count;
    uint64_t read_at; /* the last `mrs x, daif`, and what it saw */
    bool read_masked;
};

/* Instructions of the first CPU until now, and what they are counted for. */
extern uint64_t clock_now;
extern enum phase clock_phase;

/* The thread whose frame is at this address. */
struct context *context_of_frame(uint64_t frame);

/* Forgets all calls, loops and saved masks. */
void context_restart(struct context *context);

static inline uint64_t context_clock(const struct context *context) {
    return clock_now - context->away;
}

/* What must not happen, and makes figures doubtful. */
enum problem {
    PROBLEM_RETURN,  /* a return that fits no call */
    PROBLEM_SKIPPED, /* calls that were left without a return, by one of a caller */
    PROBLEM_DEEP,    /* too many calls on one stack */
    PROBLEM_JUMP,    /* not the next instruction after one that does not branch */
    PROBLEM_THREAD,  /* another thread than was resumed, or none */
    PROBLEM_TURN,    /* a turn of a loop that nobody has come by */
    PROBLEM_RESTORE, /* a mask restored that was not saved */
    PROBLEMS,
};

void context_problem(enum problem problem, uint64_t pc);

/* How often, and where first; in the kernel, or in an application, whose assembly may do as it
 * likes. */
uint64_t context_problem_count(enum problem problem, bool of_kernel, uint64_t *pc,
                               const char **name);

#endif
