# SPDX-License-Identifier: MIT
"""README's table of figures says what bench/golden.json and bench/peers.json say."""

import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench  # noqa: E402

# | what | `name` | ours | best peer | whose |
ROW = re.compile(r"\|[^|]*\| `([a-z0-9_]+)` \| *([^|]*?) *\| *([^|]*?) *\| *([^|]*?) *\|$")
NOBODY = ("–", "-", "")


def rows(text):
    """{name: (ours, best peer, whose)}, as they are printed, in their order."""
    found = {}
    for line in text.splitlines():
        match = ROW.match(line)
        if match:
            assert match.group(1) not in found, f"{match.group(1)} stands twice"
            found[match.group(1)] = match.groups()[1:]
    return found


def shown(name, figure):
    """The one number that the table has room for: the worst in rows named _max, else the mean."""
    value = figure["max"] if name.endswith("_max") else figure["mean"]
    return f"{value:,}"


def differences(table, golden, peers):
    """One line for each cell that is not as measured."""
    lines = []
    for name in sorted(set(table) ^ set(golden)):
        lines.append(f"{name}: " + ("not in the table" if name in golden else "not in golden.json"))
    for name in [name for name in table if name in golden]:
        ours, best, whose = table[name]
        if ours != shown(name, golden[name]):
            lines.append(f"{name}: the table says {ours}, golden.json {shown(name, golden[name])}")
        if name not in peers:
            if best not in NOBODY or whose not in NOBODY:
                lines.append(f"{name}: the table names a peer, peers.json does not")
            continue
        expected = (f"{peers[name]['best']:,}", peers[name]["kernel"])
        if (best, whose) != expected:
            lines.append(f"{name}: best peer is {best} ({whose}), peers.json says {expected[0]} ({expected[1]})")
    return lines


def text_of(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


class Comparing(unittest.TestCase):
    TEXT = "| | figure | genrt | best peer | |\n| --- | --- | ---: | ---: | --- |\n" \
           "| a | `one` | 56 | 1,078 | Zephyr |\n| b, `c` | `two_max` | 1,341 | – |  |\n"
    GOLDEN = {"one": {"mean": 56, "min": 1, "max": 99}, "two_max": {"mean": 3.5, "min": 1, "max": 1341}}
    PEERS = {"one": {"best": 1078, "kernel": "Zephyr"}, "three": {"best": 1, "kernel": "LK"}}

    def test_right(self):
        self.assertEqual(list(rows(self.TEXT)), ["one", "two_max"])
        self.assertEqual(differences(rows(self.TEXT), self.GOLDEN, self.PEERS), [])

    def test_wrong_cells(self):
        for old, new in (("| 56", "| 57"), ("1,341", "1341"), ("1,341", "3.5"), ("1,078", "1,079"), ("Zephyr", "LK"),
                         ("–", "7"), ("`one`", "`won`"), ("|  |", "| LK |")):
            said = differences(rows(self.TEXT.replace(old, new, 1)), self.GOLDEN, self.PEERS)
            self.assertTrue(said, (old, new))

    def test_missing_row(self):
        table = rows(self.TEXT)
        del table["one"]
        self.assertEqual(differences(table, self.GOLDEN, self.PEERS), ["one: not in the table"])


def measured():
    """(golden figures, peers' rows)"""
    return bench.load(os.path.join(ROOT, bench.GOLDEN)), bench.load_peers(os.path.join(ROOT, bench.PEERS))


class Readme(unittest.TestCase):
    def test_table(self):
        table = rows(text_of("README.md"))
        golden, peers = measured()
        self.assertEqual("\n".join(differences(table, golden, peers)), "")

    def test_what_has_no_row_is_named(self):
        """A row of the others that genrt has no figure for is admitted in the text."""
        text = text_of("README.md")
        golden, peers = measured()
        missing = [name for name in peers if name not in golden and f"`{name}`" not in text]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
