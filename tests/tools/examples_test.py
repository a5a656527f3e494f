# SPDX-License-Identifier: MIT
"""The applications of examples/ build outside the kernel's lists of sources, run, and say what they should."""

import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import qemu  # noqa: E402
import tap  # noqa: E402

VARIANT = "examples"  # a build of its own: app.elf is whatever was built last
TIMEOUT = 120
ROW = re.compile(r"record thread_metric (\w+) (\d+) (\d+) (\d+) (\d+) (\d+)$")

# Instructions a round, at most: a tenth above what was measured. Figures of the kernel's own paths: bench/.
THREAD_METRIC = {"cooperative": 67, "preemptive": 222, "message": 129, "synchronization": 52, "memory": 72,
                "interrupt": 630, "interrupt_preemption": 404}


def build(name):
    """The program of examples/NAME."""
    toolchain = os.environ.get("TOOLCHAIN") or "gcc"
    done = subprocess.run(["make", f"APP=examples/{name}", f"VARIANT={VARIANT}", f"TOOLCHAIN={toolchain}", "BUILD=release", "app.elf"],
                          cwd=ROOT, env={**os.environ, "MAKEFLAGS": ""}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=600)
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode(errors="replace"))
    return f"build/{toolchain}-release-{VARIANT}/app.elf", toolchain


def rows(output):
    """{workload: [rounds, instructions a round, least, most, errors]}"""
    found = {}
    for line in tap.records(output):
        match = ROW.match(line)
        if match:
            found[match[1]] = [int(number) for number in match.groups()[1:]]
    return found


class ThreadMetric(unittest.TestCase):
    def setUp(self):
        os.chdir(ROOT)

    def test_each_workload_runs_without_an_error(self):
        program, toolchain = build("thread-metric")
        start = qemu.Start(program, bootargs="log=error period=20")
        result = qemu.run_captured(qemu.Machine(exact=True), start, TIMEOUT)
        self.assertEqual(result.status, 0, result.output)
        found = rows(result.output)
        self.assertEqual(set(found), set(THREAD_METRIC))
        for name, (rounds, each, least, most, errors) in found.items():
            with self.subTest(name):
                self.assertEqual(errors, 0)
                self.assertGreater(rounds, 1000)
                # Who takes turns stays together; the urgent thread has one more, from before it is first suspended.
                self.assertLessEqual(most - least, 2 if name == "interrupt_preemption" else 1)
                if toolchain == "gcc":
                    self.assertLessEqual(each, THREAD_METRIC[name])


if __name__ == "__main__":
    unittest.main()
