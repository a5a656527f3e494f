# SPDX-License-Identifier: MIT
"""A trace as text for people, and as comma-separated values."""

import csv
import io

from records import NO_SLOT, TIMER

COLUMNS = ("left", "object", "taken", "line", "missed", "label", "value", "status", "priority", "entry", "release",
           "deadline", "call", "class", "user", "pc", "address", "limit", "lost", "why", "until", "late", "number",
           "syscall", "argument", "answer")
SECOND = 1_000_000_000


def _seconds(nanoseconds):
    return f"{nanoseconds // SECOND}.{nanoseconds % SECOND:09}"


def _value(key, value):
    """A field as people read it; None: it says nothing."""
    if value == "" or (key == "missed" and value == NO_SLOT) or (key in ("deadline", "until", "late") and value == 0):
        return None
    if key == "line":
        return "timer" if value == TIMER else str(value)
    return str(value)


def fields_text(words):
    """KEY=VALUE of all that says something."""
    shown = ((key, _value(key, value)) for key, value in words.items())
    return " ".join(f"{key}={value}" for key, value in shown if value is not None)


RUNS = ("switch", "irq")  # from there on the thread of the event runs


def text(trace, names):
    """Lines: when, since the one before, thread, event, fields. What a switch tells of who ran before has its name."""
    before, running = trace.begin, None
    yield f"# seconds, ticks since the one before ({trace.frequency} a second), thread, event"
    for event in trace.events:
        fields = names.in_words(event)
        if event.name in RUNS:
            if running not in (None, event.thread):
                fields = {"from": names.thread(running), **fields}
            running = event.thread
        yield (f"{_seconds(trace.nanoseconds(event.time)):>14} {event.time - before:>+10} "
               f"{names.thread(event.thread):<20} {event.name:<8} {fields_text(fields)}").rstrip()
        before = event.time


def comma_separated(trace, names):
    """The whole text: a line of titles, then one for each event; a field that it does not have is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("ticks", "nanoseconds", "thread", "event", *COLUMNS))
    for event in trace.events:
        words = names.in_words(event)
        writer.writerow((event.time, trace.nanoseconds(event.time), names.thread(event.thread), event.name,
                         *(words.get(column, "") for column in COLUMNS)))
    return out.getvalue()
