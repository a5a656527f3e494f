#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What all runs of one ELF under the plugin showed, as one structure: python3 tools/observe/merge.py DIR ELF

  functions   {name: {"address", "calls", "max", "min", "at"}}: instructions of one call; "at" is the run of the max
  ends        {name: the same}: calls in which their thread ended by a task call, up to its last eret
  doors       {reason: the same}: from vector to eret; svc:NUMBER, irq, fault, other, user, user_irq
  masked      [{"start", "end", "function", "count", "max", "case"}]: stretches with interrupts masked
  masked_boot the same before the first thread runs
  left_out    {name: times}: calls, doors and stretches ("masked PLACE") that came by BOUND_LEFT_OUT; in none of the above
  executed    {pc: count}
  edges       {(from, to): count}: one thread's flow, calls and returns included
  exceptions  {(from, vector): count}; from 0: the thread had executed nothing since it was resumed
  resumptions {(eret, to): count}
  loops       {name: {"number", "starts", "max", "case"}}: turns for each coming by
  paths       the same for limits: takings in one call
  problems    [(case, name, count, pc)]: accounts that do not fit; none is expected
  cases       names of the runs

Functions, doors, loops and paths hold the boot too; what a run showed after a panic had begun is left out, but for
what was executed.
"""

import glob
import os
import sys

import subject

BOOT, RUN, PANIC = range(3)


class MergeError(Exception):
    """A file that is no whole account of a run of this ELF."""


def _window(table, key, words, case):
    """Adds CALLS MIN MAX to an entry."""
    count, low, high = words
    if not count:
        return
    entry = table.setdefault(key, {"calls": 0, "min": low, "max": -1, "at": case})
    entry["calls"] += count
    entry["min"] = min(entry["min"], low)
    if high > entry["max"]:
        entry["max"], entry["at"] = high, case


class Merge:
    """Files of runs, added up."""

    def __init__(self, described):
        self.program = described
        self.instructions = 0
        self.cases, self.problems = [], []
        self.functions, self.ends, self.doors, self.executed = {}, {}, {}, {}
        self.edges, self.exceptions, self.resumptions = {}, {}, {}
        self._masked, self._groups, self.left_out = {}, {}, {}

    def add(self, path):
        case = os.path.basename(path)[:-len(".txt")]
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        if not lines or lines[-1] != "end" or lines[0] != f"elf {self.program.digest}":
            raise MergeError(f"{path}: not the whole account of a run of {self.program.image.path}")
        self.cases.append(case)
        for line in lines[1:-1]:
            kind, *words = line.split()
            getattr(self, f"_add_{kind}")(case, words)

    def _add_instructions(self, _case, words):
        self.instructions += int(words[0])

    def _add_x(self, _case, words):
        pc = int(words[0], 16)
        self.executed[pc] = self.executed.get(pc, 0) + int(words[1])

    @staticmethod
    def _add_edge(table, words):
        key = int(words[0], 16), int(words[1], 16)
        table[key] = table.get(key, 0) + int(words[2])

    def _add_e(self, _case, words):
        self._add_edge(self.edges, words)

    def _add_v(self, _case, words):
        self._add_edge(self.exceptions, words)

    def _add_r(self, _case, words):
        self._add_edge(self.resumptions, words)

    def _leave_out(self, name, times):
        if times:
            self.left_out[name] = self.left_out.get(name, 0) + times

    def _add_windows(self, table, name, words, case):
        """CALLS MIN MAX LEFT"""
        *window, left_out = (int(word) for word in words)
        _window(table, name, window, case)
        self._leave_out(name, left_out)

    def _add_f(self, case, words):
        if int(words[1]) != PANIC:
            self._add_windows(self.functions, self.program.image.by_address[int(words[0], 16)].name, words[2:], case)

    def _add_t(self, case, words):
        self._add_windows(self.ends, self.program.image.by_address[int(words[0], 16)].name, words[1:], case)

    def _add_d(self, case, words):
        if int(words[1]) != PANIC:
            self._add_windows(self.doors, words[0], words[2:], case)

    def _add_m(self, case, words):
        start, end, phase, count, high, left_out = int(words[0], 16), int(words[1], 16), *(int(word) for word in words[2:])
        if phase != PANIC:
            self._leave_out(f"masked {self.program.image.place(start)}", left_out)
        if not count:
            return
        entry = self._masked.setdefault((phase, start, end), {"count": 0, "max": -1})
        entry["count"] += count
        if high > entry["max"]:
            entry.update(max=high, case=case)

    def _add_g(self, case, words):
        group, phase, starts, high = (int(word) for word in words)
        if phase == PANIC:
            return
        entry = self._groups.setdefault(group, {"starts": 0, "max": -1})
        entry["starts"] += starts
        if high > entry["max"]:
            entry.update(max=high, case=case)

    def _add_problem(self, case, words):
        self.problems.append((case, words[0], int(words[1]), int(words[2], 16)))

    def _stretches(self, phase):
        found = [{"start": start, "end": end, "function": self.program.function_at(start), **entry}
                 for (its_phase, start, end), entry in sorted(self._masked.items()) if its_phase == phase]
        return sorted(found, key=lambda stretch: -stretch["max"])

    def _named(self, kind):
        groups = {index: name for index, (its_kind, name) in enumerate(self.program.groups) if its_kind == kind}
        return {groups[index]: {"number": self.program.numbers[groups[index]], **entry}
                for index, entry in sorted(self._groups.items()) if index in groups}

    def result(self):
        """The structure of this file's first comment."""
        for name, entry in [*self.functions.items(), *self.ends.items()]:
            entry["address"] = self.program.image.by_name[name].address
        return {"functions": self.functions, "ends": self.ends, "doors": self.doors, "masked": self._stretches(RUN),
                "masked_boot": self._stretches(BOOT), "left_out": self.left_out, "executed": self.executed, "edges": self.edges,
                "exceptions": self.exceptions, "resumptions": self.resumptions,
                "loops": self._named(subject.facts.LOOP), "paths": self._named(subject.facts.LIMIT),
                "problems": self.problems, "cases": self.cases, "instructions": self.instructions}


