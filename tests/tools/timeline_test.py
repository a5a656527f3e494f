# SPDX-License-Identifier: MIT
"""timeline.html in a headless Chromium: the lanes, fields and figures of known traces; measuring and searching as with a
mouse and keys; a million events within a number of things drawn; and nothing asked of any network."""

import html.parser
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, *name) for name in (("tools",), ("tools", "trace"), ("tools", "bounds"), ("tests", "tools"))]
import browser  # noqa: E402
import records  # noqa: E402
import timeline  # noqa: E402
import trace_test  # noqa: E402
from names import Names  # noqa: E402

LIMIT = 300  # seconds
WIDTH, HEIGHT = 1500, 800
READY, WAITS, SLEEPS, ENDED = 1, 2, 3, 4  # enum trace_left
SEND, RECEIVE, GIVE, LOCK, UNLOCK = 0, 1, 3, 4, 5  # enum trace_call
PART, PARTS = 10_000, 100  # a million
# What a frame may draw: for each pixel of a lane, and arrows, the grid and others beside.
DRAWN_PER_PIXEL, DRAWN_BESIDE = 3, 1500


# --- Traces that are made here -----------------------------------------------------------------------

class Image:
    """A program with nothing but symbols: its threads are called as what they run."""

    sections, data = (), b""

    def __init__(self, *names):
        self.symbols = self
        self.named = {name: (self.address(number), 64) for number, name in enumerate(names)}

    @staticmethod
    def address(number):
        return 0xffff_4008_0000_0000 + 64 * number

    def place(self, name):
        return self.named[name][0]


class Scribe:
    """Writes records as the kernel does."""

    def __init__(self, image, begin=1000):
        self.image, self.begin, self.rows = image, begin, []

    def put(self, time, thread, event, detail=0, argument=0, value=0):
        self.rows.append((time, thread, trace_test.what(event, detail, argument), value))

    def spawn(self, time, thread, priority, name):
        self.put(time, thread, 5, priority, self.image.place(name) & records.ARGUMENT)

    def switch(self, time, thread, left, waits_for=None):
        self.put(time, thread, 1, left, 0, self.image.place(waits_for) if waits_for else 0)

    def irq(self, taken, time, thread, left, line=0, missed=None):
        self.put(time, thread, 2, left, line | (0 if missed is None else missed + 1 << 32), taken)

    def wake(self, time, thread):
        self.put(time, thread, 4)

    def job(self, time, thread, release, deadline):
        self.put(time, thread, 6, 0, deadline, release)

    def priority(self, time, thread, priority):
        self.put(time, thread, 7, priority)

    def call(self, time, thread, call, name):
        self.put(time, thread, 8, call, 0, self.image.place(name))

    def trace(self):
        last = self.rows[-1][0]
        data = trace_test.raw([*self.rows, (last, records.NOBODY, trace_test.what(12), 0)], begin=self.begin)
        return records.parse(data)


def thread(slot, generation=1):
    return slot | generation << 32


MAIN, LOW, HIGH, WORKER = thread(1), thread(2), thread(3), thread(9)
IMAGE = Image("main_thread", "low", "high", "worker", "inbox", "lock", "semaphore")


def known():
    """Each thing that the timeline shows, once or twice, at moments that a test can name."""
    scribe = Scribe(IMAGE)
    scribe.spawn(1000, MAIN, 32, "main_thread")
    scribe.spawn(1000, LOW, 10, "low")
    scribe.switch(1100, LOW, READY)
    scribe.call(1200, LOW, LOCK, "lock")
    scribe.spawn(1300, HIGH, 50, "high")
    scribe.switch(1400, HIGH, READY)
    scribe.call(1500, HIGH, LOCK, "lock")
    scribe.priority(1600, LOW, 50)
    scribe.switch(1700, LOW, WAITS)
    scribe.call(2700, LOW, UNLOCK, "lock")
    scribe.wake(2750, HIGH)
    scribe.priority(2800, LOW, 10)
    scribe.switch(2900, HIGH, READY)
    scribe.call(3000, HIGH, RECEIVE, "inbox")
    scribe.switch(3100, LOW, WAITS, "inbox")
    scribe.call(3200, LOW, SEND, "inbox")
    scribe.wake(3300, HIGH)
    scribe.switch(3400, HIGH, READY)
    scribe.switch(3500, LOW, ENDED)
    scribe.wake(4050, MAIN)  # by the interrupt that was taken before it
    scribe.irq(4000, 4100, MAIN, READY)
    scribe.irq(4500, 4600, MAIN, READY, line=34)
    scribe.switch(5000, records.IDLE, SLEEPS)
    scribe.switch(6000, LOW, 0)
    return scribe.trace()


