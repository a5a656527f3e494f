#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every public call is swept and has a figure: its name stands in tests/sweep/ and in bench/, or a line of
tests/evidence/exempt.txt says why not.

A line: sweep|bench PATTERN: reason, where * in a pattern stands for anything. A line that exempts nothing is an error.
Calls of mailboxes are also found by their typed names (mailbox_receive_until: NAME_recv, NAME_recv_until, ...).
"""

import fnmatch
import os
import re
import sys

import source_tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "bounds"))
import headers  # noqa: E402

EXEMPT = os.path.join("tests", "evidence", "exempt.txt")
ROOMS = {"sweep": "tests/sweep/", "bench": "bench/"}
_LINE = re.compile(r"(sweep|bench) ([\w*]+): (\S.*)")


def exemptions(root):
    """[(what, pattern, line number)], and lines that are none."""
    rows, wrong = [], []
    for number, line in enumerate(source_tree.read(root, EXEMPT).splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match:
            rows.append((match[1], match[2], number))
        elif line.strip() and not line.startswith("#"):
            wrong.append(f"{EXEMPT}:{number}: not 'sweep|bench PATTERN: reason'")
    return rows, wrong


def names_of(call):
    """A pattern for the names that a call is made by."""
    typed = re.fullmatch(r"mailbox_(\w+?)(_until)?", call)
    if typed:
        verb = typed[1].replace("receive", "recv")
        return re.compile(rf"\b(?:{call}|\w+_{verb}(?:_until|_ticks|_us|_ms)?)\(")
    return re.compile(rf"\b{call}\b")


def check(root):
    """Lines for calls that are neither there nor exempt, and for exemptions that nothing needs."""
    rows, lines = exemptions(root)
    needed = set()
    for what, room in ROOMS.items():
        text = "\n".join(source_tree.read(root, path) for path in
                         source_tree.files(root, lambda path, room=room: path.startswith(room) and path.endswith((".c", ".h"))))
        for call in headers.public_calls(root):
            if names_of(call.name).search(text):
                continue
            fitting = [row for row in rows if row[0] == what and fnmatch.fnmatchcase(call.name, row[1])]
            needed |= set(fitting)
            if not fitting:
                lines.append(f"{call.header}:{call.line}: {call.name} is not in {room}, and no line of {EXEMPT} says why")
    return lines + [f"{EXEMPT}:{number}: '{what} {pattern}' exempts nothing" for what, pattern, number in rows
                    if (what, pattern, number) not in needed]


if __name__ == "__main__":
    sys.exit(source_tree.report(check(source_tree.root_from_arguments())))
