#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the time of a late wake went, behind `./genrt explain`: docs/explain.md.

Exit status: 0 explained, 1 nothing to explain, 2 a wrong argument.
"""

import argparse
import json
import os
import signal
import sys

TOOLS = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TOOLS, name) for name in ("explain", "observe", "bounds")]
import answer  # noqa: E402
import qemu  # noqa: E402
import qemu_cases  # noqa: E402
import replay  # noqa: E402
import run  # noqa: E402
import run_tests  # noqa: E402
import subject  # noqa: E402
import terminal  # noqa: E402

EXPLAINED, NOTHING, WRONG = 0, 1, 2
TICKS = 1_000_000_000
TIMEOUT = 120  # seconds


def from_caller(path):
    """A file as the caller of ./genrt names it, from where that was."""
    return os.path.join(os.environ.get("GENRT_CALLER", ""), path)


def ticks(text):
    value = int(text.replace("_", ""))
    if not 0 < value < 1 << 62:
        raise ValueError(text)
    return value


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="./genrt explain", description="Where the time of a late wake went, to the instruction: docs/explain.md.",
        epilog="Exit status: 0 explained, 1 nothing to explain, 2 a wrong argument.")
    parser.add_argument("target", metavar="CASE|DIR|FILE.elf",
                        help="a QEMU case; an application's directory, with a slash in it, which is built; a program")
    parser.add_argument("--thread", metavar="NAME",
                        help="whose wake, by name or as INDEX.GENERATION; without: all threads")
    parser.add_argument("--wake", type=answer.wake_number, default=None, metavar="N",
                        help="the Nth of its wakes, from 1, or worst (default: worst)")
    parser.add_argument("--ticks", type=ticks, default=TICKS, metavar="N",
                        help=f"the recording ends at this moment of the machine's clock ({TICKS:,})")
    parser.add_argument("--bootargs", default="", metavar="WORDS", help="for an application: words for the kernel")
    parser.add_argument("--memory", default="256M", help="for an application: RAM (256M)")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    return parser.parse_args(arguments)


# --- What is run -----------------------------------------------------------------------------------

def make(toolchain, *arguments):
    said = run_tests.make(f"TOOLCHAIN={toolchain}", *arguments)
    if said is not None:
        print(said, file=sys.stderr)
        raise run.RunError("the build failed")


def application(options, toolchain):
    """(machine, start, timeout) of a directory or an ELF file."""
    path = from_caller(options.target)
    if os.path.isdir(path):
        make(toolchain, "BUILD=release", f"APP={os.path.abspath(path)}", "app.elf", subject.PLUGIN)
        path = os.path.join("build", f"{toolchain}-release", "app.elf")
    elif os.path.isfile(path) and path.endswith(".elf"):
        make(toolchain, subject.PLUGIN)
    else:
        raise replay.WrongCase(f"{options.target}: neither a case, a directory, nor a program NAME.elf")
    machine = qemu.Machine(memory=options.memory, exact=True)
    return machine, qemu.Start(path, bootargs=options.bootargs), TIMEOUT


def case(options, toolchain):
    """The same of a case of cases.txt."""
    found = replay.find_case(options.target)
    replay.check_recordable(found)
    if options.bootargs:
        raise replay.WrongCase("--bootargs: only for an application; a case has its own")
    make(toolchain, *found.make_arguments(), f"{found.keys['image']}.elf", subject.PLUGIN)
    machine, start = qemu_cases.prepare(found, toolchain)
    return machine, start, int(found.keys["timeout"])


def prepare(options, toolchain):
    is_path = "/" in options.target.removeprefix("qemu/") or options.target.endswith(".elf") or options.target == "."
    return application(options, toolchain) if is_path else case(options, toolchain)


# --- The command -----------------------------------------------------------------------------------

def show(options, as_json, as_text):
    """as_json: what to print as JSON; as_text: lines."""
    print(json.dumps(as_json, indent=1) if options.json else "\n".join(as_text))


def explain(options):
    """Prints it; returns the exit status."""
    with terminal.progress("recording"):
        recorded = run.record(*prepare(options, os.environ.get("TOOLCHAIN") or "gcc"), options.ticks)
    found = answer.Answer(recorded)
    if options.thread is None:
        if options.wake is not None:
            raise replay.WrongCase("--wake: of which thread? --thread NAME")
        if not recorded.schedule.wakes:
            raise answer.AnswerError(f"no thread waited and ran again{found.until()}")
        show(options, {"threads": list(found.summary())}, found.summary_text())
        return EXPLAINED
    chosen = found.choose(options.thread, options.wake)
    show(options, found.as_json(*chosen), found.as_text(*chosen))
    if chosen[2].left_over:
        raise answer.AnswerError("the parts are not the whole: this is a fault of the tool")
    return EXPLAINED


def main(arguments):
    options = parse_arguments(arguments)
    os.chdir(qemu.ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # by way of every finally
    try:
        return explain(options)
    except replay.WrongCase as error:
        print(f"genrt: explain: {error}", file=sys.stderr)
        return WRONG
    except (run.RunError, answer.AnswerError, replay.ReplayError, qemu.QemuError, qemu_cases.CaseError) as error:
        print(f"genrt: explain: {error}", file=sys.stderr)
        return NOTHING
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
