# SPDX-License-Identifier: MIT
"""Inside gdb: how values look that mean more than their numbers: moments, lengths, addresses, thread ids, lists,
queues and handles."""

import gdb

NEVER = (1 << 64) - 1
LEVELS = 64
NODES_MAX = 4096


def _tag(kind):
    """A struct's or a typedef's name, whatever stands around it."""
    kind = kind.unqualified()
    return kind.name or kind.strip_typedefs().tag


class Ticks:
    """instant_t and duration_t."""

    def __init__(self, value):
        self._ticks, self._tag = int(value["ticks"]), _tag(value.type)

    def to_string(self):
        if self._ticks == NEVER:
            return "never" if self._tag == "instant_t" else "for ever"
        return f"{self._ticks} ticks"


class Address:
    """vaddr_t and paddr_t."""

    def __init__(self, value):
        self._value, self._tag = int(value["value"]), _tag(value.type)

    def to_string(self):
        return f"{'physical ' if self._tag == 'paddr_t' else ''}{self._value:#x}"


class ThreadId:
    """thread_id_t: as reports have it, and the name if there is such a thread."""

    def __init__(self, value):
        self._index, self._generation = int(value["index"]), int(value["generation"])

    def to_string(self):
        if self._index == 0xffffffff:
            return "none"
        return f"{self._index}.{self._generation} {self._name()}"

    def _name(self):
        try:
            slot = gdb.parse_and_eval("thread_slots")[self._index]
            if int(slot["id"]["generation"]) != self._generation or int(slot["state"]) == 0:
                return "(gone)"
            return f"'{slot['name'].string()}'" if slot["name"] else "'thread'"
        except (gdb.error, UnicodeDecodeError):
            return "(no such slot)"


class ProcessId:
    """process_id_t."""

    def __init__(self, value):
        self._value = value

    def to_string(self):
        return f"{int(self._value['index'])}.{int(self._value['generation'])}"


class List:
    """struct list: its nodes. What they are part of, only the list's owner knows."""

    def __init__(self, value):
        self._head = value["head"]

    def _nodes(self):
        at = self._head["next"]
        for _ in range(NODES_MAX):
            if not at or at == self._head.address:
                return
            yield at
            at = at["next"]

    def to_string(self):
        return f"list of {len(list(self._nodes()))}"

    def children(self):
        for number, node in enumerate(self._nodes()):
            yield str(number), node

    def display_hint(self):
        return "array"


class Queue:
    """struct prio_queue: its nodes by level, the highest and oldest first."""

    def __init__(self, value):
        self._queue = value

    def _nodes(self):
        levels = int(self._queue["levels"])
        for level in range(LEVELS - 1, -1, -1):
            if levels >> level & 1:
                head = at = self._queue["head"][level ^ (LEVELS - 1)]
                for _ in range(NODES_MAX):
                    yield level, at
                    at = at["next"]
                    if at == head:
                        break

    def to_string(self):
        return f"queue of {len(list(self._nodes()))}"

    def children(self):
        for number, (level, node) in enumerate(self._nodes()):
            yield f"{number} at level {level}", node


class Handles:
    """struct handle_table: what is open, by its handle."""

    def __init__(self, value):
        self._entries = value["entry"]

    def _open(self):
        low, high = self._entries.type.range()
        for index in range(low, high + 1):
            if int(self._entries[index]["type"]):
                yield int(self._entries[index]["generation"]) << 16 | index, self._entries[index]

    def to_string(self):
        return f"{len(list(self._open()))} handles"

    def children(self):
        for handle, entry in self._open():
            yield f"{handle:#x}", Handle.text(entry)


class Handle:
    """struct handle_entry."""

    def __init__(self, value):
        self._entry = value

    @staticmethod
    def text(entry):
        if not int(entry["type"]):
            return "free"
        try:
            kind = str(gdb.Value(int(entry["type"]) & 0x3f).cast(gdb.lookup_type("enum handle_type")))
        except gdb.error:
            kind = f"type {int(entry['type'])}"
        return f"{kind.removeprefix('HANDLE_').lower()} {int(entry['object']):#x}, rights {int(entry['rights']):#x}"

    def to_string(self):
        return self.text(self._entry)


PRINTERS = {"instant_t": Ticks, "duration_t": Ticks, "vaddr_t": Address, "paddr_t": Address, "thread_id_t": ThreadId,
            "process_id_t": ProcessId,
            "list": List, "prio_queue": Queue, "handle_table": Handles, "handle_entry": Handle}


def find(value):
    """gdb asks for each value that it prints."""
    kind = value.type
    if kind.strip_typedefs().code != gdb.TYPE_CODE_STRUCT:
        return None
    printer = PRINTERS.get(_tag(kind))
    return printer(value) if printer else None


def install():
    gdb.pretty_printers.append(find)