def merge(directory, elf_path):
    """Everything that was seen of the ELF in the runs below a directory of observations."""
    described = subject.Program(elf_path)
    merged = Merge(described)
    for path in sorted(glob.glob(os.path.join(directory, described.digest, "*.txt"))):
        merged.add(path)
    if not merged.cases:
        raise MergeError(f"no runs of {elf_path} in {directory}")
    return merged.result()


def _windows(title, table):
    yield f"{title:<44} {'calls':>10} {'least':>8} {'most':>8}  case"
    for name, entry in sorted(table.items(), key=lambda item: (-item[1]["max"], item[0])):
        yield f"{name:<44} {entry['calls']:>10} {entry['min']:>8} {entry['max']:>8}  {entry['at']}"


def summary(seen, image):
    """Lines for people."""
    yield (f"{len(seen['cases'])} runs, {seen['instructions']} instructions; of the kernel {len(seen['executed'])} "
           f"instructions, {len(seen['edges'])} edges")
    yield from ("", *_windows("function", seen["functions"]))
    yield from ("", *_windows("function in which the thread ended", seen["ends"]))
    yield from ("", *_windows("door", seen["doors"]))
    yield from ("", f"{'masked':<44} {'times':>10} {'':>8} {'most':>8}  case")
    for stretch in seen["masked"]:
        where = f"{image.place(stretch['start'])} .. {image.place(stretch['end'])}"
        yield f"{where:<44} {stretch['count']:>10} {'':>8} {stretch['max']:>8}  {stretch['case']}"
    for title in ("loops", "paths"):
        yield from ("", f"{title:<44} {'starts':>10} {'allowed':>8} {'most':>8}  case")
        for name, entry in seen[title].items():
            yield f"{name:<44} {entry['starts']:>10} {entry['number']:>8} {entry['max']:>8}  {entry['case']}"
    yield ""
    for name, times in sorted(seen["left_out"].items()):
        yield f"left out: {name}, {times} times"
    for case, name, count, pc in seen["problems"]:
        yield f"problem in {case}: {name}, {count} times, first at {image.place(pc)}"
    yield f"{len(seen['problems'])} problems"


def main(arguments):
    if len(arguments) != 3:
        print("usage: merge.py DIR ELF", file=sys.stderr)
        return 2
    try:
        seen = merge(arguments[1], arguments[2])
    except (MergeError, subject.elf.ElfError) as error:
        print(f"observe: {error}", file=sys.stderr)
        return 2
    print("\n".join(summary(seen, subject.elf.Image(arguments[2]))))
    return 1 if seen["problems"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
