#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_calls: a public call that nobody sweeps or measures is told, and so is an exemption that nothing needs."""

import os
import shutil
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import check_calls  # noqa: E402


class Calls(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        for room in ("kernel", "tests/sweep", "tests/evidence", "bench"):
            shutil.copytree(os.path.join(ROOT, room), os.path.join(self.root, room))

    def tearDown(self):
        shutil.rmtree(self.root)

    def append(self, path, text):
        with open(os.path.join(self.root, path), "a", encoding="utf-8") as file:
            file.write(text)

    def test_as_it_is(self):
        self.assertEqual(check_calls.check(self.root), [])

    def test_a_new_call(self):
        self.append("kernel/app.h", "\n/* Something new. */\nvoid app_something(void);\n")
        said = check_calls.check(self.root)
        self.assertEqual([line.split(": ")[1].split(" and")[0] for line in said],
                         ["app_something is not in tests/sweep/,", "app_something is not in bench/,"])
        self.append(check_calls.EXEMPT, "sweep app_something: because\nbench app_some*: because\n")
        self.assertEqual(check_calls.check(self.root), [])

    def test_an_exemption_that_nothing_needs(self):
        self.append(check_calls.EXEMPT, "bench thread_yield: no\n")
        self.assertEqual(len(check_calls.check(self.root)), 1)

    def test_a_line_that_is_none(self):
        self.append(check_calls.EXEMPT, "thread_yield\n")
        with open(os.path.join(self.root, check_calls.EXEMPT), encoding="utf-8") as file:
            self.assertEqual(check_calls.exemptions(self.root)[1],
                             [f"{check_calls.EXEMPT}:{len(file.readlines())}: not 'sweep|bench PATTERN: reason'"])

    def test_typed_names(self):
        self.assertTrue(check_calls.names_of("mailbox_receive_until").search("box_recv_ms(&box, &message)"))
        self.assertFalse(check_calls.names_of("mailbox_try_receive").search("box_recv(&box, &message)"))


if __name__ == "__main__":
    unittest.main()
