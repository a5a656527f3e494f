#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All that was observed of all images in a run of the tests, against the analysis of each: agreement.py DIR

For every image that left an account below DIR (tools/observe): no call longer than its bound, no masked stretch
longer than its, no loop that turns more often than it says, no executed jump outside the static graph.

Then, over all images together: a claim of a loop or a limit is tested if a check would fail, were its number one lower.
That is so if a run of an image came up to the number, which is held against it here; or a program of this machine
(DIR/host, tests/support/bound_maxima.c), which stops at a turn too many. All others are listed.
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

HOST = "host"
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
    """Numbers of loops and limits of images, and the most that any run showed of each."""

    def __init__(self):
        self.rows = {}

    def _note(self, name, number, most):
        """Keeps what comes closest to its own number: variants have other numbers."""
        before = self.rows.get(name, (number, -1))
        if most - number >= before[1] - before[0]:
            self.rows[name] = number, most

    def add(self, agreement):
        """One image's."""
        facts, seen = agreement.gathered["facts"], agreement.seen
        for name, fact in facts.items():
            row = seen["loops"].get(name) or seen["paths"].get(name)
            self._note(name, fact["number"], row["max"] if row else -1)

    def add_host(self, directory):
        """What programs of this machine wrote down, of claims that an image has too."""
        for path in sorted(glob.glob(os.path.join(directory, HOST, "*"))):
            with open(path, encoding="utf-8") as file:
                rows = [line.split() for line in file]
            for name, number, most in rows:
                if name in self.rows:
                    self._note(name, int(number), int(most))

    def untested(self):
        """{name: (number, most)} of claims that could be one lower, and nothing would fail."""
        return {name: row for name, row in sorted(self.rows.items()) if row[1] < row[0]}


def judge(path, directory, claims):
    """Lines of what does not agree in one image."""
    try:
        analysis, gathered = verdict.analyse(path)
        seen = merge.merge(directory, path)
    except (elf.ElfError, Refusal, merge.MergeError) as error:
        return [str(error)]
    if verdict.is_counting(analysis):
        return []
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
    by_images = len(claims.rows) - len(claims.untested())
    claims.add_host(directory)
    untested = claims.untested()
    os.makedirs(os.path.dirname(UNTESTED), exist_ok=True)
    with open(UNTESTED, "w", encoding="utf-8") as file:
        file.writelines(f"{name}: says {number}, the most seen is {most if most >= 0 else 'none'}\n"
                        for name, (number, most) in untested.items())
    print(f"{len(claims.rows)} claims of loops and limits: {by_images} are as low as runs of images allow,"
          f" {len(claims.rows) - by_images - len(untested)} more as programs of this machine do; the {len(untested)} others: {UNTESTED}")
    print(f"{len(found)} images, {len(lines)} disagreements")
    return 1 if lines or not found else 0


if __name__ == "__main__":
    sys.exit(main())
