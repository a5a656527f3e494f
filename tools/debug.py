#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Behind ./genrt gdb: gdb with genrt's extension (tools/gdb/), connected to a machine that waits, or to one that is
started for it: a case of tests/qemu/cases.txt, or a program that was built. Such a machine stands before its first
instruction, stops at a panic, and ends with gdb.

Exit status: gdb's, or 2 for a case or program that is not there.
"""

import argparse
import contextlib
import glob
import os
import re
import signal
import sys
import tempfile

import qemu
import qemu_cases
import replay

sys.path.insert(0, os.path.join(qemu.ROOT, "tools", "gdb"))
import core  # noqa: E402
import image  # noqa: E402

EXTENSION = os.path.join("tools", "gdb", "extension.py")
FATAL = ("panic", "kernel_fatal")  # where the kernel's end begins


class Scratch:
    """A directory with what belongs to one session: as replay.waiting_qemu() wants it."""

    def __init__(self, directory):
        self.directory = directory

    def path(self, name):
        return os.path.join(self.directory, name)


def programs(build):
    """The names of those that were built there."""
    return sorted(os.path.splitext(os.path.basename(path))[0] for path in glob.glob(os.path.join(build, "*.elf")))


def from_caller(name):
    """A file's name as the caller means it."""
    return os.path.join(os.environ.get("GENRT_CALLER") or os.getcwd(), name)


def find(word, build, toolchain, bootargs=""):
    """(machine, start) of a program's file or name, or of a case, which is built and has its own boot arguments."""
    path = from_caller(word) if word.endswith(".elf") else os.path.join(build, word + ".elf")
    if os.path.exists(path):
        return qemu.Machine(), qemu.Start(path, bootargs=bootargs)
    try:
        case = replay.find_case(word)
    except replay.WrongCase as error:
        there = ", ".join(programs(build)) or "none yet"
        raise replay.WrongCase(f"{error}; nor a program of {build} ({there})") from error
    replay.build(case, toolchain)
    return qemu_cases.prepare(case, toolchain)


def elf_of(start):
    return os.path.splitext(start.program)[0] + ".elf"


def session(elf, commands, arguments, batch):
    """gdb's exit status. commands: before the arguments for gdb."""
    first = [argument for command in commands for argument in ("-ex", command)]
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        script.write(f"set confirm off\nset pagination off\nsource {EXTENSION}\n" if batch else f"source {EXTENSION}\n")
        script.flush()
        limit = replay.BATCH_TIMEOUT if batch else None
        status = replay.run_gdb(elf, script.name, [*first, *arguments], limit)
    if status is None:
        raise replay.ReplayError(f"gdb was not done within {replay.BATCH_TIMEOUT} s")
    return status


def started(options):
    """A machine of its own."""
    machine, start = find(options.what, options.build, options.toolchain, options.bootargs)
    # Where time is exact and waiting takes none, each stop by gdb would count as waiting: the clock would jump to the
    # next timer. So waiting takes time here.
    command = [word.replace("sleep=off", "sleep=on") for word in qemu.command(machine, start, interactive=False)]
    with tempfile.TemporaryDirectory(prefix="gdb-") as directory:
        scratch = Scratch(directory)
        with replay.waiting_qemu(scratch, command) as socket:
            stops = [f"break *{name}" for name in FATAL]
            return session(elf_of(start), [f"genrt console {scratch.path('console')}", f"genrt connect {socket}", *stops],
                           options.gdb_arguments, options.batch)


def dumped(options):
    """A machine of its own runs to its panic, and what it was then becomes a core file."""
    path = from_caller(options.dump)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    options.gdb_arguments = ["-ex", "continue", "-ex", f"genrt core {path}"]
    options.batch = True
    started(options)
    if not os.path.exists(path):
        raise replay.ReplayError(f"{options.what} ended without a panic: no core file")
    return 0


