# SPDX-License-Identifier: MIT
"""What the checkers share: walking the tree, and looking at C without its comments and strings."""

import os
import re
import sys

SKIPPED = {".git", "build", "__pycache__"}
C_SUFFIXES = (".c", ".h", ".S")


def files(root, wanted):
    """Paths relative to root, sorted, for which wanted(path) is true. Nothing that was built, nothing of git."""
    found = []
    for directory, below, names in os.walk(root):
        below[:] = sorted(name for name in below if name not in SKIPPED)
        for name in sorted(names):
            path = os.path.relpath(os.path.join(directory, name), root)
            if wanted(path):
                found.append(path)
    return found


def c_files(root):
    return files(root, lambda path: path.endswith(C_SUFFIXES))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text):
    """The text with every comment blanked, lines kept where they are. Strings are stepped over, not searched."""
    def blank(match):
        found = match.group(0)
        return re.sub(r"[^\n]", " ", found) if found.startswith("/") else found

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.DOTALL)


def report(violations):
    """Prints them, one a line; returns the exit status."""
    for violation in violations:
        print(violation)
    return 1 if violations else 0


def root_from_arguments():
    """The tree to check: the first argument, else the one this file is in."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
