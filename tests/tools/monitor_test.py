# SPDX-License-Identifier: MIT
"""./genrt monitor: each tick is somebody's, a growing file is read as a whole one is, and the page says what happened."""

import contextlib
import glob
import io
import json
import os
import pty
import random
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tools", *name) for name in ((), ("monitor",), ("trace",))]
import account  # noqa: E402
import monitor  # noqa: E402
import page  # noqa: E402
import records  # noqa: E402
from names import Names  # noqa: E402

TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
APP = os.path.join("tests", "tools", "trace_app")
LIMIT = 120  # seconds
EMPTY = records.Trace(1_000_000_000, 100, [], False)
B_NAME = "0xffff000000002000 (4.1)"
A, B, SECOND_A = 3 | 1 << 32, 4 | 1 << 32, 3 | 2 << 32


def setUpModule():
    os.chdir(ROOT)


def what(event, detail=0, argument=0):
    return event | detail << 8 | argument << 16


def header(version=records.VERSION):
    return records.HEADER.pack(records.MAGIC, version, records.RECORD.size, 1_000_000_000, 100)


ROWS = [
    (100, A, what(5, 40, 0x1000), 0), (100, B, what(5, 20, 0x2000), 0),
    (110, A, what(1, 1), 0),               # A from 110: ten of nobody
    (110, A, what(6, 0, 50), 105),         # its job, released at 105, deadline at 155
    (140, B, what(1, 3), 0),               # B from 140, A waits for time
    (160, A, what(4), 0),
    (160, A, what(2, 1, 4 << 32), 150),    # A from 160: an interrupt in which slot 3 missed
    (165, A, what(6, 0, 50), 155),         # its next job; the first took 140 - 105
    (170, A, what(7, 41), 0),
    (175, records.NOBODY, what(11), 7),    # seven lost: nobody's until
    (180, records.IDLE, what(1, 0), 0),    # idle from 180
    (190, SECOND_A, what(5, 9, 0x3000), 0),
    (200, records.NOBODY, what(12, 0), 9),
]


def told(rows, until=None):
    """An Account of some rows."""
    found = account.Account(Names(EMPTY), EMPTY.begin)
    for row in rows[:until]:
        found.take(records.decode(*row))
    return found


class Accounts(unittest.TestCase):
    def test_each_tick_is_somebodys(self):
        for until in range(len(ROWS) + 1):
            found = told(ROWS, until)
            found.settle()
            self.assertEqual(sum(thread.ran for thread in found.threads.values()) + found.unknown + found.ended,
                             found.now - found.begin, until)

    def test_figures(self):
        found = told(ROWS)
        shown = page.figures(found, EMPTY)
        rows = {row["name"]: row for row in shown["threads"]}
        self.assertEqual(set(rows), {B_NAME, "0xffff000000003000 (3.2)", "idle"})
        self.assertEqual((rows[B_NAME]["cpu_ns"], rows["idle"]["cpu_ns"], shown["unknown_ns"], shown["ended_ns"]),
                         (20, 20, 10 + 5, 30 + 15))
        self.assertEqual((rows[B_NAME]["load"], shown["lost"], shown["end"]), (200, 9, "exit"))
        self.assertEqual([event["what"] for event in shown["latest"]], ["missed a deadline", "7 records lost"])

    def test_jobs(self):
        one = told(ROWS, 9).threads[A]
        self.assertEqual((one.jobs, one.misses, one.response, one.response_max, one.priority, one.state),
                         (2, 1, 35, 35, 41, "runs"))
        text = "\n".join(text for text, _ in page.lines(page.figures(told(ROWS, 9), EMPTY), "x"))
        self.assertRegex(text, r"(?m)^0xffff000000001000 \(3\.1\) +41 runs +\S+ +\S+ +2 +2 +1 +0\.0us +0\.0us +0\.1us$")

    def test_windows(self):
        found = told(ROWS, 5)
        found.begin_window()
        for row in ROWS[5:9]:
            found.take(records.decode(*row))
        rows = {row["name"]: row["load"] for row in page.figures(found, EMPTY)["threads"]}
        self.assertEqual(rows, {B_NAME: 666, "0xffff000000001000 (3.1)": 333})

    def test_a_low_page(self):
        shown = page.figures(told(ROWS, 9), EMPTY)
        for height in range(8, 12):
            lines = [text for text, _ in page.lines(shown, "x", height)]
            self.assertIn("LATEST", lines)
            self.assertTrue(any("more" in text for text in lines) or len(lines) <= height, lines)


