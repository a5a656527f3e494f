# SPDX-License-Identifier: MIT
"""docs/tutorial.md, done as it stands there: its listings are written, its edits made, its commands run, and what
these say is compared with what is printed below them.

A box of the document is a listing (its first line names the file), an edit (diff: lines around it, without numbers,
that must fit once) or commands (lines that begin with $; what follows one is what it says, `...` any lines, and a last
line `exit status N` how it ends). Moments of the log differ; with Clang numbers do, too.
"""

import os
import re
import subprocess
import tempfile
import unittest
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join("docs", "tutorial.md")
TOOLCHAIN = os.environ.get("TOOLCHAIN") or "gcc"
VARIANT = "tutorial"  # a build of its own: app.elf is whatever was built last
TIMEOUT = 200
ANY = "..."

BOX = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LISTING = re.compile(r"/\* (\w+/\w+\.[ch]) \*/\n")
EDIT = re.compile(r"--- (\w+/\w+\.[ch])\n")
STATUS = re.compile(r"exit status (\d+)$")


class DocumentError(Exception):
    """The document cannot be followed, or says what is not so."""


@dataclass(frozen=True)
class Listing:
    path: str
    text: str


@dataclass(frozen=True)
class Edit:
    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Command:
    line: str
    said: tuple  # lines
    status: int


def edit(path, lines):
    """An Edit from the lines of a diff."""
    kept = {"-": "", "+": ""}
    for line in lines:
        if line[:1] not in (" ", "-", "+"):
            raise DocumentError(f"{path}: '{line}' is no line of a diff")
        for sign in kept:
            if line[0] in (" ", sign):
                kept[sign] += line[1:] + "\n"
    return Edit(path, kept["-"], kept["+"])


def commands(body):
    """The commands of a box."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, *said = part.splitlines()
        last = STATUS.match(said[-1]) if said else None
        yield Command(line, tuple(said[:-1] if last else said), int(last[1]) if last else 0)


def steps(text):
    """What the document wants done, in its order."""
    for match in BOX.finditer(text):
        language, body = match.groups()
        listing, changed = LISTING.match(body), EDIT.match(body)
        if language == "c" and listing:
            yield Listing(listing[1], body)
        elif language == "diff" and changed:
            yield edit(changed[1], body.splitlines()[1:])
        elif language == "" and body.startswith("$ "):
            yield from commands(body)
        else:
            raise DocumentError(f"a box that nobody can follow: {body.splitlines()[:1]}")


def edited(text, step):
    """A file's text after an Edit."""
    if text.count(step.before) != 1:
        raise DocumentError(f"{step.path}: the edit fits {text.count(step.before)} times:\n{step.before}")
    return text.replace(step.before, step.after)


def plain(line):
    """A line without what may differ."""
    line = re.sub(r"^\[ *\d+\.\d+\]", "[]", line.rstrip())
    return line if TOOLCHAIN == "gcc" else re.sub(r"\d+", "#", line)


def is_as_printed(said, printed):
    """Whether the lines of a run are those of the document."""
    pattern = "".join("(?:.*\n)*" if line == ANY else re.escape(plain(line)) + "\n" for line in printed)
    return re.fullmatch(pattern, "".join(plain(line) + "\n" for line in said)) is not None


def run(command, home):
    """Runs a command, in a build of its own."""
    line = command.line.replace("build/gcc-release/", f"build/{TOOLCHAIN}-release-{VARIANT}/")
    environment = {**os.environ, "HOME": home, "VARIANT": VARIANT, "TOOLCHAIN": TOOLCHAIN, "BUILD": "release", "MAKEFLAGS": ""}
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=TIMEOUT)
    said = done.stdout.decode(errors="replace").replace("\r", "").splitlines()
    if done.returncode != command.status or not is_as_printed(said, command.said):
        raise DocumentError("\n".join([f"$ {command.line}", *said, f"exit status {done.returncode}", "", "The document says:",
                                       *command.said, f"exit status {command.status}"]))


def follow(text, home):
    """Does all of it, with `home` as the home directory; returns the number of commands."""
    count = 0
    for step in steps(text):
        if isinstance(step, Command):
            run(step, home)
            count += 1
            continue
        path = os.path.join(home, step.path)
        if isinstance(step, Edit):
            with open(path, encoding="utf-8") as file:
                content = edited(file.read(), step)
        else:
            content = step.text
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    return count


def document():
    with open(os.path.join(ROOT, DOCUMENT), encoding="utf-8") as file:
        return file.read()


class Following(unittest.TestCase):
    """What must not go unnoticed."""

    def follow(self, *boxes):
        with tempfile.TemporaryDirectory() as home:
            return follow("words\n\n" + "\n\n".join(f"```{box}\n```" for box in boxes) + "\n", home)

    def test_right(self):
        self.assertEqual(self.follow("\n$ mkdir $HOME/one", "c\n/* one/two.c */\nint a;\nint b;", "diff\n--- one/two.c\n int a;\n-int b;\n+int c;",
                                     "\n$ cat $HOME/one/two.c\n...\nint c;\n$ false\nexit status 1"), 3)

    def test_other_words(self):
        for box in ("\n$ echo a\nb", "\n$ echo a", "\n$ printf 'a\\nb\\n'\na", "\n$ echo a\n...\nb", "\n$ false", "\n$ true\nexit status 1"):
            with self.subTest(box), self.assertRaises(DocumentError):
                self.follow(box)

    def test_edits_that_do_not_fit(self):
        for lines in (" int c;\n+int d;", " int\n+int d;", "int a;"):
            with self.subTest(lines), self.assertRaises(DocumentError):
                self.follow("\n$ mkdir $HOME/one", "c\n/* one/two.c */\nint a;\nint a;", f"diff\n--- one/two.c\n{lines}")

    def test_boxes_of_no_kind(self):
        for box in ("c\nint a;", "toml\na = 1", "\nls"):
            with self.subTest(box), self.assertRaises(DocumentError):
                self.follow(box)

    def test_moments_of_the_log_alone_may_differ(self):
        self.assertTrue(is_as_printed(["[    0.000374] info  main: here"], ["[   10.000375] info  main: here"]))
        self.assertFalse(is_as_printed(["[    0.000374] info  main: here"], ["[    0.000374] info  main: there"]))


class Tutorial(unittest.TestCase):
    def test_from_an_empty_folder(self):
        with tempfile.TemporaryDirectory() as home:
            self.assertGreater(follow(document(), home), 10)
            sources = [os.path.join(home, "control", name) for name in sorted(os.listdir(os.path.join(home, "control")))]
            done = subprocess.run(["clang-format", f"--style=file:{ROOT}/.clang-format", "--dry-run", "-Werror", *sources],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
