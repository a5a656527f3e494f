# SPDX-License-Identifier: MIT
"""The shell, as a person has it and from a pipe: commands, editing, completion, history, Ctrl-C, and whatever else comes
down the line. Each run has a limit, and ends with the status that `poweroff` was given."""

import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import qemu  # noqa: E402

TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
BUILD = os.path.join("build", f"{TOOLCHAIN}-release")
LIMIT = 30  # seconds for anything here
UP, DOWN, LEFT, RIGHT = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[C"
HOME, END, DELETE = b"\x1b[H", b"\x1bOF", b"\x1b[3~"


def archive():
    return os.path.join(qemu.ROOT, BUILD, "initramfs.cpio")


def archive_with(name, content, directory):
    """The archive, but with another file of this name: of two the first counts."""
    head = "070701" + "".join(f"{number:08x}" for number in (
        1, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0))
    entry = head.encode() + name.encode() + b"\0"
    entry += b"\0" * (-len(entry) % 4) + content
    entry += b"\0" * (-len(entry) % 4)
    path = os.path.join(directory, "other.cpio")
    with open(archive(), "rb") as old, open(path, "wb") as new:
        new.write(entry + old.read())
    return path


def start(initrd=None):
    image = os.path.join(qemu.ROOT, BUILD, "genrt.img")  # ./genrt test builds both
    how = qemu.Start(image, "image", initrd=initrd or archive())
    return subprocess.Popen(qemu.command(qemu.Machine(), how, interactive=False), stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def piped(text, initrd=None):
    """All of it typed at once: (what was shown, exit status)."""
    process = start(initrd)
    try:
        shown, _ = process.communicate(text, LIMIT)
    finally:
        process.kill()
        process.wait()
    return shown.decode("latin-1").replace("\r\n", "\n"), process.returncode


class Person:
    """Types, and waits for what is shown."""

    def __init__(self, initrd=None):
        self.process = start(initrd)
        self.shown = b""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while chunk := os.read(self.process.stdout.fileno(), 4096):
            self.shown += chunk

    def wait_for(self, pattern, since=0):
        """Where in what was shown the pattern ends."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            match = re.compile(pattern).search(self.shown, since)
            if match:
                return match.end()
            time.sleep(0.01)
        raise AssertionError(f"{pattern} was not shown, but {self.shown[since:]!r}")

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(LIMIT)
        self.process.stdin.close()
        self.process.stdout.close()


class Shell(unittest.TestCase):
    def shown(self, text, status=0):
        """What is shown of these lines, before the end."""
        output, ended = piped(text + b"\npoweroff %d\n" % status)
        self.assertEqual(ended, status, output)
        self.assertIn("genrt> ", output)
        return output

    def test_nothing_is_lost(self):
        text = "".join(f"echo {number}\n" for number in range(400))
        self.assertEqual(self.lines(text.encode())[:400], [str(number) for number in range(400)])

    def lines(self, text):
        """The same without what was there before, prompts and echo: lines."""
        shown = self.shown(text)
        return [line for line in shown[shown.index("genrt> "):].split("\n") if not line.startswith("genrt> ")]

    def test_tells_of_the_system(self):
        shown = self.shown(b"ps\nuptime\nmem\nirq\ntop\nload\nps", status=7)
        for pattern in (r"\n +\d+ +34 +34  ready +-  bin/shell\n", r"\n +\d+ +37 +37  waiting +-  console \(kernel\)\n",
                        r"\nup \d+\.\d{6} s\n", r"\nframes +\d+ KiB, \d+ free", r"\n +33  \d+\n",
                        r"\n +\d+\.\d %  all together\n", r"busy for \d+\.\d % of a second",
                        r"\n +\d+ +34 +34  ready +\d+\.\d{3}  bin/shell\n"):
            self.assertRegex(shown, pattern)

    def test_files_and_programs(self):
        lines = self.lines(b"ls\nhexdump bin/faulty\ncat nowhere\nhello one two\nrun faulty null\nrun nothing\nls bin/fa")
        self.assertTrue(any(re.fullmatch(r" +\d+  bin/shell", line) for line in lines), lines)
        self.assertTrue(any(re.match(r"00000000  7f 45 4c 46 .*  \.ELF", line) for line in lines), lines)
        self.assertIn("cat: nowhere: not a file that can be read", lines)
        self.assertIn("hello from hello, 3 arguments", lines)
        self.assertTrue(any(re.match(r"faulty: ended by a fault at 0x\w+, address 0x0", line) for line in lines), lines)
        self.assertTrue(any(line.startswith("run: nothing: not found") for line in lines), lines)

    def test_what_is_not_there(self):
        self.assertIn("nonsense: neither a command nor a program; try `help` or `ls bin`", self.lines(b"nonsense 1 2"))

    def test_editing(self):
        pairs = ((b"echo abd" + LEFT + b"c", "abcd"), (b"ho abc" + HOME + b"ec", "abc"),
                 (b"cho ab" + b"\x01e\x05c", "abc"), (b"echo abcx\x7f", "abc"), (b"echo abcx\b", "abc"),
                 (b"nonsense\x15echo abc", "abc"), (b"echo abc nonsense\x17\x17abc", "abc"),
                 (b"echo aXbc" + LEFT * 3 + DELETE, "abc"), (b"echo abcd" + LEFT + b"\x0b", "abc"),
                 (b"echo bc" + LEFT * 2 + b"a" + RIGHT + RIGHT + RIGHT + b"d", "abcd"),
                 (b"echo a" + b"\x1b[99;5x" + b"\x1bz" + b"b" + HOME + END + b"c", "abc"),
                 (b"nonsense\x03echo abc", "abc"))
        lines = self.lines(b"\n".join(typed for typed, _ in pairs))
        self.assertEqual([line for line in lines if not line.startswith("the end") and line],
                         [result for _, result in pairs])

    def test_history(self):
        lines = self.lines(b"echo one\necho two\n" + UP * 2 + b" more\n" + UP * 3 + DOWN + b"!\necho th" + UP + DOWN + b"ree")
        self.assertEqual([line for line in lines if line in ("one", "two", "one more", "two!", "three")],
                         ["one", "two", "one more", "two!", "three"])

    def test_completion(self):
        lines = self.lines(b"upt\t\nhexdump bin/fau\t\nec\tabc\n" + b"h\t\t\x15")
        self.assertTrue(any(line.startswith("up ") for line in lines), lines)
        self.assertTrue(any("7f 45 4c 46" in line for line in lines), lines)
        self.assertIn("abc", lines)
        self.assertTrue(any(re.match(r"  help +hello +hello-pie +hexdump", line) for line in lines), lines)

    def test_programs_read_what_is_typed(self):
        lines = self.lines(b"count\none two\nthree\n\x04echo abc\ncat | cat | count\nfour\x7fr\n\x04hello one\necho for later\n")
        for words in ("2 lines, 3 words, 14 letters", "abc", "1 lines, 1 words, 5 letters", "hello from hello, 2 arguments",
                      "for later"):
            self.assertIn(words, lines)

    def test_pipes(self):
        lines = self.lines(b"cat etc/example.toml | count\nhexdump bin/cat | faulty\nfaulty null | count\ncat | | cat\ncat |\n"
                           b"cat etc/init.toml | cat | nothing\ncat | cat | cat | cat | cat\necho abc")
        size = os.path.getsize(os.path.join(qemu.ROOT, "user", "files", "etc", "example.toml"))
        self.assertTrue(any(re.fullmatch(rf"\d+ lines, \d+ words, {size} letters", line) for line in lines), lines)
        self.assertIn("0 lines, 0 words, 0 letters", lines)
        self.assertEqual(lines.count("run: which program?"), 2)
        self.assertTrue(any(line.startswith("run: nothing: not found") for line in lines), lines)
        self.assertIn("run: at most 4 programs in a row", lines)
        self.assertIn("abc", lines)

    def test_long_lines(self):
        lines = self.lines(b"echo " + b"y" * 190 + b"\n" + b"x" * 9000)
        self.assertIn("y" * 190, lines)
        self.assertTrue(any(line.startswith("the line is too long") for line in lines), lines)

    def test_noise(self):
        source = random.Random(1)
        noise = bytes(source.randrange(256) for _ in range(6000))
        self.assertIn("abc", self.lines(noise + b"\n\x03\necho abc"))
        self.assertIn("abc", self.lines(bytes(range(32)) * 40 + b"\n\x03\necho abc"))

    def test_interrupt_and_kill(self):
        person = Person()
        self.addCleanup(person.close)
        at = person.wait_for(b"genrt> ")
        person.type(b"faulty spin\r")
        at = person.wait_for(b"faulty spin\r\n", at)
        time.sleep(0.2)
        self.assertNotIn(b"genrt> ", person.shown[at:])
        person.type(b"\x03")
        at = person.wait_for(b"\\^C\r\nfaulty: killed\r\ngenrt> ", at)
        person.type(b"run faulty spin &\rjobs\r")
        at = person.wait_for(rb"\[1\] faulty\r\n(.|\s)*\[1\] faulty\r\n", at)
        person.type(b"nice 1 7\rnice 1 35\rnice 1 x\rnice 2 1\rps\r")
        for words in (b"nice: not so high\r\n", b"nice: not possible\r\n", b"nice: no such job", rb" 7 +7  ready +-  bin/faulty\r\n"):
            at = person.wait_for(words, at)
        person.type(b"kill 1\r")
        at = person.wait_for(b"faulty: killed\r\n", at)
        person.type(b"cat | faulty spin | cat\r")
        at = person.wait_for(b"spin . cat\r\n", at)
        person.type(b"\x03")
        at = person.wait_for(b"\\^C\r\n(\\w+: killed\r\n){3}genrt> ", at)
        person.type(b"poweroff 3\r")
        self.assertEqual(person.process.wait(LIMIT), 3)

    def with_init(self, text):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return archive_with("etc/init.toml", text, directory.name)

    def test_bad_init_file_is_survived(self):
        for text, words in ((b"[[service]]\nprogram = 7\n", "etc/init.toml:2: a string in double quotes was expected"),
                            (b"\xff\0\x1b" * 3000, "etc/init.toml:0: the file is too long"),
                            (b"\x1b[2J", "etc/init.toml:1: a key or [[service]] was expected")):
            with self.subTest(words=words):
                shown, status = piped(b"echo abc\npoweroff 5\n", self.with_init(text))
                self.assertIn(f"bin/init: {words}\n", shown)
                self.assertIn("bin/init: a shell is started instead\n", shown)
                self.assertIn("\nabc\n", shown)
                self.assertEqual(status, 5)

    def test_services_by_their_policy(self):
        person = Person(self.with_init(
            b'[[service]]\nprogram = "bin/faulty"\narguments = ["faulty", "null"]\nrestart = "on-fault"\ngive-up = 3\n'
            b'[[service]]\nname = "seven"\nprogram = "bin/faulty"\nrestart = "on-fault"\n'
            b'[[service]]\nname = "hello"\nprogram = "bin/hello"\nrestart = "always"\ngive-up = 2\nback-off = 1\n'
            b'[[service]]\nprogram = "bin/nothing"\n'))
        self.addCleanup(person.close)
        at = person.wait_for(rb"programs: bin/init ended with 3\r\n")
        shown = person.shown[:at].decode()
        for words, count in (("faulty ended at 0x", 3), ("faulty is given up", 1), ("seven ended with 7", 1),
                             ("hello ended with 1", 2), ("hello is given up", 1), ("nothing does not start: -20", 1)):
            self.assertEqual(shown.count(f"bin/init: {words}"), count, words)


if __name__ == "__main__":
    unittest.main()
