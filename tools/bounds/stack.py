# SPDX-License-Identifier: MIT
"""Stack depth: how far below where it found SP a function, with all that it calls, may go.

Here paths that do not come back count too: who panics needs stack for the report. The report may itself fail and be
entered again, PANIC_ENTRIES times at most (kernel/panic.c), so its depth is taken that often.

Assembly may change stacks: what lies on the new one is kept apart, by who names it:

    kernel   mov sp, TPIDR_EL1     the CPU's kernel stack
    fatal    mov sp, another       the stack of the fatal path, or a frame: not followed
"""

from dataclasses import dataclass, field

import a64
from analysis import CAN_RETURN
from facts import Refusal

PANIC_ENTRIES = 3
PANICS = ("panic", "kernel_fatal")
_ASSEMBLY = ".S"
_NESTING_MAX = 8


@dataclass
class Depth:
    """Bytes: on the stack that it was called on, and on others that it goes to."""

    own: int = 0
    others: dict = field(default_factory=dict)

    def take(self, stack, depth):
        """Something on `stack` (None: its own) that needs `depth`."""
        if stack is None:
            self.own = max(self.own, depth)
        else:
            self.others[stack] = max(self.others.get(stack, 0), depth)


@dataclass(frozen=True)
class Place:
    """Where SP is: bytes below the start of `stack`, and x29, in the same measure."""

    below: int = 0
    frame: int = None
    stack: str = None


class Stack:
    """Depths of the functions of an analysed image. `lines` tells which are assembly. `report`: with what does not
    come back; without, it is what a machine needs that goes on."""

    def __init__(self, analysis, lines, report=True):
        self.analysis, self.image, self.lines, self.with_report = analysis, analysis.image, lines, report
        self._depths, self._active = {}, []
        self._panics = [self.image.by_name[name].address for name in PANICS if name in self.image.by_name]
        self._report = None

    def report_depth(self):
        """Bytes that the report of a panic may need, entered as often as it can be."""
        if self._report is None:
            self._report = 0
            once = max((self._compute(address).own for address in self._panics), default=0)
            self._report = PANIC_ENTRIES * once
            self._depths.clear()
        return self._report

    def depth(self, address):
        """The Depth of the function at `address`; Refusal."""
        if not self.with_report and not self.analysis.fate(address):
            return Depth()
        if address in self._panics:
            return Depth(self.report_depth())
        return self._known(address)

    def _known(self, address):
        if address not in self._depths:
            if address in self._active:
                raise Refusal("recursion", address, "recursion: its stack has no bound")
            self._depths[address] = self._compute(address)
        return self._depths[address]

    def _compute(self, address):
        self._active.append(address)
        try:
            return _Walk(self, self.analysis.graph(address)).depth
        finally:
            self._active.pop()

    def reserves(self, address):
        """[(address of a mask, bytes that it looks for below SP, bytes that may be used below it while masked)] of one
        function: what arch_irq_mask() probes must cover what follows."""
        graph, found = self.analysis.graph(address), []
        walk = _Walk(self, graph)
        for key, block in graph.blocks.items():
            probed = self._probe_before(block.address) if block.effect == a64.MASK else None
            if probed is not None and key in walk.arriving:
                found.append((block.address, probed, walk.deepest_while_masked(key) - walk.arriving[key].below))
        return found

    def _probe_before(self, address):
        """The probe stands just before the mask, or before the mrs that saves it."""
        for at in (address - 4, address - 8):
            if self.image.is_text(at) and a64.probes_below_stack(self.image.word(at)) is not None:
                return a64.probes_below_stack(self.image.word(at))
        return None

    def is_assembly(self, address):
        """Whether a function was written in assembly, where a change of stacks is meant."""
        return self.lines.of(address)[0].endswith(_ASSEMBLY)


