#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the kernel costs: boots bench.elf with the exact clock, and holds its figures to the golden ones.

Figures and curves are the same on every machine and every run (tools/bench_run.py), so any difference from
bench/golden.json is a change of the code, and is to be seen in its diff: a figure that changed, is new or is gone
fails until the file is updated. The size of the image, in bytes, is read from minimal.elf, the kernel with one empty
thread. What other kernels cost stands in bench/peers.json.
"""

import argparse
import json
import os
import subprocess
import sys
import textwrap

import bench_curves
import bench_plot
import bench_run
import doc_figures
import qemu
import terminal

GOLDEN, PEERS = os.path.join("bench", "golden.json"), os.path.join("bench", "peers.json")
WIDTH = 120  # columns of the terminal that the tables are for
NONE = "-"
# The widths of the peers' columns: enough for two figures where a kernel was measured in two settings.
COLUMNS = {"FreeRTOS": 8, "ThreadX": 11, "NuttX": 9, "LK": 5, "Zephyr": 6}
# Who has no column of its own, because it has figures of user mode only, but may be the best.
KERNELS = (*COLUMNS, "seL4")


def image_text_bytes(listing):
    """Bytes of text and constants, without the padding to pages, from the lines of `nm`."""
    symbols = {}
    for line in listing.splitlines():
        words = line.split()
        if len(words) == 3:
            symbols[words[2]] = int(words[0], 16)
    parts = ("boot_text", "boot_rodata", "text", "rodata")
    return sum(symbols[f"__{part}_used_end"] - symbols[f"__{part}_start"] for part in parts)


def image_figure(program):
    """The size of a program, in the form of a figure."""
    listing = subprocess.run(["aarch64-linux-gnu-nm", program], capture_output=True, text=True, check=True).stdout
    size = image_text_bytes(listing)
    return {"mean": size, "min": size, "max": size}


# --- Golden figures ------------------------------------------------------------------------------

def differences(figures, golden):
    """One line for each number that is not as it was."""
    lines = []
    for name in sorted(set(figures) | set(golden)):
        if name not in golden:
            lines.append(f"{name}: new, {figures[name]['mean']}; no golden figure")
        elif name not in figures:
            lines.append(f"{name}: gone; golden is {golden[name]['mean']}")
        else:
            keys = [*figures[name], *(key for key in golden[name] if key not in figures[name])]
            lines += [f"{name}: {key} is {figures[name].get(key)}, golden is {golden[name].get(key)}"
                      for key in keys if figures[name].get(key) != golden[name].get(key)]
    return lines


def all_differences(found, golden):
    """The same for {"figures": ..., "curves": ...}."""
    lines = differences(found["figures"], golden.get("figures", {}))
    return lines + [f"curve {line}" for line in differences(found["curves"], golden.get("curves", {}))]


def load_all(path):
    """The whole of a data file."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def load(path):
    """The figures of a data file."""
    return load_all(path)["figures"]


