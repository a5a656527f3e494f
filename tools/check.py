#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Everything that can be said of the tree without running it, one line each, behind `./genrt check`: two compilers at a
time."""

import glob
import itertools
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import check_calls
import check_layers
import check_names
import check_words
import evidence
import qemu
import source_tree
import terminal

JOBS = 2  # toolchains at a time
TOOLCHAINS, BUILDS = ("gcc", "clang"), ("release", "debug")


def run(arguments):
    """The lines that a command says when it fails; none when it is content."""
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return [] if done.returncode == 0 else done.stdout.decode(errors="replace").splitlines() or ["failed"]


def make(*arguments):
    return run(["make", "-j", str(os.cpu_count() or 1), *arguments])


def layers():
    try:
        return check_layers.check(".")
    except check_layers.LayersError as error:
        return [str(error)]


def clang_format():
    # Assembly has no formatter, and the linker script is C for the preprocessor only.
    paths = source_tree.files(".", lambda path: path.endswith((".c", ".h")))
    said = run(["clang-format", "--dry-run", "-Werror", *paths])
    return sorted({line for line in said if "error:" in line}) or said


def boot(directory):
    """The boot check again on every ELF of a build: the link's own run may be long ago."""
    programs = [name for name in sorted(os.listdir(directory)) if name.endswith(".elf")] if os.path.isdir(directory) else []
    said = [] if programs else [f"nothing built in {directory}"]
    objects = sorted(glob.glob(os.path.join(directory, "obj/arch/aarch64/boot/*.o")))
    for name in programs:
        said += run([sys.executable, "tools/check_boot.py", os.path.join(directory, name), *objects])
    return said


def bounds(toolchain, build):
    """Nothing refused, stacks within their limits; in release builds masked stretches too, and bounds as agreed."""
    try:
        return evidence.static_problems(f"build/{toolchain}-{build}", toolchain, build == "release")
    except evidence.EvidenceError as error:
        return [str(error)]


def traced(toolchain):
    """A kernel with CONFIG_TRACE: no warnings, nothing refused, masked stretches within its own limit."""
    said = make("genrt.elf", "evidence.elf", f"TOOLCHAIN={toolchain}", "VARIANT=trace", "EXTRA_CFLAGS=-DCONFIG_TRACE=1")
    try:
        return said or evidence.trace_problems(f"build/{toolchain}-release-trace")
    except evidence.EvidenceError as error:
        return [str(error)]


def decoder(directory):
    """The analysis' decoder against objdump, on an image that holds all of the kernel."""
    return run([sys.executable, "tools/bounds/cross_check.py", os.path.join(directory, evidence.EVIDENCE)])


def of_tree():
    yield "layers", layers
    yield "names", lambda: check_names.check(".")
    yield "words", lambda: check_words.check(".")
    yield "public calls are swept and measured", lambda: check_calls.check(".")
    yield "format", clang_format


def of_toolchain(toolchain):
    for build in BUILDS:
        directory = f"build/{toolchain}-{build}"
        yield (f"build {toolchain} {build}, no warnings",
               lambda build=build: make("kernel", f"TOOLCHAIN={toolchain}", f"BUILD={build}"))
        yield f"boot part stands alone, {toolchain} {build}", lambda d=directory: boot(d)
        yield f"instruction bounds, {toolchain} {build}", lambda b=build: bounds(toolchain, b)
    yield f"programs of user mode, {toolchain}, no warnings", lambda: make("initramfs.cpio", f"TOOLCHAIN={toolchain}")
    yield f"build that can trace and its bounds, {toolchain}", lambda: traced(toolchain)
    yield f"decoder agrees with objdump, {toolchain}", lambda: decoder(f"build/{toolchain}-release")


def of_host():
    yield "build of tests for this machine, no warnings", lambda: make("host-unit", "host-sim", "observe")


def look_at(checks, said_of):
    """One after the other, as each needs what those before it built."""
    for name, look in checks:
        begin = time.monotonic()
        said = look()
        said_of[name] = said
        # One write: others tell theirs meanwhile.
        print("\n".join([f"{name} ... {terminal.verdict(not said)} ({time.monotonic() - begin:.1f} s)",
                         *(f"    {line}" for line in said)]), flush=True)


def main():
    os.chdir(qemu.ROOT)
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VARIANT", "EXTRA_CFLAGS", "APP"):
        os.environ.pop(name, None)
    said_of = {}
    chains = [of_tree, of_host], *([lambda toolchain=toolchain: of_toolchain(toolchain)] for toolchain in TOOLCHAINS)
    with ThreadPoolExecutor(JOBS) as pool:
        done = [pool.submit(look_at, itertools.chain(*(part() for part in chain)), said_of) for chain in reversed(chains)]
        for future in done:
            future.result()
    failed = sum(bool(said) for said in said_of.values())
    print(f"{len(said_of) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
