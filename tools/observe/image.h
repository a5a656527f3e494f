/* SPDX-License-Identifier: MIT */
/*
 * What is known of the program before it runs: a text file that facts.py makes of the ELF. All
 * addresses are as linked; code that also runs where it was loaded is translated by image_linked().
 *
 *   text START END LOADED           code, [START, END), and where it lies in RAM
 *   function START END FLAGS        FLAGS: k of the kernel, p begins a panic, - neither
 *   functions end                   after the last of them
 *   vectors ADDRESS                 sixteen slots
 *   resume START END                frame_resume
 *   thread ADDRESS                  arch_thread_start
 *   calls COUNT                     SVCs below this number are task calls, at most SVCS_MAX
 *   group INDEX KIND                one loop, or one limit, by its name and number
 *   marker ADDRESS KIND GROUP       a nop of lib/bound.h; kind MASKS: 1 raises the mask, 0 opens it;
 *                                   kind LEFT_OUT: 0
 */
#ifndef TOOLS_OBSERVE_IMAGE_H
#define TOOLS_OBSERVE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define SVCS_MAX 64

/* Kinds of markers, as in lib/bound.h. */
enum marker_kind {
    MARKER_LOOP = 1,
    MARKER_TURN = 2,
    MARKER_PATH = 4,
    MARKER_LIMIT = 5,
    MARKER_MASKS = 8,
    MARKER_LEFT_OUT = 9,
};

/* Figures of the boot and of what follows a panic stand apart. */
enum phase { PHASE_BOOT, PHASE_RUN, PHASE_PANIC, PHASES };

/* Lengths of windows, in instructions; but of those that came by BOUND_LEFT_OUT, only how many. */
struct window {
    uint64_t count;
    uint64_t min;
    uint64_t max;
    uint64_t left_out;
};

struct function {
    uint64_t start;
    uint64_t end;
    bool of_kernel;
    bool panics;
    struct window calls[PHASES];
    struct window ended;   /* calls in which the thread ended, up to its last eret */
    struct marker *limits; /* linked by next_limit */
};

struct group {
    enum marker_kind kind; /* LOOP or LIMIT */
    uint64_t starts[PHASES];
    uint64_t max[PHASES];
};

struct marker {
    uint64_t address;
    enum marker_kind kind;
    struct group *group; /* MASKS, LEFT_OUT: NULL */
    bool raises;         /* MASKS */
    struct marker *next; /* at the same address */
    struct marker *next_limit;
};

struct image {
    char digest[72];
    uint64_t vectors;
    uint64_t resume_start;
    uint64_t resume_end;
    uint64_t thread;
    uint64_t svc_count;
    struct function *functions; /* in order of address */
    uint32_t function_count;
    struct group *groups;
    uint32_t group_count;
};

extern struct image image;

/* Reads the facts; ends the program with a word when it cannot. */
void image_read(const char *path);

/* The address as linked. */
uint64_t image_linked(uint64_t pc);

/* The function that an address is in, or that begins there; or NULL. */
struct function *image_function(uint64_t pc);
struct function *image_function_at(uint64_t pc);

/* The first of the markers at an address, or NULL. */
struct marker *image_markers(uint64_t pc);

/* Adds to how often an instruction was executed; outside the text nobody counts. */
void image_executed(uint64_t pc, uint64_t times);

/* Calls visit for each instruction that was executed. */
void image_each_executed(void (*visit)(uint64_t pc, uint64_t times, void *data), void *data);

/* Ends QEMU: the plugin's own state is wrong, so no figure of it is worth anything. */
__attribute__((noreturn)) void image_fail(const char *what, const char *detail);

static inline void window_note(struct window *window, uint64_t length, bool left_out) {
    if (left_out) {
        window->left_out++;
        return;
    }
    if (window->count == 0 || length < window->min) {
        window->min = length;
    }
    if (length > window->max) {
        window->max = length;
    }
    window->count++;
}

#endif
