#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every test there is, behind `./genrt test`: found, built, run two at a time, judged, counted.

A test's name is its kind and its place:

  unit/lib/list     tests/unit/lib/list_test.c, a program of this machine
  sim/random        a million random operations against the models of tests/sim/, in 200 short histories
  sim/long          as many in one history
  sim/locks         a million random calls on locks, readers, a barrier against a reference scheduler that predicts who runs and each answer
  sim/schedule      a million more, with quanta, deadlines, budgets, constant bandwidth and periods
  sim/tasks         1,500 random sets of periodic tasks: what is admitted runs and is never late, what is just refused is
  fuzz/NAME         tests/fuzz/NAME_fuzz.c with a fixed seed and number of runs
  qemu/NAME         a line of tests/qemu/cases.txt
  bench/golden      the costs, against bench/golden.json; with GCC only
  bench/curves      costs over n, against what tools/bench_curves.py promises of them
  bench/identical   the benchmark again and again, the host idle and loaded: the same bytes each time
  bounds/entries    instruction bounds beside the worst cases (./genrt bounds)
  bounds/agreement  what was observed in all runs of images, against the bounds of each; runs last
  bounds/coverage   how much of the analysed code those runs executed; a page of it by lcov; runs last
  sweep/GROUP       every interrupt position of a group of operations (tests/sweep/)
  sweep/half_clock  the same where it must fail
  sweep/race_NAME   a race planted in a copy of the kernel, which the sweep must find; with GCC only
  models/NAME/RUN   tests/models/NAME.pml, searched by Spin; with a fault planted, which must be found
  tool/NAME         tests/tools/NAME_test.py or .sh

GENRT_OBSERVE=DIR in the environment: what each qemu/, bench/ and sweep/ run executes is written there (tools/observe/).

TOOLCHAIN=clang in the environment: kernel, unit tests and simulation are Clang's. Fuzzers always are.

