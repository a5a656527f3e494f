# SPDX-License-Identifier: MIT
"""A small writer of charts as SVG: one file, no script, no font and nothing else from outside.

A chart brings its own background, and both of its looks with it: light, and dark where the reader asks for that. So
its text is legible on whatever page it lands. Every point and bar carries its numbers as a tooltip.
"""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, BOTTOM = 78, 128, 62
LEGEND_TOP, LEGEND_LINE = 78, 20
BAR_STEP, BAR_LEFT = 26, 190
LABEL_GAP = 14  # pixels that labels at the lines' ends keep from each other
COLOURS = ("#2f7fd1", "#d4690b", "#2b9a57", "#9a5bd0", "#d43f4c", "#13909e")
STYLE = """
text { font-family: sans-serif; font-size: 13px; fill: #1f2328; }
.title { font-size: 19px; font-weight: bold; }
.faint { fill: #59636e; }
.panel { fill: #ffffff; }
.grid { stroke: #dfe3e8; stroke-width: 1; }
.axis { stroke: #59636e; stroke-width: 1; }
.line { fill: none; stroke-width: 1.8; }
.limit { fill: none; stroke-width: 1.4; stroke-dasharray: 6 4; }
.mark { stroke: #59636e; stroke-width: 1; stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.faint { fill: #a3adb8; }
.panel { fill: #14181d; }
.grid { stroke: #2c333b; }
.axis, .mark { stroke: #a3adb8; }
}
"""


@dataclass(frozen=True)
class Series:
    """A line through points, and (limit) the points of a line above it, which is drawn dashed."""

    name: str
    words: str
    points: list
    limit: list


@dataclass(frozen=True)
class Bar:
    """A lying bar; without a value only its words are shown. Those that are not fine have another colour."""

    name: str
    value: float | None
    is_fine: bool
    words: str


