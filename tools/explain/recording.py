# SPDX-License-Identifier: MIT
"""A recorded schedule, as tools/observe/schedule.h describes the file: who ran when, and all waits that ended.

Places in the recording are numbers of executed instructions ("at"); the machine's clock, in ticks, is ahead of them by
what it slept. A wake is due at a moment of the clock; it is over before the first instruction that its thread executes.
"""

import bisect
import struct
from dataclasses import dataclass

RECORD = struct.Struct("<BBHIQQQ")
DOOR, RESUME, STRETCH, THREAD, NAME, CLOCK, TRIGGER, END = range(1, 9)
FREE, READY, WAITING, WAITING_TIMED, ENDED = range(5)  # enum thread_state
SUSPENDED, BY_TIME, LINE_SHIFT = 1, 2, 8
IRQ, FAULT, OTHER = 64, 65, 66  # doors that are no SVC's: tools/observe/flow.h
RUNS, BOOT = -1, -2  # in a segment instead of a door's reason
SOFTWARE_LINES = 16


class RecordingError(Exception):
    """The file is not a whole recording."""


@dataclass(slots=True)
class Segment:
    """[begin, end), of one thread, or of a door from its vector to its eret."""

    begin: int
    end: int
    door: int  # the reason, or RUNS or BOOT
    frame: int  # of who runs, or through whose door it is
    resumed: int = 0  # of a door


@dataclass(slots=True)
class Wake:
    """A wait that has ended. due and began are ticks; from and to the same as places."""

    frame: int
    why: str  # "time", "line", "resumed" or "call"
    cause: int  # the function that made it ready
    due: int
    at_due: int
    began: int = -1
    at_began: int = -1

    @property
    def late(self):
        return self.began - self.due


class Clock:
    """Ticks of places. It stands at some places while the machine sleeps."""

    def __init__(self):
        self._at, self._ahead, self._ticks = [0], [0], [0]

    def goes_ahead(self, at, ahead):
        self._at.append(at)
        self._ahead.append(ahead)
        self._ticks.append(at + ahead)

    def ticks(self, at):
        """After what the machine slept there."""
        return at + self._ahead[bisect.bisect_right(self._at, at) - 1]

    def at(self, ticks):
        """Where the clock came to this moment."""
        index = max(bisect.bisect_right(self._ticks, ticks) - 1, 0)
        at = ticks - self._ahead[index]
        return min(at, self._at[index + 1]) if index + 1 < len(self._at) else at

    def slept(self, begin, end):
        """Ticks from one moment to another that the machine slept."""
        total, index = 0, max(bisect.bisect_right(self._ticks, begin), 1)
        while index < len(self._at) and self._at[index] + self._ahead[index - 1] < end:
            total += min(self._ticks[index], end) - max(self._at[index] + self._ahead[index - 1], begin)
            index += 1
        return total


class _Waiter:
    """What is known of a thread's present wait."""

    def __init__(self):
        self.state = FREE
        self.suspended = False
        self.since = 0
        self.moment = 0  # ticks, of a timed wait
        self.by_time = False
        self.wake = None  # due, and it has not run yet


