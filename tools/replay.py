#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A QEMU case once more, recorded, and then replayed under gdb: stopped where it failed, with the way back open.

    record    the case as it is tested, and QEMU writes down what came from outside; judged as ever
    replay    QEMU runs the recording; gdb stops it (tools/replay_gdb.py) at the panic, at the first `not ok`, else at
              the end; there reverse-stepi, reverse-finish, reverse-continue and watchpoints work

What is needed for that lies in build/replay/CASE/: the program too, so that a recording outlives the next build.
Exit status: 0 recorded (and replayed), 1 that failed, 2 a case that is not or that cannot be recorded.
"""

import argparse
import contextlib
import dataclasses
import difflib
import fcntl
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time

import qemu
import qemu_cases
import run_tests
import symbolize
import tap

RECORDINGS = os.path.join("build", "replay")
GDB = "gdb-multiarch"
START_TIMEOUT = 20  # seconds until QEMU waits for gdb
BATCH_TIMEOUT = 120  # seconds for gdb, when nobody is there
CUT_TIMEOUT = 600  # seconds to find the end of a recording that was cut off
PANIC_EXIT_STATUS = 101  # kernel/panic.h


class ReplayError(Exception):
    """What the user is to read, in one line."""


class WrongCase(ReplayError):
    """The case is not there, or of a kind that cannot be recorded."""


# --- The case --------------------------------------------------------------------------------------

def find_case(name):
    with open(qemu_cases.CASES_FILE, encoding="utf-8") as file:
        cases = {case.name: case for case in qemu_cases.parse(file.read())}
    wanted = name.removeprefix("qemu/")
    if wanted not in cases:
        close = difflib.get_close_matches(wanted, cases, 5)
        raise WrongCase(f"no case '{name}' in {qemu_cases.CASES_FILE}"
                        + (f"; close to it: {', '.join(close)}" if close else "; see ./genrt test --list"))
    return cases[wanted]


def check_recordable(case):
    if case.keys["exact"] != "yes":
        raise WrongCase(f"{case.name} cannot be recorded: exact=no, its time is this machine's")
    if case.keys["smp"] != "1":
        raise WrongCase(f"{case.name} cannot be recorded: smp={case.keys['smp']}, and QEMU records one CPU only")


def build(case, toolchain):
    target = f"{case.keys['image']}.elf"
    print(f"building {target} ({toolchain}, {case.keys['build']}) ... ", end="", flush=True)
    said = run_tests.make(*case.make_arguments(), f"TOOLCHAIN={toolchain}", target)
    print("done" if said is None else "FAILED", flush=True)
    if said is not None:
        print(said, file=sys.stderr)
        raise ReplayError("the build failed")


# --- The recording ---------------------------------------------------------------------------------

class Recording:
    """A directory of build/replay/, and what one must know to replay: command, program with symbols, stop."""

    def __init__(self, case):
        self.directory = os.path.join(RECORDINGS, case.name)

    def path(self, name):
        return os.path.join(self.directory, name)

    @contextlib.contextmanager
    def locked(self):
        """Nobody else records over what is replayed here."""
        os.makedirs(self.directory, exist_ok=True)
        with open(self.path("lock"), "w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ReplayError(f"{self.directory} is in use by another replay") from None
            yield

    def forget(self):
        for name in os.listdir(self.directory):
            if name != "lock":
                os.unlink(self.path(name))

    def save(self, facts):
        with open(self.path("recording.json"), "w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1)

    def load(self):
        try:
            with open(self.path("recording.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            raise ReplayError(f"nothing recorded in {self.directory}; leave out --again") from None

    def is_complete(self):
        """QEMU writes the first word, its version of the format, last."""
        try:
            with open(self.path("events"), "rb") as file:
                return any(file.read(4))
        except FileNotFoundError:
            return False


def stop_of(result):
    """What a replay of this run stops at: {what, functions}. No functions: the last instruction."""
    for line in tap.records(result.output):
        if line.startswith("not ok "):
            return {"what": f"'{line}'", "functions": ["tap_failed"]}
        if tap.panic_reason([line]) is not None:
            return {"what": "the panic", "functions": ["panic", "kernel_fatal"]}
    if result.status == PANIC_EXIT_STATUS:
        return {"what": "the panic", "functions": ["panic", "kernel_fatal"]}
    if result.status is None:
        return {"what": "the end of the recording, which was cut off", "functions": []}
    return {"what": "the end", "functions": ["arch_semihosting_exit"]}


def copy_program(program, recording):
    """Copies the program, and the ELF of an Image; returns what `program` is then."""
    for name in {program, os.path.splitext(program)[0] + ".elf"}:
        shutil.copy(name, recording.directory)
    return recording.path(os.path.basename(program))


def record(case, toolchain, recording):
    """Runs the case and shows it as the tests see it."""
    recording.forget()
    machine, start = qemu_cases.prepare(case, toolchain)
    written, again = (qemu.Recording(mode, recording.path("events"), recording.path("snapshots"))
                      for mode in ("record", "replay"))
    start = dataclasses.replace(start, program=copy_program(start.program, recording), recording=written)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", written.snapshots, "1M"], check=True)
    begin = time.monotonic()
    print(f"recording {case.name} ... ", end="", flush=True)
    result = qemu.run_captured(machine, start, int(case.keys["timeout"]))
    print(f"done ({time.monotonic() - begin:.1f} s)", flush=True)
    elf = os.path.splitext(start.program)[0] + ".elf"
    with open(recording.path("output"), "wb") as file:
        file.write(result.output)
    show_console(result.output, elf)
    if result.status is not None:
        sys.stderr.write(result.errors)
    if not recording.is_complete():
        raise ReplayError("QEMU did not complete the recording")
    problem = qemu_cases.judge(case, result)
    print(f"judged: {f'FAILED: {problem}' if problem else 'as expected'}", flush=True)
    command = qemu.command(machine, dataclasses.replace(start, recording=again), interactive=False)
    recording.save({"command": command, "elf": elf, "stop": stop_of(result)})


def show_console(output, elf):
    symbols = symbolize.Symbols(elf)
    text = symbolize.Filter(symbols).feed(output).decode(errors="replace")
    symbols.close()
    for line in filter(None, re.split(r"[\r\n]+", text)):
        print(f"    {line}")


# --- The replay ------------------------------------------------------------------------------------

@contextlib.contextmanager
def waiting_qemu(recording, command, *more):
    """QEMU, stopped before the first instruction, at a socket whose name is given; it ends with the block."""
    socket = recording.path("gdb")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket)
    # In a session of its own: Ctrl-C is for gdb.
    with open(recording.path("console"), "wb") as console:
        process = subprocess.Popen([*command, "-S", "-gdb", f"unix:{socket},server=on,wait=off", *more],
                                   stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                                   start_new_session=True)
    try:
        end = time.monotonic() + START_TIMEOUT
        while not os.path.exists(socket):
            if process.poll() is not None or time.monotonic() > end:
                with open(recording.path("console"), encoding="utf-8", errors="replace") as console:
                    raise ReplayError(f"QEMU does not replay: {console.read().strip() or 'no answer'}")
            time.sleep(0.02)
        yield socket
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def gdb_script(recording, call):
    """The file that gdb reads first; returns its name. call: of a function of tools/replay_gdb.py."""
    path = recording.path("arrive.gdb")
    with open(path, "w", encoding="utf-8") as file:
        file.write("set confirm off\n"
                   "source tools/gdb/extension.py\n"
                   "python import sys; sys.path.insert(0, 'tools'); import replay_gdb\n"
                   f"with pagination off -- python replay_gdb.{call}\n")
    return path


def wait_for(process, timeout):
    """Its exit status, or None when the time is over. Not by Popen.wait() alone: if a signal's handler raises in there,
    its lock may stay taken, and no later wait for the process ends."""
    ended = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([ended], [], [], timeout)
    finally:
        os.close(ended)
    return process.wait() if ready else None


def run_gdb(elf, script, arguments, timeout, **options):
    """gdb's exit status, or None when its time is over. timeout: None if a person is there. options: for Popen."""
    mode = [] if timeout is None else ["-batch", "-nx"]
    process = subprocess.Popen([GDB, "-q", *mode, "-x", script, *arguments, elf],
                               stdin=None if timeout is None else subprocess.DEVNULL, **options)
    try:
        return wait_for(process, timeout)
    finally:
        if process.poll() is None:
            process.terminate()  # so that it leaves the terminal as it was
            if wait_for(process, 5) is None:
                process.kill()
                process.wait()