Exit status: 0 all passed, 1 some failed, 2 a name that means nothing. Logs stay in build/test-logs/.
"""

import argparse
import glob
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import agreement
import fuzz_seeds
import models
import qemu
import qemu_cases
import sweep
import tap
import terminal
from qemu_cases import subject

JOBS = 2
LOGS = os.path.join("build", "test-logs")
TAIL_LINES, SUMMARY_LINES = 25, 2
HOST_TIMEOUT = 240  # seconds, for what is not a QEMU case
FUZZ_RUNS, FUZZ_RUNS_LONG = 100_000, 2_000_000
FUZZ_SIZE_MAX = 16384  # bytes of an input
SIM_LONG_FACTOR = 10
TOOL_LONG_FACTOR = 3
AGREEMENT, COVERAGE, AGREEMENT_TIMEOUT = "bounds/agreement", "bounds/coverage", 600
CURVES_SLOTS = 1024  # thread slots of the build whose curves are judged: so that 1,000 deadlines are armed
IDENTICAL_RUNS, IDENTICAL_RUNS_LONG = (5, 2), (100, 50)  # how many, and how many of them on a loaded host

_make_lock = threading.Lock()


@dataclass(frozen=True)
class Test:
    """A name, what make must have built before, and how to run: run(log file) gives None or what is wrong."""

    name: str
    run: object
    built_by: tuple = ()
    is_last: bool = False  # judges what the others leave behind


def make(*arguments, keep_going=False):
    """Runs make, with what it says as the result: None if all went well."""
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VARIANT", "EXTRA_CFLAGS", "BUILD", "APP")}
    command = ["make", "-j", str(os.cpu_count() or 1), *(["-k"] if keep_going else []), *arguments]
    with _make_lock:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    return None if done.returncode == 0 else done.stdout.decode(errors="replace")


def run_program(arguments, log, timeout=HOST_TIMEOUT, environment=None):
    """Runs a program into the log; returns (its output, None or what went wrong)."""
    begin = log.tell()
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                              timeout=timeout, env={**os.environ, **(environment or {})}, check=False)
        problem = f"exit status {done.returncode}" if done.returncode else None
    except subprocess.TimeoutExpired:
        problem = f"no end within {timeout} s"
    except OSError as error:
        problem = f"cannot be started: {error.strerror}"
    log.flush()
    with open(log.name, "rb") as written:
        written.seek(begin)
        return written.read(), problem


def maxima(options, name):
    """The environment in which a program of this machine writes down how often its loops turned, if runs are observed:
    bounds/agreement reads it."""
    if not options.observe:
        return {}
    directory = os.path.join(options.observe, agreement.HOST)
    os.makedirs(directory, exist_ok=True)
    return {"GENRT_BOUND_MAXIMA": os.path.join(directory, name.replace("/", "."))}


def host_directory(options):
    """Where make puts the programs of this machine, as in Makefile."""
    return "build/host" if options.toolchain == "gcc" else f"build/host-{options.toolchain}"


# --- The kinds -----------------------------------------------------------------------------------

def unit_tests(options):
    for path in sorted(glob.glob("tests/unit/**/*_test.c", recursive=True)):
        place = path[len("tests/unit/"):-len("_test.c")]
        program = f"{host_directory(options)}/unit/{place}_test"

        def run(log, program=program):
            output, problem = run_program([program], log, environment=maxima(options, program))
            # What TAP says first: it names the failed test.
            return tap.judge(tap.records(output)) or problem

        yield Test(f"unit/{place}", run, (f"TOOLCHAIN={options.toolchain}", program))


def sim_tests(options):
    if not glob.glob("tests/sim/*.c"):
        return
    program = f"{host_directory(options)}/sim/sim"
    factor = SIM_LONG_FACTOR if options.long else 1

    # The many runs differ in character; the one is long enough for what adds up.
    for name, arguments in (("random", ()), ("long", ("--runs", "1")), ("locks", ("--locks",)),
                            ("schedule", ("--schedule",)),
                            ("tasks", ("--tasks", "--runs", "1500"))):
        def run(log, name=name, arguments=arguments):
            return run_program([program, *arguments], log, HOST_TIMEOUT * factor, {"SIM_FACTOR": str(factor), **maxima(options, name)})[1]

        yield Test(f"sim/{name}", run, (f"TOOLCHAIN={options.toolchain}", program))


def fuzz_tests(options):
    runs = FUZZ_RUNS_LONG if options.long else FUZZ_RUNS
    for path in sorted(glob.glob("tests/fuzz/*_fuzz.c")):
        name = os.path.basename(path)[:-len("_fuzz.c")]
        program = f"{host_directory(options)}/fuzz/{name}_fuzz"

        def run(log, name=name, program=program):
            corpus = f"build/fuzz-corpus/{name}"
            # A fresh start each time, or a fixed seed would not mean the same run; --long keeps what it found.
            if not options.long:
                shutil.rmtree(corpus, ignore_errors=True)
            fuzz_seeds.write(name, corpus, FUZZ_SIZE_MAX)
            output, problem = run_program(
                [program, f"-runs={runs}", "-seed=1", f"-max_len={FUZZ_SIZE_MAX}", "-timeout=20", "-rss_limit_mb=2048",
                 f"-artifact_prefix={LOGS}/{name}-", corpus], log, HOST_TIMEOUT * (10 if options.long else 1))
            if problem is None and f"Done {runs} runs".encode() not in output:
                problem = f"ended, but not after {runs} runs"
            return problem

        yield Test(f"fuzz/{name}", run, (f"TOOLCHAIN={options.toolchain}", program))


def observer(options):
    """The plugin, if runs are observed."""
    return (subject.PLUGIN,) if options.observe else ()


def qemu_tests(options):
    if not os.path.exists(qemu_cases.CASES_FILE):
        return
    with open(qemu_cases.CASES_FILE, encoding="utf-8") as file:
        cases = qemu_cases.parse(file.read())
    for case in cases:
        def run(log, case=case):
            runs = case.seeded() if options.long else [case]
            problems = (qemu_cases.run(one, options.toolchain, log, options.observe) for one in runs)
            return next(filter(None, problems), None)

        targets = (f"{case.keys['image']}.elf", *observer(options),
                   *(("initramfs.cpio",) if case.keys["initrd"] == "programs" else ()))
        yield Test(f"qemu/{case.name}", run, (*case.make_arguments(), f"TOOLCHAIN={options.toolchain}", *targets))


def bench_tests(options):
    if not glob.glob("bench/*.c"):
        return

    runs, loaded = IDENTICAL_RUNS_LONG if options.long else IDENTICAL_RUNS
    variant = f"slots{CURVES_SLOTS}"
    plain, many = ("", ()), (f"-{variant}", (f"VARIANT={variant}", f"EXTRA_CFLAGS=-DCONFIG_THREAD_SLOTS={CURVES_SLOTS}"))
    programs = {"golden": (plain, "bench.py"), "curves": (many, "bench_curves.py", f"--slots={CURVES_SLOTS}"),
                "identical": (plain, "bench_identical.py", f"--runs={runs}", f"--loaded={loaded}")}
    if options.toolchain != "gcc":
        del programs["golden"]  # the golden figures are GCC's: another compiler has others
    for name, ((suffix, settings), program, *arguments) in programs.items():
        build = f"build/{options.toolchain}-release{suffix}"
        command = [sys.executable, f"tools/{program}", "--build", build, *arguments]

        def run(log, command=command):
            return run_program(command, log, HOST_TIMEOUT * (10 if options.long else 1))[1]

        yield Test(f"bench/{name}", run, ("BUILD=release", *settings, f"TOOLCHAIN={options.toolchain}", "bench.elf",
                                          "minimal.elf", *observer(options)))


def sweep_tests(options):
    if not glob.glob("tests/sweep/*.c"):
        return
    built_by = ("BUILD=release", f"TOOLCHAIN={options.toolchain}", "sweep.elf", *observer(options))
    for group in sweep.GROUPS:
        yield Test(f"sweep/{group}", lambda log, group=group: sweep.run_group(group, options, log), built_by)
    yield Test("sweep/half_clock", lambda log: sweep.run_half_clock(options, log), built_by)
    # Where a compiler puts its loads and stores decides what a race can spoil.
    for name in sweep.race_names() if options.toolchain == "gcc" else ():
        yield Test(f"sweep/race_{name}", lambda log, name=name: sweep.run_race(name, options, log), built_by)


def bounds_tests(options):
    """The bounds beside the worst cases; then what was seen of all runs of images, against all that was analysed."""
    if not glob.glob("tests/evidence/*.c"):
        return
    build = f"build/{options.toolchain}-release"

    def entries(log):
        return run_program([sys.executable, "tools/evidence.py", "--build", build, "--toolchain", options.toolchain], log)[1]

    def agreement(log):
        return run_program([sys.executable, "tools/agreement.py", options.observe], log, AGREEMENT_TIMEOUT)[1]

    def coverage(log):
        return run_program([sys.executable, "tools/coverage.py", options.toolchain, options.observe, "build/coverage"], log,
                           AGREEMENT_TIMEOUT)[1]

    yield Test("bounds/entries", entries, ("BUILD=release", f"TOOLCHAIN={options.toolchain}", "genrt.elf", "evidence.elf", subject.PLUGIN))
    yield Test(AGREEMENT, agreement, is_last=True)
    yield Test(COVERAGE, coverage, is_last=True)


def model_tests(_options):
    """Models of protocols: nothing of them depends on a compiler."""
    for name, path, search in models.all_runs():
        yield Test(f"models/{name}/{search.name}",
                   lambda log, path=path, search=search: models.check(path, search, log))


def tool_tests(options):
    # What a tool's test runs, beside the tool.
    programs = {"replay": ("BUILD=release", f"TOOLCHAIN={options.toolchain}", "selftest.elf"),
                "shell": ("BUILD=release", f"TOOLCHAIN={options.toolchain}", "genrt.img", "initramfs.cpio"),
                "analyze": ("BUILD=release", f"TOOLCHAIN={options.toolchain}", "evidence.elf")}
    # What takes long looks for BOUNDS_LONG.
    environment, factor = ({"BOUNDS_LONG": "1"}, TOOL_LONG_FACTOR) if options.long else ({}, 1)
    for path in sorted(glob.glob("tests/tools/*_test.py") + glob.glob("tests/tools/*_test.sh")):
        name = os.path.basename(path).rsplit("_test.", 1)[0]
        arguments = [sys.executable, path] if path.endswith(".py") else ["sh", path]
        yield Test(f"tool/{name}", lambda log, arguments=arguments: run_program(
            arguments, log, HOST_TIMEOUT * factor, environment)[1], programs.get(name, ()))


def all_tests(options):
    kinds = (unit_tests, sim_tests, fuzz_tests, qemu_tests, bench_tests, bounds_tests, sweep_tests, model_tests,
             tool_tests)
    return [test for kind in kinds for test in kind(options)]


def select(tests, names):
    """The tests that a name is or begins; a name that fits none is an error."""
    chosen = []
    for name in names:
        exact = [test for test in tests if test.name == name]
        fitting = exact or [test for test in tests if test.name.startswith(name)]
        if not fitting:
            raise LookupError(name)
        chosen += [test for test in fitting if test not in chosen]
    return [test for test in tests if test in chosen] if names else tests


# --- Building and running --------------------------------------------------------------------------

def split_make_arguments(built_by):
    """(settings, targets)"""
    return (tuple(word for word in built_by if "=" in word), tuple(word for word in built_by if "=" not in word))


def build_all(tests):
    """Builds what the tests need, in as few makes as possible. Returns {built_by: what make said} of failures."""
    groups = {}
    for test in tests:
        if test.built_by:
            settings, targets = split_make_arguments(test.built_by)
            groups.setdefault(settings, {}).update(dict.fromkeys(targets))
    broken = {}
    for settings, targets in groups.items():
        words = [word for word in settings if not word.startswith("EXTRA")]
        title = " ".join(words) + (", programs of this machine" if len(words) == 1 else "")
        print(f"building  {title} ... ", end="", flush=True)
        begin = time.monotonic()
        if make(*settings, *targets, keep_going=True) is None:
            print(f"done ({time.monotonic() - begin:.1f} s)", flush=True)
            continue
        print(terminal.verdict(False), flush=True)
        # One by one, so that only those fail that do.
        for built_by in {test.built_by for test in tests if split_make_arguments(test.built_by)[0] == settings}:
            if built_by:
                said = make(*built_by)
                if said is not None:
                    broken[built_by] = said
    return broken


def run_test(test, broken):
    """Runs one test with its log; returns (None or the problem, seconds, the log's name)."""
    log_name = os.path.join(LOGS, test.name.replace("/", ".") + ".log")
    begin = time.monotonic()
    with open(log_name, "wb+") as log:
        if test.built_by in broken:
            log.write(broken[test.built_by].encode())
            problem = "does not build"
        else:
            try:
                problem = test.run(log)
            except Exception as error:  # pylint: disable=broad-except  a broken test is a failed test
                problem = f"the runner: {type(error).__name__}: {error}"
    return problem, time.monotonic() - begin, log_name


def show_tail(log_name, count=TAIL_LINES):
    with open(log_name, encoding="utf-8", errors="replace") as log:
        lines = log.read().replace("\r", "").split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) > count:
        print(f"    ... all of it in {log_name}")
    for line in lines[-count:]:
        print(f"    {line}")