def dump(found):
    """One figure a line, so that a diff shows what changed and nothing else."""
    parts = []
    for part, figures in found.items():
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(figure)}" for name, figure in figures.items())
        parts.append(f"  {json.dumps(part)}: {{\n{rows}\n  }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


# --- Beside other kernels ------------------------------------------------------------------------

def peer_values(row, kernel):
    """What was measured of a kernel in one row: none, one or two figures."""
    value = row.get(kernel, [])
    return value if isinstance(value, list) else [value]


def best(row):
    """(the least of all kernels' figures, whose it is)"""
    least = min(value for kernel in KERNELS for value in peer_values(row, kernel))
    return least, ", ".join(kernel for kernel in KERNELS if least in peer_values(row, kernel))


def load_peers(path):
    """{name: row} with the best of each row beside the columns: "best" and "kernel"."""
    return {name: {**row, **dict(zip(("best", "kernel"), best(row)))} for name, row in load(path).items()}


def shown(name, figure):
    """The number of ours that stands against theirs: in rows named _max the worst, else the mean."""
    return figure["max"] if name.endswith("_max") else figure["mean"]


def peer_cells(row):
    """The peers' columns of one line. A star: another window, see the notes."""
    notes = row.get("notes", {})
    cells = []
    for kernel, width in COLUMNS.items():
        text = "/".join(map(str, peer_values(row, kernel))) or NONE
        cells.append(f"{text + ('*' if kernel in notes else ''):>{width}}")
    return " ".join(cells)


def line_of(name, figure, row):
    """One line of the table. figure: None where genrt has no such object; row: None where no peer was measured."""
    ours = [f"{figure[key]}" for key in ("mean", "min", "max")] if figure else [NONE] * 3
    line = f"{name:<24} {ours[0]:>8} {ours[1]:>6} {ours[2]:>6}"
    if not row:
        return line
    least, whose = best(row)
    ratio = f"{shown(name, figure) / least:.2f}" if figure and least else NONE
    return f"{line}  {peer_cells(row)} {least:>6} {ratio:>5}  {whose}"


def table(figures, peers):
    """The figures beside those of the others, as lines; last the rows that only the others have."""
    lines = [f"{'instructions':<24} {'mean':>8} {'min':>6} {'max':>6}  "
             + " ".join(f"{kernel:>{width}}" for kernel, width in COLUMNS.items()) + f" {'best':>6} {'ratio':>5}  whose"]
    lines += [line_of(name, figure, peers.get(name)) for name, figure in figures.items()]
    return lines + [line_of(name, None, row) for name, row in peers.items() if name not in figures]


def peer_words(data):
    """Where the peers' figures come from, as lines: what a reader needs to judge the table."""
    versions = "; ".join(kernel["version"] + (f" ({kernel['settings']})" if kernel["settings"] else "")
                         for kernel in data["kernels"].values())
    notes = "; ".join(f"{name}, {kernel}: {note}" for name, row in data["figures"].items()
                      for kernel, note in row.get("notes", {}).items())
    words = [f"Ratio: ours to the best of theirs, the mean, in rows named _max the worst. {NONE} in the first columns: "
             "genrt has no such object. image_text_bytes: bytes.",
             f"Peers ({PEERS}), measured {data['measured']}: {data['machine']}; {data['settings']}.",
             f"{versions}.", f"* {notes}."]
    return [line for text in words for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")]


# --- The program ---------------------------------------------------------------------------------

def parse_arguments():
    parser = argparse.ArgumentParser(description="Measure what the kernel costs.")
    parser.add_argument("--build", required=True, metavar="DIR", help="where bench.elf is")
    parser.add_argument("--json", action="store_true", help="print what was measured, as JSON; compare nothing")
    parser.add_argument("--update", action="store_true", help=f"write {GOLDEN}, and the figures of {doc_figures.DOCUMENT}")
    parser.add_argument("--plot", metavar="DIR", help="write curves and histogram as SVG files")
    parser.add_argument("--golden", metavar="FILE", default=GOLDEN, help=f"compare with this file ({GOLDEN})")
    parser.add_argument("--short", action="store_true", help="a twentieth of the samples: other figures, in a second")
    return parser.parse_args()


def compare(found, path):
    """Says what is not as in the golden file; returns the exit status."""
    if not os.path.exists(path):
        print(f"bench: no {path}; ./genrt bench --update writes it", file=sys.stderr)
        return 1
    changed = all_differences(found, load_all(path))
    for line in changed:
        print(f"bench: {line}", file=sys.stderr)
    if not changed:
        print(f"all {len(found['figures'])} figures and {len(found['curves'])} curves as in {path}")
    return 1 if changed else 0


def main():
    options = parse_arguments()
    os.chdir(qemu.ROOT)
    try:
        with terminal.progress("measuring"):
            run = bench_run.measure(options.build, options.short)
        run.figures["image_text_bytes"] = image_figure(os.path.join(options.build, "minimal.elf"))
        plots = bench_plot.write(run, options.plot) if options.plot else []
    except (bench_run.BenchError, qemu.QemuError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(dump({"figures": run.figures, "curves": run.curves, "histograms": run.histograms}), end="")
        return 0
    data = load_all(PEERS)
    for lines in (table(run.figures, data["figures"]), peer_words(data), [""], bench_curves.table(run.curves)):
        print("\n".join(lines))
    for path in plots:
        print(f"written: {path}")
    found = {"figures": run.figures,
             "curves": {name: bench_curves.summary(points) for name, points in run.curves.items()}}
    if options.update:
        with open(options.golden, "w", encoding="utf-8") as file:
            file.write(dump(found))
        print(f"written to {options.golden}")
        if options.golden == GOLDEN:
            doc_figures.write(".")
        return 0
    return compare(found, options.golden)


if __name__ == "__main__":
    sys.exit(main())
