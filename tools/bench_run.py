# SPDX-License-Identifier: MIT
"""One run of bench.elf: the machine it runs on, and the records it prints, read strictly.

  record figure NAME MEAN MIN MAX       the cost of one operation
  record curve NAME N VALUE             the most it takes among N others; the points of a curve in ascending order
  record histogram NAME VALUE COUNT     how many of the samples took VALUE, in ascending order

All are instructions, and the same on every machine and every run.
"""

import os
import re
from dataclasses import dataclass, field

import qemu
import tap
from qemu_cases import subject

TIMEOUT = 200  # seconds of this machine's time: the curves of 1,024 threads take some 25 alone
ARGUMENTS, SHORT = "log=error", "short=1"  # boot arguments; short: bench/bench.h
_FIGURE = re.compile(r"record figure ([a-z0-9_]+) (\d+(?:\.\d{1,3})?) (\d+) (\d+)$")
_PAIR = re.compile(r"record (curve|histogram) ([a-z0-9_]+) (\d+) (\d+)$")


class BenchError(Exception):
    """Why there are no figures."""


@dataclass
class Run:
    """What a run measured, in the order it did."""

    figures: dict = field(default_factory=dict)     # {name: {"mean", "min", "max"}}
    curves: dict = field(default_factory=dict)      # {name: [(n, instructions), ...]}
    histograms: dict = field(default_factory=dict)  # {name: [(instructions, count), ...]}


def number(text):
    """An int where the text is one, so that JSON shows 78 and not 78.0."""
    value = float(text)
    return int(value) if value == int(value) else value


def _add_figure(figures, match):
    name, mean, low, high = match.groups()
    if name in figures:
        raise BenchError(f"figure {name} stands twice")
    figure = {"mean": number(mean), "min": number(low), "max": number(high)}
    if not figure["min"] <= figure["mean"] <= figure["max"]:
        raise BenchError(f"figure {name}: its mean is not between its least and its greatest")
    figures[name] = figure


def _add_pair(run, match):
    kind, name = match.group(1, 2)
    points = (run.curves if kind == "curve" else run.histograms).setdefault(name, [])
    at, value = int(match.group(3)), int(match.group(4))
    if points and points[-1][0] >= at:
        raise BenchError(f"{kind} {name}: {at} stands behind {points[-1][0]}")
    points.append((at, value))


def parse(output):
    """The Run of a run's output (bytes)."""
    run = Run()
    for line in output.decode("utf-8", errors="replace").replace("\r", "\n").split("\n"):
        line = line.strip()
        if match := _FIGURE.match(line):
            _add_figure(run.figures, match)
        elif match := _PAIR.match(line):
            _add_pair(run, match)
        elif re.match(r"record (figure|curve|histogram)\b", line):
            raise BenchError(f"not a {line.split()[1]}: '{line}'")
    return run


def boot(build, short=False):
    """All that bench.elf of a build directory says, as bytes; it has ended as it should."""
    program, observe = os.path.join(build, "bench.elf"), os.environ.get("GENRT_OBSERVE")
    # A short run shows the observer nothing more.
    plugin = subject.plugin_argument(observe, program, f"bench_{os.getpid()}") if observe and not short else ""
    start = qemu.Start(program, bootargs=f"{ARGUMENTS} {SHORT}" if short else ARGUMENTS, plugin=plugin)
    result = qemu.run_captured(qemu.Machine(exact=True), start, TIMEOUT)
    reason = tap.panic_reason(tap.records(result.output))
    if result.status != 0 or reason:
        tail = "\n".join(result.output.decode(errors="replace").splitlines()[-15:])
        end = f"no end within {TIMEOUT} s" if result.status is None else f"exit status {result.status}"
        raise BenchError(f"bench.elf: {end}\n{tail}\n{result.errors}".rstrip())
    return result.output


def measure(build, short=False):
    """The Run of bench.elf of a build directory."""
    run = parse(boot(build, short))
    if not run.figures or not run.curves or not run.histograms:
        raise BenchError(f"bench.elf: {len(run.figures)} figures, {len(run.curves)} curves, "
                         f"{len(run.histograms)} histograms")
    return run
