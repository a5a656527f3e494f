# SPDX-License-Identifier: MIT
"""The rules by which a late wake is taken apart, on recordings made by hand."""

import collections
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tools", name) for name in ("explain", "bounds")]
import account  # noqa: E402
import recording  # noqa: E402

DOOR, RESUME, STRETCH, THREAD, NAME, CLOCK, TRIGGER, END = range(1, 9)
A, B, C, IDLE = 0x1000, 0x2000, 0x3000, 0x9000  # frames


def record(kind, at, x=0, y=0, a=0, b=0, c=0):
    return recording.RECORD.pack(kind, a, b, c, at, x, y)


def thread(at, frame, state, priority, detail=0, bits=0):
    return record(THREAD, at, frame, detail, state, priority, bits)


def name(at, frame, text):
    return record(NAME, at, frame, 1 << 32 | frame >> 12, c=len(text)) + text.encode().ljust(32, b"\0")


Function = collections.namedtuple("Function", "name")


class Functions:
    """Instead of an image."""

    @staticmethod
    def function_of(address):
        return Function(f"f{address}")


BEGIN = (name(0, A, "a") + name(0, B, "b") + name(0, C, "c") + thread(5, A, recording.READY, 10)
         + thread(5, B, recording.READY, 20) + thread(5, C, recording.READY, 30))
CALLS = ("yield", "reschedule")


def accounts(*records):
    read = recording.Recording(BEGIN + b"".join(records))
    accountant = account.Accountant(read, Functions(), CALLS, (IDLE,))
    return [accountant.account(wake) for wake in read.wakes]


def rows(found):
    return {(row.kind, row.what, row.thread[0] if row.thread else None): ticks for row, ticks in found.ticks.items()}


