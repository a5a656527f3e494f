# SPDX-License-Identifier: MIT
"""A kernel that stops writes its memory (core=NAME), and ./genrt gdb --core looks at it: threads, what they wait for, their
backtraces, the kernel's objects. Files that are not such are refused in one line."""

import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tools"), os.path.join(ROOT, "tools", "gdb")]
import core  # noqa: E402
import image  # noqa: E402
import qemu  # noqa: E402
import replay  # noqa: E402
import run_tests  # noqa: E402
import tap  # noqa: E402

os.chdir(ROOT)
TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
TRACED = os.path.join(ROOT, "build", f"{TOOLCHAIN}-release-trace", "selftest.elf")
SELFTEST = os.path.join(ROOT, "build", f"{TOOLCHAIN}-release", "selftest.elf")
LIMIT = 120  # seconds for anything here


def stopped(directory, words, program=SELFTEST):
    """Runs the selftest there to its panic; the lines that it has said for programs."""
    here = os.getcwd()
    os.chdir(directory)
    try:
        result = qemu.run_captured(qemu.Machine(exact=True), qemu.Start(program, bootargs=words), LIMIT)
    finally:
        os.chdir(here)
    assert result.status == 101, result
    return tap.records(result.output)


def debugger(path, *commands, program=()):
    """What gdb says of a core file."""
    arguments = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["./genrt", "gdb", *program, "--core", path, "--batch", "--", *arguments], text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT)
    return done.returncode, done.stdout


class Written(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        replay.build(replay.find_case("debugger_panic"), TOOLCHAIN)
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def test_threads(self):
        """Of a check that fails while threads stand everywhere (tests/qemu/debugger_cases.c)."""
        lines = stopped(self.directory.name, "case=debugger_panic core=threads.core")
        size = os.path.getsize(self.path("threads.core"))
        pages = int(next(line for line in lines if line.startswith("record core ")).split("=")[1])
        self.assertLess(size, 4 << 20)
        self.assertLess(size, pages * 4096)
        status, said = debugger(self.path("threads.core"), "info threads", "backtrace", "genrt threads", "genrt thread owner",
                                "backtrace", "genrt mutexes", "print rooms.waiters", "genrt trace")
        self.assertEqual(status, 0, said)
        for wanted in (r'\* \d+ +LWP \d+ "main \(1\.1\): running, priority 32"',
                       r'LWP \d+ "guest \(7\.1\): waiting for semaphore rooms until 1000000000, priority 44"',
                       r"#\d .*panic \(.*\n#\d .*debugger_panic \(\)(.*\n)+#\d .*arch_thread_start \(\)",
                       r"(?m)^9\.1 +visitor +waiting +50 +for mutex door, which 'owner' \(8\.1\) owns$",
                       r"#0 .*task_call_event_flags_wait \(\)(.*\n)+#\d .*event_flags_wait_until \((.*\n)+#\d .*owner \(",
                       r"(?m)^door +'owner' \(8\.1\) +'visitor' \(9\.1\)$", "queue of 2", "nobody traces"):
            self.assertRegex(said, wanted)
        self.assertNotIn("is not the program of this core file", said)
        self.other_program()

    def other_program(self):
        """A program that is named, and is another one."""
        with open(SELFTEST, "rb") as file:
            program = file.read()
        code = image.constants(SELFTEST)[1]
        copy = self.path("copy.elf")
        with open(copy, "wb") as file:
            file.write(program.replace(code, b"\xff" * 8 + code[8:]))
        status, said = debugger(self.path("threads.core"), "genrt threads", program=[copy])
        self.assertIn("is not the program of this core file", said)
        self.assertIn("visitor", said)

    def test_fault(self):
        """Of the kernel, on its own stack: the registers are those at the fault."""
        stopped(self.directory.name, "case=panic_kernel_overflow core=fault.core")
        status, said = debugger(self.path("fault.core"), "backtrace", "print/x $sp", "print/x $cpsr",
                                "print/x &cpu_areas[0].stack")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"#0 .*panic_kernel_overflow \(\)")
        values = [int(value, 16) for value in re.findall(r"\$\d+ = (0x[0-9a-f]+)", said)]
        self.assertEqual(values[0], values[2])
        self.assertEqual(values[1] & 0x8f, 0x85)  # EL1h, interrupts masked

    def test_trace(self):
        """Of a kernel that was traced (tests/qemu/trace_cases.c): the program is found, and the ring is there."""
        said = run_tests.make(f"TOOLCHAIN={TOOLCHAIN}", "BUILD=release", "VARIANT=trace", "EXTRA_CFLAGS=-DCONFIG_TRACE=1",
                              "selftest.elf")
        self.assertIsNone(said, said)
        stopped(self.directory.name, "case=trace_panic core=trace.core", TRACED)
        status, said = debugger(self.path("trace.core"), "genrt trace")
        self.assertEqual(status, 0, said)
        self.assertEqual(len(re.findall(r"(?m)^ +\d+ +\+\d+ main \(1\.1\) +mark +label=countdown value=\d+$", said)), 29, said)
        self.assertRegex(said, r"(?m)^ +\d+ +\+\d+ main \(1\.1\) +irq +left=ready taken=\d+ line=timer late=\d+$")
        self.assertIn("the last 32 of 34 records, 0 dropped", said)

    def test_no_file(self):
        """It says so, and stops as ever."""
        lines = stopped(self.directory.name, "case=panic_check core=no_such_directory/file")
        self.assertIn("record core none: its file cannot be written", lines)

    def test_not_asked(self):
        self.assertFalse([line for line in stopped(self.directory.name, "case=panic_check") if line.startswith("record core")])


