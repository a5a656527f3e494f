#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Words that have no place in the tree: promises to do it later, and what means nothing on another machine.

The patterns are written in pieces, so that this file does not find itself.
"""

import re
import sys

import source_tree

FORBIDDEN = (
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "do it now, or leave it to the plan"),
    (re.compile(r"(?<![\w.])/(wo" r"rk|ho" r"me|ro" r"ot|Us" r"ers)/\w"), "a path of one machine"),
    (re.compile(r"\bissue\s*#?\d|\bissues/\d|(?<!\w)#\d+\s+(in|of) the tracker", re.IGNORECASE), "the number of an issue"),
    (re.compile(r"\b(cla" r"ude|anthr" r"opic|chat" r"gpt)\b", re.IGNORECASE), "a tool of the workplace"),
    (re.compile(r"^(<{7}|>{7})( |$)"), "a conflict left by a merge"),
)
# What is text here. Whatever is not, is no place for words.
TEXT = (".c", ".h", ".S", ".py", ".sh", ".mk", ".md", ".txt", ".json", ".yml", ".js", ".css", ".html")


def is_text(path):
    return path.endswith(TEXT) or path in ("Makefile", "genrt", ".ci/run", "LICENSE", ".gitignore", ".clang-format")


def check(root):
    """All violations in the tree, as "path:line: what"."""
    violations = []
    for path in source_tree.files(root, is_text):
        # Names every path of this machine, and is not in git.
        if path == "compile_commands.json":
            continue
        for number, line in enumerate(source_tree.read(root, path).split("\n"), 1):
            for pattern, reason in FORBIDDEN:
                match = pattern.search(line)
                if match:
                    violations.append(f"{path}:{number}: '{match.group(0)}': {reason}")
    return violations


if __name__ == "__main__":
    sys.exit(source_tree.report(check(source_tree.root_from_arguments())))
