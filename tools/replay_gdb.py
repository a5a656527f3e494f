# SPDX-License-Identifier: MIT
"""Inside gdb, for tools/replay.py: connects to QEMU before the first instruction of a replay, and runs forward to
where the run failed.

QEMU goes back by loading the nearest machine state before, and running forward again. With none but the first, each
reverse-stepi in a run of 300 million instructions takes seconds. So the way is gone in legs, each ends with a
machine state saved; and one more is saved close to the arrival, from where most steps back are done.
"""

import contextlib
import os
import re
import signal
import threading

import gdb

LEG = 16 << 20  # instructions, at least
LEG_SHARE = 4  # and at least one part in so many of the way so far: few legs, however long the run
CLOSE = 1 << 20  # instructions from the nearest state to the arrival, at most
ASLEEP = 3  # seconds of this machine without an instruction
END = "arch_semihosting_exit"


class Lost(Exception):
    """The replay is not where it must be."""


# --- gdb and QEMU ----------------------------------------------------------------------------------

def quietly(command):
    """A command that makes the guest run, without gdb's words on where it stops: they pass by to_string."""
    gdb.flush()
    output = os.dup(1)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        gdb.execute(command)
        gdb.flush()
    finally:
        os.dup2(output, 1)
        os.close(output)


def monitor(command):
    """What QEMU's monitor answers."""
    return gdb.execute(f"monitor {command}", to_string=True).strip()


def order(command):
    """A command of the monitor that answers only if it fails."""
    answer = monitor(command)
    if answer:
        raise Lost(f"QEMU: {command}: {answer}")


def instructions_done():
    match = re.search(r"instruction count = (\d+)", monitor("info replay"))
    if not match:
        raise Lost("QEMU does not replay")
    return int(match.group(1))


def pc():
    return int(gdb.parse_and_eval("(unsigned long)$pc"))


def leave(_event=None):
    """Ends QEMU. Let go, as gdb would have it, it would run on."""
    with contextlib.suppress(gdb.error):  # nothing runs any more, or QEMU was gone before it could answer
        gdb.execute("kill", to_string=True)


# --- The way forward -------------------------------------------------------------------------------

class Way:
    """Ends at the first instruction of one of the functions, or before the instruction of a number."""

    def __init__(self, functions, count):
        self._breakpoints = [gdb.Breakpoint(f"*{name}", internal=True) for name in functions]
        self._addresses = [int(gdb.parse_and_eval(f"(unsigned long)&{name}")) for name in functions]
        self._count = count
        self._last = 0  # where the last state was saved; QEMU saved one at 0

    def _arrived(self):
        return instructions_done() == self._count or pc() in self._addresses

    def _run_to(self, count):
        """True if it arrived on the way, else it stands before instruction `count`."""
        if self._count is not None:
            count = min(count, self._count)
        order(f"replay_break {count}")
        quietly("continue")
        if self._arrived():
            monitor("replay_delete_break")
            return True
        if instructions_done() != count:
            raise Lost(f"stopped on the way, after {instructions_done()} instructions")
        return False

    def _save(self):
        self._last = instructions_done()
        order(f"savevm at{self._last}")

    def _return(self):
        order(f"loadvm {f'at{self._last}' if self._last else 'init'}")
        gdb.execute("maintenance flush register-cache", to_string=True)

    def go(self):
        """Returns the number of instructions done at the arrival."""
        while not self._run_to(self._last + max(LEG, self._last // LEG_SHARE)):
            self._save()
        arrival = instructions_done()
        if arrival - self._last > CLOSE:
            self._return()
            self._run_to(arrival - CLOSE)
            self._save()
            self._run_to(arrival + 1)
        for point in self._breakpoints:
            point.delete()
        return arrival


# --- What tools/replay.py calls --------------------------------------------------------------------

def arrive(socket, what, functions, count):
    """Connects and goes there: to the first of the functions, or the instruction of that number. Ends gdb if that
    fails."""
    gdb.events.gdb_exiting.connect(leave)
    try:
        quietly(f"target remote {socket}")
        arrival = Way(functions, count).go()
    except (Lost, gdb.error) as error:
        print(f"replay: {error}")
        gdb.execute("quit 3")
    # Going on from the end would end QEMU, and with it the way back.
    gdb.Breakpoint(f"*{END}")
    print(f"replay: at {what}, after {arrival} instructions")
    gdb.execute("backtrace")
    if gdb.selected_frame().name() == "kernel_fatal":
        gdb.execute("info line *frame->pc")


def print_end(socket):
    """Connects, runs to the end of a recording that was cut off, and prints where that is: where QEMU (told not to
    end) stops, or where the guest sleeps, because a guest that sleeps for good never comes to the end."""
    gdb.events.gdb_exiting.connect(leave)
    quietly(f"target remote {socket}")
    before, done = -1, 0
    while done != before:
        before = done
        look = threading.Timer(ASLEEP, os.kill, (os.getpid(), signal.SIGINT))
        look.start()
        quietly("continue")
        done = instructions_done()
        if look.is_alive():
            look.cancel()
            break
    print(f"end {done}")
