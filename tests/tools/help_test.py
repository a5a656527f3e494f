# SPDX-License-Identifier: MIT
"""What ./genrt help says of a verb is what the verb takes, no more and no less; and what is for terminals stays there."""

import functools
import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import terminal  # noqa: E402

# Verbs whose help is that of a tool, which argparse makes from what it takes.
TOOLS = {"analyze": "analyze.py", "explain": "explain.py", "trace": "tracing.py", "latency": "latency.py",
         "monitor": "monitor.py", "gdb": "debug.py"}
# Verbs that tell figures.
FIGURES = ("bench", "bounds", "analyze", "explain", "latency", "monitor")
UNKNOWN = "--no-such-option"
# What options are given that need something: by the word that stands for it in the help.
VALUES = {"LEVEL": "info", "SIZE": "256M", "MODEL": "max", "TIME": "1s", "NAME": "gcc", "NUMBER": "1234"}
OPTION = re.compile(r"^ +(--[a-z][a-z-]*)(?: ([A-Z]+)\b)?", re.MULTILINE)
SURROUNDINGS = {key: value for key, value in os.environ.items() if key not in ("TOOLCHAIN", "BUILD", "NO_COLOR")}


def setUpModule():
    os.chdir(ROOT)


def genrt(*arguments):
    return subprocess.run(["./genrt", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=60, env=SURROUNDINGS)


@functools.cache
def helped(verb):
    done = genrt("help", verb)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


@functools.cache
def verbs():
    return [line.split()[0] for line in genrt("help").stdout.splitlines() if line.startswith("  ")]


def options_of(verb):
    """{option: the word for its value, or None} of a verb's help, also of its first line."""
    text = helped(verb)
    found = {name: value or None for name, value in OPTION.findall(text)}
    for name, value in re.findall(r"\[(--[a-z-]+)(?: ([A-Z]+))?\]", text.splitlines()[0]):
        found.setdefault(name, value or None)
    return found


def taken_in_script(verb):
    """The options that the front door itself knows of a verb: it checks them by a list, or by a case."""
    with open("genrt", encoding="utf-8") as file:
        script = file.read()
    body = re.search(rf"^verb_{verb}\(\) \{{\n(.*?)^\}}", script, re.MULTILINE | re.DOTALL)[1]
    lists = dict(re.findall(r'^(\w+)="(--[^"]*)"', script, re.MULTILINE))
    allowed = " ".join(re.findall(r'^ +options \w+ "([^"]*)"', body, re.MULTILINE))
    for name, words in lists.items():
        allowed = allowed.replace(f"${name}", words)
    cases = " ".join(re.findall(r"^ +(--[a-z-]+(?: \| --[a-z-]+)*)\)", body, re.MULTILINE))
    return set(re.findall(r"--[a-z][a-z-]*", f"{allowed} {cases}"))


class Options(unittest.TestCase):
    def test_the_door_takes_what_its_help_says(self):
        for verb in set(verbs()) - set(TOOLS) - {"help"}:
            self.assertEqual(taken_in_script(verb), set(options_of(verb)), verb)

    def test_each_is_taken(self):
        """Behind each of them the next word is what is refused."""
        for verb in set(verbs()) - set(TOOLS) - {"help"}:
            for option, value in options_of(verb).items():
                words = [option, *([VALUES[value]] if value else [])]
                if option == "--plot":
                    continue  # whose directory may be left out
                done = genrt(verb, *words, UNKNOWN)
                self.assertEqual(done.returncode, 2, (verb, words, done))
                self.assertIn(UNKNOWN, done.stderr, (verb, words))

    def test_tools_say_themselves(self):
        for verb, tool in TOOLS.items():
            said = subprocess.run([sys.executable, os.path.join("tools", tool), "--help"], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=True).stdout
            self.assertEqual(helped(verb), said)
            self.assertIn(f"./genrt {verb} ", said)
            with open(os.path.join("tools", tool), encoding="utf-8") as file:
                written = set(re.findall(r'(?:add_argument|add)\((?:"-\w", )?"(--[a-z-]+)"', file.read()))
            self.assertEqual(set(re.findall(r"--[a-z][a-z-]*", said.split("\noptions:")[1])), written | {"--help"}, verb)

    def test_help_behind_a_verb(self):
        for verb in verbs():
            done = genrt(verb, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), verb)
            self.assertEqual(done.stdout, genrt("help").stdout if verb == "help" else helped(verb), verb)

    def test_figures_as_json(self):
        for verb in FIGURES:
            self.assertIn("--json", helped(verb), verb)

    def test_each_is_completed(self):
        for verb in set(verbs()) - {"help"}:
            script = ('source tools/completion.bash; COMP_WORDS=(./genrt "$1" --); COMP_CWORD=2; _genrt; '
                      'printf "%s\\n" "${COMPREPLY[@]}"')
            offered = subprocess.run(["bash", "-c", script, "bash", verb], capture_output=True, text=True, check=True).stdout.split()
            self.assertLessEqual(set(options_of(verb)), set(offered), verb)

    def test_values_that_are_completed_are_taken(self):
        script = 'source tools/completion.bash; _genrt_values . "$1"'
        for option, least in (("--toolchain", 2), ("--log-level", 5), ("--cpu", 4)):
            values = subprocess.run(["bash", "-c", script, "bash", option], capture_output=True, text=True,
                                    check=True).stdout.split()
            self.assertGreaterEqual(len(values), least, option)
            for value in values:
                self.assertIn(UNKNOWN, genrt("run", option, value, UNKNOWN).stderr)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class Terminals(unittest.TestCase):
    def painted(self, stream, **environment):
        with mock.patch.dict(os.environ, environment), mock.patch.object(sys, "stdout", stream):
            return terminal.verdict(False)

    def test_colour(self):
        self.assertEqual(self.painted(io.StringIO(), TERM="xterm"), "FAILED")
        self.assertEqual(self.painted(Screen(), TERM="xterm", NO_COLOR="1"), "FAILED")
        self.assertEqual(self.painted(Screen(), TERM="dumb", NO_COLOR=""), "FAILED")
        self.assertEqual(self.painted(Screen(), TERM="xterm", NO_COLOR=""), "\x1b[1;31mFAILED\x1b[0m")

    def progressed(self, stream, name="xterm"):
        with mock.patch.dict(os.environ, {"TERM": name}), mock.patch.object(sys, "stderr", stream), \
                terminal.progress("thinking"):
            pass
        return stream.getvalue()

    def test_progress(self):
        self.assertEqual(self.progressed(io.StringIO()), "")
        self.assertEqual(self.progressed(Screen(), "dumb"), "")
        self.assertRegex(self.progressed(Screen()), r"^\rthinking \.\.\. 0 s .*\r\x1b\[K$")

    def on_terminal(self, **environment):
        """What a build that fails shows on a terminal."""
        pid, master = pty.fork()
        if pid == 0:
            os.execve("./genrt", ["./genrt", "build"], {**SURROUNDINGS, "TERM": "xterm", "PICOLIBC": "/nonexistent",
                                                          "MAKEFILES": "/dev/null", **environment})
        shown = b""
        try:
            while chunk := os.read(master, 4096):
                shown += chunk
        except OSError:  # how a terminal tells its end
            pass
        os.close(master)
        os.waitpid(pid, 0)
        return shown.decode(errors="replace")

    def test_a_build_on_a_terminal(self):
        """Its steps are counted in one place; how it ends is red if it failed, and if colours are wanted."""
        with mock.patch.dict(SURROUNDINGS, {"PATH": f"{self.bad_make()}:{SURROUNDINGS['PATH']}"}):
            shown, plain = self.on_terminal(), self.on_terminal(NO_COLOR="1")
            dumb = self.on_terminal(TERM="dumb")
        self.assertIn("\x1b[1;31mFAILED\x1b[0m", shown)
        self.assertRegex(shown, r"\x1b7.*\x1b82 steps")
        self.assertIn("FAILED", plain)
        self.assertNotIn("\x1b[1;31m", plain)
        self.assertIn("... FAILED", dumb)
        self.assertNotIn("\x1b", dumb)

    def bad_make(self):
        """A directory with a make that does two steps, and fails."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "make")
        with open(path, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\necho "  CC      one.c"\necho "  CC      two.c"\nsleep 0.5\nexit 1\n')
        os.chmod(path, 0o755)
        return directory.name


if __name__ == "__main__":
    unittest.main()
