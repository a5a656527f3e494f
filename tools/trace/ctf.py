# SPDX-License-Identifier: MIT
"""A trace in the Common Trace Format 1.8: two files, `metadata`, which is text, and `stream`, one packet.

Every field is 64 bits long or a text, little-endian and aligned to bytes. babeltrace2 and Trace Compass read it.
"""

import os
import struct

import records

PACKET_MAGIC = 0xc1fc1fc1
PACKET_HEADER = struct.Struct("<II")  # magic, stream
CONTEXT = struct.Struct("<QQQQQ")  # first and last time, content and packet in bits, lost
EVENT_HEADER = struct.Struct("<HQ")  # number, time

NO_TEXT = "-"
TEXT, UNSIGNED, SIGNED, HEX = "string", "u64", "s64", "x64"
# In the order in which they are written; `thread` and `thread_name` come first in each.
FIELDS = {
    "switch": (("left", TEXT), ("object", HEX), ("object_name", TEXT), ("until", UNSIGNED)),
    "irq": (("left", TEXT), ("taken", UNSIGNED), ("line", SIGNED), ("missed", SIGNED), ("late", UNSIGNED)),
    "mark": (("label", TEXT), ("value", UNSIGNED)),
    "wake": (("status", SIGNED),),
    "spawn": (("priority", UNSIGNED), ("entry", TEXT), ("label", TEXT)),
    "job": (("release", UNSIGNED), ("deadline", UNSIGNED)),
    "priority": (("priority", UNSIGNED),),
    "call": (("call", TEXT), ("object", HEX), ("object_name", TEXT)),
    "fault": (("class", UNSIGNED), ("user", UNSIGNED), ("pc", TEXT), ("address", HEX)),
    "limit": (("limit", TEXT),),
    "lost": (("lost", UNSIGNED),),
    "end": (("why", TEXT), ("lost", UNSIGNED)),
    "syscall": (("number", UNSIGNED), ("syscall", TEXT), ("argument", HEX)),
    "answer": (("answer", SIGNED),),
}
COMMON = (("thread", UNSIGNED), ("thread_name", TEXT))
NUMBERS = {name: number for number, (name, _) in records.KINDS.items()}

METADATA = """/* CTF 1.8 */

typealias integer { size = 16; align = 8; signed = false; } := u16;
typealias integer { size = 32; align = 8; signed = false; } := u32;
typealias integer { size = 64; align = 8; signed = false; } := u64;
typealias integer { size = 64; align = 8; signed = true; } := s64;
typealias integer { size = 64; align = 8; signed = false; base = 16; } := x64;

trace {
    major = 1;
    minor = 8;
    byte_order = le;
    packet.header := struct {
        u32 magic;
        u32 stream_id;
    };
};

env {
    domain = "kernel";
    tracer_name = "genrt";
    tracer_major = %(version)d;
};

clock {
    name = "machine";
    freq = %(frequency)d;
    offset = 0;
};

typealias integer { size = 64; align = 8; signed = false; map = clock.machine.value; } := moment;

stream {
    id = 0;
    packet.context := struct {
        moment timestamp_begin;
        moment timestamp_end;
        u64 content_size;
        u64 packet_size;
        u64 events_discarded;
    };
    event.header := struct {
        u16 id;
        moment timestamp;
    };
};
"""


def metadata(frequency):
    text = METADATA % {"version": records.VERSION, "frequency": frequency}
    for name, fields in FIELDS.items():
        # With _ before it a name can be none of the format's own words.
        members = "".join(f"        {kind} _{field};\n" for field, kind in COMMON + fields)
        text += (f'\nevent {{\n    id = {NUMBERS[name]};\n    name = "{name}";\n    stream_id = 0;\n'
                 f"    fields := struct {{\n{members}    }};\n}};\n")
    return text


def values(event, names):
    """All fields of an event. None is an empty text: babeltrace2 2.0.4 takes that for the one before."""
    words = names.in_words(event)
    if "object" in words:
        words |= {"object": event.fields["object"], "object_name": words["object"]}
    words |= {"thread": event.thread, "thread_name": names.thread(event.thread)}
    return {key: NO_TEXT if value == "" else value for key, value in words.items()}


def _pack(kind, value):
    if kind == TEXT:
        return value.encode().replace(b"\0", b"?") + b"\0"
    return struct.pack("<q" if kind == SIGNED else "<Q", value)


def stream(trace, names):
    """One packet with all events."""
    content = bytearray()
    for event in trace.events:
        fields = values(event, names)
        content += EVENT_HEADER.pack(NUMBERS[event.name], event.time)
        for field, kind in COMMON + FIELDS[event.name]:
            content += _pack(kind, fields[field])
    bits = 8 * (PACKET_HEADER.size + CONTEXT.size + len(content))
    last = trace.events[-1].time if trace.events else trace.begin
    lost = sum(event.fields["lost"] for event in trace.events if event.name == "lost")
    return PACKET_HEADER.pack(PACKET_MAGIC, 0) + CONTEXT.pack(trace.begin, last, bits, bits, lost) + bytes(content)


def write(directory, trace, names):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "metadata"), "w", encoding="utf-8") as file:
        file.write(metadata(trace.frequency))
    with open(os.path.join(directory, "stream"), "wb") as file:
        file.write(stream(trace, names))
