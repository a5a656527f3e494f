/* SPDX-License-Identifier: MIT */
/* The thread object, for the rooms that move threads about. */
#ifndef KERNEL_SCHED_THREAD_INTERNAL_H
#define KERNEL_SCHED_THREAD_INTERNAL_H

#include "arch/fault.h"
#include "arch/fp.h"
#include "arch/frame.h"
#include "arch/user.h"
#include "kernel/cpu/cpu.h"
#include "kernel/sched/stack.h"
#include "kernel/sched/thread.h"
#include "kernel/time/timed_event.h"
#include "lib/list.h"
#include "lib/prio_queue.h"

enum thread_state {
    THREAD_FREE,
    THREAD_READY,         /* the running one too */
    THREAD_WAITING,       /* for an event that another thread makes */
    THREAD_WAITING_TIMED, /* for that or for a moment: `timeout` is armed */
    THREAD_ENDED,         /* waits for its joiner */
    THREAD_WAITING_ANY,   /* for one of several events: it has places (wait_place.h) */
    THREAD_PLACE,         /* no thread: one of these */
};

/* What a thread has beside its slot: the first two go back with it. */
#define THREAD_EXTRA_STACK   1u
#define THREAD_EXTRA_FP      2u
#define THREAD_EXTRA_MEASURE 4u /* it paints its stack before it begins */
#define THREAD_EXTRA_PAINTED 8u /* it has */
#define THREAD_EXTRA_TIMED   16u
#define THREAD_EXTRA_USER    32u /* its process's space */

/* What changes hands with the CPU beside the general registers. */
#define THREAD_BESIDE_FP    1u /* `fp` is its area */
#define THREAD_BESIDE_SPACE 2u /* it runs in user mode: `user` says where */

/* Why the time that a thread runs is counted. */
#define THREAD_TIMED_COUNTED 1u /* to be told */
#define THREAD_TIMED_SERVED  2u /* its server pays */
#define THREAD_TIMED_LENT    4u /* ... which is lent: it works for who has it */

/* Of `special`: what limits the time of a thread, or counts it. */
#define THREAD_SPECIAL_LIMITS 0x00ff00ffu

struct port_message;
struct process;
struct server;
struct turnstile;
struct wait_any;

/* What makes a thread's effective priority, beside what it is lent. */
struct thread_rank {
    uint8_t base;   /* as spawned or set */
    uint8_t floor;  /* at least so high while it settles what it has begun; 0: does not */
    uint8_t height; /* waiters in a row behind it: CONFIG_INHERITANCE_CHAIN_MAX at most */
    bool ending;    /* it gives its mutexes away, and goes */
};

struct thread {
    /* The doors: first, because SP_EL1 points here while the thread runs. */
    struct frame frame;

    /* Its CPU only, interrupts masked: scheduling. */
    struct prio_node node; /* in the ready queue or in `wait_queue` */
    uint8_t state;         /* enum thread_state; written by thread_state_move() alone */
    bool faulted;
    uint8_t priority; /* the effective one: sched_set_priority_irq() and turnstile_lone.h write */
    bool detached;
    uint64_t below; /* thread_below() of its priority: what every switch looks at */
    struct prio_queue
        *home; /* where it stands while READY: its CPU's `ready`; suspended: `parked` */
    union {
        uint32_t special; /* not 0: a switch to or from it has more to do */
        struct {
            uint8_t round_robin; /* 0 or 1; 1 too if it runs by deadline */
            uint8_t beside;      /* THREAD_BESIDE_… */
            uint8_t timed;       /* THREAD_TIMED_…: how long it runs is counted */
            bool by_deadline;    /* and `deadline` orders it */
        };
    };
    uint8_t extras;          /* THREAD_EXTRA_…: of a free slot none */
    bool called;             /* the call that it waits for is served (kernel/ipc/port.h) */
    instant_t deadline;      /* of a thread that runs by deadline */
    duration_t quantum_left; /* of a preempted round-robin thread; 0: a full one is due */
    duration_t cpu_time;     /* of a timed thread: until it was last switched to */
    struct server *server;   /* who pays for a served thread */

    /* Its CPU only, interrupts masked: the wait it is in. */
    uint32_t wait_token; /* grows with each wait: a timeout names the wait it belongs to */
    uint32_t unwanted;   /* its generation: nothing that it does in the kernel waits for a port */
    struct prio_queue *wait_queue; /* NULL: waits for time or for a thread's end only */
    void *wait_buffer;             /* where a message comes from or goes to, or an exit code goes */
    struct timed_event timeout;
    struct thread *joining; /* whose end it waits for */

    /* Its CPU only, interrupts masked: life. */
    struct thread *joiner;
    thread_id_t id; /* index: constant; generation: grows when the slot is given back */
    struct thread *next_free;
    int64_t exit_code;

    /* Its CPU only, interrupts masked: the turnstile it stands in (kernel/sched/turnstile.h), and
     * what it is lent. Nothing of it whenever its slot is free. */
    struct turnstile *turnstile; /* NULL: none */
    uint64_t lent_levels;        /* bit n: turnstiles lend it level n */
    struct thread_rank rank;
    int16_t turn_result; /* how its wait ended: who takes it out says so */
    uint16_t ceilings_held;
    struct prio_node turn;  /* in the turnstile's queue */
    struct list turnstiles; /* which lend it something */
    uint64_t lent_heights;  /* bit n: some with n + 1 waiters in a row */
    uint16_t lent_level_count[PRIO_QUEUE_LEVELS];
    uint16_t lent_height_count[CONFIG_INHERITANCE_CHAIN_MAX];

