# SPDX-License-Identifier: MIT
"""Traces: what the kernel writes is what abi/trace_record.h says; each record is in each format, as babeltrace2 and
others read it; and files that are not traces are refused in one line."""

import contextlib
import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tools", *name) for name in ((), ("trace",), ("bounds",))]
import chrome  # noqa: E402
import ctf  # noqa: E402
import qemu  # noqa: E402
import records  # noqa: E402
import run_tests  # noqa: E402
import tables  # noqa: E402
import timeline  # noqa: E402
import tracing  # noqa: E402
from names import Names  # noqa: E402

TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
APP = os.path.join(ROOT, "tests", "tools", "trace_app")
DOOMED = 600  # broken files
LIMIT = 300  # seconds


def setUpModule():
    os.chdir(ROOT)


# --- Files that are made here ------------------------------------------------------------------------

def what(event, detail=0, argument=0):
    return event | detail << 8 | argument << 16


A, B = 3 | 1 << 32, 4 | 7 << 32
# Each event, each of its details, and numbers at the ends of their ranges.
RECORDS = [
    (100, A, what(5, 63, 0x4008_0000_1234), 0xffff_4008_0000_5678),
    (100, A, what(1, 1), 0),
    *((110 + left, B, what(1, left), 0xffff_4008_dead_beef) for left in range(len(records.LEFT))),
    (120, A, what(2, 2), 118),
    (125, A, what(2, 3, 34 | 5 << 32), 121),
    (126, A, what(2, 1, 77 << 16), 126),
    (127, A, what(1, 3, 5000), 0),
    (128, A, what(1, 3, (1 << 48) - 28), 0),
    (130, A, what(3, 0, 0x4008_0000_9999), (1 << 64) - 1),
    (131, B, what(4), 0),
    (132, B, what(4), (1 << 64) - 7),
    (133, A, what(6, 0, 5000), 1000),
    (134, A, what(6), 2000),
    (135, A, what(7, 40), 0),
    *((140, A, what(8, call), 0xffff_4008_0000_0000 + call) for call in range(len(records.CALLS))),
    *((141, A, what(13, number), 1 << 63) for number in (*records.SYSCALLS, 255)),
    (142, A, what(14), 0x10001),
    (143, A, what(14), (1 << 64) - 3),
    (149, A, what(9, 0x25, 0x4008_0000_1238), 8),
    (149, B, what(9, 0x24 | 64, 0x40_0000), 0xffff_ffff_ffff_fff8),
    *((149, B, what(10, limit), 0) for limit in range(len(records.LIMITS))),
    (150, records.NOBODY, what(11), 17),
    (150, records.IDLE, what(1, 1), 0),
    (records.MOMENT_MAX, records.NOBODY, what(12, 0), 17),
]


def raw(rows, magic=records.MAGIC, version=records.VERSION, size=records.RECORD.size, frequency=1_000_000_000, begin=90):
    return records.HEADER.pack(magic, version, size, frequency, begin) + b"".join(records.RECORD.pack(*row) for row in rows)


