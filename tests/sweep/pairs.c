/* SPDX-License-Identifier: MIT */
/*
 * Two interrupts. The first is an action, the operation's own deadline or the peer's; the second
 * comes anywhere from there on: within the first action, at each instruction that is left of the
 * operation, or when all is over. Which orders of three are right is not worked out here: judged
 * are the invariants at each step, that messages are neither lost nor doubled, and that all end.
 */
#include "tests/sweep/sweeping.h"

#include "lib/string.h"
#include "tests/sweep/report.h"
#include "tests/sweep/trace.h"

/* Ticks that an action takes, at most, before the operation goes on. */
#define ACTION_SPAN 700

/* Positions of the first and of the second, roughly, in either form. */
#define FIRSTS       5
#define SECONDS      9
#define FIRSTS_LONG  40
#define SECONDS_LONG 50

static const char *const pair_actions[] = {"sends",          "receives",       "closes",
                                           "raises_subject", "lowers_subject", "ends_target",
                                           "wakes_higher",   "yields",         "detaches_subject"};

/* What comes instead of the first three for operations on other objects. */
static const struct {
    unsigned object;
    const char *name[3];
} object_actions[] = {
    {OF_UNITS, {"gives", "takes", "closes_units"}},
    {OF_SIGNS, {"sets", "takes_sign", "closes_signs"}},
    {OF_ROUNDS, {"comes", "comes_twice", "closes_rounds"}},
};

/* Number `i` of those for the operation. */
static const struct action *pair_action(const struct op *op, unsigned i) {
    for (unsigned k = 0; k < ARRAY_SIZE(object_actions); k++) {
        if ((op->flags & object_actions[k].object) != 0 && i < ARRAY_SIZE(object_actions[k].name)) {
            return action_named(object_actions[k].name[i]);
        }
    }
    return action_named(pair_actions[i]);
}

const struct action *action_named(const char *name) {
    const struct action *action;
    for (unsigned i = 0; (action = action_of(i)) != NULL && strcmp(action->name, name) != 0; i++) {
    }
    return action;
}

/* All samples of one pair of actions. */
static bool sweep_pair(struct placement *placement, const struct plan *plan) {
    static uint64_t turn; /* each sample begins at another place */
    uint64_t span = trace.length + ACTION_SPAN;
    uint64_t stride = 1 + trace.length / (plan->is_long ? FIRSTS_LONG : FIRSTS);
    uint64_t second_stride = 1 + span / (plan->is_long ? SECONDS_LONG : SECONDS);
    for (uint64_t at = turn % stride; at < trace.length; at += stride) {
        turn++;
        for (uint64_t behind = turn % second_stride; behind < span; behind += second_stride) {
            placement->at = at;
            placement->second_at = at + behind;
            const char *wrong = place_run(placement);
            if (wrong != NULL) {
                report_placement(placement, wrong);
                report_outcome(NULL);
                return false;
            }
        }
    }
    return true;
}

static bool sweep_firsts(struct placement *placement, const struct plan *plan) {
    bool good = true;
    for (unsigned i = 0; i < ARRAY_SIZE(pair_actions); i++) {
        placement->second = pair_action(placement->op, i);
        good &= sweep_pair(placement, plan);
    }
    return good;
}

bool sweep_pairs(const struct op *op, const struct plan *plan) {
    struct placement placement = {.op = op, .action = &sweep_actions[0]};
    bool good = true;
    if ((op->flags & OP_DEADLINE) != 0) {
        placement.mode = MODE_OWN;
        good &= sweep_firsts(&placement, plan);
    }
    if ((op->flags & OP_TIMED_PEER) != 0) {
        placement.mode = MODE_PEER;
        good &= sweep_firsts(&placement, plan);
    }
    placement.mode = MODE_ATTACK;
    for (unsigned i = 0; (op->flags & OP_WAITS) != 0 && i < ARRAY_SIZE(pair_actions); i++) {
        placement.action = pair_action(op, i);
        good &= sweep_firsts(&placement, plan);
    }
    return good;
}
