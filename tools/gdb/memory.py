# SPDX-License-Identifier: MIT
"""The kernel's memory by the names of its structs: an Object is an address and a struct of layout.py. It reads through
a function read(address, size), whoever has one: gdb, a connection to QEMU, a file.
"""

BLOCK = 1024  # bytes that are read at once and kept


class Unreadable(Exception):
    """There is no memory at an address."""


class Memory:
    """Memory that stands still, so that what was read once is kept. read raises Unreadable."""

    def __init__(self, layout, read):
        self.layout = layout
        self._read = read
        self._blocks = {}

    def _block(self, number):
        if number not in self._blocks:
            self._blocks[number] = self._read(number * BLOCK, BLOCK)
        return self._blocks[number]

    def bytes(self, address, size):
        """That many bytes."""
        try:
            first, last = address // BLOCK, (address + size - 1) // BLOCK
            data = b"".join(self._block(number) for number in range(first, last + 1))
            return data[address - first * BLOCK:][:size]
        except Unreadable:
            return self._read(address, size)  # a block may reach beyond the memory's end

    def word(self, address, size=8, signed=False):
        return int.from_bytes(self.bytes(address, size), "little", signed=signed)

    def text(self, address, limit=64):
        """A text that ends with a zero; what cannot be read or printed is a question mark."""
        out = ""
        while address and len(out) < limit:
            try:
                letter = self.bytes(address + len(out), 1)[0]
            except Unreadable:
                return out + "?"
            if letter == 0:
                return out
            out += chr(letter) if 32 <= letter < 127 else "?"
        return out or "?"

    def object(self, tag, address):
        return Object(self, tag, address)

    def offset(self, tag, path):
        """Of a field: 'a.b.c'."""
        offset = 0
        for name in path.split("."):
            at, (_, _, tag) = self.layout["structs"][tag]["fields"][name]
            offset += at
        return offset


class Object:
    """A struct in memory. object["field"]: a number, an Object or a list of such."""

    def __init__(self, memory, tag, address):
        self.memory, self.tag, self.address = memory, tag, address
        self.fields = memory.layout["structs"][tag]["fields"]

    def __getitem__(self, name):
        offset, kind = self.fields[name]
        return self._value(self.address + offset, kind)

    def at(self, name):
        """The address of a field."""
        return self.address + self.fields[name][0]

    def to(self, name, tag):
        """What a pointer leads to, or None."""
        address = self[name]
        return Object(self.memory, tag, address) if address else None

    def _value(self, address, kind):
        what, size, detail, *more = kind
        if what == "struct":
            return Object(self.memory, detail, address)
        if what == "array":
            each = more[0]
            return [self._value(address + index * each[1], each) for index in range(detail)]
        return self.memory.word(address, size, what == "signed")
