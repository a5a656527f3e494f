/* SPDX-License-Identifier: MIT */
/*
 * First the trace; then, for each action, the outcomes at the boundaries: there nobody is within an
 * operation, so they are those of the operation and the action one after the other. The outcome at
 * each other position must be one of them.
 */
#include "tests/sweep/sweeping.h"

#include "kernel/mm/kernel_vm.h"
#include "lib/string.h"
#include "tests/sweep/report.h"
#include "tests/sweep/trace.h"

#define REFERENCES_MAX 16
#define SAMPLES        32 /* positions of an action in the sampled form, roughly */
#define SAMPLES_SLOW   12
#define STRIDE_MAX     36
#define LONG_AFTER     2000 /* positions behind the end */

static int32_t references[REFERENCES_MAX][FACTS];
static unsigned reference_count;
static uint64_t turn; /* samples of this operation that count */
static uint64_t covered[TRACE_MAX / 64];

/* Who was ended could not tell any more what it had got. */
static bool is_known(unsigned fact) {
    bool subject_died = (scene.action->flags & ACTION_ENDS_SUBJECT) != 0;
    return !subject_died || (fact != FACT_SUBJECT && fact != FACT_VALUE &&
                             fact != FACT_SUBJECT_END && fact != FACT_OTHER);
}

static bool is_same(const int32_t *outcome) {
    for (unsigned fact = 0; fact < FACTS; fact++) {
        if (is_known(fact) && outcome[fact] != scene.fact[fact]) {
            return false;
        }
    }
    return true;
}

