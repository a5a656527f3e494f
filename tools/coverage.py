#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which of the analysed code was ever executed: coverage.py TOOLCHAIN DIR OUT

What is in question are the blocks of tools/bounds that some bound rests on, in the release images. A block is
executed if any run of any image below DIR (tools/observe) executed all of it. Images share code: a function of the
same file, name and words counts as one, relocated parts apart; so a debug build's runs count for what is the same in
it.

A block that nothing executed needs a line `FILE:FUNCTION: reason` in tests/evidence/unexecuted.txt: a function of the
source that the block belongs to, be it by inlining. `FILE:FUNCTION (clang): reason` if only that compiler makes such
a block. A line that nothing needs is an error too.

OUT/TOOLCHAIN.info is a tracefile of lcov; a page is made of it where genhtml is there (Debian's package lcov).
"""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict

import agreement
import qemu

for room in ("bounds", "observe"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), room))
import a64  # noqa: E402
import elf  # noqa: E402
import gather  # noqa: E402
import merge  # noqa: E402
import paths  # noqa: E402
import verdict  # noqa: E402
from analysis import Analysis  # noqa: E402
from facts import Refusal  # noqa: E402

UNEXECUTED = os.path.join("tests", "evidence", "unexecuted.txt")
_LINE = re.compile(r"(?P<file>[^:\s]+):(?P<function>\w+)(?: \((?P<toolchain>gcc|clang)\))?: (?P<reason>\S.*)")
_DIRECT = (a64.JUMP, a64.BRANCH, a64.CALL)


class CoverageError(Exception):
    """A line of the list that is none."""


# --- Code that is the same in two images ---------------------------------------------------------------

def _without_relocated(word, address, function):
    """An instruction without what the linker may have put in: where another function or an object is."""
    step = a64.decode(word, address)
    if step.kind in _DIRECT and not function.address <= step.target < function.end:
        return word & 0xfc000000 if step.kind != a64.BRANCH else word & ~0xffffe0
    if word >> 24 & 0x1f == 0x10:  # adr, adrp
        return word & 0x9f00001f
    if word >> 23 == 0x122 or word >> 24 & 0x3b == 0x39:  # add; load or store, with the lower part of an address
        return word & ~0x3ffc00
    return word


class Code:
    """A function in one form, which several images may share; it begins at `line` of the file. Places in it are offsets.
    `image`, `start`: where it is in one of them. A block without instructions is a conditional branch out of the
    function, taken."""

    def __init__(self, file, name, line, image, start):
        self.file, self.name, self.line, self.image, self.start = file, name, line, image, start
        self.blocks = {}                  # key -> (offset, size)
        self.branches = set()             # offsets of conditional ones
        self.lines = {}                   # offset -> (file, line)
        self.executed = defaultdict(int)  # offset -> times
        self.taken = defaultdict(int)     # offset of a branch -> times
        self.in_question = False

    def times(self, key):
        """How often all of a block was executed."""
        offset, size = self.blocks[key]
        if not size:
            return self.taken[offset]
        return min(self.executed[at] for at in range(offset, offset + size, 4))

    def addresses_of(self, key):
        """Those of a block's instructions in `image`, the branch's if it has none."""
        offset, size = self.blocks[key]
        return range(self.start + offset, self.start + offset + max(size, 4), 4)


class Codes:
    """All of them, by file and name and then by words."""

    def __init__(self):
        self.named = defaultdict(dict)

    def all(self):
        return [code for forms in self.named.values() for code in forms.values()]

    def add_image(self, path, directory, in_question):
        """What an image has, and what its runs executed of it."""
        image = elf.Image(path)
        analysis, lines = Analysis(image), elf.Lines(image, verdict.ROOT)
        if verdict.is_counting(analysis):
            return
        seen = merge.merge(directory, path)
        kernel = gather.Gatherer(analysis, lines, {}, {}).kernel
        # The outermost frame is the function's own, whatever its first instruction was inlined from.
        own = {address: stack[-1] for address, stack in frames(path, [function.address for function in kernel]).items()}
        for function in kernel:
            blocks = _in_a_bound(analysis, function)
            if blocks:
                code = self._code(image, lines, function, own[function.address], blocks)
                code.in_question |= in_question
                _count(code, image, function, seen)

    def _code(self, image, lines, function, frame, blocks):
        name, file, line = frame
        if name == "??":
            name, (file, line) = function.name.split(" (")[0], lines.of(function.address)
        words = tuple(_without_relocated(image.word(at), at, function) for at in range(function.address, function.end, 4))
        forms = self.named[file, name]
        if words not in forms:
            forms[words] = Code(file, name, line, image, function.address)
            _describe(forms[words], lines, blocks)
        return forms[words]


def _in_a_bound(analysis, function):
    """The blocks that the bound of a function rests on; none if it has no bound."""
    try:
        analysis.bound(function.address)
        graph = analysis.graph(function.address)
    except Refusal:
        return {}
    nodes, sinks = analysis.nodes(graph, lambda block: ())
    return {key: graph.blocks[key] for key in paths.Problem(function.name, nodes, function.address, sinks, analysis.facts).nodes}


def _describe(code, lines, blocks):
    """Fills in what does not depend on runs."""
    for key, block in blocks.items():
        if isinstance(key, tuple):
            code.blocks["taken", key[1] - code.start] = key[1] - code.start, 0
            continue
        code.blocks[key - code.start] = key - code.start, block.end - key
        code.lines.update({at - code.start: lines.of(at) for at in range(key, block.end, 4)})
        last = block.end - 4
        if a64.decode(code.image.word(last), last).kind == a64.BRANCH:
            code.branches.add(last - code.start)


def _count(code, image, function, seen):
    """Adds what the runs of an image executed of it."""
    for offset in code.lines:
        code.executed[offset] += seen["executed"].get(function.address + offset, 0)
    for offset in code.branches:
        at = function.address + offset
        code.taken[offset] += seen["edges"].get((at, a64.decode(image.word(at), at).target), 0)


# --- What was not executed -----------------------------------------------------------------------------

def judge(codes):
    """(blocks in question, [(code, key)] of those that nothing executed)"""
    asked = [(code, key) for code in codes.all() if code.in_question for key in sorted(code.blocks, key=str)]
    return len(asked), [(code, key) for code, key in asked if not code.times(key)]


def frames(path, addresses):
    """{address: [(function, file, line)]}, the innermost of the inlined functions first."""
    text = "".join(f"{address:#x}\n" for address in addresses)
    done = subprocess.run(["aarch64-linux-gnu-addr2line", "-a", "-f", "-i", "-e", path], input=text, text=True,
                          capture_output=True, check=True)
    found, address, words = {}, None, []
    for line in done.stdout.splitlines():
        if re.fullmatch(r"0x[0-9a-f]{16}", line):
            address, words = int(line, 16), []
            found[address] = []
            continue
        words.append(line)
        if len(words) == 2:
            file, _, number = words[1].split(" ")[0].rpartition(":")
            file = file.removeprefix(verdict.ROOT.rstrip("/") + "/").removeprefix("./")
            found[address].append((words[0], file, int(number) if number.isdigit() else 0))
            words = []
    return found


class Missing:
    """A block that nothing executed: where, and the functions of the source that it belongs to."""

    def __init__(self, code, key, its_frames):
        offset, size = code.blocks[key]
        self.owners = {(code.file, code.name)}
        for address in code.addresses_of(key):
            self.owners |= {(file, name) for name, file, _ in its_frames[address]}
        file, line = code.lines[offset]
        what = f"{size // 4} instructions never executed" if size else "a branch never taken"
        self.text = f"{file}:{line}: {code.name}+{offset:#x}: {what}"


def describe(missing):
    """[Missing] of [(code, key)]."""
    wanted = defaultdict(set)
    for code, key in missing:
        wanted[code.image.path].update(code.addresses_of(key))
    known = {path: frames(path, sorted(addresses)) for path, addresses in wanted.items()}
    return [Missing(code, key, known[code.image.path]) for code, key in missing]


# --- The list of reasons ---------------------------------------------------------------------------------

def parse_reasons(text, toolchain):
    """{(file, function): line number} of the list, as far as it is for this toolchain."""
    known = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise CoverageError(f"{UNEXECUTED}:{number}: not FILE:FUNCTION: reason")
        if match["toolchain"] in (None, toolchain):
            if (match["file"], match["function"]) in known:
                raise CoverageError(f"{UNEXECUTED}:{number}: {match['file']}:{match['function']} stands twice")
            known[match["file"], match["function"]] = number
    return known


def held_against(missing, reasons):
    """Lines for blocks without a reason, and for reasons without a block."""
    used = {owner for each in missing for owner in each.owners}
    lines = [each.text for each in missing if not each.owners & set(reasons)]
    lines += [f"{UNEXECUTED}:{number}: {file}:{function}: nothing needs this line"
              for (file, function), number in reasons.items() if (file, function) not in used]
    return lines


# --- The tracefile of lcov -------------------------------------------------------------------------------

class Trace:
    """Counts by source line."""

    def __init__(self, codes):
        self.lines = defaultdict(lambda: defaultdict(int))      # file -> line -> times
        self.functions = defaultdict(dict)                      # file -> name -> (line, times)
        self.branches = defaultdict(lambda: defaultdict(list))  # file -> line -> [(not taken, taken)]
        for code in codes:
            self._add(code)

    def _add(self, code):
        most = defaultdict(int)
        for offset, place in code.lines.items():
            most[place] = max(most[place], code.executed[offset])
        for (file, line), times in most.items():
            self.lines[file][line] += times
        _, times = self.functions[code.file].get(code.name, (0, 0))
        self.functions[code.file][code.name] = code.line, times + code.executed[0]
        for offset in sorted(code.branches):
            file, line = code.lines[offset]
            self.branches[file][line].append((max(0, code.executed[offset] - code.taken[offset]), code.taken[offset]))

    def text(self):
        """The tracefile. Lines that no source is known of are left out."""
        out = ["TN:"]
        for file in sorted(self.lines):
            if not os.path.exists(os.path.join(qemu.ROOT, file)):
                continue
            out.append(f"SF:{os.path.join(qemu.ROOT, file)}")
            functions = sorted((line, name, times) for name, (line, times) in self.functions[file].items())
            out += [f"FN:{line},{name}" for line, name, _ in functions]
            out += [f"FNDA:{times},{name}" for _, name, times in functions]
            out += [f"FNF:{len(functions)}", f"FNH:{sum(times > 0 for *_, times in functions)}"]
            out += self._branches(file)
            lines = sorted((line, times) for line, times in self.lines[file].items() if line)
            out += [f"DA:{line},{times}" for line, times in lines]
            out += [f"LF:{len(lines)}", f"LH:{sum(times > 0 for _, times in lines)}", "end_of_record"]
        return "\n".join(out) + "\n"

    def _branches(self, file):
        rows = [(line, number, way, times, sum(pair)) for line, pairs in sorted(self.branches[file].items()) if line
                for number, pair in enumerate(pairs) for way, times in enumerate(pair)]
        taken = sum(times > 0 for *_, times, _ in rows)
        return [f"BRDA:{line},{number},{way},{times if come_by else '-'}" for line, number, way, times, come_by in rows] \
            + [f"BRF:{len(rows)}", f"BRH:{taken}"]


def make_page(info, directory):
    """Runs genhtml, if it is there; says what came of it."""
    if not shutil.which("genhtml"):
        return "no page: genhtml is not here (package lcov)"
    shutil.rmtree(directory, ignore_errors=True)
    done = subprocess.run(["genhtml", "--quiet", "--branch-coverage", "--prefix", qemu.ROOT, "--title", os.path.basename(info),
                           "-o", directory, info], capture_output=True, text=True, check=False)
    return f"page: {directory}/index.html" if done.returncode == 0 else f"no page: genhtml: {done.stderr.strip()}"


def read_images(toolchain, directory):
    """The Codes of all images that left an account; those of the release build are in question."""
    codes = Codes()
    for path, _ in agreement.images(directory):
        codes.add_image(path, directory, os.path.basename(os.path.dirname(path)) == f"{toolchain}-release")
    return codes


def main():
    os.chdir(qemu.ROOT)
    sys.setrecursionlimit(10000)
    toolchain, directory, out = sys.argv[1:]
    codes = read_images(toolchain, directory)
    total, missing = judge(codes)
    with open(UNEXECUTED, encoding="utf-8") as file:
        reasons = parse_reasons(file.read(), toolchain)
    described = describe(missing)
    lines = held_against(described, reasons)
    os.makedirs(out, exist_ok=True)
    info, unexecuted = (os.path.join(out, f"{toolchain}{end}") for end in (".info", "-unexecuted.txt"))
    with open(info, "w", encoding="utf-8") as file:
        file.write(Trace(codes.all()).text())
    with open(unexecuted, "w", encoding="utf-8") as file:
        file.writelines(f"{each.text}\n" for each in described)
    print("\n".join(lines))
    print(make_page(info, os.path.join(out, toolchain)))
    print(f"{len(lines)} to mend; {len(reasons)} reasons in {UNEXECUTED} for what is in {unexecuted}")
    print(f"{total - len(missing)} of {total} analysed blocks executed ({100 * (total - len(missing)) / max(total, 1):.1f} %)")
    return 1 if lines or not total else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CoverageError, merge.MergeError, elf.ElfError, Refusal) as error:
        sys.exit(str(error))
