#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How late threads wake, behind `./genrt latency`: options, output and histogram of cyclictest, figures of the kernel.

They are instructions. The machine is QEMU's with its exact clock, on which an instruction takes a nanosecond; so they are
the same on every host and in every run, and say nothing of time on a board. With a clock of the host's they would say what
the host did, so there is no such mode.

Exit status: 0 measured, 1 it could not be or is above the bound, 2 a wrong argument.
"""

import argparse
import json
import os
import re
import signal
import sys
from dataclasses import dataclass, field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "bounds"))
import bench_svg  # noqa: E402
import budget  # noqa: E402
import qemu  # noqa: E402
import run_tests  # noqa: E402
import terminal  # noqa: E402

MEASURED, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
TIMEOUT = 900  # seconds of this machine's time
APPLICATION, IMAGE, PROGRAMS = "latency.elf", "latency.img", "initramfs.cpio"
PROCESSES_MAX = 16  # as CONFIG_PROCESSES
INTERRUPTS = ("vector_thread_irq", "vector_user_irq")  # who is interrupted may be a process
OWN = 8  # instructions of the measuring thread between its interrupt's end and the clock's value
UNIT = "instructions under QEMU's exact clock (1 ns each); not times"
INTERVAL, INTERVAL_LOADED = 1000, 100  # us
# Options with a number: what the kernel calls them, and what it takes; services/latency/latency.c has the same.
NUMBERS = {"threads": (1, 32), "interval": (10, 10_000_000), "distance": (0, 1_000_000), "priority": (3, 63),
           "loops": (1, 100_000_000), "histogram": (1, 100_000)}
# The log's own words are before them if a process prints them.
_THREAD = re.compile(r"(?:^|: )record latency thread" + r" (\d+)" * 10 + "$")
_BIN = re.compile(r"(?:^|: )record latency bin (\d+) (\d+) (\d+)$")


class LatencyError(Exception):
    """Why there are no figures."""


@dataclass
class Thread:
    """What one thread found, in ns; bins: {value in units of the histogram: count}."""

    priority: int
    interval: int
    count: int
    min: int
    act: int
    sum: int
    max: int
    overflows: int
    missed: int
    bins: dict = field(default_factory=dict)


# --- Arguments ---------------------------------------------------------------------------------------

def from_caller(path):
    """A file as the caller of ./genrt names it, from where that was."""
    return os.path.abspath(os.path.join(os.environ.get("GENRT_CALLER", ""), path))


def number_of(name):
    least, most = NUMBERS[name]

    def read(text):
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from {least} to {most}")
        return int(text)
    return read


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="./genrt latency", add_help=False, allow_abbrev=False,
        description="How late threads wake, as cyclictest asks it: docs/latency.md.",
        epilog=f"Figures are {UNIT}. Exit status: 0 measured, 1 it could not be or is above the bound, 2 a wrong argument.")
    add = parser.add_argument
    add("--help", action="help", help="this")
    add("-t", "--threads", metavar="N", type=number_of("threads"), default=1, help="that measure (1)")
    add("-i", "--interval", metavar="US", type=number_of("interval"),
        help=f"of the first thread ({INTERVAL}; with --load {INTERVAL_LOADED})")
    add("-d", "--distance", metavar="US", type=number_of("distance"), default=500,
        help="how much longer each further thread's is (500)")
    add("-p", "--priority", metavar="PRIO", type=number_of("priority"), default=60,
        help="of the first thread, 3 to 63 (60); each further one has one less")
    add("-l", "--loops", metavar="N", type=number_of("loops"), default=10000, help="of each thread (10000)")
    add("-h", "--histogram", metavar="BINS", type=number_of("histogram"), default=0,
        help="print one, to so many microseconds (with -N: nanoseconds)")
    add("-N", "--nsecs", action="store_true", help="nanoseconds, which are instructions, instead of microseconds")
    add("-q", "--quiet", action="store_true", help="print a summary only")
    add("--load", action="store_true", help="something below calls the kernel without pause")
    add("--user", action="store_true", help=f"who measures is a process in user mode; at most {PROCESSES_MAX}")
    add("--json", action="store_true", help="print what was found as JSON, with cyclictest's keys, and nothing else")
    add("--svg", metavar="FILE", type=from_caller, help="write the histogram as a chart")
    options = parser.parse_args(arguments)
    if options.svg and not options.histogram:
        parser.error("--svg: needs --histogram")
    if options.user and options.threads > PROCESSES_MAX:
        parser.error(f"--threads: with --user at most {PROCESSES_MAX}")
    if options.interval is None:
        options.interval = INTERVAL_LOADED if options.load else INTERVAL
    return options


# --- The run -----------------------------------------------------------------------------------------

def boot_arguments(options):
    words = [f"{name}={getattr(options, name)}" for name in NUMBERS]
    flags = [f"{name}={int(getattr(options, name))}" for name in ("nsecs", "load", "user")]
    # Processes print by the log.
    return " ".join(["log=info" if options.user else "log=error", *words, *flags])


def parse(output):
    """{number: Thread} of a run's output (bytes)."""
    text = output.decode(errors="replace").replace("\r", "\n")
    if refused := re.search(r"record latency refused (.*)", text):
        raise LatencyError(f"the program refused: {refused[1].strip()}")
    if not re.search(r"^record latency end$", text, re.MULTILINE):
        raise LatencyError("the program did not end as it should:\n" + "\n".join(text.strip().splitlines()[-10:]))
    threads = {}
    for line in text.splitlines():
        if match := _THREAD.search(line.strip()):
            number, *fields = (int(group) for group in match.groups())
            threads[number] = Thread(*fields)
        elif match := _BIN.search(line.strip()):
            number, value, count = (int(group) for group in match.groups())
            if number not in threads:
                raise LatencyError(f"a histogram of thread {number}, which told nothing")
            threads[number].bins[value] = count
    return dict(sorted(threads.items()))


