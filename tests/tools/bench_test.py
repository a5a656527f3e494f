# SPDX-License-Identifier: MIT
"""The bench tool: records read strictly, figures compared to the last instruction, printed beside the peers'.

The second half boots the real benchmark (built here if it is not): golden figures that are wrong in one place, and
charts of what was measured.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench  # noqa: E402
import bench_curves  # noqa: E402
import bench_run  # noqa: E402

OUTPUT = (b"hello\r\nrecord figure yield_switch 77.125 77 79\r\nrecord figure sem_x 0 0 0\r\nrecord other 1\r\n"
          b"figure talk\nrecord curve up 1 20\nrecord curve up 3 25\nrecord histogram late 7 100\n")
FIGURES = {"yield_switch": {"mean": 77.125, "min": 77, "max": 79}, "sem_x": {"mean": 0, "min": 0, "max": 0}}
TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
BUILD = f"build/{TOOLCHAIN}-release"


class Records(unittest.TestCase):
    def test_read(self):
        run = bench_run.parse(OUTPUT)
        self.assertEqual(run.figures, FIGURES)
        self.assertEqual(run.curves, {"up": [(1, 20), (3, 25)]})
        self.assertEqual(run.histograms, {"late": [(7, 100)]})

    def test_whole_numbers_stay_whole(self):
        self.assertEqual(json.dumps(bench_run.parse(b"record figure a 78.000 78 78\n").figures["a"]["mean"]), "78")

    def test_malformed(self):
        for line in (b"record figure a 1 1\n", b"record figure a 1.2345 1 2\n", b"record figure A 1 1 1\n",
                     b"record figure a 3 1 2\n", b"record figure a 1 1 1\nrecord figure a 1 1 1\n",
                     b"record figure a -1 1 1\n", b"record curve a 1\n", b"record curve a 1 1 1\n", b"record curve a 1 -1\n",
                     b"record curve a 2 1\nrecord curve a 2 1\n", b"record curve a 2 1\nrecord curve a 1 1\n",
                     b"record histogram a 1\n", b"record histogram a 3 1\nrecord histogram a 2 1\n"):
            with self.assertRaises(bench_run.BenchError, msg=line):
                bench_run.parse(line)


class Golden(unittest.TestCase):
    def test_same(self):
        found = {"figures": FIGURES, "curves": {"up": bench_curves.summary([(1, 20), (3, 25)])}}
        self.assertEqual(bench.all_differences(found, json.loads(bench.dump(found))), [])

    def test_words(self):
        changed = {**FIGURES, "yield_switch": {"mean": 77.125, "min": 77, "max": 80}}
        self.assertEqual(bench.differences(changed, FIGURES), ["yield_switch: max is 80, golden is 79"])
        self.assertEqual(bench.differences({"sem_x": FIGURES["sem_x"]}, FIGURES), ["yield_switch: gone; golden is 77.125"])
        self.assertEqual(bench.differences({**FIGURES, "new": FIGURES["sem_x"]}, FIGURES), ["new: new, 0; no golden figure"])


class Table(unittest.TestCase):
    PEERS = bench.load_all(os.path.join(ROOT, bench.PEERS))
    ROWS = PEERS["figures"]

    def cells(self, name, figure):
        return bench.line_of(name, figure, self.ROWS.get(name)).split()

    def test_columns(self):
        """Ours, one column for each of the others, the best of them and whose it is."""
        self.assertEqual(self.cells("yield_switch", FIGURES["yield_switch"]),
                         ["yield_switch", "77.125", "77", "79", "110", "86/79", "266/219", "133", "78", "78", "0.99", "Zephyr"])
        self.assertEqual(bench.table(FIGURES, self.ROWS)[0].split()[4:9], list(bench.COLUMNS))
        self.assertEqual(self.cells("sem_x", FIGURES["sem_x"]), ["sem_x", "0", "0", "0"])

    def test_worst_against_worst(self):
        self.assertIn("2.00", self.cells("heap_mix_alloc_max", {"mean": 100, "min": 1, "max": 672}))

    def test_no_ratio_to_nothing(self):
        self.assertEqual(self.cells("tick_idle_cost", FIGURES["sem_x"])[-5:], ["0", "0", "-", "LK,", "Zephyr"])

    def test_what_genrt_lacks_is_shown(self):
        line = [line for line in bench.table(FIGURES, self.ROWS) if line.startswith("sem_take_give")]
        self.assertEqual(line[0].split()[1:4], ["-", "-", "-"])

    def test_best(self):
        """Computed, so that no column can say something else."""
        self.assertEqual(bench.best({"FreeRTOS": 5, "ThreadX": [9, 4], "Zephyr": 4}), (4, "ThreadX, Zephyr"))
        for name, row in self.ROWS.items():
            known = {"window", "notes", *bench.KERNELS}
            self.assertEqual(set(row) - known, set(), name)
            self.assertTrue(row["window"] and bench.best(row), name)

    def test_sources_are_named(self):
        words = " ".join(" ".join(bench.peer_words(self.PEERS)).split())
        for expected in (bench.PEERS, self.PEERS["measured"], "QEMU 7.2.22", "GCC 12.2",
                         *(kernel["version"] for kernel in self.PEERS["kernels"].values())):
            self.assertIn(expected, words)
        self.assertEqual(list(self.PEERS["kernels"]), list(bench.KERNELS))

    def test_fits_a_terminal(self):
        figures = {name: {"mean": 123.456, "min": 100000, "max": 100000} for name in self.ROWS}
        curves = {name: [(1, 100), (99999, 10000)] for name in bench_curves.CURVES}
        lines = bench.table(figures, self.ROWS) + bench.peer_words(self.PEERS) + bench_curves.table(curves)
        self.assertLessEqual(max(map(len, lines)), bench.WIDTH)


class Image(unittest.TestCase):
    def test_size(self):
        """The padding between a part's contents and the next page does not count."""
        listing = "\n".join(["0000000040080000 R __boot_text_start", "0000000040080010 R __boot_text_used_end",
                             "0000000040081000 R __boot_rodata_start", "0000000040081020 R __boot_rodata_used_end",
                             "ffff000040082000 T __text_start", "ffff000040082300 T __text_used_end",
                             "ffff000040083000 R __rodata_start", "ffff000040084000 R __rodata_used_end",
                             "                 U nothing"])
        self.assertEqual(bench.image_text_bytes(listing), 0x10 + 0x20 + 0x300 + 0x1000)