    /* Constant while the thread lives. */
    struct stack *stack; /* of a free slot: its own one of class 0 */
    struct fp_state *fp; /* while another thread runs: its registers */
    const char *name;
    struct process *process; /* of a thread in user mode */
    void *message_area;      /* ... its page for messages, by the kernel's name */

    /* Its CPU only, interrupts masked: of a thread that is not in user mode the empty root. */
    struct user_state user;

    /* Its CPU only, interrupts masked: the wait for several objects. */
    struct wait_any *any; /* while it waits, and until it has called its deadline off */

    /* Its CPU only, interrupts masked: at a port, what it sends or gets; NULL: in its registers, as in user
     * mode always. */
    struct port_message *call;
} ALIGNED(64); /* also a size from which a slot's address is soon computed */

/* Its id as a trace has it. */
static inline uint64_t thread_trace_id(const struct thread *thread) {
    uint64_t id;
    _Static_assert(sizeof(id) == sizeof(thread->id), "slot, and generation << 32");
    __builtin_memcpy(&id, &thread->id, sizeof(id));
    return id;
}

/* The rank of a thread that begins: one store. */
static inline void thread_rank_begin(struct thread_rank *rank, uint8_t base) {
    const uint32_t word = base; /* little-endian: the lowest byte is the first */
    _Static_assert(sizeof(*rank) == sizeof(word) && offsetof(struct thread_rank, base) == 0,
                   "base, and zeroes");
    __builtin_memcpy(rank, &word, sizeof(word));
}

extern struct thread thread_slots[CONFIG_THREAD_SLOTS];
extern struct thread thread_idles[CONFIG_CPUS];

static inline struct thread *thread_of_node(struct prio_node *node) {
    return CONTAINER_OF(node, struct thread, node);
}

/* The levels below a thread's; of a special thread what is no CPU's (cpu->below), so that each switch
 * to it is looked at. */
static inline uint64_t thread_below(const struct thread *thread) {
    return thread->special != 0 ? CPU_BELOW_LOOK | 2 : CPU_BELOW(thread->priority);
}

static inline bool thread_is_waiting(const struct thread *thread) {
    return thread->state == THREAD_WAITING || thread->state == THREAD_WAITING_TIMED;
}

static inline bool thread_is_suspended(const struct cpu *cpu, const struct thread *thread) {
    return thread->home == &cpu->parked;
}

/* Takes a ready thread from one home to another, where it is the youngest of its level. O(1). */
static inline void thread_go_home_irq(struct thread *thread, struct prio_queue *home) IRQ_MASKED {
    prio_queue_remove(thread->home, &thread->node, thread->priority);
    prio_queue_insert_tail(home, &thread->node, thread->priority);
    thread->home = home;
    thread->quantum_left = (duration_t){0}; /* it lost its place */
}

/* The thread of `id`, or NULL when it is gone. O(1). */
static inline struct thread *thread_find_irq(thread_id_t id) IRQ_MASKED {
    if (id.index >= CONFIG_THREAD_SLOTS) {
        return NULL;
    }
    struct thread *thread = &thread_slots[id.index];
    return thread->id.generation == id.generation && thread->state != THREAD_FREE ? thread : NULL;
}

/* Notes at the low end of `stack` what its next thread shall begin with, and returns the argument
 * for thread_measured_main(), which paints the stack first, unmasked, at its own priority. O(1). */
void *thread_measured_order(const struct stack *stack, thread_entry entry,
                            void *argument) IRQ_MASKED;
void thread_measured_main(void *order);

/* Makes all slots free, each with its own stack of class 0 (the stacks are there) and a timed event
 * of `cpu`. Once, at boot. O(slots). */
void thread_init(struct cpu *cpu) IRQ_MASKED;

/* Fills a free slot: what spawn does, and how the first thread comes to be. The thread is READY,
 * but the caller must still enqueue it. Statuses of thread_spawn(), whose checks of arguments it
 * leaves out. O(1). */
MUST_USE status_t thread_create_irq(thread_entry entry, void *argument,
                                    const struct thread_attributes *attributes,
                                    struct thread **created) IRQ_MASKED;

/* Turns a created thread, which is not yet enqueued, into one of user mode: `message_area` is what
 * the kernel calls its page for messages. O(1). */
void thread_make_user_irq(struct thread *thread, struct process *process, struct user_root root,
                          void *message_area) IRQ_MASKED;

/* Makes `cpu`'s idle thread. Once for each CPU, at boot. */
void thread_create_idle(struct cpu *cpu, void (*entry)(void *), vaddr_t stack_top) IRQ_MASKED;

/* Ends the running thread with `code`, wakes its joiner, and returns what runs next.
 * O(log timed events). */
struct frame *thread_end_current_irq(struct cpu *cpu, int64_t code) IRQ_MASKED;

/* Joins a thread that has ended; WOULD_BLOCK when it has not, and `found` may be waited for. Else the
 * statuses of thread_join(). O(1). */
MUST_USE status_t thread_join_look_irq(thread_id_t id, int64_t *code,
                                       struct thread **found) IRQ_MASKED;

/* The task calls. */
struct frame *thread_yield_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *thread_reschedule_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *thread_join_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *thread_sleep_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;
struct frame *thread_suspend_call(uint64_t a, uint64_t b, uint64_t c) IRQ_MASKED;

#endif
