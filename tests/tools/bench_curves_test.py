# SPDX-License-Identifier: MIT
"""The judge of curves: what is flat, logarithmic or linear passes, and what only looks so from afar does not."""

import math
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench_curves  # noqa: E402
from bench_curves import Curve, Flat, Linear, Logarithmic  # noqa: E402
from run_tests import CURVES_SLOTS as SLOTS  # noqa: E402


def along(function, numbers=range(1, 1001)):
    return [(n, function(n)) for n in numbers]


def problems(promise, points):
    return list(promise.problems(points))


class Promises(unittest.TestCase):
    def test_flat(self):
        self.assertEqual(problems(Flat(0), along(lambda n: 56)), [])
        self.assertEqual(problems(Flat(0), along(lambda n: 56 + (n == 500))),
                         ["56 at n=1 but 57 at n=500: apart by 1, promised at most 0"])
        self.assertEqual(problems(Flat(4), along(lambda n: 56 + n % 5)), [])
        self.assertEqual(len(problems(Flat(4), along(lambda n: 56 + n % 6))), 1)

    def test_logarithmic(self):
        promise = Logarithmic(28, 210)
        self.assertEqual(problems(promise, along(lambda n: int(20 * math.log2(n)) + 200)), [])
        self.assertTrue(problems(promise, along(lambda n: 157 + n)))
        self.assertEqual(problems(promise, [(4, 267)]), ["267 at n=4, promised at most ≤ 28 log2(n) + 210, here 266.0"])

    def test_linear(self):
        self.assertEqual(problems(Linear(1, 100), along(lambda n: n + 100)), [])
        self.assertTrue(problems(Linear(1, 100), along(lambda n: n * n + 1)))


class TheCurves(unittest.TestCase):
    """What each real promise would not let pass: a list that is searched, at four instructions for each element."""

    def test_a_search_is_noticed(self):
        for name, curve in bench_curves.CURVES.items():
            if not isinstance(curve.promise, Linear):
                points = along(lambda n: 60 + 4 * n, range(1, curve.must_reach(SLOTS) + 1))
                self.assertTrue(bench_curves.judge({name: points}, {name: curve}, SLOTS), name)

    def test_a_worse_order_is_noticed(self):
        """A comparison of all with all, even at two instructions each."""
        curve = bench_curves.CURVES["edf_release"]
        points = along(lambda n: 600 + 2 * n * n, range(1, curve.reach + 1))
        self.assertTrue(bench_curves.judge({"edf_release": points}, {"edf_release": curve}, SLOTS))

    def test_a_thousand_deadlines(self):
        for name, curve in bench_curves.CURVES.items():
            if name.startswith("timer_"):
                self.assertGreaterEqual(curve.must_reach(SLOTS), 1000, name)

    def test_a_curve_must_reach_far(self):
        promised = {"a": Curve("a", "b", 50, Flat(0))}
        self.assertEqual(bench_curves.judge({"a": [(1, 5), (49, 5)]}, promised), ["a: ends at n=49, must reach 50"])
        self.assertEqual(bench_curves.judge({"a": [(1, 5), (50, 5)]}, promised), [])
        promised = {"a": Curve("a", "b", bench_curves.THREADS, Flat(0))}
        self.assertEqual(bench_curves.judge({"a": [(1, 5), (56, 5)]}, promised), [])
        self.assertEqual(bench_curves.judge({"a": [(1, 5), (56, 5)]}, promised, 512), ["a: ends at n=56, must reach 504"])

    def test_both_sides_must_know_it(self):
        promised = {"a": Curve("a", "b", 1, Flat(0))}
        self.assertEqual(bench_curves.judge({"b": [(1, 5)]}, promised),
                         ["b: a curve without a promise", "a: promised, but not measured"])

    def test_summary(self):
        self.assertEqual(bench_curves.summary([(1, 5), (2, 6), (9, 5)]), {"points": 3, "mean": 5.333, "min": 5, "max": 6})


if __name__ == "__main__":
    unittest.main()