class Recording:
    """All of a file."""

    def __init__(self, data):
        self.segments, self.wakes, self.is_cut, self.end = [], [], False, 0
        self.stretches = ([], [], [])  # begin, end, pc of the instruction that masked
        self.clock = Clock()
        self._names = {}  # frame: ([at], [(name, index, generation)])
        self._priorities = {}  # frame: ([at], [priority])
        self._waiters = {}
        self._triggers = []
        self._running, self._since, self._door = 0, 0, None
        self._read(data)
        self._begins = [segment.begin for segment in self.segments]

    # --- Reading -------------------------------------------------------------------------------

    def _read(self, data):
        if len(data) % RECORD.size or not data:
            raise RecordingError("the recording is incomplete")
        kind, skip, whole = None, 0, False
        for number, (kind, a, b, c, at, x, y) in enumerate(RECORD.iter_unpack(data)):
            if skip:
                skip -= 1
            elif kind == NAME:
                skip = -(-c // RECORD.size)
                begin = (number + 1) * RECORD.size
                self._name(at, x, y, bytes(data[begin:begin + c]))
            elif kind == STRETCH:
                for values, value in zip(self.stretches, (y, at, x)):
                    values.append(value)
            elif kind == DOOR:
                self._opens(at, a, x)
            elif kind == RESUME:
                self._resumes(at, x)
            elif kind == THREAD:
                self._changes(at, x, a, b, c, y)
            elif kind == CLOCK:
                self.clock.goes_ahead(at, x)
            elif kind == TRIGGER:
                self._triggers.append(at)
            elif kind == END:
                whole, self.is_cut = True, a == 1
                self._ends(at)
            else:
                raise RecordingError(f"a record of kind {kind}")
        if not whole:
            raise RecordingError("the recording has no end")

    def _name(self, at, frame, ident, text):
        known = self._names.setdefault(frame, ([], []))
        known[0].append(at)
        known[1].append((text.decode(errors="replace"), ident & 0xffffffff, ident >> 32))

    def _add(self, segment):
        if segment.begin != segment.end:
            self.segments.append(segment)

    def _ran(self, at):
        """Who runs is interrupted or ends."""
        if self._running:
            self._add(Segment(self._since, at, RUNS, self._running))
            waiter = self._waiters.get(self._running)
            if waiter and waiter.wake and at > self._since:
                self._finish(waiter)
        else:
            self._add(Segment(self._since, at, BOOT, 0))

    def _finish(self, waiter):
        wake, waiter.wake = waiter.wake, None
        wake.at_began, wake.began = self._since, self.clock.ticks(self._since)
        self.wakes.append(wake)

    def _opens(self, at, reason, frame):
        if self._door:
            self._add(Segment(self._since, at, self._door[0], self._door[1]))
        else:
            self._ran(at)
        self._door, self._since = (reason, frame), at

    def _resumes(self, at, frame):
        if self._door:
            self._add(Segment(self._since, at, self._door[0], self._door[1], frame))
        else:
            self._add(Segment(self._since, at, BOOT, 0, frame))
        self._door, self._running, self._since = None, frame, at

    def _ends(self, at):
        self.end = self.clock.ticks(at)
        if self._door:
            self._add(Segment(self._since, at, *self._door))
        else:
            self._ran(at)

    # --- Threads -------------------------------------------------------------------------------

    def _changes(self, at, frame, state, priority, bits, detail):
        known = self._priorities.setdefault(frame, ([], []))
        if not known[1] or known[1][-1] != priority:
            known[0].append(at)
            known[1].append(priority)
        waiter = self._waiters.setdefault(frame, _Waiter())
        waiter.by_time = bool(bits & BY_TIME)
        if state != waiter.state:
            self._moves(waiter, at, frame, state, detail, (bits >> LINE_SHIFT) - 1)
        suspended = bool(bits & SUSPENDED)
        if waiter.suspended and not suspended and waiter.wake:
            waiter.wake.why, waiter.wake.at_due, waiter.wake.due = "resumed", at, self.clock.ticks(at)
        waiter.suspended = suspended

    def _moves(self, waiter, at, frame, state, detail, line):
        """A thread's state changes."""
        was, waiter.state = waiter.state, state
        if was == READY and state in (WAITING, WAITING_TIMED):
            waiter.since, waiter.moment = at, detail
        elif was in (WAITING, WAITING_TIMED) and state == READY:
            waiter.wake = self._due(waiter, at, frame, detail, line)
        elif state in (FREE, ENDED):
            waiter.wake = None

    def _due(self, waiter, at, frame, cause, line):
        """The wake that begins with a thread's becoming ready. line: that it waited for, or -1."""
        if waiter.by_time:
            due = max(waiter.moment, self.clock.ticks(waiter.since))
            return Wake(frame, "time", cause, due, max(self.clock.at(due), waiter.since))
        if line >= 0 and self._door and self._door[0] == IRQ:
            due = self._since
            if line < SOFTWARE_LINES and len(self._triggers) == 1:
                due = self._triggers[0]
            self._triggers.clear()
            return Wake(frame, "line", cause, self.clock.ticks(due), due)
        return Wake(frame, "call", cause, self.clock.ticks(at), at)

    # --- Questions -----------------------------------------------------------------------------

    @staticmethod
    def _of(known, frame, at, otherwise):
        places, values = known.get(frame, ((), ()))
        index = bisect.bisect_right(places, at) - 1
        # A name is noted when its thread runs for the first time: before that it has the next one.
        return values[max(index, 0)] if values else otherwise

    def name(self, frame, at):
        """(name, index, generation) of the thread in this object then."""
        return self._of(self._names, frame, at, ("", 0, 0))

    def has_thread(self, wanted):
        """Whether a thread of this name or id (INDEX.GENERATION) ever ran."""
        return any(wanted in (name, f"{index}.{generation}")
                   for _, names in self._names.values() for name, index, generation in names)

    def priority(self, frame, at):
        """The effective one."""
        return self._of(self._priorities, frame, at, 0)

    def between(self, begin, end):
        """The segments from place `begin` to `end`, not cut."""
        index = max(bisect.bisect_right(self._begins, begin) - 1, 0)
        while index < len(self.segments) and self.segments[index].begin < end:
            if self.segments[index].end > begin:
                yield self.segments[index]
            index += 1

    def stretches_between(self, begin, end):
        """(begin, end, pc) of what was masked there, cut to it."""
        begins, ends, pcs = self.stretches
        index = max(bisect.bisect_right(ends, begin), 0)
        while index < len(begins) and begins[index] < end:
            yield max(begins[index], begin), min(ends[index], end), pcs[index]
            index += 1
