# SPDX-License-Identifier: MIT
"""The test runner itself: what a name selects, how failures are counted, and that no failure gets lost."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import run_tests  # noqa: E402


def named(*names):
    return [run_tests.Test(name, lambda log: None) for name in names]


class Selecting(unittest.TestCase):
    TESTS = named("unit/lib/list", "unit/lib/list_long", "qemu/boot", "qemu/boot_el2")

    def chosen(self, *names):
        return [test.name for test in run_tests.select(self.TESTS, names)]

    def test_all(self):
        self.assertEqual(len(self.chosen()), 4)

    def test_exact_before_prefix(self):
        self.assertEqual(self.chosen("unit/lib/list"), ["unit/lib/list"])

    def test_prefix(self):
        self.assertEqual(self.chosen("qemu", "unit/lib/list_"), ["unit/lib/list_long", "qemu/boot", "qemu/boot_el2"])

    def test_unknown(self):
        with self.assertRaises(LookupError):
            self.chosen("qemu", "nothing")


class Running(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.addCleanup(setattr, run_tests, "LOGS", run_tests.LOGS)
        run_tests.LOGS = os.path.join(scratch.name, "logs")

    def run_all(self, *tests):
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            counts = run_tests.run_all(list(tests))
        return counts, shown.getvalue()

    def test_counts(self):
        def bad(log):
            log.write(b"line one\nthe reason\n")
            return "it is wrong"

        counts, shown = self.run_all(run_tests.Test("a/good", lambda log: None), run_tests.Test("a/bad", bad))
        self.assertEqual(counts, (1, 1))
        self.assertIn("it is wrong", shown)
        self.assertIn("the reason", shown)

    def test_a_test_that_breaks_has_failed(self):
        counts, shown = self.run_all(run_tests.Test("a/broken", lambda log: 1 // 0))
        self.assertEqual(counts, (0, 1))
        self.assertIn("ZeroDivisionError", shown)

    def test_what_does_not_build_has_failed(self):
        self.addCleanup(setattr, run_tests, "make", run_tests.make)
        run_tests.make = lambda *words, keep_going=False: "no rule" if "bad" in words else None
        counts, shown = self.run_all(run_tests.Test("a/good", lambda log: None, ("good",)),
                                     run_tests.Test("a/bad", lambda log: None, ("bad",)))
        self.assertEqual(counts, (1, 1))
        self.assertIn("does not build", shown)
        self.assertIn("no rule", shown)

    def test_programs(self):
        with tempfile.NamedTemporaryFile(suffix=".log") as log:
            self.assertEqual(run_tests.run_program(["sh", "-c", "echo hello"], log), (b"hello\n", None))
            self.assertEqual(run_tests.run_program(["sh", "-c", "exit 3"], log), (b"", "exit status 3"))
            self.assertEqual(run_tests.run_program(["sleep", "5"], log, timeout=0.1)[1], "no end within 0.1 s")
            self.assertIn("cannot be started", run_tests.run_program(["/no/such"], log)[1])


class WholeTree(unittest.TestCase):
    """The runner in a tree of its own, with tool tests only."""

    def run_in_tree(self, scripts, *arguments):
        with tempfile.TemporaryDirectory() as tree:
            os.makedirs(os.path.join(tree, "tests", "tools"))
            os.symlink(os.path.join(ROOT, "tools"), os.path.join(tree, "tools"))
            for name, text in scripts.items():
                with open(os.path.join(tree, "tests", "tools", name), "w", encoding="utf-8") as file:
                    file.write(text)
            program = "import sys, qemu, run_tests; qemu.ROOT = sys.argv.pop(1); sys.exit(run_tests.main())"
            return subprocess.run([sys.executable, "-c", program, tree, *arguments], capture_output=True, text=True,
                                  check=False, env={**os.environ, "PYTHONPATH": os.path.join(ROOT, "tools")})

    def test_last_line_and_status(self):
        done = self.run_in_tree({"a_test.sh": "exit 0\n", "b_test.py": "raise SystemExit(1)\n"})
        self.assertEqual((done.stdout.splitlines()[-1], done.returncode), ("1 passed, 1 failed", 1))
        done = self.run_in_tree({"a_test.sh": "exit 0\n", "b_test.py": "raise SystemExit(1)\n"}, "tool/a")
        self.assertEqual((done.stdout.splitlines()[-1], done.returncode), ("1 passed, 0 failed", 0))

    def test_list(self):
        done = self.run_in_tree({"a_test.sh": "exit 1\n", "b_test.py": ""}, "--list")
        self.assertEqual((done.stdout, done.returncode), ("tool/a\ntool/b\n", 0))

    def test_unknown_name(self):
        done = self.run_in_tree({"a_test.sh": "exit 0\n"}, "tool/z")
        self.assertEqual((done.stdout, done.returncode, done.stderr.count("\n")), ("", 2, 1))

    def test_nothing_run_is_no_success(self):
        self.assertEqual(self.run_in_tree({}).returncode, 1)


if __name__ == "__main__":
    unittest.main()
