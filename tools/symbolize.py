#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A filter: copies the console to its output and adds, to lines that tell an address, what is there.

    record trace 0xffff00004008a1c4   ->   record trace 0xffff00004008a1c4  mailbox_send+0x4c kernel/ipc/mailbox.c:81

Lines that end with `pc ADDRESS`, `lr ADDRESS` or `trace ADDRESS` are meant; low and high addresses alike; and those of
a report on the end of a trace, `event TIME ID NAME WHAT VALUE`, to which it adds the ticks since the one before and the
record in words. All else passes unchanged and at once: bytes are never held back, so a prompt shows and a person sees
each character.

A return address points behind its call, which may be the last instruction of a function: for all but a pc (and a
trace's line that repeats the last pc) the instruction before is looked up.

Usage: symbolize.py ELF <console
"""

import bisect
import os
import re
import shutil
import subprocess
import sys

TOOLS = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TOOLS, name) for name in ("trace", "bounds")]
import elf as elf_file  # noqa: E402
import records  # noqa: E402
import tables  # noqa: E402
from names import Names  # noqa: E402

ADDRESS = re.compile(rb"\b(pc|lr|trace) 0x([0-9a-f]{1,16})[ \t]*$")
EVENT = re.compile(rb"\bevent (\d{1,20}) \S+ \S+ 0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16})[ \t]*$")
LINE_MAX = 4096  # of a longer one only the end is remembered
INSTRUCTION_SIZE = 4
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")


def _tool(*names):
    return next((path for path in map(shutil.which, names) if path), None)


class Symbols:
    """What lies at which address of one ELF. The tools are started at the first question."""

    def __init__(self, elf):
        self._elf = elf
        self._starts = None  # of functions, sorted
        self._functions = []  # (name, size), in the same order
        self._addr2line = None
        self._names = None  # of what a trace tells

    def _load(self):
        nm = _tool(f"{CROSS}nm", "llvm-nm", "nm")
        found = {}
        if nm is not None:
            done = subprocess.run([nm, "-S", self._elf], capture_output=True, text=True, check=False)
            for line in done.stdout.splitlines():
                match = re.fullmatch(r"([0-9a-f]+)(?: ([0-9a-f]+))? ([tTwW]) (\S+)", line)
                # $x and $d are marks, not functions; of several names the one with a size is best.
                if match and not match.group(4).startswith("$"):
                    start, size = int(match.group(1), 16), int(match.group(2) or "0", 16)
                    if size or start not in found:
                        found[start] = (match.group(4), size)
        self._starts = sorted(found)
        self._functions = [found[start] for start in self._starts]

    def function(self, address):
        """(name, start) of the function around an address, or None."""
        if self._starts is None:
            self._load()
        index = bisect.bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        start, (name, size) = self._starts[index], self._functions[index]
        if size == 0:  # assembly may not say: up to the next one, within reason
            size = self._starts[index + 1] - start if index + 1 < len(self._starts) else 4096
        return (name, start) if address < start + min(size, 1 << 20) else None

    def line(self, address):
        """"file:line", or None. One process answers all questions."""
        if self._addr2line is None:
            tool = _tool(f"{CROSS}addr2line", "llvm-addr2line", "addr2line")
            if tool is None:
                return None
            self._addr2line = subprocess.Popen([tool, "-e", self._elf], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                               stderr=subprocess.DEVNULL, text=True, bufsize=1)
        try:
            self._addr2line.stdin.write(f"0x{address:x}\n")
            answer = self._addr2line.stdout.readline().split(" (")[0].strip()
        except OSError:
            return None
        path, _, line = answer.rpartition(":")
        if not path or path == "??" or line in ("0", "?"):
            return None
        return f"{os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)}:{line}"

    def describe(self, address, is_return):
        """"function+0x4c file:line", as much of it as is known; or an empty text."""
        looked_up = address - INSTRUCTION_SIZE if is_return and address >= INSTRUCTION_SIZE else address
        function = self.function(looked_up)
        if function is None:
            return ""
        name, start = function
        return " ".join(filter(None, [f"{name}+0x{address - start:x}", self.line(looked_up)]))

    def event(self, what, value):
        """A record of a trace in words; an empty text if it is none."""
        if self._names is None:
            try:
                image = elf_file.Image(self._elf)
            except (elf_file.ElfError, OSError):
                image = None
            self._names = Names(records.Trace(1, 0, [], False), image)
        try:
            event = records.decode(0, records.NOBODY, what, value)
        except records.TraceError:
            return ""
        return f"{event.name} {tables.fields_text(self._names.in_words(event))}".rstrip()

    def close(self):
        if self._addr2line is not None:
            self._addr2line.stdin.close()
            self._addr2line.stdout.close()
            self._addr2line.wait()


class Filter:
    """Bytes in, bytes out; remembers the line it is in and the last pc."""

    def __init__(self, symbols):
        self._symbols = symbols
        self._line = b""
        self._pc = None
        self._time = None  # of the last event

    def _remark_event(self, time, what, value):
        since = time - self._time if self._time is not None else 0
        self._time = time
        return f"  {since:+} {self._symbols.event(what, value)}".rstrip().encode()

    def _remark(self):
        """What to add at the end of the line that is just complete."""
        event = EVENT.search(self._line)
        if event:
            return self._remark_event(int(event.group(1)), *(int(number, 16) for number in event.groups()[1:]))
        match = ADDRESS.search(self._line)
        if not match:
            return b""
        kind, address = match.group(1), int(match.group(2), 16)
        if kind == b"pc":
            self._pc = address
        is_return = kind != b"pc" and not (kind == b"trace" and address == self._pc)
        text = self._symbols.describe(address, is_return)
        return b"  " + text.encode() if text else b""

    def feed(self, data):
        out = []
        for piece in re.split(rb"([\r\n])", data):
            if piece in (b"\r", b"\n"):
                out.append(self._remark())
                self._line = b""
            else:
                self._line = (self._line + piece)[-LINE_MAX:]
            out.append(piece)
        return b"".join(out)


def run(elf, source, sink):
    """Copies from one file descriptor to another until the end."""
    symbols = Symbols(elf)
    console = Filter(symbols)
    try:
        while data := os.read(source, 65536):
            rest = console.feed(data)
            while rest:
                rest = rest[os.write(sink, rest):]
    except BrokenPipeError:
        pass
    finally:
        symbols.close()


def main(arguments):
    if len(arguments) != 2 or arguments[1].startswith("-"):
        print("usage: symbolize.py ELF <console", file=sys.stderr)
        return 2
    if not os.path.exists(arguments[1]):
        print(f"symbolize: {arguments[1]}: no such file", file=sys.stderr)
        return 2
    try:
        run(arguments[1], sys.stdin.fileno(), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