class Refused(unittest.TestCase):
    def refused(self, data, words, partial=False):
        with self.assertRaisesRegex(records.TraceError, words):
            records.parse(data, partial)

    def test_each_length_but_the_whole(self):
        whole = raw(RECORDS)
        self.assertTrue(records.parse(whole).is_whole)
        self.assertEqual(records.parse(raw(RECORDS, version=1)), records.parse(whole))  # nothing has another meaning
        for length in range(len(whole)):
            self.refused(whole[:length], "not a trace: " if length < records.HEADER.size else "cut off: ")
        half = records.parse(whole[:-records.RECORD.size - 5], partial=True)
        self.assertFalse(half.is_whole)
        self.assertEqual(len(half.events), len(RECORDS) - 2)

    def test_another_header(self):
        self.refused(raw(RECORDS, magic=records.MAGIC ^ 1), "does not begin as one")
        self.refused(raw(RECORDS, version=3), "version 3; this reads version 2")
        self.refused(raw(RECORDS, version=0), "version 0")
        self.refused(raw(RECORDS, size=24), "24 bytes")
        self.refused(raw(RECORDS, frequency=0), "0 Hz")
        self.refused(random.Random(1).randbytes(4096), "does not begin as one", partial=True)

    def test_records_that_cannot_be(self):
        for row, words in (((100, A, what(0), 0), "no event has the number 0"),
                           ((100, A, what(15), 0), "number 15"),
                           ((100, A, what(10, len(records.LIMITS)), 0), "limit 2"),
                           ((100, A, what(1, len(records.LEFT)), 0), "left 6 is none of"),
                           ((100, A, what(8, 255), 0), "call 255"),
                           ((100, A, what(12, len(records.ENDS)), 0), "end 3"),
                           ((89, A, what(1), 0), "its time, 89, is not in 90"),
                           ((records.MOMENT_MAX + 1, A, what(1), 0), "its time")):
            self.refused(raw([row, *RECORDS]), f"record 1: .*{words}")
        self.refused(raw([*RECORDS, RECORDS[-1]]), f"record {len(RECORDS) + 1}: behind the end")

    def test_nothing_else_happens_to_broken_ones(self):
        """Any file is either a trace, which every format takes, or a TraceError."""
        numbers, taken = random.Random(20), 0
        for _ in range(DOOMED):
            data = bytearray(raw(RECORDS))
            for _ in range(numbers.randrange(1, 4)):
                data[numbers.randrange(len(data))] = numbers.choice((0, 1, 0x7f, 0x80, 0xff, numbers.randrange(256)))
            del data[numbers.choice((len(data), numbers.randrange(len(data)))):]
            with contextlib.suppress(records.TraceError):
                trace = records.parse(bytes(data), partial=True)
                names = Names(trace)
                list(tables.text(trace, names))
                tables.comma_separated(trace, names)
                json.dumps(chrome.document(trace, names))
                ctf.stream(trace, names)
                timeline.pack(trace, names, "broken")
                taken += 1
        self.assertTrue(0 < taken < DOOMED, taken)

    def test_the_command_says_so_in_one_line(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "some.bin")
            with open(path, "wb") as file:
                file.write(raw(RECORDS, version=9))
            for arguments, status in ((("--convert", path), 1), (("--convert", directory + "/none"), 1),
                                      (("/no/such/directory",), 2)):
                done = subprocess.run([sys.executable, "tools/tracing.py", *arguments, "-o", directory + "/out"],
                                      capture_output=True, text=True, check=False, timeout=LIMIT)
                self.assertEqual((done.returncode, done.stderr.count("\n")), (status, 1), done.stderr)
                self.assertTrue(done.stderr.startswith("genrt: trace: "), done.stderr)
                self.assertFalse(os.path.exists(directory + "/out"))


class Header(unittest.TestCase):
    """The numbers here are those of abi/trace_record.h."""

    @classmethod
    def setUpClass(cls):
        with open("abi/trace_record.h", encoding="utf-8") as file:
            cls.text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)

    def words(self, enum, prefix):
        body = re.search(r"enum %s \{(.*?)\}" % enum, self.text, re.DOTALL)[1]
        return [word.strip().removeprefix(prefix).lower() for word in body.split(",") if word.strip()]

    def test_enums(self):
        self.assertEqual(self.words("trace_event", "TRACE_"), ["none", *(name for name, _ in records.KINDS.values()), "events"])
        self.assertEqual(list(records.KINDS), list(range(1, len(records.KINDS) + 1)))
        self.assertEqual(self.words("trace_left", "TRACE_LEFT_"), list(records.LEFT))
        self.assertEqual(self.words("trace_call", "TRACE_CALL_"), [*records.CALLS, "trace_calls"])
        self.assertEqual(self.words("trace_limit", "TRACE_LIMIT_"), [*records.LIMITS, "trace_limits"])
        self.assertEqual(self.words("trace_end", "TRACE_END_"), [*records.ENDS, "trace_ends"])

    def test_constants(self):
        self.assertIn(f"TRACE_VERSION {records.VERSION}", self.text)
        self.assertIn(f"UINT64_C({records.MAGIC:#x})", self.text)

    def test_system_calls(self):
        with open("abi/syscall.h", encoding="utf-8") as file:
            count = int(re.search(r"SYSCALL_COUNT (\d+)", file.read())[1])
        self.assertEqual(list(records.SYSCALLS), list(range(count)))
        self.assertEqual(records.SYSCALLS[1], "exit")


# --- Each format -------------------------------------------------------------------------------------

PAIR = re.compile(r'_?(\w+) = ("(?:[^"\\]|\\.)*"|-?\w+)')


