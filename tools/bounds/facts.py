# SPDX-License-Identifier: MIT
"""What the source says of itself: the records of lib/bound.h in the section .debug_bound."""

import collections
import struct
from dataclasses import dataclass

import a64

SECTION = ".debug_bound"
MAGIC = 0x444e4f42
LOOP, TURN, CALLS, PATH, LIMIT, CALLEE, TABLE, MASKS, LEFT_OUT, STACK = range(1, 11)
_NUMBERED = {LOOP: TURN, LIMIT: PATH}
_RECORD = struct.Struct("<IIQQQQ")


class Refusal(Exception):
    """A function that gets no bound: the word for why, where, and why in full. `callers`: addresses of calls that it
    came up through."""

    def __init__(self, reason, address, text):
        super().__init__(text)
        self.reason, self.address, self.text, self.callers = reason, address, text, []


@dataclass(frozen=True)
class Mark:
    """One record that belongs to an instruction. `name` is file:name, as in the source."""

    kind: int
    address: int
    target: int
    number: int
    line: int
    name: str


class Facts:
    """All records of an image. A record of a function that was not linked has lost its address: it says nothing."""

    def __init__(self, image):
        self.at = collections.defaultdict(list)      # address -> marks
        self.callees = collections.defaultdict(set)  # class -> addresses of functions
        self.number = {}                             # name of a loop or a limit -> its number
        self.places = {}                             # name of a loop or a limit -> file:line
        self.stacks = []                             # marks of entries of threads
        self.refusals, self.doubtful = [], {}        # doubtful: name -> its refusal
        self._image = image
        for mark in self._records():
            self._take(mark)
        for marks in list(self.at.values()):
            for mark in marks:
                self._check(mark)

    def _records(self):
        data, at = self._image.contents(SECTION), 0
        while at + _RECORD.size <= len(data):
            magic, kind, address, target, number, line = _RECORD.unpack_from(data, at)
            end = data.find(b"\0", at + _RECORD.size)
            if magic != MAGIC or end < 0 or kind not in range(LOOP, STACK + 1):
                raise Refusal("marker", 0, f"{SECTION} is broken at {at:#x}")
            try:
                name = data[at + _RECORD.size:end].decode()
            except UnicodeDecodeError as error:
                raise Refusal("marker", 0, f"{SECTION} is broken at {at:#x}") from error
            yield Mark(kind, address, target, number, line, name)
            at = (end + 1 + 7) // 8 * 8
        if data[at:].strip(b"\0"):
            raise Refusal("marker", 0, f"{SECTION} ends within a record")

    def _take(self, mark):
        if mark.kind == CALLEE:
            if mark.target:
                self.callees[mark.name.rsplit(":", 1)[1]].add(mark.target)
        elif mark.kind == STACK:
            if mark.target:
                self.stacks.append(mark)
        elif mark.address:
            self.at[mark.address].append(mark)
            if mark.kind in _NUMBERED:
                self._number(mark)

    def _number(self, mark):
        """One name, one loop: a second one with this name could lend it its turns."""
        file = mark.name.rsplit(":", 1)[0]
        place = f"{file}:{mark.line}" if mark.line else file
        known = self.number.setdefault(mark.name, mark.number), self.places.setdefault(mark.name, place)
        if known != (mark.number, place):
            self.refuse(mark, f"{mark.name} stands at {known[1]} and at {place}")

    def _check(self, mark):
        if not self._image.is_text(mark.address):
            self.refuse(mark, f"{mark.name} marks no instruction")
        elif mark.kind != TABLE and self._image.word(mark.address) != a64.NOP:
            self.refuse(mark, f"{mark.name}: no nop is where it marks")
        if mark.kind in (TURN, PATH) and mark.name not in self.number:
            self.refuse(mark, f"{mark.name} has no number anywhere in this image")

    def refuse(self, mark, text):
        """Remembers that a record cannot be believed."""
        refusal = Refusal("marker", mark.address, text)
        self.refusals.append(refusal)
        self.doubtful.setdefault(mark.name, refusal)

    def targets(self, mark):
        """Addresses that the indirect call behind a mark may go to."""
        if mark.kind == CALLS:
            name = mark.name.rsplit(":", 1)[1]
            if not self.callees[name]:
                raise Refusal("indirect", mark.address, f"nobody is a callee of class '{name}'")
            return frozenset(self.callees[name])
        return frozenset(self.table(mark))

    def table(self, mark):
        """The entries of a constant table of functions; an empty place is not called."""
        size = self._image.symbols.sizes.get(mark.target, 0)
        if not size or size % 8:
            raise Refusal("indirect", mark.address, f"{mark.name}: no table of pointers")
        if not self._image.is_constant(mark.target, size):
            raise Refusal("indirect", mark.address, f"{mark.name}: the table can be written")
        return [entry for entry, in struct.iter_unpack("<Q", self._image.read(mark.target, size)) if entry]
