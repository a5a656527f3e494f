# SPDX-License-Identifier: MIT
"""A trace as one HTML file that shows it: the page of view/, with the records packed into it.

Packed is: the length of a JSON text, 32 bits; that text, with what is constant and every word that records use; and four
columns, each behind its length: kinds, threads, ticks since the record before, and fields. A number is seven bits a byte,
the lowest first; one with a sign is doubled, and less one below zero. All of it is deflated, and written in base64.
view/unpack.js reads it.
"""

import base64
import html
import json
import os
import zlib

import ctf
import records

PARTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "view")
STYLE = "style.css"
# In this order one text: each uses what those before it have.
SCRIPTS = ("unpack.js", "growing.js", "lanes.js", "model.js", "jobs.js", "words.js", "search.js", "viewport.js", "painter.js",
           "draw.js", "marks.js", "overview.js", "charts.js", "panel.js", "input.js", "main.js")

# What a field is: a word; a number; one in hexadecimal; a moment, told from the record's, or that there is none; a line.
WORD, NUMBER, HEX, MOMENT, LINE = "word", "number", "hex", "moment", "line"
FIELDS = {
    "switch": (("left", WORD), ("object", WORD), ("until", MOMENT)),
    "irq": (("left", WORD), ("taken", MOMENT), ("line", LINE), ("missed", NUMBER), ("late", NUMBER)),
    "mark": (("label", WORD), ("value", NUMBER)),
    "wake": (("status", NUMBER),),
    "spawn": (("priority", NUMBER), ("entry", WORD), ("label", WORD)),
    "job": (("release", MOMENT), ("deadline", MOMENT)),
    "priority": (("priority", NUMBER),),
    "call": (("call", WORD), ("object", WORD)),
    "fault": (("class", NUMBER), ("user", NUMBER), ("pc", WORD), ("address", HEX)),
    "limit": (("limit", WORD),),
    "lost": (("lost", NUMBER),),
    "end": (("why", WORD), ("lost", NUMBER)),
}
KINDS = tuple(name for name, _ in records.KINDS.values())


def fields_of(name):
    """Of a kind that is not above, which the page shows as a mark: as the other formats have it."""
    plain = ((field, WORD if kind == ctf.TEXT or field == "object" else NUMBER) for field, kind in ctf.FIELDS.get(name, ()))
    return FIELDS.get(name) or tuple((field, kind) for field, kind in plain if field != "object_name")


class _Numbered(dict):
    """Things in the order in which they were asked for first, by number."""

    def __missing__(self, thing):
        self[thing] = len(self)
        return self[thing]


def _put(column, number):
    """A number that is not negative."""
    while number > 127:
        column.append(number & 127 | 128)
        number >>= 7
    column.append(number)


def _signed(number):
    return number << 1 if number >= 0 else (-number << 1) - 1


def _has_no_moment(name, value):
    return name in ("deadline", "until") and value == 0


class _Packer:
    def __init__(self, trace, names):
        self._names, self._before = names, trace.begin
        self.words, self.threads = _Numbered({"": 0}), _Numbered()
        self.kinds, self.thread_column, self.times, self.fields = (bytearray() for _ in range(4))

    def take(self, event):
        self.kinds.append(KINDS.index(event.name))
        _put(self.thread_column, self.threads[event.thread])
        _put(self.times, event.time - self._before)
        self._before = event.time
        words = self._names.in_words(event)
        for name, kind in fields_of(event.name):
            _put(self.fields, self._number(event.time, name, kind, words[name]))

    def _number(self, time, name, kind, value):
        if kind == WORD:
            return self.words[value]
        if kind == MOMENT:
            return 0 if _has_no_moment(name, value) else _signed(value - time) + 1
        return value if kind == HEX else _signed(value)


def _thread(thread, names):
    """What the page is to know of one."""
    special = {records.IDLE: "idle", records.NOBODY: "nobody"}.get(thread, "thread")
    return {"id": records.thread_text(thread), "name": names.thread(thread), "slot": thread & 0xffff_ffff, "kind": special}


def pack(trace, names, title):
    """The bytes that view/unpack.js takes apart."""
    packer = _Packer(trace, names)
    for event in trace.events:
        packer.take(event)
    constant = {"title": title, "frequency": trace.frequency, "begin": str(trace.begin), "whole": trace.is_whole,
                "kinds": [[name, fields_of(name)] for name in KINDS], "words": list(packer.words),
                "threads": [_thread(thread, names) for thread in packer.threads]}
    text = json.dumps(constant).encode()
    columns = (text, packer.kinds, packer.thread_column, packer.times, packer.fields)
    return b"".join(len(column).to_bytes(4, "little") + column for column in columns)


def _part(name):
    with open(os.path.join(PARTS, name), encoding="utf-8") as file:
        return file.read()


def page(packed, title):
    """The text of the page that shows what pack() has packed."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = base64.b64encode(squeeze.compress(packed) + squeeze.flush()).decode()
    parts = {"TITLE": html.escape(title), "STYLE": _part(STYLE), "SCRIPT": "\n".join(map(_part, SCRIPTS)), "DATA": data}
    pieces = _part("page.html").split("@@")  # text, name, text, name, ... text
    return "".join(parts[piece] if number % 2 else piece for number, piece in enumerate(pieces))


def document(trace, names, title="a trace"):
    """The page's text."""
    return page(pack(trace, names, title), title)