class _Walk:
    """One function, all places that SP can be in at each block."""

    def __init__(self, stack, graph):
        self.stack, self.image, self.graph, self.depth = stack, stack.image, graph, Depth()
        self._deepest = {}
        self.arriving = arriving = {graph.function.address: Place()}
        pending = [graph.function.address]
        while pending:
            key = pending.pop()
            place = self._block(graph.blocks[key], arriving[key])
            for successor in self._successors(graph.blocks[key]):
                if successor not in arriving:
                    arriving[successor] = place
                    pending.append(successor)
                elif self._differs(arriving[successor], place):
                    raise Refusal("stack", graph.blocks[key].end - 4, "the stack pointer differs by the way taken")
                elif arriving[successor].frame != place.frame and arriving[successor].frame is not None:
                    arriving[successor] = Place(place.below, None, place.stack)
                    pending.append(successor)

    def _successors(self, block):
        """Behind a call that does not come back stands something else."""
        if block.calls and not any(self.stack.analysis.fate(target) & CAN_RETURN for target in block.calls):
            return []
        return block.successors + block.left_out

    @staticmethod
    def _differs(one, other):
        return (one.below, one.stack) != (other.below, other.stack)

    def deepest_while_masked(self, start):
        """The greatest depth of the blocks that can follow the mask `start` before its unmask; pairs may nest."""
        deepest, seen, pending = 0, set(), [(start, 0)]
        while pending:
            key, nested = pending.pop()
            if (key, nested) in seen or nested > _NESTING_MAX:
                continue
            seen.add((key, nested))
            block = self.graph.blocks[key]
            deepest = max(deepest, self._deepest[key])
            nested += (block.effect == a64.MASK) - (block.effect in (a64.UNMASK, a64.RESTORE))
            if nested > 0:
                pending += [(successor, nested) for successor in self._successors(block)]
        return deepest

    def _block(self, block, place):
        if block.effect == a64.ERET and not self.stack.is_assembly(self.graph.function.address):
            raise Refusal("escape", block.end - 4, "eret: a way that goes on where nobody sees, or an end of the kernel's own")
        deepest = place.below
        for address in range(block.address, block.end, 4):
            place = self._instruction(address, place)
            self.depth.take(place.stack, place.below)
            deepest = max(deepest, place.below)
        for target in block.calls:
            callee = self.stack.depth(target)
            self.depth.take(place.stack, place.below + callee.own)
            deepest = max(deepest, place.below + callee.own)
            for name, depth in callee.others.items():
                self.depth.take(name, depth)
        if block.leave == "svc":
            self._door(block)
        self._deepest[("tail", block.address) if block.address == block.end else block.address] = deepest
        return place

    def _door(self, block):
        """A task call: what it needs is on the kernel stack."""
        _, _, handler = self.stack.analysis.door_graph(block.number, block.end - 4)
        self.depth.take("kernel", self.stack.depth(handler).own)

    def _instruction(self, address, place):
        word = self.image.word(address)
        if word & 0xfffffc1f == 0xd65f0000:
            return place
        if a64.selects_stack(word) and not self.stack.is_assembly(self.graph.function.address):
            raise Refusal("switch", address, "the other stack pointer is selected")
        effect = a64.stack_effect(word)
        if effect is None:
            frame = None if self._writes_frame_pointer(word) else place.frame
            return Place(place.below, frame, place.stack)
        kind, value = effect
        if kind == "add":
            frame = None if self._writes_frame_pointer(word) else place.frame
            return Place(place.below - value, frame, place.stack)
        if kind == "frame":
            return Place(place.below, place.below - value, place.stack)
        if kind == "unframe" and place.frame is not None:
            return Place(place.frame - value, place.frame, place.stack)
        return self._switch(address, value)

    def _switch(self, address, register):
        if not self.stack.is_assembly(self.graph.function.address):
            raise Refusal("stack", address, "sp is set to what is not known: a stack of varying size, or another stack")
        before = self.image.word(address - 4)
        is_kernel = before == 0xd538d080 | register  # mrs xN, tpidr_el1
        return Place(0, None, "kernel" if is_kernel else "fatal")

    @staticmethod
    def _writes_frame_pointer(word):
        """Loads of x29, as epilogues do, end what is known of it. A pair or a single load."""
        if word & 0x3a400000 == 0x28400000:
            return 29 in (word & 31, word >> 10 & 31)
        if word & 0x3a000000 == 0x38000000:
            return word & 31 == 29
        return word & 31 == 29 and word & 0x1f000000 in (0x0a000000, 0x0b000000, 0x11000000, 0x12000000)