class ByHand(unittest.TestCase):
    """B (20) waits from 100 on, until tick 1000; A (10) and C (30) are the others."""

    WAITS = (record(RESUME, 50, B), record(DOOR, 90, B, a=1), thread(100, B, recording.WAITING_TIMED, 20, 1000),
             record(RESUME, 120, A))
    WAKES = (thread(1610, B, recording.READY, 20, 7, recording.BY_TIME), record(RESUME, 1650, B),
             record(DOOR, 1700, B, a=0), record(END, 1700))

    def one(self, *records):
        found, = accounts(*records)
        self.assertEqual(found.left_over, 0)
        self.assertEqual(sum(rows(found).values()), found.wake.late)
        return found

    def test_every_kind(self):
        # Masked over the moment; an interrupt for C, which works, masks and calls; A once more; the last interrupt.
        found = self.one(*self.WAITS, record(STRETCH, 1030, 77, 950), record(DOOR, 1030, A, a=recording.IRQ),
                         record(RESUME, 1100, C), record(STRETCH, 1260, 78, 1250), record(DOOR, 1300, C, a=0),
                         record(RESUME, 1350, C), record(DOOR, 1400, C, a=0), record(RESUME, 1440, A),
                         record(STRETCH, 1470, 79, 1450), record(DOOR, 1500, A, a=1), record(RESUME, 1540, A),
                         record(DOOR, 1600, A, a=recording.IRQ), *self.WAKES)
        self.assertEqual(rows(found), {
            ("masked", "f77", "a"): 30, ("kernel", "interrupt", None): 70, ("above", "runs", "c"): 250,
            ("above", "yield", "c"): 90, ("below", "runs", "a"): 100, ("masked", "f79", "a"): 20,
            ("kernel", "reschedule", None): 40, ("kernel", "interrupt, the way to it", None): 50})
        self.assertEqual((found.wake.due, found.wake.began, found.wake.late), (1000, 1650, 650))

    def test_a_door_that_was_open(self):
        for door, what, whose in ((1, "reschedule", "a"), (recording.IRQ, "interrupt", None)):
            found = self.one(*self.WAITS, record(DOOR, 990, A, a=door), record(RESUME, 1030, A),
                             record(DOOR, 1030, A, a=recording.IRQ), *self.WAKES)
            self.assertEqual(rows(found), {("masked", what, whose): 30,
                                           ("kernel", "interrupt, the way to it", None): 620})

    def test_a_task_call_of_one_above_that_was_open(self):
        found = self.one(*self.WAITS, record(DOOR, 300, A, a=recording.IRQ), record(RESUME, 350, C),
                         record(DOOR, 980, C, a=0), record(RESUME, 1010, A), record(DOOR, 1010, A, a=recording.IRQ),
                         *self.WAKES)
        self.assertEqual(rows(found), {("above", "yield", "c"): 10, ("kernel", "interrupt, the way to it", None): 640})

    def test_the_first_instruction_is_not_the_first_resume(self):
        # Resumed, and interrupted before it has executed anything.
        found = self.one(*self.WAITS, record(DOOR, 1000, A, a=recording.IRQ),
                         thread(1010, B, recording.READY, 20, 7, recording.BY_TIME), record(RESUME, 1050, B),
                         record(DOOR, 1050, B, a=recording.IRQ), record(RESUME, 1090, C), record(DOOR, 1120, C, a=0),
                         record(RESUME, 1150, B), record(END, 1160))
        self.assertEqual(rows(found), {("kernel", "interrupt", None): 90, ("above", "runs", "c"): 30,
                                       ("kernel", "yield, the way to it", None): 30})

    def test_a_moment_that_was_past(self):
        # It asked for 60, and was in its call until 120.
        found = self.one(*self.WAITS[:2], thread(100, B, recording.WAITING_TIMED, 20, 60), record(RESUME, 120, A),
                         record(DOOR, 120, A, a=recording.IRQ),
                         thread(130, B, recording.READY, 20, 7, recording.BY_TIME), record(RESUME, 170, B),
                         record(END, 180))
        self.assertEqual((found.wake.due, found.wake.late), (100, 70))
        self.assertEqual(rows(found), {("masked", "reschedule", "b"): 20,
                                       ("kernel", "interrupt, the way to it", None): 50})

    def test_sleep_of_the_machine(self):
        # The idle thread's wfi: it wakes at 1000, exactly; and in the other run late, at 1007.
        for woke, asleep in ((1000, {}), (1007, {("asleep", "the CPU waits", None): 7})):
            found = self.one(*self.WAITS[:3], record(RESUME, 120, IDLE), record(CLOCK, 300, woke - 300),
                             record(DOOR, 300, IDLE, a=recording.IRQ),
                             thread(310, B, recording.READY, 20, 7, recording.BY_TIME), record(RESUME, 350, B),
                             record(END, 360))
            self.assertEqual(rows(found), {**asleep, ("kernel", "interrupt, the way to it", None): 50})
            self.assertEqual(found.wake.due, 1000)

    def test_made_ready_by_a_call(self):
        found = self.one(*self.WAITS[:2], thread(100, B, recording.WAITING, 20), record(RESUME, 120, A),
                         thread(220, B, recording.READY, 20, 5), record(STRETCH, 230, 77, 200),
                         record(DOOR, 233, A, a=1), record(RESUME, 270, B), record(END, 280))
        self.assertEqual((found.wake.why, found.wake.cause, found.wake.due), ("call", 5, 220))
        self.assertEqual(rows(found), {("masked", "f77", "a"): 10, ("below", "runs", "a"): 3,
                                       ("kernel", "reschedule, the way to it", None): 37})

    def test_lines(self):
        line, device = 3 + 1 << recording.LINE_SHIFT, 33 + 1 << recording.LINE_SHIFT
        once, twice = (record(TRIGGER, 210),), (record(TRIGGER, 190), record(TRIGGER, 210))
        # A device's moment is not known, nor which trigger was whose: then it is due with its interrupt.
        for bits, triggers, due in ((line, once, 210), (line, twice, 240), (device, once, 240), (line, (), 240)):
            found = self.one(*self.WAITS[:2], thread(100, B, recording.WAITING, 20), record(RESUME, 120, A), *triggers,
                             record(STRETCH, 240, 77, 200), record(DOOR, 240, A, a=recording.IRQ),
                             thread(250, B, recording.READY, 20, 5, bits), record(RESUME, 290, B), record(END, 300))
            self.assertEqual((found.wake.why, found.wake.due), ("line", due))
            self.assertEqual(found.of_kind("masked"), 240 - due)

    def test_suspended(self):
        bits = recording.SUSPENDED
        found = self.one(*self.WAITS, thread(400, B, recording.WAITING_TIMED, 20, 1000, bits),
                         record(DOOR, 1000, A, a=recording.IRQ),
                         thread(1010, B, recording.READY, 20, 7, recording.BY_TIME | bits), record(RESUME, 1050, A),
                         thread(1200, B, recording.READY, 20), record(DOOR, 1210, A, a=1), record(RESUME, 1250, B),
                         record(END, 1260))
        self.assertEqual((found.wake.why, found.wake.due, found.wake.late), ("resumed", 1200, 50))

    def test_priorities_of_the_moment(self):
        # C is lowered, and is not above any more.
        found = self.one(*self.WAITS, record(DOOR, 900, A, a=recording.IRQ), record(RESUME, 950, C),
                         thread(1100, C, recording.READY, 20), record(DOOR, 1100, C, a=0), record(RESUME, 1150, C),
                         record(DOOR, 1600, C, a=recording.IRQ), *self.WAKES)
        self.assertEqual(rows(found), {("above", "runs", "c"): 100, ("kernel", "yield", None): 50,
                                       ("level", "runs", "c"): 450, ("kernel", "interrupt, the way to it", None): 50})

    def test_what_never_runs_is_no_wake(self):
        self.assertEqual(accounts(*self.WAITS, record(DOOR, 1000, A, a=recording.IRQ),
                                  thread(1010, B, recording.READY, 20, 7, recording.BY_TIME), record(END, 1020)), [])

    def test_broken_files(self):
        whole = BEGIN + record(END, 10)
        recording.Recording(whole)
        for data in (b"", whole[:-32], whole[:-1], whole + b"\0" * 32):
            with self.assertRaises(recording.RecordingError):
                recording.Recording(data)


if __name__ == "__main__":
    unittest.main()
