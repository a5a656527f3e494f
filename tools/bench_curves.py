#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What each curve of the benchmark is promised to be, and whether it is.

README says which operations cost O(1) and which O(log n); these are the same promises with their constants, in
instructions. A curve without a promise fails, and so does a promise without a curve.

As a program (the test bench/curves): runs bench.elf and judges its curves. The test takes a build with many thread
slots, because below 64 nobody can tell a logarithm from a line.
"""

import argparse
import math
import os
import sys
from dataclasses import dataclass

import bench_run
import qemu


@dataclass(frozen=True)
class Flat:
    """O(1): the greatest value is at most `spread` above the least. 0: every point is the same."""

    spread: int

    def __str__(self):
        return "constant" if self.spread == 0 else f"max - min ≤ {self.spread}"

    def problems(self, points):
        low, high = min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])
        if high[1] - low[1] > self.spread:
            yield (f"{low[1]} at n={low[0]} but {high[1]} at n={high[0]}: "
                   f"apart by {high[1] - low[1]}, promised at most {self.spread}")

    def limit(self, _n):
        """The line that no point may be above; a flat curve has none of its own."""
        return None


@dataclass(frozen=True)
class Limit:
    """At most slope * growth(n) + offset."""

    slope: float
    offset: int

    def problems(self, points):
        for n, value in points:
            if value > self.limit(n):
                yield f"{value} at n={n}, promised at most {self}, here {self.limit(n):.1f}"


@dataclass(frozen=True)
class Logarithmic(Limit):
    def __str__(self):
        return f"≤ {self.slope} log2(n) + {self.offset}"

    def limit(self, n):
        return self.slope * math.log2(n) + self.offset


@dataclass(frozen=True)
class Linear(Limit):
    def __str__(self):
        return f"≤ {self.slope} n + {self.offset}"

    def limit(self, n):
        return self.slope * n + self.offset


SLOTS = 64  # of threads, as in config.h
THREADS = None  # a curve that reaches as far as there are threads or their deadlines, but for the few that measure
THREADS_THAT_MEASURE = 8


@dataclass(frozen=True)
class Curve:
    """what: one operation, as a reader names it. of: what n counts. reach: the least that the largest n must be."""

    what: str
    of: str
    reach: "int | None"
    promise: object

    def must_reach(self, slots):
        """The least that the largest n must be, with so many thread slots."""
        return slots - THREADS_THAT_MEASURE if self.reach is THREADS else self.reach


CURVES = {
    "yield_ready": Curve("yield, until the next of the level runs", "ready threads", THREADS, Flat(0)),
    "block_ready": Curve("receive that waits, until the next runs", "ready threads", THREADS, Flat(0)),
    # Compared with four others in each masked stretch, so there is a step at every fourth job.
    "edf_release": Curve("release of the earliest, until it runs", "ready jobs", 50, Linear(85, 760)),
    "spawn_threads": Curve("spawn a higher thread, it exits, join", "waiting threads", THREADS, Flat(0)),
    "wake_levels": Curve("try_send to the highest, until it runs", "waiters", THREADS, Flat(0)),
    # The last of a level also clears the level's bit: one more instruction with Clang.
    "wake_line": Curve("try_send to the oldest, until it runs", "equal waiters", THREADS, Flat(2)),
    # Alone at its level, or not; then it does not matter how many there are. Steps are those of all there can be.
    "timer_arm": Curve("wait with a deadline, until the next runs", "deadlines", THREADS, Flat(150)),
    "timer_cancel": Curve("try_send to who has a deadline, until it runs", "deadlines", THREADS, Flat(220)),
    "timer_expire": Curve("moment reached, until its sleeper runs", "deadlines", THREADS, Flat(220)),
    # The interrupt looks for the highest that is due if there are several levels.
    "timer_arm_lower": Curve("the same, all others below", "deadlines", THREADS, Flat(0)),
    "timer_cancel_lower": Curve("the same, all others below", "deadlines", THREADS, Flat(0)),
    "timer_expire_lower": Curve("the same, all others below", "deadlines", THREADS, Flat(40)),
    "mailbox_queued": Curve("send and receive 16 bytes", "queued messages", 63, Flat(0)),
    "mailbox_size": Curve("send and receive one message", "its bytes", 128, Linear(0.9, 150)),
    "undisturbed": Curve("the same work of a higher thread", "lower threads", THREADS, Flat(0)),
    # The mix meets the longest of its few paths by chance. The bitmap has a level more to tell at its borders.
    "heap_alloc": Curve("worst of 1,000 random allocations", "live blocks", 6000, Flat(32)),
    "heap_free": Curve("worst of 1,000 random releases", "live blocks", 6000, Flat(32)),
    "frame_alloc": Curve("worst of 300 allocations of a frame", "frames taken", 25000, Flat(24)),
    "frame_free": Curve("worst of 300 releases of a frame", "frames taken", 25000, Flat(24)),
}


def judge(curves, promised=None, slots=SLOTS):
    """One line for each way in which the curves are not as promised."""
    promised = CURVES if promised is None else promised
    lines = [f"{name}: a curve without a promise" for name in curves if name not in promised]
    for name, curve in promised.items():
        points = curves.get(name)
        if not points:
            lines.append(f"{name}: promised, but not measured")
            continue
        if points[-1][0] < curve.must_reach(slots):
            lines.append(f"{name}: ends at n={points[-1][0]}, must reach {curve.must_reach(slots)}")
        lines += [f"{name}: {problem}" for problem in curve.promise.problems(points)]
    return lines


def summary(points):
    """A curve in the form of a figure, for the golden file: any point that changes, changes the mean."""
    values = [value for _, value in points]
    mean = round(sum(values) / len(values), 3)
    return {"points": len(points), "mean": bench_run.number(mean), "min": min(values), "max": max(values)}


def table(curves):
    """The curves as lines, for a terminal of 120 columns."""
    lines = [f"{'over n':<15} {'n':>9} {'min':>4} {'max':>5}  {'promised':<22}  what, over n"]
    for name, points in curves.items():
        figure, curve = summary(points), CURVES.get(name)
        line = f"{name:<15} {points[0][0]:>2}..{points[-1][0]:<5} {figure['min']:>4} {figure['max']:>5}"
        lines.append(line + (f"  {str(curve.promise):<22}  {curve.what}; {curve.of}" if curve else ""))
    return lines


def main():
    parser = argparse.ArgumentParser(description="Judge the benchmark's curves by what is promised of them.")
    parser.add_argument("--build", required=True, metavar="DIR", help="where bench.elf is")
    parser.add_argument("--slots", type=int, default=SLOTS, help=f"thread slots it was built with ({SLOTS})")
    options = parser.parse_args()
    os.chdir(qemu.ROOT)
    try:
        curves = bench_run.measure(options.build, short=True).curves
    except (bench_run.BenchError, qemu.QemuError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print("\n".join(table(curves)))
    problems = judge(curves, slots=options.slots)
    for line in problems:
        print(f"bench: {line}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
