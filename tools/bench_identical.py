#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether the benchmark says the same each time, on this machine as it is and with busy loops beside it.

Runs bench.elf again and again with `short=1` (every figure from a twentieth of the samples, every curve) and compares
all it says, byte for byte. The busy loops are programs of its own: more of them than there are CPUs, ended by their
process, and by themselves if nobody is left to end them.
"""

import argparse
import contextlib
import os
import subprocess
import sys

import bench_run
import qemu

LOOPS_PER_CPU = 2
LOOP_SECONDS = 600
LOOP = (f"import os, time\nend, parent = time.monotonic() + {LOOP_SECONDS}, os.getppid()\n"
        "while time.monotonic() < end and os.getppid() == parent:\n    sum(range(100000))\n")


@contextlib.contextmanager
def busy_loops(count):
    """`count` processes that do nothing but take the CPU, while the block runs."""
    loops = []
    try:
        for _ in range(count):
            loops.append(subprocess.Popen([sys.executable, "-c", LOOP], stdin=subprocess.DEVNULL))
        yield loops
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def first_difference(first, other):
    """None if both outputs (bytes) are the same, else the first lines that are not."""
    if first == other:
        return None
    lines, others = first.splitlines(), other.splitlines()
    for line, another in zip(lines, others):
        if line != another:
            return f"'{line.decode(errors='replace')}' and '{another.decode(errors='replace')}'"
    return f"{len(lines)} and {len(others)} lines" if len(lines) != len(others) else "line ends"


def repeat(run, count, loaded, loops):
    """Calls run() `count` times, the last `loaded` of them with busy loops beside. Returns (the first output, a line for
    each that is another)."""
    first, problems = None, []

    def times(numbers, words):
        nonlocal first
        for number in numbers:
            output = run()
            first = output if first is None else first
            difference = first_difference(first, output)
            if difference:
                problems.append(f"run {number} of {count}, {words}, is not as the first: {difference}")

    times(range(1, count - loaded + 1), "nothing beside it")
    with busy_loops(loops if loaded else 0):
        times(range(count - loaded + 1, count + 1), f"{loops} busy loops beside it")
    return first, problems


def main():
    parser = argparse.ArgumentParser(description="Run the benchmark several times and compare.")
    parser.add_argument("--build", required=True, metavar="DIR", help="where bench.elf is")
    parser.add_argument("--runs", type=int, default=5, help="how many (5)")
    parser.add_argument("--loaded", type=int, default=2, help="how many of them with busy loops beside (2)")
    options = parser.parse_args()
    if not 0 <= options.loaded < options.runs:
        parser.error("--loaded: less than --runs, so that there is an undisturbed one to compare with")
    os.chdir(qemu.ROOT)
    loops = LOOPS_PER_CPU * (os.cpu_count() or 1)
    try:
        first, problems = repeat(lambda: bench_run.boot(options.build, short=True), options.runs, options.loaded, loops)
        measured = bench_run.parse(first)
    except (bench_run.BenchError, qemu.QemuError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    for line in problems:
        print(f"bench: {line}", file=sys.stderr)
    if not problems:
        print(f"{options.runs} runs, {options.loaded} of them with {loops} busy loops beside: {len(first)} bytes, "
              f"{len(measured.figures)} figures and {len(measured.curves)} curves, the same each time")
    return 1 if problems or not measured.figures or not measured.curves else 0


if __name__ == "__main__":
    sys.exit(main())