class RealRun(unittest.TestCase):
    """The program as a whole on the real benchmark, short."""

    @classmethod
    def setUpClass(cls):
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VARIANT", "EXTRA_CFLAGS", "BUILD", "APP")}
        subprocess.run(["make", "bench.elf", "minimal.elf", f"TOOLCHAIN={TOOLCHAIN}"], cwd=ROOT, env=environment,
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=200)
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.directory = scratch.name
        cls.golden = os.path.join(scratch.name, "golden.json")
        cls.said = cls.bench("--update", "--plot", os.path.join(scratch.name, "plots"))
        cls.measured = json.loads(cls.bench("--json").stdout)

    @classmethod
    def bench(cls, *arguments):
        return subprocess.run([sys.executable, os.path.join(ROOT, "tools", "bench.py"), "--build", BUILD, "--short",
                               "--golden", cls.golden, *arguments], capture_output=True, text=True, timeout=150, check=False)

    def spoiled(self, part, name, figure):
        """What the program says of a golden file with one entry changed, or taken away (None)."""
        with open(self.golden, encoding="utf-8") as file:
            right = file.read()
        found = json.loads(right)
        found[part] = {**found[part], name: figure}
        if figure is None:
            del found[part][name]
        with open(self.golden, "w", encoding="utf-8") as file:
            file.write(bench.dump(found))
        done = self.bench()
        with open(self.golden, "w", encoding="utf-8") as file:
            file.write(right)
        return done.returncode, done.stderr.splitlines()

    def test_update_then_same(self):
        self.assertEqual((self.said.returncode, self.said.stderr), (0, ""))
        done = self.bench()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("figures and ", done.stdout.splitlines()[-1])

    def test_one_instruction_more_fails(self):
        figure = self.measured["figures"]["wake_higher"]
        expected = [f"bench: wake_higher: max is {figure['max']}, golden is {figure['max'] - 1}"]
        self.assertEqual(self.spoiled("figures", "wake_higher", {**figure, "max": figure["max"] - 1}), (1, expected))

    def test_a_new_figure_fails(self):
        mean = self.measured["figures"]["masked_max"]["mean"]
        self.assertEqual(self.spoiled("figures", "masked_max", None),
                         (1, [f"bench: masked_max: new, {mean}; no golden figure"]))

    def test_a_missing_figure_fails(self):
        self.assertEqual(self.spoiled("figures", "mutex_x", {"mean": 5, "min": 5, "max": 5}),
                         (1, ["bench: mutex_x: gone; golden is 5"]))

    def test_a_changed_curve_fails(self):
        right = bench_curves.summary(self.measured["curves"]["timer_arm"])
        self.assertEqual(self.spoiled("curves", "timer_arm", {**right, "mean": 1}),
                         (1, [f"bench: curve timer_arm: mean is {right['mean']}, golden is 1"]))

    def test_every_number_of_every_figure_counts(self):
        figures = self.measured["figures"]
        for name, figure in figures.items():
            for key, value in figure.items():
                spoiled = {**figures, name: {**figure, key: value + 1}}
                self.assertEqual(bench.differences(figures, spoiled), [f"{name}: {key} is {value}, golden is {value + 1}"])

    def test_no_golden_file_fails(self):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "bench.py"), "--build", BUILD, "--short",
                               "--golden", os.path.join(self.directory, "none.json")], capture_output=True, text=True,
                              timeout=150, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--update writes it", done.stderr)

    def test_histogram_and_figure_agree(self):
        bins, figure = self.measured["histograms"]["timer_wake_loaded"], self.measured["figures"]["timer_wake_loaded_max"]
        count, total = sum(number for _, number in bins), sum(value * number for value, number in bins)
        self.assertEqual((bins[0][0], bins[-1][0]), (figure["min"], figure["max"]))
        self.assertAlmostEqual(total / count, figure["mean"], delta=0.001)

    def test_charts_hold_every_point(self):
        """Each point and each bin is in exactly one chart, with its numbers."""
        titles = []
        for name in os.listdir(os.path.join(self.directory, "plots")):
            tree = xml.etree.ElementTree.parse(os.path.join(self.directory, "plots", name))
            titles += [element.text for element in tree.iter("{http://www.w3.org/2000/svg}title")]
        expected = [f"{name}, n={n}: {value}" for name, points in self.measured["curves"].items() for n, value in points]
        expected += [f"{name}, {value} instructions: {count}" for name, bins in self.measured["histograms"].items()
                     for value, count in bins]
        self.assertGreater(len(expected), 1000)
        self.assertEqual(sorted(title for title in titles if ": " in title and ("n=" in title or "instructions:" in title)),
                         sorted(expected))


if __name__ == "__main__":
    unittest.main()
