# SPDX-License-Identifier: MIT
"""The account of a late wake is exact where its parts are known by construction; and what ./genrt explain says, also if
there is nothing to explain."""

import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tools", *name) for name in ((), ("explain",), ("observe",), ("bounds",))]
import account  # noqa: E402
import answer  # noqa: E402
import qemu  # noqa: E402
import qemu_cases  # noqa: E402
import recording  # noqa: E402
import run  # noqa: E402
import subject  # noqa: E402
import tap  # noqa: E402

os.chdir(ROOT)
TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
SELFTEST = os.path.join("build", f"{TOOLCHAIN}-release", "selftest.elf")
LIMIT = 300  # seconds for anything here
# As in tests/qemu/explain_cases.c.
HIGH_RUNS = 2 * 700 + 4
MASKED = 2 * 400 + 3  # works_masked(), behind the instruction that masks

STRETCH, NAME = 3, 5  # tools/observe/schedule.h


def make(*arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    subprocess.run(["make", "-s", f"TOOLCHAIN={TOOLCHAIN}", *arguments], check=True, env=environment)


def setUpModule():
    make(subject.PLUGIN, "selftest.elf")


# --- Runs ------------------------------------------------------------------------------------------

def case_named(text):
    with open(qemu_cases.CASES_FILE, encoding="utf-8") as file:
        return next(case for case in qemu_cases.parse(file.read()) if case.name == text)


def recorded_case(text, **more):
    machine, start = qemu_cases.prepare(case_named(text), TOOLCHAIN)
    return run.record(machine, start, LIMIT, **more)


class Constructed(unittest.TestCase):
    """tests/qemu/explain_cases.c: the guest's own clock, and instructions that are counted in its source."""

    @classmethod
    def setUpClass(cls):
        cls.recorded = recorded_case("explain")
        cls.said = {}
        for line in tap.records(cls.recorded.result.output):
            match = re.fullmatch(r"record (explain_\w+) (\d+)", line)
            if match:
                cls.said[match[1]] = int(match[2])
        cls.answer = answer.Answer(cls.recorded)

    def account(self, thread_name):
        found = self.answer.choose(thread_name, 1)[2]
        self.assertEqual(found.left_over, 0)
        return found, {(row.kind, row.what): ticks for row, ticks in found.ticks.items()}

    def test_masked_then_higher_then_the_way(self):
        alone, own = self.account("alone")
        # `mrs` is the first instruction, and reads the clock as it is behind it.
        self.assertEqual(alone.wake.late, self.said["explain_alone_began"] - self.said["explain_alone_due"] - 1)
        self.assertEqual(own, {("kernel", "interrupt, the way to it"): alone.wake.late})
        found, parts = self.account("late")
        self.assertEqual(found.wake.due, self.said["explain_due"])
        self.assertEqual(found.wake.late, self.said["explain_began"] - self.said["explain_due"] - 1)
        call = parts.pop(("above", "task_call_sleep"))
        self.assertEqual(parts, {
            ("masked", "works_masked"): self.said["explain_masked_end"] - self.said["explain_due"] + 1,
            ("above", "runs"): HIGH_RUNS,
            ("kernel", "interrupt"): alone.wake.late,
            ("kernel", "interrupt, the way to it"): alone.wake.late})
        self.assertEqual(call, found.wake.late - sum(parts.values()))
        self.assertEqual({row.thread[0] for row in found.ticks if row.thread}, {"main", "high"})

    def test_the_higher_one_waits_for_the_mask_only(self):
        _, parts = self.account("high")
        self.assertEqual(set(parts), {("masked", "works_masked"), ("kernel", "interrupt, the way to it")})
        self.assertEqual(parts["masked", "works_masked"], self.account("late")[1]["masked", "works_masked"])

    def test_a_line(self):
        found, parts = self.account("server")
        self.assertEqual(found.wake.why, "line")
        self.assertEqual(set(parts), {("masked", "triggers_masked"), ("kernel", "interrupt, the way to it")})
        # From the store to what reads the clock there are some returns; then it is as above.
        returns = self.said["explain_line_triggered"] - 1 - found.wake.due
        self.assertEqual(returns, self.returns())
        self.assertEqual(parts["masked", "triggers_masked"] - returns,
                         self.said["explain_line_masked_end"] - self.said["explain_line_triggered"] + 2)

    def returns(self):
        """Instructions behind the store that triggers a line, to the one that reads the clock: a straight way."""
        def words(name):
            function = self.recorded.image.by_name[name]
            return [self.recorded.image.word(address) for address in range(function.address, function.end, 4)]

        def to_return(found, start):
            return found[start:].index(0xd65f03c0)

        writer, caller, outer = words("gicv2_trigger"), words("irq_trigger"), words("triggers_masked")
        store = max(index for index, word in enumerate(writer) if word & 0xffc00000 == 0xb9000000)
        calls = [index for index, word in enumerate(caller) if word >> 26 == 0x25]  # none: it ends in a branch
        call = next(index for index, word in enumerate(outer) if word >> 26 == 0x25)
        clock = next(index for index, word in enumerate(outer) if word & ~31 == 0xd53be040)
        return to_return(writer, store) + sum(to_return(caller, index) for index in calls) + clock - call - 1

    def test_a_peer_that_masks(self):
        found, parts = self.account("behind")
        self.assertEqual(parts.pop(("masked", "works_masked")), MASKED)
        self.assertEqual({row.thread[0] for row in found.ticks if row.thread}, {"peer"})
        self.assertEqual({kind for kind, _ in parts}, {"level", "kernel"})

    def test_an_account_without_a_stretch_is_another(self):
        """The figures above hold because the stretches were recorded, not because something adds up."""
        size, data = recording.RECORD.size, self.recorded.data
        names, kept = 0, []
        for at in range(0, len(data), size):
            kind, _, _, length = recording.RECORD.unpack(data[at:at + size])[:4]
            if names or kind != STRETCH:
                kept.append(data[at:at + size])
            names = names - 1 if names else -(-length // size) if kind == NAME else 0
        schedule = recording.Recording(b"".join(kept))
        accountant = account.Accountant(schedule, self.recorded.image)
        late = next(wake for wake in schedule.wakes if schedule.name(wake.frame, wake.at_began)[0] == "late")
        found = accountant.account(late)
        self.assertEqual((found.of_kind("masked"), found.left_over), (0, 0))
        self.assertGreater(found.of_kind("below"), 400)

    def test_watching_changes_nothing(self):
        machine, start = qemu_cases.prepare(case_named("explain"), TOOLCHAIN)
        plain = qemu.run_captured(machine, start, LIMIT)
        self.assertEqual((plain.output, plain.status), (self.recorded.result.output, self.recorded.result.status))


# --- The command -----------------------------------------------------------------------------------

def genrt(*arguments, cwd=ROOT):
    """Runs it, and looks whether it leaves a file behind."""
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([os.path.join(ROOT, "genrt"), "explain", *arguments], stdin=subprocess.DEVNULL, cwd=cwd,
                              capture_output=True, text=True, timeout=LIMIT, check=False,
                              env={**os.environ, "TMPDIR": scratch})
        assert os.listdir(scratch) == [], os.listdir(scratch)
    return done


class Command(unittest.TestCase):
    def refused(self, status, words, *arguments):
        done = genrt(*arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""))
        self.assertRegex(done.stderr, words)
        self.assertNotIn("Traceback", done.stderr)

    def test_the_table(self):
        done = genrt("explain", "--thread", "late")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^thread 'late' \(\d+\.\d+\), priority 40: wake 1 of 1$")
        self.assertRegex(done.stdout, r"(?m)^ +1,404  runs  'high' \(\d+\.\d+\), priority 41$")
        whole = re.search(r"([\d,]+) ticks late", done.stdout)[1]
        self.assertRegex(done.stdout, rf"(?m)^ *{whole}  sum; 0 left over$")

    @unittest.skipUnless(TOOLCHAIN == "gcc", "the example was printed with GCC")
    def test_the_document(self):
        with open(os.path.join("docs", "explain.md"), encoding="utf-8") as file:
            printed = re.search(r"```\n(thread 'late'.*?)```", file.read(), re.DOTALL)[1]
        plain = [re.sub(r"[\d,]+", "N", " ".join(text.split()))
                 for text in (printed, genrt("explain", "--thread", "late").stdout)]
        self.assertEqual(*plain)

    def test_json_by_id_and_number(self):
        named = json.loads(genrt("qemu/explain", "--thread", "late", "--wake", "worst", "--json").stdout)
        ident = "{1}.{2}".format(*named["thread"])
        found = json.loads(genrt("explain", "--thread", ident, "--wake", "1", "--json").stdout)
        self.assertEqual(found, named)
        self.assertEqual((sum(row["ticks"] for row in found["rows"]), found["sum"], found["left_over"]),
                         (found["late"], found["late"], 0))
        self.assertEqual(found["began"] - found["due"], found["late"])

    def test_all_threads(self):
        self.assertRegex(genrt("explain").stdout, r"(?m)^'high' \(\d+\.\d+\) +41 +2 +1 +\d{3}$")
        threads = json.loads(genrt("explain", "--json").stdout)["threads"]
        self.assertLessEqual({"main", "late", "high", "alone", "server"}, {row["thread"][0] for row in threads})

    def test_an_application(self):
        arguments = ("--thread", "interrupt", "--bootargs", "log=error period=2", "--json")
        built = json.loads(genrt("thread-metric/.", *arguments, cwd=os.path.join(ROOT, "examples")).stdout)
        self.assertEqual(built["left_over"], 0)
        program = os.path.join("build", f"{TOOLCHAIN}-release", "app.elf")
        self.assertEqual(json.loads(genrt(program, *arguments).stdout), built)

    def test_nothing_to_explain(self):
        self.refused(1, "no thread 'nobody'; there is .*late", "explain", "--thread", "nobody")
        self.refused(1, "no wake 2 of 'late': there are 1$", "explain", "--thread", "late", "--wake", "2")
        self.refused(1, r"no thread waited and ran again up to the limit, tick 1000\d\d$",
                     "explain", "--ticks", "100000")
        self.refused(1, r"no thread 'late' up to the limit, tick 60\d{4}; there is", "explain", "--thread", "late",
                     "--ticks", "600_000")
        self.refused(1, "thread 'idle' never waited and ran again$", "explain", "--thread", "idle")

    def test_wrong_arguments(self):
        self.refused(2, "no case 'explains'.*; close to it: .*explain", "explains")
        self.refused(2, "neither a case, a directory, nor a program", "no/such.elf")
        self.refused(2, "of which thread", "explain", "--wake", "1")
        self.refused(2, "only for an application", "explain", "--bootargs", "log=error")
        self.refused(2, "exact=no", next(case for case in self.cases() if case.keys["exact"] == "no").name)
        self.refused(2, "smp=", next(case for case in self.cases() if case.keys["smp"] != "1").name)
        for wake in ("0", "-1", "last", "1.5"):
            self.refused(2, "--wake", "explain", "--thread", "late", f"--wake={wake}")
        for ticks in ("0", "-5", "many", str(1 << 62)):
            self.refused(2, "--ticks", "explain", f"--ticks={ticks}")

    @staticmethod
    def cases():
        with open(qemu_cases.CASES_FILE, encoding="utf-8") as file:
            return qemu_cases.parse(file.read())

    def test_programs_that_tell_nothing(self):
        with tempfile.TemporaryDirectory() as directory:
            stripped, no_debug, no_elf = (os.path.join(directory, f"{word}.elf")
                                           for word in ("stripped", "bare", "text"))
            for option, path in (("--strip-all", stripped), ("--strip-debug", no_debug)):
                subprocess.run(["aarch64-linux-gnu-objcopy", option, SELFTEST, path], check=True)
            with open(no_elf, "w", encoding="utf-8") as file:
                file.write("not a program")
            self.refused(1, "no symbols of functions", stripped)
            self.refused(1, "bare.elf has no debug information of the kernel: No struct type named thread", no_debug)
            self.refused(1, "not an ELF file", no_elf)

    def test_a_run_that_does_not_end(self):
        with self.assertRaisesRegex(run.RunError, "no end within 2 s"):
            run.record(qemu.Machine(exact=True), self.endless(), 2)

    def test_who_ends_it_ends_all(self):
        with tempfile.TemporaryDirectory() as scratch:
            process = subprocess.Popen(
                [os.path.join(ROOT, "genrt"), "explain", self.endless().program, "--ticks", str(1 << 60)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env={**os.environ, "TMPDIR": scratch, "TOOLCHAIN": TOOLCHAIN})
            end = time.monotonic() + LIMIT
            while not glob.glob(os.path.join(scratch, "explain-*", "schedule")) and time.monotonic() < end:
                time.sleep(0.05)
            process.terminate()
            process.communicate(timeout=LIMIT)  # QEMU does not hold its output any more, nor its files
            self.assertEqual((process.returncode, os.listdir(scratch)), (128 + signal.SIGTERM, []))

    def endless(self):
        """The demo goes on for ever."""
        make("genrt.elf")
        return qemu.Start(os.path.join("build", f"{TOOLCHAIN}-release", "genrt.elf"))


if __name__ == "__main__":
    unittest.main()