def program_of(path, is_named):
    """The name of the program of a core file. A kernel that writes its memory does not know its own: it is looked for
    among those that were built, unless one is named."""
    try:
        if not image.is_image(path):
            return core.program_of(path)["program"]
        memory = image.Image(path)
        program = image.program_of(memory, [] if is_named else glob.glob(os.path.join("build", "*", "*.elf")))
        memory.close()
    except core.CoreError as error:
        raise replay.ReplayError(str(error)) from error
    if program is None and not is_named:
        raise replay.ReplayError(f"{path}: no program of build/*/ has the code that is in it; name its program")
    return program


def opened(options):
    """No machine: a core file."""
    path = from_caller(options.core)
    program = program_of(path, bool(options.what))
    if options.what:
        program = elf_of(find(options.what, options.build, options.toolchain)[1])
    if not os.path.exists(program):
        raise replay.ReplayError(f"{path}: its program {program} is gone; name another one, or a copy")
    return session(program, [f"genrt open {path}"], options.gdb_arguments, options.batch)


def connected(options):
    """To the machine that waits at a port."""
    program = os.path.join(options.build, "genrt.elf")
    with contextlib.suppress(FileNotFoundError), open("build/debugged", encoding="utf-8") as file:
        program = file.read().strip()
    if not os.path.exists(program):
        raise replay.ReplayError(f"{program}: not built yet; start ./genrt debug first")
    return session(program, [f"genrt connect :{options.port}"], options.gdb_arguments, options.batch)


class Parser(argparse.ArgumentParser):
    """Refuses in one line."""

    def error(self, message):
        print(f"genrt: gdb: {message}; see ./genrt help gdb", file=sys.stderr)
        sys.exit(2)


def port_number(text):
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port number")
    return int(text)


def parse_arguments(arguments):
    split = arguments.index("--") if "--" in arguments else len(arguments)
    parser = Parser(prog="./genrt gdb", usage="./genrt gdb [OPTION...] [CASE|PROGRAM] [-- GDB-ARGUMENT...]",
                    description="gdb, which knows genrt's threads and objects: info threads, genrt threads, help genrt.",
                    epilog="Symbols are there for both parts: low (.boot.*, before the MMU) and high.")
    parser.add_argument("what", nargs="?", metavar="CASE|PROGRAM",
                        help="a case of tests/qemu/cases.txt, which is built; or a program that was built: genrt, app, or a "
                             "file NAME.elf. It is started for gdb and stops at a panic. Without: connects to a waiting "
                             "./genrt debug")
    parser.add_argument("--bootargs", default="", metavar="WORDS", help="for PROGRAM, such as log=debug")
    parser.add_argument("--port", type=port_number, default=1234, help="where that waits (1234)")
    parser.add_argument("--dump", metavar="FILE", help="runs CASE or PROGRAM to its panic, writes a core file, and ends")
    parser.add_argument("--core", metavar="FILE", help="looks at a core file; PROGRAM: if it is not where it was")
    parser.add_argument("--batch", action="store_true", help="gdb takes nothing from the terminal, and ends after its "
                                                             "arguments")
    parser.add_argument("--yes", action="store_true", help="install missing packages without asking")
    options = parser.parse_args(arguments[:split])
    if options.dump and (options.core or not options.what):
        parser.error("--dump goes with a case or program, and not with --core")
    options.toolchain = os.environ.get("TOOLCHAIN") or "gcc"
    options.build = os.environ.get("GENRT_BUILD") or f"build/{options.toolchain}-release"
    options.gdb_arguments = arguments[split + 1:]
    options.batch = options.batch or not sys.stdin.isatty()
    return options


def main():
    options = parse_arguments(sys.argv[1:])
    os.chdir(qemu.ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # by way of every finally
    if not options.batch:
        signal.signal(signal.SIGINT, lambda _number, _frame: None)  # Ctrl-C is for gdb, which does not inherit this
    try:
        way = dumped if options.dump else opened if options.core else started if options.what else connected
        return way(options)
    except (replay.ReplayError, qemu.QemuError, qemu_cases.CaseError) as error:
        print(f"genrt: gdb: {error}", file=sys.stderr)
        return 2 if isinstance(error, replay.WrongCase) else 1


if __name__ == "__main__":
    sys.exit(main())
