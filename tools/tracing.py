#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program on a kernel that traces, and writes what happened in formats that other tools open: docs/tracing.md.

Exit status: 0 written, 1 it could not be, 2 a wrong argument.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TOOLS = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TOOLS, name) for name in ("trace", "bounds")]
import chrome  # noqa: E402
import ctf  # noqa: E402
import elf  # noqa: E402
import qemu  # noqa: E402
import run_tests  # noqa: E402
import tables  # noqa: E402
import terminal  # noqa: E402
import timeline  # noqa: E402
from names import Names  # noqa: E402
import records  # noqa: E402

WRITTEN, FAILED, WRONG = 0, 1, 2
TIMEOUT = 300  # seconds of this machine's time
VARIANT = "traced"
FLAGS = "-DCONFIG_TRACE=1 -DCONFIG_TRACE_RECORDS=65536"
RAW = "trace.bin"
TIMELINE = "timeline.html"
UNTIL = {"deadline-miss": "miss"}


TIME = re.compile(r"[1-9][0-9]{0,6}(ms|s|m)")


class WrongArgument(Exception):
    """The user is to read it, and to call otherwise."""


def from_caller(path):
    """A file as the caller of ./genrt names it, from where that was."""
    return os.path.abspath(os.path.join(os.environ.get("GENRT_CALLER", ""), path))


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="./genrt trace", description="What a program did, in formats that other tools open: docs/tracing.md.",
        epilog="Writes timeline.html (any browser), trace.txt, trace.csv, trace.json (ui.perfetto.dev), ctf/ (babeltrace2, "
               "Trace Compass), and what the kernel wrote, trace.bin. Exit status: 0 written, 1 it could not be, 2 a wrong argument.")
    parser.add_argument("app", nargs="?", metavar="DIR", help="an application's directory, which is built (the demo)")
    parser.add_argument("--for", dest="time", default="1s", metavar="TIME", help="of the machine: 500ms, 2s (1s)")
    parser.add_argument("--until", choices=tuple(UNTIL), help="the trace ends with the first missed deadline")
    parser.add_argument("-o", dest="out", metavar="DIR", help="where to write (build/trace, beside genrt)")
    parser.add_argument("--real-time", action="store_true",
                        help="the machine's clock is the host's; else an instruction is a nanosecond")
    parser.add_argument("--bootargs", default="", metavar="WORDS", help="more words for the kernel or the application")
    parser.add_argument("--memory", default="256M", help="RAM (256M)")
    parser.add_argument("--view", action="store_true", help="show timeline.html in a browser; without a display: tell where it is")
    parser.add_argument("--raw", action="store_true", help="write trace.bin alone, for a --convert later")
    parser.add_argument("--convert", metavar="FILE", help="no run: a trace.bin that was written before")
    parser.add_argument("--program", metavar="ELF", help="to --convert: the program, for names")
    parser.add_argument("--partial", action="store_true", help="to --convert: also if the file was cut off")
    options = parser.parse_args(arguments)
    if options.convert is None and (options.program or options.partial):
        parser.error("--program and --partial: only with --convert")
    if options.view and options.raw:
        parser.error("--view: with --raw there is no timeline")
    if options.convert is not None and options.app:
        parser.error("--convert: nothing is run")
    if not TIME.fullmatch(options.time):
        parser.error(f"--for: '{options.time}' is not a time such as 10s, 500ms or 2m")
    if not re.fullmatch(r"[1-9][0-9]{0,5}[MG]", options.memory):
        parser.error(f"--memory: '{options.memory}' is not a size such as 256M")
    return options


# --- The run -----------------------------------------------------------------------------------------

def build(app, toolchain):
    """The name of the program's ELF file."""
    target = ["genrt.elf"]
    if app is not None:
        directory = from_caller(app)
        if not os.path.isdir(directory):
            raise WrongArgument(f"{app}: no such directory")
        target = [f"APP={directory}", "app.elf"]
    with terminal.progress("building"):
        said = run_tests.make(f"TOOLCHAIN={toolchain}", "BUILD=release", f"VARIANT={VARIANT}", f"EXTRA_CFLAGS={FLAGS}", *target)
    if said is not None:
        print(said, file=sys.stderr)
        raise records.TraceError("the build failed")
    return os.path.join(qemu.BUILD, f"{toolchain}-release-{VARIANT}", target[-1])


