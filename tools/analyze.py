#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether the tasks that a file describes meet their deadlines, behind `./genrt analyze`: docs/analysis.md.

Exit status: 0 every deadline holds, 1 not every, 2 the file is malformed or cannot be read.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "analyze"))
import decision  # noqa: E402
import kernel_costs  # noqa: E402
import qemu  # noqa: E402
import report  # noqa: E402
from meaning import Reader  # noqa: E402
from task_file import Malformed, TaskFile  # noqa: E402

HOLDS, LATE, MALFORMED = 0, 1, 2
SIZE_MAX = 1 << 20  # bytes of a file
BOUNDS = os.path.join(qemu.ROOT, "build", "bounds", "bounds.json")


def from_caller(path):
    """A file as the caller of ./genrt names it, from where that was."""
    return os.path.join(os.environ.get("GENRT_CALLER", ""), path)


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="./genrt analyze", description="Whether the tasks of a file meet their deadlines: docs/analysis.md.",
        epilog="Exit status: 0 every deadline holds, 1 not every, 2 the file is malformed or cannot be read.")
    parser.add_argument("file", type=from_caller, metavar="FILE.toml", help="the task set")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument("--plot", type=from_caller, metavar="FILE.svg",
                        help="write a chart: each response against its deadline")
    parser.add_argument("--elf", type=from_caller, metavar="FILE",
                        help="the program that has the functions of execution_of")
    parser.add_argument("--bounds", type=from_caller, metavar="FILE", default=BOUNDS,
                        help="the kernel's bounds (build/bounds/bounds.json, which ./genrt bounds makes)")
    return parser.parse_args()


def read(path):
    """The text of a file; raises Malformed."""
    try:
        with open(path, "rb") as file:
            content = file.read(SIZE_MAX + 1)
        if len(content) > SIZE_MAX:
            raise Malformed(None, f"more than {SIZE_MAX} bytes")
        return content.decode()
    except OSError as error:
        raise Malformed(None, error.strerror) from error
    except UnicodeDecodeError as error:
        raise Malformed(content[:error.start].count(b"\n") + 1, "not UTF-8") from error


def analyse(text, kernel, function):
    """(System, {name: Answer}) of a file's text; raises Malformed."""
    system = Reader(TaskFile(text), kernel, function).system()
    return system, decision.decide(system)


def main():
    options = parse_arguments()
    try:
        system, answers = analyse(read(options.file), kernel_costs.Kernel(options.bounds).cost,
                                  lambda name: kernel_costs.function_bound(options.elf, name))
    except Malformed as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return MALFORMED
    found = report.data(system, answers)
    if options.plot:
        try:
            with open(options.plot, "w", encoding="utf-8") as file:
                file.write(report.chart(found, os.path.basename(options.file)))
        except OSError as error:
            print(f"{options.plot}: {error.strerror}", file=sys.stderr)
            return MALFORMED
    print(json.dumps(found, indent=2) if options.json else "\n".join(report.table(found)))
    return HOLDS if found["holds"] else LATE


if __name__ == "__main__":
    sys.exit(main())
