# SPDX-License-Identifier: MIT
"""Bounds of the programs of tests/bounds/loops/ against what they need when they run, to the instruction, built in many
ways. No count may be above its bound; a refusal must stand in refused.txt; how close bounds are goes into a table.

BOUNDS_LONG=1 in the environment: at every level of optimisation, else at the kernel's.
"""

import os
import re
import sys
import unittest
from dataclasses import dataclass

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bounds_collection as collection  # noqa: E402

DIRECTORY = os.path.join("tests", "bounds", "loops")
# One compiler's table does not take the place of another's.
TABLE = os.path.join("build", "bounds", "-".join(["loops", *collection.TOOLCHAINS]))
LEVELS = {"O2": "", "O1": "-O1", "Os": "-Os", "O3": "-O3", "unroll": "-O3 -funroll-loops"}
IS_LONG = os.environ.get("BOUNDS_LONG") == "1"
# The mean over all programs of one build; above it, bounds have become worse.
MEAN_MAX = 1.10


@dataclass(frozen=True)
class Build:
    """One way to build all programs."""

    toolchain: str
    level: str

    @property
    def name(self):
        return f"{self.toolchain}-{self.level}"

    def elf(self):
        """Makes it, if it must be."""
        variant = "" if self.level == "O2" else self.level
        return os.path.join(collection.build(self.toolchain, "bounds-loops", variant, LEVELS[self.level]), "loops.elf")


def read(*path):
    with open(os.path.join(collection.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def programs():
    """Names, in the order they run."""
    return re.findall(r"^PROGRAM\((\w+)\)$", read(DIRECTORY, "programs.h"), re.MULTILINE)


def listed():
    """{(build, program): word} of refused.txt."""
    found = {}
    for line in read(DIRECTORY, "refused.txt").splitlines():
        words = line.split("#", 1)[0].split()
        if words:
            build, program, reason, why = words[0], words[1], words[2], words[3:]
            assert why, f"refused.txt: {line}: no reason given"
            found[build, program] = reason
    return found


def examine(build):
    """({program: (bound or None, observed)}, {program: [reasons]}, {program: (stack, observed)}) of one build."""
    names = [*programs(), "calibration_1", "calibration_3"]
    elf = build.elf()
    observed, stack = collection.run(elf)
    results, refused, stacks = {}, {}, {}
    _, found, said = collection.ask(elf, names)
    if found is None:
        raise AssertionError(f"{build.name}: no answer:\n{said}")
    for name in names:
        bound = found["functions"].get(name, {}).get("bound")
        results[name] = bound, observed[name]
        if bound is not None:
            stacks[name] = found["functions"][name]["stack"], stack[name]
        else:
            # Alone, so that the refusals are its own.
            refused[name] = sorted({each["reason"] for each in collection.ask(elf, [name])[1]["refused"]})
    return results, refused, stacks


def ratio(pair):
    bound, observed = pair
    return bound / observed if bound is not None else None


def ratios(results):
    """Of all programs of a build that have a bound."""
    return [ratio(results[name]) for name in programs() if results[name][0] is not None]


def cell(pair):
    return f"{pair[0]}/{pair[1]} {ratio(pair):.2f}" if pair[0] is not None else f"refused/{pair[1]}"


def table_rows(found):
    """Rows of cells: a title, the programs, the mean and the maximum."""
    builds = list(found)
    rows = [["program", *(build.name for build in builds)]]
    rows += [[name, *(cell(found[build][name]) for build in builds)] for name in programs()]
    for title, value in (("mean", lambda all_of: sum(all_of) / len(all_of)), ("maximum", max)):
        rows.append([title, *(f"{value(ratios(found[build])):.3f}" for build in builds)])
    return rows


def write_tables(found):
    """A .txt for reading, a .md as rows for documents: "bound/observed ratio"."""
    rows = table_rows(found)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    os.makedirs(os.path.dirname(os.path.join(collection.ROOT, TABLE)), exist_ok=True)
    with open(os.path.join(collection.ROOT, TABLE + ".txt"), "w", encoding="utf-8") as file:
        for row in rows:
            file.write("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() + "\n")
    with open(os.path.join(collection.ROOT, TABLE + ".md"), "w", encoding="utf-8") as file:
        for row in [rows[0], ["---", *["---:"] * (len(rows[0]) - 1)], *rows[1:]]:
            file.write("| " + " | ".join(row) + " |\n")


class Loops(unittest.TestCase):
    """All builds are examined once."""

    @classmethod
    def setUpClass(cls):
        levels = list(LEVELS) if IS_LONG else ["O2"]
        builds = [Build(toolchain, level) for toolchain in collection.TOOLCHAINS for level in levels]
        for build in builds:
            build.elf()
        answers = dict(zip(builds, collection.each(examine, builds)))
        cls.found = {build: results for build, (results, _, _) in answers.items()}
        cls.refused = {build: refused for build, (_, refused, _) in answers.items()}
        cls.stacks = {build: stacks for build, (_, _, stacks) in answers.items()}
        write_tables(cls.found)

    def test_enough(self):
        self.assertGreaterEqual(len(programs()), 30)
        sources = {name[:-len(".c")] for name in os.listdir(os.path.join(collection.ROOT, DIRECTORY)) if name.endswith(".c")}
        self.assertEqual(sources - {"main"}, set(programs()))

    def test_no_count_above_its_bound(self):
        wrong = [f"{build.name} {name}: bound {bound}, observed {observed}" for build, results in self.found.items()
                 for name, (bound, observed) in results.items() if bound is not None and bound < observed]
        self.assertEqual(wrong, [])

    def test_no_stack_deeper_than_its_bound(self):
        wrong = [f"{build.name} {name}: {depth} bytes, observed {observed}" for build, stacks in self.stacks.items()
                 for name, (depth, observed) in stacks.items() if depth < observed]
        self.assertEqual(wrong, [])
        self.assertGreater(max(observed for stacks in self.stacks.values() for _, observed in stacks.values()), 32)

    def test_window(self):
        """Straight functions tell whether bound and count mean the same."""
        for build, results in self.found.items():
            self.assertEqual((results["calibration_1"], results["calibration_3"]), ((1, 1), (3, 3)), build.name)

    def test_refusals_are_listed(self):
        builds = {build.name for build in self.found}
        expected = {key: word for key, word in listed().items() if key[0] in builds}
        seen = {(build.name, name): reasons for build, refused in self.refused.items() for name, reasons in refused.items()}
        self.assertEqual({key: [word] for key, word in expected.items()}, seen)

    def test_close(self):
        everything = []
        for build, results in self.found.items():
            here = ratios(results)
            everything += here
            mean = sum(here) / len(here)
            print(f"{build.name}: {len(here)} programs, bound/observed mean {mean:.3f}, maximum {max(here):.3f}")
            self.assertLessEqual(mean, MEAN_MAX, build.name)
        print(f"all: {len(everything)} bounds, mean {sum(everything) / len(everything):.3f}, maximum {max(everything):.3f}")


if __name__ == "__main__":
    unittest.main()