LANES = ["CPU 0", "timer", "line 33", "high (3.1)", "main_thread (1.1)", "low (2.1)"]


def periodic(jobs, seed=3):
    """A periodic thread over a busy one: it is on time, late, and sometimes later than its next release."""
    numbers, scribe, period, deadline = random.Random(seed), Scribe(IMAGE, 0), 10_000, 6_000
    scribe.spawn(0, MAIN, 5, "main_thread")
    scribe.spawn(0, WORKER, 40, "worker")
    scribe.switch(10, MAIN, SLEEPS)
    begins, release, due = None, period, False
    for _ in range(jobs):
        if not due:
            scribe.wake(release + 60, WORKER)
            scribe.irq(release + 20, release + 100, WORKER, READY)
            begins = release + 150
        scribe.job(begins, WORKER, release, deadline)
        ends = begins + numbers.choice((500, 2_000, numbers.randrange(3_000, 5_000), 8_000, 11_000))
        if numbers.randrange(3) == 0 and ends - begins > 1_000:  # it waits for something else within the job
            scribe.switch(begins + 100, MAIN, SLEEPS)
            scribe.wake(begins + 280, WORKER)
            scribe.irq(begins + 250, begins + 300, WORKER, READY)
        if ends > release + deadline:
            scribe.irq(release + deadline + 10, release + deadline + 50, WORKER, READY, missed=9)
        due = ends >= release + period
        if not due:
            scribe.switch(ends, MAIN, SLEEPS)
        begins, release = ends + 70, release + period
    return scribe.trace()


def counted(trace, worker):
    """(jobs, worst response, missed deadlines, time that it ran), from the records alone."""
    jobs, missed, ran, since, asleep = [], 0, 0, None, None
    for event in trace.events:
        if event.name == "job":
            if jobs and asleep is None:
                jobs[-1][1] = event.time
            jobs.append([event.fields["release"], None])
        elif event.name in ("switch", "irq"):
            missed += event.name == "irq" and event.fields["missed"] == worker & 0xffff_ffff
            if since is not None:
                ran += event.fields.get("taken", event.time) - since
            if since is not None and event.thread != worker:
                asleep = event.time
                if jobs:
                    jobs[-1][1] = asleep
            since = event.time if event.thread == worker else None
            if event.name == "irq" and event.thread == worker and asleep is not None and jobs:
                asleep = None if event.time < jobs[-1][0] + 10_000 else asleep
        if event.name == "job":
            asleep = None
    return len(jobs), max(end - release for release, end in jobs if end is not None), missed, ran


def turns(count):
    """So many events: threads in turns, their calls, marks and jobs, interrupts and wakes."""
    threads = [thread(slot) for slot in range(1, 13)]
    rows = [(0, each, trace_test.what(5, 10 + number, IMAGE.address(number % 4) & records.ARGUMENT), 0)
            for number, each in enumerate(threads)]
    inbox, numbers, time = IMAGE.place("inbox"), random.Random(7), 0
    kinds = [trace_test.what(8, GIVE), trace_test.what(3, 0, inbox & records.ARGUMENT), trace_test.what(8, SEND)]
    while len(rows) < count:
        time += numbers.randrange(100, 400)
        who = numbers.choice(threads)
        rows += [(time, threads[0], kinds[time % 3], inbox), (time + 10, who, trace_test.what(4), 0),
                 (time + 60, who, trace_test.what(2, 3), time + 5), (time + 70, who, trace_test.what(6, 0, 500), time),
                 (time + 95, threads[time % 12], trace_test.what(1, 2), inbox)]
    return records.parse(trace_test.raw(rows[:count], begin=0), partial=True)


