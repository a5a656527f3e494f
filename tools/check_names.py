#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names and shape of files, as far as a small tool can see them.

  - the first line (after #!) is the SPDX line; in C the next one opens the comment that tells the file's idea
  - no file of source over 500 lines; of tests, which are lists, over 1,000
  - nothing weak, no linker-section hooks outside arch/ and user/: what is linked is named
  - a function declared in room/foo_bar.h begins with foo_ (or is foo), or with the name of a struct or typedef of
    that header; in arch/, with arch_. What has to be called otherwise stands in mk/names.txt; foo_internal.h is free
"""

import os
import re
import sys

import source_tree

NAMES = "mk/names.txt"
MAX_LINES, MAX_LINES_OF_TESTS = 500, 1000
SPDX = "SPDX-License-Identifier: MIT"
# Test frameworks and hosts' glue name things as their tests read best.
FREE_NAMES = ("tests/", "bench/", "services/", "examples/")


def has_spdx(path):
    """Whether a path is of a kind that must carry the line."""
    return path.endswith((".c", ".h", ".S", ".py", ".sh", ".mk", ".js", ".css")) or path in ("Makefile", "genrt", ".ci/run")


def parse_names(text):
    """{header: [prefix or name]} of mk/names.txt."""
    allowed = {}
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if words:
            allowed.setdefault(words[0], []).extend(words[1:])
    return allowed


def _top_level(text):
    """The declarations at file scope: texts up to a ; or {, bodies left out. Preprocessor lines are dropped."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group(0).count("\n"), text,
                  flags=re.MULTILINE)
    depth, begin = 0, 0
    for index, letter in enumerate(text):
        if letter == "{":
            if depth == 0:
                yield text[begin:index], text.count("\n", 0, index) + 1
            depth += 1
        elif letter == "}":
            depth -= 1
            begin = index + 1
        elif letter == ";" and depth == 0:
            yield text[begin:index], text.count("\n", 0, index) + 1
            begin = index + 1


def functions(text):
    """(name, line) of each function declared or defined at file scope. text: without comments."""
    for declaration, line in _top_level(text):
        declaration = re.sub(r"__attribute__\s*\(\(.*?\)\)(?!\))|_Static_assert\s*\(.*", " ", declaration, flags=re.DOTALL)
        if re.match(r"\s*typedef\b", declaration) or "=" in declaration:
            continue
        match = re.search(r"\b([a-z_][A-Za-z0-9_]*)\s*\(", declaration)
        # A type before it, or it is a macro's use.
        if match and declaration[:match.start()].strip() and "(" not in declaration[:match.start()]:
            yield match.group(1), line


def _own_prefixes(path, text):
    stem = os.path.basename(path)[:-len(".h")]
    types = re.findall(r"\b(?:struct|union|enum)\s+(\w+)\s*\{", text)
    types += re.findall(r"\}\s*(?:\w+\s*\([^)]*\)\s*)?(\w+)_t\s*;", text) + re.findall(r"^typedef\b[^;{]*\b(\w+)_t;", text, re.MULTILINE)
    return [stem, stem.split("_")[0], *(name.removesuffix("_t") for name in types)]


def check_functions(path, text, allowed):
    """text: a header's, without comments."""
    if path.startswith("arch/"):
        if "/arch_inline/" not in path and path.count("/") > 1:
            return
        own = ["arch", "hosted", *_own_prefixes(path, text)]
    else:
        own = _own_prefixes(path, text)
    for name, line in functions(text):
        fits = any(name == prefix or name.startswith(prefix + "_") for prefix in own)
        for entry in allowed.get(path, []):
            fits = fits or name == entry or (entry.endswith("_") and name.startswith(entry))
        if not fits:
            yield f"{path}:{line}: {name}: begins with none of {', '.join(sorted(set(prefix + '_' for prefix in own)))}"


def check_file(path, text, allowed):
    """The violations of one file."""
    lines = text.split("\n")
    if has_spdx(path):
        first = 1 if lines[0].startswith("#!") else 0
        if len(lines) <= first or SPDX not in lines[first]:
            yield f"{path}:{first + 1}: no SPDX line"
        elif path.endswith(source_tree.C_SUFFIXES) and not lines[first + 1].startswith(("/*", "//")):
            yield f"{path}:{first + 2}: no comment that tells the file's idea"
    limit = MAX_LINES_OF_TESTS if path.startswith("tests/") else MAX_LINES
    if has_spdx(path) and len(lines) - 1 > limit:
        yield f"{path}:{len(lines) - 1}: {len(lines) - 1} lines, at most {limit}"
    if not path.endswith(source_tree.C_SUFFIXES):
        return
    bare = source_tree.without_comments(text)
    for number, line in enumerate(bare.split("\n"), 1):
        if re.search(r"\b(__weak__|weak|weakref|__weak)\b|^\s*\.weak\b", re.sub(r'"[^"]*"', '""', line)):
            yield f"{path}:{number}: weak symbol"
        if re.search(r"__start_\w+|__stop_\w+|\b(constructor|init_array)\b", line) and not path.startswith(("tests/", "arch/", "user/")):
            yield f"{path}:{number}: linker-section hook"
    if path.endswith(".h") and not path.endswith("_internal.h") and not path.startswith(FREE_NAMES):
        yield from check_functions(path, bare, allowed)


def check(root):
    """All violations in the tree, as "path:line: what"."""
    names_file = os.path.join(root, NAMES)
    allowed = parse_names(source_tree.read(root, NAMES)) if os.path.exists(names_file) else {}
    violations = [f"{NAMES}: {path}: no such header" for path in allowed
                  if not os.path.exists(os.path.join(root, path))]
    for path in source_tree.files(root, lambda path: has_spdx(path) or path.endswith(source_tree.C_SUFFIXES)):
        violations += check_file(path, source_tree.read(root, path), allowed)
    return violations


if __name__ == "__main__":
    sys.exit(source_tree.report(check(source_tree.root_from_arguments())))