@dataclass(frozen=True)
class Axis:
    """Values from low to high over pixels from start to end; logarithmic if asked for, and then low > 0."""

    low: float
    high: float
    start: float
    end: float
    ticks: list
    logarithmic: bool = False

    def place(self, value):
        """Where a value is, in pixels."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def nice_ticks(high, wanted=7):
    """Round numbers from 0 to the first that is not below `high`."""
    step = 1
    while high / step > wanted:
        # 1, 2, 5, 10, 20, 50, ...
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return [step * i for i in range(math.ceil(high / step) + 1)]


def power_ticks(low, high, base, most=10):
    """Powers of the base from low to high; every second, third, ... one where they are too many."""
    powers = [base ** i for i in range(64) if low <= base ** i <= high]
    return powers[::math.ceil(len(powers) / most)]


def linear_axis(high, start, end):
    ticks = nice_ticks(high)
    return Axis(0, ticks[-1], start, end, ticks)


def _text(x, y, words, kind="", anchor="start", more=""):
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def _line(x1, y1, x2, y2, kind):
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _polyline(kind, colour, places):
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    return f'<polyline class="{kind}" stroke="{colour}" points="{points}"/>'


def _frame(title, subtitle, x_axis, y_axis, x_words, y_words):
    """Background, title, grid, axes and their names."""
    parts = [f'<rect class="panel" width="{WIDTH}" height="{HEIGHT}"/>',
             _text(20, 32, title, "title"), _text(20, 54, subtitle, "faint")]
    bottom, top = y_axis.start, y_axis.end
    for tick in y_axis.ticks:
        y = y_axis.place(tick)
        parts += [_line(x_axis.start, y, x_axis.end, y, "grid"), _text(x_axis.start - 8, y + 4, f"{tick:,}", "faint", "end")]
    for tick in x_axis.ticks:
        x = x_axis.place(tick)
        parts += [_line(x, bottom, x, bottom + 5, "axis"), _text(x, bottom + 20, f"{tick:,}", "faint", "middle")]
    parts += [_line(x_axis.start, bottom, x_axis.end, bottom, "axis"), _line(x_axis.start, bottom, x_axis.start, top, "axis"),
              _text((x_axis.start + x_axis.end) / 2, HEIGHT - 16, x_words, "", "middle")]
    middle = (top + bottom) / 2
    return parts + [_text(20, middle, y_words, "", "middle", f' transform="rotate(-90 20 {middle:.1f})"')]


def _spread(places):
    """Moves labels down where they would cover each other; {name: y}."""
    moved, last = {}, -math.inf
    for y, name in sorted(places):
        last = max(y, last + LABEL_GAP)
        moved[name] = last
    return moved


def _document(title, parts, height=HEIGHT):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img">')
    return "\n".join([head, f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def _draw_series(series, colour, x_axis, y_axis):
    def places(points):
        return [(x_axis.place(n), y_axis.place(value)) for n, value in points]

    parts = [_polyline("limit", colour, places(series.limit))] if series.limit else []
    parts.append(_polyline("line", colour, places(series.points)))
    radius = 2.6 if len(series.points) < 120 else 1.6
    return parts + [f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius}" fill="{colour}">'
                    f"<title>{escape(series.name)}, n={n}: {value}</title></circle>"
                    for (n, value), (x, y) in zip(series.points, places(series.points))]


def lines(title, subtitle, x_words, y_words, all_series, logarithmic):
    """A chart of lines over n: the text of an SVG file. logarithmic: of n."""
    top = LEGEND_TOP + LEGEND_LINE * len(all_series) + 6
    most_n = max(n for series in all_series for n, _ in series.points)
    most = max(value for series in all_series for _, value in [*series.points, *series.limit])
    y_axis = linear_axis(most, HEIGHT - BOTTOM, top)
    if logarithmic:
        x_axis = Axis(1, most_n, LEFT, WIDTH - RIGHT, power_ticks(1, most_n, 2), True)
    else:
        ticks = [tick for tick in nice_ticks(most_n, 12) if tick <= most_n]
        x_axis = Axis(0, most_n, LEFT, WIDTH - RIGHT, ticks)
    parts = _frame(title, subtitle, x_axis, y_axis, x_words, y_words)
    labels = _spread([(y_axis.place(series.points[-1][1]) + 4, series.name) for series in all_series])
    for i, series in enumerate(all_series):
        colour, y = COLOURS[i % len(COLOURS)], LEGEND_TOP + LEGEND_LINE * i
        parts += [_polyline("line", colour, [(20, y - 4), (48, y - 4)]), _text(56, y, f"{series.name}: {series.words}")]
        parts += _draw_series(series, colour, x_axis, y_axis)
        parts.append(_text(x_axis.end + 8, labels[series.name], series.name, "", "start", f' style="fill:{colour}"'))
    return _document(title, parts)


def histogram(title, subtitle, x_words, y_words, name, bins, marks):
    """A chart of counts, one bar for each value; counts are logarithmic, so that one is seen beside thousands.
    marks: (value, words), drawn as lines from top to bottom."""
    top = LEGEND_TOP + LEGEND_LINE + 16
    most, high = max(count for _, count in bins), max(value for value, _ in bins)
    y_axis = Axis(0.5, most * 1.3, HEIGHT - BOTTOM, top, power_ticks(1, most, 10), True)
    x_axis = linear_axis(high + 1, LEFT, WIDTH - 24)
    parts = _frame(title, subtitle, x_axis, y_axis, x_words, y_words)
    parts += [f'<rect x="20" y="{LEGEND_TOP - 11}" width="14" height="12" fill="{COLOURS[0]}"/>',
              _text(42, LEGEND_TOP, f"{name}: samples that took so many instructions")]
    for value, count in bins:
        x, y = x_axis.place(value), y_axis.place(count)
        width = x_axis.place(value + 1) - x
        parts.append(f'<rect class="bar" x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{y_axis.start - y:.2f}" '
                     f'fill="{COLOURS[0]}"><title>{escape(name)}, {value} instructions: {count}</title></rect>')
    for value, words in marks:
        x = x_axis.place(value + 0.5)
        parts += [_line(x, y_axis.start, x, top - 6, "mark"), _text(x, top - 10, words, "faint", "middle")]
    return _document(title, parts)


def bars(title, subtitle, x_words, rows, limit):
    """A chart of lying bars, one for each row, with a mark at the limit. A bar far beyond it is cut off at its double."""
    height = LEGEND_TOP + BAR_STEP * len(rows) + BOTTOM + 16
    top, bottom = LEGEND_TOP, height - BOTTOM
    most = max([limit, *(min(bar.value, 2 * limit) for bar in rows if bar.value is not None)])
    axis = linear_axis(most, BAR_LEFT, WIDTH - 40)
    parts = [f'<rect class="panel" width="{WIDTH}" height="{height}"/>', _text(20, 32, title, "title"), _text(20, 54, subtitle, "faint")]
    for tick in axis.ticks:
        x = axis.place(tick)
        parts += [_line(x, bottom, x, top, "grid"), _text(x, bottom + 20, f"{tick:,}", "faint", "middle")]
    for i, bar in enumerate(rows):
        y = top + BAR_STEP * i + 6
        end = axis.place(min(bar.value, axis.high)) if bar.value is not None else axis.start
        parts += [_text(axis.start - 8, y + 12, bar.name if len(bar.name) <= 24 else bar.name[:23] + "…", "", "end"),
                  f'<rect class="bar" x="{axis.start:.2f}" y="{y:.2f}" width="{end - axis.start:.2f}" height="{BAR_STEP - 10}" '
                  f'fill="{COLOURS[0] if bar.is_fine else COLOURS[4]}"><title>{escape(bar.words)}</title></rect>']
        if bar.value is None or bar.value > axis.high:
            parts.append(_text(axis.start + 8, y + 12, bar.words, "faint"))
    x = axis.place(limit)
    parts += [_line(x, bottom, x, top - 4, "mark"), _text(x, top - 8, "deadline", "faint", "middle"),
              _line(axis.start, bottom, axis.end, bottom, "axis"), _line(axis.start, bottom, axis.start, top, "axis"),
              _text((axis.start + axis.end) / 2, height - 16, x_words, "", "middle")]
    return _document(title, parts, height)
