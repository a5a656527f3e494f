# SPDX-License-Identifier: MIT
"""The repeated runs: a difference of one byte is noticed and named, and busy loops run just as long as they should."""

import os
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench_identical  # noqa: E402


def alive(process):
    """Whether the process is still there (and not only its exit status)."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Differences(unittest.TestCase):
    def test_same(self):
        self.assertIsNone(bench_identical.first_difference(b"a\nb\n", b"a\nb\n"))

    def test_named(self):
        for other, words in ((b"a\nc\n", "'b' and 'c'"), (b"a\n", "2 and 1 lines"), (b"a\nb\nc\n", "2 and 3 lines"),
                             (b"a\nb", "line ends")):
            self.assertEqual(bench_identical.first_difference(b"a\nb\n", other), words)

    def test_each_run_counts(self):
        outputs = [b"a\n", b"a\n", b"b\n", b"a\n", b"c\n"]
        first, problems = bench_identical.repeat(iter(outputs).__next__, 5, 2, 1)
        self.assertEqual(first, b"a\n")
        self.assertEqual(problems, ["run 3 of 5, nothing beside it, is not as the first: 'a' and 'b'",
                                    "run 5 of 5, 1 busy loops beside it, is not as the first: 'a' and 'c'"])


class Loops(unittest.TestCase):
    def user_ticks(self, numbers):
        """Hundredths of a second that these processes have spent in user mode."""
        ticks = 0
        for number in numbers:
            with open(f"/proc/{number}/stat", encoding="utf-8") as file:
                ticks += int(file.read().rsplit(")", 1)[1].split()[11])
        return ticks

    def test_they_take_the_cpu_and_end(self):
        with bench_identical.busy_loops(2) as loops:
            numbers = [loop.pid for loop in loops]
            before, end = self.user_ticks(numbers), time.monotonic() + 30
            while self.user_ticks(numbers) < before + 20 and time.monotonic() < end:
                time.sleep(0.05)
            self.assertGreaterEqual(self.user_ticks(numbers), before + 20)
        self.assertFalse(any(alive(number) for number in numbers))

    def test_they_end_when_a_run_breaks(self):
        numbers = []
        with self.assertRaises(ZeroDivisionError):
            with bench_identical.busy_loops(1) as loops:
                numbers.append(loops[0].pid)
                raise ZeroDivisionError
        self.assertFalse(alive(numbers[0]))

    def test_beside_the_last_runs_only(self):
        seen = []

        def run():
            with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children", encoding="utf-8") as file:
                seen.append(len(file.read().split()))
            return b""

        bench_identical.repeat(run, 4, 2, 3)
        self.assertEqual(seen, [0, 0, 3, 3])


if __name__ == "__main__":
    unittest.main()
