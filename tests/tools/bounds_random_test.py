# SPDX-License-Identifier: MIT
"""Bounds of random C programs against what they need when they run: tests/bounds/random_programs.py. Their inputs are
not the worst there are, so this finds what is grossly wrong, in shapes that nobody thought of.

BOUNDS_LONG=1: several seeds, at every level of optimisation; BOUNDS_SEED=N: that one.
"""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bounds_collection as collection  # noqa: E402

IS_LONG = os.environ.get("BOUNDS_LONG") == "1"
LEVELS = {"O2": "", "O1": "-O1", "Os": "-Os", "O3": "-O3", "unroll": "-O3 -funroll-loops"} if IS_LONG else {"O2": ""}
SEEDS = [os.environ["BOUNDS_SEED"]] if os.environ.get("BOUNDS_SEED") else ["1", "2", "3", "4"] if IS_LONG else ["1"]
PROGRAMS = [f"program_{index}" for index in range(40)]
# The rest may be refused: a compiler makes a way round a loop that no turn is on.
BOUNDED_LEAST = 0.9


class Random(unittest.TestCase):
    """Each build is one ELF of all programs."""

    def look(self, elf, name):
        """Counts of one ELF: (bounds that hold, bounds that do not), in words."""
        observed, stack = collection.run(elf)
        _, found, said = collection.ask(elf, PROGRAMS)
        self.assertIsNotNone(found, said)
        bounds = {program: found["functions"][program]["bound"] for program in PROGRAMS if program in found["functions"]}
        wrong = [f"{name} {program}: bound {bound}, observed {observed[program]}" for program, bound in bounds.items()
                 if bound < observed[program]]
        wrong += [f"{name} {program}: stack {found['functions'][program]['stack']}, observed {stack[program]}"
                  for program in bounds if found["functions"][program]["stack"] < stack[program]]
        self.assertGreaterEqual(len(bounds), BOUNDED_LEAST * len(PROGRAMS), said)
        mean = sum(bound / observed[program] for program, bound in bounds.items()) / len(bounds)
        print(f"{name}: {len(bounds)} of {len(PROGRAMS)} programs have a bound, {mean:.2f} times what was seen on average")
        return wrong

    def test_no_count_above_its_bound(self):
        wrong = []
        for toolchain in collection.TOOLCHAINS:
            for level, flags in LEVELS.items():
                for seed in SEEDS:
                    directory = collection.build(toolchain, "bounds-random", "" if level == "O2" else level, flags, seed)
                    wrong += self.look(os.path.join(directory, f"random-{seed}.elf"), f"{toolchain}-{level} seed {seed}")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
