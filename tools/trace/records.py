# SPDX-License-Identifier: MIT
"""The file that a traced kernel writes, as abi/trace_record.h describes it: a header, records, an end.

Whatever is not so is refused with the number of the record and the reason. An Event has the same fields in all formats.
"""

import os
import re
import struct
from dataclasses import dataclass

MAGIC = 0x4543415254545247
VERSION = 2
READ_TOO = (1,)  # of which all that this reads means the same
HEADER = struct.Struct("<QIIQQ")
RECORD = struct.Struct("<QQQQ")
NOBODY = (1 << 64) - 1
IDLE = 0xffff_ffff
HIGH = 0xffff << 48  # of an address whose low 48 bits are told
ARGUMENT = (1 << 48) - 1
MOMENT_MAX = (1 << 62) - 1  # ns: other tools count with a sign

LEFT = ("gone", "ready", "waits", "waits_time", "ended", "waits_any")
CALLS = ("send", "receive", "take", "give", "lock", "unlock", "set", "wait", "arrive", "await", "signal", "broadcast",
         "read", "write", "read_unlock", "write_unlock")
FAULT_USER = 64
LIMITS = ("quantum", "budget")
ENDS = ("exit", "miss", "panic")
TIMER = -1
NO_SLOT = -1


class TraceError(Exception):
    """What is wrong with a file, in one line."""


@dataclass(frozen=True)
class Event:
    """One record. thread: its id as a number, IDLE, or NOBODY."""

    time: int  # ticks
    thread: int
    name: str
    fields: dict


@dataclass(frozen=True)
class Trace:
    """A whole file. Nothing is known from before `begin`."""

    frequency: int
    begin: int
    events: list
    is_whole: bool  # it ends with an end

    def nanoseconds(self, ticks):
        return ticks * 1_000_000_000 // self.frequency


def _syscalls():
    """{number: name} of abi/syscall.h."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, "abi", "syscall.h"), encoding="utf-8") as file:
        return {int(number): name for name, number in re.findall(r"^ +X\((\w+), (\d+)\)", file.read(), re.MULTILINE)}


SYSCALLS = _syscalls()


def thread_text(thread):
    """An id in words; a name is nicer: names.py."""
    if thread == NOBODY:
        return "?"
    return "idle" if thread == IDLE else f"{thread & 0xffff_ffff}.{thread >> 32}"


# --- What each record says: (detail, argument, value) -> fields --------------------------------------

def _word(words, number, what):
    if number >= len(words):
        raise TraceError(f"{what} {number} is none of {', '.join(words)}")
    return words[number]


def _address(argument):
    return argument | HIGH if argument else 0


def _signed(value):
    return value - (1 << 64) if value >> 63 else value


def _switch(detail, argument, value):
    left = _word(LEFT, detail, "left")
    return {"left": left, "object": value if left.startswith("waits") else 0,
            "until": argument if left == "waits_time" else 0}


def _irq(detail, argument, value):
    line, late, missed = argument & 0xffff, argument >> 16 & 0xffff, argument >> 32
    return {"left": _word(LEFT, detail, "left"), "taken": value, "line": line - 1 if line else TIMER,
            "missed": missed - 1 if missed else NO_SLOT, "late": 0 if line else late}


def _mark(_detail, argument, value):
    return {"label": _address(argument), "value": value}


def _wake(_detail, _argument, value):
    return {"status": _signed(value)}


def _spawn(detail, argument, value):
    return {"priority": detail, "entry": _address(argument), "label": value}


def _job(_detail, argument, value):
    return {"release": value, "deadline": value + argument if argument else 0}


def _priority(detail, _argument, _value):
    return {"priority": detail}


def _call(detail, _argument, value):
    return {"call": _word(CALLS, detail, "call"), "object": value}


def _fault(detail, argument, value):
    user = bool(detail & FAULT_USER)
    return {"class": detail & ~FAULT_USER, "user": int(user), "pc": argument if user else _address(argument), "address": value}


def _limit(detail, _argument, _value):
    return {"limit": _word(LIMITS, detail, "limit")}


def _lost(_detail, _argument, value):
    return {"lost": value}


def _end(detail, _argument, value):
    return {"why": _word(ENDS, detail, "end"), "lost": value}


def _syscall(detail, _argument, value):
    return {"number": detail, "syscall": SYSCALLS.get(detail, "unknown"), "argument": value}


def _answer(_detail, _argument, value):
    return {"answer": _signed(value)}


def _whole_moment(low, time):
    """The one nearest to `time` that has these low 48 bits."""
    return time + (low - time + (1 << 47) & ARGUMENT) - (1 << 47)


KINDS = {1: ("switch", _switch), 2: ("irq", _irq), 3: ("mark", _mark), 4: ("wake", _wake), 5: ("spawn", _spawn),
         6: ("job", _job), 7: ("priority", _priority), 8: ("call", _call), 9: ("fault", _fault), 10: ("limit", _limit),
         11: ("lost", _lost), 12: ("end", _end), 13: ("syscall", _syscall), 14: ("answer", _answer)}
END = "end"


def decode(time, thread, what, value):
    """The Event of one record."""
    if what & 0xff not in KINDS:
        raise TraceError(f"no event has the number {what & 0xff}")
    name, read_fields = KINDS[what & 0xff]
    fields = read_fields(what >> 8 & 0xff, what >> 16, value)
    if fields.get("until"):
        fields["until"] = max(0, _whole_moment(fields["until"], time))
    return Event(time, thread, name, fields)


# --- The file ----------------------------------------------------------------------------------------

def _read_header(data):
    if len(data) < HEADER.size:
        raise TraceError(f"not a trace: {len(data)} bytes, and its header alone has {HEADER.size}")
    magic, version, size, frequency, begin = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise TraceError("not a trace: it does not begin as one")
    if version not in (VERSION, *READ_TOO):
        raise TraceError(f"a trace of version {version}; this reads version {VERSION}")
    if size != RECORD.size:
        raise TraceError(f"records of {size} bytes; those of version {VERSION} have {RECORD.size}")
    if not 0 < frequency <= MOMENT_MAX:
        raise TraceError(f"a clock of {frequency} Hz")
    return frequency, begin


def _read_event(number, numbers, before, last):
    time = numbers[0]
    try:
        event = decode(*numbers)
    except TraceError as error:
        raise TraceError(f"record {number}: {error}") from None
    if not before <= time <= last:
        raise TraceError(f"record {number}: its time, {time}, is not in {before}..{last}")
    return event


def parse(data, partial=False):
    """The Trace that `data` is. partial: it may have no end. Raises TraceError."""
    frequency, begin = _read_header(data)
    count, rest = divmod(len(data) - HEADER.size, RECORD.size)
    if rest and not partial:
        raise TraceError(f"cut off: {rest} bytes behind record {count}")
    events, before, last = [], begin, MOMENT_MAX * frequency // 1_000_000_000
    for number, numbers in enumerate(RECORD.iter_unpack(data[HEADER.size:HEADER.size + count * RECORD.size]), 1):
        if events and events[-1].name == END:
            raise TraceError(f"record {number}: behind the end")
        events.append(_read_event(number, numbers, before, last))
        before = numbers[0]
    whole = bool(events) and events[-1].name == END
    if not whole and not partial:
        raise TraceError(f"cut off: no end behind {count} records")
    return Trace(frequency, begin, events, whole)


def read(path, partial=False):
    try:
        with open(path, "rb") as file:
            return parse(file.read(), partial)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from error
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from error
