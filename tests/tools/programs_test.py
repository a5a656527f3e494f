# SPDX-License-Identifier: MIT
"""Programs of user mode and their archive: the same bytes each time, in whole pages, never writable and executable."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import qemu  # noqa: E402

BUILD = os.path.join("build", "gcc-release")
PROGRAMS = ("cat", "count", "family", "faulty", "hello", "hello-pie", "hexdump", "init", "latency", "pthreads", "shell", "threads")


def make(*arguments):
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "TOOLCHAIN=gcc", *arguments], cwd=qemu.ROOT, env=environment, check=True, capture_output=True)


def contents(path):
    with open(os.path.join(qemu.ROOT, BUILD, path), "rb") as file:
        return file.read()


def segments(name):
    """(type, offset, address, flags, alignment) of each program header, as readelf says."""
    said = subprocess.run(["aarch64-linux-gnu-readelf", "-lW", os.path.join(qemu.ROOT, BUILD, "user", "files", "bin", name)],
                          check=True, capture_output=True, text=True).stdout
    for line in said.splitlines():
        match = re.match(r"  (\w+) +0x(\w+) 0x(\w+) 0x\w+ 0x\w+ 0x\w+ (.{3}) 0x(\w+)", line)
        if match:
            yield (match.group(1), int(match.group(2), 16), int(match.group(3), 16), match.group(4).replace(" ", ""),
                   int(match.group(5), 16))


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make("initramfs.cpio")

    def test_archive_is_the_same_each_time(self):
        before = contents("initramfs.cpio")
        os.utime(os.path.join(qemu.ROOT, BUILD, "user", "bin", "hello"))  # others need the archive meanwhile
        make("initramfs.cpio")
        self.assertEqual(before, contents("initramfs.cpio"))

    def test_archive_names_what_it_holds(self):
        listed = subprocess.run(["cpio", "-t", "--quiet"], input=contents("initramfs.cpio"), check=True,
                                capture_output=True).stdout.decode().split()
        self.assertEqual(listed, ["bin", *(f"bin/{name}" for name in PROGRAMS), "etc", "etc/example.toml", "etc/init.toml"])

    def test_segments(self):
        for name in PROGRAMS:
            loaded = [segment for segment in segments(name) if segment[0] == "LOAD"]
            self.assertEqual([flags for *_, flags, _ in loaded], ["R", "RE", "RW"], name)
            for _, offset, address, _, alignment in loaded:
                self.assertEqual((offset % 4096, address % 4096, alignment), (0, 0, 4096), name)

    def test_kinds(self):
        kinds = {name: {kind for kind, *_ in segments(name)} for name in PROGRAMS}
        self.assertNotIn("DYNAMIC", kinds["hello"])
        self.assertNotIn("DYNAMIC", kinds["faulty"])
        self.assertIn("DYNAMIC", kinds["hello-pie"])
        for name in PROGRAMS:
            self.assertNotIn("INTERP", kinds[name])
            self.assertIn("TLS", kinds[name])


if __name__ == "__main__":
    unittest.main()