def run(program, options, directory):
    """Runs it there, where the trace's file comes to be; returns the guest's output."""
    words = [f"for={options.time}", f"trace={RAW}", options.bootargs]
    if options.until:
        words.append(f"trace_until={UNTIL[options.until]}")
    machine = qemu.Machine(memory=options.memory, exact=not options.real_time)
    start = qemu.Start(program, bootargs=" ".join(word for word in words if word))
    here = os.getcwd()
    os.chdir(directory)
    try:
        result = qemu.run_captured(machine, start, TIMEOUT)
    finally:
        os.chdir(here)
    if not os.path.exists(os.path.join(directory, RAW)):
        raise records.TraceError(f"the program wrote no trace: {result.errors.strip() or 'status %s' % result.status}")
    if result.status is None:
        raise records.TraceError(f"no end within {TIMEOUT} s")
    return result.output


# --- What is written ---------------------------------------------------------------------------------

def write_text(path, pieces):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(pieces)


def write(out, trace, names, title="trace"):
    """All formats."""
    os.makedirs(out, exist_ok=True)
    write_text(os.path.join(out, "trace.txt"), (line + "\n" for line in tables.text(trace, names)))
    write_text(os.path.join(out, "trace.csv"), [tables.comma_separated(trace, names)])
    with open(os.path.join(out, "trace.json"), "w", encoding="utf-8") as file:
        json.dump(chrome.document(trace, names), file, separators=(",", ":"))
    ctf.write(os.path.join(out, "ctf"), trace, names)
    write_text(os.path.join(out, TIMELINE), [timeline.document(trace, names, title)])


def summary(trace, out):
    last = trace.events[-1] if trace.events else None
    span = trace.nanoseconds((last.time if last else trace.begin) - trace.begin) / 1e9
    end = f"ended by {last.fields['why']}, {last.fields['lost']} lost" if trace.is_whole else "cut off"
    return f"{len(trace.events)} records of {span:.6f} s, {end}: {out}"


def convert(raw, program, out, partial, title):
    trace = records.read(raw, partial)
    write(out, trace, Names(trace, elf.Image(program) if program else None), title)
    print(summary(trace, out))


def view(path):
    """Shows it to whoever sits in front of this machine; else tells where it is."""
    if (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and shutil.which("xdg-open"):
        subprocess.run(["xdg-open", path], check=False, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(path)


def title_of(options):
    """What the timeline is called."""
    path = options.convert if options.convert is not None else options.app
    return os.path.basename(os.path.abspath(from_caller(path))) if path is not None else "demo"


def record(options, out):
    program = build(options.app, os.environ.get("TOOLCHAIN") or "gcc")
    with tempfile.TemporaryDirectory(prefix="trace-", dir=qemu.BUILD) as directory:
        output = run(program, options, directory)
        os.makedirs(out, exist_ok=True)
        shutil.move(os.path.join(directory, RAW), os.path.join(out, RAW))
    with open(os.path.join(out, "console.txt"), "wb") as file:
        file.write(output)
    if options.raw:
        print(summary(records.read(os.path.join(out, RAW)), out))
    else:
        convert(os.path.join(out, RAW), program, out, False, title_of(options))


def main(arguments):
    options = parse_arguments(arguments)
    out = from_caller(options.out) if options.out else os.path.join(qemu.BUILD, "trace")
    os.chdir(qemu.ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # by way of every finally
    try:
        if options.convert is not None:
            program = from_caller(options.program) if options.program else None
            convert(from_caller(options.convert), program, out, options.partial, title_of(options))
        else:
            record(options, out)
        if options.view:
            view(os.path.join(out, TIMELINE))
        return WRITTEN
    except WrongArgument as error:
        print(f"genrt: trace: {error}", file=sys.stderr)
        return WRONG
    except (records.TraceError, elf.ElfError, qemu.QemuError, OSError) as error:
        print(f"genrt: trace: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
