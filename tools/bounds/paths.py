# SPDX-License-Identifier: MIT
"""The longest way through a graph, under what the source says of its loops: implicit path enumeration.

Columns are the edges of the graph, counted; the rows say that what flows into a node flows out of it, and

    turns <= number * arrivals               over all copies of a loop's marks, and
    turns within L <= number * entries of L  for every loop L of the graph that holds turns but no arrival.

The second is what an inlined or unrolled loop needs: it would be wrong for an L that holds the arrival too, because
then L is an outer loop. Both hold for whatever the compiler made of the loop, since it keeps how often each mark is
passed. A path that ends nowhere (panic, halt) has no end to be counted to: it is left out.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import lp
from facts import LIMIT, LOOP, PATH, TURN, Refusal


@dataclass
class Node:
    """`cost`: (instructions of its own, names of bounds of which the greatest is added). `address`: for people."""

    cost: tuple
    successors: list
    marks: list = field(default_factory=list)
    address: int = 0
    exclusive: bool = False


@dataclass
class Way:
    """The result: a bound, and how often the worst case passes each node."""

    bound: int
    counts: dict


def _reach(starts, successors):
    seen, pending = set(starts), list(starts)
    while pending:
        for key in successors(pending.pop()):
            if key not in seen:
                seen.add(key)
                pending.append(key)
    return seen


def components(keys, successors):
    """Strongly connected components, iteratively (Tarjan)."""
    index, low, stack, on_stack, result = {}, {}, [], set(), []
    for root in keys:
        if root in index:
            continue
        work = [(root, iter(successors(root)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            key, rest = work[-1]
            for after in rest:
                if after not in index:
                    index[after] = low[after] = len(index)
                    stack.append(after)
                    on_stack.add(after)
                    work.append((after, iter(successors(after))))
                    break
                if after in on_stack:
                    low[key] = min(low[key], index[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    part = set(stack[stack.index(key):])
                    del stack[stack.index(key):]
                    on_stack -= part
                    result.append(part)
    return result


class Problem:
    """One question: the longest way from `source` to any of `sinks`. `started`: the way may begin in the middle of
    loops that were arrived at before."""

    def __init__(self, name, nodes, source, sinks, facts, started=False):
        self.name, self.source, self.facts, self.started = name, source, facts, started
        forward = _reach([source], lambda key: nodes[key].successors)
        before = defaultdict(list)
        for key in forward:
            for after in nodes[key].successors:
                before[after].append(key)
        backward = _reach([key for key in sinks if key in forward], lambda key: before[key])
        self.nodes = {key: Node(nodes[key].cost, [after for after in nodes[key].successors if after in backward],
                                nodes[key].marks, nodes[key].address, nodes[key].exclusive)
                      for key in nodes if key in forward and key in backward}
        self.sinks = [key for key in self.nodes if key in set(sinks)]
        self.is_empty = source not in self.nodes
        # A loop can be arrived at on a path that is left out; its number is known all the same.
        self._arrivals = {mark.name for node in nodes.values() for mark in node.marks if mark.kind in (LOOP, LIMIT)}

    # --- Loops -------------------------------------------------------------------------------------

    def _successors_within(self, keys):
        return lambda key: [after for after in self.nodes[key].successors if after in keys]

    def loops(self):
        """(head, keys) of every loop, outer ones first."""
        found, pending = [], [set(self.nodes)]
        while pending:
            keys = pending.pop()
            for part in components(sorted(keys, key=str), self._successors_within(keys)):
                if len(part) == 1 and not set(self.nodes[min(part, key=str)].successors) & part:
                    continue
                head = self._head(part, keys)
                found.append((head, part))
                pending.append(part - {head})
        return found

    def _head(self, part, keys):
        """Where the loop is come in at; of several ways in (compilers make such loops) one. All that is concluded
        from a loop holds for any set of nodes, so the choice only decides how loops are taken apart further."""
        heads = {after for key in keys - part for after in self.nodes[key].successors if after in part}
        heads |= {self.source} & part
        if not heads:  # only reached through an outer head
            heads = {after for key in self.nodes if key not in part for after in self.nodes[key].successors if after in part}
        return min(heads, key=str)

    def _names(self, keys, kinds):
        return {mark.name for key in keys for mark in self.nodes[key].marks if mark.kind in kinds}

    def _check_loop(self, head, part):
        """Refuses a loop with a way round it that no turn of its own counts: the solver would only say 'unbounded'."""
        if any(self.nodes[key].exclusive for key in part):
            address = next(self.nodes[key].address for key in sorted(part, key=str) if self.nodes[key].exclusive)
            raise Refusal("exclusive", address, "a retry loop round an exclusive store has no bound")
        own = self._names(part, (TURN, PATH)) - self._names(part, (LOOP, LIMIT))
        counting = {key for key in part for mark in self.nodes[key].marks if mark.name in own}
        free = part - counting
        if head in free:
            round_again = _reach([after for after in self.nodes[head].successors if after in free],
                                 self._successors_within(free))
            if head in round_again:
                raise Refusal("loop", self.nodes[head].address, "a loop with a way round it that has no BOUND_TURN")

    # --- Rows ----------------------------------------------------------------------------------------

    def _columns(self):
        """Edges, and one more for the end at each sink."""
        self.edges = [(key, after) for key in self.nodes for after in self.nodes[key].successors]
        self.edges += [(key, None) for key in self.sinks]
        self._out, self._in = defaultdict(list), defaultdict(list)
        for column, (key, after) in enumerate(self.edges):
            self._out[key].append(column)
            if after is not None:
                self._in[after].append(column)

    def _passes(self, keys, factor=1, into=None):
        terms = into if into is not None else {}
        for key in keys:
            for column in self._out[key]:
                terms[column] = terms.get(column, 0) + factor
        return terms

    def _flow_rows(self):
        rows = []
        for key in self.nodes:
            terms = self._passes([key])
            for column in self._in[key]:
                terms[column] = terms.get(column, 0) - 1
            rows.append(lp.Row(terms, 1 if key == self.source else 0, True))
        return rows

    def _marked(self, kinds):
        places = defaultdict(list)
        for key, node in self.nodes.items():
            for mark in node.marks:
                if mark.kind in kinds:
                    places[mark.name].append(key)
        return places

    def _begun_before(self, name, turns, arrivals):
        """Whether a turn can come before any arrival: its loop had begun when the way did, or this is no loop."""
        stop = set(arrivals[name])
        seen = _reach([self.source], lambda key: [] if key in stop else self.nodes[key].successors)
        sooner = [key for key in turns[name] if key in seen and key not in stop]
        if sooner and not self.started:
            address = self.nodes[min(sooner, key=str)].address
            raise Refusal("marker", address, f"{name}: a way to a turn passes by what its number is set at")
        return bool(sooner)

    def _fact_rows(self, loops):
        rows, turns, arrivals = [], self._marked((TURN, PATH)), self._marked((LOOP, LIMIT))
        for name, keys in turns.items():
            if name not in self._arrivals and not self.started:
                address = self.nodes[keys[0]].address
                raise Refusal("outlined", address, f"{name}: a turn whose loop is not arrived at in this function")
            number = self.facts.number[name]
            terms = self._passes(arrivals[name], -number, self._passes(keys))
            rows.append(lp.Row(terms, number if self._begun_before(name, turns, arrivals) else 0, False))
            for _, part in loops:
                within = [key for key in keys if key in part]
                if within and not any(key in part for key in arrivals[name]):
                    terms = self._passes(within)
                    for column, (key, after) in enumerate(self.edges):
                        if after in part and key not in part:
                            terms[column] = terms.get(column, 0) - number
                    rows.append(lp.Row(terms, number if self.source in part else 0, False))
        return rows

    # --- Answer --------------------------------------------------------------------------------------

    def _longest_dual(self, value):
        """Without loops the dual is the longest way from each node on."""
        longest = {}
        for part in components(sorted(self.nodes, key=str), lambda key: self.nodes[key].successors):
            key = part.pop()  # components come last ones first
            ways = [longest[after] for after in self.nodes[key].successors] + ([0] if key in self.sinks else [])
            longest[key] = value(self.nodes[key].cost) + max(ways)
        return [longest[key] for key in self.nodes], longest

    def _longest_way(self, longest, value):
        counts, key = {}, self.source
        while key is not None:
            counts[key] = 1
            rest = longest[key] - value(self.nodes[key].cost)
            key = next((after for after in self.nodes[key].successors if longest[after] == rest), None)
        return counts

    def answer(self, store):
        """The Way; its certificate goes to the store."""
        loops = self.loops()
        for head, part in loops:
            self._check_loop(head, part)
        self._columns()
        rows = self._flow_rows()
        objective = {column: store.value(self.nodes[key].cost) for column, (key, _) in enumerate(self.edges)}
        facts = self._fact_rows(loops)
        if not loops and not facts:
            dual, longest = self._longest_dual(store.value)
            counts = self._longest_way(longest, store.value)
        else:
            rows += facts
            dual, counts = self._solve(objective, rows)
        bound = lp.confirm(objective, rows, dual)
        if bound is None:
            raise Refusal("solver", self.nodes[self.source].address, "the solver's answer is not confirmed")
        costs = [self.nodes[key].cost for key, _ in self.edges]
        store.add(self.name, int(bound), costs, rows, dual)
        return Way(int(bound), counts)

    def _solve(self, objective, rows):
        for exact in (False, True):
            try:
                found = lp.solve(objective, rows, len(self.edges), exact)
            except (lp.Unbounded, lp.Infeasible) as error:
                if not exact:  # large numbers can look like it
                    continue
                if isinstance(error, lp.Unbounded):
                    raise Refusal("loop", self.nodes[self.source].address, "a loop that no mark bounds") from error
                raise Refusal("marker", self.nodes[self.source].address, "no way through keeps to all numbers") from error
            except lp.SolverError as error:
                raise Refusal("solver", self.nodes[self.source].address, str(error)) from error
            dual = found.dual
            if lp.confirm(objective, rows, dual) is not None:
                break
        counts = defaultdict(float)
        for column, (key, _) in enumerate(self.edges):
            counts[key] += found.primal[column]
        return dual, {key: count for key, count in counts.items() if count > 1e-6}
