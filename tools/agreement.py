#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All that was observed of all images in a run of the tests, against the analysis of each: agreement.py DIR

For every image that left an account below DIR (tools/observe): no call longer than its bound, no masked stretch
longer than its, no loop that turns more often than it says, no executed jump outside the static graph. Then, over
all images together: which claims of loops would go unnoticed if they were one lower.
"""

import glob
import os
import sys

import qemu

for room in ("bounds", "observe"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), room))
import elf  # noqa: E402
import merge  # noqa: E402
import subject  # noqa: E402
import verdict  # noqa: E402
from facts import Refusal  # noqa: E402

UNTESTED = os.path.join("build", "bounds", "untested.txt")


def images(directory):
    """[(path of the ELF, digest)] of the images with accounts in `directory`."""
    found = []
    for path in sorted(glob.glob("build/*/*.elf")):
        digest = subject.digest(path)
        if glob.glob(os.path.join(directory, digest, "*.txt")):
            found.append((path, digest))
    return found


class Claims:
    """Numbers of loops and limits, and the most that any image showed of each."""

    def __init__(self):
        self.rows = {}

    def add(self, agreement):
        """One image's."""
        facts, seen = agreement.gathered["facts"], agreement.seen
        for name, fact in facts.items():
            row = seen["loops"].get(name) or seen["paths"].get(name)
            most = row["max"] if row else -1
            before = self.rows.get(name, (fact["number"], -1))
            # The image that comes closest to its own number: variants have other numbers.
            if most - fact["number"] >= before[1] - before[0]:
                self.rows[name] = fact["number"], most

    def untested(self):
        """Lines for claims that could be one lower."""
        return [f"{name}: says {number}, the most seen is {most if most >= 0 else 'none'}"
                for name, (number, most) in sorted(self.rows.items()) if most < number]


def judge(path, directory, claims):
    """Lines of what does not agree in one image."""
    try:
        analysis, gathered = verdict.analyse(path)
        seen = merge.merge(directory, path)
    except (elf.ElfError, Refusal, merge.MergeError) as error:
        return [str(error)]
    if not analysis.facts.number:
        return []  # its markers are counters
    lines, agreement = verdict.reality(analysis, gathered, seen)
    claims.add(agreement)
    print(f"{path}: {len(seen['cases'])} runs, {seen['instructions']} instructions, {len(seen['edges'])} jumps of {len(seen['executed'])}"
          f" instructions executed: {len(lines)} not as analysed")
    return [f"{path}: {line}" for line in lines]


def main():
    os.chdir(qemu.ROOT)
    directory, claims, lines = sys.argv[1], Claims(), []
    found = images(directory)
    for path, _ in found:
        lines += judge(path, directory, claims)
    print("\n".join(lines))
    untested = claims.untested()
    os.makedirs(os.path.dirname(UNTESTED), exist_ok=True)
    with open(UNTESTED, "w", encoding="utf-8") as file:
        file.write("\n".join(untested) + "\n")
    print(f"{len(claims.rows)} claims; {len(claims.rows) - len(untested)} are reached, and one lower would fail;"
          f" the {len(untested)} others: {UNTESTED}")
    print(f"{len(found)} images, {len(lines)} disagreements")
    return 1 if lines or not found else 0


if __name__ == "__main__":
    sys.exit(main())