static bool is_reference(void) {
    for (unsigned i = 0; i < reference_count; i++) {
        if (is_same(references[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the attacker comes at the position, and so sees where that is. */
static bool is_traced(const struct placement *placement) {
    return placement->mode == MODE_ATTACK || placement->mode == MODE_WAIT;
}

/* Runs a placement and says what is wrong with it; boundary: its outcome is right by definition. */
static const char *try_one(const struct placement *placement, bool boundary) {
    const char *wrong = place_run(placement);
    if (wrong == NULL && is_traced(placement) && !trace_agrees(placement->at)) {
        wrong = "the interrupt did not come at its position";
    }
    if (wrong != NULL || is_reference()) {
        return wrong;
    }
    if (!boundary) {
        return (placement->op->flags & OP_LOOSE) != 0 ? NULL : "an outcome of no order";
    }
    if (reference_count == REFERENCES_MAX) {
        return "too many outcomes";
    }
    memcpy(references[reference_count++], scene.fact, sizeof scene.fact);
    return NULL;
}

static void tell(const struct placement *placement, const char *wrong) {
    report_placement(placement, wrong);
    report_outcome(NULL);
    for (unsigned i = 0; i < reference_count; i++) {
        report_outcome(references[i]);
    }
}

static const char *find_references(struct placement *placement) {
    reference_count = 0;
    /* The operation ends, and its deadline passes later, or its budget ends. */
    if (placement->mode == MODE_OWN || placement->mode >= MODE_BUDGET) {
        placement->at = trace.length + LONG_AFTER;
        const char *wrong = try_one(placement, true);
        if (wrong != NULL) {
            return wrong;
        }
    }
    for (uint64_t at = 0; at < trace.length; at++) {
        placement->at = at;
        if (trace.at[at].boundary) {
            const char *wrong = try_one(placement, true);
            if (wrong != NULL) {
                return wrong;
            }
        }
    }
    return NULL;
}

/* One action in one mode: every `stride`-th position from `first`. */
static bool sweep_positions(struct placement *placement, uint64_t first, uint64_t stride) {
    const char *wrong = find_references(placement);
    for (uint64_t at = first; wrong == NULL && at < trace.length; at += stride) {
        placement->at = at;
        wrong = try_one(placement, false);
        if (is_traced(placement)) {
            covered[at / 64] |= BIT(at % 64);
        }
    }
    if (wrong != NULL) {
        tell(placement, wrong);
    }
    return wrong == NULL;
}

static bool has_mode(const struct op *op, enum mode mode, const struct action *action) {
    bool alone = action == &sweep_actions[0];
    if ((action->flags & OF_OBJECTS & ~op->flags) != 0) {
        return false;
    }
    /* Who is suspended in the middle of a change of what is lent has not made it to its end. */
    bool resumable =
        (op->flags & (OP_SLEEPS | OF_LOCKS | OF_SHARES | OF_DESK)) == 0 && op->clean == NULL;
    if (!resumable && (action->flags & ACTION_SUSPENDS) != 0) {
        return false;
    }
    if ((op->flags & OP_OWNS) != 0 && (action->flags & ACTION_ENDS_SUBJECT) != 0) {
        return false;
    }
    switch (mode) {
    case MODE_ATTACK:
        return true;
    case MODE_WAIT:
        return (action->flags & ACTION_ALL_MODES) != 0;
    case MODE_QUANTUM: /* who runs by deadline and beside others has none */
        return (action->flags & ACTION_ALL_MODES) != 0 &&
               (op->flags & (OP_PACED | OP_ORDERED)) != (OP_PACED | OP_ORDERED);
    case MODE_BUDGET:
    case MODE_BANDWIDTH:
        return (action->flags & ACTION_BUDGET) != 0 && (op->flags & (OF_BUDGET | OP_ORDERED)) == 0;
    case MODE_OWN:
        return alone && (op->flags & OP_DEADLINE) != 0;
    case MODE_PEER:
    default:
        return alone && (op->flags & OP_TIMED_PEER) != 0;
    }
}

/* Each sample begins one position further than the one before, so that all together leave none out:
 * a stride is no longer than there are samples that count. */
static uint64_t stride_of(const struct action *action, const struct plan *plan) {
    uint64_t stride = 1 + trace.length / SAMPLES;
    if (plan->is_long) {
        return 1;
    }
    if ((action->flags & ACTION_SLOW) != 0) {
        return 1 + trace.length / SAMPLES_SLOW;
    }
    return stride < STRIDE_MAX ? stride : STRIDE_MAX;
}

/* The one placement that was asked for; of a pair no outcome is expected. */
static bool try_single(struct placement *placement, const struct plan *plan) {
    const char *wrong = plan->second == NULL ? find_references(placement) : NULL;
    placement->at = plan->at;
    placement->second = plan->second;
    placement->second_at = plan->second_at;
    if (wrong == NULL) {
        wrong = plan->second == NULL ? try_one(placement, false) : place_run(placement);
    }
    tell(placement, wrong != NULL ? wrong : "as it should be");
    return wrong == NULL;
}

static bool sweep_action(const struct op *op, const struct action *action,
                         const struct plan *plan) {
    bool good = true;
    for (unsigned mode = 0; mode < MODES; mode++) {
        if (!has_mode(op, mode, action) ||
            (plan->mode != NULL && strcmp(plan->mode, mode_names[mode]) != 0)) {
            continue;
        }
        struct placement placement = {.op = op, .action = action, .mode = mode};
        if (plan->is_single) {
            good &= try_single(&placement, plan);
            continue;
        }
        uint64_t stride = stride_of(action, plan);
        good &= sweep_positions(&placement, turn % stride, stride);
        turn += is_traced(&placement) && (action->flags & ACTION_SLOW) == 0;
    }
    return good;
}

static bool all_covered(void) {
    for (uint64_t at = 0; at < trace.length; at++) {
        if ((covered[at / 64] >> at % 64 & 1) == 0) {
            return false;
        }
    }
    return true;
}

/* The live translation tables, entry by entry: too long for each placement. */
static bool tables_are_right(void) {
    struct kernel_vm_flaw flaw;
    if (kernel_vm_check(&flaw) == STATUS_OK) {
        return true;
    }
    report_said(flaw.reason);
    return false;
}

void sweep_op(const struct op *op, const struct plan *plan) {
    uint64_t before = placements;
    memset(covered, 0, sizeof covered);
    turn = 0;
    const char *wrong = trace_take(op);
    if (wrong != NULL) {
        struct placement placement = {.op = op, .action = &sweep_actions[0], .at = trace.length};
        report_placement(&placement, wrong);
        report_result(false, op->name);
        return;
    }
    bool good = true;
    const struct action *action;
    for (unsigned i = 0; (action = action_of(i)) != NULL; i++) {
        if (plan->action == NULL || strcmp(plan->action, action->name) == 0) {
            good &= sweep_action(op, action, plan);
        }
    }
    bool whole = plan->action == NULL && plan->mode == NULL && !plan->is_single;
    if (whole && !all_covered()) {
        good = false;
        report_missing(op);
    }
    if (whole) {
        good &= sweep_pairs(op, plan);
    }
    if ((op->flags & OP_MEMORY) != 0) {
        good &= tables_are_right();
    }
    report_op(op, trace.length, trace.distinct, placements - before);
    report_result(good, op->name);
}
