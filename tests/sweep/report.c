/* SPDX-License-Identifier: MIT */
/* What a run says. */
#include "tests/sweep/report.h"

#include "tests/qemu/output.h"

const char *const mode_names[MODES] = {"attack",  "wait",   "own",      "peer",
                                       "quantum", "budget", "bandwidth"};

static const char *const role_names[] = {"subject",  "peer",   "releaser", "target",
                                         "attacker", "second", "driver",   "other"};

static const char *const fact_names[FACTS] = {
    "subject",       "value",        "action",      "gain",          "second",
    "peer",          "peer_value",   "release",     "release_value", "target",
    "count",         "closed",       "subject_end", "target_end",    "peer_end",
    "subject_level", "target_level", "peer_level",  "heap",          "frames",
    "units",         "signs",        "rounds",      "blocks",        "other",
};

static unsigned results, failures, operations;
static uint64_t positions_total;

void report_begin(void) {
    results = 0;
    failures = 0;
}

bool report_result(bool passed, const char *name) {
    results++;
    failures += !passed;
    output_begin();
    output_text(passed ? "ok " : "not ok ");
    output_number((int64_t)results);
    output_text(" - ");
    output_text(name);
    output_end();
    return passed;
}

static void output_named(const char *name, const char *value) {
    output_text(" ");
    output_text(name);
    output_text("=");
    output_text(value);
}

static void output_counted(const char *name, uint64_t value) {
    output_text(" ");
    output_text(name);
    output_text("=");
    output_number((int64_t)value);
}

static void output_hex(const char *name, uint64_t value) {
    output_named(name, "0x");
    for (unsigned shift = 64; shift > 0; shift -= 4) {
        const char digit[2] = {"0123456789abcdef"[value >> (shift - 4) & 15]};
        output_text(digit);
    }
}

void report_placement(const struct placement *placement, const char *wrong) {
    output_begin();
    output_text("record found");
    output_named("ops", placement->op->name);
    output_named("action", placement->action->name);
    output_named("mode", mode_names[placement->mode]);
    output_counted("at", placement->at);
    if (placement->second != NULL) {
        output_named("second", placement->second->name);
        output_counted("second_at", placement->second_at);
    }
    output_named("in", role_names[scene.interrupted]);
    output_hex("pc", scene.pc);
    output_text(": ");
    output_text(wrong);
    if (scene.broken != NULL) {
        output_text(", ");
        output_text(scene.broken_when);
    }
    output_end();
}

void report_step(uint64_t pc, uint32_t word, uint64_t x30) {
    output_begin();
    output_text("# the position before:");
    output_hex("pc", pc);
    output_hex("word", word);
    output_hex("x30", x30);
    output_end();
}

void report_outcome(const int32_t *expected) {
    output_begin();
    output_text("# outcome:");
    for (unsigned fact = 0; fact < FACTS; fact++) {
        if (expected == NULL ? scene.fact[fact] != UNSET : scene.fact[fact] != expected[fact]) {
            output_text(" ");
            output_text(fact_names[fact]);
            output_text("=");
            output_number(scene.fact[fact]);
            if (expected != NULL) {
                output_text(", not ");
                output_number(expected[fact]);
            }
        }
    }
    output_end();
}

void report_op(const struct op *op, uint64_t positions, uint64_t distinct, uint64_t count) {
    output_begin();
    output_text("record sweep");
    output_named("op", op->name);
    output_counted("positions", positions);
    output_counted("instructions", distinct);
    output_counted("placements", count);
    output_end();
    operations++;
    positions_total += positions;
}

unsigned report_end(void) {
    output_begin();
    output_text("record sweep_total");
    output_counted("operations", operations);
    output_counted("positions", positions_total);
    output_counted("placements", placements);
    output_end();
    output_begin();
    output_text("1..");
    output_number((int64_t)results);
    output_end();
    return failures == 0 && results > 0 ? 0 : 1;
}

void report_missing(const struct op *op) {
    output_begin();
    output_text("record found");
    output_named("ops", op->name);
    output_text(": a position was left out by all actions");
    output_end();
}

void report_said(const char *rule) {
    output_begin();
    output_text("# it said: ");
    output_text(rule != NULL ? rule : "nothing");
    output_end();
}
