# SPDX-License-Identifier: MIT
"""tools/bounds refuses what it cannot bound, each case of tests/bounds/broken/ for its own reason, and nothing of
tests/bounds/legal/, whose bounds hold when they run."""

import glob
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bounds_collection as collection  # noqa: E402

CASES = os.path.join(collection.ROOT, "tests", "bounds")
# A bound far above what is ever seen would keep its promise and be worth nothing.
RATIO_MAX = 1.5
CROSS = os.environ.get("CROSS", "aarch64-linux-gnu-")
OBJCOPY = CROSS + "objcopy"


def sources(kind):
    """Paths of the cases of a kind, from the root."""
    found = [path for path in glob.glob(os.path.join(CASES, kind, "*.[cS]")) if os.path.basename(path) != "main.c"]
    return sorted(os.path.relpath(path, collection.ROOT) for path in found)


def elf_of(directory, source):
    return os.path.join(directory, os.path.relpath(os.path.splitext(source)[0], "tests/bounds") + ".elf")


def expected(source):
    """The words that a broken case may be refused with."""
    with open(os.path.join(collection.ROOT, source), encoding="utf-8") as file:
        text = file.read()
    found = re.search(r"^/\* expect: ([a-z ]+) \*/$", text, re.MULTILINE)
    return found.group(1).split(" or "), text.count("\n")


def is_loose(source):
    """Whether a legal case says why its bound may be far above what it does when it runs."""
    with open(os.path.join(collection.ROOT, source), encoding="utf-8") as file:
        return re.search(r"^/\* loose: .* \*/$", file.read(), re.MULTILINE) is not None


def wrong_with_broken(source, elf):
    """What is wrong with the tool's answer about a broken case, or None."""
    status, found, said = collection.ask(elf, ["broken"])
    words, lines = expected(source)
    if status != 1 or found is None or not found["refused"]:
        return f"{source}: status {status}, not refused:\n{said}"
    if "broken" in found["functions"]:
        return f"{source}: refused, and bounded all the same:\n{said}"
    for refusal in found["refused"]:
        line = f"refused {refusal['function']}: {refusal['file']}:{refusal['line']}: {refusal['reason']}: {refusal['text']}"
        if line not in said.splitlines():
            return f"{source}: what is printed is not what is written: {line}\n{said}"
        if refusal["reason"] not in words:
            return f"{source}: refused as {refusal['reason']}, not as {' or '.join(words)}:\n{said}"
        if refusal["file"] != source or not 1 <= refusal["line"] <= lines:
            return f"{source}: refused at {refusal['file']}:{refusal['line']}:\n{said}"
    return None


def wrong_with_legal(source, elf):
    """What is wrong with a legal case, or None."""
    status, found, said = collection.ask(elf, ["legal", "calibration_1", "calibration_3"])
    if status != 0 or found is None or found["refused"]:
        return f"{source}: status {status}, refused:\n{said}"
    bounds = {name: function["bound"] for name, function in found["functions"].items()}
    try:
        observed, stack = collection.run(elf)
    except AssertionError as error:
        return f"{source}: {error}"
    if bounds.get("calibration_1") != 1 or bounds.get("calibration_3") != 3:
        return f"{source}: a function without branches has a wrong bound: {bounds}"
    if bounds["legal"] < observed["legal"] or (bounds["legal"] > RATIO_MAX * observed["legal"] and not is_loose(source)):
        return f"{source}: bound {bounds['legal']}, observed {observed['legal']}"
    if found["functions"]["legal"]["stack"] < stack["legal"]:
        return f"{source}: stack {found['functions']['legal']['stack']}, observed {stack['legal']}"
    return None


class Cases(unittest.TestCase):
    """Each test over all compilers that are asked for."""

    @classmethod
    def setUpClass(cls):
        cls.directories = {toolchain: collection.build(toolchain, "bounds-cases") for toolchain in collection.TOOLCHAINS}

    def check_all(self, cases, wrong_with):
        """Nothing may be wrong with any case: wrong_with(source, ELF)."""
        for toolchain, directory in self.directories.items():
            with self.subTest(toolchain=toolchain):
                found = collection.each(lambda source, at=directory: wrong_with(source, elf_of(at, source)), cases)
                wrong = [each for each in found if each]
                if wrong:
                    self.fail(f"{len(wrong)} of {len(cases)} cases:\n" + "\n".join(wrong))

    def test_broken(self):
        cases = sources("broken")
        self.assertGreaterEqual(len(cases), 50)
        self.check_all(cases, wrong_with_broken)

    def test_legal(self):
        cases = sources("legal")
        self.assertGreaterEqual(len(cases), 25)
        self.check_all(cases, wrong_with_legal)

    def changed(self, directory, section):
        """The tool's answer about a loop whose section of records is another one; None: is not there."""
        with tempfile.TemporaryDirectory() as scratch:
            elf, records = os.path.join(scratch, "changed.elf"), os.path.join(scratch, "records")
            with open(records, "wb") as file:
                file.write(section or b"")
            change = ["--remove-section=.debug_bound"] if section is None else [f"--update-section=.debug_bound={records}"]
            subprocess.run([OBJCOPY, *change, os.path.join(directory, "legal", "loop.elf"), elf], check=True)
            return collection.ask(elf, ["legal"])

    def test_no_records(self):
        """Without its section of records nothing is known of a loop."""
        for directory in self.directories.values():
            status, found, said = self.changed(directory, None)
            self.assertEqual((status, [each["reason"] for each in found["refused"]]), (1, ["loop"]), said)

    def test_broken_records(self):
        """A section that cannot be read to its end says nothing at all."""
        record = struct.pack("<IIQQQQ", 0x444E4F42, 1, 0x40080000, 0, 8, 12)
        unknown_kind = struct.pack("<IIQQQQ", 0x444E4F42, 99, 0x40080000, 0, 8, 12) + b"a:b\0\0\0\0\0"
        for directory in self.directories.values():
            for section in (record, record + b"a:b", record[:20], unknown_kind, b"garbage!" * 6):
                status, found, said = self.changed(directory, section)
                self.assertNotEqual(status, 0, said)
                self.assertTrue(found is None or not found["functions"], said)
                self.assertNotIn("Traceback", said)

    def test_twins(self):
        """Functions of one name, in two files of one name, are told apart."""
        text = """
    .file "twin.S"
    .text
    .type twin, %function
twin:
    .rept {count}
    add     x0, x0, #1
    .endr
    ret
    .size twin, . - twin
    .global calls_{count}
    .type calls_{count}, %function
calls_{count}:
    b       twin
    .size calls_{count}, . - calls_{count}
"""
        counts = (3, 400, 20)
        with tempfile.TemporaryDirectory() as scratch:
            objects = []
            for count in counts:
                os.mkdir(os.path.join(scratch, str(count)))
                source = os.path.join(scratch, str(count), "twin.S")
                with open(source, "w", encoding="ascii") as file:
                    file.write(text.format(count=count))
                objects.append(source + ".o")
                subprocess.run([CROSS + "gcc", "-g", "-c", source, "-o", objects[-1]], check=True)
            elf = os.path.join(scratch, "twins.elf")
            subprocess.run([CROSS + "ld", "-e", "calls_3", "-T", os.path.join(CASES, "image.ld"), *objects, "-o", elf],
                           check=True)
            _, found, said = collection.ask(elf, [f"calls_{count}" for count in counts])
        bounds = {count: found["functions"][f"calls_{count}"]["bound"] for count in counts}
        self.assertEqual(bounds, {count: count + 2 for count in counts}, said)


if __name__ == "__main__":
    unittest.main()
