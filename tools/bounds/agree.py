# SPDX-License-Identifier: MIT
"""What was analysed against what was seen: no call longer than its bound, no loop that turns more often than it says,
no jump that the graph does not have.

What was seen comes from tools/observe, merged over any number of runs of one image.
"""

import a64
from facts import Refusal


class Agreement:
    """One Analysis, with what its Gatherer found, and one merged observation."""

    def __init__(self, analysis, gathered, seen):
        self.analysis, self.image, self.gathered, self.seen = analysis, analysis.image, gathered, seen
        self._legal = {}
        self._behind_calls = set()
        for function in analysis.functions:
            self._learn(function)

    # --- Jumps ---------------------------------------------------------------------------------------

    def _learn(self, function):
        """The jumps that the graph of a function allows: {address of the jump: targets, or None for any}."""
        try:
            blocks = self.analysis.graph(function.address).blocks
        except Refusal:
            return
        for key, block in blocks.items():
            last = key[1] if isinstance(key, tuple) else block.end - 4
            targets = self._legal.setdefault(last, set())
            targets |= set(block.calls) | {each for each in block.successors if isinstance(each, int)}
            if block.calls and block.leave is None:
                self._behind_calls.add(block.end)

    def _is_legal(self, source, target):
        step = a64.decode(self.image.word(source), source)
        if step.kind == a64.RETURN:
            return target in self._behind_calls or not self._is_analysed(target)
        return target in self._legal.get(source, ())

    def _is_analysed(self, address):
        function = self.image.function_of(address)
        return function is not None and function.name in self.gathered["functions"]

    def lost_counts(self):
        """Lines for what the observer could not follow, but for code outside the kernel, which may do as it likes."""
        return [f"the observer lost count in {case}: {name} at {self.image.place(pc)}"
                for case, name, _, pc in self.seen["problems"] if self.image.function_of(pc) is None or self._is_analysed(pc)]

    def strange_jumps(self):
        """Lines for executed jumps out of analysed code that the static graph does not have; exceptions and what they
        come back to stand apart, and may be from and to anywhere."""
        lines = self.lost_counts()
        for source, target in sorted(self.seen["edges"]):
            if self._is_analysed(source) and not self._is_legal(source, target):
                lines.append(f"jump from {self.image.place(source)} to {self.image.place(target)} is not in the graph")
        return lines

    # --- Numbers -------------------------------------------------------------------------------------

    def too_long(self):
        """Lines for calls, stretches and loops that went on for longer than they may."""
        lines = []
        for name, row in self.gathered["functions"].items():
            seen = self.seen["functions"].get(name)
            if seen and seen["max"] > row["bound"]:
                lines.append(f"{name}: {seen['max']} instructions in {seen['at']}, the bound is {row['bound']}")
        for name, seen in self.observed().items():
            bound = self.gathered["entries"][name]["bound"]
            if seen and seen > bound:
                lines.append(f"{name}: {seen} instructions seen, the bound is {bound}")
        bounds = {row["start"]: row["bound"] for row in self.gathered["masked"]}
        for row in self.seen["masked"]:
            bound = bounds.get(row["start"])
            if bound is None and self._is_analysed(row["start"]):
                lines.append(f"masked from {self.image.place(row['start'])} in {row['case']}: no such stretch was analysed")
            elif bound is not None and row["max"] > bound:
                lines.append(f"masked from {self.image.place(row['start'])}: {row['max']} in {row['case']}, the bound is {bound}")
        for name, row in self.seen["loops"].items():
            if row["max"] > row["number"]:
                lines.append(f"loop {name}: {row['max']} turns in {row['case']}, it says {row['number']}")
        return lines

    def observed(self):
        """{entry: greatest number seen, or None}, for the entries."""
        return {name: self._most_of(entry) for name, entry in self.gathered["entries"].items()}

    def _most_of(self, entry):
        doors = self.seen["doors"]
        if entry["kind"] == "door":
            rows = [doors.get(f"svc:{entry['number']}")]
        elif entry["function"] == "vector_thread_sync":
            rows = [row for name, row in doors.items() if name.startswith("svc:") or name == "fault"]
        elif entry["function"] == "vector_thread_irq":
            rows = [doors.get("irq")]
        elif entry["function"] == "vector_user_sync":
            rows = [doors.get("user")]
        elif entry["function"] == "vector_user_irq":
            rows = [doors.get("user_irq")]
        else:
            # A call that ends its thread, or the boot, comes to no return.
            rows = [self.seen[kind].get(entry["function"]) for kind in ("functions", "ends")]
        return max((row["max"] for row in rows if row), default=None)

    def observed_masked(self):
        """(instructions, where) of the longest stretch seen."""
        known = {row["start"] for row in self.gathered["masked"]}
        worst = max((row for row in self.seen["masked"] if row["start"] in known), key=lambda row: row["max"], default=None)
        return (worst["max"], f"{self.image.place(worst['start'])} in {worst['case']}") if worst else (None, None)

    def stretches(self):
        """[("masked FUNCTION", bound, most seen or None)]: of the stretches that begin in one function, the longest."""
        seen, rows = {}, {}
        for row in self.seen["masked"]:
            seen[row["start"]] = max(seen.get(row["start"], 0), row["max"])
        for row in self.gathered["masked"]:
            bound, most = rows.get(row["function"], (0, 0))
            rows[row["function"]] = max(bound, row["bound"]), max(most, seen.get(row["start"], 0))
        return [(f"masked {function}", bound, most or None) for function, (bound, most) in sorted(rows.items())]

    def untested(self):
        """[(loop, says, seen)] of claims that could be one lower and nothing would show it."""
        rows = []
        for name, fact in self.gathered["facts"].items():
            row = self.seen["loops"].get(name) or self.seen["paths"].get(name)
            most = row["max"] if row else None
            if most is None or most < fact["number"]:
                rows.append((name, fact["number"], most))
        return rows
