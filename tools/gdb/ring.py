# SPDX-License-Identifier: MIT
"""The ring that a traced kernel notes its doings in (kernel/trace/trace.h), as it lies in memory: while the machine
stands, after a panic, and in a core file.
"""

import os
import struct
import sys

from model import NEVER

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOOLS, name) for name in ("trace", "bounds")]
import elf  # noqa: E402
import records  # noqa: E402
import tables  # noqa: E402
from names import Names  # noqa: E402

SHOWN = 32
RECORD = struct.Struct("<QQQQ")


def _records(kernel, ring):
    """(the numbers of the latest, how many there were in all)."""
    offset, (_, _, count, _) = ring.fields["records"]
    total = ring["next"]
    for number in range(max(0, total - min(SHOWN, count)), total):
        yield RECORD.unpack(kernel.memory.bytes(ring.address + offset + number % count * RECORD.size, RECORD.size))


def _events(kernel, ring):
    for numbers in _records(kernel, ring):
        try:
            yield records.decode(*numbers)
        except records.TraceError as error:
            yield records.Event(*numbers[:2], f"({error})", {})


def _who(kernel, number):
    if number in (records.NOBODY, records.IDLE):
        return records.thread_text(number)
    thread = kernel.find(records.thread_text(number))
    return thread.full_name() if thread else records.thread_text(number)


def trace(kernel):
    """The latest records of a trace that is on: ticks, since the one before, thread, event, what it says."""
    address = kernel.cpu.fields.get("trace") and kernel.cpu["trace"]
    if not address or "trace_ring" not in kernel.layout["structs"]:
        return ["nobody traces"]
    ring = kernel.memory.object("trace_ring", address)
    events = list(_events(kernel, ring))
    names = Names(records.Trace(1, 0, events, False), elf.Image(kernel.layout["program"]))
    lines, before = [], events[0].time if events else 0
    for event in events:
        lines.append(f"{event.time:>14} {event.time - before:>+10} {_who(kernel, event.thread):<20} {event.name:<8} "
                     f"{tables.fields_text(names.in_words(event))}".rstrip())
        before = event.time
    state = "on" if ring["end"]["ticks"] == NEVER else f"frozen at {ring['end']['ticks']}"
    return [*lines, f"the last {len(events)} of {ring['next']} records, {ring['dropped']} dropped; it is {state}"]
