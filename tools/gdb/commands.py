# SPDX-License-Identifier: MIT
"""Inside gdb: the commands `genrt ...`. Each reads memory and changes nothing, so they work at a breakpoint, after a
panic and on a core file alike.
"""

import contextlib
import json
import os
import re
import shlex
import tempfile

import gdb

import core
import image
import layout
import model
import ring
import views
from memory import Memory, Unreadable

HERE = os.path.dirname(os.path.abspath(__file__))
_layouts = {}  # of the program that is loaded


def _read(address, size):
    try:
        return gdb.selected_inferior().read_memory(address, size).tobytes()
    except gdb.MemoryError as error:
        raise Unreadable(str(error)) from error


def program():
    """The name of the program's file."""
    name = gdb.current_progspace().filename
    if not name:
        raise gdb.GdbError("no program: load one by `file`")
    return name


def the_layout():
    name = program()
    stamp = (name, os.stat(name).st_mtime_ns)
    if stamp not in _layouts:
        try:
            _layouts[stamp] = layout.collect()
        except layout.NoKernel as error:
            raise gdb.GdbError(str(error)) from error
    return _layouts[stamp]


def the_kernel():
    return model.Kernel(Memory(the_layout(), _read))


class View(gdb.Command):
    """A command that prints a table."""

    def __init__(self, name, view):
        self.__doc__ = f"{(view.__doc__ or name).strip()}"
        super().__init__(f"genrt {name}", gdb.COMMAND_STATUS)
        self._view = view

    def invoke(self, argument, _from_tty):
        if argument:
            raise gdb.GdbError("takes no argument")
        try:
            lines = self._view(the_kernel())
        except (Unreadable, gdb.error) as error:
            raise gdb.GdbError(f"the kernel is booting, or its memory is not there: {error}") from error
        for line in lines:
            print(line)