def without_quotes(text):
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def babeltrace(directory, loses):
    """[(ticks, event, {field: number or text})] as babeltrace2 reads it; it warns of records that were lost."""
    done = subprocess.run(["babeltrace2", "--clock-cycles", "--no-delta", directory], capture_output=True, text=True,
                          check=False, timeout=LIMIT)
    said = [line for line in done.stderr.splitlines() if line]
    if done.returncode or len(said) > loses or any("may have discarded events" not in line for line in said):
        raise AssertionError(done.stderr)
    found = []
    for line in done.stdout.splitlines():
        match = re.fullmatch(r"\[(\d+)\] (\w+): \{ (.*) \}", line)
        if match is None:
            raise AssertionError(line)
        fields = {key: without_quotes(value) if value[0] == '"' else int(value, 0) for key, value in PAIR.findall(match[3])}
        found.append((int(match[1]), match[2], fields))
    return found


def as_ctf(trace, names):
    """The same as it should be."""
    rows = []
    for event in trace.events:
        words = names.in_words(event)
        if "object" in words:
            words |= {"object": event.fields["object"], "object_name": words["object"]}
        fields = {"thread": event.thread, "thread_name": names.thread(event.thread), **words}
        rows.append((event.time, event.name, {key: "-" if value == "" else value for key, value in fields.items()}))
    return rows


def check_chrome(case, document):
    """The schema of what ui.perfetto.dev opens, as far as it is used."""
    case.assertEqual(set(document), {"traceEvents", "displayTimeUnit", "otherData"})
    open_arrows, pieces = set(), {}
    for event in document["traceEvents"]:
        needed = {"M": {"args"}, "X": {"ts", "dur", "args"}, "i": {"ts", "s", "args"}, "C": {"ts", "args"},
                  "s": {"ts", "id", "cat"}, "f": {"ts", "id", "cat", "bp"}}[event["ph"]]
        case.assertEqual(set(event), {"ph", "pid", "tid", "name"} | needed, event)
        case.assertGreaterEqual(event.get("ts", 0), 0)
        if event["ph"] == "X":
            case.assertGreaterEqual(event["dur"], 0)
            lane = pieces.setdefault((event["pid"], event["tid"]), [])
            case.assertTrue(not lane or event["ts"] >= round(lane[-1], 3), event)  # one behind the other
            lane.append(event["ts"] + event["dur"] - 0.001)
        elif event["ph"] == "s":
            open_arrows.add(event["id"])
        elif event["ph"] == "f":
            case.assertIn(event["id"], open_arrows)


class Checks:
    """A trace in all formats; for a TestCase."""

    def check_all(self, trace, names):
        with tempfile.TemporaryDirectory() as directory:
            tracing.write(directory, trace, names)
            loses = any(event.name == "lost" for event in trace.events)
            self.assertEqual(babeltrace(os.path.join(directory, "ctf"), loses), as_ctf(trace, names))
            with open(os.path.join(directory, "trace.csv"), encoding="utf-8", newline="") as file:
                self.check_csv(trace, names, list(csv.DictReader(file)))
            with open(os.path.join(directory, "trace.txt"), encoding="utf-8") as file:
                lines = file.read().splitlines()
            with open(os.path.join(directory, "trace.json"), encoding="utf-8") as file:
                document = json.load(file)
        for event, line in zip(trace.events, lines[1:], strict=True):
            self.assertRegex(line, rf"^ *\d+\.\d{{9}} +\+\d+ {re.escape(names.thread(event.thread))} +{event.name} ")
            for key in event.fields.keys() & {"status", "priority", "release", "taken", "call", "why", "left"}:
                self.assertIn(f"{key}={event.fields[key]}", line)
        check_chrome(self, document)
        shown = [event["args"]["event"] for event in document["traceEvents"] if event["ph"] == "i" and "event" in event["args"]]
        self.assertEqual(shown, [event.name for event in trace.events if event.name in (*chrome.INSTANTS, "wake")])
        return document

    def check_csv(self, trace, names, rows):
        for event, row in zip(trace.events, rows, strict=True):
            self.assertEqual((int(row["ticks"]), row["thread"], row["event"]),
                             (event.time, names.thread(event.thread), event.name))
            self.assertEqual({key: row[key] for key in tables.COLUMNS if row[key] != ""},
                             {key: str(value) for key, value in names.in_words(event).items() if value != ""})


