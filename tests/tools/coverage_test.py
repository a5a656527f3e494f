#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/coverage.py: what counts as executed, over runs and images; and the list of what was not."""

import os
import subprocess
import sys
import unittest

from observe_test import MACROS, Watched, setUpModule  # noqa: F401  the plugin is built

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import coverage  # noqa: E402

# Says which of two ways is taken; PAD moves all addresses. `stops` has a way that does not come back.
GUEST = MACROS + """
FUNCTION _start
    ldr x0, =stack_top
    mov sp, x0
    mov x2, #WAY
    bl ways
    bl stops
    mov x0, #0
    EXIT
END _start
    .balign 64
    .skip PAD
FUNCTION other
    ret
END other
FUNCTION ways               /* 4 blocks, and that of the branch to other */
    stp x29, x30, [sp, #-16]!
    cbz x2, 1f
    adrp x0, word
    add x0, x0, :lo12:word
    ldr x1, [x0, :lo12:word]
    b 2f
1:  bl other
2:  ldp x29, x30, [sp], #16
    tbnz x2, #1, other
    ret
END ways
FUNCTION stops
    cbnz x2, 1f
1:  tbnz x2, #2, 2f
    ret
2:  b 2b
END stops
    .data
    .skip PAD * 3
    .balign 8
word: .quad 0
    .bss
    .balign 16
    .skip 4096
stack_top:
"""


class Images(Watched):
    def image(self, name, way, pad):
        self.write("guest.S", GUEST)
        elf = self.build("guest.S", flags=("-g", f"-DWAY={way}", f"-DPAD={pad}"))
        path = os.path.join(self.directory, f"{name}.elf")
        os.rename(elf, path)
        self.assertEqual(self.run_one(path), 0)
        return path

    def judge(self, *images):
        codes = coverage.Codes()
        for path in images:
            codes.add_image(path, self.directory, True)
        return codes, {f"{code.name}+{code.blocks[key][0]:#x}": code.blocks[key][1] for code, key in coverage.judge(codes)[1]}

    def test_each_alone_and_both(self):
        one, two = self.image("one", 0, 4), self.image("two", 1, 8192)
        codes, missing = self.judge(one)
        self.assertEqual(missing, {"ways+0x8": 16, "ways+0x20": 0})
        _, missing = self.judge(two)
        self.assertEqual(missing, {"ways+0x18": 4, "ways+0x20": 0, "other+0x0": 4})
        codes, missing = self.judge(one, two)
        self.assertEqual(missing, {"ways+0x20": 0})
        self.assertEqual(len([code for code in codes.all() if code.name == "ways"]), 1)
        _, missing = self.judge(one, two, self.image("three", 2, 64))
        self.assertEqual(missing, {})

    def test_what_does_not_come_back_is_not_in_question(self):
        codes, _ = self.judge(self.image("one", 0, 4))
        stops, = (code for code in codes.all() if code.name == "stops")
        self.assertEqual(sorted(size for _, size in stops.blocks.values()), [4, 4, 4])

    def test_tracefile(self):
        codes, _ = self.judge(self.image("one", 0, 4))
        for code in codes.all():
            code.lines = {at: ("lib/bound.h", line) for at, (_, line) in code.lines.items()}
            code.file = "lib/bound.h"
        text = coverage.Trace(codes.all()).text().splitlines()
        line = GUEST.splitlines().index("    cbz x2, 1f") + 1
        self.assertIn(f"DA:{line},1", text)
        self.assertIn(f"DA:{line + 1},0", text)
        self.assertEqual([entry for entry in text if entry.startswith(f"BRDA:{line},")], [f"BRDA:{line},0,0,0", f"BRDA:{line},0,1,1"])
        self.assertIn(f"FN:{line - 1},ways", text)
        self.assertIn("FNDA:1,ways", text)
        self.assertEqual(text[-1], "end_of_record")

    def test_frames(self):
        source = "static inline __attribute__((always_inline)) int in(int x) { return x * 7; }\nint out(int x);\nint out(int x) { return in(x); }\n"
        self.write("guest.c", source)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O1", "-g", "-nostdlib", "-static", "-Wl,-e,out", "-o", "guest.elf", "guest.c"],
                       cwd=self.directory, check=True)
        image = coverage.elf.Image(os.path.join(self.directory, "guest.elf"))
        start = image.by_name["out"].address
        found = coverage.frames(image.path, [start])[start]
        self.assertEqual([(name, line) for name, _, line in found], [("in", 1), ("out", 3)])


class Blocks(unittest.TestCase):
    def test_all_of_a_block(self):
        code = coverage.Code("f.c", "f", 1, None, 0)
        code.blocks = {0: (0, 8), 8: (8, 4), ("taken", 4): (4, 0)}
        code.in_question = True
        codes = coverage.Codes()
        codes.named["f.c", "f"][1] = code
        self.assertEqual((coverage.judge(codes)[0], [key for _, key in coverage.judge(codes)[1]]), (3, [("taken", 4), 0, 8]))
        code.executed.update({0: 5, 8: 1})
        self.assertEqual([key for _, key in coverage.judge(codes)[1]], [("taken", 4), 0])
        code.executed[4] = 1
        self.assertEqual([key for _, key in coverage.judge(codes)[1]], [("taken", 4)])
        code.taken[4] = 1
        self.assertEqual(coverage.judge(codes)[1], [])
        code.in_question = False
        self.assertEqual(coverage.judge(codes)[0], 0)


class Reasons(unittest.TestCase):
    class Block:
        def __init__(self, *owners):
            self.owners, self.text = set(owners), "a block"

    def test_lines(self):
        text = "# words\n\na/f.c:f: why\nlib/x.h:g (clang): why\n"
        self.assertEqual(coverage.parse_reasons(text, "gcc"), {("a/f.c", "f"): 3})
        self.assertEqual(coverage.parse_reasons(text, "clang"), {("a/f.c", "f"): 3, ("lib/x.h", "g"): 4})

    def test_bad_lines(self):
        for text in ("f.c:f", "f.c:f:", "f.c: why", "f.c:f (icc): why", "f.c:f: a\nf.c:f: b"):
            with self.assertRaises(coverage.CoverageError):
                coverage.parse_reasons(text, "gcc")

    def test_both_ways(self):
        block = self.Block(("f.c", "f"), ("in.h", "inlined"))
        self.assertEqual(coverage.held_against([block], {("in.h", "inlined"): 1}), [])
        self.assertEqual(coverage.held_against([block], {}), ["a block"])
        self.assertEqual(len(coverage.held_against([block], {("f.c", "f"): 1, ("f.c", "g"): 2})), 1)


if __name__ == "__main__":
    unittest.main()
