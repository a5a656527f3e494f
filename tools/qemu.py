#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""QEMU's command line, known here and nowhere else.

There are two ways in, as on real boards. `elf`: QEMU loads the ELF where it was linked, and a loader device
puts a device tree at the start of RAM. The window below the image is 512 KiB, and the tree that QEMU dumps is
padded to 1 MiB, so it goes through dtc and comes back a few KiB small. `image`: QEMU plays the boot loader of
an arm64 Image and hands its own tree in x0.

`exact` means icount: one guest instruction is one nanosecond of virtual time, the same on every machine.
"""

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
QEMU = "qemu-system-aarch64"
CPUS = ("cortex-a53", "cortex-a57", "cortex-a72", "max")
DTB_ADDRESS = 0x40000000
DTB_WINDOW = 0x80000  # bytes from there to the image
IMAGE_ADDRESS = DTB_ADDRESS + DTB_WINDOW
RECORDING_END = 60  # seconds that a recording may take to end


class QemuError(Exception):
    """What the user is to read: a wrong value, or QEMU's own words when it does not start."""


@dataclass(frozen=True)
class Machine:
    """The machine as far as it is a matter of choice."""

    cpu: str = "cortex-a53"
    memory: str = "256M"
    el: int = 1
    smp: int = 1
    exact: bool = False

    def check(self):
        if self.cpu not in CPUS:
            raise QemuError(f"cpu {self.cpu}: one of {', '.join(CPUS)}")
        if not re.fullmatch(r"[1-9][0-9]*[MG]", self.memory):
            raise QemuError(f"memory {self.memory}: a number with M or G, such as 256M")
        if self.el not in (1, 2):
            raise QemuError(f"exception level {self.el}: 1 or 2")
        if not 1 <= self.smp <= 8:
            raise QemuError(f"{self.smp} CPUs: 1 to 8")

    def arguments(self, dump=None):
        """The options that make the board. dump: only write its device tree to this file."""
        # Without dtb-randomness=off the tree carries random seeds: no two runs would be the same.
        board = "virt,gic-version=2,dtb-randomness=off"
        if self.el == 2:
            board += ",virtualization=on"
        if dump:
            board += f",dumpdtb={dump}"
        # One tick of the counter is one instruction when exact.
        cpu = self.cpu + (",cntfrq=1000000000" if self.exact else "")
        # The board's network card would want a ROM from a package that nothing else here needs.
        arguments = ["-M", board, "-cpu", cpu, "-m", self.memory, "-smp", str(self.smp), "-display", "none",
                     "-nic", "none"]
        if self.exact:
            arguments += ["-icount", "shift=0,sleep=off"]
        return arguments


@dataclass(frozen=True)
class Recording:
    """A run that is written down, or run again as it was. For an exact machine of one CPU: QEMU has no other kind."""

    mode: str  # "record" or "replay"
    events: str  # the file of what came from outside: times, interrupts, input
    snapshots: str  # a qcow2 file of machine states, of which the first is the start; going back begins at one

    def arguments(self):
        # To the -icount of an exact machine.
        return ["-icount", f"rr={self.mode},rrfile={self.events},rrsnapshot=init",
                "-drive", f"file={self.snapshots},if=none,id=snapshots"]


@dataclass(frozen=True)
class Start:
    """What is started on the machine, and how. program: NAME.elf or NAME.img, which must fit the entry."""

    program: str
    entry: str = "elf"
    bootargs: str = ""
    # "slot": the machine's own tree. "none": no tree anywhere (elf only). Else a file's name.
    dtb: str = "slot"
    # Image only, each a file's name: an initrd, and what lies in RAM behind the file, where .bss will be.
    initrd: str = ""
    fill: str = ""
    gdb_port: int = 0
    plugin: str = ""  # observes the run: tools/observe/
    ram: str = ""  # a file that the machine's RAM is to be, so that others can look
    recording: "Recording | None" = None


@dataclass
class Result:
    """A finished run. status: QEMU's exit status (the guest's, through semihosting); None if it was killed."""

    output: bytes
    errors: str
    status: "int | None"


def _run_tool(arguments):
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    except FileNotFoundError:
        raise QemuError(f"{arguments[0]}: not found; ./genrt doctor tells what to install") from None
    if done.returncode != 0:
        raise QemuError(done.stderr.strip() or f"{arguments[0]} failed ({done.returncode})")
    return done.stdout


