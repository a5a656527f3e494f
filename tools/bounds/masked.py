# SPDX-License-Identifier: MIT
"""Masked stretches: from the instruction behind the one that masks interrupts (or the first of a vector) up to and
including the one that unmasks them (or the eret).

A function is taken with the state that it is called in: whether interrupts are masked, and the states that were saved
before. They are taken to be restored last in, first out; that the value which a restore restores is the one that was
saved last is looked up (saved.py). Its summary says

    through  the longest way from its start to its return without an unmask
    head     the longest way from its start to its first unmask
    tails    the longest ways from a mask within it to its return, by where the mask is
    and the stretches that lie within it,

from which a caller's are put together. Where the interrupt controller's priority mask stands for the CPU's, BOUND_MASKS
says so, and a write of it without that is refused.
"""

from dataclasses import dataclass, field

import a64
from analysis import CAN_RETURN
from facts import MASKS, Refusal
from paths import Node, Problem
from saved import LINK_REGISTER, LOST_BY_CALLS, Argument, Saved

_SAVES_MAX = 8


@dataclass(frozen=True)
class Save:
    """A mask that was saved: whether it was set, and the address of the mrs that read it, None if none did."""

    masked: bool
    site: int = None


@dataclass(frozen=True)
class State:
    """`declared`: a BOUND_MASKS came by, and the write of the priority mask that it speaks of has not."""

    masked: bool
    saves: tuple = ()
    declared: bool = False

    def text(self):
        """For names of certificates."""
        return ("masked" if self.masked else "unmasked") + "".join(
            ("+m" if save.masked else "+u") + (f"{save.site:x}" if save.site else "") for save in self.saves)


@dataclass
class Summary:
    """`exit`: the state on return, None if there is none. The rest are names of bounds; `tails` and `within` by the
    address of the mask."""

    exit: State = None
    through: str = None
    head: str = None
    tails: dict = field(default_factory=dict)
    within: dict = field(default_factory=dict)


@dataclass
class Step:
    """A block in one state."""

    block: object
    before: State
    after: State
    callees: list
    fate: int
    successors: list = field(default_factory=list)


class Masked:
    """The masked stretches of an analysed image."""

    def __init__(self, analysis):
        self.analysis, self.image = analysis, analysis.image
        self.stretches = {}  # address of the mask -> name of the longest stretch's bound
        self.ways = {}       # name of a bound -> {address of a block: how often}
        self._summaries, self._relevant, self._saved, self._wanted, self._changed = {}, {}, {}, {}, {}

    # --- Which functions matter ----------------------------------------------------------------------

    def is_relevant(self, address):
        """Whether a call may touch the mask; all others only take their time."""
        if address not in self._relevant:
            self._relevant[address] = False
            self._relevant[address] = self._touches(address)
        return self._relevant[address]

    def _touches(self, address):
        graph = self.analysis.graph(address)
        if any(block.effect for block in graph.blocks.values()) or graph.priority_marks:
            return True
        return any(self.analysis.fate(target) and self.is_relevant(target)
                   for block in graph.blocks.values() for target in block.calls)

    def saved(self, address):
        """Where a function's saved masks go."""
        if address not in self._saved:
            self._saved[address] = Saved(
                self.analysis.graph(address),
                lambda block: any(self.analysis.fate(target) & CAN_RETURN for target in block.calls),
                lambda block: frozenset().union(*(self.changed(target) for target in block.calls)))
        return self._saved[address]

    def changed(self, address):
        """Registers that a function may leave changed. A compiler that sees a function relies on what it really does,
        not only on the calling convention."""
        if address not in self._changed:
            self._changed[address] = LOST_BY_CALLS
            graph, found = self.analysis.graph(address), set()
            for block in graph.blocks.values():
                if block.leave == "svc":
                    return self._changed[address]
                for at in range(block.address, block.end, 4):
                    found |= a64.registers_written(self.image.word(at))
                found.update(*(self.changed(target) for target in block.calls))
                found |= {LINK_REGISTER} if block.calls else set()
            self._changed[address] = LOST_BY_CALLS & found
        return self._changed[address]

    def wanted(self, address):
        """Numbers of the arguments that a function, or whom it hands them on to, restores the mask from."""
        if address not in self._wanted:
            self._wanted[address] = frozenset()
            if self.is_relevant(address):
                saved, blocks = self.saved(address), self.analysis.graph(address).blocks
                found = [sources for sources in saved.restores.values()]
                found += [passed[number] for key, passed in saved.passed.items() for target in blocks[key].calls
                          for number in self.wanted(target)]
                self._wanted[address] = frozenset(source.number for sources in found for source in sources
                                                  if isinstance(source, Argument))
        return self._wanted[address]

    # --- Summaries -----------------------------------------------------------------------------------

    def summary(self, address, state):
        """The summary of a function called in `state`; Refusal."""
        if not self.is_relevant(address):
            self.analysis.bound(address)
            through = self.image.by_address[address].name if state.masked else None
            return Summary(state if self.analysis.fate(address) & CAN_RETURN else None, through)
        key = address, state
        if key not in self._summaries:
            self._summaries[key] = Refusal("recursion", address, "recursion, through what masks interrupts")
            try:
                self._summaries[key] = _Product(self, address, state).summarise()
            except Refusal as refusal:
                self._summaries[key] = refusal
        if isinstance(self._summaries[key], Refusal):
            raise self._summaries[key]
        return self._summaries[key]

    def root(self, address, masked):
        """{where it begins: name of the bound} of the stretches of whoever is entered from outside; Refusal."""
        summary = self.summary(address, State(masked))
        if summary.exit is not None and summary.exit.masked and not masked:
            raise Refusal("masked", address, "may return with interrupts masked")
        found = dict(summary.within)
        if summary.head:
            self.keep(found, address, summary.head)
        for start, name in found.items():
            self.keep(self.stretches, start, name)
        return found

    def keep(self, known, start, name):
        """Of the stretches that begin at `start`, the longest."""
        bounds = self.analysis.store.bounds
        if start not in known or bounds[name] > bounds[known[start]]:
            known[start] = name