def repeated(packed, times):
    """What is packed, that often behind itself: all columns tell differences."""
    columns, at = [], 0
    while at < len(packed):
        end = at + 4 + int.from_bytes(packed[at:at + 4], "little")
        columns.append(packed[at + 4:end])
        at = end
    columns[1:] = [column * times for column in columns[1:]]
    return b"".join(len(column).to_bytes(4, "little") + column for column in columns)


# --- The page without a browser ----------------------------------------------------------------------

class Links(html.parser.HTMLParser):
    """What a page would fetch, and whether it may."""

    def __init__(self, text):
        super().__init__()
        self.found, self.policy = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.found += [(tag, key) for key in attributes if key in ("src", "href", "srcset", "action", "data", "poster", "background")]
        self.found += [(tag, tag) for _ in (0,) if tag in ("link", "iframe", "object", "embed", "img", "base")]
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]


def luminance(colour):
    """Of #rrggbb, as WCAG 2 defines it."""
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class Page(unittest.TestCase):
    def test_nothing_is_fetched(self):
        trace = known()
        text = timeline.document(trace, Names(trace, IMAGE), "<b>&")
        links = Links(text)
        self.assertEqual(links.found, [])
        self.assertTrue(links.policy.startswith("default-src 'none';"))
        self.assertEqual(set(re.findall(r"\w+://[^\s\"')]+", text)), {"http://www.w3.org/2000/svg"})  # a name, not a place
        self.assertNotRegex(text, r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\s*\(")
        self.assertIn("<title>&lt;b&gt;&amp; – genrt timeline</title>", text)
        self.assertNotIn("@@", text)

    def test_every_script_is_in_it(self):
        self.assertEqual({*timeline.SCRIPTS, timeline.STYLE, "page.html"}, set(os.listdir(timeline.PARTS)))

    def test_contrast(self):
        with open(os.path.join(timeline.PARTS, timeline.STYLE), encoding="utf-8") as file:
            day, night = file.read().split("prefers-color-scheme: dark")
        day = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", day))
        for colours in (day, {**day, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", night))}):
            pairs = [(ink, back) for ink in ("ink", "dim", "accent", "bad", "measure", "lent") for back in ("back", "panel")]
            pairs += [("on-thread", f"thread-{number}") for number in range(10)] + [("back", "measure"), ("bad", "bad-back")]
            for ink, back in pairs:
                self.assertGreaterEqual(contrast(colours[ink], colours[back]), 4.5, (ink, back, colours[ink], colours[back]))

    def test_broken_files_make_none(self):
        whole = trace_test.raw(trace_test.RECORDS)
        with tempfile.TemporaryDirectory() as directory:
            path, out = os.path.join(directory, "trace.bin"), os.path.join(directory, "out")
            for data, words in ((whole[:-7], "cut off"), (whole[:20], "not a trace"), (b"\0" * 4096, "does not begin as one"),
                                (trace_test.raw([(100, 3, trace_test.what(77), 0)]), "record 1: no event has the number 77")):
                with open(path, "wb") as file:
                    file.write(data)
                done = subprocess.run([sys.executable, os.path.join(ROOT, "tools/tracing.py"), "--convert", path, "--view", "-o", out],
                                      capture_output=True, text=True, check=False, timeout=LIMIT)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
                self.assertRegex(done.stderr, f"genrt: trace: .*{words}")
                self.assertFalse(os.path.exists(out))


class View(unittest.TestCase):
    """./genrt trace --view."""

    def test_a_browser_is_asked_where_there_is_a_display(self):
        with tempfile.TemporaryDirectory() as directory:
            raw, out, opener, told = (os.path.join(directory, name) for name in ("trace.bin", "out", "xdg-open", "told"))
            with open(raw, "wb") as file:
                file.write(trace_test.raw(trace_test.RECORDS))
            with open(opener, "w", encoding="utf-8") as file:
                file.write(f'#!/bin/sh\necho "$@" >{told}\n')
            os.chmod(opener, 0o755)
            environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
            environment["PATH"] = directory + os.pathsep + environment["PATH"]
            for display, is_told in (({}, False), ({"DISPLAY": ":7"}, True)):
                done = subprocess.run([sys.executable, os.path.join(ROOT, "tools/tracing.py"), "--convert", raw, "--view", "-o", out],
                                      capture_output=True, text=True, check=True, timeout=LIMIT, env={**environment, **display})
                path = os.path.join(out, "timeline.html")
                self.assertEqual(done.stdout.splitlines()[-1], path)
                self.assertTrue(os.path.getsize(path) > 20_000)
                self.assertEqual(os.path.exists(told), is_told)
            with open(told, encoding="utf-8") as file:
                self.assertEqual(file.read().strip(), path)


# --- The page in a browser ---------------------------------------------------------------------------

class InBrowser(unittest.TestCase):
    """With `show`, and the coordinates of things."""

    is_dark = False

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.browser = cls.enterClassContext(browser.Browser(WIDTH, HEIGHT, cls.is_dark)) if hasattr(cls, "enterClassContext") else \
            browser.Browser(WIDTH, HEIGHT, cls.is_dark).__enter__()
        if not hasattr(cls, "enterClassContext"):
            cls.addClassCleanup(cls.browser.__exit__)

    def show(self, trace, image=IMAGE, fragment=""):
        self.show_page(trace, timeline.document(trace, Names(trace, image), "made here"), fragment)

    def show_page(self, trace, text, fragment=""):
        path = os.path.join(self.directory.name, "timeline.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.browser.said.clear()
        self.browser.asked.clear()
        self.browser.open(path, fragment)
        self.assertEqual(self.browser.said, [])
        self.assertEqual([url for url in self.browser.asked if url != "about:blank"], [f"file://{path}"])
        self.trace = trace

    def ask(self, expression):
        return self.browser.evaluate(f"(page => {expression})(window.timeline.page)")

    def text(self, name):
        return self.ask(f"document.getElementById('{name}').innerText").replace("\u202f", " ")

    def place(self, lane, ticks):
        """Where that moment of the machine is on a lane."""
        return self.ask(f"""(() => {{
            const lane = page.model.lanes.find(each => each.name === "{lane}"), box = page.canvas.getBoundingClientRect();
            return [box.x + page.viewport.x({ticks - self.trace.begin}), box.y + page.frame.y(lane.index) + 20];
        }})()""")

    def selected(self):
        """(lane, ticks, event) that are selected; None: none are."""
        found = self.ask("page.selected && [page.selected.lane.name, page.trace.time[page.selected.event], "
                         "page.trace.kindName(page.selected.event)]")
        return found and (found[0], found[1] + self.trace.begin, found[2])


class Known(InBrowser):
    def setUp(self):
        self.show(known())

    def test_lanes(self):
        names = self.ask("[...document.querySelectorAll('.lane .name')].map(each => each.textContent)")
        self.assertEqual(names, LANES)
        self.assertEqual(self.ask("[...document.querySelectorAll('.priority')].map(each => each.textContent)"), ["50", "32", "10"])
        self.assertEqual(self.text("summary"), f"{len(self.trace.events)} events in 5 µs")
        self.assertEqual(self.text("title"), "made here")
        self.assertGreater(self.ask("page.drawn"), 50)

    def test_what_lanes_hold(self):
        pieces = self.ask("""Object.fromEntries(page.model.lanes.map(({name, pieces}) =>
            [name, Array.from({length: pieces.length}, (_, i) => [pieces.start.get(i), pieces.state.get(i)]).filter(([, state]) => state !== 0)]))""")
        runs, ready, waits, sleeps, gone = 1, 2, 3, 4, 6
        self.assertEqual(pieces["high (3.1)"], [[300, ready], [400, runs], [700, waits], [1750, ready], [1900, runs], [2100, waits],
                                                [2300, ready], [2400, runs], [2500, gone]])
        self.assertEqual(pieces["main_thread (1.1)"], [[3050, ready], [3100, runs], [3500, ready], [3600, runs], [4000, sleeps]])
        self.assertEqual(pieces["line 33"], [[3500, runs], [3600, waits]])
        busy = self.ask("page.model.cpu.pieces.ranWithin(0, 5000)")
        self.assertEqual(busy, 4000 - 100)  # from the first switch, but for the idle thread's time

    def test_arrows(self):
        arrows = self.ask("""Array.from(page.model.arrows.from, (from, i) => [page.model.arrows.time.get(i), from.name,
            ARROW(page, i), page.model.arrows.to[i].name])""".replace("ARROW(page, i)", "page.model.arrows.kind.get(i)"))
        wake, message, given, lent = range(4)
        self.assertEqual(arrows, [[600, "high (3.1)", lent, "low (2.1)"], [1750, "low (2.1)", given, "high (3.1)"],
                                  [2300, "low (2.1)", message, "high (3.1)"], [3050, "timer", wake, "main_thread (1.1)"]])
        self.assertEqual(self.ask("page.model.ofThread.filter(each => each).map(({name, raised}) => [name, raised.ranWithin(0, 5000)])"),
                         [["main_thread (1.1)", 0], ["low (2.1)", 1200], ["high (3.1)", 0]])

    def test_measuring_with_the_mouse(self):
        """From high's lock to its wake, both a few pixels beside: it holds on to them."""
        start, end = self.place("high (3.1)", 1500), self.place("high (3.1)", 2750)
        self.browser.drag((start[0] + 3, start[1]), (end[0] - 3, end[1]), browser.SHIFT)
        self.assertEqual(self.text("measured"), "1 250 ticks = 1.25 µs")
        self.assertRegex(self.text("measure"), r"low \(2\.1\)\s+1\.05 µs, 84\.0 %\s+high \(3\.1\)\s+200 ns, 16\.0 %")
        start, end = self.place("CPU 0", 5200), self.place("CPU 0", 5700)  # where there is no event
        self.browser.drag(end, start, browser.SHIFT)
        self.assertRegex(self.text("measured"), r"^(49\d|50\d) ticks = ")

    def test_measuring_with_keys(self):
        self.browser.click(*self.place("low (2.1)", 1200))
        self.browser.key("m")
        self.browser.key("ArrowRight")
        self.browser.key("m")
        self.assertEqual(self.text("measured"), "200 ticks = 200 ns")
        self.browser.key("Escape")
        self.assertEqual(self.text("measure"), "")
        self.assertIsNone(self.selected())

    def test_a_click_shows_all_fields(self):
        self.browser.click(*self.place("low (2.1)", 3200))
        self.assertEqual(self.selected(), ("low (2.1)", 3200, "call"))
        self.assertEqual(re.sub(r"\s+", " ", self.text("event")),
                         "call time 0.000003200 s ticks 3200 after the last 100 ticks = 100 ns thread low (2.1) call send "
                         "object inbox number 16 of 25")
        self.browser.click(*self.place("high (3.1)", 2250))  # within a wait: what it began with
        self.assertEqual(self.selected(), ("high (3.1)", 1700, "switch"))

    def test_arrow_keys(self):
        self.browser.click(*self.place("high (3.1)", 1500))
        seen = [self.selected()[1:]]
        for _ in range(3):
            self.browser.key("ArrowRight")
            seen.append(self.selected()[1:])
        self.assertEqual(seen, [(1500, "call"), (1700, "switch"), (2750, "wake"), (2900, "switch")])
        self.browser.key("ArrowLeft")
        self.assertEqual(self.selected()[1:], (2750, "wake"))
        self.browser.key("ArrowDown")
        self.assertEqual(self.selected()[0], "main_thread (1.1)")

    def test_searching(self):
        self.browser.key("+")
        self.browser.key("/")
        self.browser.write("send inbox")
        self.browser.key("Enter", "\r")
        self.assertEqual(self.selected(), ("low (2.1)", 3200, "call"))
        self.assertEqual(self.text("found"), "1 of 1")
        self.assertAlmostEqual(self.ask("(page.viewport.from + page.viewport.to) / 2"), 2200, delta=1)
        for text, times in (("lock", [1200, 1500, 2700]), ("wake high", [2750, 3300]), ("call=lock", [1200, 1500, 2700]), ("priority=50", [1300, 1600]),
                            ("object=inbox high", [3000]), ("low", None), ("line=33", [4600])):
            found = self.ask(f"Array.from({{length: 1}}, () => page.searchBox.value = '{text}') && (page.forgetFound(), page.nextFound(1), "
                             "Array.from(page.found.events.items.subarray(0, page.found.events.length), event => page.trace.time[event]))")
            if times is not None:
                self.assertEqual([time + 1000 for time in found], times, text)
        self.ask("(page.searchBox.value = 'nowhere', page.forgetFound(), page.nextFound(1))")
        self.assertEqual(self.text("found"), "nothing")

    def test_the_wheel_zooms_at_the_pointer_and_dragging_moves(self):
        x, y = map(round, self.place("low (2.1)", 2700))
        time = self.ask(f"page.viewport.time({x} - page.canvas.getBoundingClientRect().x) + {self.trace.begin}")
        for by in (-400, -400, 250):
            before = self.ask("page.viewport.span")
            self.browser.mouse("mouseWheel", x, y, deltaX=0, deltaY=by)
            self.ask("new Promise(requestAnimationFrame).then(() => 1)")
            self.assertEqual(self.ask("page.viewport.span") > before, by > 0)
            self.assertAlmostEqual(self.place("low (2.1)", time)[0], x, delta=0.01)
        self.browser.drag((x, y), (x - 120, y))
        self.assertAlmostEqual(self.place("low (2.1)", time)[0], x - 120, delta=0.01)
        self.assertIsNone(self.selected())
        self.browser.key("0")
        self.assertLess(self.ask("page.viewport.from"), 0)
        whole = self.ask("[page.viewport.from, page.viewport.to]")
        self.browser.drag((x, y), (x - 120, y))
        self.assertEqual(self.ask("[page.viewport.from, page.viewport.to]"), whole)

    def test_help_and_address(self):
        self.browser.key("?")
        self.assertIn("Shift+drag", self.text("help"))
        self.browser.key("Escape")
        self.ask("document.getElementById('help').close()")
        self.show(known(), fragment="#from=1500&to=3500&event=16")
        self.assertEqual((self.ask("[page.viewport.from, page.viewport.to]"), self.selected()), ([500, 2500], ("low (2.1)", 3200, "call")))


class Figures(InBrowser):
    def test_a_periodic_thread(self):
        for seed in (3, 4):
            trace = periodic(60, seed)
            jobs, worst, missed, ran = counted(trace, WORKER)
            self.assertTrue(0 < missed < jobs, (missed, jobs))
            self.show(trace)
            found = self.ask("(({jobs, worst, missed, ran, deadline, histogram}) => [jobs, worst, missed, ran, deadline, "
                             "histogram.bins.reduce((a, b) => a + b)])(page.model.lanes.find(lane => lane.name === 'worker (9.1)').statistics ??= "
                             "(page.statistics(), page.model.lanes.find(lane => lane.name === 'worker (9.1)').statistics))")
            self.assertEqual(found[:5], [jobs, worst, missed, ran, 6_000])
            self.assertEqual(found[5], self.ask("page.model.lanes.find(lane => lane.name === 'worker (9.1)').statistics.done"))
            cells = self.ask("[...document.querySelectorAll('#statistics tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))[0]")
            self.assertEqual((cells[0], cells[1], cells[5], cells[8]), ("worker (9.1)", "40", str(jobs), str(missed)))
            self.assertEqual(self.ask("document.querySelectorAll('#statistics .histogram rect').length"), 24)
            self.ask("document.getElementById('statistics').close()")
            self.browser.key("d")
            first = next(event for event in trace.events if event.fields.get("missed", -1) >= 0)
            self.assertEqual(self.selected(), ("worker (9.1)", first.time, "irq"))

    def test_every_record_and_field(self):
        """What the page reads is what was packed, up to the longest numbers."""
        trace = records.parse(trace_test.raw(trace_test.RECORDS))
        self.show(trace, None)
        found = self.ask("Array.from({length: page.trace.count}, (_, event) => [page.trace.kindName(event), Object.fromEntries(page.trace.fieldsOf(event)"
                         ".map(({name, type, value}) => [name, value === null ? '0' : type === 'moment' ? page.trace.absolute(value).toString() : value.toString()]))])")
        names = Names(trace)
        self.assertEqual(found, [[event.name, {key: str(value) for key, value in names.in_words(event).items()}] for event in trace.events])
        self.assertIn("17 records lost", self.text("summary"))
        self.assertIn("rounded", self.text("summary"))

    def test_a_budget_that_is_used_up(self):
        scribe = Scribe(IMAGE)
        scribe.spawn(1000, LOW, 10, "low")
        scribe.switch(1100, LOW, READY)
        scribe.put(1500, LOW, 10, 1)  # the budget
        scribe.irq(1400, 1600, records.IDLE, WAITS)
        scribe.wake(3000, LOW)
        scribe.irq(2900, 3100, LOW, READY)
        scribe.put(3500, LOW, 10, 0)  # the quantum
        scribe.switch(3600, MAIN, READY)
        self.show(scribe.trace())
        self.assertEqual(self.ask("(pieces => Array.from({length: pieces.length}, (_, i) => [pieces.start.get(i), pieces.state.get(i)]))"
                                  "(page.model.lanes.find(lane => lane.name === 'low (2.1)').pieces)"),
                         [[0, 0], [100, 1], [400, 5], [2000, 2], [2100, 1], [2600, 2]])
        self.assertEqual(self.ask("(marks => Array.from({length: marks.length}, (_, i) => marks.time.get(i)))"
                                  "(page.model.lanes.find(lane => lane.name === 'low (2.1)').marks)"), [0, 500, 2500])

    def test_more_lanes_than_there_is_room_for(self):
        scribe = Scribe(IMAGE, 0)
        for number in range(300):
            scribe.spawn(100 * number, thread(number % 60, number // 60 + 1), number % 60, "worker")
            scribe.switch(100 * number + 20, thread(number % 60, number // 60 + 1), READY)
        self.show(scribe.trace())
        for _ in range(150):
            self.browser.key("ArrowDown")
        self.ask("new Promise(requestAnimationFrame).then(() => 1)")
        lane, y = self.ask("[page.selected.lane.name, page.canvas.getBoundingClientRect().y + page.frame.y(page.selected.lane.index)]")
        box = self.ask("(box => [box.y, box.bottom])([...document.querySelectorAll('.lane')].find(each => each.classList.contains('selected')).getBoundingClientRect())")
        self.assertEqual(lane, "worker (30.4)")
        self.assertAlmostEqual(box[0], y, delta=1)  # its name stands beside it
        self.assertTrue(100 < box[0] and box[1] < HEIGHT, box)

    def test_no_events(self):
        self.show(records.parse(trace_test.raw([]), partial=True))
        self.assertEqual(self.text("summary"), "0 events in 0 ns, cut off")
        for key in ("ArrowRight", "ArrowDown", "d", "m", "z", "0"):
            self.browser.key(key)
        self.browser.click(*self.place("CPU 0", 90))
        self.assertEqual((self.browser.said, self.selected()), ([], None))

    def test_broken_files_that_can_be_read(self):
        """Whatever the readers take, the page shows."""
        numbers, shown = random.Random(5), 0
        while shown < 12:
            data = bytearray(trace_test.raw(trace_test.RECORDS))
            for _ in range(3):
                data[numbers.randrange(records.HEADER.size, len(data))] = numbers.choice((0, 1, 0x7f, 0xff, numbers.randrange(256)))
            try:
                trace = records.parse(bytes(data), partial=True)
            except records.TraceError:
                continue
            self.show(trace, None)
            shown += 1


class Million(InBrowser):
    def test_a_frame_draws_no_more(self):
        trace = turns(PART)
        self.show_page(trace, timeline.page(repeated(timeline.pack(trace, Names(trace, IMAGE), "many"), PARTS), "many"))
        count, lanes, width, end = self.ask("[page.trace.count, page.model.lanes.length, page.viewport.width, page.trace.end]")
        self.assertEqual((count, end), (PART * PARTS, trace.events[-1].time * PARTS))
        most = DRAWN_PER_PIXEL * lanes * width + DRAWN_BESIDE
        drawn = []
        for span in (end, end / 10, end / 1000, end / 10_000, 100_000, 20_000, 2_000, 50):
            self.ask(f"(page.viewport.show({end / 3} - {span} / 2, {end / 3} + {span} / 2), page.draw())")
            drawn.append(self.ask("page.drawn"))
            self.assertTrue(20 < drawn[-1] <= most, (span, drawn, most))
        found = self.ask("(page.searchBox.value = 'send', page.nextFound(1), page.found.events.length)")
        self.assertEqual(found, sum(event.fields.get("call") == "send" for event in trace.events) * PARTS)


class AtNight(InBrowser):
    is_dark = True

    def test_it_is_dark(self):
        self.show(known())
        self.assertEqual(self.ask("getComputedStyle(document.body).backgroundColor"), "rgb(16, 20, 29)")
        self.assertEqual(self.ask("page.theme.back"), "#10141d")


if __name__ == "__main__":
    unittest.main()
