#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random programs in C whose marks are right by construction, for tools/bounds: random_programs.py SEED COUNT > FILE.c

Loops turn as often as the data say, at most as often as their mark; limits are kept by a counter; functions are inlined,
called, called through pointers, or end in a call. What the compiler makes of marks in all this is the question.
"""

import random
import sys

HEAD = """/* SPDX-License-Identifier: MIT */
/* Made by tests/bounds/random_programs.py. */
#include "tests/bounds/machine.h"

#define ARGUMENTS 300

static volatile uint64_t words[16];

static inline uint64_t stir(uint64_t value) {
    value ^= value >> 7;
    value *= UINT64_C(0x9e3779b97f4a7c15);
    return value ^ value >> 23;
}
"""


class Program:
    """One function that is measured, with what it calls. Statements are lines of text."""

    def __init__(self, seed, index):
        self.random, self.name = random.Random(f"{seed} {index}"), f"program_{index}"
        self.marks = self.variables = 0
        self.helpers = []
        self.text = []
        for _ in range(self.random.randint(0, 4)):
            self.helper()
        self.text += [f"static NOINLINE uint64_t {self.name}(uint64_t a, uint64_t b) {{", "    uint64_t s = a;",
                      *self.statements(3, 1), "    return s;", "}", ""]

    def mark(self):
        self.marks += 1
        return f"{self.name}_{self.marks}"

    def helper(self):
        """A function for later ones; one in three is called through a pointer."""
        name = f"{self.name}_helper_{len(self.helpers)}"
        kind = self.random.choice(("inline", "call", "pointer"))
        linkage = {"inline": "static ALWAYS_INLINE", "call": "static NOINLINE", "pointer": "NOINLINE"}[kind]
        if kind == "pointer":
            self.text.append(f"uint64_t {name}(uint64_t a, uint64_t b);")
        self.text += [f"{linkage} uint64_t {name}(uint64_t a, uint64_t b) {{", "    uint64_t s = a + b;",
                      *self.statements(1, 1), "    return s;", "}"]
        if kind == "pointer":
            self.text += [f"BOUND_CALLEE({name}_class, {name});",
                          f"static uint64_t (*volatile {name}_pointer)(uint64_t, uint64_t) = {name};"]
        self.text.append("")
        self.helpers.append((name, kind))

    # --- Statements --------------------------------------------------------------------------------

    def statements(self, depth, indent, in_loop=False):
        lines = []
        for _ in range(self.random.randint(1, 3)):
            kinds = [self.plain, self.plain]
            kinds += [self.branch, self.loop, self.loop, self.limited, self.choice] if depth else []
            kinds += [self.call, self.call] if self.helpers else []
            kinds += [self.leave] if in_loop else []
            lines += self.random.choice(kinds)(depth, in_loop)
        return ["    " * indent + line for line in lines]

    def condition(self):
        bits = self.random.choice((1, 3, 7))
        return self.random.choice((f"(stir(s) & {bits}) == 0", f"(s & {bits}) != 0", f"(b & {1 << self.random.randrange(6)}) != 0",
                                   f"words[s & 15] > {self.random.randrange(3)}"))

    def plain(self, _depth, _in_loop):
        return [self.random.choice(("s += words[s & 15];", "words[s & 15] = s & 7;", "s = stir(s) + b;", "s ^= s << 3;",
                                    "s = s / 3 + a;", "words[b & 15] += 1;"))]

    def branch(self, depth, in_loop):
        lines = [f"if ({self.condition()}) {{", *self.statements(depth - 1, 1, in_loop)]
        if self.random.random() < 0.5:
            lines += ["} else {", *self.statements(depth - 1, 1, in_loop)]
        return [*lines, "}"]

    def choice(self, depth, in_loop):
        lines = [f"switch (s & {self.random.choice((3, 7))}) {{"]
        for case in range(self.random.randint(2, 5)):
            lines += [f"case {case}: {{", *self.statements(depth - 1, 1, in_loop),
                      "}" if self.random.random() < 0.3 else "    break;\n}"]
            if not lines[-1].startswith("    "):
                lines.append("    /* fall through */")
        return [*lines, "default:", "    s += 5;", "}"]

    def leave(self, _depth, _in_loop):
        return [f"if ({self.condition()}) {{", "    " + self.random.choice(("LEAVE;", "continue;", "return s + 1;")), "}"]

    def call(self, _depth, _in_loop):
        name, kind = self.random.choice(self.helpers)
        callee = f"BOUND_CALLED({name}_class, {name}_pointer)" if kind == "pointer" else name
        return [f"s ^= {callee}(s, {self.random.choice(('a', 'b', 's >> 5', '7'))});"]

    def variable(self):
        self.variables += 1
        return f"i{self.variables}"

    def body(self, depth, indent):
        """Statements in a loop; in a switch, leaving it is not leaving the loop, so both mean to go on."""
        return [line.replace("LEAVE;", "break;") for line in self.statements(depth - 1, indent, True)]

    def loop(self, depth, _in_loop):
        mark, number, i = self.mark(), self.random.choice((1, 2, 3, 5)), self.variable()
        count = self.random.choice((f"stir(s + a) % {number + 1}", str(number), f"(b & {number})", f"a % {number + 1}"))
        turn, body = f"    BOUND_TURN({mark});", self.body(depth, 1)
        unroll = [f"#pragma GCC unroll {self.random.choice((1, 2, 4))}"] if self.random.random() < 0.15 else []
        head = f"BOUND_LOOP({mark}, {number});"
        shape = self.random.choice(("for", "for", "while", "do", "endless"))
        if shape == "for":
            return ["{", head, *unroll, f"for (uint64_t {i} = 0, n{i} = {count}; {i} < n{i}; {i}++) {{", turn, *body, "}", "}"]
        if shape == "while":
            return ["{", f"uint64_t {i} = {count};", head, f"while ({i} != 0) {{", turn, f"    {i}--;", *body, "}", "}"]
        if shape == "do":
            return ["{", f"uint64_t {i} = 0, n{i} = {count};", head, "do {", turn, f"    {i}++;", *body,
                    f"}} while ({i} < n{i});", "}"]
        return ["{", f"uint64_t {i} = {count};", head, "for (;;) {", f"    if ({i} == 0) {{", "        break;", "    }", turn,
                f"    {i}--;", *body, "}", "}"]

    def limited(self, depth, _in_loop):
        """A loop with a path that a counter keeps to its limit."""
        mark, often, number, i = self.mark(), self.mark(), self.random.choice((4, 6, 9)), self.variable()
        limit = self.random.randint(1, 3)
        return ["{", f"uint64_t left{i} = {limit};", f"BOUND_LIMIT({often}, {limit});", f"BOUND_LOOP({mark}, {number});",
                f"for (uint64_t {i} = 0; {i} < stir(a) % {number + 1}; {i}++) {{", f"    BOUND_TURN({mark});",
                f"    if (left{i} != 0 && {self.condition()}) {{", f"        BOUND_PATH({often});", f"        left{i}--;",
                *("        " + line.strip() for line in self.plain(0, False) * 3), "    }", *self.body(depth, 1), "}", "}"]

    def inputs(self):
        return [f"    for (uint64_t i = 0; i < ARGUMENTS; i++) {{", f"        OBSERVE({self.name}, i * i * 77, i, 0, 0);", "    }"]


def main():
    seed, count = sys.argv[1], int(sys.argv[2])
    programs = [Program(seed, index) for index in range(count)]
    lines = [line for program in programs for line in program.text]
    lines += ["void program_run(void) {", *(line for program in programs for line in program.inputs()), "}"]
    print(HEAD + "\n".join(lines))


if __name__ == "__main__":
    main()
