# SPDX-License-Identifier: MIT
"""The flow graph of one function: blocks of instructions, where they go, whom they call.

A block ends where control may part or come together, before and behind each mark, each call and each instruction
that touches the interrupt mask. What leaves the function is one of

    exit     ret, eret
    tail     a branch to another function's start: that one's return is this one's
    svc      the door; the kernel returns for the call, to the caller
"""

import functools
from dataclasses import dataclass, field

import a64
from facts import CALLS, LEFT_OUT, MASKS, TABLE, Refusal

_ENDS = (a64.JUMP, a64.JUMP_REGISTER, a64.RETURN, a64.ERET, a64.SVC, a64.TRAP, a64.ESCAPE)
_CALLS = (a64.CALL, a64.CALL_REGISTER)


@dataclass
class Block:
    """Instructions [address, end). `leave`: exit, tail, svc, trap or None; `calls`: addresses, at the last
    instruction. `effect`: what it does to the interrupt mask; such a block is that one instruction. `left_out`:
    successors that BOUND_LEFT_OUT takes out of all bounds."""

    address: int
    end: int
    successors: list = field(default_factory=list)
    calls: frozenset = frozenset()
    leave: str = None
    effect: str = None
    number: int = 0
    marks: list = field(default_factory=list)
    left_out: list = field(default_factory=list)

    @property
    def count(self):
        """Its instructions."""
        return (self.end - self.address) // 4


