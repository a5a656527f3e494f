# SPDX-License-Identifier: MIT
"""The program that is watched: what the plugin is told of it (image.h says how), and where its runs are written.

A directory of observations holds one directory for each ELF, named by its contents: the facts, and CASE.txt for
each run.
"""

import hashlib
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "bounds"))
import elf  # noqa: E402
import facts  # noqa: E402

PLUGIN = os.path.join("build", "host", "observe.so")
# The application's code is behind this symbol; where it is not, all is the kernel's. So are the evidence program's
# wrappers around what the kernel has inline.
KERNEL_END = "__kernel_text_end"
INLINE = "inline_"
PANICS = ("panic", "kernel_fatal")
_LOAD, _EXECUTE = 1, 1
# Each with the kind that belongs to it.
_GROUPS = {facts.LOOP: facts.LOOP, facts.TURN: facts.LOOP,
           facts.LIMIT: facts.LIMIT, facts.PATH: facts.LIMIT}


def digest(path):
    """The name of an ELF's contents."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


class Program:
    """An ELF's functions, and its loops and limits by the numbers that the plugin gets."""

    def __init__(self, path):
        self.image = elf.Image(path)
        self.digest = digest(path)
        known = facts.Facts(self.image)
        marks = [mark for its_marks in known.at.values() for mark in its_marks]
        self._marks = sorted((mark.address, mark.kind, mark.name) for mark in marks if mark.kind in _GROUPS)
        self._masks = sorted((mark.address, mark.number) for mark in marks if mark.kind == facts.MASKS)
        self._left_out = sorted(mark.address for mark in marks if mark.kind == facts.LEFT_OUT)
        self.numbers = known.number
        # (kind, file:name), in order
        self.groups = sorted({(_GROUPS[kind], name) for _, kind, name in self._marks})

    def function_at(self, address):
        """The name of the function around an address, or None."""
        function = self.image.function_of(address)
        return function.name if function else None

    def is_kernel(self, function):
        end = self.image.symbols.named.get(KERNEL_END, (1 << 64, 0))[0]
        return function.address < end or function.name.startswith(INLINE)

    def _texts(self):
        """(start, end, where it is loaded) of each part with code."""
        data = self.image.data
        start, = elf.struct.unpack_from("<Q", data, 32)
        size, count = elf.struct.unpack_from("<HH", data, 54)
        for at in range(start, start + size * count, size):
            kind, flags, _, virtual, physical, _, memory, _ = elf.struct.unpack_from("<IIQQQQQQ", data, at)
            if kind == _LOAD and flags & _EXECUTE and memory:
                yield virtual, virtual + memory // 4 * 4, physical

    def _places(self):
        """Lines for what has a meaning of its own, as far as it is there."""
        named, functions = self.image.symbols.named, self.image.by_name
        if "vectors" in named:
            yield f"vectors {named['vectors'][0]:x}"
        if "frame_resume" in functions:
            yield f"resume {functions['frame_resume'].address:x} {functions['frame_resume'].end:x}"
        if "arch_thread_start" in functions:
            yield f"thread {functions['arch_thread_start'].address:x}"
        if "task_call_table" in named:
            yield f"calls {named['task_call_table'][1] // 8}"

    def text(self):
        """The facts."""
        functions = self.image.symbols.functions
        out = [f"elf {self.digest}"]
        out += [f"text {start:x} {end:x} {loaded:x}" for start, end, loaded in self._texts()]
        for function in functions:
            flags = ("k" if self.is_kernel(function) else "") + ("p" if function.name in PANICS else "")
            out.append(f"function {function.address:x} {function.end:x} {flags or '-'}")
        out += ["functions end", *self._places()]
        out += [f"group {index} {kind}" for index, (kind, _) in enumerate(self.groups)]
        out += [f"marker {address:x} {kind} {self.groups.index((_GROUPS[kind], name))}"
                for address, kind, name in self._marks]
        out += [f"marker {address:x} {facts.MASKS} {number}" for address, number in self._masks]
        out += [f"marker {address:x} {facts.LEFT_OUT} 0" for address in self._left_out]
        return "\n".join(out) + "\n"


def plugin_argument(directory, program, case):
    """What QEMU's -plugin is to get, so that a run of NAME.elf or NAME.img is written for this case."""
    path = os.path.splitext(program)[0] + ".elf"
    place = os.path.join(os.path.abspath(directory), digest(path))
    facts_name, out = os.path.join(place, "facts"), os.path.join(place, f"{case}.txt")
    os.makedirs(place, exist_ok=True)
    if not os.path.exists(facts_name):
        with tempfile.NamedTemporaryFile("w", dir=place, delete=False) as file:
            file.write(Program(path).text())
        os.replace(file.name, facts_name)
    if os.path.exists(out):
        os.remove(out)  # a run that is killed leaves none
    return f"{os.path.join(ROOT, PLUGIN)},facts={facts_name},out={out}"