class Formats(Checks, unittest.TestCase):
    """Traces that are made here."""

    def test_every_record_comes_through(self):
        trace = records.parse(raw(RECORDS))
        self.assertEqual({event.name for event in trace.events}, {name for name, _ in records.KINDS.values()})
        document = self.check_all(trace, Names(trace))
        pieces = {(event["name"], event["ts"], event["dur"]) for event in document["traceEvents"] if event["ph"] == "X"}
        self.assertIn(("interrupt", 0.121, 0.004), pieces)

    def test_another_clock(self):
        trace = records.parse(raw(RECORDS[:-1] + [(200, A, what(12), 0)], frequency=62_500_000))
        self.assertEqual(trace.nanoseconds(100), 1600)
        self.check_all(trace, Names(trace))

    def test_what_each_field_means(self):
        by_name = {}
        for event in records.parse(raw(RECORDS)).events:
            by_name.setdefault(event.name, []).append(event.fields)
        self.assertEqual(by_name["irq"][0], {"left": "waits", "taken": 118, "line": records.TIMER, "missed": records.NO_SLOT,
                                              "late": 0})
        self.assertEqual(by_name["irq"][1], {"left": "waits_time", "taken": 121, "line": 33, "missed": 4, "late": 0})
        self.assertEqual((by_name["irq"][2]["line"], by_name["irq"][2]["late"]), (records.TIMER, 77))
        # The nearest moment that has these 48 bits; none is before the machine began.
        self.assertEqual([fields["until"] for fields in by_name["switch"] if fields["left"] == "waits_time"][-2:], [5000, 0])
        late = records.decode((3 << 48) + 5, A, what(1, 3, (1 << 48) - 28), 0)
        self.assertEqual(late.fields["until"], (3 << 48) - 28)
        self.assertEqual([fields["syscall"] for fields in by_name["syscall"]], [*records.SYSCALLS.values(), "unknown"])
        self.assertEqual(by_name["answer"], [{"answer": 0x10001}, {"answer": -3}])
        self.assertEqual(by_name["mark"][0], {"label": 0xffff_4008_0000_9999, "value": (1 << 64) - 1})
        self.assertEqual([fields["status"] for fields in by_name["wake"]], [0, -7])
        self.assertEqual(by_name["job"], [{"release": 1000, "deadline": 6000}, {"release": 2000, "deadline": 0}])
        self.assertEqual(by_name["fault"], [{"class": 0x25, "user": 0, "pc": 0xffff_4008_0000_1238, "address": 8},
                                            {"class": 0x24, "user": 1, "pc": 0x40_0000, "address": 0xffff_ffff_ffff_fff8}])
        self.assertEqual(by_name["spawn"][0]["entry"], 0xffff_4008_0000_1234)


# --- Runs --------------------------------------------------------------------------------------------

