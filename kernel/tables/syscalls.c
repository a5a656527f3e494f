/* SPDX-License-Identifier: MIT */
/* The handler of each system call, by its number; the last for every other number. In a
 * kernel that can trace, each goes by way of who notes the call. */
#include "abi/syscall.h"
#include "arch/upcalls.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/syscall.h"
#include "kernel/trace/trace_write.h"

#define SYSCALL_NUMBER(name, number) NUMBER_##name = number,
enum { SYSCALL_LIST(SYSCALL_NUMBER) };

/* The two that are longest have no room for a record: an end is told by the switch away, a send by whom
 * it wakes, or by the switch away. */
static ALWAYS_INLINE bool is_longest(unsigned number) {
    return number == NUMBER_exit || number == NUMBER_mailbox_send;
}

/* Those that may wait have room for one: switches and wakes tell what comes of them. */
static ALWAYS_INLINE bool is_long(unsigned number) {
    return number == NUMBER_mailbox_receive || number == NUMBER_process_wait ||
           number == NUMBER_thread_join || number == NUMBER_semaphore_take ||
           number == NUMBER_port_receive || number == NUMBER_port_call ||
           number == NUMBER_port_answer;
}

/* Handlers have three arguments, or as many more as they ask for; the door leaves all of them as they came. */
#define ARGUMENTS uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g
typedef struct frame *(*handler_of_six)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
typedef struct frame *(*handler_of_seven)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                          uint64_t, uint64_t);

static ALWAYS_INLINE struct frame *call_three_irq(task_call_handler handler, ARGUMENTS) IRQ_MASKED {
    (void)d, (void)e, (void)f, (void)g;
    return handler(a, b, c);
}

static ALWAYS_INLINE struct frame *call_six_irq(handler_of_six handler, ARGUMENTS) IRQ_MASKED {
    (void)g;
    return handler(a, b, c, d, e, f);
}

static ALWAYS_INLINE struct frame *call_seven_irq(handler_of_seven handler, ARGUMENTS) IRQ_MASKED {
    return handler(a, b, c, d, e, f, g);
}

#define SYSCALL_CALL(name)                                                                         \
    _Generic(&syscall_##name, task_call_handler                                                    \
             : call_three_irq, handler_of_six                                                      \
             : call_six_irq, handler_of_seven                                                      \
             : call_seven_irq)(syscall_##name, a, b, c, d, e, f, g)

/* In a trace: a record of the call. O(1). */
static ALWAYS_INLINE void note_call_irq(unsigned number, uint64_t a) IRQ_MASKED {
    struct trace_ring *ring = trace_of_irq(arch_cpu_self());
    trace_put_irq(ring, arch_timer_now(), ring->who, trace_what(TRACE_SYSCALL, number, 0), a);
}

/* And one of an answer that is there at once: nor is it an errand. O(1). */
static ALWAYS_INLINE void note_answer_irq(unsigned number, const struct thread *self) IRQ_MASKED {
    if (!is_long(number) && self->state == THREAD_READY && arch_frame_is_user(&self->frame)) {
        trace_put_irq(trace_of_irq(arch_cpu_self()), arch_timer_now(), thread_trace_id(self),
                      TRACE_ANSWER, arch_frame_result(&self->frame));
    }
}

#define SYSCALL_TRACED(name, number)                                                               \
    IRQ_MASKED static NOINLINE struct frame *noted_##name(ARGUMENTS) {                             \
        const struct thread *self = arch_cpu_self()->current;                                      \
        note_call_irq(number, a);                                                                  \
        struct frame *next = SYSCALL_CALL(name);                                                   \
        note_answer_irq(number, self);                                                             \
        return next;                                                                               \
    }                                                                                              \
    IRQ_MASKED static struct frame *traced_##name(ARGUMENTS) {                                     \
        if (is_longest(number) || trace_of_irq(arch_cpu_self()) == NULL) {                         \
            return SYSCALL_CALL(name);                                                             \
        }                                                                                          \
        return noted_##name(a, b, c, d, e, f, g);                                                  \
    }
SYSCALL_LIST(SYSCALL_TRACED)
SYSCALL_TRACED(unknown, TRACE_SYSCALL_UNKNOWN)

#define SYSCALL_ANY(handler) ((task_call_handler)(void (*)(void))(handler))
#define SYSCALL_HANDLER(name, number)                                                              \
    [number] = CONFIG_TRACE ? SYSCALL_ANY(traced_##name) : SYSCALL_ANY(syscall_##name),

const task_call_handler syscall_table[SYSCALL_COUNT + 1] = {
    SYSCALL_LIST(SYSCALL_HANDLER) SYSCALL_HANDLER(unknown, SYSCALL_COUNT)};
