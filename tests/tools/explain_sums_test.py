# SPDX-License-Identifier: MIT
"""The parts of a late wake add up to the whole: for every wake of large runs; and what is left out is noticed."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(ROOT, "tests", "tools"))
import examples_test  # noqa: E402
from explain_test import LIMIT, account, answer, make, qemu, recorded_case, case_named, run, tap  # noqa: E402
from explain_test import setUpModule  # noqa: E402, F401


def problems(made):
    """Wakes whose account is not whole: what the sum rule forbids."""
    return [found for found in made
            if found.left_over or found.wake.late < 0 or min(found.ticks.values(), default=0) < 0]


def all_accounts(accountant, schedule):
    return [accountant.account(wake) for wake in schedule.wakes]


class Forgets(account.Accountant):
    """Accountants that are wrong, each in one way."""

    def __init__(self, way, *arguments):
        super().__init__(*arguments)
        self._way = way

    def account(self, wake):
        found = super().account(wake)
        if self._way in account.KINDS:
            found.ticks = {row: ticks for row, ticks in found.ticks.items() if row.kind != self._way}
        return found

    def _running(self, made, segment, begin, end):
        if self._way == "cut":
            begin, end = segment.begin, segment.end
        super()._running(made, segment, begin, end)
        if self._way == "twice":
            for start, stop, _ in self._recording.stretches_between(begin, end):
                made.add(account.Row("masked", "again"), stop - start)


class Sums(unittest.TestCase):
    """The parts of every wake add up to the whole."""

    def check(self, recorded, wakes):
        schedule = recorded.schedule
        self.assertGreater(len(schedule.wakes), wakes)
        self.assertEqual(problems(all_accounts(answer.accountant(recorded), schedule)), [])
        # Somebody had the CPU at each instruction: no gap, nothing twice.
        self.assertEqual(schedule.segments[0].begin, 0)
        for before, behind in zip(schedule.segments, schedule.segments[1:]):
            self.assertEqual(before.end, behind.begin)
        self.assertEqual(schedule.clock.ticks(schedule.segments[-1].end), schedule.end)

    def test_all_cases_in_one_run(self):
        self.check(recorded_case("all_identical"), 40000)

    def test_worst_cases(self):
        make("evidence.elf")
        self.check(recorded_case("evidence"), 5000)

    def test_with_asserts(self):
        make(*case_named("all_debug").make_arguments(), "selftest.elf")
        recorded = recorded_case("all_debug", ticks=400_000_000)
        self.assertTrue(recorded.schedule.is_cut)
        self.check(recorded, 3000)

    def test_from_the_other_way_in(self):
        self.check(recorded_case("all_image_el2", ticks=200_000_000), 1000)

    def test_late_crowds(self):
        recorded = recorded_case("undisturbed")
        self.check(recorded, 3000)
        made = all_accounts(answer.accountant(recorded), recorded.schedule)
        for kind in account.KINDS[:5]:
            self.assertTrue(any(found.of_kind(kind) for found in made), kind)

    def test_an_application(self):
        program = examples_test.build("thread-metric")[0]
        start = qemu.Start(program, bootargs="log=error period=4")
        self.check(run.record(qemu.Machine(exact=True), start, LIMIT, 100_000_000), 2000)

    def test_what_is_forgotten_is_missed(self):
        recorded = recorded_case("undisturbed", ticks=60_000_000)
        right = answer.accountant(recorded)
        parts = (recorded.schedule, recorded.image, right._calls, right._idle)
        self.assertEqual(problems(all_accounts(Forgets("nothing", *parts), recorded.schedule)), [])
        for way in ("masked", "above", "kernel", "cut", "twice"):
            self.assertGreater(len(problems(all_accounts(Forgets(way, *parts), recorded.schedule))), 10, way)

    def test_as_the_guest_s_clock_says(self):
        recorded = recorded_case("sleep")
        said = {line.split()[1]: int(line.split()[2]) for line in tap.records(recorded.result.output)
                if line.startswith("record sleep_period_late_max ")}
        wakes = [wake for wake in answer.Answer(recorded).wakes("main") if wake.why == "time"]
        # It reads the clock by its second instruction or by one soon after, as it is behind that.
        read = said["sleep_period_late_max"] - max(wake.late for wake in wakes[-100:])
        self.assertIn(read, range(2, 6))


if __name__ == "__main__":
    unittest.main()