class Files(unittest.TestCase):
    def follow(self, pieces):
        """The events of a file that grows by pieces."""
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "trace.bin")
            follower, events = account.Follower(path), []
            self.assertEqual(list(follower.events()), [])  # not there yet
            try:
                for piece in pieces:
                    with open(path, "ab") as file:
                        file.write(piece)
                    events += follower.events()
            finally:
                follower.close()
            return events

    def test_growing(self):
        data = header() + b"".join(records.RECORD.pack(*row) for row in ROWS)
        expected = records.parse(data).events
        numbers = random.Random(3)
        for _ in range(40):
            cuts = sorted(numbers.randrange(len(data)) for _ in range(numbers.randrange(1, 30)))
            pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)])]
            self.assertEqual(self.follow(pieces), expected)

    def test_broken(self):
        for data, words in ((header(version=9), "version 9"), (b"x" * 64, "does not begin as one"),
                            (header() + records.RECORD.pack(1, A, 99, 0), "number 99")):
            with self.assertRaisesRegex(records.TraceError, words):
                self.follow([data])


def run(*arguments, **environment):
    done = subprocess.run(["./genrt", "monitor", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=LIMIT, env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr


def called(*arguments):
    """The same, without a process of its own."""
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            status = monitor.main(list(arguments))
        except SystemExit as end:
            status = end.code
    return status, output.getvalue(), errors.getvalue()


class Runs(unittest.TestCase):
    def test_once(self):
        arguments = (APP, "--once", "--exact", "--for", "1s", "--json")
        status, output, errors = run(*arguments)
        self.assertEqual(status, 0, errors)
        shown = json.loads(output)
        self.assertEqual((shown["lost"], shown["end"]), (0, "exit"))
        self.assertEqual([event["what"] for event in shown["latest"] if event["thread"].startswith("worker")],
                         ["missed a deadline"])
        self.assertTrue(any(event["what"].startswith("fault at faults") for event in shown["latest"]))
        self.assertEqual(sum(row["cpu_ns"] for row in shown["threads"]) + shown["unknown_ns"] + shown["ended_ns"],
                         shown["window_ns"])
        main = next(row for row in shown["threads"] if row["name"].startswith("main"))
        self.assertEqual((main["priority"], main["state"]), (32, "runs"))

    def test_plain_while_it_runs(self):
        status, output, errors = run("--for", "2500ms")
        self.assertEqual(status, 0, errors)
        self.assertGreaterEqual(output.count("genrt monitor: the demo"), 2)
        self.assertEqual(output.count("ended by exit"), 1)
        self.assertNotIn("\x1b", output)
        self.assertRegex(output, r"(?m)^periodic \(\d+\.1\) +50 ")

    def test_wrong_arguments(self):
        for arguments, words in ((("--json",), "only with --once"), (("--exact",), "needs --for"), (("--for", "1"), "'1'"),
                                 (("--memory", "1"), "'1'"), (("--program", "x"), "only with --file"),
                                 (("--file", "x", "--for", "1s"), "nothing is run"), (("/no/such",), "no such directory")):
            status, output, errors = called(*arguments)
            self.assertEqual((status, output), (2, ""), arguments)
            self.assertIn(words, errors)

    def test_what_is_no_trace(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"not a trace" * 10)
            file.flush()
            for path in (file.name, file.name + ".none"):
                status, output, errors = called("--file", path, "--once")
                self.assertEqual((status, output, errors.count("\n")), (1, "", 1), errors)

    def on_terminal(self, length="9s", **environment):
        """(exit status, what was shown) of a run in a terminal that is left by q."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve("./genrt", ["./genrt", "monitor", "--for", length], {**os.environ, "TERM": "xterm-256color", **environment})
        shown, pressed, end = b"", False, time.monotonic() + LIMIT
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    shown += os.read(terminal, 65536)
                except OSError:
                    break
            if not pressed and b"idle" in shown:
                os.write(terminal, b"q")
                pressed = True
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode(errors="replace")

    def test_a_terminal(self):
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            status, shown = self.on_terminal(**environment)
            self.assertEqual(status, 0, shown)
            self.assertIn("THREAD", shown)
            self.assertEqual(bool(re.search(r"\x1b\[3[0-9]", shown)), coloured, shown)
        status, shown = self.on_terminal("1s", TERM="dumb")
        self.assertEqual(status, 0)
        self.assertIn("ended by exit", shown)
        self.assertNotIn("\x1b", shown)
        self.assertEqual(glob.glob(os.path.join("build", "monitor-*")), [])


if __name__ == "__main__":
    unittest.main()
