/* SPDX-License-Identifier: MIT */
/*
 * Every interrupt position. One tick is one instruction here, so an event armed for start + k
 * interrupts the operation that begins at `start` behind its k-th instruction, or at the next
 * instruction where interrupts are unmasked. A placement is one run of this cast:
 *
 *   level 50  driver    sets the scene, then goes down to level 8 and looks when all are at rest
 *         31  second    a second attacker, for pairs of interrupts
 *         30  attacker  wakes at start + k, does the most harmful legal thing, and ends
 *         28  target    waits at the gate and does as told: ends, faults, sends, receives
 *         24  peer      waits where the scene wants one, above the subject or below (16)
 *         20  subject   performs the operation
 *         12  releaser  comes to run when the subject waits, and ends that wait
 *          8  driver    again
 *
 * What a placement must give is not written down anywhere: the outcome (struct facts) must be one
 * that the same operation and the same action have one after the other, with nobody in the middle.
 */
#ifndef TESTS_SWEEP_SWEEP_H
#define TESTS_SWEEP_SWEEP_H

#include "kernel/ipc/mailbox_type.h"
#include "kernel/sched/thread_internal.h"
#include "kernel/sync/condition.h"
#include "kernel/sync/rwlock.h"

enum role {
    ROLE_SUBJECT,
    ROLE_PEER,
    ROLE_RELEASER,
    ROLE_TARGET,
    ROLE_ATTACKER,
    ROLE_SECOND,
    ROLE_CAST, /* so many are spawned */
    ROLE_DRIVER = ROLE_CAST,
    ROLE_OTHER, /* anybody else: a child of the operation, the log's thread, idle */
};

#define LEVEL_SETTING   50
#define LEVEL_SECOND    31
#define LEVEL_ATTACKER  30
#define LEVEL_TARGET    28
#define LEVEL_HIGH_PEER 24
#define LEVEL_SUBJECT   20
#define LEVEL_LOW_PEER  16
#define LEVEL_RELEASER  12
#define LEVEL_LOWERED   10
#define LEVEL_REST      8

struct message {
    uint64_t value;
    uint64_t twice; /* a message that is torn does not add up */
    uint64_t thrice;
};
MAILBOX_TYPE(box, struct message)
MAILBOX_TYPE(gate, char)

#define BOX_ROOM 2

/* What an outcome is. Values of messages are small numbers; TORN is one that does not add up. */
enum fact {
    FACT_SUBJECT, /* what the operation answered, and got */
    FACT_VALUE,
    FACT_ACTION, /* the same of the action */
    FACT_GAIN,
    FACT_SECOND,
    FACT_PEER,
    FACT_PEER_VALUE,
    FACT_RELEASE,
    FACT_RELEASE_VALUE,
    FACT_TARGET, /* letters it has obeyed */
    FACT_COUNT,  /* of the box, at the end */
    FACT_CLOSED,
    FACT_SUBJECT_END, /* what joining each answers at the end */
    FACT_TARGET_END,
    FACT_PEER_END,
    FACT_SUBJECT_LEVEL,
    FACT_TARGET_LEVEL,
    FACT_PEER_LEVEL,
    FACT_HEAP, /* blocks and frames more than before */
    FACT_FRAMES,
    FACT_UNITS,  /* of the semaphore, at the end; CLOSED */
    FACT_SIGNS,  /* the event flags, at the end; CLOSED */
    FACT_ROUNDS, /* of the barrier that were completed */
    FACT_BLOCKS, /* of the pool that are out, at the end */
    FACT_OTHER,  /* the operation's own */
    FACTS,
};

#define UNSET (-100)
#define TORN  (-200)

/* How the interrupt at start + k comes to be. */
enum mode {
    MODE_ATTACK,    /* the attacker's sleep ends */
    MODE_WAIT,      /* the attacker's wait at a mailbox times out */
    MODE_OWN,       /* the operation's own deadline passes */
    MODE_PEER,      /* the peer's deadline passes */
    MODE_QUANTUM,   /* the subject's quantum ends, and the attacker is of its level */
    MODE_BUDGET,    /* the subject's budget ends, the attacker is told, and the subject throttled */
    MODE_BANDWIDTH, /* the same of a constant bandwidth; at odd positions it is postponed instead */
    MODES,
};

struct action {
    const char *name;
    void (*run)(void); /* in the attacker; answers through scene.fact */
    unsigned flags;
};
#define ACTION_ENDS_SUBJECT 1u /* it ends anywhere: its memory is not given back */
#define ACTION_MEMORY       2u
#define ACTION_ALL_MODES    8u  /* also when a wait times out, and at the end of a quantum */
#define ACTION_SLOW         4u  /* thousands of instructions: fewer positions when sampled */
#define ACTION_SUSPENDS     32u /* the subject, until the end */
#define ACTION_BUDGET       64u /* also when the subject's budget ends */

/* Flags of both: operations on an object of kernel/sync, and actions for those alone. */

