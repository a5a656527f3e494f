#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which claims of loops are tested: by runs of images, and by programs of this machine."""

import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import agreement  # noqa: E402

PROGRAM = """
#include <stdio.h>
#include <stdlib.h>
#include "lib/bound.h"
void panic(const char *format, ...) { puts(format); exit(3); }
int main(int count, char **arguments) {
    (void)arguments;
    for (int from = 0; from < 3; from++) {
        BOUND_LOOP(turns, 4);
        for (int i = from; i < count; i++) {
            BOUND_TURN(turns);
        }
    }
    BOUND_LOOP(none, 7);
    while (count > 100) {
        BOUND_TURN(none);
    }
    return 0;
}
"""


class Seen:
    """As tools/bounds/agree.py has it."""

    def __init__(self, numbers, loops, paths=None):
        self.gathered = {"facts": {name: {"number": number} for name, number in numbers.items()}}
        self.seen = {"loops": {name: {"max": most} for name, most in loops.items()},
                     "paths": {name: {"max": most} for name, most in (paths or {}).items()}}


class Claims(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = scratch.name
        os.mkdir(os.path.join(self.directory, agreement.HOST))

    def write_host(self, name, text):
        with open(os.path.join(self.directory, agreement.HOST, name), "w", encoding="utf-8") as file:
            file.write(text)

    def test_images(self):
        claims = agreement.Claims()
        claims.add(Seen({"f.c:low": 3, "f.c:limit": 2, "f.c:high": 5, "f.c:never": 1}, {"f.c:low": 3, "f.c:high": 4}, {"f.c:limit": 2}))
        self.assertEqual(claims.untested(), {"f.c:high": (5, 4), "f.c:never": (1, -1)})

    def test_each_image_against_its_own_number(self):
        claims = agreement.Claims()
        claims.add(Seen({"f.c:slots": 64}, {"f.c:slots": 20}))
        self.assertEqual(claims.untested(), {"f.c:slots": (64, 20)})
        claims.add(Seen({"f.c:slots": 8}, {"f.c:slots": 8}))
        claims.add(Seen({"f.c:slots": 4096}, {"f.c:slots": 30}))
        self.assertEqual(claims.untested(), {})

    def test_the_host_counts_for_claims_of_images_alone(self):
        claims = agreement.Claims()
        claims.add(Seen({"f.c:a": 3, "f.c:b": 3}, {"f.c:a": 1}))
        self.write_host("one", "f.c:a 3 2\nf.c:b 3 2\nhost.c:c 9 1\n")
        self.write_host("two", "f.c:a 3 3\nf.c:b 3 1\n")
        claims.add_host(self.directory)
        self.assertEqual(claims.untested(), {"f.c:b": (3, 2)})

    def test_what_a_program_writes_down(self):
        source, program = (os.path.join(self.directory, name) for name in ("program.c", "program"))
        maxima = os.path.join(self.directory, "maxima")
        with open(source, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        for compiler in ("gcc", "clang"):
            subprocess.run([compiler, "-O1", "-fsanitize=address,undefined", "-DBOUND_MAXIMA=1", f"-I{ROOT}", "-o", program, source,
                            os.path.join(ROOT, "tests", "support", "bound_maxima.c")], check=True)
            environment = {**os.environ, "GENRT_BOUND_MAXIMA": maxima}
            for arguments, status in (((), 0), (("1", "2", "3"), 0), (("1", "2", "3", "4"), 3)):
                done = subprocess.run([program, *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
                self.assertEqual(done.returncode, status)
            with open(maxima, encoding="utf-8") as file:
                rows = sorted(line.split(":", 1)[1].strip() for line in file)
            self.assertEqual(rows, ["none 7 0"] * 3 + ["turns 4 1", "turns 4 4", "turns 4 4"])
            os.remove(maxima)


if __name__ == "__main__":
    unittest.main()