def check(threads, options):
    """Nothing is lost between the program and here."""
    if list(threads) != list(range(options.threads)):
        raise LatencyError(f"{len(threads)} threads told what they found, not {options.threads}")
    for number, thread in threads.items():
        counted = sum(thread.bins.values()) + thread.overflows
        if thread.count != options.loops or (options.histogram and counted != options.loops):
            raise LatencyError(f"thread {number}: {thread.count} loops, {counted} in its histogram, not {options.loops}")
    return threads


def measure(program, options):
    start = qemu.Start(program, bootargs=boot_arguments(options))
    if options.user:
        directory = os.path.dirname(program)
        start = qemu.Start(os.path.join(directory, IMAGE), entry="image", bootargs=boot_arguments(options),
                           initrd=os.path.join(directory, PROGRAMS))
    result = qemu.run_captured(qemu.Machine(exact=True), start, TIMEOUT)
    if result.status is None:
        raise LatencyError(f"no end within {TIMEOUT} s; fewer loops (-l) or a shorter interval (-i)")
    threads = check(parse(result.output), options)
    if result.status != 0:
        raise LatencyError(f"exit status {result.status}: {result.errors.strip()}")
    return threads


def build(toolchain, user=False):
    targets = (APPLICATION, IMAGE, PROGRAMS) if user else (APPLICATION,)
    with terminal.progress("building"):
        said = run_tests.make(f"TOOLCHAIN={toolchain}", "BUILD=release", *targets)
    if said is not None:
        raise LatencyError(f"the build failed\n{said}")
    return os.path.join(qemu.BUILD, f"{toolchain}-release", APPLICATION)


# --- The bound ---------------------------------------------------------------------------------------

def bound(toolchain):
    """[(what, instructions), ...]: what a wake of the most urgent thread can be late by."""
    known = (budget.read(os.path.join(qemu.ROOT, budget.FILE)) or {}).get(toolchain, {})
    if missing := [name for name in ("masked_max", *INTERRUPTS) if name not in known]:
        raise LatencyError(f"{budget.FILE}: no {missing[0]} of {toolchain}")
    return [("a masked stretch under way", known["masked_max"]),
            ("the timer's interrupt", max(known[name] for name in INTERRUPTS)), ("the thread itself", OWN)]


def total(parts):
    return sum(instructions for _, instructions in parts)


# --- What is shown -----------------------------------------------------------------------------------

def in_unit(nanoseconds, options):
    return nanoseconds if options.nsecs else nanoseconds // 1000


