#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which of the analysed code was ever executed: coverage.py TOOLCHAIN DIR OUT

What is in question are the blocks of tools/bounds that some bound rests on, in the release images. A block is
executed if any run of any image below DIR (tools/observe) executed all of it. Images share code: a function of the
same file, name and words counts as one, relocated parts apart. Where another build has other words for a function, a
block counts as executed if the lines that only this block has were executed there.

What nothing executed is listed in OUT/TOOLCHAIN-unexecuted.txt, and its share may not grow: FLOORS.

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

# Of a hundred analysed blocks so many are executed at least.
FLOORS = {"gcc": 94.0, "clang": 92.5}


_DIRECT = (a64.JUMP, a64.BRANCH, a64.CALL)


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
    """A function in one form, which several images may share. Places in it are offsets; an empty block, which only a
    conditional branch out of the function has, is known by the branch."""

    def __init__(self, file, name):
        self.file, self.name = file, name
        self.blocks = {}                       # key -> (offset, size)
        self.branches = {}                     # offset -> where it goes if taken: an offset, or None
        self.lines = {}                        # offset -> (file, line)
        self.executed = defaultdict(int)       # offset -> times
        self.taken = defaultdict(int)          # offset of a branch -> times
        self.entered = 0
        self.frames, self.in_question = {}, False

    def times(self, key):
        """How often all of a block was executed."""
        offset, size = self.blocks[key]
        if not size:
            return self.taken[offset]
        return min(self.executed[at] for at in range(offset, offset + size, 4))

    def lines_of(self, key):
        offset, size = self.blocks[key]
        return {self.lines[at] for at in range(offset, offset + size, 4)}


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
        for function in gather.Gatherer(analysis, lines, {}, {}).kernel:
            nodes = _in_a_bound(analysis, function)
            if nodes:
                self._add(analysis, lines, seen, function, nodes).in_question |= in_question

    def _add(self, analysis, lines, seen, function, nodes):
        image, file = analysis.image, lines.of(function.address)[0]
        name = function.name.split(" (")[0]
        words = tuple(_without_relocated(image.word(at), at, function) for at in range(function.address, function.end, 4))
        forms = self.named[file, name]
        if words not in forms:
            forms[words] = _new_code(file, name, analysis, lines, function, nodes)
        code = forms[words]
        for at in range(function.address, function.end, 4):
            code.executed[at - function.address] += seen["executed"].get(at, 0)
        for offset, target in code.branches.items():
            at = function.address + offset
            target = a64.decode(image.word(at), at).target
            code.taken[offset] += seen["edges"].get((at, target), 0)
        return code


def _in_a_bound(analysis, function):
    """The blocks that the bound of a function rests on; none if it has no bound."""
    try:
        analysis.bound(function.address)
        graph = analysis.graph(function.address)
    except Refusal:
        return {}
    nodes, sinks = analysis.nodes(graph, lambda block: ())
    return {key: graph.blocks[key] for key in paths.Problem(function.name, nodes, function.address, sinks, analysis.facts).nodes}


def _new_code(file, name, analysis, lines, function, nodes):
    code, start = Code(file, name), function.address
    for key, block in nodes.items():
        if isinstance(key, tuple):
            code.blocks["taken", key[1] - start] = key[1] - start, 0
            continue
        code.blocks[key - start] = key - start, block.end - key
        code.lines.update({at - start: lines.of(at) for at in range(key, block.end, 4)})
        last = block.end - 4
        if a64.decode(analysis.image.word(last), last).kind == a64.BRANCH:
            code.branches[last - start] = None
    code.place = analysis.image.path, start
    return code


# --- What was not executed -----------------------------------------------------------------------------

def _lines_executed(code):
    return {line for at, line in code.lines.items() if code.executed[at]}


def judge(codes):
    """(blocks in question, executed, executed in another build only, [(code, key)] of the others)"""
    total = direct = elsewhere = 0
    missing = []
    for forms in codes.named.values():
        for code in forms.values():
            if not code.in_question:
                continue
            total += len(code.blocks)
            here = _lines_executed(code)
            others = set().union(*(_lines_executed(other) for other in forms.values() if other is not code))
            for key in sorted(code.blocks, key=str):
                only = code.lines_of(key) - here
                if code.times(key):
                    direct += 1
                elif only and only <= others:
                    elsewhere += 1
                else:
                    missing.append((code, key))
    return total, direct, elsewhere, missing


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
        _, start = code.place
        at = [start + each for each in range(offset, offset + max(size, 4), 4)]
        self.owners = {(code.file, code.name)} | {(file, name) for each in at for name, file, _ in its_frames[each]}
        file, line = code.lines.get(offset) or next(iter(its_frames[at[0]]), ("", "??", 0))[1:]
        self.place = f"{file}:{line}"
        self.text = f"{self.place}: {code.name}+{offset:#x}: " + ("a branch never taken" if not size else f"{size // 4} instructions never executed")


def describe(missing):
    """[Missing] of [(code, key)]."""
    wanted = defaultdict(set)
    for code, key in missing:
        (path, start), (offset, size) = code.place, code.blocks[key]
        wanted[path] |= {start + each for each in range(offset, offset + max(size, 4), 4)}
    known = {path: frames(path, sorted(addresses)) for path, addresses in wanted.items()}
    return [Missing(code, key, known[code.place[0]]) for code, key in missing]


# --- The list of reasons ---------------------------------------------------------------------------------

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
        line, times = self.functions[code.file].get(code.name, (code.lines[0][1], 0))
        self.functions[code.file][code.name] = line, times + code.executed[0]
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


def main():
    os.chdir(qemu.ROOT)
    sys.setrecursionlimit(10000)
    toolchain, directory, out = sys.argv[1:]
    codes = Codes()
    for path, _ in agreement.images(directory):
        in_question = os.path.basename(os.path.dirname(path)) == f"{toolchain}-release"
        codes.add_image(path, directory, in_question)
    total, direct, elsewhere, missing = judge(codes)
    lines = [each.text for each in describe(missing)]
    os.makedirs(out, exist_ok=True)
    info = os.path.join(out, f"{toolchain}.info")
    with open(info, "w", encoding="utf-8") as file:
        file.write(Trace(code for code in codes.all()).text())
    unexecuted = os.path.join(out, f"{toolchain}-unexecuted.txt")
    with open(unexecuted, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(make_page(info, os.path.join(out, toolchain)))
    share = 100 * (direct + elsewhere) / max(total, 1)
    print(f"{direct + elsewhere} of {total} analysed blocks executed ({share:.1f} %), at least {FLOORS[toolchain]} % must be;"
          f" the others: {unexecuted}")
    return 1 if share < FLOORS[toolchain] else 0


if __name__ == "__main__":
    sys.exit(main())
