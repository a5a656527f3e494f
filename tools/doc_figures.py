# SPDX-License-Identifier: MIT
"""Numbers in docs/realtime.md: in its tables, whose columns `seen` and `bound` name figures and bounds, as they are now.

A cell: `name` number, `name` number. What is seen comes from bench/golden.json, bounds of GCC's build from bounds.budget.
`./genrt bench --update` and `./genrt bounds --update` write the document anew; a test compares it.
"""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "bounds"))
import budget  # noqa: E402

DOCUMENT = os.path.join("docs", "realtime.md")
GOLDEN = os.path.join("bench", "golden.json")
TOOLCHAIN = "gcc"
_NUMBER = re.compile(r"`([^`]+)` ([\d,.]*\d)")


def shown(name, figure):
    """The one number there is room for: in rows named _max the worst, else the mean."""
    return f"{figure['max' if name.endswith('_max') else 'mean']:,}"


def numbers(root):
    """{column: {name: number as it is printed}}"""
    with open(os.path.join(root, GOLDEN), encoding="utf-8") as file:
        figures = json.load(file)["figures"]
    bounds = budget.read(os.path.join(root, budget.FILE)) or {}
    return {"seen": {name: shown(name, figure) for name, figure in figures.items()},
            "bound": {name: f"{bound:,}" for name, bound in bounds.get(TOOLCHAIN, {}).items()}}


def _filled(cell, known):
    def now(match):
        if match[1] not in known:
            raise LookupError(f"{DOCUMENT}: nothing is known of '{match[1]}'")
        return f"`{match[1]}` {known[match[1]]}"
    return _NUMBER.sub(now, cell)


def fill(text, known):
    """The document with every number as it is now; LookupError for one that is not known."""
    lines, heads = [], []
    for line in text.split("\n"):
        row = line.split("|")
        if len(row) < 3:
            heads = []
        elif not heads:
            heads = [head.strip() for head in row]
        else:
            line = "|".join(_filled(cell, known[head]) if head in known else cell for head, cell in zip(heads, row, strict=True))
        lines.append(line)
    return "\n".join(lines)


def write(root):
    """Writes the document anew; what is not known is told, and nothing written."""
    path = os.path.join(root, DOCUMENT)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        text = fill(text, numbers(root))
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
