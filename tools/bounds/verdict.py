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
from analysis import Analysis

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


def refusals(gathered):
    """Functions that have no bound, and why."""
    return [f"{row['file']}:{row['line']}: {row['function']}: {row['reason']}: {row['text']}" for row in gathered["refused"]]


def masked(gathered):
    """Masked stretches above the limit."""
    return [f"masked for {row['bound']} instructions, more than {MASKED_LIMIT}: from {row['file']}:{row['line']} ({row['function']})"
            for row in gathered["masked"] if row["bound"] > MASKED_LIMIT]


def stacks(gathered):
    """Stacks that may be too small."""
    return [f"stack '{name}': {row['need']} bytes may be needed, {row['size']} are there"
            for name, row in gathered["stack"].items() if name != "threads" and row["need"] > row["size"]]


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
        with open(os.path.join(ROOT, budget.FILE), encoding="utf-8") as file:
            budgets = budget.parse(file.read())
    except FileNotFoundError:
        return [f"no {budget.FILE}; ./genrt bounds --update writes it"]
    except budget.BudgetError as error:
        return [str(error)]
    return budget.differences(budget.of(gathered), budgets.get(toolchain, {}))


def same_everywhere(one, other):
    """The kernel's objects are the same in two images, so the bounds of what both have must be."""
    return [f"{name}: {row['bound']} in {one['image']}, {other['functions'][name]['bound']} in {other['image']}"
            for name, row in one["functions"].items()
            if name in other["functions"] and row["bound"] != other["functions"][name]["bound"]]


def static(analysis, gathered, is_release=True):
    """All that can be said without a run. A debug build looks at more than it may while masked."""
    return refusals(gathered) + (masked(gathered) if is_release else []) + stacks(gathered) + certificates(analysis)


def read_reasons():
    """{entry or function: why its bound is further from what was seen}, from tests/evidence/reasons.txt."""
    try:
        with open(os.path.join(ROOT, REASONS), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return {}
    pairs = [line.split(":", 1) for line in lines if line.strip() and not line.startswith("#")]
    return {name.strip(): reason.strip() for name, reason in pairs if reason.strip()}


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
