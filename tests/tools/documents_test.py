# SPDX-License-Identifier: MIT
"""Documents name what there is: links lead somewhere, and what docs/realtime.md calls a test, a figure, a call, a command
or a number of config.h is one; its numbers are those of bench/golden.json and bounds.budget."""

import argparse
import glob
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import bench_curves  # noqa: E402
import doc_figures  # noqa: E402
import run_tests  # noqa: E402

TEST_KINDS = ("unit/", "sim/", "fuzz/", "qemu/", "bench/", "bounds/", "sweep/", "models/", "tool/")
WORDS = ("NAME", "_max")  # what stands for another word
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
BOX = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


# --- Links ---------------------------------------------------------------------------------------

def anchors(text):
    """What a link may name behind #: the headings, as they are made into anchors."""
    heads = re.findall(r"^#+ +(.*)$", BOX.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def dead_links(path, text):
    """One line for each relative link of a document that leads nowhere."""
    for link in LINK.findall(BOX.sub("", text)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        if not os.path.exists(os.path.join(ROOT, target)):
            yield f"{path}: {link}: no such file"
        elif anchor and anchor not in anchors(text if target == path else read(target)):
            yield f"{path}: {link}: no such heading"


# --- Names ---------------------------------------------------------------------------------------

def tests():
    """The names that ./genrt test knows."""
    options = argparse.Namespace(toolchain="gcc", long=False, observe="")
    return [test.name for test in run_tests.all_tests(options)]


def verbs():
    """The verbs of ./genrt."""
    said = subprocess.run(["./genrt", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  ([a-z]+) ", said, re.MULTILINE))


def identifiers():
    """The words of the public headers and of config.h."""
    paths = ["config.h", *glob.glob("abi/*.h", root_dir=ROOT), *glob.glob("kernel/**/*.h", root_dir=ROOT, recursive=True)]
    return set(re.findall(r"\w+", "\n".join(map(read, paths))))


class Names:
    """What a document may name."""

    def __init__(self):
        self.tests, self.verbs, self.identifiers = tests(), verbs(), identifiers()
        self.numbers = doc_figures.numbers(ROOT)
        self.figures = {*bench_curves.CURVES, *self.numbers["seen"], *self.numbers["bound"]}

    def has(self, word):
        if word.startswith("./genrt "):
            return word.split()[1] in self.verbs and all(part in WORDS for part in word.split()[2:])
        if word.startswith(TEST_KINDS):
            # A name that ends in _ stands for all that begin so.
            return word in self.tests or word.endswith("_") and any(name.startswith(word) for name in self.tests)
        return word in WORDS or word in self.figures or word in self.identifiers

    def wrong(self, path, text):
        """One line for each thing that is named and does not exist, or has another number."""
        for word in CODE.findall(text):
            if not self.has(word):
                yield f"{path}: nothing is called `{word}`"
        try:
            now = doc_figures.fill(text, self.numbers)
        except LookupError as error:
            yield error.args[0]
            return
        for line, other in zip(text.split("\n"), now.split("\n")):
            if line != other:
                yield f"{path}: numbers are not as measured (./genrt bench --update, bounds --update):\n  {line}\n  {other}"


class Documents(unittest.TestCase):
    def setUp(self):
        os.chdir(ROOT)

    def test_links(self):
        paths = ["README.md", "CONTRIBUTING.md", *sorted(glob.glob("docs/**/*.md", recursive=True)),
                 *sorted(glob.glob("examples/**/*.md", recursive=True))]
        self.assertGreater(len(paths), 20)
        self.assertEqual([line for path in paths for line in dead_links(path, read(path))], [])

    def test_what_is_promised(self):
        text = read(doc_figures.DOCUMENT)
        self.assertGreater(len(CODE.findall(text)), 100)
        self.assertEqual(list(Names().wrong(doc_figures.DOCUMENT, text)), [])


class WhatIsWrong(unittest.TestCase):
    """Each thing that must not go unnoticed, in a copy of the document."""

    def setUp(self):
        os.chdir(ROOT)
        self.text, self.names = read(doc_figures.DOCUMENT), Names()

    def test_names_and_numbers(self):
        yields, bound = self.names.numbers["seen"]["yield_switch"], self.names.numbers["bound"]["masked_max"]
        for old, new in (("`qemu/undisturbed`", "`qemu/undisturbed_by`"), ("`sweep/race_`", "`sweep/races_`"), ("`tool/tutorial`", "`tool/tutor`"),
                         ("`timer_arm_lower`", "`timer_arm_below`"), ("`./genrt analyze`", "`./genrt analyse`"),
                         ("`CONFIG_INHERITANCE_CHAIN_MAX`", "`CONFIG_CHAIN_MAX`"), ("`admission_check` says", "`admission_test` says"),
                         (f"`yield_switch` {yields}", f"`yield_switch` {yields}1"), (f"`masked_max` {bound} |", f"`masked_max` 1{bound} |"),
                         (f"`yield_switch` {yields}", f"`svc yield` {yields}"), ("`svc irq_wait`", "`irq_to_thread`")):
            with self.subTest(new):
                self.assertIn(old, self.text)
                self.assertNotEqual(list(self.names.wrong("copy", self.text.replace(old, new))), [])

    def test_links(self):
        for link in ("nowhere.md", "evidence.md#nowhere", "#nowhere", "../bench/golden.jso"):
            with self.subTest(link):
                self.assertEqual(len(list(dead_links("docs/realtime.md", f"# Here\n\n[words]({link}) [there](evidence.md#what-is-counted) [here](#here)"))), 1)


if __name__ == "__main__":
    unittest.main()
