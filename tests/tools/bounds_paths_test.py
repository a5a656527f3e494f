# SPDX-License-Identifier: MIT
"""The longest way that tools/bounds finds against every way there is, in small random graphs with marks anywhere.

What the marks say is played out: passing a loop's mark allows so many turns, a turn uses one up, and a way that has
none left is no way; before that mark nothing is said of turns. If the states of that play go in a circle that can end,
there is no longest way, and the question must be refused; else its length is exact, and no bound may be below it.
"""

import os
import random
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "bounds"))
import facts  # noqa: E402
import paths  # noqa: E402
import store  # noqa: E402

GRAPHS = 30000 if os.environ.get("BOUNDS_LONG") == "1" else 2000
NAMES = ("a", "b", "c")
KINDS = {facts.LOOP: facts.TURN, facts.LIMIT: facts.PATH}
FREE = -1  # turns left where nothing is said
# Of the graphs that have a longest way, so many must get a bound, and it may be so much above on average.
BOUNDED_LEAST, MEAN_MOST = 0.7, 1.1


class Numbers:
    """Facts, as far as a Problem asks."""

    def __init__(self, number):
        self.number = number


class Question:
    """A random graph: node 0 is its start, the last one its end. Each name is a loop or a limit."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.size = self.random.randint(3, 9)
        self.number = {name: self.random.randint(0, 4) for name in NAMES[:self.random.randint(1, 3)]}
        self.arrival = {name: self.random.choice(list(KINDS)) for name in self.number}
        # A way of the interrupt mask may begin in the middle of loops.
        self.started = self.random.random() < 0.3
        self.nodes = {key: self._node(key) for key in range(self.size)}

    def _node(self, key):
        successors = [] if key == self.size - 1 else [key + 1]
        for _ in range(self.random.choice((0, 1, 1, 2))):
            after = self.random.randrange(self.size)
            if key < self.size - 1 and after not in successors:
                successors.append(after)
        return paths.Node((self.random.randint(1, 9), ()), successors, self._marks(key), key)

    def _marks(self, key):
        if key == 0 and self.random.random() < 0.7:
            return [self._mark(name, self.arrival[name]) for name in self.number]
        if self.random.random() < 0.4:
            return []
        name = self.random.choice(list(self.number))
        arrival = self.arrival[name]
        return [self._mark(name, arrival if self.random.random() < 0.25 else KINDS[arrival])]

    def _mark(self, name, kind):
        return facts.Mark(kind, 0, 0, self.number[name], 1, name)

    def bound(self):
        """The tool's answer; Refusal."""
        problem = paths.Problem("question", self.nodes, 0, [self.size - 1], Numbers(self.number), self.started)
        return problem.answer(store.Store()).bound

    def _after(self, key, left):
        """What is left of each name behind a node; None if the way is none."""
        left = dict(left)
        for mark in self.nodes[key].marks:
            if mark.kind in KINDS:
                left[mark.name] = mark.number
            elif left[mark.name] == 0:
                return None
            elif left[mark.name] != FREE:
                left[mark.name] -= 1
        return tuple(sorted(left.items()))

    def _moves(self, state):
        """States that a state goes to; None: not a state that a way comes through."""
        key, left = state
        behind = self._after(key, left)
        return None if behind is None else [(after, behind) for after in self.nodes[key].successors]

    def longest(self):
        """The cost of the longest way; "none" if there is no way, "ever" if there is a longer one to each."""
        start = 0, tuple(sorted((name, number if self.started else FREE) for name, number in self.number.items()))
        moves, pending = {}, [start]
        while pending:
            state = pending.pop()
            if state not in moves:
                moves[state] = self._moves(state)
                pending += moves[state] or []
        ends = {state for state, to in moves.items() if to is not None and state[0] == self.size - 1}
        return self._longest(start, {state: to for state, to in moves.items() if to is not None}, ends)

    def _longest(self, start, moves, ends):
        before = {}
        for state, to in moves.items():
            for after in to:
                before.setdefault(after, []).append(state)
        useful, pending = set(ends), list(ends)
        while pending:
            for state in before.get(pending.pop(), []):
                if state not in useful:
                    useful.add(state)
                    pending.append(state)
        if start not in useful:
            return "none"
        parts = paths.components(sorted(useful), lambda state: [after for after in moves[state] if after in useful])
        longest = {}
        for part in parts:
            state = min(part)
            onward = [after for after in moves[state] if after in useful]
            if len(part) > 1 or state in onward:
                return "ever"
            longest[state] = self.nodes[state[0]].cost[0] + max((longest[after] for after in onward), default=0)
        return longest[start]


class Paths(unittest.TestCase):
    """One pass over all graphs."""

    @classmethod
    def setUpClass(cls):
        cls.answers = []
        for seed in range(GRAPHS):
            question = Question(seed)
            try:
                bound = question.bound()
            except facts.Refusal as refusal:
                bound = refusal.reason
            cls.answers.append((seed, bound, question.longest()))

    def test_no_way_above_its_bound(self):
        wrong = [answer for answer in self.answers
                 if isinstance(answer[1], int) and answer[2] != "none" and (answer[2] == "ever" or answer[1] < answer[2])]
        self.assertEqual(wrong, [], "(seed, bound, longest)")

    def test_reasons(self):
        reasons = {bound for _, bound, _ in self.answers if not isinstance(bound, int)}
        self.assertEqual(reasons, {"loop", "marker", "outlined"})

    def test_not_everything_is_refused(self):
        known = [(bound, longest) for _, bound, longest in self.answers if isinstance(longest, int)]
        bounded = [bound / longest for bound, longest in known if isinstance(bound, int)]
        print(f"{len(known)} of {GRAPHS} graphs have a longest way, {len(bounded)} a bound, "
              f"{sum(ratio == 1 for ratio in bounded)} the exact one, mean {sum(bounded) / len(bounded):.3f}")
        self.assertGreaterEqual(len(bounded), BOUNDED_LEAST * len(known))
        self.assertLessEqual(sum(bounded), MEAN_MOST * len(bounded))
        self.assertTrue(any(longest == "ever" for _, _, longest in self.answers))


if __name__ == "__main__":
    unittest.main()
