# SPDX-License-Identifier: MIT
"""QEMU's command line, the compact tree and the enforced end of a run, with a program of a few instructions."""

import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import dtb_makers  # noqa: E402
import qemu  # noqa: E402

SPIN = ".global _start\n_start: b .\n"
# Writes the first word of RAM, where a tree's magic is, as "d" or "-" to the UART; then exits with status 7.
LOOK = """
.global _start
_start:
    mov x1, #0x40000000
    ldr w2, [x1]
    ldr w3, =0xedfe0dd0
    cmp w2, w3
    mov w4, #'-'
    mov w5, #'d'
    csel w4, w5, w4, eq
    mov x6, #0x09000000
    str w4, [x6]
    adr x1, block
    mov w0, #0x18
    hlt #0xf000
    b .
.balign 8
block: .quad 0x20026, 7
"""


def program(directory, source):
    """Assembles and links at the image's address; returns the ELF's name."""
    path = os.path.join(directory, "program")
    with open(path + ".S", "w", encoding="utf-8") as file:
        file.write(source)
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,-Ttext=0x40080000,--build-id=none",
                    "-o", path + ".elf", path + ".S"], check=True)
    return path + ".elf"


class CommandLine(unittest.TestCase):
    def arguments(self, machine=qemu.Machine(), **start):
        return " ".join(qemu.command(machine, qemu.Start(__file__, **start), interactive=False))

    def test_exact(self):
        text = self.arguments(qemu.Machine(exact=True))
        self.assertIn("-icount shift=0,sleep=off", text)
        self.assertIn("cortex-a53,cntfrq=1000000000", text)
        self.assertNotIn("icount", self.arguments())

    def test_entries(self):
        self.assertIn("addr=0x40000000,force-raw=on", self.arguments())
        self.assertNotIn("loader", self.arguments(dtb="none"))
        self.assertIn("-append log=info", self.arguments(entry="image", bootargs="log=info"))

    def test_image_only(self):
        text = self.arguments(entry="image", dtb="x.dtb", initrd="x.initrd", fill="x.fill")
        for word in ("-dtb x.dtb", "-initrd x.initrd", f"file=x.fill,addr={0x40080000 + os.path.getsize(__file__):#x}"):
            self.assertIn(word, text)
        for start in ({"initrd": "x"}, {"fill": "x"}):
            with self.assertRaises(qemu.QemuError):
                self.arguments(**start)

    def test_el2(self):
        self.assertIn("virtualization=on", self.arguments(qemu.Machine(el=2)))
        self.assertNotIn("virtualization", self.arguments())

    def test_recording(self):
        recording = qemu.Recording("record", "events", "states")
        text = self.arguments(qemu.Machine(exact=True), recording=recording)
        self.assertIn("-icount rr=record,rrfile=events,rrsnapshot=init -drive file=states,if=none", text)
        for machine in (qemu.Machine(), qemu.Machine(exact=True, smp=2)):
            with self.assertRaises(qemu.QemuError):
                self.arguments(machine, recording=recording)

    def test_values_are_checked(self):
        for machine in (qemu.Machine(cpu="z80"), qemu.Machine(memory="1T"), qemu.Machine(el=3), qemu.Machine(smp=0)):
            with self.assertRaises(qemu.QemuError):
                self.arguments(machine)
        with self.assertRaises(qemu.QemuError):
            qemu.command(qemu.Machine(), qemu.Start("no/such.elf"), interactive=False)
        with self.assertRaises(qemu.QemuError):
            self.arguments(entry="image", dtb="none")


class Tree(unittest.TestCase):
    def read(self, machine, bootargs=""):
        with open(qemu.make_dtb(machine, bootargs), "rb") as file:
            return file.read()

    def test_compact_and_right(self):
        blob = self.read(qemu.Machine(memory="1G"), 'log=info "x')
        self.assertEqual(struct.unpack_from(">II", blob), (0xd00dfeed, len(blob)))
        self.assertLess(len(blob), qemu.DTB_WINDOW)
        self.assertIn(b'log=info "x\0', blob)
        self.assertIn(b"arm,cortex-a15-gic\0", blob)
        self.assertNotIn(b"seed\0", blob)

    def test_one_for_each_machine(self):
        self.assertEqual(self.read(qemu.Machine()), self.read(qemu.Machine()))
        self.assertNotEqual(qemu.make_dtb(qemu.Machine(), ""), qemu.make_dtb(qemu.Machine(memory="1G"), ""))
        self.assertNotEqual(qemu.make_dtb(qemu.Machine(), ""), qemu.make_dtb(qemu.Machine(), "log=info"))

    def test_makers_spoil(self):
        blob = self.read(qemu.Machine())
        for name, maker in dtb_makers.MAKERS.items():
            spoiled = maker(blob)
            self.assertNotEqual(spoiled, blob, name)
            self.assertEqual(spoiled, maker(blob), name)
            self.assertLessEqual(len(spoiled), qemu.DTB_WINDOW, name)


class Running(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name

    def test_status_and_tree_in_its_slot(self):
        path = program(self.directory, LOOK)
        result = qemu.run_captured(qemu.Machine(), qemu.Start(path), 20)
        self.assertEqual((result.output, result.status), (b"d", 7))
        result = qemu.run_captured(qemu.Machine(exact=True), qemu.Start(path, dtb="none"), 20)
        self.assertEqual((result.output, result.status), (b"-", 7))

    def test_killed_at_the_end_of_its_time(self):
        begin = time.monotonic()
        result = qemu.run_captured(qemu.Machine(), qemu.Start(program(self.directory, SPIN)), 1)
        self.assertIsNone(result.status)
        self.assertLess(time.monotonic() - begin, 15)

    def test_own_words_of_qemu(self):
        result = qemu.run_captured(qemu.Machine(), qemu.Start(self.directory, dtb="none"), 20)
        self.assertNotEqual(result.status, 0)
        self.assertIn("could not load kernel", result.errors)

    def test_command(self):
        tool = os.path.join(ROOT, "tools", "qemu.py")
        path = program(self.directory, LOOK)
        done = subprocess.run([sys.executable, tool, path], stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                              check=False)
        self.assertEqual((done.stdout, done.returncode), (b"d", 7))
        done = subprocess.run([sys.executable, tool, path, "--memory", "4"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))


if __name__ == "__main__":
    unittest.main()
