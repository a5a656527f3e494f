/* SPDX-License-Identifier: MIT */
/*
 * What the analysis of the linked image (tools/bounds/) cannot read from the instructions, said in
 * the source: how often a loop turns, what an indirect call may call, how often a path is taken.
 *
 *     BOUND_LOOP(words, FRAME_WORDS);      // just before the loop: at most so many turns for each
 *     for (...) {                          // time control comes by here
 *         BOUND_TURN(words);               // first in the body, before any break or continue
 *
 * On the machine a marker is one nop, so that it is a point of the program of its own, and a record
 * in .debug_bound, which is not loaded. Both are volatile: however the compiler copies, unrolls or
 * turns the loop, it keeps how often each marker is passed, and that is all the analysis believes.
 *
 * Elsewhere (host tests and simulation), and on the machine with -DBOUND_COUNT=1, loop markers are
 * counters instead: a turn too many ends the program. With -DBOUND_MAXIMA=1 the most that was
 * counted is kept, so that it can be told which numbers are as low as they can be.
 *
 * A `name` stands for one loop of its file. Every number is a constant; the reason for it stands
 * beside it, unless it is plain from the line.
 */
#ifndef LIB_BOUND_H
#define LIB_BOUND_H

/* Kinds of records, as tools/bounds/facts.py reads them. */
#define BOUND_KIND_LOOP   1
#define BOUND_KIND_TURN   2
#define BOUND_KIND_CALLS  3
#define BOUND_KIND_PATH   4
#define BOUND_KIND_LIMIT  5
#define BOUND_KIND_CALLEE 6
#define BOUND_KIND_TABLE  7
#define BOUND_KIND_MASKS  8
#define BOUND_KIND_LEFT   9
#define BOUND_KIND_STACK  10

#ifdef __ASSEMBLER__

/* clang-format off */
/* A record: magic, kind, where (and what it points to), number, line, name. 771: is the nop. */
.macro BOUND_RECORD kind, name, number
771:    nop
    .pushsection .debug_bound, "", %progbits
    .word   0x444e4f42, \kind
    .xword  771b, 0, \number, 0
    .asciz  "\name"
    .balign 8
    .popsection
.endm

/* The same as in C; the name carries the file. */
.macro BOUND_LOOP name, number
    BOUND_RECORD BOUND_KIND_LOOP, \name, \number
.endm

.macro BOUND_TURN name, number
    BOUND_RECORD BOUND_KIND_TURN, \name, \number
.endm

/* The next instruction is an indirect call of an entry of the constant table. No nop: the
 * call itself is the point. */
.macro BOUND_CALLS_TABLE table
771:
    .pushsection .debug_bound, "", %progbits
    .word   0x444e4f42, BOUND_KIND_TABLE
    .xword  771b, \table, 0, 0
    .asciz  "\table"
    .balign 8
    .popsection
.endm
/* clang-format on */

#else

#include "lib/assert.h"

#define BOUND_TEXT_(x) #x
#define BOUND_TEXT(x)  BOUND_TEXT_(x)

#if defined(__aarch64__) && !__STDC_HOSTED__
#define BOUND_ON_MACHINE 1
#else
#define BOUND_ON_MACHINE 0
#endif

#ifndef BOUND_COUNT
#define BOUND_COUNT 0
#endif

#ifndef BOUND_MAXIMA
#define BOUND_MAXIMA 0
#endif

#if BOUND_ON_MACHINE
#define BOUND_RECORD_(kind, name, object, value, outputs)                                          \
    __asm__ volatile inline(                                                                       \
        "771: nop\n\t.pushsection .debug_bound,\"\",%%progbits\n\t"                                \
        ".word 0x444e4f42, " BOUND_TEXT(kind) "\n\t.xword 771b, " object ", %c[number], %c[line]"  \
                                              "\n\t.asciz \"" __FILE__ ":" name                    \
                                              "\"\n\t.balign 8\n\t.popsection"                     \
        : outputs                                                                                  \
        : [number] "i"((unsigned long)(value)), [line] "i"(__LINE__))
#define BOUND_MARK_(kind, name, value) BOUND_RECORD_(kind, name, "0", value, )

/* Nobody but the mark knows what is behind the pointer: the call stays one through a pointer, so
 * that a mark is used up by its own call. */
#define BOUND_CALLED_(kind, name, object, pointer)                                                 \
    __extension__({                                                                                \
        __typeof__(&*(pointer)) bound_callee = (pointer);                                          \
        BOUND_RECORD_(kind, name, object, 0, "+r"(bound_callee));                                  \
        bound_callee;                                                                              \
    })

/* The function to call, which is a member of `class`: BOUND_CALLED(class, pointer)(arguments). */
#define BOUND_CALLED(class, pointer)       BOUND_CALLED_(BOUND_KIND_CALLS, #class, "0", pointer)

