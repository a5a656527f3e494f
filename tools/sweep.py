# SPDX-License-Identifier: MIT
"""The sweep of interrupt positions: the runs of sweep.elf, and the races planted to see that it finds them.

A race is a file tests/sweep/races/NAME.txt:

    # why this is a race
    ops NAME                the operation that finds it
    action NAME             and the action
    mode NAME               (optional) the kind of interrupt
    says TEXT | TEXT        (part of) what the sweep says of it, or the record of a panic: one of these
    file PATH
    after                   (optional) a text that stands once in the file; the edit is behind it
    TEXT
    old                     what is taken out; it must stand there, and if there is no `after`, only once
    TEXT
    new
    TEXT
    end

Lines of an edit may be indented as they like: any white space there stands for any other. There may be several
edits, each from `file` to `end`.
"""

import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

import qemu
import tap
from qemu_cases import subject

GROUPS = ("thread", "join", "send", "receive", "box", "memory", "log", "line", "fp", "semaphore", "event", "pool",
          "barrier", "suspend", "mutex", "condition", "rwlock", "port", "any", "period", "edf", "server", "bandwidth", "checker")
RACES = os.path.join("tests", "sweep", "races")
COPIES = os.path.join("build", "races")
TIMEOUT, TIMEOUT_LONG, TIMEOUT_RACE = 240, 3600, 60
NOT_COPIED = shutil.ignore_patterns("build", ".git", "__pycache__", "compile_commands.json")


class RaceError(Exception):
    """A race's file that cannot be read, or an edit that does not fit the tree any more."""


@dataclass
class Edit:
    """One place in one file."""

    path: str = ""
    after: str = ""
    old: str = ""
    new: str = ""


@dataclass
class Race:
    """A planted race: what finds it, and the edits that make it."""

    name: str
    found: dict = field(default_factory=dict)
    edits: list = field(default_factory=list)


def parse_race(name, text):
    """A Race. Raises RaceError naming the line."""
    race, edit, part = Race(name), None, None
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.partition(" ")
        if edit is not None and line in ("after", "old", "new"):
            part = line
        elif edit is not None and line == "end":
            race.edits.append(edit)
            edit = part = None
        elif part is not None:
            setattr(edit, part, getattr(edit, part) + line + "\n")
        elif word == "file" and rest:
            edit = Edit(rest)
        elif word in ("ops", "action", "mode", "says") and rest:
            race.found[word] = rest
        elif line and not line.startswith("#"):
            raise RaceError(f"{name}:{number}: '{line}' means nothing")
    if edit is not None or not race.edits or not {"ops", "action", "says"} <= race.found.keys():
        raise RaceError(f"{name}: needs ops, action, says, and edits from `file` to `end`")
    return race


def _pattern(text):
    """The text with any white space for each of its own."""
    return re.compile(r"\s+".join(re.escape(word) for word in text.split()))


def apply_edit(edit, text):
    """The file's text with the edit made. Raises RaceError where it does not fit exactly."""
    begin = 0
    if edit.after:
        places = list(_pattern(edit.after).finditer(text))
        if len(places) != 1:
            raise RaceError(f"{edit.path}: {len(places)} places like '{edit.after.strip()}', expected one")
        begin = places[0].end()
    places = list(_pattern(edit.old).finditer(text, begin))
    if not places or (len(places) > 1 and not edit.after):
        raise RaceError(f"{edit.path}: {len(places)} places like '{edit.old.strip()}', expected one")
    return text[:places[0].start()] + edit.new.strip() + text[places[0].end():]


def make_copy(race, build):
    """A copy of the tree, with what is built of it, and the race planted. Returns its directory."""
    copy = os.path.join(COPIES, race.name)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(".", copy, ignore=NOT_COPIED, symlinks=True)
    # Times stay, so only what the edits touch is compiled anew.
    shutil.copytree(build, os.path.join(copy, build), ignore=shutil.ignore_patterns("*.elf", "*.img"))
    for edit in race.edits:
        path = os.path.join(copy, edit.path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(apply_edit(edit, text))
    return copy


def _run(program, bootargs, timeout, log, plugin=""):
    """Runs sweep.elf; returns (records, exit status or None)."""
    start = qemu.Start(program, bootargs=bootargs, plugin=plugin)
    log.write(f"{program}: {bootargs}\n".encode())
    result = qemu.run_captured(qemu.Machine(exact=True), start, timeout)
    log.write(result.output + result.errors.encode())
    return tap.records(result.output), result.status


def run_group(group, options, log):
    """None, or what is wrong."""
    program = f"build/{options.toolchain}-release/sweep.elf"
    bootargs = f"ops={group}" + (" form=long" if options.long else "")
    plugin = subject.plugin_argument(options.observe, program, f"sweep_{group}") if options.observe else ""
    try:
        lines, status = _run(program, bootargs, TIMEOUT_LONG if options.long else TIMEOUT, log, plugin)
    except qemu.QemuError as error:
        return f"QEMU: {error}"
    if status is None:
        return "no end in time"
    found = [line for line in lines if line.startswith("record found")]
    return (found[0] if found else None) or tap.judge(lines) or (f"exit status {status}" if status else None)


def judge_race(race, lines):
    """None if the sweep has found the race as its file says; else what it said."""
    said = [line for line in lines if line.startswith(("record found", "record panic"))]
    if not said:
        return "not found"
    if not any(text.strip() in said[0] for text in race.found["says"].split("|")):
        return f"found otherwise: {said[0]}"
    return None


def run_race(name, options, log):
    """None if the sweep finds the race; else what is wrong."""
    try:
        with open(os.path.join(RACES, name + ".txt"), encoding="utf-8") as file:
            race = parse_race(name, file.read())
        build = f"build/{options.toolchain}-release"
        copy = make_copy(race, build)
        done = subprocess.run(["make", f"TOOLCHAIN={options.toolchain}", "sweep.elf"], cwd=copy,
                              env={**os.environ, "MAKEFLAGS": ""}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=TIMEOUT)
        log.write(done.stdout)
        if done.returncode != 0:
            return "does not build"
        words = [f"{key}={race.found[key]}" for key in ("ops", "action", "mode") if key in race.found]
        bootargs = " ".join([*words, "form=long"])
        lines, _ = _run(os.path.join(copy, build, "sweep.elf"), bootargs, TIMEOUT_RACE, log)
    except (RaceError, qemu.QemuError) as error:
        return str(error)
    problem = judge_race(race, lines)
    if problem is None:
        shutil.rmtree(copy, ignore_errors=True)
    return problem


def run_half_clock(options, log):
    """A tick of two instructions: half of the positions cannot be reached. None if the sweep says so."""
    start = qemu.Start(f"build/{options.toolchain}-release/sweep.elf", bootargs="ops=try_send_room action=nothing")
    words = [word.replace("cntfrq=1000000000", "cntfrq=500000000")
             for word in qemu.command(qemu.Machine(exact=True), start, interactive=False)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, timeout=TIMEOUT)
    log.write(done.stdout)
    found = [line for line in tap.records(done.stdout) if line.startswith("record found")]
    said = ("a position was skipped", "the operation began before the first position")
    return None if found and found[0].endswith(said) else f"not told that positions are missing: {found}"


def race_names():
    return [os.path.basename(path)[:-len(".txt")] for path in sorted(glob.glob(os.path.join(RACES, "*.txt")))]