def _cache_name(machine, bootargs):
    """A file name for the tree of this machine; another QEMU is another machine."""
    path = shutil.which(QEMU) or ""
    stamp = os.stat(path).st_mtime_ns if path else 0
    key = repr((machine, bootargs, stamp)).encode()
    return os.path.join(BUILD, "dtb", hashlib.sha256(key).hexdigest()[:16] + ".dtb")


def make_dtb(machine, bootargs):
    """The machine's device tree, made compact; returns a file's name. Made once for each set of parameters."""
    machine.check()
    cached = _cache_name(machine, bootargs)
    if os.path.exists(cached):
        return cached
    os.makedirs(os.path.dirname(cached), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(cached)) as scratch:
        padded, source, compact, nothing = (
            os.path.join(scratch, name) for name in ("padded.dtb", "tree.dts", "compact.dtb", "nothing"))
        # QEMU writes bootargs only when there is a kernel; any four bytes are one.
        with open(nothing, "wb") as file:
            file.write(b"\0\0\0\0")
        _run_tool([QEMU, *machine.arguments(dump=padded), "-kernel", nothing, "-append", bootargs])
        _run_tool(["dtc", "-q", "-I", "dtb", "-O", "dts", "-o", source, padded])
        _run_tool(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", compact, source])
        size = os.path.getsize(compact)
        if size > DTB_WINDOW:
            raise QemuError(f"device tree of {size} bytes does not fit into {DTB_WINDOW}")
        os.replace(compact, cached)
    return cached


def command(machine, start, interactive):
    """The whole command line. interactive: the monitor shares the terminal, so that Ctrl-A X leaves."""
    machine.check()
    if not os.path.exists(start.program):
        raise QemuError(f"{start.program}: no such file; build it first")
    arguments = [QEMU, *machine.arguments(), "-no-reboot",
                 "-semihosting-config", "enable=on,target=native"]
    if interactive:
        arguments += ["-serial", "mon:stdio"]
    else:
        arguments += ["-serial", "stdio", "-monitor", "none"]
    arguments += ["-kernel", start.program]
    if start.entry == "elf":
        if start.initrd or start.fill:
            raise QemuError("initrd and fill: only with the image entry")
        if start.dtb != "none":
            tree = make_dtb(machine, start.bootargs) if start.dtb == "slot" else start.dtb
            arguments += ["-device", f"loader,file={tree},addr={DTB_ADDRESS:#x},force-raw=on"]
    elif start.entry == "image":
        if start.dtb == "none":
            raise QemuError("dtb none: an Image always gets a tree; use the elf entry")
        arguments += ["-append", start.bootargs]
        if start.dtb != "slot":
            arguments += ["-dtb", start.dtb]
        if start.initrd:
            arguments += ["-initrd", start.initrd]
        if start.fill:
            behind = IMAGE_ADDRESS + os.path.getsize(start.program)
            arguments += ["-device", f"loader,file={start.fill},addr={behind:#x},force-raw=on"]
    else:
        raise QemuError(f"entry {start.entry}: elf or image")
    if start.plugin:
        # The plugin's counters are for CPUs that take turns, as they do anyway when exact.
        arguments += ["-plugin", start.plugin, *([] if machine.exact else ["-accel", "tcg,thread=single"])]
    if start.ram:
        arguments += ["-object", f"memory-backend-file,id=ram,size={machine.memory},mem-path={start.ram},share=on",
                      "-machine", "memory-backend=ram"]
    if start.gdb_port:
        arguments += ["-S", "-gdb", f"tcp::{start.gdb_port}"]
    if start.recording:
        if not machine.exact or machine.smp != 1:
            raise QemuError("recording: only with exact time and one CPU")
        arguments += start.recording.arguments()
    return arguments


def _end_recording(process):
    """Asks QEMU to end, which completes the file of events. It listens when its slice is over: at the next timer of
    the guest, or after 2^31 instructions."""
    process.terminate()
    try:
        process.wait(RECORDING_END)
    except subprocess.TimeoutExpired:
        pass


def run_captured(machine, start, timeout):
    """Runs to the end, or kills the run after `timeout` seconds of this machine's time."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command(machine, start, interactive=False),
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        except FileNotFoundError:
            raise QemuError(f"{QEMU}: not found; ./genrt doctor tells what to install") from None
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
            if start.recording:
                _end_recording(process)
        finally:
            # Also on the way out of an exception such as Ctrl-C: no run outlives its test.
            if process.poll() is None:
                process.kill()
                process.wait()
        output.seek(0)
        errors.seek(0)
        return Result(output.read(), errors.read().decode(errors="replace"), status)


def _stop_on_signal(processes):
    def stop(number, _frame):
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()  # QEMU under icount with nothing armed does not listen
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def _wait(qemu, readers, timeout):
    """QEMU's exit status; None when it still runs after `timeout` seconds. Ends it when nobody reads it any more."""
    end = None if timeout is None else time.monotonic() + timeout
    while end is None or time.monotonic() < end:
        try:
            return qemu.wait(0.2)
        except subprocess.TimeoutExpired:
            if any(reader.poll() is not None for reader in readers):
                qemu.kill()
                return qemu.wait()
    return None


def run_interactive(machine, start, timeout, symbols):
    """Runs in this terminal and returns the exit status. symbols: the ELF that gives addresses their names."""
    arguments = command(machine, start, interactive=True)
    symbolize = os.path.join(ROOT, "tools", "symbolize.py")
    through_filter = symbols is not None and os.path.exists(symbolize)
    processes = []
    try:
        qemu = subprocess.Popen(arguments, stdout=subprocess.PIPE if through_filter else None)
    except FileNotFoundError:
        raise QemuError(f"{QEMU}: not found; ./genrt doctor tells what to install") from None
    processes.append(qemu)
    if through_filter:
        # QEMU keeps the terminal as its input (that is where it sets raw mode); only its words pass by here.
        processes.append(subprocess.Popen([sys.executable, "-u", symbolize, symbols], stdin=qemu.stdout))
        qemu.stdout.close()
    _stop_on_signal(processes)
    # Ctrl-C goes to the whole group: QEMU decides, and this only waits for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = _wait(qemu, processes[1:], timeout)
    if status is None:
        qemu.kill()
        qemu.wait()
        print(f"qemu: still running after {timeout} s, stopped", file=sys.stderr)
        status = 124
    if through_filter:
        processes[1].wait()
    return status if status >= 0 else 128 - status


def parse_arguments():
    parser = argparse.ArgumentParser(description="Start a genrt program in QEMU.")
    parser.add_argument("program", help="NAME.elf, or NAME.img with --entry image")
    parser.add_argument("--entry", choices=("elf", "image"), default="elf")
    parser.add_argument("--cpu", choices=CPUS, default="cortex-a53")
    parser.add_argument("--memory", default="256M", help="64M to 8G (256M)")
    parser.add_argument("--el", type=int, choices=(1, 2), default=1, help="exception level at entry (1)")
    parser.add_argument("--smp", type=int, default=1)
    parser.add_argument("--exact", action="store_true", help="one instruction is one nanosecond")
    parser.add_argument("--bootargs", default="", help="words for the kernel: log=LEVEL for=TIME case=NAME")
    parser.add_argument("--dtb", default="slot", help="slot (the machine's own), none, or a file")
    parser.add_argument("--initrd", default="", metavar="FILE", help="an initial RAM disk, with --entry image")
    parser.add_argument("--gdb", type=int, default=0, metavar="PORT", help="wait for gdb at this port")
    parser.add_argument("--timeout", type=float, default=None, metavar="SECONDS", help="of host time")
    parser.add_argument("--symbols", metavar="ELF", help="give addresses in the output their names")
    parser.add_argument("--print", action="store_true", help="print the command line and stop")
    return parser.parse_args()


def main():
    options = parse_arguments()
    machine = Machine(options.cpu, options.memory, options.el, options.smp, options.exact)
    start = Start(options.program, options.entry, options.bootargs, options.dtb, initrd=options.initrd, gdb_port=options.gdb)
    try:
        if options.print:
            print(" ".join(command(machine, start, interactive=True)))
            return 0
        return run_interactive(machine, start, options.timeout, options.symbols)
    except QemuError as error:
        print(f"qemu: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
