# SPDX-License-Identifier: MIT
"""What the tests of tools/bounds share: building tests/bounds/ by make, asking the tool, running a program."""

import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import qemu  # noqa: E402

JOBS = 2
TOOL_TIMEOUT, RUN_TIMEOUT = 120, 60
# Under ./genrt test one compiler at a time, as all else; a test that is started by hand takes both.
TOOLCHAINS = (os.environ["TOOLCHAIN"],) if os.environ.get("TOOLCHAIN") else ("gcc", "clang")


def build(toolchain, target, variant="", flags="", seed="1"):
    """Makes a target of mk/bounds_tests.mk; returns the directory it lands in."""
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VARIANT", "EXTRA_CFLAGS", "BUILD", "APP")}
    command = ["make", "-j", str(os.cpu_count() or 1), f"TOOLCHAIN={toolchain}", f"VARIANT={variant}",
               f"EXTRA_CFLAGS={flags}", f"BOUNDS_SEED={seed}", target]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return os.path.join(ROOT, "build", f"{toolchain}-release" + (f"-{variant}" if variant else ""), "bounds")


def ask(elf, entries):
    """What tools/bounds says of some functions: (exit status, its JSON or None, its words)."""
    with tempfile.TemporaryDirectory() as directory:
        answer = os.path.join(directory, "answer.json")
        words = [word for entry in entries for word in ("--entry", entry)]
        done = subprocess.run([sys.executable, "tools/bounds", elf, *words, "--json", answer], cwd=ROOT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=TOOL_TIMEOUT, check=False)
        found = None
        if os.path.exists(answer):
            with open(answer, encoding="utf-8") as file:
                found = json.load(file)
    return done.returncode, found, done.stdout


def run(elf):
    """({name: largest count of instructions}, {name: most bytes of stack}), as the program observes itself;
    AssertionError if it goes wrong."""
    machine = qemu.Machine(exact=True)
    result = qemu.run_captured(machine, qemu.Start(elf, dtb="none"), RUN_TIMEOUT)
    text = result.output.decode(errors="replace")
    if result.status != 0 or not text.endswith("end\n"):
        raise AssertionError(f"{elf}: status {result.status}\n{text}{result.errors}")
    observed, stack = {}, {}
    for name, count, depth in re.findall(r"^observed (\w+) (\d+) (\d+)$", text, re.MULTILINE):
        observed[name] = max(int(count), observed.get(name, 0))
        stack[name] = max(int(depth), stack.get(name, 0))
    if observed.get("calibration_1") != 1 or observed.get("calibration_3") != 3:
        raise AssertionError(f"{elf}: the window is wrong:\n{text}")
    return observed, stack


def each(function, items):
    """function(item) of every item, two at a time, in order."""
    with ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(function, items))