/* For both: an action on an object is for operations on it alone. */
#define OF_LINES   (1u << 16) /* the line */
#define OF_UNITS   (1u << 17) /* the semaphore */
#define OF_SIGNS   (1u << 18) /* the event flags */
#define OF_BLOCKS  (1u << 19) /* the pool */
#define OF_ROUNDS  (1u << 20) /* the barrier */
#define OF_HELD    (1u << 21) /* a suspended subject */
#define OF_LOCKS   (1u << 22) /* mutexes */
#define OF_SHARES  (1u << 23) /* reader-writer locks */
#define OF_BUDGET  (1u << 24) /* the server */
#define OF_PERIODS (1u << 25) /* periods, and the box for misses */
#define OF_DESK    (1u << 26) /* the port */
#define OF_OBJECTS (UINT32_MAX << 16)

struct op {
    const char *name;
    const char *group;
    void (*prepare)(void); /* the driver, before anybody */
    void (*begin)(void);   /* the subject, before `start` */
    void (*run)(void);     /* the subject: the operation */
    void (*release)(void); /* the releaser */
    void (*clean)(void);   /* the driver, when all are at rest */
    unsigned flags;
};
#define OP_DEADLINE   1u  /* waits until scene.own_deadline */
#define OP_TIMED_PEER 2u  /* has a peer that waits until scene.peer_deadline */
#define OP_MEMORY     4u  /* heap and frames are looked at */
#define OP_LOOSE      8u  /* several steps by design: the outcome may lie between */
#define OP_WAITS      16u /* for pairs */
#define OP_LOGS       32u
#define OP_VARIES     512u   /* takes more or fewer instructions from time to time */
#define OP_OWNS       256u   /* nobody could finish it if the subject ended within */
#define OP_FAULTS     128u   /* somebody ends by a fault */
#define OP_FP         1024u  /* subject and attackers have floating-point registers, and use them */
#define OP_SPINS      64u    /* the releaser runs until the subject's wait has ended by itself */
#define OP_SLEEPS     32768u /* and would not come to its end if it were resumed there */
#define OP_ORDERED    4096u  /* the subject runs by deadline, and so has no budget */
#define OP_PACED      8192u  /* the server has a constant bandwidth */
#define OP_ENDS       2048u  /* the subject ends owning mutexes that others wait for */

struct scene {
    const struct op *op;
    const struct action *action;
    const struct action *second; /* NULL: no pair */
    enum mode mode;
    uint64_t at;
    uint64_t second_at;

    instant_t start;
    instant_t own_deadline;
    instant_t peer_deadline;
    thread_id_t id[ROLE_CAST];
    thread_id_t child; /* of the operation */
    int32_t fact[FACTS];

    instant_t attack_time;
    instant_t second_time;
    thread_id_t driver;
    uint64_t sent;
    uint64_t received;
    bool frozen; /* the outcome is taken */
    bool late;
    volatile bool done;
    volatile bool acted;
    volatile bool second_acted;
    bool is_second;        /* the second attacker acts */
    uint64_t spare;        /* ticks the subject came too early: for a shorter preparation */
    bool was_done;         /* the operation had returned when the attacker came */
    enum role interrupted; /* who, and where, when the attacker came */
    uint64_t pc;
    uint64_t frame_x[31];
    const char *broken; /* a rule of the invariants */
    const char *broken_when;
};
extern struct scene scene;

extern struct box box;
extern struct gate gate;
extern struct mutex locks[2];
extern struct condition changed; /* with locks[0] */
extern struct rwlock shared;     /* for two readers */

struct op_table {
    const struct op *ops;
    unsigned count;
};
#define OP_TABLE(name) const struct op_table name##_ops = {name##_table, ARRAY_SIZE(name##_table)}
extern const struct op_table thread_ops, join_ops, send_ops, receive_ops, box_ops, memory_ops,
    log_ops, line_ops, fp_ops, semaphore_ops, event_ops, pool_ops, barrier_ops, suspend_ops,
    any_ops;
extern const struct op_table thread_ops, join_ops, send_ops, receive_ops, box_ops, mutex_ops,
    condition_ops, rwlock_ops, port_ops, period_ops, edf_ops, memory_ops, log_ops, server_ops,
    bandwidth_ops;

extern const struct action sweep_actions[], sync_actions[];
extern const unsigned sweep_action_count, sync_action_count;
/* Action `index` of all tables; NULL: there are no more. */
const struct action *action_of(unsigned index);
/* Gives back what an action has kept until now. */
void actions_clean(void);

/* align.S: the subject is still within when `start` comes. */
bool sweep_align(uint64_t start);
extern const char sweep_align_end[];

/* --- One placement (place.c) --- */

/* What to place, and where. */
struct placement {
    const struct op *op;
    const struct action *action;
    const struct action *second; /* NULL: one interrupt */
    enum mode mode;
    uint64_t at;
    uint64_t second_at;
};

/* Runs it; who, where and the outcome are then in scene. NULL, or what is wrong whatever the
 * outcome should be. */
const char *place_run(const struct placement *placement);
struct invariants_view;
/* What the checker needs to know of the stage. */
void place_view(struct invariants_view *view) IRQ_MASKED;

/* Looks at all invariants; the first broken rule stays in scene. */
void place_look(const char *when);
extern uint64_t placements;

#endif