def find_cut(recording, facts):
    """The instruction before which a recording stands that was cut off: the last one."""
    with waiting_qemu(recording, facts["command"], "-no-shutdown") as socket:
        script = gdb_script(recording, f"print_end({socket!r})")
        with open(recording.path("cut"), "w+", encoding="utf-8") as said:
            run_gdb(facts["elf"], script, (), CUT_TIMEOUT, stdout=said, stderr=subprocess.STDOUT)
            said.seek(0)
            match = re.search(r"^end (\d+)$", said.read(), re.MULTILINE)
    if not match:
        raise ReplayError(f"the end of the recording is not found; gdb's words are in {recording.path('cut')}")
    return int(match.group(1)) - 1


def replay(recording, arguments, batch):
    facts = recording.load()
    stop = facts["stop"]
    if not stop["functions"] and "count" not in stop:
        print("looking for where the recording was cut off", flush=True)
        stop["count"] = find_cut(recording, facts)
        recording.save(facts)
    if not batch:
        signal.signal(signal.SIGINT, lambda _number, _frame: None)  # Ctrl-C is for gdb, which does not inherit this
    print(f"replaying to {stop['what']}", flush=True)
    with waiting_qemu(recording, facts["command"]) as socket:
        call = f"arrive({socket!r}, {stop['what']!r}, {stop['functions']!r}, {stop.get('count')!r})"
        status = run_gdb(facts["elf"], gdb_script(recording, call), arguments, BATCH_TIMEOUT if batch else None)
    if status is None:
        raise ReplayError(f"gdb was not done within {BATCH_TIMEOUT} s")
    if status != 0:
        raise ReplayError(f"gdb ended with status {status}")