class Graph:
    """The blocks of a function by address, only those that can be reached."""

    def __init__(self, image, facts, function):
        self.image, self.facts, self.function = image, facts, function
        self._steps, self._leaders, self._tails = {}, {function.address}, {}
        self._walk()
        self.blocks = {}
        for leader in sorted(self._leaders):
            if leader in self._steps:
                self._cut(leader)
        self._split_conditional_tails()
        self._check_marks()
        self._leave_out()
        self._resolve_indirect()

    def _refuse(self, reason, address, text):
        raise Refusal(reason, address, text)

    def _inside(self, address):
        return self.function.address <= address < self.function.end

    def _is_tail(self, address, target):
        """Whether a branch leaves for another function's start."""
        if self._inside(target):
            return False
        if target not in self.image.by_address:
            self._refuse("escape", address, f"a branch into the middle of {self.image.place(target)}")
        return True

    # --- Instructions ----------------------------------------------------------------------------

    def _walk(self):
        pending = [self.function.address]
        while pending:
            address = pending.pop()
            while address not in self._steps:
                if not self._inside(address):
                    self._refuse("escape", address - 4, "the code runs on behind the end of the function")
                step = a64.decode(self.image.word(address), address)
                self._steps[address] = step
                if address in self.facts.at or a64.mask_effect(self.image.word(address)):
                    self._leaders |= {address, address + 4}
                pending += self._branch(address, step)
                if step.kind in _ENDS or (step.kind in _CALLS and not self._inside(address + 4)):
                    break
                address += 4

    def _branch(self, address, step):
        """Notes what a branch or call begins; returns where else there is to walk."""
        if step.kind in (a64.JUMP, a64.BRANCH):
            self._leaders.add(address + 4)
            if self._is_tail(address, step.target):
                self._tails[address] = step.target
                return []
            self._leaders.add(step.target)
            return [step.target]
        if step.kind in (a64.CALL, a64.CALL_REGISTER, a64.SVC):
            self._leaders.add(address + 4)
        if step.kind == a64.CALL and step.target not in self.image.by_address:
            self._refuse("escape", address, f"a call of {self.image.place(step.target)}, where no function begins")
        if step.kind == a64.ESCAPE:
            self._refuse("escape", address, "hvc or smc: what it costs is outside this image")
        return []

    # --- Blocks ----------------------------------------------------------------------------------

    def _cut(self, leader):
        block = Block(leader, leader, marks=self.facts.at.get(leader, []))
        self.blocks[leader] = block
        address = leader
        while True:
            step = self._steps[address]
            block.end = address + 4
            if self._close(block, address, step):
                return
            address += 4
            if address in self._leaders:
                block.successors = [address]
                return

    def _close(self, block, address, step):
        """Whether the instruction ends the block; if so, how."""
        effect = a64.mask_effect(self.image.word(address))
        if effect:
            block.effect, block.successors = effect, [address + 4]
            return True
        if step.kind == a64.NEXT:
            return False
        if step.kind == a64.JUMP:
            block.leave = "tail" if address in self._tails else None
            block.calls = frozenset([step.target]) if block.leave else frozenset()
            block.successors = [] if block.leave else [step.target]
        elif step.kind == a64.BRANCH:
            block.successors = sorted({address + 4, step.target})
            if address in self._tails:
                block.successors = [address + 4, ("tail", address)]
        elif step.kind in _CALLS:
            block.calls = frozenset([step.target]) if step.kind == a64.CALL else None
            if self._inside(address + 4):
                block.successors = [address + 4]
            else:
                block.leave = "noreturn"  # the compiler's word: nothing of this function stands behind the call
        else:
            block.leave = {a64.RETURN: "exit", a64.ERET: "exit", a64.SVC: "svc", a64.TRAP: "trap",
                           a64.JUMP_REGISTER: "tail"}[step.kind]
            block.number = step.number
            block.effect = a64.ERET if step.kind == a64.ERET else None
            block.calls = None if step.kind == a64.JUMP_REGISTER else frozenset()
        return True

    def _split_conditional_tails(self):
        """The tail call of a conditional branch is a block of no instructions."""
        for address, target in self._tails.items():
            if self._steps[address].kind == a64.BRANCH:
                self.blocks["tail", address] = Block(address, address, calls=frozenset([target]), leave="tail")

    def _check_marks(self):
        """What rests on a record that cannot be believed is not bounded."""
        for block in self.blocks.values():
            for mark in block.marks:
                if mark.name in self.facts.doubtful:
                    raise self.facts.doubtful[mark.name]

    def _leave_out(self):
        """Takes away what comes behind BOUND_LEFT_OUT."""
        for block in self.blocks.values():
            if any(mark.kind == LEFT_OUT for mark in block.marks):
                block.left_out, block.successors = block.successors, []

    # --- Indirect calls: the last mark on every path says who is called ----------------------------

    def _resolve_indirect(self):
        unknown = [block for block in self.blocks.values() if block.calls is None]
        if not unknown:
            return
        arriving = self._flow_of_callees()
        for block in unknown:
            block.calls = frozenset(self._callees(block, arriving[block.address]))

    def _callees(self, block, arriving):
        at = block.end - 4
        here = [mark for mark in self.facts.at.get(at, []) if mark.kind == TABLE]
        marks = frozenset(here) if here else self._leaving(block, arriving)
        if None in marks:
            what = "jump" if block.leave == "tail" else "indirect"
            self._refuse(what, at, "an indirect branch, and not every path to it says where it may go")
        targets = set()
        for mark in marks:
            targets |= self.facts.targets(mark)
        for target in targets:
            if target not in self.image.by_address:
                self._refuse("indirect", at, f"{target:#x} may be called, and is no function")
        if not targets:
            self._refuse("indirect", at, "an indirect call of nobody")
        return targets

    @staticmethod
    def _leaving(block, arriving):
        for mark in block.marks:
            if mark.kind in (CALLS, TABLE):
                arriving = frozenset([mark])
        return arriving

    def _flow_of_callees(self):
        """For each block, the marks that may be the last before it; None: perhaps none."""
        arriving = {key: frozenset() for key in self.blocks}
        arriving[self.function.address] = frozenset([None])
        pending = [self.function.address]
        while pending:
            key = pending.pop()
            block = self.blocks[key]
            # A mark is used up by the call that it is for.
            out = frozenset([None]) if block.calls is None else self._leaving(block, arriving[key])
            for successor in block.successors:
                merged = arriving[successor] | out
                if merged != arriving[successor]:
                    arriving[successor] = merged
                    pending.append(successor)
        return arriving

    # --- Questions ---------------------------------------------------------------------------------

    @functools.cached_property
    def priority_marks(self):
        """Blocks whose mark says that the controller's priority mask is raised (1) or opened (0)."""
        return {key: mark.number for key, block in self.blocks.items() for mark in block.marks if mark.kind == MASKS}
