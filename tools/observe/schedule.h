/* SPDX-License-Identifier: MIT */
/*
 * The schedule as it happened, if it is asked for: who ran from when to when, through which doors,
 * where interrupts were masked, and each change of a thread's state, priority, home or name. What a
 * thread object holds is read from the machine's RAM, which is a file that QEMU shares with us.
 *
 * It is a file of records, in the order of `at` but for STRETCH, which stands where it ends.
 * tools/explain/recording.py reads it.
 *
 * Asked for by a file of places, all decimal, which tools/explain/places.py makes of the ELF:
 *
 *   ram OFFSET SIZE              virtual address of the first byte, of SIZE
 *   threads START END SIZE       objects of SIZE bytes, idle ones too: several lines
 *   fields STATE PRIORITY HOME NAME ID EVENT QUEUE      offsets in a thread object
 *   clock COMPARE MOMENTS PARKED       addresses: of the compare's value, of moments by event, of the
 *                                queue of those who are suspended
 *   lines START END SIZE NUMBER  interrupt lines that threads serve
 *   handler ADDRESS              of timed events: a timed wait that it ends, its time has ended
 *   trigger START END CALLER     a store here triggers a line, CALLER being the public function
 *   limit TICKS                  of the machine's clock; the recording and the run end there
 */
#ifndef TOOLS_OBSERVE_SCHEDULE_H
#define TOOLS_OBSERVE_SCHEDULE_H

#include "tools/observe/context.h"

enum schedule_kind {
    SCHEDULE_DOOR = 1, /* opened. a: the reason, as in flow.h; x: the frame of whom */
    SCHEDULE_RESUME,   /* a frame is resumed, from a door or the boot. x: the frame */
    SCHEDULE_STRETCH,  /* masked in a thread, from y to `at`. x: the instruction that masked */
    SCHEDULE_THREAD,  /* of the thread x. a: state; b: priority; c: SCHEDULE_THREAD_ bits. y: when a
                        * timed wait ends; of who becomes ready, the function that did it */
    SCHEDULE_NAME,    /* of the thread x. y: its id; c: so many bytes follow, in whole records */
    SCHEDULE_CLOCK,   /* from here on the machine's clock is x ahead of `at` */
    SCHEDULE_TRIGGER, /* a line was triggered by a thread */
    SCHEDULE_END,     /* a: 1 if the limit was reached */
};

#define SCHEDULE_THREAD_SUSPENDED 1
#define SCHEDULE_THREAD_BY_TIME   2 /* a wait's time has come */
#define SCHEDULE_THREAD_LINE      8 /* shift: READY: the line that it waited for, its number and one */

struct schedule_record {
    uint8_t kind;
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t at; /* instructions executed before */
    uint64_t x;
    uint64_t y;
};

/* Whether a schedule is written. */
extern bool schedule_on;

/* Reads the places, opens the files; ends the program with a word when it cannot. */
void schedule_open(const char *places, const char *ram, const char *out);

void schedule_door(unsigned reason, const struct context *opener);
void schedule_resume(const struct context *thread);
void schedule_stretch(uint64_t pc, uint64_t from, uint64_t to);

/* A store to the kernel's data: before `at` all is executed, the store too. */
void schedule_stored(uint64_t address, unsigned size, uint64_t at, const struct context *by);

/* A store by the instruction at `pc`, which triggers a line if schedule_triggers(pc). */
bool schedule_triggers(uint64_t pc);
void schedule_triggered(uint64_t at, const struct context *by);

/* The CPU has waited for an interrupt, and executes again. */
void schedule_woke(void);

/* Whether the limit is reached. */
bool schedule_is_over(void);

void schedule_close(void);

#endif
