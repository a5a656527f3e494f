/* SPDX-License-Identifier: MIT */
/*
 * cooperative      five threads of one priority give way to each other
 * preemptive       each of five resumes the next, which is more urgent, and suspends itself
 * message          a thread sends itself a message through a queue
 * synchronization  a thread gets and puts a semaphore
 * memory           a thread allocates and gives back a block
 * interrupt        a thread causes an interrupt, whose handler puts the semaphore it then gets
 * interrupt_preemption   a thread causes an interrupt, whose handler resumes a more urgent one, which
 *                  suspends itself again
 *
 * A round is one iteration of one thread.
 */
#include "workloads.h"

#include "tm_api.h"

volatile unsigned long workload_rounds[WORKLOAD_THREADS];
volatile unsigned long workload_errors;

static void expect(int answer) {
    if (answer != TM_SUCCESS) {
        workload_errors++;
    }
}

/* --- Cooperative ------------------------------------------------------------------------------ */

#define COOPERATIVE 0

#define COOPERATIVE_THREAD(n)                                                                      \
    static void cooperative_##n(void) {                                                            \
        for (;;) {                                                                                 \
            tm_thread_relinquish();                                                                \
            workload_rounds[n]++;                                                                  \
        }                                                                                          \
    }
COOPERATIVE_THREAD(0)
COOPERATIVE_THREAD(1)
COOPERATIVE_THREAD(2)
COOPERATIVE_THREAD(3)
COOPERATIVE_THREAD(4)

static void create_cooperative(void) {
    static void (*const entries[])(void) = {cooperative_0, cooperative_1, cooperative_2,
                                            cooperative_3, cooperative_4};
    for (int i = 0; i < WORKLOAD_THREADS; i++) {
        expect(tm_thread_create(COOPERATIVE + i, 3, entries[i]));
    }
}

/* --- Preemptive ------------------------------------------------------------------------------- */

#define PREEMPTIVE 5

/* The last one only suspends itself; the first only goes on. */
static void preemptive_round(int number) {
    if (number + 1 < WORKLOAD_THREADS) {
        expect(tm_thread_resume(PREEMPTIVE + number + 1));
    }
    workload_rounds[number]++;
    if (number > 0) {
        expect(tm_thread_suspend(PREEMPTIVE + number));
    }
}

#define PREEMPTIVE_THREAD(n)                                                                       \
    static void preemptive_##n(void) {                                                             \
        for (;;) {                                                                                 \
            preemptive_round(n);                                                                   \
        }                                                                                          \
    }
PREEMPTIVE_THREAD(0)
PREEMPTIVE_THREAD(1)
PREEMPTIVE_THREAD(2)
PREEMPTIVE_THREAD(3)
PREEMPTIVE_THREAD(4)

static void create_preemptive(void) {
    static void (*const entries[])(void) = {preemptive_0, preemptive_1, preemptive_2, preemptive_3,
                                            preemptive_4};
    for (int i = 0; i < WORKLOAD_THREADS; i++) {
        expect(tm_thread_create(PREEMPTIVE + i, 10 - i, entries[i]));
    }
}

/* --- One thread -------------------------------------------------------------------------------- */

#define MESSAGE         10
#define SYNCHRONIZATION 11
#define MEMORY          12
#define INTERRUPT       13
#define URGENT          14
#define INTERRUPTED     15

static void message_thread(void) {
    unsigned long sent[TM_MESSAGE_WORDS] = {0x11112222, 0, 0x33334444, 0};
    unsigned long received[TM_MESSAGE_WORDS];
    for (;;) {
        sent[1]++;
        sent[3] = sent[0] + sent[1];
        expect(tm_queue_send(0, sent));
        expect(tm_queue_receive(0, received));
        if (received[3] != sent[3]) {
            workload_errors++;
        }
        workload_rounds[0]++;
    }
}

static void create_message(void) {
    expect(tm_queue_create(0));
    expect(tm_thread_create(MESSAGE, 10, message_thread));
}

static void synchronization_thread(void) {
    for (;;) {
        expect(tm_semaphore_get(0));
        expect(tm_semaphore_put(0));
        workload_rounds[0]++;
    }
}

static void create_synchronization(void) {
    expect(tm_semaphore_create(0));
    expect(tm_thread_create(SYNCHRONIZATION, 10, synchronization_thread));
}

static void memory_thread(void) {
    for (;;) {
        unsigned char *block;
        expect(tm_memory_pool_allocate(0, &block));
        expect(tm_memory_pool_deallocate(0, block));
        workload_rounds[0]++;
    }
}

static void create_memory(void) {
    expect(tm_memory_pool_create(0));
    expect(tm_thread_create(MEMORY, 10, memory_thread));
}

/* --- Interrupts ------------------------------------------------------------------------------- */

static void (*handler)(void);
static volatile unsigned long interrupts;

void tm_interrupt_handler(void) {
    interrupts++;
    handler();
}

static void puts_semaphore(void) {
    expect(tm_semaphore_put(1));
}

static void resumes_urgent(void) {
    expect(tm_thread_resume(URGENT));
}

/* Whoever caused it goes on when all is done that it led to. */
static void cause(unsigned long *caused) {
    tm_cause_interrupt();
    if (interrupts != ++*caused) {
        workload_errors++;
    }
}

static void interrupt_thread(void) {
    unsigned long caused = interrupts;
    expect(tm_semaphore_get(1)); /* it is there at first */
    for (;;) {
        cause(&caused);
        expect(tm_semaphore_get(1));
        workload_rounds[0]++;
    }
}

static void create_interrupt(void) {
    handler = puts_semaphore;
    expect(tm_semaphore_create(1));
    expect(tm_thread_create(INTERRUPT, 10, interrupt_thread));
}

/* Suspended until the handler resumes it. */
static void urgent_thread(void) {
    for (;;) {
        workload_rounds[0]++;
        expect(tm_thread_suspend(URGENT));
    }
}

static void interrupted_thread(void) {
    unsigned long caused = interrupts;
    for (;;) {
        cause(&caused);
        workload_rounds[1]++;
    }
}

static void create_interrupt_preemption(void) {
    handler = resumes_urgent;
    expect(tm_thread_create(URGENT, 3, urgent_thread));
    expect(tm_thread_create(INTERRUPTED, 10, interrupted_thread));
}

const struct workload workloads[] = {
    {"cooperative", create_cooperative, 5, COOPERATIVE, 5},
    {"preemptive", create_preemptive, 5, PREEMPTIVE, 1},
    {"message", create_message, 1, MESSAGE, 1},
    {"synchronization", create_synchronization, 1, SYNCHRONIZATION, 1},
    {"memory", create_memory, 1, MEMORY, 1},
    {"interrupt", create_interrupt, 1, INTERRUPT, 1},
    {"interrupt_preemption", create_interrupt_preemption, 2, URGENT, 2},
};
const unsigned workload_count = sizeof workloads / sizeof workloads[0];
