# SPDX-License-Identifier: MIT
"""The filter that names addresses, with a small ELF of a low and a high part made here."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "symbolize.py")

# Each line of code on a line of its own, so that the wanted line numbers are known.
SOURCE = """\
    .section .low, "ax"
    .global low_start
    .type low_start, %function
low_start:
    nop
    b .
    .size low_start, . - low_start
    .section .high, "ax"
    .global outer
    .type outer, %function
outer:
    nop
    bl stop
    .size outer, . - outer
    .global stop
    .type stop, %function
stop:
    nop
    b .
    .size stop, . - stop
"""
LOW = 0x40080000
HIGH = 0xffff000040090000
SCRIPT = f"SECTIONS {{ .low {LOW:#x} : {{ *(.low) }} .high {HIGH:#x} : {{ *(.high) }} }}"


class Symbolize(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        path = cls.directory.name
        for name, text in (("part.S", SOURCE), ("script", SCRIPT)):
            with open(os.path.join(path, name), "w", encoding="ascii") as file:
                file.write(text)
        for command in (["aarch64-linux-gnu-gcc", "-g", "-c", "part.S", "-o", "part.o"],
                        ["aarch64-linux-gnu-ld", "-e", "low_start", "-T", "script", "part.o", "-o", "part.elf"]):
            subprocess.run(command, cwd=path, check=True, capture_output=True)
        cls.elf = os.path.join(path, "part.elf")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def through(self, console):
        done = subprocess.run([sys.executable, TOOL, self.elf], input=console, capture_output=True, timeout=20, check=True)
        self.assertEqual(done.stderr, b"")
        return done.stdout

    def remark(self, line):
        """What is added to one line."""
        out = self.through(line.encode() + b"\n").decode()
        self.assertTrue(out.startswith(line) and out.endswith("\n"), out)
        return out[len(line):].strip()

    def assert_remark(self, line, function, source_line):
        self.assertRegex(self.remark(line), rf"^{re.escape(function)} \S*part\.S:{source_line}$")

    def test_pc_low_and_high(self):
        self.assert_remark(f"pc {LOW:#x}", "low_start+0x0", 5)
        self.assert_remark(f"  pc 0x{LOW + 4:016x}", "low_start+0x4", 6)
        self.assert_remark(f"pc {HIGH + 4:#x}", "outer+0x4", 13)

    def test_return_address_belongs_to_its_call(self):
        # Behind outer's last instruction, the call, stands another function.
        self.assert_remark(f"record trace {HIGH + 8:#x}", "outer+0x8", 13)
        self.assert_remark(f"[    1.000000] error fault: lr {HIGH + 8:#x}", "outer+0x8", 13)
        self.assert_remark(f"pc {HIGH + 8:#x}", "stop+0x0", 18)

    def test_events(self):
        """The end of a trace: ticks since the one before, and words; what is no record is left alone."""
        call = 8 | 4 << 8  # TRACE_CALL, lock
        mark = 3 | (HIGH & (1 << 48) - 1) << 16
        out = self.through(f"record event 1000 3.1 locks {call:#x} {HIGH + 8:#x}\r\n"
                           f"record event 1145 1.1 main {mark:#x} 0x7\r\n"
                           "record event 1146 1.1 main 0xff 0x0\r\nrecord event now 1.1 main 0x3 0x0\r\n".encode())
        lines = out.decode().split("\r\n")
        self.assertTrue(lines[0].endswith(f"{HIGH + 8:#x}  +0 call call=lock object=stop"), lines[0])
        self.assertRegex(lines[1], r" 0x7  \+145 mark (label=\S+ )?value=7$")
        self.assertTrue(lines[2].endswith(" 0xff 0x0  +1"), lines[2])
        self.assertTrue(lines[3].endswith(" 0x3 0x0"), lines[3])

    def test_trace_that_begins_with_the_pc(self):
        out = self.through(f"pc {HIGH + 8:#x}\r\nrecord trace {HIGH + 8:#x}\r\nrecord trace {HIGH + 4:#x}\r\n".encode())
        lines = out.decode().split("\r\n")
        self.assertIn("stop+0x0 ", lines[0])
        self.assertIn("stop+0x0 ", lines[1])
        self.assertRegex(lines[2], r"outer\+0x4 \S*part\.S:12$")

    def test_all_else_is_copied(self):
        for console in (b"", b"no end", b"ok 1 - a\r\nrecord x 1\r\n\r\n", bytes(range(256)) * 300,
                        b"pc 0x1\n", b"trace 0xffffffffffffffff\n", b"pc 0x\n", b"trace 0x40080000 taken\n",
                        b"record trace 0x12345678901234567\n", b"npc 0x40080000\n"):
            self.assertEqual(self.through(console), console)

    def test_nothing_is_held_back(self):
        process = subprocess.Popen([sys.executable, TOOL, self.elf], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            for part in (b"prompt> ", b" p", f"c {LOW:#x}".encode()):
                process.stdin.write(part)
                process.stdin.flush()
                self.assertEqual(os.read(process.stdout.fileno(), 100), part)
            process.stdin.write(b"\n")
            process.stdin.flush()
            self.assertRegex(os.read(process.stdout.fileno(), 200), rb"^  low_start\+0x0 \S+:5\n$")
        finally:
            process.stdin.close()
            process.wait(20)
            process.stdout.close()

    def test_bad_arguments(self):
        for arguments in ([], ["-x"], [self.elf, "more"], ["/nonexistent"]):
            done = subprocess.run([sys.executable, TOOL, *arguments], input=b"", capture_output=True, timeout=20, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