def made(pages=((0x40000000, {3: 7, 511: 9}), (0x40002000, {0: 1})), ranges=((0x40000000, 0x4000),), version=1, end=None):
    """A file as abi/core_image.h has it."""
    numbers = [number for one in ranges for number in one]
    out = image.HEADER.pack(image.MAGIC, version, len(ranges), *range(core.REGISTERS),
                            *numbers, *[0] * (2 * image.RANGES_MAX - len(numbers)))
    for address, words in pages:
        masks = [sum(1 << number % 64 for number in words if number // 64 == index) for index in range(8)]
        out += struct.pack("<Q8Q", address, *masks) + struct.pack(f"<{len(words)}Q", *(words[key] for key in sorted(words)))
    return out + struct.pack("<QQ", image.END, len(pages) if end is None else end)


class Files(unittest.TestCase):
    def opened(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return image.Image(file.name)

    def refused(self, data, words):
        with self.assertRaisesRegex(core.CoreError, words):
            self.opened(data).close()

    def test_pages(self):
        memory = self.opened(made())
        self.assertEqual(memory.segments, [(core.PT_LOAD, 0, 0x40000000, 0x4000, 0)])
        contents = memory.at(0, 0x4000)
        words = struct.unpack("<2048Q", contents)
        self.assertEqual({index: word for index, word in enumerate(words) if word}, {3: 7, 511: 9, 1024: 1})
        self.assertTrue(memory.holds(0x40000018, struct.pack("<Q", 7)))
        self.assertFalse(memory.holds(0x40000018, struct.pack("<Q", 8)))
        self.assertFalse(memory.holds(0x40003ff8, bytes(16)))
        owner, kind, status = memory.notes[0]
        self.assertEqual((owner, kind), ("CORE", core.NT_PRSTATUS))
        self.assertEqual(struct.unpack_from("<34Q", status, core.STATUS_REGISTERS), tuple(range(34)))
        memory.close()

    def test_refusals(self):
        page = (0x40000000, {0: 1})
        for data, words in ((b"#!/bin/sh\n", "cut off within its header"), (bytes(8192), "does not begin as one"),
                            (made(version=2), "version 2; this reads version 1"), (made(ranges=()), "0 ranges of memory"),
                            (made(ranges=((0x40000000, 0x123),)), "a range of memory at 0x40000000 of 0x123 bytes"),
                            (made(ranges=((0x40001000, 0x1000), (0x40000000, 0x1000))), "a range of memory at 0x40000000"),
                            (made(pages=((0x50000000, {0: 1}),)), "behind 0 pages: no page can be at 0x50000000"),
                            (made(pages=(page, page)), "behind 1 pages: no page can be at 0x40000000"),
                            (made(pages=((0x40000008, {0: 1}),)), "no page can be at 0x40000008"),
                            (made(pages=((0x40000000, {}),)), "a page of nothing at 0x40000000"),
                            (made(end=5), "speaks of 5 pages, and there are 2"), (made() + b"x", "1 bytes behind its end"),
                            (made()[:-1], "cut off behind 2 pages"), (made()[:-17], "cut off behind 1 pages")):
            with self.subTest(words):
                self.refused(data, words)

    def test_each_cut(self):
        whole = made()
        for size in range(0, len(whole), 7):
            self.refused(whole[:size], "cut off")

    def test_garbage(self):
        """Whatever changes: it is read, or refused with a reason; a change of what is counted is never read over."""
        chance, whole = random.Random(7), made()
        refused = 0
        for _ in range(400):
            data = bytearray(whole)
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            try:
                self.opened(bytes(data)).close()
            except core.CoreError:
                refused += 1
        self.assertGreater(refused, 50)

    def test_told_in_one_line(self):
        """By the command, too: nothing there, cut off, a memory without a kernel, and one whose program is not known."""
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "k.core")
            for data, words, program in ((made()[:-1], "k.core: cut off behind 2 pages: no end", []),
                                         (made(), "has the code that is in it; name its program", []),
                                         (made(), "no kernel in this memory", [SELFTEST])):
                with open(path, "wb") as file:
                    file.write(data)
                _, said = debugger(path, program=program)
                self.assertIn(words, said)
                self.assertNotIn("Traceback", said)


if __name__ == "__main__":
    unittest.main()
