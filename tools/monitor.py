#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a program does while it runs, behind `./genrt monitor`: docs/monitor.md. Load, deadlines and losses, from the trace
that the kernel writes into a file, which is read while it grows.

Exit status: 0 shown, 1 it could not be, 2 a wrong argument.
"""

import argparse
import contextlib
import curses
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

TOOLS = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TOOLS, name) for name in ("monitor", "trace", "bounds")]
import account  # noqa: E402
import elf  # noqa: E402
import page  # noqa: E402
import qemu  # noqa: E402
import records  # noqa: E402
import tracing  # noqa: E402
from names import Names  # noqa: E402

SHOWN, FAILED, WRONG = 0, 1, 2
PERIOD = 1.0  # seconds between two pages
ONCE = "1s"
START = 20  # seconds of this machine's time until the first record
RAW = "trace.bin"
QUIT = (ord("q"), ord("Q"), 27)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="./genrt monitor", allow_abbrev=False,
        description="What a program does while it runs: load of each thread, deadlines, losses: docs/monitor.md.",
        epilog="In a terminal: q leaves. Times are the machine's, which follow the host's clock: they are for looking, no "
               "evidence. Exit status: 0 shown, 1 it could not be, 2 a wrong argument.")
    parser.add_argument("app", nargs="?", metavar="DIR", help="an application's directory, which is built (the demo)")
    parser.add_argument("--for", dest="time", metavar="TIME", help=f"of the machine: 500ms, 2s (no end; with --once {ONCE})")
    parser.add_argument("--plain", action="store_true", help="pages one below the other, as without a terminal")
    parser.add_argument("--once", action="store_true", help="one page, of all, at the end")
    parser.add_argument("--json", action="store_true", help="to --once: as JSON")
    parser.add_argument("--exact", action="store_true", help="an instruction is a nanosecond, as in tests; needs --for")
    parser.add_argument("--bootargs", default="", metavar="WORDS", help="more words for the kernel or the application")
    parser.add_argument("--memory", default="256M", help="RAM (256M)")
    parser.add_argument("--file", metavar="FILE", help="no run: what a trace.bin says that is there")
    parser.add_argument("--program", metavar="ELF", help="to --file: the program, for names")
    options = parser.parse_args(arguments)
    if options.json and not options.once:
        parser.error("--json: only with --once")
    if options.program and not options.file:
        parser.error("--program: only with --file")
    if options.file and (options.app or options.time or options.exact):
        parser.error("--file: nothing is run")
    if options.time is None and options.once and not options.file:
        options.time = ONCE
    if options.exact and options.time is None:
        parser.error("--exact: needs --for")
    if options.time is not None and not tracing.TIME.fullmatch(options.time):
        parser.error(f"--for: '{options.time}' is not a time such as 10s, 500ms or 2m")
    if not re.fullmatch(r"[1-9][0-9]{0,5}[MG]", options.memory):
        parser.error(f"--memory: '{options.memory}' is not a size such as 256M")
    return options


# --- What is watched ---------------------------------------------------------------------------------

@contextlib.contextmanager
def running(program, options):
    """A run of the program: (its process, the trace's file, what it says). It ends with the block."""
    words = [f"trace={RAW}", *([f"for={options.time}"] if options.time else []), options.bootargs]
    machine = qemu.Machine(memory=options.memory, exact=options.exact)
    start = qemu.Start(program, bootargs=" ".join(word for word in words if word))
    with tempfile.TemporaryDirectory(prefix="monitor-", dir=qemu.BUILD) as directory:
        said = os.path.join(directory, "console.txt")
        with open(said, "wb") as output:
            process = subprocess.Popen(qemu.command(machine, start, interactive=False), cwd=directory,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield process, os.path.join(directory, RAW), said
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


class Watch:
    """The account of a file, kept up to date."""

    def __init__(self, path, program, process=None, said=None):
        self._follower = account.Follower(path)
        self._image = elf.Image(program) if program else None
        self._process, self._said, self._begun = process, said, time.monotonic()
        self.account = None

    def update(self):
        """Takes what is new; whether there may be more."""
        over = self._process is None or self._process.poll() is not None  # asked before the file is read
        events = list(self._follower.events())
        if self.account is None and self._follower.header is not None:
            header = self._follower.header
            self.account = account.Account(Names(header, self._image), header.begin)
        for event in events:
            self.account.take(event)
        if self.account is None and (over or time.monotonic() - self._begun > START):
            raise records.TraceError("no trace" + self._last_words())
        return not over and not self.account_has_ended()

    def account_has_ended(self):
        return self.account is not None and bool(self.account.end)

    def _last_words(self):
        if self._said is None:
            return ""
        with open(self._said, encoding="utf-8", errors="replace") as file:
            return ": " + " / ".join(file.read().strip().splitlines()[-3:])

    def figures(self):
        return page.figures(self.account, self._follower.header)

    def close(self):
        self._follower.close()


# --- How it is shown ---------------------------------------------------------------------------------

def show_once(watch, options, what):
    while watch.update():
        time.sleep(0.05)
    shown = watch.figures()
    if options.json:
        print(json.dumps(shown, indent=2))
    else:
        print("\n".join(text for text, _ in page.lines(shown, what)))


def show_plain(watch, what):
    more = True
    while more:
        if watch.account is not None:
            watch.account.begin_window()
        end = time.monotonic() + PERIOD
        while (more := watch.update()) and time.monotonic() < end:
            time.sleep(0.05)
        if watch.account is not None:
            print("\n".join(text for text, _ in page.lines(watch.figures(), what)) + "\n", flush=True)


def _is_terminal():
    """Whether pages can take each other's place."""
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        return False
    with contextlib.suppress(curses.error):
        curses.setupterm()
        return curses.tigetstr("cup") is not None
    return False


def _attributes():
    """{kind: how it is shown}; colours only where they are wanted."""
    kinds = {"": curses.A_NORMAL, "head": curses.A_BOLD, "alarm": curses.A_BOLD}
    if curses.has_colors() and not os.environ.get("NO_COLOR"):
        curses.start_color()
        curses.use_default_colors()
        curses.init_pair(1, curses.COLOR_RED, -1)
        curses.init_pair(2, curses.COLOR_CYAN, -1)
        kinds.update(alarm=curses.color_pair(1), head=curses.color_pair(2) | curses.A_BOLD)
    return kinds


@contextlib.contextmanager
def _screen():
    """As curses.wrapper, which would begin with colours."""
    screen = curses.initscr()
    try:
        curses.noecho()
        curses.cbreak()
        screen.keypad(True)
        with contextlib.suppress(curses.error):
            curses.curs_set(0)
        yield screen
    finally:
        curses.endwin()


def _draw(screen, kinds, lines):
    height, width = screen.getmaxyx()
    screen.erase()
    for y, (text, kind) in enumerate(lines[:height]):
        with contextlib.suppress(curses.error):  # the last cell of a screen
            screen.addnstr(y, 0, text, width, kinds[kind])
    screen.refresh()


def show_screen(screen, watch, what):
    """Until q, or the end: and then the last page stays until a key."""
    kinds, more = _attributes(), True
    while more:
        if watch.account is not None:
            watch.account.begin_window()
        end = time.monotonic() + PERIOD
        while (more := watch.update()) and time.monotonic() < end:
            screen.timeout(100)
            if screen.getch() in QUIT:
                return
        if watch.account is not None:
            _draw(screen, kinds, page.lines(watch.figures(), what, screen.getmaxyx()[0]))
    screen.timeout(-1)
    screen.getch()


def show(watch, options, what):
    try:
        if options.once:
            show_once(watch, options, what)
        elif options.plain or not _is_terminal():
            show_plain(watch, what)
        else:
            with _screen() as screen:
                show_screen(screen, watch, what)
    finally:
        watch.close()


def monitor(options):
    if options.file:
        program = tracing.from_caller(options.program) if options.program else None
        show(Watch(tracing.from_caller(options.file), program), options, os.path.basename(options.file))
        return
    program = tracing.build(options.app, os.environ.get("TOOLCHAIN") or "gcc")
    with running(program, options) as (process, raw, said):
        show(Watch(raw, program, process, said), options, os.path.basename((options.app or "the demo").rstrip("/")))


def main(arguments):
    options = parse_arguments(arguments)
    os.chdir(qemu.ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # by way of every finally
    try:
        monitor(options)
        return SHOWN
    except tracing.WrongArgument as error:
        print(f"genrt: monitor: {error}", file=sys.stderr)
        return WRONG
    except (records.TraceError, elf.ElfError, qemu.QemuError, OSError) as error:
        print(f"genrt: monitor: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return SHOWN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
