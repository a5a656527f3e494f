#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stands between gdb and QEMU's gdb server, and shows genrt's threads in place of QEMU's, which are CPUs.

    gdb  <-- standard input and output -->  stub.py  <-- a socket -->  QEMU

Whoever has the CPU has its registers; all other threads have those of their frames, which nobody may change. A thread
that does not exist cannot be stepped: all steps are the CPU's. All else is passed on as it came. Started by
`genrt connect` of the extension: stub.py LAYOUT-FILE HOST:PORT|SOCKET

Protocol: GDB manual, appendix E.
"""

import contextlib
import json
import os
import re
import select
import socket
import sys
from xml.sax.saxutils import quoteattr, escape

from memory import Memory, Unreadable
from model import Kernel

REGISTERS = [*(f"x{number}" for number in range(31)), "sp", "pc"]  # 8 bytes each; then the 4 of pstate
BOOTING = 0xfffe  # while the kernel has no threads
READ_MAX = 1024  # bytes in a packet
ANSWER_MAX = 1500  # of a list that is asked for in pieces


class Link:
    """One end of the protocol: packets, with their acknowledgements."""

    def __init__(self, read_fd, write_fd):
        self.read_fd, self._write_fd = read_fd, write_fd
        self._bytes = b""
        self.is_closed = False

    def fill(self):
        try:
            data = os.read(self.read_fd, 65536)
        except ConnectionResetError:
            data = os.read(self.read_fd, 65536)  # told once; what was sent before is still there
        self.is_closed = not data
        self._bytes += data

    def packets(self):
        """What has come so far: packets as text, and the interrupt as '\\x03'."""
        while self._bytes:
            first = self._bytes[:1]
            if first == b"\x03":
                self._bytes = self._bytes[1:]
                yield "\x03"
            elif first == b"$":
                end = self._bytes.find(b"#")
                if end < 0 or len(self._bytes) < end + 3:
                    return
                body, self._bytes = self._bytes[1:end], self._bytes[end + 3:]
                self.raw(b"+")
                yield body.decode("latin-1")
            else:
                self._bytes = self._bytes[1:]  # acknowledgements: nothing is lost on a socket

    def raw(self, data):
        while data:
            data = data[os.write(self._write_fd, data):]

    def send(self, text):
        body = text.encode("latin-1")
        self.raw(b"$%s#%02x" % (body, sum(body) & 0xff))


class Server:
    """QEMU's end."""

    def __init__(self, address):
        host, separator, port = address.rpartition(":")
        if separator:
            self._socket = socket.create_connection((host or "localhost", int(port)), timeout=20)
            self._socket.settimeout(None)
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(address)
        self.link = Link(self._socket.fileno(), self._socket.fileno())

    def ask(self, text):
        """An answer, while the machine stands still."""
        self.link.send(text)
        while True:
            for packet in self.link.packets():
                return packet
            self.link.fill()
            if self.link.is_closed:
                raise Unreadable("QEMU is gone")

    def read(self, address, size):
        out = b""
        while len(out) < size:
            answer = self.ask(f"m{address + len(out):x},{min(READ_MAX, size - len(out)):x}")
            if not answer or answer[0] == "E":
                raise Unreadable(f"no memory at {address:#x}")
            out += bytes.fromhex(answer)
        return out


