# SPDX-License-Identifier: MIT
"""Completion for bash: what it offers is what the front door takes."""

import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def completed(*words, directory=ROOT, program="./genrt"):
    """What bash would offer for the last word."""
    script = ('source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _genrt; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, os.path.join(ROOT, "tools", "completion.bash"), program, *words],
                          cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
    if done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout.split()


class Completion(unittest.TestCase):
    def test_verbs(self):
        self.assertEqual(completed("rep"), ["replay"])
        listing = subprocess.run(["./genrt", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        verbs = [line.split()[0] for line in listing.splitlines() if line.startswith("  ")]
        self.assertEqual(completed(""), verbs)
        self.assertEqual(completed("help", "doc"), ["doctor"])

    def test_options(self):
        self.assertEqual(completed("run", "--log"), ["--log-level"])
        self.assertEqual(completed("run", "--log-level", "w"), ["warn"])
        self.assertEqual(completed("build", "--toolchain", ""), ["gcc", "clang"])
        self.assertIn("--dump", completed("gdb", "--"))
        self.assertEqual(completed("gdb", "--log"), [])

    def test_cases_and_tests(self):
        self.assertEqual(completed("gdb", "debugger_"), ["debugger_threads", "debugger_panic"])
        self.assertEqual(completed("replay", "replay_"), ["replay_example"])
        self.assertEqual(completed("test", "tool/completi"), ["tool/completion"])
        self.assertEqual(completed("test", "unit/lib/prio"), ["unit/lib/prio_queue"])
        self.assertEqual(completed("test", "qemu/debugger_p"), ["qemu/debugger_panic"])
        self.assertEqual(completed("run", "debugger_"), [])

    def test_from_elsewhere(self):
        self.assertEqual(completed("rep", directory="/", program=os.path.join(ROOT, "genrt")), ["replay"])
        self.assertEqual(completed("rep", directory="/", program="./genrt"), [])

    def test_offered_to_bash(self):
        done = subprocess.run(["bash", "-c", 'source "$0"; complete -p ./genrt', os.path.join(ROOT, "tools", "completion.bash")],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "complete -o default -F _genrt ./genrt\n")


if __name__ == "__main__":
    unittest.main()
