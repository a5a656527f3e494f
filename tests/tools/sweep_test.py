# SPDX-License-Identifier: MIT
"""The planted races' files: read strictly, applied exactly once, judged by what the sweep said."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import sweep  # noqa: E402

RACE = """# why
ops try_send
action sends
says torn | lost
file kernel/a.c
after
int second(void) {
old
  mask();
  look();
new
  look();
  mask();
end
"""
SOURCE = "int first(void) {\n    mask();\n    look();\n}\n\nint second(void) {\n    mask();\n    look();\n}\n"


class Reading(unittest.TestCase):
    def test_whole(self):
        race = sweep.parse_race("name", RACE)
        self.assertEqual(race.found, {"ops": "try_send", "action": "sends", "says": "torn | lost"})
        self.assertEqual([edit.path for edit in race.edits], ["kernel/a.c"])

    def test_refused(self):
        for broken in (RACE.replace("end\n", ""), RACE.replace("says torn | lost\n", ""), RACE + "what is this\n",
                       RACE.split("file")[0]):
            with self.assertRaises(sweep.RaceError):
                sweep.parse_race("name", broken)

    def test_all_fit_this_tree(self):
        os.chdir(ROOT)
        self.assertGreaterEqual(len(sweep.race_names()), 10)
        for name in sweep.race_names():
            with open(os.path.join(sweep.RACES, name + ".txt"), encoding="utf-8") as file:
                race = sweep.parse_race(name, file.read())
            for edit in race.edits:
                with open(edit.path, encoding="utf-8") as file:
                    text = file.read()
                self.assertNotEqual(sweep.apply_edit(edit, text), text, name)


class Applying(unittest.TestCase):
    def edit(self, **changes):
        edit = sweep.parse_race("name", RACE).edits[0]
        for key, value in changes.items():
            setattr(edit, key, value)
        return edit

    def test_behind_the_anchor_only(self):
        self.assertEqual(sweep.apply_edit(self.edit(), SOURCE),
                         SOURCE.replace("second(void) {\n    mask();\n    look();", "second(void) {\n    look();\n  mask();"))

    def test_must_fit_exactly(self):
        for changes in ({"after": ""}, {"after": "int third(void) {"}, {"after": "void"}, {"old": "unmask();"}):
            with self.assertRaises(sweep.RaceError):
                sweep.apply_edit(self.edit(**changes), SOURCE)


class Judging(unittest.TestCase):
    def judge(self, *lines):
        return sweep.judge_race(sweep.parse_race("name", RACE), lines)

    def test_found(self):
        self.assertIsNone(self.judge("ok 1 - a", "record found ops=try_send: a message is torn"))
        self.assertIsNone(self.judge("record panic reason=lost"))

    def test_not_found(self):
        self.assertEqual(self.judge("ok 1 - try_send", "1..1"), "not found")
        self.assertIn("otherwise", self.judge("record found ops=try_send: no rest"))


if __name__ == "__main__":
    unittest.main()