class Stub:
    """What gdb sees."""

    def __init__(self, layout, gdb_link, server):
        self._layout, self._gdb, self._server = layout, gdb_link, server
        self._kernel = None  # as it stands; None: it may have run since
        self._chosen = 0  # whose registers gdb wants
        self._asked = ""  # what QEMU has yet to answer

    # --- Threads -------------------------------------------------------------------------------

    def _threads(self):
        """{number: thread}. Empty during the boot, when the memory may not even be mapped."""
        try:
            if self._kernel is None:
                self._kernel = Kernel(Memory(self._layout, self._server.read))
                self._found = {thread.number: thread for thread in self._kernel.threads()}
            return self._found
        except Unreadable:
            self._kernel = None
            return {}

    def _running(self):
        return next((number for number, thread in self._threads().items() if thread.is_running()), BOOTING)

    def _list(self):
        running = self._running()
        numbers = list(self._threads())
        return numbers if running in numbers else [running, *numbers]

    def _list_document(self):
        threads = self._threads()
        lines = ["<threads>"]
        for number in self._list():
            thread = threads.get(number)
            name, text = (thread.full_name(), thread.text()) if thread else ("boot", "no threads yet")
            lines.append(f'<thread id="{number:x}" core="0" name={quoteattr(name)}>{escape(text)}</thread>')
        return "\n".join([*lines, "</threads>"])

    def _others_registers(self):
        """Of the chosen thread if it has not the CPU; else None."""
        thread = self._threads().get(self._chosen)
        return None if thread is None or thread.is_running() else thread.registers()

    # --- Packets -------------------------------------------------------------------------------

    def _answer(self, packet):
        """The answer to a packet that is ours to answer; None: QEMU's."""
        if packet.startswith("qXfer:threads:read:"):
            offset, length = (int(part, 16) for part in packet.split(":")[-1].split(","))
            text = self._list_document()
            length = min(length, ANSWER_MAX)
            piece = text[offset:offset + length]
            return ("m" if offset + length < len(text) else "l") + piece
        if packet == "qfThreadInfo":
            return "m" + ",".join(f"{number:x}" for number in self._list())
        if packet == "qsThreadInfo":
            return "l"
        if packet == "qC":
            return f"QC{self._running():x}"
        if packet[0] == "T":
            return "OK" if int(packet[1:], 16) in self._list() else "E01"
        if packet[0] == "H":
            return self._choose(packet)
        return self._register_answer(packet)

    def _choose(self, packet):
        number = int(packet[2:], 16) if packet[2:] != "-1" else -1
        if packet[1] == "g":
            if number > 0 and number not in self._list():
                return "E01"
            self._chosen = number
        return "OK"

    def _register_answer(self, packet):
        registers = self._others_registers() if packet[0] in "gpGP" else None
        if registers is None:
            return None
        if packet[0] in "GP":
            return "E01"
        texts = [_hex(registers.get(name), 8) for name in REGISTERS] + [_hex(registers.get("pstate"), 4)]
        if packet[0] == "g":
            return "".join(texts)
        number = int(packet[1:], 16)
        return texts[number] if number < len(texts) else "xx"

    def _translated(self, packet):
        """What QEMU shall get instead of a packet."""
        if packet.startswith("qSupported"):
            return re.sub(r"(;|:)multiprocess\+", r"\1", packet)
        if packet.startswith("vCont;"):
            steps = re.search(r"(^|;)[sS][^;]*", packet[5:])
            return "vCont;s:1" if steps else "vCont;c"
        return packet

    def from_gdb(self, packet):
        if packet == "\x03":
            self._server.link.raw(b"\x03")
            return
        answer = self._answer(packet)
        if answer is not None:
            self._gdb.send(answer)
            return
        if packet[0] not in "?mqpgHzZ" or packet.startswith("qRcmd"):
            self._kernel = None  # it runs, or somebody writes
        self._asked = packet
        self._server.link.send(self._translated(packet))

    def from_server(self, packet):
        if self._asked.startswith("qSupported"):
            packet = re.sub(r";?multiprocess\+", "", packet) + ";qXfer:threads:read+"
        elif packet[:1] in ("T", "S") and not self._asked.startswith(("m", "q")):
            self._kernel = None
            self._chosen = self._running()
            packet = _stop_by(packet, self._chosen)
        self._gdb.send(packet)

    def serve(self):
        links = {self._gdb.read_fd: (self._gdb, self.from_gdb),
                 self._server.link.read_fd: (self._server.link, self.from_server)}
        while True:
            for ready in select.select(list(links), [], [])[0]:
                link, handle = links[ready]
                link.fill()
                for packet in link.packets():
                    handle(packet)
                if link.is_closed:
                    return


def _hex(value, size):
    """A register as the protocol has it: x for what is not known."""
    return "xx" * size if value is None else value.to_bytes(size, "little").hex()


def _stop_by(packet, number):
    """A stop reply with another thread."""
    body = re.sub(r"(thread|core):[^;]*;", "", packet)
    if body[0] == "S":
        body = "T" + body[1:]
    return f"{body}thread:{number:x};"


def main():
    layout_file, address = sys.argv[1:]
    with open(layout_file, encoding="utf-8") as file:
        layout = json.load(file)
    os.unlink(layout_file)
    try:
        server = Server(address)
    except (OSError, ValueError) as error:
        print(f"genrt: {address}: {error}", file=sys.stderr)
        return 1
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # one of both has gone
        Stub(layout, Link(0, 1), server).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
