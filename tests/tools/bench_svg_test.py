# SPDX-License-Identifier: MIT
"""Charts: well-formed, every point where it belongs, nothing fetched from elsewhere, and every curve in one chart."""

import os
import re
import sys
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench_curves  # noqa: E402
import bench_plot  # noqa: E402
import bench_svg  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
POINTS = [(1, 157), (2, 168), (7, 249), (64, 273), (955, 379)]
SERIES = bench_svg.Series("arm", "a < b & \"c\"", POINTS, [(1, 200), (955, 500)])
BINS = [(102, 26), (162, 3100), (163, 1), (507, 12)]


def chart(logarithmic=True, series=(SERIES,)):
    return bench_svg.lines("Cost <of> things", "under & it", "n", "instructions", series, logarithmic)


def histogram():
    return bench_svg.histogram("Late", "under", "instructions", "samples", "late", BINS, [(507, "worst")])


def elements(text, kind):
    return list(xml.etree.ElementTree.fromstring(text).iter(SVG + kind))


def texts(text):
    return [element.text for element in elements(text, "text")]


class Lines(unittest.TestCase):
    def test_well_formed_and_complete(self):
        for logarithmic in (True, False):
            circles = elements(chart(logarithmic), "circle")
            self.assertEqual([circle.find(SVG + "title").text for circle in circles],
                             [f"arm, n={n}: {value}" for n, value in POINTS])

    def test_height_is_the_value(self):
        """Places are straight in the values: 0 stands on the axis, and equal steps are equally high."""
        text = chart()
        places = [float(circle.get("cy")) for circle in elements(text, "circle")]
        (y0, v0), (y1, v1) = (places[0], POINTS[0][1]), (places[-1], POINTS[-1][1])
        for place, (_, value) in zip(places, POINTS):
            self.assertAlmostEqual(place, y0 + (value - v0) * (y1 - y0) / (v1 - v0), delta=0.02)
        self.assertAlmostEqual(y0 - v0 * (y1 - y0) / (v1 - v0), bench_svg.HEIGHT - bench_svg.BOTTOM, delta=0.5)

    def test_width_is_n(self):
        for logarithmic, middle in ((True, 8), (False, 32.5)):
            series = bench_svg.Series("a", "", [(1, 5), (middle, 5), (64, 5)], [])
            left, between, right = (float(circle.get("cx")) for circle in elements(chart(logarithmic, [series]), "circle"))
            self.assertAlmostEqual(between, (left + right) / 2, delta=0.02)

    def test_words(self):
        words = texts(chart())
        for expected in ("Cost <of> things", "under & it", "n", "instructions", 'arm: a < b & "c"', "arm"):
            self.assertIn(expected, words)

    def test_all_in_the_picture(self):
        for element in elements(chart(), "circle"):
            self.assertTrue(0 < float(element.get("cx")) < bench_svg.WIDTH and 0 < float(element.get("cy")) < bench_svg.HEIGHT)
        for line in elements(chart(), "polyline"):
            for x, y in (map(float, place.split(",")) for place in line.get("points").split()):
                self.assertTrue(0 < x < bench_svg.WIDTH and 0 < y < bench_svg.HEIGHT)

    def test_labels_keep_apart(self):
        series = [bench_svg.Series(name, "", [(1, 120), (9, 120)], []) for name in ("one", "two", "three")]
        heights = sorted(float(text.get("y")) for text in elements(chart(False, series), "text")
                         if text.text in ("one", "two", "three"))
        self.assertEqual(len(heights), 3)
        self.assertTrue(all(below - above >= bench_svg.LABEL_GAP - 0.11 for above, below in zip(heights, heights[1:])))


class Histogram(unittest.TestCase):
    def bars(self):
        return [element for element in elements(histogram(), "rect") if element.get("class") == "bar"]

    def test_complete(self):
        self.assertEqual([bar.find(SVG + "title").text for bar in self.bars()],
                         [f"late, {value} instructions: {count}" for value, count in BINS])

    def test_bars_stand_on_the_axis_and_a_single_sample_is_seen(self):
        bottom = bench_svg.HEIGHT - bench_svg.BOTTOM
        for bar in self.bars():
            self.assertAlmostEqual(float(bar.get("y")) + float(bar.get("height")), bottom, delta=0.02)
            self.assertGreater(float(bar.get("height")), 5)
        heights = [float(bar.get("height")) for bar in self.bars()]
        self.assertEqual([count for _, count in sorted(zip(heights, (count for _, count in BINS)))], [1, 12, 26, 3100])


class AllCharts(unittest.TestCase):
    def test_alone(self):
        for text in (chart(), histogram()):
            for outside in ("<script", "href", "url(", "@import", "@font-face"):
                self.assertNotIn(outside, text)
            self.assertEqual(re.findall(r"https?://[^\"]*", text), ["http://www.w3.org/2000/svg"])

    def test_both_looks(self):
        """A background of its own in both, and text that stands out from it."""
        style = elements(chart(), "style")[0].text
        light, dark = style.split("@media (prefers-color-scheme: dark)")

        def brightness(part, selector):
            red, green, blue = re.search(rf"^{selector} {{.*fill: #(..)(..)(..)", part, re.MULTILINE).groups()
            return sum(share * int(value, 16) for share, value in zip((0.3, 0.59, 0.11), (red, green, blue)))

        for words in ("text", r"\.faint"):
            self.assertGreater(brightness(light, r"\.panel") - brightness(light, words), 120)
            self.assertGreater(brightness(dark, words) - brightness(dark, r"\.panel"), 120)
        for colour in bench_svg.COLOURS:
            value = sum(share * int(colour[at:at + 2], 16) for share, at in zip((0.3, 0.59, 0.11), (1, 3, 5)))
            self.assertTrue(brightness(dark, r"\.panel") + 60 < value < brightness(light, r"\.panel") - 60, colour)

    def test_every_curve_has_its_chart(self):
        drawn = [name for charted in bench_plot.CHARTS.values() for name in charted.curves]
        self.assertEqual(sorted(drawn), sorted(bench_curves.CURVES))

    def test_ticks(self):
        self.assertEqual(bench_svg.nice_ticks(379), [0, 100, 200, 300, 400])
        self.assertEqual(bench_svg.nice_ticks(7), [0, 1, 2, 3, 4, 5, 6, 7])
        self.assertEqual(bench_svg.nice_ticks(1300)[-1], 1400)
        self.assertEqual(bench_svg.power_ticks(1, 3100, 10), [1, 10, 100, 1000])
        self.assertEqual(bench_svg.power_ticks(1, 40000, 2)[:3], [1, 4, 16])


if __name__ == "__main__":
    unittest.main()
