#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds every #include to the table in mk/layers.txt.

An include in quotes is a path from the root, and may go down or to a named neighbour. What is in angle brackets
is the compiler's own (freestanding headers), except for arch_inline/, which only the contract's headers may open,
and except where the host's headers are at home. NAME_internal.h is for its directory, for tests and for the
tables of the composition.
"""

import os
import re
import sys

import source_tree

LAYERS = "mk/layers.txt"
FREESTANDING = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h", "stdalign.h", "limits.h"}
# Programs of the host, which may use all of its C library.
HOST_ROOMS = ("arch/hosted/", "tests/unit/", "tests/sim/", "tests/fuzz/", "tests/support/", "tests/evidence/search/",
              "tests/schedulability/", "tools/observe/", "user/")
# Who may open a NAME_internal.h from outside its directory: tests, and the tables, whose entries nobody else calls.
INSIDERS = ("tests/", "kernel/tables/")
# Applications as they are written outside this tree: their own files are beside each other.
OUTSIDE = "examples/"
# The one header that the build makes; .S files of the architecture include it.
GENERATED = {"generated/asm_offsets.h": "arch/aarch64"}

_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]*)"|<([^>]*)>|(\S+))', re.MULTILINE)


class LayersError(Exception):
    """mk/layers.txt itself is wrong."""


class Layers:
    """The table: floors of rooms, and who may see whom on one floor."""

    def __init__(self, text):
        self.floor, self.neighbours = {}, {}
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split("#", 1)[0].split()
            if not words:
                continue
            if len(words) < 2 or not words[0].isdigit() or (len(words) > 2 and (words[2] != "->" or len(words) == 3)):
                raise LayersError(f"{LAYERS}:{number}: not FLOOR ROOM [-> NEIGHBOUR...]")
            if words[1] in self.floor:
                raise LayersError(f"{LAYERS}:{number}: room {words[1]} stands twice")
            self.floor[words[1]] = int(words[0])
            self.neighbours[words[1]] = words[3:]
        self._check_neighbours()

    def _check_neighbours(self):
        for room, others in self.neighbours.items():
            for other in others:
                if self.floor.get(other) != self.floor[room]:
                    raise LayersError(f"{LAYERS}: {room} -> {other}: not a room on the same floor")
        done = set()

        def visit(room, path):
            if room in path:
                raise LayersError(f"{LAYERS}: neighbours in a circle: {' -> '.join([*path, room])}")
            if room not in done:
                for other in self.neighbours[room]:
                    visit(other, [*path, room])
                done.add(room)

        for room in self.floor:
            visit(room, [])

    def room_of(self, path):
        """The room a path is in, or None."""
        fitting = [room for room in self.floor if path == room or path.startswith(room + "/")]
        if os.path.dirname(path) + "/*" in self.floor and path not in self.floor:
            fitting.append(os.path.dirname(path) + "/*")
        return max(fitting, key=len, default=None)

    def may_include(self, room, other):
        return room == other or self.floor[other] < self.floor[room] or other in self.neighbours[room]


def _check_quoted(layers, root, path, name):
    """None, or what is wrong with #include "name" in path."""
    room = layers.room_of(path)
    if name in GENERATED:
        return None if path.startswith(GENERATED[name] + "/") and path.endswith(".S") else "only .S files of the architecture"
    if path.startswith(OUTSIDE) and "/" not in name and os.path.isfile(os.path.join(root, os.path.dirname(path), name)):
        return None
    if not os.path.isfile(os.path.join(root, name)):
        return "not a path from the root"
    if os.path.normpath(name) != name:
        return "a path with detours"
    if name.endswith("_internal.h") and os.path.dirname(name) != os.path.dirname(path) and not path.startswith(INSIDERS):
        return "internal to its directory"
    if "/arch_inline/" in name and not path.startswith(name.split("/arch_inline/")[0] + "/"):
        return "arch_inline is reached through the contract's headers"
    other = layers.room_of(name)
    if other is None:
        return f"in no room of {LAYERS}"
    if not layers.may_include(room, other):
        return f"{room} (floor {layers.floor[room]}) may not see {other} (floor {layers.floor[other]})"
    return None


def _check_angled(path, name):
    if name.startswith("arch_inline/"):
        inside = re.fullmatch(r"arch/[^/]*\.h|arch/[^/]*/arch_inline/.*", path)
        return None if inside else "arch_inline is reached through the contract's headers"
    if path.startswith(HOST_ROOMS) or name in FREESTANDING:
        return None
    return "not a freestanding header"


def check(root):
    """All violations in the tree, as "path:line: what"."""
    layers = Layers(source_tree.read(root, LAYERS))
    violations = []
    for path in source_tree.c_files(root):
        if layers.room_of(path) is None:
            violations.append(f"{path}:1: in no room of {LAYERS}")
            continue
        text = source_tree.without_comments(source_tree.read(root, path))
        for match in _INCLUDE.finditer(text):
            quoted, angled, computed = match.groups()
            if quoted is not None:
                problem = _check_quoted(layers, root, path, quoted)
            elif angled is not None:
                problem = _check_angled(path, angled)
            else:
                problem = "an include that only the preprocessor can read"
            if problem:
                line = text.count("\n", 0, match.start(match.lastindex)) + 1
                violations.append(f"{path}:{line}: #include {quoted or angled or computed}: {problem}")
    return violations


def main():
    try:
        return source_tree.report(check(source_tree.root_from_arguments()))
    except LayersError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
