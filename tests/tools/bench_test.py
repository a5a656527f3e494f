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

    def test_image_size(self):
        """The padding between a part's contents and the next page does not count."""
        listing = "\n".join(["0000000040080000 R __boot_text_start", "0000000040080010 R __boot_text_used_end",
                             "0000000040081000 R __boot_rodata_start", "0000000040081020 R __boot_rodata_used_end",
                             "ffff000040082000 T __text_start", "ffff000040082300 T __text_used_end",
                             "ffff000040083000 R __rodata_start", "ffff000040084000 R __rodata_used_end",
                             "                 U nothing"])
        self.assertEqual(bench.image_text_bytes(listing), 0x10 + 0x20 + 0x300 + 0x1000)


if __name__ == "__main__":
    unittest.main()