/* The same for an entry of a constant table of function pointers, which the analysis reads. */
#define BOUND_CALLED_TABLE(table, pointer) BOUND_CALLED_(BOUND_KIND_TABLE, #table, #table, pointer)

/* At file scope, where a function is handed to who calls it by pointer: makes the function, which
 * is not static, a member of `class`. */
#define BOUND_CALLEE(class, function)                                                              \
    __asm__(".pushsection .debug_bound,\"\",%progbits\n\t.word 0x444e4f42, " BOUND_TEXT(           \
        BOUND_KIND_CALLEE) "\n\t.xword 0, " #function                                              \
                           ", 0, " BOUND_TEXT(                                                     \
                               __LINE__) "\n\t"                                                    \
                                         ".asciz \"" __FILE__                                      \
                                         ":" #class "\"\n\t.balign 8\n\t.popsection")

/* At file scope: `entry`, a function, begins threads that ask for a stack of `bytes` (0: the smallest
 * class), a number or a name that stands for one. tools/bounds tells what it may need, and warns if
 * that is more. */
#define BOUND_STACK(entry, bytes)                                                                  \
    __asm__(".pushsection .debug_bound,\"\",%progbits\n\t.word 0x444e4f42, " BOUND_TEXT(           \
        BOUND_KIND_STACK) "\n\t.xword 0, " #entry                                                  \
                          ", " BOUND_TEXT(bytes) ", " BOUND_TEXT(                                  \
                              __LINE__) "\n\t"                                                     \
                                        ".asciz \"" __FILE__ ":" #entry                            \
                                        "\"\n\t.balign 8\n\t.popsection")

/* A point of the program, and the fact that one call of the function that says so passes the
 * point at most `number` times in all: for triangular loops and paths taken rarely. */
#define BOUND_PATH(name)          BOUND_MARK_(BOUND_KIND_PATH, #name, 0)
#define BOUND_LIMIT(name, number) BOUND_MARK_(BOUND_KIND_LIMIT, #name, number)

/* What comes behind this point is in no bound, as the way into panic() is in none: it belongs to
 * the boot, to the end, or to a mode that is said not to be a running system's. */
#define BOUND_LEFT_OUT(name)      BOUND_MARK_(BOUND_KIND_LEFT, #name, 0)

/* Here a priority mask of the interrupt controller is raised (1: what waited for it waits on) or
 * opened (0), which the instructions alone do not tell. */
#define BOUND_MASKS(masks)        BOUND_MARK_(BOUND_KIND_MASKS, "mask", masks)
#else
#define BOUND_CALLED(class, pointer)       (pointer)
#define BOUND_CALLED_TABLE(table, pointer) (pointer)
#define BOUND_CALLEE(class, function)      _Static_assert(1, "")
#define BOUND_STACK(entry, bytes)          _Static_assert(1, "")
#define BOUND_PATH(name)                   ((void)0)
#define BOUND_LIMIT(name, number)          ((void)0)
#define BOUND_LEFT_OUT(name)               ((void)0)
#define BOUND_MASKS(masks)                 ((void)0)
#endif

#if BOUND_ON_MACHINE && !BOUND_COUNT
#define BOUND_LOOP(name, number)                                                                   \
    enum { bound_number_##name = (number) };                                                       \
    BOUND_MARK_(BOUND_KIND_LOOP, #name, bound_number_##name)
#define BOUND_TURN(name) BOUND_MARK_(BOUND_KIND_TURN, #name, bound_number_##name)
#else
#if BOUND_MAXIMA
/* The most turns of a loop, for tests/support/bound_maxima.c, which finds all of them in their
 * section. */
struct bound_seen {
    const char *name;
    unsigned long number;
    unsigned long most;
};
#define BOUND_SEEN_(name)                                                                          \
    static struct bound_seen bound_seen_##name                                                     \
        __attribute__((section("bound_seen"), used, aligned(8))) = {__FILE__ ":" #name,            \
                                                                    bound_number_##name, 0};
#define BOUND_NOTE_(name)                                                                          \
    ((void)(bound_seen_##name.most < bound_turns_##name                                            \
                ? bound_seen_##name.most = bound_turns_##name                                      \
                : 0))
#else
#define BOUND_SEEN_(name)
#define BOUND_NOTE_(name) ((void)0)
#endif
#define BOUND_LOOP(name, number)                                                                   \
    enum { bound_number_##name = (number) };                                                       \
    BOUND_SEEN_(name)                                                                              \
    unsigned long bound_turns_##name = 0
#define BOUND_TURN(name)                                                                           \
    (++bound_turns_##name <= (unsigned long)bound_number_##name                                    \
         ? BOUND_NOTE_(name)                                                                       \
         : panic("bound: a turn too many: %s", __FILE__ ":" #name))
#endif

#endif
#endif
