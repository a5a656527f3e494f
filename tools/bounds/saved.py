# SPDX-License-Identifier: MIT
"""Which saved mask a restore restores: from every `mrs Xn, daif` on, its value is followed through registers and the
function's own frame to the `msr daif, Xm` that it gets to, or to the call that it is an argument of.

That nothing but a store by way of SP or the frame pointer changes a spilled value is taken for granted, as the compiler
does.
"""

from dataclasses import dataclass, field

import a64

_ARGUMENTS = range(8)
LINK_REGISTER = 30
LOST_BY_CALLS = frozenset(range(19)) | {LINK_REGISTER}
_SP, _FRAME = 31, 29


@dataclass(frozen=True)
class Argument:
    """What the caller left in a register."""

    number: int


@dataclass
class _Known:
    """`held`: register, or ("slot", offset from where SP was at the start) -> the mrs addresses and Arguments that its
    value may come from. `sp`, `frame`: offsets, None if not known."""

    sp: int = 0
    frame: int = None
    held: dict = field(default_factory=dict)

    def copy(self):
        return _Known(self.sp, self.frame, dict(self.held))

    def merge(self, other):
        """Takes in another way to the same place; whether that changed anything."""
        held = {place: sources | other.held[place] for place, sources in self.held.items() if place in other.held}
        changed = held != self.held
        self.held = held
        for name in ("sp", "frame"):
            if getattr(self, name) is not None and getattr(self, name) != getattr(other, name):
                setattr(self, name, None)
                changed = True
        return changed

    def base(self, register):
        """The offset that a base register stands at."""
        return self.sp if register == _SP else self.frame if register == _FRAME else None


def _frame_access(word):
    """(registers, offset from the base, size of each, is it a load) of a load or store of general registers with an
    immediate offset, else None. The offset is that of the access, write-back or not."""
    if word & 0x3e000000 == 0x28000000:  # pairs
        size = 8 if word >> 31 else 4
        offset = 0 if word >> 23 & 3 == 1 else a64.signed(word >> 15, 7) * size
        return (word & 31, word >> 10 & 31), offset, size, bool(word >> 22 & 1)
    size = 1 << (word >> 30)
    if word & 0x3f000000 == 0x39000000:
        return (word & 31,), (word >> 10 & 0xfff) * size, size, bool(word >> 22 & 3)
    if word & 0x3f200000 == 0x38000000:
        offset = 0 if word >> 10 & 3 == 1 else a64.signed(word >> 12, 9)
        return (word & 31,), offset, size, bool(word >> 22 & 3)
    return None


class Saved:
    """`restores`: key of a block that restores -> sources of its value, empty if not known. `passed`: key of a block
    that calls -> {number of an argument: sources}."""

    def __init__(self, graph, comes_back, changed):
        self._changed, self.image, self.graph = changed, graph.image, graph
        self.restores, self.passed = {}, {}
        first = graph.function.address
        arriving = {first: _Known(held={number: frozenset([Argument(number)]) for number in _ARGUMENTS})}
        pending = [first]
        while pending:
            key = pending.pop()
            block = graph.blocks[key]
            known = self._behind(key, block, arriving[key].copy())
            if block.calls and not comes_back(block):
                continue
            for successor in block.successors:
                if successor not in arriving:
                    arriving[successor] = known.copy()
                    pending.append(successor)
                elif arriving[successor].merge(known):
                    pending.append(successor)

    def _behind(self, key, block, known):
        for address in range(block.address, block.end, 4):
            word = self.image.word(address)
            if block.effect == a64.RESTORE:
                self.restores[key] = known.held.get(word & 31, frozenset())
            self._instruction(address, word, known)
        if block.calls:
            self.passed[key] = {number: known.held.get(number, frozenset()) for number in _ARGUMENTS}
            for register in self._changed(block):
                known.held.pop(register, None)
        return known

    def _instruction(self, address, word, known):
        moved = {}
        if word & a64.MRS_DAIF_MASK == a64.MRS_DAIF:
            moved[word & 31] = frozenset([address])
        elif word & 0xffe0ffe0 == 0xaa0003e0:  # mov Xd, Xm
            moved[word & 31] = known.held.get(word >> 16 & 31)
        elif a64.is_load_or_store(word):
            moved = self._access(word, known)
        effect = a64.stack_effect(word)
        for register in a64.registers_written(word):
            known.held.pop(register, None)
            if register == _FRAME and (effect is None or effect[0] != "frame"):
                known.frame = None
        self._move_stack(effect, known)
        known.held.update({place: sources for place, sources in moved.items() if sources})

    @staticmethod
    def _access(word, known):
        """What a load or store brings where; forgets what a store covers."""
        access, base = _frame_access(word), known.base(word >> 5 & 31)
        if access is None or base is None:
            return {}
        registers, offset, size, is_load = access
        moved = {}
        for index, register in enumerate(registers):
            at = base + offset + index * size
            if is_load:
                moved[register] = known.held.get(("slot", at)) if size == 8 else None
                continue
            for slot in [slot for slot in known.held if isinstance(slot, tuple) and at - 8 < slot[1] < at + size]:
                del known.held[slot]
            if size == 8:
                moved["slot", at] = known.held.get(register)
        return moved

    @staticmethod
    def _move_stack(effect, known):
        if effect is None:
            return
        kind, value = effect
        if kind == "frame":
            known.frame = None if known.sp is None else known.sp + value
        elif kind == "add" and known.sp is not None:
            known.sp += value
        elif kind == "unframe":
            known.sp = None if known.frame is None else known.frame + value
        else:
            known.sp = None
