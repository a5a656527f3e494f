#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stacks of threads: what each entry that BOUND_STACK names may need at most, against the class it gets.

    threads.py IMAGE.elf     a line for each; exit status 1 if one may need more than there is

What is counted: the entry with all that it calls, and what a masking call looks for below SP. Not the report of a panic,
which ends the machine, nor that of the thread's own fault, which makes its own room. Where the depth cannot be told
(recursion, a stack of varying size, a call through a pointer without a mark), the line says why.
"""

import os
import re
import sys

import a64
import elf
from analysis import Analysis
from facts import Refusal
from stack import Depth, Stack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class ThreadStack(Stack):
    """Depths of what may run for ever: of all that does not come back, panics alone are left out."""

    def depth(self, address):
        return Depth() if address in self._panics else self._known(address)


def sizes(root):
    """Bytes of the stack classes of config.h, ascending."""
    with open(os.path.join(root, "config.h"), encoding="utf-8") as file:
        text = file.read()
    base = re.search(r"#define CONFIG_STACK_BASE_SIZE\s+(\d+)", text)
    classes = re.search(r"#define CONFIG_STACK_CLASSES((?:.*\\\n)*.*)\n", text)
    return [int(base[1])] + sorted(int(size) for size in re.findall(r"\{\s*\\?\s*(\d+),", classes[1]))


def class_for(asked, classes):
    """What a spawn that asks for so many bytes gets; 0 if there is no such class."""
    return next((size for size in classes if size >= asked), 0)


def probe(image):
    """The most bytes below SP that a masking call looks for."""
    words = (image.word(address) for function in image.symbols.functions for address in range(function.address, function.end, 4))
    return max((distance or 0 for distance in map(a64.probes_below_stack, words)), default=0)


def rows(analysis, lines, root):
    """A dictionary for each thread that is named: name, place, need (None: not told, and `why`), size."""
    image, found, classes = analysis.image, [], sizes(root)
    stack, below = ThreadStack(analysis, lines, report=False), probe(image) if analysis.facts.stacks else 0
    for mark in analysis.facts.stacks:
        function = image.by_address.get(mark.target)
        row = {"name": function.name if function else hex(mark.target), "place": f"{mark.name.rsplit(':', 1)[0]}:{mark.line}",
               "need": None, "size": class_for(mark.number, classes)}
        try:
            row["need"] = stack.depth(mark.target).own + below if function else None
            row["why"] = None if function else "no function"
        except Refusal as refusal:
            row["why"] = f"{image.place(refusal.address)}: {refusal.text}"
        found.append(row)
    return sorted(found, key=lambda row: row["name"])


def text(row):
    """A line."""
    if row["need"] is None:
        return f"stack of thread {row['name']}: not told: {row['why']}"
    return f"stack of thread {row['name']}: {row['need']} of {row['size']} bytes"


def too_small(found):
    """Lines for threads that may need more than they have."""
    return [f"{row['place']}: thread {row['name']} " +
            (f"may need {row['need']} bytes of stack, its class has {row['size']}" if row["size"] else "asks for a larger stack than there is")
            for row in found if row["need"] is not None and row["need"] > row["size"]]


def main():
    sys.setrecursionlimit(10000)
    try:
        image = elf.Image(sys.argv[1])
        analysis = Analysis(image)
        found = rows(analysis, elf.Lines(image, ROOT), ROOT)
    except (elf.ElfError, Refusal) as error:
        print(f"threads: {error}", file=sys.stderr)
        return 2
    problems = too_small(found)
    print("\n".join([text(row) for row in found] + [f"warning: {line}" for line in problems] or ["no thread is named"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
