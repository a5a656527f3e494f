# SPDX-License-Identifier: MIT
"""The budget: the bounds of a release build as they were agreed upon, in one file, bounds.budget.

A line: TOOLCHAIN NAME BOUND. Any difference fails a check until the file is written anew in the same commit, so a
rise is seen in its diff, and a fall is kept.
"""

FILE = "bounds.budget"
MASKED = "masked_max"
HEADER = """\
# What each way into the kernel costs at most, in instructions, in a release build: TOOLCHAIN NAME BOUND.
# Derived from the linked image; written by ./genrt bounds --update. A change belongs into the commit that causes it.
"""


class BudgetError(Exception):
    """A line that is no line of a budget."""


def parse(text):
    """{toolchain: {name: bound}}"""
    budgets = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) < 3 or not (words[-1].isascii() and words[-1].isdigit()):
            raise BudgetError(f"{FILE}:{number}: not 'TOOLCHAIN NAME BOUND'")
        name = " ".join(words[1:-1])
        if name in budgets.setdefault(words[0], {}):
            raise BudgetError(f"{FILE}:{number}: {name} stands twice")
        budgets[words[0]][name] = int(words[-1])
    return budgets


def read(path):
    """What the file says, {toolchain: {name: bound}}; None if there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BudgetError(f"{FILE}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BudgetError(f"{FILE}: not a text") from error


def text(budgets):
    """The file."""
    lines = [f"{toolchain} {name} {bound}" for toolchain, bounds in sorted(budgets.items()) for name, bound in sorted(bounds.items())]
    return HEADER + "\n".join(lines) + "\n"


def of(gathered):
    """What an image asks for: {name: bound}."""
    bounds = {name: entry["bound"] for name, entry in gathered["entries"].items() if entry["kind"] != "fatal"}
    bounds[MASKED] = gathered["masked"][0]["bound"] if gathered["masked"] else 0
    return bounds


def differences(bounds, agreed):
    """One line for each bound that is not as agreed."""
    lines = []
    for name in sorted(set(bounds) | set(agreed)):
        if name not in agreed:
            lines.append(f"{name}: {bounds[name]}, new; not in {FILE}")
        elif name not in bounds:
            lines.append(f"{name}: gone; {FILE} says {agreed[name]}")
        elif bounds[name] != agreed[name]:
            word = "risen" if bounds[name] > agreed[name] else "fallen"
            lines.append(f"{name}: {bounds[name]}, {word} from {agreed[name]} in {FILE}")
    return lines