class _Product:
    """The blocks of one function times the states that they are passed in."""

    def __init__(self, masked, address, state):
        self.owner, self.analysis = masked, masked.analysis
        self.graph = self.analysis.graph(address)
        self.function = self.graph.function
        self.start = (address, state)
        self.title = f"{self.function.name} [{state.text()}]"
        self.steps = {}
        pending = [self.start]
        while pending:
            key = pending.pop()
            if key not in self.steps:
                self.steps[key] = self._step(*key)
                pending += self.steps[key].successors
        self._check_restores()

    # --- States --------------------------------------------------------------------------------------

    def _after(self, block, state):
        """The state behind a block that is no call."""
        marks = [mark for mark in block.marks if mark.kind == MASKS]
        if marks:
            if marks[0].number:
                return State(True, state.saves + (Save(state.masked),), True)
            return State(False, state.saves[:-1], True)
        if block.effect == a64.MASK:
            if len(state.saves) == _SAVES_MAX:
                raise Refusal("masked", block.address, "masked again and again without an end")
            return State(True, state.saves + (Save(state.masked, self._read_before(block.address)),), state.declared)
        if block.effect == a64.UNMASK:
            return State(False, state.saves[:-1], state.declared)
        if block.effect == a64.RESTORE:
            if not state.saves:
                raise Refusal("masked", block.address, "a mask is restored that was not saved on this path")
            return State(state.saves[-1].masked, state.saves[:-1], state.declared)
        if block.effect == a64.PRIORITY:
            if not state.declared:
                raise Refusal("priority", block.address, "a priority mask is written, and no BOUND_MASKS says to what end")
            return State(state.masked, state.saves, False)
        return state

    def _step(self, key, state):
        block = self.graph.blocks[key]
        if block.leave == "svc" and state.masked:
            raise Refusal("masked", block.address, "svc with interrupts masked")
        after, callees, fate = self._after(block, state), [], 0
        for target in sorted(block.calls):
            fate |= self.analysis.fate(target)
            if self.analysis.fate(target):
                callees.append(self.owner.summary(target, state))
        exits = {callee.exit for callee in callees if callee.exit is not None}
        if len(exits) > 1:
            raise Refusal("masked", block.address, "one of several callees returns in another state than the others")
        after = exits.pop() if exits else after
        successors = block.successors if not block.calls or fate & CAN_RETURN else []
        return Step(block, state, after, callees, fate, [(each, after) for each in successors])

    def _read_before(self, address):
        """The address of the mrs that stands just before a mask, or None."""
        before = address - 4
        reads = before >= self.function.address and self.owner.image.word(before) & a64.MRS_DAIF_MASK == a64.MRS_DAIF
        return before if reads else None

    def _check_restores(self):
        """Refuses a restore of anything but what the last save has read, here or in who is called with it."""
        saved = self.owner.saved(self.function.address)
        for (key, state), step in self.steps.items():
            if step.block.effect == a64.RESTORE:
                self._check_sources(step.block, state, saved.restores.get(key, frozenset()))
            for target in step.block.calls if state.saves else ():
                for number in self.owner.wanted(target) if self.analysis.fate(target) else ():
                    self._check_sources(step.block, state, saved.passed[key][number])

    def _check_sources(self, block, state, sources):
        last = state.saves[-1]
        if not sources or not all(self._is_last(source, state, last) for source in sources):
            raise Refusal("masked", block.end - 4, "restores a mask that may not be the one that was saved last")

    def _is_last(self, source, state, last):
        if isinstance(source, Argument):  # whoever calls is asked the same
            return state.saves == self.start[1].saves
        values = {before.masked for (key, before), step in self.steps.items() if step.block.address <= source < step.block.end}
        return source == last.site or values == {last.masked}

    # --- The graph of what is masked -------------------------------------------------------------------

    def _is_exit(self, step):
        return step.block.leave in ("exit", "tail") and step.block.effect != a64.ERET

    def _add(self, key, cost, successors, step):
        self.nodes[key] = Node(cost, successors, step.block.marks, step.block.address)

    def _add_call(self, key, step):
        """A call made masked: one node to come to, and one for each thing that may follow."""
        count, onward = step.block.count, []
        through = [callee.through for callee in step.callees if callee.through]
        heads = [callee.head for callee in step.callees if callee.head]
        if through:
            self.nodes["through", key] = Node((count, tuple(through)), step.successors, [], step.block.address)
            onward.append(("through", key))
            if self._is_exit(step):
                self.exits.append(("through", key))
        if heads:
            self.nodes["head", key] = Node((count, tuple(heads)), [], [], step.block.address)
            onward.append(("head", key))
            self.ends.append(("head", key))
        self._add(key, (0, ()), onward, step)

    def _add_masked(self, key, step):
        block = step.block
        if block.calls:
            if step.fate:
                self._add_call(key, step)
            return
        ends = block.effect == a64.ERET or not step.after.masked
        self._add(key, (block.count, ()), [] if ends else step.successors, step)
        if ends:
            self.ends.append(key)
        elif self._is_exit(step):
            self.exits.append(key)

    def _add_sources(self, key, step):
        """Where a stretch begins within: at a mask, or in a callee that returns masked."""
        if not step.before.masked and step.after.masked and not step.block.calls:
            source = ("mask", key)
            self.nodes[source] = Node((0, ()), step.successors, [], step.block.address)
            self.sources[source] = step.block.address
        tails = {}
        for callee in step.callees:
            for start, name in callee.tails.items():
                tails.setdefault(start, []).append(name)
        for start, names in tails.items():
            source = ("tail", key, start)
            self.nodes[source] = Node((0, tuple(names)), step.successors, [], step.block.address)
            self.sources[source] = start
            if self._is_exit(step):
                self.exits.append(source)

    # --- Answers ---------------------------------------------------------------------------------------

    def _ask(self, name, source, sinks, started):
        """The name of the longest way's bound, or None if there is no way."""
        if not sinks or source not in self.nodes:
            return None
        present = {key: node for key, node in self.nodes.items()}
        for node in present.values():
            node.successors = [key for key in node.successors if key in present]
        problem = Problem(name, present, source, sinks, self.analysis.facts, started)
        if problem.is_empty:
            return None
        way = problem.answer(self.analysis.store)
        counts = {}
        for key, count in way.counts.items():
            address = self.nodes[key].address
            counts[address] = max(counts.get(address, 0), count)
        self.owner.ways[name] = counts
        return name

    def summarise(self):
        """Builds the graph of what is masked, and asks."""
        self.nodes, self.ends, self.exits, self.sources = {}, [], [], {}
        for key, step in self.steps.items():
            if step.before.masked:
                self._add_masked(key, step)
            self._add_sources(key, step)
        result = Summary(exit=self._exit_state())
        if self.start[1].masked:
            result.through = self._ask(f"{self.title} through", self.start, self.exits, False)
            result.head = self._ask(f"{self.title} head", self.start, self.ends, False)
        for source, start in self.sources.items():
            place = f"{self.analysis.image.place(start)} at {source[1][0]}" if source[0] == "tail" else self.analysis.image.place(start)
            title = f"{self.title} from {place} {source[1][1].text()}"
            within = self._ask(f"{title} within", source, self.ends, True)
            if within:
                self.owner.keep(result.within, start, within)
            tail = self._ask(f"{title} tail", source, self.exits, True)
            if tail:
                self.owner.keep(result.tails, start, tail)
        for step in self.steps.values():
            for callee in step.callees:
                for start, name in callee.within.items():
                    self.owner.keep(result.within, start, name)
        return result

    def _exit_state(self):
        exits = {step.after for step in self.steps.values() if self._is_exit(step)
                 and (not step.block.calls or step.fate & CAN_RETURN)}
        exits |= {step.after for step in self.steps.values() if step.block.leave == "svc"}
        if len(exits) > 1:
            raise Refusal("masked", self.function.address, "returns in different states of the interrupt mask")
        return exits.pop() if exits else None
