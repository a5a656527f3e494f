# SPDX-License-Identifier: MIT
"""The models of protocols, tests/models/NAME.pml, checked by Spin (Debian's package spin).

A model's first comment says what is run, a line each:

    run NAME [DEFINITION[=VALUE]...] [ltl FORMULA]    nothing may be wrong, in any schedule
    mutant DEFINITION RUN KIND                        the same with a fault planted: this must be found

KIND of a fault: assertion, end (somebody waits for ever), cycle (a formula fails in an infinite schedule).
A model without a mutant is refused: nobody knows whether its checks can fail.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

MODELS = os.path.join("tests", "models")
TIMEOUT = 120  # seconds, of each of the three steps
DEPTH = 200_000  # steps of a schedule
FOUND = {"assertion": "assertion violated", "end": "invalid end state", "cycle": "acceptance cycle"}
_NAME = re.compile(r"[A-Za-z_]\w*")
_DEFINITION = re.compile(r"[A-Z_][A-Z0-9_]*(=\d+)?")


class ModelError(Exception):
    """A model's first comment cannot be understood."""


@dataclass(frozen=True)
class Run:
    """One search: of the model as it is (kind None), or of one with a fault, which is of a kind."""

    name: str
    definitions: tuple
    formula: str | None = None
    kind: str | None = None


def _parse_run(words):
    formula = None
    if len(words) >= 2 and words[-2] == "ltl":
        words, formula = words[:-2], words[-1]
    if not words or not _NAME.fullmatch(words[0]) or not all(_DEFINITION.fullmatch(word) for word in words[1:]):
        raise ModelError("run NAME [DEFINITION[=VALUE]...] [ltl FORMULA]")
    return Run(words[0], tuple(words[1:]), formula)


def _parse_mutant(words, runs):
    if len(words) != 3 or not _DEFINITION.fullmatch(words[0]) or words[2] not in FOUND:
        raise ModelError(f"mutant DEFINITION RUN KIND, a kind is one of {', '.join(FOUND)}")
    base = next((run for run in runs if run.name == words[1] and run.kind is None), None)
    if base is None:
        raise ModelError(f"there is no run {words[1]} above")
    return Run(f"{base.name}_{words[0].lower()}", (*base.definitions, words[0]), base.formula, words[2])


def parse(text):
    """The runs that a model's text asks for."""
    runs = []
    for line in text.split("*/\n#", 1)[0].splitlines():
        words = line.lstrip(" *").split()
        try:
            if words[:1] == ["run"]:
                runs.append(_parse_run(words[1:]))
            elif words[:1] == ["mutant"]:
                runs.append(_parse_mutant(words[1:], runs))
        except ModelError as error:
            raise ModelError(f"{line.strip(' *')}: {error}") from None
    names = [run.name for run in runs]
    if len(set(names)) != len(names):
        raise ModelError("two runs have one name")
    for run in runs:
        if run.kind and f"ifdef {run.definitions[-1]}\n" not in text and f"ifndef {run.definitions[-1]}\n" not in text:
            raise ModelError(f"nothing depends on {run.definitions[-1]}")
    if not any(run.kind for run in runs):
        raise ModelError("no mutant")
    return runs


def _steps(run):
    """The three commands: Spin writes a searching program, which is compiled and run."""
    spin = ["spin", "-a", *(f"-D{word}" for word in run.definitions), "model"]
    # A fault is found soon: then most of the time would go into compiling.
    compiler = ["gcc", "-O0" if run.kind else "-O1", "-w", "-o", "pan", "pan.c"]
    if run.formula:
        return (spin, compiler, ["./pan", "-a", "-f", "-N", run.formula, f"-m{DEPTH}"])
    return (spin, [*compiler, "-DSAFETY"], ["./pan", f"-m{DEPTH}"])


def judge(run, output):
    """None, or what is wrong with what the search said."""
    errors = re.search(r"errors: (\d+)", output)
    if errors is None or "max search depth too small" in output or "out of memory" in output:
        return "the search was not complete"
    first = re.search(r"^pan:1: (.*)", output, re.MULTILINE)
    if run.kind is None:
        return None if first is None and errors.group(1) == "0" else "an error: the log shows the steps that lead there"
    if first is None or not first.group(1).startswith(FOUND[run.kind]):
        return f"the planted fault was not found as \"{FOUND[run.kind]}\""
    return None


def _say(command, directory, log):
    """Runs a command there; (what it said, its exit status), also to the log."""
    done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
    log.write(done.stdout)
    return done.stdout.decode(errors="replace"), done.returncode


def check(path, run, log):
    """Searches one run of a model; what was said goes to the log. Returns None or what is wrong."""
    with tempfile.TemporaryDirectory(prefix="genrt-model-") as directory:
        shutil.copy(path, os.path.join(directory, "model"))
        for command in _steps(run):
            output, status = _say(command, directory, log)
            if status:
                return f"{command[0]}: exit status {status}"
        problem = judge(run, output)
        if problem and os.path.exists(os.path.join(directory, "model.trail")):
            _say(["spin", "-t", "-p", "-g", *(f"-D{word}" for word in run.definitions), "model"], directory, log)
    return problem


def all_runs():
    """(name of the model, its file, run), of all models."""
    for path in sorted(glob.glob(os.path.join(MODELS, "*.pml"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        name = os.path.basename(path)[:-len(".pml")]
        try:
            runs = parse(text)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from None
        for run in runs:
            yield name, path, run
