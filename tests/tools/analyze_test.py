# SPDX-License-Identifier: MIT
"""./genrt analyze: answers that were worked out by hand, malformed files with their lines, what becomes of spoiled
files, the table, the JSON and the chart. That its mathematics is right is tool/schedulability's matter."""

import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import analyze  # noqa: E402

import blocking  # noqa: E402
import report  # noqa: E402
import response  # noqa: E402
import supply  # noqa: E402
from kernel_costs import ENTRIES, Kernel, function_bound  # noqa: E402
from meaning import Reader  # noqa: E402
from task_file import Malformed, TaskFile  # noqa: E402

EXAMPLES = os.path.join(ROOT, "examples", "analysis")
LONG = bool(os.environ.get("BOUNDS_LONG"))
FUZZ_SECONDS = 60 if LONG else 8
SVG = "{http://www.w3.org/2000/svg}"
COSTS = {"release": 480, "release_below": 0, "finish": 300, "lock": 30, "unlock": 20, "send": 400, "receive": 500, "masked": 520}
NO_COSTS = "[costs]\nrelease = 0\nrelease_below = 0\nfinish = 0\nmasked = 0\nlock = 0\nunlock = 0\nsend = 0\nreceive = 0\n"


def kernel(key):
    return COSTS[key], f"bound of {key}"


def function(name):
    if name != "step":
        raise LookupError(f"no function {name}")
    return 1234


