/* SPDX-License-Identifier: MIT */
/* Takes the trace, and follows the program's instructions along it. A64 encodings: Arm ARM DDI
 * 0487, C4.1. */
#include "tests/sweep/trace.h"

#include "tests/sweep/report.h"

#define SEEN_WORDS 4096 /* instructions of the text, 64 in each: 1 MiB */

struct trace trace;
static uint64_t seen[SEEN_WORDS];

/* What was interrupted before, and how it came there. */
static struct {
    bool any;
    bool repeats; /* behind a masked stretch: all its positions interrupt here */
    bool done;
    bool faulted;
    bool ends;
    enum role role;
    uint64_t pc;
    uint64_t x[31];
} last;

static uint32_t word_at(uint64_t pc) {
    return *(const uint32_t *)(uintptr_t)pc;
}

static bool is_mask(uint32_t word) {
    return word == 0xd50342df; /* msr daifset, #2 */
}

static bool is_unmask(uint32_t word) {
    return word == 0xd50342ff || (word & 0xffffffe0) == 0xd51b4220; /* daifclr, #2; msr daif, x */
}

static bool is_task_call(uint32_t word) {
    return (word & 0xffe0001f) == 0xd4000001;
}

/* The offset of a field of `bits` bits at `low`, in instructions. */
static uint64_t displaced(uint64_t pc, uint32_t word, unsigned low, unsigned bits) {
    int64_t field = (int64_t)((uint64_t)word << (64 - low - bits)) >> (64 - bits);
    return pc + (uint64_t)field * 4;
}

/* Whether `pc` can be next behind the instruction at last.pc, in the same thread. */
static bool is_next(uint64_t pc) {
    uint32_t word = word_at(last.pc);
    if ((word & 0x7c000000) == 0x14000000) { /* b, bl */
        return pc == displaced(last.pc, word, 0, 26);
    }
    if ((word & 0xff000000) == 0x54000000 || (word & 0x7e000000) == 0x34000000) { /* b.c, cb(n)z */
        return pc == last.pc + 4 || pc == displaced(last.pc, word, 5, 19);
    }
    if ((word & 0x7e000000) == 0x36000000) { /* tb(n)z */
        return pc == last.pc + 4 || pc == displaced(last.pc, word, 5, 14);
    }
    if ((word & 0xff9ffc1f) == 0xd61f0000) { /* br, blr, ret */
        return pc == last.x[(word >> 5) & 31];
    }
    return pc == last.pc + 4;
}

/* Whether the interrupt at the next position may come at `pc` of `role`. */
static bool follows(enum role role, uint64_t pc, bool *repeats) {
    /* Where it spins does not matter: that it is the nearest event or not costs the operation that
     * arms its own a few instructions, masked, by which the releaser comes later. */
    if (role == last.role && role == ROLE_RELEASER && (scene.op->flags & OP_SPINS) != 0) {
        *repeats = true;
        return true;
    }
    if (role == last.role && pc == last.pc) {
        /* The log's own interrupt is handled while all wait where it interrupted. */
        *repeats = last.repeats || (scene.op->flags & OP_LOGS) != 0;
        return *repeats;
    }
    uint32_t word = word_at(last.pc);
    if (is_task_call(word)) { /* all of it is masked, up to the return from it, or to another */
        *repeats = true;
        if (role == last.role && pc != last.x[30] && (scene.op->flags & OP_ENDS) != 0) {
            bool first = !last.ends; /* it goes on where it gives away what it owns */
            last.ends = true;
            return first;
        }
        return role != last.role || pc == last.x[30];
    }
    if (role != last.role) { /* only by the operation's own event, or by comparing deadlines */
        bool compared = (scene.op->flags & OP_PACED) != 0 && role == ROLE_OTHER;
        *repeats = true;
        return (scene.op->flags & OP_SPINS) != 0 && (role == ROLE_SUBJECT || compared);
    }
    if (!is_mask(word) && !is_next(pc) && (scene.op->flags & OP_FAULTS) != 0 && !last.faulted) {
        last.faulted = true; /* it goes on where it reports its fault */
        *repeats = true;
        return true;
    }
    *repeats = is_mask(word);
    return is_mask(word) ? is_unmask(word_at(pc - 4)) : is_next(pc);
}

/* The first position is before the operation's first instruction. */
static bool is_before_all(void) {
    return scene.interrupted == ROLE_SUBJECT && scene.pc >= (uint64_t)(uintptr_t)sweep_align &&
           scene.pc < (uint64_t)(uintptr_t)sweep_align_end;
}

static void note(uint64_t at, bool repeats) {
    uint64_t place = (scene.pc >> 2) % (SEEN_WORDS * 64);
    trace.at[at].pc = scene.pc;
    trace.at[at].role = (uint8_t)scene.interrupted;
    trace.at[at].boundary =
        at == 0 || scene.interrupted != last.role || scene.was_done != last.done;
    trace.distinct += (seen[place / 64] >> place % 64 & 1) == 0;
    seen[place / 64] |= BIT(place % 64);
    last.any = true;
    last.repeats = repeats;
    last.role = scene.interrupted;
    last.done = scene.was_done;
    last.pc = scene.pc;
    for (unsigned i = 0; i < ARRAY_SIZE(last.x); i++) {
        last.x[i] = scene.frame_x[i];
    }
}

const char *trace_take(const struct op *op) {
    struct placement placement = {.op = op, .action = &sweep_actions[0], .mode = MODE_ATTACK};
    unsigned after_fault = 0;
    trace.length = 0;
    trace.distinct = 0;
    last.any = false;
    last.faulted = false;
    last.ends = false;
    for (unsigned i = 0; i < SEEN_WORDS; i++) {
        seen[i] = 0;
    }
    (void)!place_run(&placement); /* after this the time that setting the scene takes is known */
    for (uint64_t at = 0; at < TRACE_MAX; at++) {
        bool repeats = false;
        placement.at = at;
        const char *wrong = place_run(&placement);
        if (wrong != NULL) {
            return wrong;
        }
        if (!last.any && !is_before_all()) {
            return "the operation began before the first position";
        }
        bool varies = (op->flags & OP_VARIES) != 0;
        if (last.any && !varies && !follows(scene.interrupted, scene.pc, &repeats)) {
            report_step(last.pc, word_at(last.pc), last.x[30]);
            return "a position was skipped";
        }
        note(at, repeats);
        trace.length = at + 1;
        after_fault += last.faulted;
        if (scene.interrupted == ROLE_DRIVER || after_fault == TRACE_FAULT) {
            return NULL;
        }
    }
    return "the operation does not end";
}

bool trace_agrees(uint64_t at) {
    return (scene.op->flags & OP_VARIES) != 0 ||
           (scene.interrupted == trace.at[at].role &&
            (scene.interrupted == ROLE_DRIVER || scene.pc == trace.at[at].pc));
}
