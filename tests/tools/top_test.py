# SPDX-License-Identifier: MIT
"""The page of threads on the console: each tick of a page is somebody's, and a time that is none is refused."""

import os
import pty
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import qemu  # noqa: E402
import run_tests  # noqa: E402

TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
PROGRAM = os.path.join(qemu.BUILD, f"{TOOLCHAIN}-release", "genrt.elf")
LIMIT = 60  # seconds
HEAD = re.compile(r"(?:\x1b\[H\x1b\[J)?top: (\d+\.\d{3}) s, (\d+) threads of \d+ slots, idle (\d+)\.(\d)%, unseen (\d+)\.(\d)%$")
ROW = re.compile(r" +(\d+)\.(\d+) +(\d+) (\w+) +(\d+)\.(\d)% +(\d+)\.(\d{6})  (\S+)$")


def setUpModule():
    os.chdir(ROOT)
    said = run_tests.make(f"TOOLCHAIN={TOOLCHAIN}", "BUILD=release", "genrt.elf")
    assert said is None, said


def output(words):
    result = qemu.run_captured(qemu.Machine(exact=True), qemu.Start(PROGRAM, bootargs=words), LIMIT)
    assert result.status == 0, result
    return result.output.decode().replace("\r", "")


def pages(text):
    """[(thousandths that are idle, unseen, {name: (priority, state, load, us)})], and how many threads each tells of."""
    found = []
    for line in text.splitlines():
        if match := HEAD.match(line):
            numbers = [int(group) for group in match.groups()[1:]]
            found.append((numbers[1] * 10 + numbers[2], numbers[3] * 10 + numbers[4], {}, numbers[0]))
        elif match := ROW.match(line):
            slot, generation, priority, state, whole, tenth, seconds, micros, name = match.groups()
            found[-1][2][name, slot, generation] = (int(priority), state, int(whole) * 10 + int(tenth),
                                                    int(seconds) * 1_000_000 + int(micros))
    return found


class Pages(unittest.TestCase):
    def test_each_tick_is_somebodys(self):
        text = output("log=error for=3250ms top=50ms")
        self.assertNotIn("\x1b", text)
        found = pages(text)
        self.assertEqual(len(found), 64)
        for idle, unseen, rows, threads in found:
            self.assertEqual(len(rows), threads)
            total = idle + unseen + sum(load for _, _, load, _ in rows.values())
            self.assertTrue(1000 - len(rows) - 2 <= total <= 1000, (total, rows))
            self.assertEqual([state for _, state, _, _ in rows.values() if state == "runs"], ["runs"])
        shared = [rows for idle, _, rows, _ in found if idle == 0 and sum(name[0] == "hog" for name in rows) == 2]
        self.assertGreaterEqual(len(shared), 2)
        hogs = [load for name, (_, _, load, _) in shared[-1].items() if name[0] == "hog"]
        self.assertTrue(all(300 < load < 700 for load in hogs), hogs)

    def test_who_is_not_counted_yet(self):
        """The hogs, which begin 200 ms before the third page."""
        idle, unseen, rows, _ = pages(output("log=error for=3100ms top=1s"))[2]
        self.assertEqual((idle, unseen), (799, 200))
        self.assertEqual([load for name, (_, _, load, _) in rows.items() if name[0] == "hog"], [0, 0])

    def test_times_grow(self):
        last = {}
        for _, _, rows, _ in pages(output("log=error for=1050ms top=100ms")):
            for name, (priority, _, _, micros) in rows.items():
                self.assertGreaterEqual(micros, last.get(name, 0))
                last[name] = micros
                self.assertEqual(priority, {"periodic": 50, "log": 1, "top": 2}.get(name[0], priority))
        self.assertGreater(max(last.values()), 100)

    def test_a_screen(self):
        self.assertEqual(output("log=error for=350ms top=100ms top_screen=1").count("\x1b[H\x1b[J"), 3)

    def test_a_time_that_is_none(self):
        for time, words in (("x", "invalid argument"), ("5", "invalid argument"), ("1us", "out of range"), ("", "invalid argument")):
            text = output(f"for=10ms top={time}")
            self.assertRegex(text, rf"no pages of threads: top={time}: (?i:{words.replace(' ', '.')})")
            self.assertEqual(pages(text), [])


class Command(unittest.TestCase):
    ARGUMENTS = ("./genrt", "run", "--exact", "--for", "2100ms", "--top")

    def test_pages_and_no_log(self):
        done = subprocess.run(self.ARGUMENTS, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
                              timeout=LIMIT, env={**os.environ, "TOOLCHAIN": TOOLCHAIN})
        self.assertEqual(len(pages(done.stdout)), 2)
        self.assertNotIn(" info ", done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_on_a_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(self.ARGUMENTS[0], self.ARGUMENTS, {**os.environ, "TOOLCHAIN": TOOLCHAIN})
        shown = b""
        try:
            while chunk := os.read(terminal, 65536):
                shown += chunk
        except OSError:  # how a terminal tells its end
            pass
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.assertEqual(shown.count(b"\x1b[H\x1b[J"), 2, shown)


if __name__ == "__main__":
    unittest.main()