class Runs(Checks, unittest.TestCase):
    """The kernel's own files, of tests/tools/trace_app."""

    def run_app(self, *arguments):
        """(trace, names, directory) of ./genrt trace."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        done = subprocess.run(["./genrt", "trace", APP, "-o", directory.name, *arguments], capture_output=True, text=True,
                              check=False, timeout=LIMIT, env={**os.environ, "TOOLCHAIN": TOOLCHAIN})
        self.assertEqual(done.returncode, 0, done.stderr)
        image = tracing.elf.Image(os.path.join(ROOT, "build", f"{TOOLCHAIN}-release-{tracing.VARIANT}", "app.elf"))
        trace = records.read(os.path.join(directory.name, tracing.RAW))
        return trace, Names(trace, image), directory.name

    def rows(self, trace, names):
        return [(names.thread(event.thread).split(" (")[0], event.name, names.in_words(event)) for event in trace.events]

    def test_what_threads_do(self):
        trace, names, directory = self.run_app()
        self.check_all(trace, names)
        rows = self.rows(trace, names)
        self.assertEqual(rows[-1][1:], ("end", {"why": "exit", "lost": 0}))
        for expected in (("main", "spawn", {"priority": 20, "entry": "works", "label": "worker"}),
                         ("main", "priority", {"priority": 40}), ("main", "mark", {"label": "the \\ mark", "value": 2**64 - 1}),
                         *(("main", "call", {"call": call, "object": name}) for call, name in (
                             ("lock", "mutex"), ("unlock", "mutex"), ("send", "inbox"), ("give", "semaphore"),
                             ("take", "semaphore"), ("set", "flags"), ("wait", "flags"), ("arrive", "barrier"),
                             ("await", "condition"), ("signal", "condition"), ("broadcast", "condition"), ("read", "rwlock"),
                             ("read_unlock", "rwlock"), ("write", "rwlock"), ("write_unlock", "rwlock")))):
            self.assertIn(expected[1:] if expected[1] == "spawn" else expected,
                          [row[1:] for row in rows] if expected[1] == "spawn" else rows)
        first = rows.index(('high "one"', "call", {"call": "lock", "object": "mutex"}))
        self.assertEqual([row[:2] for row in rows[first + 1:first + 3]], [("main", "priority"), ("main", "switch")])
        self.assertIn(("limit", {"limit": "quantum"}), [row[1:] for row in rows if row[0] == "spins"])
        fault = next(row for row in rows if row[1] == "fault")
        self.assertRegex(fault[2].pop("pc"), r"^faults(\+0x[0-9a-f]+)?$")
        self.assertEqual(fault, ('high "one"', "fault", {"class": 0x25, "user": 0, "address": 8}))
        jobs = [event for event in trace.events if event.name == "job"]
        self.assertEqual(jobs[1].fields["release"] - jobs[0].fields["release"], 500_000)
        self.assertEqual(jobs[0].fields["deadline"] - jobs[0].fields["release"], 200_000)
        missed = [event for event in trace.events if event.name == "irq" and event.fields["missed"] != records.NO_SLOT]
        self.assertEqual([event.fields["missed"] for event in missed], [jobs[0].thread & 0xffff_ffff])
        self.assertTrue(0 <= missed[0].fields["taken"] - jobs[0].fields["deadline"] < 1000)
        self.assertEqual(missed[0].fields["late"], missed[0].fields["taken"] - jobs[0].fields["deadline"])
        self.check_moments(trace)
        with open(os.path.join(directory, "console.txt"), encoding="utf-8") as file:
            self.assertIn("genrt, entered at", file.read())

    def check_moments(self, trace):
        """A sleep ends with the interrupt of the timer for the moment that its switch has told."""
        away = next(index for index, event in reversed(list(enumerate(trace.events)))
                    if event.name == "switch" and event.fields["left"] == "waits_time")
        until = trace.events[away].fields["until"]
        ends = [event.fields["taken"] - event.fields["late"] for event in trace.events[away:] if event.name == "irq"]
        self.assertIn(until, ends)

    def test_system_calls(self):
        """Of processes, with what is answered at once."""
        run = run_tests.make(f"TOOLCHAIN={TOOLCHAIN}", "BUILD=release", "VARIANT=trace", "EXTRA_CFLAGS=-DCONFIG_TRACE=1",
                             "selftest.elf")
        self.assertIsNone(run, run)
        program = os.path.join(ROOT, "build", f"{TOOLCHAIN}-release-trace", "selftest.elf")
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            try:
                result = qemu.run_captured(qemu.Machine(exact=True), qemu.Start(
                    program, bootargs="case=user_rights trace=calls.bin"), LIMIT)
            finally:
                os.chdir(ROOT)
            self.assertEqual(result.status, 0, result.output)
            trace = records.read(os.path.join(directory, "calls.bin"))
        asked = {}  # thread: the name of its latest call
        answers = set()
        for event in trace.events:
            if event.name == "syscall":
                asked[event.thread] = event.fields["syscall"]
            elif event.name == "answer":
                answers.add((asked.get(event.thread), event.fields["answer"]))
        self.assertLessEqual({("handle_close", 0), ("handle_duplicate", 0x10001)}, answers)
        self.assertTrue(any(name == "handle_duplicate" and answer < 0 for name, answer in answers))
        self.assertEqual({name for name, _ in answers}, {"handle_close", "handle_duplicate"})

    def test_until_a_deadline_is_missed(self):
        trace, _, _ = self.run_app("--until", "deadline-miss")
        self.assertEqual(trace.events[-1].fields, {"why": "miss", "lost": 0})
        self.assertNotEqual(trace.events[-2].fields["missed"], records.NO_SLOT)
        self.assertEqual(sum(event.name == "job" for event in trace.events), 1)

    def test_until_a_panic(self):
        trace, names, _ = self.run_app("--bootargs", "do=panic")
        self.assertEqual([row[1:] for row in self.rows(trace, names)][-2:],
                         [("mark", {"label": "last words", "value": 1}), ("end", {"why": "panic", "lost": 0})])

    def test_a_million_and_none_lost(self):
        """A thousand marks a millisecond, next to the thread that carries them out."""
        trace, _, _ = self.run_app("--bootargs", "do=many", "--for", "9s", "--raw")
        marks = [event.fields["value"] for event in trace.events if event.name == "mark"]
        self.assertEqual(len(marks), 1_000_000)
        self.assertEqual(marks, list(range(1_000_000)))
        self.assertEqual(trace.events[-1].fields, {"why": "exit", "lost": 0})


if __name__ == "__main__":
    unittest.main()
