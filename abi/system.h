/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of itself to who has a handle of the system with the right to receive: records
 * in the message area, each true at its own moment. With the right to kill, system_end ends the machine.
 */
#ifndef ABI_SYSTEM_H
#define ABI_SYSTEM_H

#include <stdint.h>

/* What system_read is asked for. `first`: the lowest index of interest. */
#define SYSTEM_THREADS 0 /* struct system_thread */
#define SYSTEM_COUNTED 1 /* the same, and from now on how long they run is counted */
#define SYSTEM_FIGURES 2 /* one struct system_figures */
#define SYSTEM_LINES   3 /* struct system_line: interrupt lines that somebody serves */
#define SYSTEM_WHATS   4

#define SYSTEM_NAME_MAX 24 /* bytes of a name with its NUL; a longer one is cut */

/* Records in one answer, at most. */
#define SYSTEM_RECORDS_MAX 64

#define SYSTEM_NOT_COUNTED UINT64_MAX

enum system_thread_state {
    SYSTEM_READY, /* or running */
    SYSTEM_WAITING,
    SYSTEM_SLEEPING, /* waits with a deadline, or for a moment */
    SYSTEM_SUSPENDED,
    SYSTEM_ENDED,
};

struct system_thread {
    uint32_t index;
    uint32_t generation;
    uint64_t ran; /* ticks since it is counted; or SYSTEM_NOT_COUNTED */
    uint8_t priority;
    uint8_t base;
    uint8_t state; /* enum system_thread_state */
    uint8_t user;  /* 1: it is a process's */
    uint32_t reserved;
    char name[SYSTEM_NAME_MAX];
};

struct system_figures {
    uint64_t now; /* ticks */
    uint64_t clock_hz;
    uint64_t idle; /* ticks since it is counted; or SYSTEM_NOT_COUNTED */
    uint64_t frames;
    uint64_t frames_free;
    uint64_t frames_lowest; /* the fewest that were free */
    uint64_t heap_size;     /* bytes */
    uint64_t heap_used;
    uint64_t log_lost;   /* records of the log that had no room */
    uint64_t typed_lost; /* characters that came and had no room */
    uint32_t threads;
    uint32_t threads_free;
};

struct system_line {
    uint32_t line;
    uint32_t reserved;
    uint64_t count; /* interrupts */
};

#endif
