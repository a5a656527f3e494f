# SPDX-License-Identifier: MIT
"""docs/priority-inversion.md, done as it stands there: its commands say what is printed below them, and the timeline shows
what it is said to, for who presses the keys and moves the mouse as it says."""

import os
import re
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, *name) for name in (("tools", "trace"), ("tests", "tools"))]
import browser  # noqa: E402
import tutorial_test  # noqa: E402

DOCUMENT = os.path.join(ROOT, "docs", "priority-inversion.md")
PICTURE, PICTURE_MOST = os.path.join(ROOT, "docs", "timeline.png"), 200 * 1024
MOTOR, TELEMETRY, CAMERA = "motor (3.1)", "telemetry (5.1)", "camera (4.1)"


class Inversion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.chdir(ROOT)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            os.environ.pop(name, None)  # nobody looks
        cls.home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.home.cleanup)
        with open(DOCUMENT, encoding="utf-8") as file:
            cls.text = file.read()
        cls.commands = tutorial_test.follow(cls.text, cls.home.name)
        cls.browser = browser.Browser().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)

    def open(self, name):
        self.browser.open(os.path.join(self.home.name, name, "timeline.html"))

    def ask(self, expression):
        return self.browser.evaluate(f"((page, lane) => {expression})(window.timeline.page, "
                                     "name => window.timeline.page.model.lanes.find(each => each.name === name))")

    def place(self, time, down):
        """Where a moment is on the motor's lane, so many pixels below its upper edge."""
        return self.ask(f"""(box => [box.x + page.viewport.x({time}), box.y + page.frame.y(lane("{MOTOR}").index) + {down}])
                        (page.canvas.getBoundingClientRect())""")

    def text_of(self, name):
        return self.ask(f"document.getElementById('{name}').innerText").replace("\u202f", " ")

    def says(self, *words):
        for word in words:
            self.assertIn(word, self.text)

    def test_commands(self):
        self.assertEqual(self.commands, 4)

    def test_what_is_found(self):
        self.open("late")
        self.browser.key("d")
        self.assertEqual(self.ask("page.selected.lane.name"), MOTOR)
        release, deadline, end = self.ask(f"(job => [job.release, job.deadline, job.end])(lane('{MOTOR}').jobs[0])")
        self.assertTrue(release < self.ask("page.trace.time[page.selected.event]") < end)
        self.assertGreater(end, deadline + 1_000_000)
        self.ask(f"(page.viewport.show({release} - 1e6, {end} + 1e6), page.draw())")
        self.browser.drag(self.place(release, 45), self.place(deadline, 45), browser.SHIFT)
        measured = self.text_of("measure")
        self.assertEqual(self.text_of("measured"), "3 000 000 ticks = 3 ms")
        self.assertRegex(measured, rf"Who ran meanwhile\s+{re.escape(CAMERA)}\s+2\.8 ms, 93\.3 %")
        self.says("`3 000 000 ticks = 3 ms`", "`camera` 2.8 ms, 93.3 %", "`waits for bus_semaphore`")
        self.browser.mouse("mouseMoved", *self.place((release + deadline) / 2, 25))
        self.assertRegex(self.text_of("tip"), rf"{re.escape(MOTOR)}\s+waits: bus_semaphore")
        arrow = self.ask(f"""(arrows => arrows.from.findIndex((from, i) => arrows.time.get(i) > {deadline} && from.name === "{TELEMETRY}"))
                         (page.model.arrows)""")
        self.assertEqual(self.ask(f"[page.model.arrows.to[{arrow}].name, page.model.arrows.kind.get({arrow})]"), [MOTOR, 2])
        self.assertGreater(self.ask(f"lane('{TELEMETRY}').pieces.readyWithin({release}, {deadline})"), 2_800_000)

    def test_what_is_mended(self):
        self.open("mended")
        self.browser.key("s")
        rows = self.ask("[...document.querySelectorAll('#statistics tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))")
        motor = next(row for row in rows if row[0] == MOTOR)
        self.assertRegex(motor[6], r"^80\d(\.\d)? µs$")
        self.assertEqual(motor[8], "0")
        self.says("a little more than 0.8 ms")
        lent = self.ask("page.model.arrows.from.flatMap((from, i) => page.model.arrows.kind.get(i) === 3 ? "
                        "[[from.name, page.model.arrows.to[i].name, page.model.arrows.time.get(i)]] : [])")
        self.assertTrue(lent)
        for from_lane, to_lane, time in lent:
            self.assertEqual((from_lane, to_lane), (MOTOR, TELEMETRY))
            self.assertEqual(self.ask(f"(raised => raised.what.get(raised.indexAt({time})))(lane('{TELEMETRY}').raised)"), 40)

    def test_the_picture(self):
        with open(PICTURE, "rb") as file:
            data = file.read()
        self.assertTrue(data.startswith(b"\x89PNG") and 10_000 < len(data) <= PICTURE_MOST)


if __name__ == "__main__":
    unittest.main()