class Select(gdb.Command):
    """Selects a thread, by its id such as 3.1, its slot or its name: backtrace, frame and print are then its."""

    def __init__(self):
        super().__init__("genrt thread", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        thread = the_kernel().find(argument.strip())
        if thread is None:
            raise gdb.GdbError(f"no thread '{argument}'; see genrt threads")
        gdb.execute("info threads", to_string=True)  # has gdb ask who there is
        for known in gdb.selected_inferior().threads():
            if known.ptid[1] == thread.number:
                known.switch()
                print(f"thread '{thread.name}' ({thread.id}): {thread.text()}")
                gdb.execute("frame")
                return
        raise gdb.GdbError("gdb has not been told of threads here, as it is by genrt connect; see genrt backtrace")


class Backtrace(gdb.Command):
    """genrt backtrace ID: of any thread that does not run, by its frame pointers. Also where gdb knows no threads."""

    def __init__(self):
        super().__init__("genrt backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        kernel = the_kernel()
        thread = kernel.find(argument.strip())
        if thread is None:
            raise gdb.GdbError(f"no thread '{argument}'; see genrt threads")
        if thread.is_running():
            raise gdb.GdbError("it is running: see backtrace")
        for number, (pc, called) in enumerate(thread.backtrace()):
            print(f"#{number}  {pc:#018x} in {place_of(pc - 4 if called else pc)}")


def place_of(pc):
    """An address in words: 'function () at file:line'."""
    name = gdb.execute(f"info symbol {pc:#x}", to_string=True)
    name = "??" if name.startswith("No symbol") else re.split(r" \+ \d+| in section", name)[0]
    line = gdb.find_pc_line(pc)
    return f"{name} ()" + (f" at {line.symtab.filename}:{line.line}" if line.symtab else "")


class Connect(gdb.Command):
    """genrt connect HOST:PORT or SOCKET: to QEMU's gdb server, with genrt's threads as gdb's threads."""

    def __init__(self):
        super().__init__("genrt connect", gdb.COMMAND_RUNNING)

    def invoke(self, argument, _from_tty):
        if not argument:
            raise gdb.GdbError("to what? HOST:PORT or a socket's name")
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(the_layout(), file)
        # stub.py removes the file as soon as it has read it.
        stub = shlex.join(["python3", os.path.join(HERE, "stub.py"), file.name, argument])
        gdb.execute("set remotetimeout 20", to_string=True)
        gdb.execute(f"target remote | exec {stub}")


def leave(_event=None):
    """Ends the machine. Let go, as gdb would have it, it would run on."""
    with contextlib.suppress(gdb.error):  # nothing runs any more
        gdb.execute("kill", to_string=True)


class Console(gdb.Command):
    """genrt console FILE: of a machine that was started for gdb and ends with it. What it has written to the file is
    shown at each stop."""

    def __init__(self):
        super().__init__("genrt console", gdb.COMMAND_RUNNING)
        self._file, self._seen = None, 0

    def invoke(self, argument, _from_tty):
        if self._file is None:
            gdb.events.stop.connect(self.show)
            gdb.events.exited.connect(self.show)
            gdb.events.gdb_exiting.connect(leave)
        self._file, self._seen = argument, 0

    def show(self, _event=None):
        try:
            with open(self._file, "rb") as file:
                file.seek(self._seen)
                text = file.read()
        except OSError:
            return
        self._seen += len(text)
        for line in text.decode(errors="replace").splitlines():
            print(f"    {line}")


class WriteCore(gdb.Command):
    """genrt core FILE: writes memory and the registers of all threads, for `genrt open`."""

    def __init__(self):
        super().__init__("genrt core", gdb.COMMAND_DATA, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, _from_tty):
        if not argument:
            raise gdb.GdbError("to which file?")
        path = os.path.abspath(argument)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as directory:
            dump = os.path.join(directory, "dump")
            try:
                said = gdb.execute(f"monitor dump-guest-memory {dump}", to_string=True)
                core.write(core.File(dump), path, the_layout(), program())
            except (gdb.error, core.CoreError, OSError) as error:
                raise gdb.GdbError(f"no core file: {said.strip() if 'said' in locals() and said else error}") from error
        print(f"written: {argument}; look at it by ./genrt gdb --core {argument}")


class OpenCore(gdb.Command):
    """genrt open FILE: looks at a core file, whose threads are gdb's threads."""

    def __init__(self):
        super().__init__("genrt open", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, _from_tty):
        try:
            path, ours = self._expand(argument) if image.is_image(argument) else (argument, self._is_ours(argument))
        except (core.CoreError, OSError) as error:
            raise gdb.GdbError(str(error)) from error
        if not ours:
            print(f"warning: {program()} is not the program of this core file: names and places may be wrong")
        # Who reads registers from notes is the debugger of Linux.
        gdb.execute("set osabi GNU/Linux")
        gdb.execute(f"core-file {path}")
        name_threads()

    @staticmethod
    def _is_ours(path):
        return core.program_of(path)["sha256"] == core.digest(program())

    @staticmethod
    def _expand(path):
        """A core file of what a kernel has written, which goes when gdb does; and whether it is our program's."""
        memory = image.Image(path)
        ours = image.program_of(memory, [program()]) is not None
        directory = tempfile.TemporaryDirectory(prefix="core-")
        gdb.events.gdb_exiting.connect(lambda _event: directory.cleanup())
        made = os.path.join(directory.name, os.path.basename(path))
        core.write(memory, made, the_layout(), program())
        return made, ours


def name_threads():
    """What each thread does becomes its name, which `info threads` shows."""
    found = {thread.number: thread for thread in the_kernel().threads()}
    for known in gdb.selected_inferior().threads():
        thread = found.get(known.ptid[1])
        if thread is not None:
            known.name = f"{thread.full_name()}: {thread.text()}"


def install():
    gdb.Command("genrt", gdb.COMMAND_USER, prefix=True)
    for name, view in (("threads", views.threads), ("mailboxes", views.mailboxes), ("mutexes", views.mutexes),
                       ("sync", views.synchronisers), ("timers", views.timers), ("heap", views.heap),
                       ("aspace", views.aspace), ("trace", ring.trace)):
        View(name, view)
    Select()
    Backtrace()
    Connect()
    Console()
    WriteCore()
    OpenCore()
