# SPDX-License-Identifier: MIT
"""./genrt latency: two runs are the same, nothing is lost, the worst is within the bound, and wrong orders are refused."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import latency  # noqa: E402
import qemu  # noqa: E402

TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
PARTS = [("a stretch", 500), ("an interrupt", 400), ("itself", 8)]
LIMIT = 300  # seconds
SHORT = ("-l", "300", "-N")
LOADED = ("-l", "600", "-i", "20", "-N", "-h", "2000", "--load")
TOLD = b"record latency thread 0 60 1000000 10 3200 3100 35000 4100 1 0\r\n" \
       b"record latency bin 0 3 9\r\nrecord latency end\r\n"


def setUpModule():
    os.chdir(ROOT)


def run(*arguments):
    """(exit status, output, errors)"""
    done = subprocess.run(["./genrt", "latency", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=LIMIT)
    return done.returncode, done.stdout, done.stderr


def called(*arguments):
    """The same, without a process of its own."""
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            status = latency.main(list(arguments))
        except SystemExit as end:
            status = end.code
    return status, output.getvalue(), errors.getvalue()


class Shown(unittest.TestCase):
    """Lines as cyclictest prints them."""

    def setUp(self):
        self.options = latency.parse_arguments(["-l", "10", "-h", "4"])
        self.threads = latency.check(latency.parse(TOLD), self.options)

    def test_microseconds(self):
        self.assertEqual(list(latency.text(self.threads, self.options, PARTS))[2:], [
            "T: 0 (    1) P:60 I:1000 C:     10 Min:      3 Act:    3 Avg:    3 Max:       4",
            "# Histogram", "000000 000000", "000001 000000", "000002 000000", "000003 000009",
            "# Total: 000000009", "# Min Latencies: 00003", "# Avg Latencies: 00003", "# Max Latencies: 00004",
            "# Histogram Overflows: 00001",
            "# T: 0 at most 908 = a stretch 500 + an interrupt 400 + itself 8; seen 4100: BROKEN"])

    def test_nanoseconds(self):
        options = latency.parse_arguments(["-l", "10", "-N"])
        self.assertIn("T: 0 (    1) P:60 I:1000 C:     10 Min:   3200 Act:    3100 Avg:    3500 Max:    4100",
                      list(latency.text(self.threads, options, PARTS)))

    def test_quiet(self):
        options = latency.parse_arguments(["-l", "10", "-h", "4", "-q"])
        self.assertFalse([line for line in latency.text(self.threads, options, PARTS) if line.startswith("T:")])

    def test_it_says_what_it_is(self):
        self.assertIn("not times", next(latency.text(self.threads, self.options, PARTS)))
        self.assertIn("not times", latency.document(self.threads, self.options, PARTS, [])["unit"])
        self.assertIn("no times", latency.chart(self.threads, self.options, PARTS))

    def test_above_the_bound_is_a_failure(self):
        with mock.patch.object(latency, "bound", lambda _: PARTS), mock.patch.object(latency, "build", lambda *_: "x"), \
                mock.patch.object(latency, "measure", lambda *_: self.threads), contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(latency.main(["-l", "10"]), latency.FAILED)
        self.assertIn("BROKEN", said.getvalue())

    def test_nothing_is_lost_unseen(self):
        for old, new, words in ((b"3 9", b"3 8", "10 loops, 9 in its histogram"), (b"000 10 3", b"000 9 3", "9 loops"),
                                (b"thread 0", b"thread 1", "a histogram of thread 0"), (b"record latency end", b"", "did not end")):
            with self.assertRaisesRegex(latency.LatencyError, words):
                latency.check(latency.parse(TOLD.replace(old, new)), self.options)


class Refused(unittest.TestCase):
    def test_wrong_arguments(self):
        for arguments, words in ((("-t", "0"), "from 1 to 32"), (("-t", "33"), "from 1 to 32"), (("-i", "9"), "from 10"),
                                 (("-p", "64"), "from 3 to 63"), (("-p", "2"), "from 3 to 63"), (("-l", "x"), "'x'"),
                                 (("-l", ""), "''"), (("-l", "-1"), "-l"), (("-h", "100001"), "to 100000"),
                                 (("-d", "1e3"), "'1e3'"), (("--real-time",), "--real-time"), (("more",), "more"),
                                 (("--user", "-t", "17"), "at most 16"), (("--us",), "--us"), (("--svg", "x.svg"), "needs --histogram")):
            status, output, errors = called(*arguments)
            self.assertEqual((status, output), (2, ""), arguments)
            self.assertIn(words, errors)

    def test_the_program_itself(self):
        program = latency.build(TOOLCHAIN)
        for words, said, exact in (("loops=x", "loops: INVALID_ARGUMENT", True), ("threads=33", "threads: OUT_OF_RANGE", True),
                                   ("histogram=100001", "histogram: OUT_OF_RANGE", True), ("loops=1", "clock", False)):
            result = qemu.run_captured(qemu.Machine(exact=exact), qemu.Start(program, bootargs=words), LIMIT)
            self.assertEqual(result.status, 2, result)
            with self.assertRaisesRegex(latency.LatencyError, said.replace("_", "[_ ]").lower()):
                latency.parse(result.output.lower())


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program = latency.build(TOOLCHAIN, user=True)
        built = mock.patch.object(latency, "build", lambda *_: program)
        built.start()
        cls.addClassCleanup(built.stop)

    def document(self, *arguments):
        status, output, errors = called(*arguments, "--json")
        self.assertEqual(status, 0, errors)
        return json.loads(output), output

    def test_idle(self):
        """The way of bench's timer_wake_idle: the same figure, in each loop."""
        found, output = self.document(*SHORT)
        self.assertEqual(self.document(*SHORT)[1], output)
        one = found["thread"]["0"]
        self.assertEqual((one["min"], one["missed"]), (one["max"], 0))
        if TOOLCHAIN == "gcc":
            with open("bench/golden.json", encoding="utf-8") as file:
                self.assertEqual(one["avg"], json.load(file)["figures"]["timer_wake_idle"]["mean"])

    def test_loaded(self):
        found, output = self.document(*LOADED)
        self.assertEqual(self.document(*LOADED)[1], output)
        one = found["thread"]["0"]
        self.assertEqual(sum(one["histogram"].values()), 600)
        self.assertEqual((one["min"], one["max"]), tuple(edge(map(int, one["histogram"])) for edge in (min, max)))
        self.assertGreater(len(one["histogram"]), 50)  # of an idle CPU there is one
        self.assertGreater(one["max"], 400)
        self.assertLessEqual(one["max"], found["bound"]["instructions"])
        self.assertEqual(found["bound"]["instructions"], sum(found["bound"]["parts"].values()))

    def test_processes(self):
        found, output = self.document(*SHORT, "--user", "-t", "2", "-i", "20", "-d", "10", "-h", "1000", "--load")
        self.assertEqual(self.document(*SHORT, "--user", "-t", "2", "-i", "20", "-d", "10", "-h", "1000", "--load")[1], output)
        one, _other = found["thread"].values()
        self.assertEqual([sum(each["histogram"].values()) + each["overflows"] for each in found["thread"].values()], [300, 300])
        self.assertLessEqual(one["max"], found["bound"]["instructions"])
        kernel, _ = self.document(*SHORT)
        user, _ = self.document(*SHORT, "--user")
        self.assertGreater(user["thread"]["0"]["min"], kernel["thread"]["0"]["max"])  # the full frame, the space
        self.assertEqual(user["thread"]["0"]["min"], user["thread"]["0"]["max"])

    def test_threads(self):
        """The most urgent is late by its own wake; the others by those above them too."""
        found, _ = self.document("-l", "40", "-t", "32", "-d", "0", "-N", "-h", "300", "-p", "40")
        threads = list(found["thread"].values())
        self.assertEqual([one["priority"] for one in threads], [max(40 - i, 3) for i in range(32)])
        self.assertEqual([sum(one["histogram"].values()) + one["overflows"] for one in threads], [40] * 32)
        self.assertTrue(all(low["min"] < high["min"] for low, high in zip(threads, threads[1:])))
        self.assertEqual((threads[0]["overflows"], threads[31]["overflows"]), (0, 40))

    def test_chart_and_text(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "h.svg")
            status, output, errors = run("-l", "200", "-N", "-h", "400", "--svg", path, "--load")
            self.assertEqual(status, 0, errors)
            drawn = ElementTree.parse(path).getroot()
        counts = [int(bar[0].text.rsplit(" ", 1)[1]) for bar in drawn.iter("{http://www.w3.org/2000/svg}rect")
                  if bar.get("class") == "bar"]
        rows = [int(count) for count in re.findall(r"^\d{6} (\d{6})$", output, re.MULTILINE)]
        self.assertEqual(len(rows), 400)
        self.assertEqual([count for count in rows if count], counts)
        overflows = int(re.search(r"^# Histogram Overflows: (\d{5})$", output, re.MULTILINE)[1])
        self.assertEqual(sum(rows) + overflows, 200)
        self.assertGreater(overflows, 0)


if __name__ == "__main__":
    unittest.main()