def thread_line(number, thread, options):
    """As cyclictest prints it: in us, or with -N in ns."""
    width = 8 if options.nsecs else 5
    low, act, mean, high = (in_unit(value, options)
                            for value in (thread.min, thread.act, thread.sum // thread.count, thread.max))
    return (f"T:{number:2d} ({number + 1:5d}) P:{thread.priority:2d} I:{thread.interval // 1000} C:{thread.count:7d} "
            f"Min:{low:7d} Act:{act:{width}d} Avg:{mean:{width}d} Max:{high:8d}")


def histogram_lines(threads, options):
    """As cyclictest prints it: a row for each value, a column for each thread."""
    everyone = list(threads.values())
    yield "# Histogram"
    for value in range(options.histogram):
        yield f"{value:06d} " + "\t".join(f"{thread.bins.get(value, 0):06d}" for thread in everyone)
    for title, width, value_of in (("Total", 9, lambda thread: sum(thread.bins.values())),
                                   ("Min Latencies", 5, lambda thread: in_unit(thread.min, options)),
                                   ("Avg Latencies", 5, lambda thread: in_unit(thread.sum // thread.count, options)),
                                   ("Max Latencies", 5, lambda thread: in_unit(thread.max, options)),
                                   ("Histogram Overflows", 5, lambda thread: thread.overflows)):
        yield f"# {title}:" + "".join(f" {value_of(thread):0{width}d}" for thread in everyone)


def bound_line(threads, parts):
    seen = threads[0].max
    words = " + ".join(f"{what} {instructions}" for what, instructions in parts)
    return f"# T: 0 at most {total(parts)} = {words}; seen {seen}: {'holds' if seen <= total(parts) else 'BROKEN'}"


def text(threads, options, parts):
    yield f"# {UNIT}"
    yield f"# policy: fifo: {'user' if options.user else 'kernel'} mode, {'a load' if options.load else 'nothing'} below"
    if not options.quiet or not options.histogram:
        yield from (thread_line(number, thread, options) for number, thread in threads.items())
    if options.histogram:
        yield from histogram_lines(threads, options)
    if not options.nsecs and max(thread.max for thread in threads.values()) < 1000:
        yield "# all within a microsecond; -N tells them apart"
    yield bound_line(threads, parts)


def document(threads, options, parts, arguments):
    """As cyclictest --json has it, without what differs from run to run; and the bound."""
    def one(thread):
        found = {"histogram": {str(value): count for value, count in thread.bins.items()}} if options.histogram else {}
        low, high, mean = (value / 1 if options.nsecs else value / 1000
                           for value in (thread.min, thread.max, thread.sum / thread.count))
        whole = int if options.nsecs else (lambda value: int(value // 1))
        return {**found, "cycles": thread.count, "min": whole(low), "max": whole(high), "avg": round(mean, 3), "cpu": 0,
                "node": 0, "priority": thread.priority, "interval_us": thread.interval // 1000, "missed": thread.missed,
                "overflows": thread.overflows, "min_instructions": thread.min, "max_instructions": thread.max}
    return {"file_version": 1, "cmdline": " ".join(["./genrt", "latency", *arguments]), "unit": UNIT,
            "user": options.user, "load": options.load, "return_code": 0 if threads[0].max <= total(parts) else 1,
            "bound": {"instructions": total(parts), "parts": dict(parts)}, "num_threads": len(threads),
            "resolution_in_ns": int(options.nsecs), "thread": {str(number): one(thread) for number, thread in threads.items()}}


def chart(threads, options, parts):
    """The histogram of all threads together, as SVG."""
    bins = {}
    for thread in threads.values():
        for value, count in thread.bins.items():
            bins[value] = bins.get(value, 0) + count
    if not bins:
        raise LatencyError("--svg: all were later than the histogram reaches")
    unit = "ns, which are instructions" if options.nsecs else "us of 1,000 instructions each"
    marks = [(in_unit(max(thread.max for thread in threads.values()), options), "worst")]
    if options.threads == 1 and options.nsecs:
        marks.append((total(parts), "bound"))
    subtitle = (f"{sum(bins.values()):,} wakes, {'over a load' if options.load else 'nothing else to do'}; "
                "QEMU's exact clock: no times")
    return bench_svg.histogram("How late threads wake", subtitle, unit, "wakes", "latency", sorted(bins.items()), marks)


def show(threads, options, parts, arguments):
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(chart(threads, options, parts))
    if options.json:
        print(json.dumps(document(threads, options, parts, arguments), indent=2))
        return
    for line in text(threads, options, parts):
        print(line)


def main(arguments):
    options = parse_arguments(arguments)
    toolchain = os.environ.get("TOOLCHAIN") or "gcc"
    os.chdir(qemu.ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # by way of every finally
    try:
        parts = bound(toolchain)
        program = build(toolchain, options.user)
        with terminal.progress(f"{options.threads} x {options.loops:,} loops"):
            threads = measure(program, options)
        show(threads, options, parts, arguments)
        return MEASURED if threads[0].max <= total(parts) else FAILED
    except (LatencyError, qemu.QemuError, OSError) as error:
        print(f"genrt: latency: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