# --- The command -----------------------------------------------------------------------------------

def parse_arguments(arguments):
    split = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description="Replay a QEMU case under gdb. What stands behind -- is for gdb.")
    parser.add_argument("case", help="a line of tests/qemu/cases.txt")
    parser.add_argument("--again", action="store_true", help="what was recorded before, without a new recording")
    parser.add_argument("--record-only", action="store_true", help="no replay")
    parser.add_argument("--batch", action="store_true", help="gdb takes nothing from the terminal, and ends")
    options = parser.parse_args(arguments[:split])
    options.gdb_arguments = arguments[split + 1:]
    return options


def run(options):
    toolchain = os.environ.get("TOOLCHAIN") or "gcc"
    case = find_case(options.case)
    check_recordable(case)
    recording = Recording(case)
    with recording.locked():
        if not options.again:
            build(case, toolchain)
            record(case, toolchain, recording)
        if options.record_only:
            print(f"to replay: ./genrt replay {case.name} --again")
        else:
            replay(recording, options.gdb_arguments, options.batch or not sys.stdin.isatty())


def main():
    options = parse_arguments(sys.argv[1:])
    os.chdir(qemu.ROOT)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # by way of every finally
    try:
        run(options)
    except (ReplayError, qemu.QemuError, qemu_cases.CaseError) as error:
        print(f"genrt: replay: {error}", file=sys.stderr)
        return 2 if isinstance(error, WrongCase) else 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