def run_some(tests, broken, done, total):
    """Runs tests, the first of which is number done + 1 of the total; the names of those that failed."""
    failures = []
    with ThreadPoolExecutor(JOBS) as pool:
        running = {pool.submit(run_test, test, broken): test for test in tests}
        try:
            for count, future in enumerate(as_completed(running), done + 1):
                test = running[future]
                problem, seconds, log_name = future.result()
                word = terminal.verdict(problem is None, "ok    ")
                print(f"{word} [{count:>{len(str(total))}}/{total}] {test.name} ({seconds:.2f} s)"
                      + (f": {problem}" if problem else ""), flush=True)
                if problem:
                    failures.append(test.name)
                    show_tail(log_name)
                    if test.name.startswith("qemu/"):
                        print(f"    backwards from there: ./genrt replay {test.name}")
                elif test.is_last:
                    show_tail(log_name, SUMMARY_LINES)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return failures


def run_all(tests):
    """Runs them, says how it goes; returns (passed, failed)."""
    # Logs of other tests stay: another run may be writing them.
    os.makedirs(LOGS, exist_ok=True)
    broken = build_all(tests)
    first = [test for test in tests if not test.is_last]
    failures = run_some(first, broken, 0, len(tests))
    failures += run_some([test for test in tests if test.is_last], broken, len(first), len(tests))
    if len(failures) > 1:
        print("failed: " + " ".join(sorted(failures)))
    return len(tests) - len(failures), len(failures)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Run genrt's tests.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a test, or how its name begins")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--long", action="store_true", help="more of all that can be had more of")
    options = parser.parse_args()
    options.toolchain = os.environ.get("TOOLCHAIN") or "gcc"
    options.observe = os.environ.get("GENRT_OBSERVE", "")
    return options


def main():
    options = parse_arguments()
    os.chdir(qemu.ROOT)
    try:
        tests = select(all_tests(options), options.names)
    except LookupError as error:
        print(f"genrt: test: no test is named or begins with '{error.args[0]}'; see ./genrt test --list", file=sys.stderr)
        return 2
    except (qemu_cases.CaseError, models.ModelError) as error:
        print(f"genrt: test: {error}", file=sys.stderr)
        return 2
    if any(test.name in (AGREEMENT, COVERAGE) for test in tests):
        # It judges every run of an image: all of them are made, and watched, for it.
        options.observe = options.observe or os.path.join("build", f"observed-{options.toolchain}")
        os.environ["GENRT_OBSERVE"] = options.observe
        watched = select(all_tests(options), ["qemu/", "bench/", "sweep/"] if options.toolchain == "gcc" else ["qemu/"])
        names = {test.name for test in tests} | {test.name for test in watched}
        tests = [test for test in all_tests(options) if test.name in names]
    if options.list:
        print("\n".join(test.name for test in tests))
        return 0
    begin = time.monotonic()
    if options.observe:
        shutil.rmtree(options.observe, ignore_errors=True)
    try:
        passed, failed = run_all(tests)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    print(f"in {time.monotonic() - begin:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
