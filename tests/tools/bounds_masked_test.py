# SPDX-License-Identifier: MIT
"""Masked stretches and bounds of random programs in assembly against every way through them.

A program is a few functions that call later ones, with branches, loops, critical sections, windows in them and early
returns. It is assembled, linked and given to tools/bounds; its own instructions are also played out one by one, with
calls, loops and the mask, in all ways that there are. No stretch may be longer than the tool says it is from where it
begins, no run of the whole longer than its bound; and both are to be found exactly where programs are as plain as here.
"""

import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bounds_collection as collection  # noqa: E402

PROGRAMS = 400 if os.environ.get("BOUNDS_LONG") == "1" else 150
STATES_MOST = 40_000
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
HEAD = """
#include "lib/bound.h"
    .macro FUNCTION name
    .balign 4
    .global \\name
    .type \\name, %function
\\name:
    .endm
    .text
"""


class Function:
    """Random instructions: tuples of an operation and its operand. A place is an index of `code`."""

    def __init__(self, program, index):
        self.program, self.random, self.index = program, program.random, index
        self.name, self.code, self.loops, self.open = f"p{program.seed}_f{index}", [], 0, []
        self.later = range(index + 1, program.count)
        self.is_inner = index in program.inner
        self.calls = bool(self.later) and self.random.random() < 0.8
        if self.calls:
            self.add("push")
        self.statements(2)
        self.leave()

    def add(self, operation, operand=None):
        """Returns the place, so that a branch's target can be filled in."""
        self.code.append((operation, operand))
        return len(self.code) - 1

    def aim(self, place):
        """The branch at a place goes to here."""
        self.code[place] = (self.code[place][0], len(self.code))

    def callees(self, is_masked):
        """Whom it may call with interrupts masked, or unmasked."""
        return [index for index in self.later if is_masked or index not in self.program.inner]

    def leave(self, _depth=0):
        """Restores what is open, and returns."""
        for register in reversed(self.open):
            self.add("restore", register)
        if self.calls:
            self.add("pop")
        callees = self.callees(self.is_inner)
        if callees and self.random.random() < 0.2:
            self.add("tail", self.random.choice(callees))
        else:
            self.add("ret")

    def statements(self, depth):
        for _ in range(self.random.randint(1, 3)):
            kinds = [self.plain, self.plain, self.critical, self.branch]
            kinds += [self.loop] if depth else []
            kinds += [self.call, self.call] if self.calls and self.callees(self.is_inner or self.open) else []
            kinds += [self.early] if self.open else []
            kinds += [self.window] if self.open or self.is_inner else []
            self.random.choice(kinds)(depth)

    def plain(self, _depth):
        for _ in range(self.random.randint(1, 4)):
            self.add("add")

    def branch(self, depth):
        skip = self.add("cbz")
        if depth:
            self.statements(depth - 1)
        self.add("add")
        if self.random.random() < 0.5:
            over = self.add("b")
            self.aim(skip)
            self.add("add")
            self.aim(over)
        else:
            self.aim(skip)

    def loop(self, depth):
        name = f"{self.name}:{self.loops}", self.random.randint(1, 3)
        self.loops += 1
        self.add("loop", name)
        begin = self.add("cbz")
        self.add("turn", name)
        self.statements(depth - 1)
        self.add("b", begin)
        self.aim(begin)

    def critical(self, depth):
        register = 19 + len(self.open)
        self.add("mrs", register)
        self.add("set")
        self.open.append(register)
        if depth:
            self.statements(depth - 1)
        self.add("restore", self.open.pop())

    def window(self, _depth):
        self.add("clear")
        self.add("set")

    def early(self, _depth):
        skip = self.add("cbz")
        self.leave()
        self.aim(skip)

    def call(self, _depth):
        self.add("call", self.random.choice(self.callees(self.is_inner or self.open)))

    def text(self):
        """Assembly: each operation is one instruction."""
        lines = [f"FUNCTION {self.name}"]
        for place, (operation, operand) in enumerate(self.code):
            lines.append(f".L{self.name}_{place}: " + self._instruction(operation, operand))
        return "\n".join([*lines, f"    .size {self.name}, . - {self.name}", ""])

    def _instruction(self, operation, operand):
        if operation in ("cbz", "b"):
            return f"{'cbz x0,' if operation == 'cbz' else 'b'} .L{self.name}_{operand}"
        if operation in ("call", "tail"):
            return f"{'bl' if operation == 'call' else 'b'} p{self.program.seed}_f{operand}"
        if operation in ("loop", "turn"):
            return f"BOUND_{operation.upper()} {operand[0]}, {operand[1]}"
        return {"add": "add x9, x9, #1", "mrs": f"mrs x{operand}, daif", "set": "msr daifset, #2",
                "clear": "msr daifclr, #2", "restore": f"msr daif, x{operand}", "push": "stp x29, x30, [sp, #-16]!",
                "pop": "ldp x29, x30, [sp], #16", "ret": "ret"}[operation]


class Program:
    """Functions, the first of which is the entry."""

    def __init__(self, seed):
        self.seed, self.random = seed, random.Random(seed)
        self.count = self.random.randint(1, 5)
        # Called with interrupts masked only, so that they may open a window for themselves.
        self.inner = {index for index in range(1, self.count) if self.random.random() < 0.4}
        self.functions = [Function(self, index) for index in range(self.count)]

    def text(self):
        return "".join(function.text() for function in self.functions)


# Where a function is: its index, a place, {register: saved mask} and {loop: turns left} as sorted tuples.
def _with(pairs, name, value):
    return tuple(sorted({**dict(pairs), name: value}.items()))


