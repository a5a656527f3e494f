# SPDX-License-Identifier: MIT
"""The bench tool: figures read strictly, compared to the last instruction, printed beside the peers'."""

import json
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench  # noqa: E402

OUTPUT = b"hello\r\nrecord figure yield_switch 77.125 77 79\r\nrecord figure sem_x 0 0 0\r\nrecord other 1\r\n"
FIGURES = {"yield_switch": {"mean": 77.125, "min": 77, "max": 79}, "sem_x": {"mean": 0, "min": 0, "max": 0}}


class Figures(unittest.TestCase):
    def test_read(self):
        self.assertEqual(bench.parse_figures(OUTPUT), FIGURES)
        self.assertEqual(bench.parse_figures(b"figure a 78.000 78 78\n"), {"a": {"mean": 78, "min": 78, "max": 78}})

    def test_malformed(self):
        for line in (b"record figure a 1 1\n", b"record figure a 1.2345 1 2\n", b"record figure A 1 1 1\n",
                     b"record figure a 3 1 2\n", b"record figure a 1 1 1\nrecord figure a 1 1 1\n", b"figure a -1 1 1\n"):
            with self.assertRaises(bench.BenchError, msg=line):
                bench.parse_figures(line)

    def test_golden(self):
        golden = json.loads(bench.dump(FIGURES))["figures"]
        self.assertEqual(bench.differences(FIGURES, golden), [])
        changed = {**FIGURES, "yield_switch": {"mean": 77.125, "min": 77, "max": 80}}
        self.assertEqual(bench.differences(changed, golden), ["yield_switch: max is 80, golden is 79"])
        self.assertEqual(len(bench.differences({"sem_x": FIGURES["sem_x"]}, golden)), 1)
        self.assertEqual(len(bench.differences({**FIGURES, "new": FIGURES["sem_x"]}, golden)), 1)

    def test_table(self):
        peers = bench.load(os.path.join(ROOT, bench.PEERS))
        lines = bench.table(FIGURES, peers)
        self.assertIn("0.99", lines[1])
        self.assertIn("Zephyr", lines[1])
        self.assertEqual(lines[2].split(), ["sem_x", "0", "0", "0"])
        worst = bench.table({"heap_mix_alloc_max": {"mean": 100, "min": 1, "max": 672}}, peers)
        self.assertIn("2.00", worst[1])

    def test_sizes(self):
        listing = ("  0 .text 00000100  0  0  0  2**4  CONTENTS, ALLOC, LOAD, READONLY, CODE\n"
                   "  1 .data 00000010  0  0  0  2**4  CONTENTS, ALLOC, LOAD, DATA\n"
                   "  2 .bss 00001000  0  0  0  2**4  ALLOC\n"
                   "  3 .debug_info 00009999  0  0  0  2**0  CONTENTS, READONLY, DEBUGGING\n")
        self.assertEqual(bench.image_sizes(listing), {"text and constants": 256, "data": 16, "zeroed": 4096})


if __name__ == "__main__":
    unittest.main()
