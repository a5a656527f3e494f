# SPDX-License-Identifier: MIT
"""The benchmark's curves and histograms as SVG files: which of them stand in which chart, and with what words."""

import os
from dataclasses import dataclass

import bench_curves
import bench_svg

UNIT = "instructions"


@dataclass(frozen=True)
class Chart:
    """One file of curves. over: what stands along the x axis."""

    title: str
    over: str
    curves: tuple
    logarithmic: bool = False


CHARTS = {
    "threads": Chart("Cost over the number of threads, waiters and messages", "n: threads, waiters or messages",
                     ("spawn_threads", "wake_line", "wake_levels", "block_ready", "mailbox_queued", "yield_ready")),
    "undisturbed": Chart("What the same work of a high-priority thread takes, over the number of lower threads",
                         "n: lower threads, of which a third each sleeps, waits for a message and is ready",
                         ("undisturbed",)),
    "deadlines": Chart("Cost of a release by deadline over the ready jobs", "n: jobs with a later deadline",
                       ("edf_release",)),
    "timers": Chart("Cost over the number of armed deadlines", "n: armed deadlines, the measured one among them",
                    ("timer_arm", "timer_cancel", "timer_expire"), True),
    "timers_lower": Chart("Cost over the number of armed deadlines below", "n: armed deadlines, the measured one among them",
                          ("timer_arm_lower", "timer_cancel_lower", "timer_expire_lower"), True),
    "memory": Chart("Cost over what is allocated: heap and frames", "n: live blocks or frames taken",
                    ("frame_alloc", "frame_free", "heap_alloc", "heap_free"), True),
    "messages": Chart("Cost of a message over its size", "bytes of a message", ("mailbox_size",)),
}
SUBTITLE = "Greatest of the samples at each n, on QEMU in exact mode"


def series_of(name, points):
    """A curve with its words and, where its promise is a line above it, that line."""
    curve = bench_curves.CURVES.get(name)
    if curve is None:
        return bench_svg.Series(name, "nothing is promised", points, [])
    limit = [(n, curve.promise.limit(n)) for n, _ in points if curve.promise.limit(n) is not None]
    return bench_svg.Series(name, f"{curve.what}; over {curve.of} ({curve.promise})", points, limit)


def curve_chart(chart, curves):
    """The text of one file."""
    found = [series_of(name, curves[name]) for name in chart.curves]
    dashed = "; dashed: the limit that a test holds it to" if any(series.limit for series in found) else ""
    return bench_svg.lines(chart.title, SUBTITLE + dashed, chart.over, UNIT, found, chart.logarithmic)


def histogram_chart(name, bins, figures):
    """The text of a histogram's file."""
    samples = sum(count for _, count in bins)
    mean = sum(value * count for value, count in bins) / samples
    marks = [(bins[-1][0], f"worst {bins[-1][0]}")]
    idle = figures.get("timer_wake_idle")
    if idle:
        marks.append((idle["max"], f"idle CPU {idle['max']}"))
    return bench_svg.histogram("How late a sleeper runs while a lower thread calls the kernel",
                               f"{samples:,} wakes, least {bins[0][0]}, mean {mean:.1f}, worst {bins[-1][0]}, "
                               "on QEMU in exact mode",
                               f"{UNIT} from the timer's moment to the sleeper's first instruction",
                               "samples (logarithmic)", name, bins, marks)


def write(run, directory):
    """Writes all charts of a Run; returns the files' names."""
    texts = {f"{name}.svg": curve_chart(chart, run.curves) for name, chart in CHARTS.items()}
    texts |= {f"{name}.svg": histogram_chart(name, bins, run.figures) for name, bins in run.histograms.items()}
    os.makedirs(directory, exist_ok=True)
    for name, text in texts.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)
    return [os.path.join(directory, name) for name in texts]
