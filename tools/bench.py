#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the kernel costs: boots bench.elf with the exact clock, and holds its figures to the golden ones.

The program prints records `record figure NAME MEAN MIN MAX`, in instructions. They are the same on every machine
and every run, so any difference from bench/golden.json is a change of the code, and is to be seen in its diff.
The size of the image, in bytes, is read from minimal.elf, the kernel with one empty thread.
"""

import argparse
import json
import os
import re
import subprocess
import sys

import qemu
import tap
from qemu_cases import subject

GOLDEN, PEERS = os.path.join("bench", "golden.json"), os.path.join("bench", "peers.json")
TIMEOUT = 120  # seconds of this machine's time
_FIGURE = re.compile(r"(?:record )?figure ([a-z0-9_]+) (\d+(?:\.\d{1,3})?) (\d+) (\d+)$")


class BenchError(Exception):
    """Why there are no figures."""


def number(text):
    """An int where the text is one, so that JSON shows 78 and not 78.0."""
    value = float(text)
    return int(value) if value == int(value) else value


def parse_figures(output):
    """{name: {"mean", "min", "max"}} from a run's output (bytes), in its order."""
    figures = {}
    for line in output.decode("utf-8", errors="replace").replace("\r", "\n").split("\n"):
        match = _FIGURE.match(line.strip())
        if not match:
            if re.match(r"(record )?figure\b", line):
                raise BenchError(f"not a figure: '{line.strip()}'")
            continue
        name, mean, low, high = match.groups()
        if name in figures:
            raise BenchError(f"figure {name} stands twice")
        figures[name] = {"mean": number(mean), "min": number(low), "max": number(high)}
        if not figures[name]["min"] <= figures[name]["mean"] <= figures[name]["max"]:
            raise BenchError(f"figure {name}: its mean is not between its least and its greatest")
    return figures


def measure(build):
    """Runs bench.elf of a build directory."""
    program, observe = os.path.join(build, "bench.elf"), os.environ.get("GENRT_OBSERVE")
    plugin = subject.plugin_argument(observe, program, "bench") if observe else ""
    start = qemu.Start(program, bootargs="log=error", plugin=plugin)
    result = qemu.run_captured(qemu.Machine(exact=True), start, TIMEOUT)
    figures = parse_figures(result.output)
    reason = tap.panic_reason(tap.records(result.output))
    if result.status != 0 or reason or not figures:
        tail = "\n".join(result.output.decode(errors="replace").splitlines()[-15:])
        end = "no end" if result.status is None else f"exit status {result.status}"
        raise BenchError(f"bench.elf: {end}, {len(figures)} figures\n{tail}\n{result.errors}".rstrip())
    return figures


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


def differences(figures, golden):
    """One line for each figure that is not as it was."""
    lines = []
    for name in sorted(set(figures) | set(golden)):
        if name not in golden:
            lines.append(f"{name}: new, {figures[name]['mean']}; no golden figure")
        elif name not in figures:
            lines.append(f"{name}: gone; golden is {golden[name]['mean']}")
        else:
            lines += [f"{name}: {key} is {figures[name][key]}, golden is {golden[name][key]}"
                      for key in ("mean", "min", "max") if figures[name][key] != golden[name][key]]
    return lines


def table(figures, peers):
    """The figures beside the best of the others, as lines."""
    lines = [f"{'instructions (image: bytes)':<28} {'mean':>10} {'min':>8} {'max':>8}   {'best peer':>9} {'ratio':>6}"]
    for name, figure in figures.items():
        line = f"{name:<28} {figure['mean']:>10} {figure['min']:>8} {figure['max']:>8}"
        peer = peers.get(name)
        if peer:
            # Rows named _max hold the worst case of theirs against the worst of ours.
            ours = figure["max"] if name.endswith("_max") else figure["mean"]
            ratio = f"{ours / peer['best']:.2f}" if peer["best"] else "-"
            line += f"   {peer['best']:>9} {ratio:>6}  {peer['kernel']}"
        lines.append(line)
    return lines


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["figures"]


def dump(figures):
    """One figure a line, so that a diff shows what changed and nothing else."""
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(figure)}" for name, figure in figures.items())
    return '{\n  "figures": {\n' + rows + "\n  }\n}\n"


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measure what the kernel costs.")
    parser.add_argument("--build", required=True, metavar="DIR", help="where bench.elf is")
    parser.add_argument("--json", action="store_true", help="print the figures only, as JSON; compare nothing")
    parser.add_argument("--update", action="store_true", help=f"write {GOLDEN}")
    return parser.parse_args()


def main():
    options = parse_arguments()
    os.chdir(qemu.ROOT)
    try:
        figures = measure(options.build)
        figures["image_text_bytes"] = image_figure(os.path.join(options.build, "minimal.elf"))
    except (BenchError, qemu.QemuError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"figures": figures}, indent=2))
        return 0
    print("\n".join(table(figures, load(PEERS))))
    if options.update:
        with open(GOLDEN, "w", encoding="utf-8") as file:
            file.write(dump(figures))
        print(f"written to {GOLDEN}")
        return 0
    if not os.path.exists(GOLDEN):
        print(f"bench: no {GOLDEN}; ./genrt bench --update writes it", file=sys.stderr)
        return 1
    changed = differences(figures, load(GOLDEN))
    for line in changed:
        print(f"bench: {line}", file=sys.stderr)
    if not changed:
        print(f"all {len(figures)} figures as in {GOLDEN}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
