# SPDX-License-Identifier: MIT
"""Bounds of functions and doors, callee first.

What a call costs is counted as its thread sees it: its own instructions, and the kernel's on its behalf from the SVC
to the eret; not those of interrupts, nor of other threads that run while it waits.

A path that cannot come to an end (panic, halt) is left out of every bound. A path that ends the thread is counted
up to its eret.
"""

from dataclasses import dataclass, field

import a64
import flow
import returns
from facts import Facts, Refusal
from paths import Node, Problem
from store import Store

DOOR = "vector_thread_sync"
FAULT = "thread_fault"
CALL_TABLE = "task_call_table"
# Task calls that do not come back: what the compiler knows by NORETURN.
ENDING_CALLS = ("task_call_thread_exit",)

CAN_RETURN, CAN_END = 1, 2


@dataclass
class Result:
    """What is known of a function."""

    bound: int = None
    counts: dict = field(default_factory=dict)
    refusal: Refusal = None


class Analysis:
    """Everything that is asked of one image."""

    def __init__(self, image, functions=None):
        self.image, self.facts, self.store = image, Facts(image), Store()
        self._graphs, self.results, self._active = {}, {}, []
        self.functions = [function for function in image.symbols.functions if functions is None or functions(function)]
        self._fate = {}
        self._settle_fates()

    # --- Graphs --------------------------------------------------------------------------------------

    def graph(self, address):
        """The flow graph of the function at `address`, or the Refusal that there is none."""
        if address not in self._graphs:
            try:
                self._graphs[address] = flow.Graph(self.image, self.facts, self.image.by_address[address])
            except Refusal as refusal:
                self._graphs[address] = refusal
        if isinstance(self._graphs[address], Refusal):
            raise self._graphs[address]
        return self._graphs[address]

    def _reachable(self):
        """Graphs of our functions and of all that they call."""
        pending, graphs = [function.address for function in self.functions], {}
        while pending:
            address = pending.pop()
            if address in graphs:
                continue
            try:
                graphs[address] = self.graph(address)
            except Refusal:
                graphs[address] = None
                continue
            for block in graphs[address].blocks.values():
                pending += [target for target in block.calls if target in self.image.by_address]
        return graphs

    # --- Does a call come back? ----------------------------------------------------------------------

    def fate(self, address):
        """CAN_RETURN, CAN_END or both; neither: panic and its like."""
        return self._fate.get(address, CAN_RETURN)

    def _settle_fates(self):
        """The least answer that agrees with itself: a function returns only if a path shows it."""
        graphs = self._reachable()
        self._fate = {address: 0 if graph else CAN_RETURN for address, graph in graphs.items()}
        ending = {self.image.by_name[name].address for name in ENDING_CALLS if name in self.image.by_name}
        changed = True
        while changed:
            changed = False
            for address, graph in graphs.items():
                fate = self._fate_of(graph, address in ending) if graph else CAN_RETURN
                if fate != self._fate[address]:
                    self._fate[address], changed = fate, True

    def _fate_of(self, graph, ends):
        fate, seen, pending = 0, set(), [graph.function.address]
        while pending:
            key = pending.pop()
            if key in seen:
                continue
            seen.add(key)
            block = graph.blocks[key]
            called = 0
            for target in block.calls:
                called |= self.fate(target)
            if block.calls:
                fate |= called & CAN_END
                if not called & CAN_RETURN:
                    continue
            if block.leave == "svc":
                fate |= CAN_END if ends else CAN_RETURN
            elif block.effect == a64.ERET or block.leave == "noreturn":
                fate |= CAN_END
            elif block.leave in ("exit", "tail"):
                fate |= CAN_RETURN
            pending += block.successors
        return fate

    # --- Bounds --------------------------------------------------------------------------------------

    def bound(self, address):
        """The bound of the function at `address`; Refusal."""
        known = self.results.get(address)
        if known is None:
            known = self.results[address] = self._compute(address)
        if known.refusal:
            raise known.refusal
        return known.bound

    def _compute(self, address):
        if address in self._active:
            names = [self.image.place(each) for each in self._active[self._active.index(address):] + [address]]
            return Result(refusal=Refusal("recursion", address, "recursion: " + " -> ".join(names)))
        self._active.append(address)
        try:
            graph = self.graph(address)
            way = self._longest(graph, self.image.by_address[address].name, self._call_cost)
            return Result(way.bound, way.counts)
        except Refusal as refusal:
            return Result(refusal=refusal)
        finally:
            self._active.pop()
            self.results.pop(address, None)

    def _call_cost(self, block):
        """Names of the bounds of whom a block calls."""
        names = []
        for target in sorted(block.calls):
            if self.fate(target):
                try:
                    self.bound(target)
                except Refusal as refusal:
                    refusal.callers.append(block.end - 4)
                    raise
                names.append(self.image.by_address[target].name)
        if block.leave == "svc":
            names.append(self.door(block.number, block.end - 4))
        return tuple(names)

    def _longest(self, graph, name, call_cost):
        nodes, sinks = self.nodes(graph, call_cost)
        problem = Problem(name, nodes, graph.function.address, sinks, self.facts)
        if problem.is_empty:
            self.store.add(name, 0, [], [], [])
            return Result(0)
        way = problem.answer(self.store)
        return Result(way.bound, way.counts)

    def nodes(self, graph, call_cost):
        """The nodes of a path problem and where its paths may end."""
        nodes, sinks = {}, []
        strayed = returns.strayed(graph, lambda block: any(self.fate(target) & CAN_RETURN for target in block.calls))
        for key, block in graph.blocks.items():
            fate = 0
            for target in block.calls:
                fate |= self.fate(target)
            successors = block.successors
            if block.calls and not fate & CAN_RETURN:
                successors = []
            elif block.leave == "noreturn":
                raise Refusal("escape", block.end - 4, "a call that comes back, and nothing of the function behind it")
            if not block.calls or fate:
                if block.leave in ("exit", "svc", "tail", "noreturn") or (block.calls and fate & CAN_END):
                    sinks.append(key)
            if key in strayed and (not block.calls or fate & CAN_RETURN):
                raise Refusal("escape", block.end - 4, "comes back to elsewhere: x30 is not as the caller left it")
            exclusive = any(a64.is_exclusive_store(self.image.word(at)) for at in range(block.address, block.end, 4))
            cost = (block.count, call_cost(block) if not block.calls or fate else ())
            nodes[key] = Node(cost, successors, block.marks, block.address, exclusive)
        return nodes, sinks

    # --- Doors ---------------------------------------------------------------------------------------

    def door_graph(self, number, address=0):
        """(graph of the door, its fault's address, the handler) of task call `number`; Refusal."""
        if DOOR not in self.image.by_name or CALL_TABLE not in self.image.symbols.named:
            raise Refusal("escape", address, "svc: this image has no door for it")
        table, size = self.image.symbols.named[CALL_TABLE]
        if number * 8 >= size:
            raise Refusal("escape", address, f"svc {number}: no such task call")
        handler = int.from_bytes(self.image.read(table + number * 8, 8), "little")
        return self.graph(self.image.by_name[DOOR].address), self.image.by_name[FAULT].address, handler

    def door(self, number, address=0):
        """The name of the bound of task call `number`, from the first instruction of the vector to the eret. The
        vector compares the number with the size of the table, so a number below it never gets to the fault."""
        name = f"svc {number}"
        if name in self.store.bounds:
            return name
        graph, fault, handler = self.door_graph(number, address)

        def call_cost(block):
            if block.leave is None and block.calls:
                self.bound(handler)
                return (self.image.by_address[handler].name,)
            return self._call_cost(block)

        nodes, sinks = self.nodes(graph, lambda block: () if block.calls == {fault} else call_cost(block))
        sinks = [key for key in sinks if graph.blocks[key].calls != {fault}]
        Problem(name, nodes, graph.function.address, sinks, self.facts).answer(self.store)
        return name