class Play:
    """All ways through a program. A state: (frames, the innermost last; whether interrupts are masked)."""

    END = ()

    def __init__(self, program):
        self.program = program
        self.moves, self.is_too_large = {}, False
        start = ((0, 0, (), ()),), False
        pending = [start]
        while pending and not self.is_too_large:
            state = pending.pop()
            if state not in self.moves:
                self.moves[state] = self._moves(state)
                pending += self.moves[state]
            self.is_too_large = len(self.moves) > STATES_MOST
        if not self.is_too_large:
            self.total, self.masked = {}, {}
            self._measure(start)
            self.start = start

    def _moves(self, state):
        frames, masked = state
        if frames == self.END:
            return []
        *outer, (function, place, saved, left) = frames
        operation, operand = self.program.functions[function].code[place]
        following = [(function, place + 1, saved, left)]
        if operation == "cbz":
            following.append((function, operand, saved, left))
        elif operation == "b":
            following = [(function, operand, saved, left)]
        elif operation == "loop":
            following = [(function, place + 1, saved, _with(left, *operand))]
        elif operation == "turn":
            turns = dict(left)[operand[0]] - 1
            following = [(function, place + 1, saved, _with(left, operand[0], turns))] if turns >= 0 else []
        elif operation == "mrs":
            following = [(function, place + 1, _with(saved, operand, masked), left)]
        elif operation in ("set", "clear"):
            masked = operation == "set"
        elif operation == "restore":
            masked = dict(saved)[operand]
        elif operation == "call":
            return [((*outer, following[0], (operand, 0, (), ())), masked)]
        elif operation == "tail":
            following = [(operand, 0, (), ())]
        elif operation == "ret":
            return [(tuple(outer), masked)]
        return [((*outer, frame), masked) for frame in following]

    def _measure(self, start):
        """total, masked: state -> the most instructions to the end, and to the unmask; only where the end is reached."""
        pending = [(start, False)]
        while pending:
            state, is_done = pending.pop()
            if not is_done and state not in self.total:
                pending.append((state, True))
                pending += [(after, False) for after in self.moves[state]]
            elif is_done:
                self._measure_one(state)

    def _measure_one(self, state):
        frames, masked = state
        if frames == self.END:
            self.total[state] = self.masked[state] = 0
            return
        onward = [after for after in self.moves[state] if self.total[after] is not None]
        self.total[state] = 1 + max(self.total[after] for after in onward) if onward else None
        if onward and masked:
            self.masked[state] = 1 + max(self.masked[after] for after in onward)
        else:
            self.masked[state] = 0

    def ends_masked(self):
        return (self.END, True) in self.moves

    def stretches(self):
        """{"function+0xoffset" of a mask: the longest stretch from it}."""
        found = {}
        for (frames, masked), following in self.moves.items():
            for after in following:
                if not masked and after[1] and self.total[after] is not None:
                    function, place, _, _ = frames[-1]
                    name = self.program.functions[function].name + (f"+{4 * place:#x}" if place else "")
                    found[name] = max(found.get(name, 0), self.masked[after])
        return found


def build(programs, directory):
    """An ELF of all programs."""
    source, elf = os.path.join(directory, "programs.S"), os.path.join(directory, "programs.elf")
    with open(source, "w", encoding="ascii") as file:
        file.write(HEAD + "".join(program.text() for program in programs))
    compiled = source + ".o"
    subprocess.run([CROSS + "gcc", "-g", "-I", collection.ROOT, "-c", source, "-o", compiled], check=True)
    subprocess.run([CROSS + "ld", "-e", "p0_f0", "-T", os.path.join(collection.ROOT, "tests/bounds/image.ld"), compiled,
                    "-o", elf], check=True)
    return elf


class Stretches(unittest.TestCase):
    """All programs in one ELF, asked for at once."""

    @classmethod
    def setUpClass(cls):
        programs = [Program(seed) for seed in range(PROGRAMS)]
        cls.plays = [play for play in map(Play, programs) if not play.is_too_large]
        with tempfile.TemporaryDirectory() as directory:
            elf = build(programs, directory)
            status, cls.found, said = collection.ask(elf, [play.program.functions[0].name for play in cls.plays])
        assert status == 1 and cls.found, said
        cls.refused = {each["function"].split("_")[0] for each in cls.found["refused"]}

    def bounded(self):
        """Plays of all that were not refused."""
        return [play for play in self.plays if f"p{play.program.seed}" not in self.refused]

    def test_refusals(self):
        """Whoever returns masked is refused, and few others, and those because of the mask only."""
        self.assertEqual({each["reason"] for each in self.found["refused"]}, {"masked"})
        for play in self.bounded():
            self.assertFalse(play.ends_masked(), play.program.text())
        self.assertGreater(len(self.bounded()), 0.5 * len(self.plays))

    def test_bounds(self):
        for play in self.bounded():
            name = play.program.functions[0].name
            self.assertGreaterEqual(self.found["functions"][name]["bound"], play.total[play.start], play.program.text())

    def test_stretches(self):
        stretches = {row["start"]: row["bound"] for row in self.found["masked"]}
        seen = exact = 0
        for play in self.bounded():
            for start, longest in play.stretches().items():
                self.assertIn(start, stretches, play.program.text())
                self.assertGreaterEqual(stretches[start], longest, f"{start}\n{play.program.text()}")
                seen, exact = seen + 1, exact + (stretches[start] == longest)
        print(f"{len(self.plays)} programs, {len(self.bounded())} bounded, {seen} stretches, {exact} of them exact")
        self.assertGreater(seen, len(self.plays))
        self.assertGreater(exact, 0.8 * seen)


if __name__ == "__main__":
    unittest.main()
