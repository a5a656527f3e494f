# SPDX-License-Identifier: MIT
"""What an image must keep to: nothing refused, masked stretches below the limit, stacks that hold, certificates that
hold, the budget. Every function here returns lines; none means content."""

import os
import subprocess
import sys
import tempfile

import agree
import budget
import elf
import gather
import threads
import vectors
from analysis import Analysis
from facts import LIMIT, LOOP

TRACE_MASKED_LIMIT = 680  # in a kernel with CONFIG_TRACE, whose switches and wakes are told in the doors
MASKED_LIMIT = 600  # instructions, for every stretch but the boot and the end of the machine
RATIO_LIMIT = 1.25  # bound / observed, without a written reason
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REASONS = os.path.join("tests", "evidence", "reasons.txt")


def analyse(path):
    """(Analysis, everything gathered) of an image; raises elf.ElfError or facts.Refusal."""
    sys.setrecursionlimit(10000)
    image = elf.Image(path)
    analysis = Analysis(image)
    return analysis, gather.gather(analysis, elf.Lines(image, ROOT), ROOT)


def is_counting(analysis):
    """Whether markers of loops are counters in this image (-DBOUND_COUNT=1): then the kernel has limits, and no loops."""
    kinds = {mark.kind for marks in analysis.facts.at.values() for mark in marks if mark.name.startswith("kernel/")}
    return LIMIT in kinds and LOOP not in kinds


def refusals(gathered):
    """Functions that have no bound, and why."""
    return [f"{row['file']}:{row['line']}: {row['function']}: {row['reason']}: {row['text']}" for row in gathered["refused"]]


def masked(gathered, limit=MASKED_LIMIT):
    """Masked stretches above the limit."""
    return [f"masked for {row['bound']} instructions, more than {limit}: from {row['file']}:{row['line']} ({row['function']})"
            for row in gathered["masked"] if row["bound"] > limit]


def stacks(gathered):
    """Stacks that may be too small."""
    return [f"stack '{name}': {row['need']} bytes may be needed, {row['size']} are there"
            for name, row in gathered["stack"].items() if name != "threads" and row["need"] > row["size"]]


def thread_stacks(gathered):
    """Threads whose stack class may be too small."""
    return threads.too_small(gathered["threads"])


def certificates(analysis):
    """Whether every bound is shown by its certificate, by the program that shares no code with the analysis."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "certificates")
        analysis.store.write(path)
        checker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificate.py")
        done = subprocess.run([sys.executable, checker, path], capture_output=True, text=True, check=False)
    expected = f"{len(analysis.store)} certificates hold, 0 do not"
    if done.returncode != 0 or done.stdout.strip() != expected:
        return [f"certificates: {line}" for line in (done.stdout + done.stderr).strip().splitlines()]
    return []


def agreed(gathered, toolchain):
    """Bounds that are not those of the budget."""
    try:
        budgets = budget.read(os.path.join(ROOT, budget.FILE))
    except budget.BudgetError as error:
        return [str(error)]
    if budgets is None:
        return [f"no {budget.FILE}; ./genrt bounds --update writes it"]
    return budget.differences(budget.of(gathered), budgets.get(toolchain, {}))


def same_everywhere(one, other):
    """The kernel's objects are the same in two images, so the bounds of what both have must be."""
    return [f"{name}: {row['bound']} in {one['image']}, {other['functions'][name]['bound']} in {other['image']}"
            for name, row in one["functions"].items()
            if name in other["functions"] and row["bound"] != other["functions"][name]["bound"]]


def static(analysis, gathered, is_release=True):
    """All that can be said without a run. A debug build looks at more than it may while masked."""
    return (refusals(gathered) + (masked(gathered) if is_release else []) + stacks(gathered) + certificates(analysis)
            + thread_stacks(gathered) + vectors.used(analysis.image))


class ReasonsError(Exception):
    """A line of the file of reasons that is none."""


def parse_reasons(text):
    """{entry or function: why its bound is further from what was seen}"""
    reasons = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, _, reason = (part.strip() for part in line.partition(":"))
        if line.startswith("#") or not line.strip():
            continue
        if not name or not reason:
            raise ReasonsError(f"{REASONS}:{number}: not 'ENTRY: reason'")
        if name in reasons:
            raise ReasonsError(f"{REASONS}:{number}: {name} stands twice")
        reasons[name] = reason
    return reasons


def read_reasons():
    """What tests/evidence/reasons.txt says."""
    try:
        with open(os.path.join(ROOT, REASONS), encoding="utf-8") as file:
            return parse_reasons(file.read())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ReasonsError(f"{REASONS}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReasonsError(f"{REASONS}: not a text") from error


def needless_reasons(entries, reasons):
    """Lines for reasons of entries that are none. Masked stretches are left out: each compiler has others."""
    return [f"{REASONS}: '{name}' is no entry" for name in reasons if name not in entries and not name.startswith("masked ")]


def close_enough(rows, reasons):
    """Lines for entries that were not seen, or whose bound is far from what was seen, without a reason."""
    lines = []
    for name, bound, observed in rows:
        if name in reasons:
            continue
        if not observed:
            lines.append(f"{name}: never seen to run, and no reason in {REASONS}")
        elif bound > RATIO_LIMIT * observed:
            lines.append(f"{name}: bound {bound}, seen {observed}: {bound / observed:.2f}, and no reason in {REASONS}")
    return lines


def reality(analysis, gathered, seen):
    """(lines, Agreement) of one image and what was seen of it."""
    agreement = agree.Agreement(analysis, gathered, seen)
    return agreement.strange_jumps() + agreement.too_long(), agreement
