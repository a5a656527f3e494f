# SPDX-License-Identifier: MIT
"""The checking of models: a fault in one is found, one that is not found is told, and nonsense is refused."""

import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import models  # noqa: E402

TEXT = """/*
 * Two that count.
 *
 * run plain
 * run lower LIMIT=1
 * mutant TWICE plain assertion
 */
#ifndef LIMIT
#define LIMIT 2
#endif
byte count;
active [2] proctype counter() {
    d_step { count++ }
#ifdef TWICE
    d_step { count++ }
#endif
    d_step { assert(count <= LIMIT) }
}
"""


class ModelsTest(unittest.TestCase):
    def check(self, text, name):
        """What is said of the run of that name."""
        run = next(run for run in models.parse(text) if run.name == name)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "m.pml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            log = io.BytesIO()
            return models.check(path, run, log), log.getvalue().decode()

    def refused(self, text, word):
        with self.assertRaises(models.ModelError) as caught:
            models.parse(text)
        self.assertIn(word, str(caught.exception))

    def test_right_model_passes(self):
        self.assertIsNone(self.check(TEXT, "plain")[0])

    def test_error_is_found_and_the_way_to_it_shown(self):
        problem, log = self.check(TEXT, "lower")
        self.assertIn("an error", problem)
        self.assertIn("count = 2", log)

    def test_planted_fault_must_be_found(self):
        self.assertIsNone(self.check(TEXT, "plain_twice")[0])
        problem, _ = self.check(TEXT.replace("<= LIMIT", "<= 4"), "plain_twice")
        self.assertIn("was not found", problem)

    def test_planted_fault_must_be_of_its_kind(self):
        problem, _ = self.check(TEXT.replace("plain assertion", "plain end"), "plain_twice")
        self.assertIn("invalid end state", problem)

    def test_what_does_not_compile_fails(self):
        problem, _ = self.check(TEXT.replace("byte count", "bite count"), "plain")
        self.assertIn("spin: exit status", problem)

    def test_search_that_is_cut_off_fails(self):
        run = models.parse(TEXT)[0]
        self.assertIn("complete", models.judge(run, "error: max search depth too small\nerrors: 0"))
        self.assertIn("complete", models.judge(run, ""))

    def test_nonsense_is_refused(self):
        self.refused(TEXT.replace(" * mutant TWICE plain assertion\n", ""), "no mutant")
        self.refused(TEXT.replace("TWICE plain", "THRICE plain"), "nothing depends on THRICE")
        self.refused(TEXT.replace("plain assertion", "missing assertion"), "there is no run missing")
        self.refused(TEXT.replace("plain assertion", "plain mistake"), "a kind is one of")
        self.refused(TEXT.replace("run lower LIMIT=1", "run lower limit"), "run NAME")
        self.refused(TEXT.replace("run lower", "run plain"), "one name")


if __name__ == "__main__":
    unittest.main()