def example(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
        return file.read()


def task(name, **values):
    """The text of a [[task]]."""
    lines = [f"[[task]]\nname = \"{name}\""]
    for key, value in values.items():
        if isinstance(value, str) and not value.startswith("["):
            value = f"\"{value}\""
        lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


def answers(text):
    return analyze.analyse(text, kernel, function)[1]


def responses(text):
    return {name: answer.response for name, answer in answers(text).items()}


class ByHand(unittest.TestCase):
    def test_textbook(self):
        text = NO_COSTS + task("a", period=7, execution=3, priority=3) + task("b", period=12, execution=3, priority=2) \
            + task("c", period=20, execution=5, priority=1)
        self.assertEqual(responses(text), {"a": 3, "b": 6, "c": 20})

    def test_kernel_costs(self):
        text = task("a", period=10000, execution=1000, priority=3) + task("b", period=20000, execution=2000, priority=2)
        self.assertEqual(responses(text), {"a": 520 + 1780, "b": 520 + 2780 + 1780})

    def test_releases_below_where_they_interrupt(self):
        text = "[costs]\nrelease_below = 480\n" + task("a", period=10000, execution=1000, priority=3) \
            + task("b", period=20000, execution=2000, priority=2)
        self.assertEqual(responses(text), {"a": 520 + 1780 + 480, "b": 520 + 2780 + 1780})

    def test_equals_interrupt(self):
        text = task("a", period=10000, execution=1000, priority=3) + task("b", period=20000, execution=2000, priority=3)
        self.assertEqual(responses(text), {"a": 520 + 1780 + 2780, "b": 520 + 2780 + 1780})

    def test_time_in_words(self):
        text = "[system]\nclock_hz = 62500000\n" + NO_COSTS + task("a", period="1 ms", deadline="0.5 ms", execution="1 us", priority=1)
        system, _ = analyze.analyse(text, kernel, function)
        self.assertEqual((system.tasks[0].period, system.tasks[0].deadline, system.tasks[0].execution), (62500, 31250, 63))

    def test_bounds_become_ticks(self):
        text = "[system]\nclock_hz = 62500000\ninstructions_per_tick = 16\n" + task("a", period="1 ms", execution_of="step", priority=1)
        system, _ = analyze.analyse(text, kernel, function)
        self.assertEqual((system.tasks[0].execution, system.costs.release, system.costs.masked), (78, 30, 33))

    def test_calls_are_added_to_what_is_given_and_not_to_a_bound(self):
        rest = "[[mailbox]]\nname = \"m\"\n[[lock]]\nname = \"l\"\n"
        common = {"period": 100000, "priority": 5, "sends": "[\"m\"]", "sections": "[{ lock = \"l\", length = 10 }]"}
        for execution, expected in (({"execution": 1000}, 1000 + 400 + 50), ({"execution_of": "step"}, 1234)):
            system, _ = analyze.analyse(rest + task("a", **common, **execution), kernel, function)
            self.assertEqual(system.tasks[0].execution, expected)

    def test_inheritance(self):
        """Two less urgent tasks, two locks: each task once, and each lock once, whichever is less."""
        rest = NO_COSTS + "[[lock]]\nname = \"l\"\n[[lock]]\nname = \"m\"\n[[lock]]\nname = \"n\"\n"
        high = task("high", period=1000, execution=10, priority=9, sections="[{ lock = \"l\", length = 1 }, { lock = \"m\", length = 1 }]")
        middle = task("middle", period=1000, execution=10, priority=5)
        low = task("low", period=1000, execution=40, priority=3, sections="[{ lock = \"l\", length = 7 }, { lock = \"n\", length = 9 }]")
        lowest = task("lowest", period=1000, execution=40, priority=2, sections="[{ lock = \"l\", length = 5 }, { lock = \"m\", length = 6 }]")
        system, found = analyze.analyse(rest + high + middle + low + lowest, kernel, function)
        self.assertEqual({each.name: each.blocking for each in system.tasks}, {"high": 13, "middle": 13, "low": 6, "lowest": 0})
        self.assertEqual({name: answer.response for name, answer in found.items()}, {"high": 23, "middle": 33, "low": 66, "lowest": 100})

    def test_ceiling(self):
        """Of all sections whose ceiling reaches a task, only the longest."""
        rest = NO_COSTS + "[[lock]]\nname = \"l\"\nprotocol = \"ceiling\"\n[[lock]]\nname = \"m\"\nprotocol = \"ceiling\"\nceiling = 6\n"
        high = task("high", period=1000, execution=10, priority=9, sections="[{ lock = \"l\", length = 1 }]")
        middle = task("middle", period=1000, execution=10, priority=5)
        low = task("low", period=1000, execution=40, priority=3, sections="[{ lock = \"l\", length = 7 }, { lock = \"m\", length = 9 }]")
        lowest = task("lowest", period=1000, execution=40, priority=2, sections="[{ lock = \"l\", length = 8 }]")
        system, _ = analyze.analyse(rest + high + middle + low + lowest, kernel, function)
        self.assertEqual({each.name: each.blocking for each in system.tasks}, {"high": 8, "middle": 9, "low": 8, "lowest": 0})

    def test_edf_blocking_is_by_later_deadlines(self):
        rest = NO_COSTS + "[[lock]]\nname = \"l\"\nprotocol = \"ceiling\"\n"
        tasks = [task(name, period=period, execution=20, priority=3, order="edf", sections=f"[{{ lock = \"l\", length = {length} }}]")
                 for name, period, length in (("a", 100, 3), ("b", 200, 5), ("c", 300, 4))]
        system, _ = analyze.analyse(rest + "".join(tasks), kernel, function)
        self.assertEqual([each.blocking for each in system.tasks], [5, 4, 0])

    def test_edf_response(self):
        """By 10 only what comes from above and 4 are done, at 6; by 12 everything, at 9: that is 3 before, for both of them."""
        text = NO_COSTS + task("a", period=50, deadline=10, execution=4, priority=3, order="edf") \
            + task("b", period=50, deadline=12, execution=3, priority=3, order="edf") + task("c", period=20, execution=2, priority=9)
        self.assertEqual(responses(text), {"a": 10 - 3, "b": 12 - 3, "c": 2})

    def test_mailboxes_hand_lateness_on(self):
        """The receiver's response counts from its sender's release: 30 until the message, then 10 and 20 of what is above."""
        text = NO_COSTS + "[[mailbox]]\nname = \"m\"\n" + task("first", period=100, execution=10, priority=3, sends="[\"m\"]") \
            + task("second", receives="m", deadline=90, execution=10, priority=1) + task("other", period=100, execution=20, priority=5)
        found = answers(text)
        self.assertEqual({name: answer.response for name, answer in found.items()}, {"first": 30, "second": 30 + 10 + 10 + 20, "other": 20})
        self.assertTrue(found["second"].holds)

    def test_server(self):
        """Worst: two gaps of 6, 4 of budget, a gap, and 1 more."""
        text = NO_COSTS + "[[server]]\nname = \"s\"\nbudget = 4\nperiod = 10\npriority = 2\n" + task("a", period=60, execution=5, server="s")
        self.assertEqual(responses(text), {"s": 4, "a": 6 + 6 + 4 + 6 + 1})
        late = text.replace("period = 60", "period = 60\ndeadline = 22")
        self.assertEqual([answer.holds for answer in answers(late).values()], [True, False])

    def test_server_that_is_late_supplies_nothing(self):
        text = NO_COSTS + "[[server]]\nname = \"s\"\nbudget = 4\nperiod = 10\npriority = 2\n" + task("a", period=90, execution=5, server="s") \
            + task("above", period=20, execution=13, priority=9)
        found = answers(text)
        self.assertFalse(found["s"].holds)
        self.assertIn("its server", found["a"].why)

    def test_releases_of_a_servers_tasks_interrupt(self):
        text = "[[server]]\nname = \"s\"\nbudget = 4000\nperiod = 40000\npriority = 2\n" + task("a", period=90000, execution=500, server="s") \
            + task("above", period=20000, execution=1000, priority=9) + task("below", period=50000, execution=900, priority=1)
        self.assertEqual(responses("[costs]\nrelease_below = 480\n" + text)["above"], 520 + 1780 + 3 * 480)
        found = responses(text)
        self.assertEqual(found["above"], 520 + 1780)
        self.assertEqual(found["below"], 520 + 1680 + 4780 + 1780 + 480)

    def test_least_supply(self):
        """Against a budget that is given tick by tick: as early as can be, and from then on as late."""
        for budget, period in ((1, 1), (1, 5), (3, 7), (4, 4), (5, 11)):
            given = [tick for start in range(period, 30 * period, period) for tick in range(start + period - budget, start + period)]
            for work in range(1, 25):
                self.assertEqual(supply.needs(work, budget, period), given[work - 1] + 1 - budget, (work, budget, period))

    def test_overload_is_told(self):
        text = NO_COSTS + task("a", period=10, execution=6, priority=3, order="edf") + task("b", period=10, execution=6, priority=3, order="edf") \
            + task("c", period=1000, execution=1, priority=1)
        self.assertTrue(all("more than the CPU" in answer.why for answer in answers(text).values()))


# (what a file says, the line that is told, words of the reason)
GOOD = task("a", period=1000, execution=10, priority=3)  # five lines
MALFORMED = [
    ("", None, "no [[task]]"),
    ("[[task]\n", 1, "Expected"),
    ("a = \"b\n\"", 1, "Illegal character"),
    (GOOD + "[[tusk]]\n", 6, "unknown table 'tusk'"),
    ("[task]\nname = \"a\"\n", 1, "write [[task]]"),
    ("system = 3\n" + GOOD, 1, "'system' is not a table"),
    (GOOD + "perod = 5\n", 6, "unknown key 'perod'"),
    (GOOD + "[[task]]\nperiod = 5\n", 6, "no name"),
    (GOOD + GOOD, 7, "the name 'a'"),
    (GOOD.replace("\"a\"", "7"), 2, "is not a name"),
    (GOOD.replace("\"a\"", "\" \""), 2, "is not a name"),
    (GOOD.replace("period = 1000", ""), 1, "no period"),
    (GOOD.replace("1000", "0"), 3, "0 ticks are not from 1"),
    (GOOD.replace("1000", "-5"), 3, "-5 ticks"),
    (GOOD.replace("1000", "10.5"), 3, "not a length of time"),
    (GOOD.replace("1000", "true"), 3, "not a length of time"),
    (GOOD.replace("1000", "\"10 weeks\""), 3, "not a length of time"),
    (GOOD.replace("1000", "\"1.5 ticks\""), 3, "not a length of time"),
    (GOOD.replace("1000", str(1 << 48)), 3, "ticks are not from"),
    (GOOD + "deadline = 0\n", 6, "deadline: 0 ticks"),
    (GOOD.replace("execution = 10", ""), 1, "one of execution and execution_of"),
    (GOOD + "execution_of = \"step\"\n", 6, "one of execution and execution_of"),
    (GOOD.replace("execution = 10", "execution_of = \"stop\""), 4, "no function stop"),
    (GOOD.replace("= 10\n", "= 1001\n"), 4, "more than the period"),
    (GOOD.replace("execution = 10", "execution_of = \"step\""), 4, "more than the period"),
    (GOOD.replace("priority = 3", ""), 1, "no priority"),
    (GOOD.replace("= 3\n", "= 64\n"), 5, "a whole number from 0 to 63"),
    (GOOD.replace("= 3\n", "= -1\n"), 5, "a whole number from 0 to 63"),
    (GOOD.replace("= 3\n", "= \"high\"\n"), 5, "a whole number"),
    (GOOD + "order = \"lifo\"\n", 6, "not one of: fixed, edf"),
    (GOOD + task("b", period=9, execution=1, priority=3, order="edf"), 11, "order fixed already"),
    (GOOD + "sections = [{ lock = \"bus\", length = 5 }]\n", 6, "no [[lock]] has the name 'bus'"),
    (GOOD + "sections = [{ lock = \"bus\" }]\n[[lock]]\nname = \"bus\"\n", 6, "no length"),
    (GOOD + "sections = [{ lock = \"bus\", length = 5, size = 1 }]\n[[lock]]\nname = \"bus\"\n", 6, "unknown key 'size'"),
    (GOOD + "sections = [{ lock = \"bus\", length = 70 }]\n[[lock]]\nname = \"bus\"\n", 6, "longer together"),
    (GOOD + "sections = 5\n", 6, "not a list of tables"),
    (GOOD + "[[lock]]\nname = \"bus\"\nprotocol = \"none\"\n", 8, "not one of: inherit, ceiling"),
    (GOOD + "[[lock]]\nname = \"bus\"\nceiling = 3\n", 8, "this lock inherits"),
    (GOOD + "sections = [{ lock = \"b\", length = 5 }]\n[[lock]]\nname = \"b\"\nprotocol = \"ceiling\"\nceiling = 2\n", 10, "2 is not from 3"),
    (GOOD + "order = \"edf\"\nsections = [{ lock = \"b\", length = 5 }]\n" + GOOD.replace("\"a\"", "\"other\"") +
     "order = \"edf\"\nsections = [{ lock = \"b\", length = 5 }]\n[[lock]]\nname = \"b\"\n", None, "no deadline is inherited"),
    (GOOD.replace("= 3\n", "= 63\norder = \"edf\"\n") + "sections = [{ lock = \"b\", length = 5 }]\n[[lock]]\nname = \"b\"\nprotocol = \"ceiling\"\n", 8,
     "above an EDF level"),
    (GOOD + "sends = [\"m\"]\n", 6, "no [[mailbox]] has the name 'm'"),
    (GOOD + "sends = \"m\"\n", 6, "not a list of names"),
    (GOOD + "receives = \"m\"\n[[mailbox]]\nname = \"m\"\n", 3, "released by who sends"),
    (GOOD.replace("period = 1000", "receives = \"m\"") + "[[mailbox]]\nname = \"m\"\n", 3, "0 tasks send to 'm'"),
    (GOOD.replace("period = 1000", "receives = \"m\"\nsends = [\"m\"]") + "[[mailbox]]\nname = \"m\"\n", 3, "in a circle"),
    (GOOD + "server = \"s\"\n", 5, "has that of its server"),
    (GOOD.replace("priority = 3", "server = \"s\""), 5, "no [[server]] has the name 's'"),
    (GOOD + "[[server]]\nname = \"s\"\nperiod = 10\npriority = 3\n", 6, "no budget"),
    (GOOD + "[[server]]\nname = \"s\"\nbudget = 11\nperiod = 10\npriority = 3\n", 8, "more than the period"),
    (GOOD + "[[server]]\nname = \"a\"\nbudget = 1\nperiod = 10\npriority = 3\n", 7, "a task and a server"),
    ("[costs]\nrelease = 5\nrelease_below = 6\n" + GOOD, 3, "no part of release"),
    ("[costs]\nrelease = 5\nrelease_below = 1\nmasked = 3\n" + GOOD, 4, "a release is a masked stretch"),
    ("[costs]\nrelaese = 5\n" + GOOD, 2, "unknown key 'relaese'"),
    ("[system]\nclock_hz = 0\n" + GOOD, 2, "clock_hz"),
    ("[system]\nclock_hz = 62500000\n" + GOOD, None, "instructions_per_tick"),
]


class Told(unittest.TestCase):
    def test_line_and_reason(self):
        for text, line, words in MALFORMED:
            with self.subTest(words=words, text=text):
                with self.assertRaises(Malformed) as caught:
                    answers(text)
                said = str(caught.exception)
                self.assertIn(words, said)
                if line:
                    self.assertTrue(said.startswith(f"line {line}: "), said)

    def test_costs_that_the_kernel_has_not(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "bounds.json")
            missing = Kernel(path)
            with self.assertRaisesRegex(LookupError, "No such file.*genrt bounds"):
                missing.cost("release")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"entries": {"vector_thread_irq": {"bound": 479}}, "masked_max": {"bound": 522}}, file)
            present = Kernel(path)
            self.assertEqual(present.cost("release"), (479, "bound of vector_thread_irq"))
            self.assertEqual(present.cost("masked"), (522, "bound of masked_max"))
            self.assertEqual(present.cost("release_below"), (0, "a release waits for whoever is above it"))
            with self.assertRaisesRegex(LookupError, "no 'mutex_lock_until'"):
                present.cost("lock")
            with self.assertRaisesRegex(Malformed, "thread_sleep_until.*give it as finish"):
                analyze.analyse(GOOD, present.cost, function)

    def test_entries_are_calls_of_this_kernel(self):
        with open(os.path.join(ROOT, "bounds.budget"), encoding="utf-8") as file:
            known = {line.split(" ", 1)[1].rsplit(" ", 1)[0] for line in file if line.startswith("gcc ")}
        later = {"mutex_lock_until", "mutex_unlock"}
        self.assertEqual(set(ENTRIES.values()) - known - later, set())


    def test_config_has_costs_that_are_bounds(self):
        """What the kernel's own test is given (config.h): not below the bounds of either compiler, nor a third above."""
        with open(os.path.join(ROOT, "bounds.budget"), encoding="utf-8") as file:
            bounds = [line.split() for line in file if not line.startswith("#")]
        with open(os.path.join(ROOT, "config.h"), encoding="utf-8") as file:
            config = dict(re.findall(r"#define (CONFIG_ADMISSION_\w+) +(\d+)$", file.read(), re.MULTILINE))
        for name, entry in (("RELEASE", ENTRIES["release"]), ("FINISH", ENTRIES["finish"]), ("MASKED", "masked_max")):
            agreed = [int(row[-1]) for row in bounds if row[1] == entry]
            self.assertEqual(len(agreed), 2, entry)
            cost = int(config["CONFIG_ADMISSION_" + name])
            self.assertTrue(max(agreed) <= cost <= max(agreed) * 4 // 3, f"CONFIG_ADMISSION_{name} is {cost}, {entry} {agreed}")


class Fuzz(unittest.TestCase):
    """Files that were spoiled: an answer or a reason, and soon; never anything else."""

    WORDS = ["[[task]]", "[costs]", "name", "=", "\"", "{", "}", "[", "]", "\n", "-1", "0", "1", "63", "64", "281474976710656", "1e9", "true", "\"a\"",
             "period", "edf", "server", "receives", "\"1 us\"", "\"0.000000001 s\"", "#", "\\", "\x00", "é", "'''", "2026-01-01"]

    def spoil(self, chance, text):
        for _ in range(chance.randint(1, 4)):
            kind, at = chance.randint(0, 5), chance.randint(0, len(text))
            lines = text.split("\n")
            which = chance.randrange(len(lines))
            if kind == 0:
                text = text[:at] + chance.choice(self.WORDS) + text[at:]
            elif kind == 1:
                text = text[:at] + text[at + chance.randint(1, 20):]
            elif kind == 2:
                lines[which:which + 1] = [lines[which]] * 2
                text = "\n".join(lines)
            elif kind == 3:
                del lines[which]
                text = "\n".join(lines)
            elif kind == 4 and "=" in lines[which]:
                lines[which] = lines[which].split("=")[0] + "= " + chance.choice(self.WORDS)
                text = "\n".join(lines)
            else:
                other = chance.randrange(len(lines))
                lines[which], lines[other] = lines[other], lines[which]
                text = "\n".join(lines)
        return text

    def test_spoiled(self):
        seeds = [example(name) for name in sorted(os.listdir(EXAMPLES)) if name.endswith(".toml")]
        seeds += [text for text, _, _ in MALFORMED]
        chance, kinds = random.Random(7), {"holds": 0, "late": 0, "malformed": 0}
        steps, response.STEPS_MAX = response.STEPS_MAX, 2000
        end = time.monotonic() + FUZZ_SECONDS
        try:
            while time.monotonic() < end:
                text = self.spoil(chance, chance.choice(seeds[:2] if chance.random() < 0.7 else seeds))
                begin = time.monotonic()
                try:
                    system, found = analyze.analyse(text, kernel, function)
                    made = report.data(system, found)
                    report.table(made)
                    xml.etree.ElementTree.fromstring(report.chart(made, "fuzz"))
                    kinds["holds" if made["holds"] else "late"] += 1
                except Malformed as error:
                    self.assertTrue(str(error).strip(), text)
                    kinds["malformed"] += 1
                except Exception as error:
                    raise AssertionError(f"{type(error).__name__}: {error}; the file:\n{text}") from error
                self.assertLess(time.monotonic() - begin, 20, text)
        finally:
            response.STEPS_MAX = steps
        print(f"# spoiled files: {kinds}")
        self.assertTrue(all(count > 20 for count in kinds.values()), kinds)


class Program(unittest.TestCase):
    def run_it(self, *arguments, bounds=True):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "bounds.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"entries": {name: {"bound": COSTS[key]} for key, name in ENTRIES.items()}, "masked_max": {"bound": COSTS["masked"]}}, file)
            return subprocess.run([sys.executable, os.path.join(ROOT, "tools", "analyze.py"), *arguments, *(["--bounds", path] if bounds else [])],
                                  capture_output=True, text=True, check=False, cwd=directory)

    def test_exit_status_and_last_line(self):
        for name, status, last in (("robot.toml", 0, "every deadline holds"), ("overload.toml", 1, "1 of 3 cannot be said to hold")):
            done = self.run_it(os.path.join(EXAMPLES, name))
            self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (status, last), done.stderr)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "bad.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(GOOD.replace("= 3\n", "= 99\n"))
            done = self.run_it(path)
            self.assertEqual((done.returncode, done.stdout, done.stderr.startswith(f"{path}: line 5: priority")), (2, "", True), done.stderr)
            with open(path, "wb") as file:
                file.write(b"# \xff\n")
            done = self.run_it(path)
            self.assertEqual((done.returncode, done.stderr), (2, f"{path}: line 1: not UTF-8\n"))
        self.assertEqual(self.run_it("nothing.toml").returncode, 2)

    def test_front_door(self):
        """./genrt names files from where it is called, and has the same exit status."""
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "set.toml"), "w", encoding="utf-8") as file:
                file.write(NO_COSTS + GOOD)
            for arguments, status in ((["set.toml"], 0), (["set.toml", "--json", "--plot", "set.svg"], 0), (["none.toml"], 2), (["--what"], 2), ([], 2)):
                done = subprocess.run([os.path.join(ROOT, "genrt"), "analyze", *arguments], capture_output=True, text=True, check=False, cwd=directory)
                self.assertEqual(done.returncode, status, done.stderr)
            self.assertTrue(os.path.exists(os.path.join(directory, "set.svg")))

    def test_json_is_what_the_table_says(self):
        path = os.path.join(EXAMPLES, "robot.toml")
        found = json.loads(self.run_it(path, "--json").stdout)
        lines = self.run_it(path).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines[1:1 + len(found["tasks"])]], [row["name"] for row in found["tasks"]])
        for line, row in zip(lines[1:], found["tasks"]):
            for key in ("period", "deadline", "response", "margin"):
                self.assertIn(f"{row[key]:,}", line)
        self.assertEqual(found["costs"]["release"], {"ticks": 480, "from": "bound of vector_thread_irq"})
        self.assertEqual(found["costs"]["lock"], {"ticks": 30, "from": "bound of mutex_lock_until"})
        given = json.loads(self.run_it(os.path.join(EXAMPLES, "overload.toml"), "--json").stdout)
        self.assertEqual(given["costs"]["lock"], {"ticks": 320, "from": "the file"})
        self.assertTrue(found["holds"] and 0 < found["load"] < 1)

    def test_chart(self):
        """A bar for each task, as long as its share of the deadline, and marked where it is too long."""
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "chart.svg")
            done = self.run_it(os.path.join(EXAMPLES, "overload.toml"), "--plot", path, "--json")
            rows = json.loads(done.stdout)["tasks"]
            with open(path, encoding="utf-8") as file:
                text = file.read()
        bars = [bar for bar in xml.etree.ElementTree.fromstring(text).iter(SVG + "rect") if bar.get("class") == "bar"]
        self.assertEqual(len(bars), len(rows))
        scale = float(bars[0].get("width")) / (rows[0]["response"] / rows[0]["deadline"])
        for bar, row in zip(bars, rows):
            if row["response"] is not None and row["response"] < row["deadline"]:
                self.assertAlmostEqual(float(bar.get("width")), scale * row["response"] / row["deadline"], delta=0.05)
            self.assertIn(row["name"], bar.find(SVG + "title").text)
        self.assertEqual(len({bar.get("fill") for bar, row in zip(bars, rows) if row["holds"]}
                             & {bar.get("fill") for bar, row in zip(bars, rows) if not row["holds"]}), 0)
        for outside in ("<script", "href", "url(", "@import"):
            self.assertNotIn(outside, text)

    def test_bound_of_a_function(self):
        """From an image, as bounds.budget has it for the call of that name."""
        toolchain = os.environ.get("TOOLCHAIN") or "gcc"
        elf = os.path.join(ROOT, "build", f"{toolchain}-release", "evidence.elf")
        with open(os.path.join(ROOT, "bounds.budget"), encoding="utf-8") as file:
            agreed = {line.split()[1]: int(line.split()[2]) for line in file if line.startswith(toolchain + " mailbox_try")}
        self.assertEqual(function_bound(elf, "mailbox_try_send"), agreed["mailbox_try_send"])
        for name, words in (("no_such_function", "no function"), ("idle_main", "does not come back")):
            with self.assertRaisesRegex(LookupError, words):
                function_bound(elf, name)
        with self.assertRaisesRegex(LookupError, "--elf"):
            function_bound(None, "mailbox_try_send")


class Examples(unittest.TestCase):
    def test_numbers_decide(self):
        """A little more execution, and the example does not hold: its margins are real."""
        system = Reader(TaskFile(example("robot.toml")), kernel, function).system()
        blocking.fill(system)
        longer = copy.deepcopy(system)
        next(each for each in longer.tasks if each.name == "control").execution += 150_000
        self.assertTrue(all(answer.holds for answer in response.everything(system.tasks, system.costs).values()))
        self.assertFalse(all(answer.holds for answer in response.everything(longer.tasks, longer.costs).values()))


if __name__ == "__main__":
    unittest.main()
