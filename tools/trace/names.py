# SPDX-License-Identifier: MIT
"""What is at an address of the program that was traced, and what its threads are called."""

import bisect

from records import IDLE, NOBODY, thread_text

NAME_MAX = 64  # bytes


class Names:
    """Without an image (tools/bounds/elf.py), addresses stay numbers."""

    def __init__(self, trace, image=None):
        self._image = image
        named = image.symbols.named.items() if image is not None else ()
        self._objects = sorted((address, address + max(size, 1), name) for name, (address, size) in named)
        self._starts = [start for start, _, _ in self._objects]
        self._places, self._texts, self._threads = {}, {}, {}
        for event in trace.events:
            if event.name == "spawn":
                self._threads[event.thread] = self.text(event.fields["label"]) or self.place(event.fields["entry"])

    def text(self, address):
        """The constant text there; empty: there is none that could be one."""
        if self._image is None or not address:
            return ""
        for section in self._image.sections:
            if section.holds(address):
                start = section.offset + address - section.address
                piece = self._image.data[start:start + NAME_MAX].split(b"\0")[0]
                text = piece.decode(errors="replace")
                return text if text.isprintable() else ""
        return ""

    def label(self, address):
        if address not in self._texts:
            self._texts[address] = self.text(address) or (f"{address:#x}" if address else "")
        return self._texts[address]

    def place(self, address):
        """The function or object that the address is in; a number where there is none; empty: 0."""
        if not address:
            return ""
        if address not in self._places:
            self._places[address] = self._look_up(address)
        return self._places[address]

    def _look_up(self, address):
        last = bisect.bisect_right(self._starts, address)
        first = bisect.bisect_left(self._starts, self._starts[last - 1]) if last else 0
        for start, end, name in self._objects[first:last]:  # which all begin there
            if address < end:
                return name if address == start else f"{name}+{address - start:#x}"
        return f"{address:#x}"

    def thread(self, thread):
        if thread in (NOBODY, IDLE):
            return thread_text(thread)
        name = self._threads.get(thread)
        return f"{name} ({thread_text(thread)})" if name else thread_text(thread)

    def in_words(self, event):
        """The fields of an event, addresses in words."""
        words = dict(event.fields)
        for key in words.keys() & {"object", "entry", "pc"}:
            words[key] = self.place(words[key])
        if "label" in words:
            words["label"] = self.label(words["label"])
        return words
