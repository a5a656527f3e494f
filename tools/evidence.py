#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The evidence of timing of one build, behind `./genrt bounds`: bounds from the linked image, what a run of the worst
cases took, and whether the one keeps below the other.

Two images are analysed: genrt.elf, which is shipped, and evidence.elf, the same kernel with an application that makes
every public call and drives each into its worst case (tests/evidence/). What was found stays in build/bounds/, Clang's
in build/bounds-clang/.
"""

import argparse
import json
import os
import shutil
import sys

import doc_figures
import qemu
import qemu_cases
import terminal

for room in ("bounds", "observe"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), room))
import budget  # noqa: E402
import documents  # noqa: E402
import elf  # noqa: E402
import merge  # noqa: E402
import page  # noqa: E402
import reference  # noqa: E402
import table  # noqa: E402
import verdict  # noqa: E402
from facts import Refusal  # noqa: E402

OUTPUT = {"gcc": os.path.join("build", "bounds"), "clang": os.path.join("build", "bounds-clang")}
SHIPPED, EVIDENCE = "genrt.elf", "evidence.elf"
REFERENCE_TOOLCHAIN = "gcc"


class EvidenceError(Exception):
    """Why there is nothing to say."""


def analyse(build):
    """[(Analysis, gathered)] of the images of a build directory, the evidence program first."""
    paths = [os.path.join(build, name) for name in (EVIDENCE, SHIPPED)]
    try:
        return [verdict.analyse(path) for path in paths]
    except (elf.ElfError, Refusal) as error:
        raise EvidenceError(str(error)) from error


def static_problems(build, toolchain, is_release):
    """What the images of a build say without a run, as lines: for tools/check.py."""
    (analysis, gathered), (shipped_analysis, shipped) = analyse(build)
    lines = verdict.static(analysis, gathered, is_release) + verdict.static(shipped_analysis, shipped, is_release)
    lines += verdict.same_everywhere(shipped, gathered) + reference.missing(qemu.ROOT, gathered)
    if is_release:
        lines += verdict.agreed(gathered, toolchain)
        lines += reference.stale(qemu.ROOT, gathered) if toolchain == REFERENCE_TOOLCHAIN else []
    return lines


def trace_problems(build):
    """The same of a kernel with CONFIG_TRACE, whose bounds nobody has agreed upon but for its longest masked stretch."""
    lines = []
    for _, gathered in analyse(build):
        lines += verdict.refusals(gathered) + verdict.stacks(gathered) + verdict.masked(gathered, verdict.TRACE_MASKED_LIMIT)
    return lines


def cases():
    """The runs of the evidence program in tests/qemu/cases.txt."""
    with open(qemu_cases.CASES_FILE, encoding="utf-8") as file:
        return [case for case in qemu_cases.parse(file.read())
                if case.keys["image"] == "evidence" and case.keys["build"] == "release" and not case.keys.get("variant")]


def see(program, toolchain):
    """What the observer saw in the runs of the evidence program."""
    directory = os.path.join(OUTPUT[toolchain], "seen")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    for case in cases():
        with open(os.path.join(directory, f"{case.name}.log"), "wb+") as log:
            problem = qemu_cases.run(case, toolchain, log, directory)
        if problem:
            raise EvidenceError(f"{case.name}: {problem}; {directory}/{case.name}.log")
    try:
        return merge.merge(directory, program)
    except merge.MergeError as error:
        raise EvidenceError(str(error)) from error


def result(gathered, observed, masked_seen):
    """bounds.json."""
    entries = {name: {"bound": entry["bound"] if entry["kind"] != "fatal" else None, "observed": observed.get(name),
                      **{key: entry[key] for key in ("kind", "function", "masked", "stack", "kernel_stack", "may_block", "chain", "facts")}}
               for name, entry in gathered["entries"].items()}
    worst = gathered["masked"][0]
    return {"refused": gathered["refused"], "entries": entries,
            "masked_max": {"bound": worst["bound"], "observed": masked_seen, "where": f"{worst['file']}:{worst['line']} ({worst['function']})"},
            "masked": [{key: row[key] for key in ("function", "file", "line", "bound")} for row in gathered["masked"]],
            "stack": gathered["stack"], "threads": gathered["threads"], "facts": gathered["facts"],
            "callees": gathered["callees"], "dropped": gathered["dropped"]}


def update(gathered, observed, masked_seen, toolchain):
    """Writes the toolchain's part of the budget anew, and what else shows its figures."""
    budgets = budget.read(budget.FILE) or {}
    budgets[toolchain] = budget.of(gathered)
    with open(budget.FILE, "w", encoding="utf-8") as file:
        file.write(budget.text(budgets))
    if toolchain == REFERENCE_TOOLCHAIN:
        reference.write(qemu.ROOT, gathered)
        documents.write(documents.EVIDENCE, documents.evidence(gathered, observed, masked_seen, verdict.read_reasons()))
        doc_figures.write(qemu.ROOT)


def show(gathered, observed, masked_seen):
    """The tables, as lines."""
    lines = table.entries(gathered, observed) + [""] + table.stretches(gathered, verdict.MASKED_LIMIT)
    lines.append(f"  seen: {masked_seen if masked_seen is not None else '-'}")
    return lines + [""] + table.stacks(gathered)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Instruction bounds, and what was seen.")
    parser.add_argument("--build", required=True, metavar="DIR", help="where genrt.elf and evidence.elf are")
    parser.add_argument("--toolchain", default="gcc", choices=("gcc", "clang"))
    parser.add_argument("--entry", metavar="NAME", help="all of one entry or function: its worst way in source lines")
    parser.add_argument("--static", action="store_true", help="no run: nothing is observed")
    parser.add_argument("--json", action="store_true", help="print bounds.json and nothing else")
    parser.add_argument("--update", action="store_true", help=f"write {budget.FILE} and what else shows its figures")
    return parser.parse_args()


def judge(options, images):
    """(lines of what is wrong, observed, masked_seen)"""
    (analysis, gathered), (shipped_analysis, shipped) = images
    lines = verdict.static(analysis, gathered) + verdict.static(shipped_analysis, shipped)
    lines += verdict.same_everywhere(shipped, gathered)
    if not options.update:
        lines += verdict.agreed(gathered, options.toolchain)
    if options.static:
        return lines, {}, None
    reasons = verdict.read_reasons()  # what is wrong with these is told before the run
    lines += verdict.needless_reasons(gathered["entries"], reasons)
    more, agreement = verdict.reality(analysis, gathered, see(os.path.join(options.build, EVIDENCE), options.toolchain))
    observed, (masked_seen, _) = agreement.observed(), agreement.observed_masked()
    rows = [(name, entry["bound"], observed[name]) for name, entry in gathered["entries"].items() if entry["kind"] != "fatal"]
    rows += [(budget.MASKED, gathered["masked"][0]["bound"], masked_seen), *agreement.stretches()]
    lines += more + verdict.close_enough(rows, reasons)
    if options.toolchain == REFERENCE_TOOLCHAIN and not options.update:
        lines += documents.stale(documents.EVIDENCE, documents.evidence(gathered, observed, masked_seen, reasons))
        lines += reference.stale(qemu.ROOT, gathered)
    return lines, observed, masked_seen


def main():
    options = parse_arguments()
    if options.update and options.static:
        print("bounds: --update writes what was seen too: not with --static", file=sys.stderr)
        return 2
    if options.entry is not None and (options.update or options.json):
        print("bounds: --entry shows one entry: not with --update or --json", file=sys.stderr)
        return 2
    os.chdir(qemu.ROOT)
    try:
        with terminal.progress("deriving bounds"):
            images = analyse(options.build)
        gathered = images[0][1]
        if options.entry:
            lines = table.one(gathered, options.entry)
            if lines is None:
                raise EvidenceError(f"no entry or function '{options.entry}'")
            print("\n".join(lines))
            return 0
        with terminal.progress("watching the worst cases"):
            problems, observed, masked_seen = judge(options, images)
    except (EvidenceError, verdict.ReasonsError) as error:
        print(f"bounds: {error}", file=sys.stderr)
        return 2
    gathered["threads"] += [row for row in images[1][1]["threads"] if row not in gathered["threads"]]
    output = OUTPUT[options.toolchain]
    os.makedirs(output, exist_ok=True)
    found = result(gathered, observed, masked_seen)
    with open(os.path.join(output, "bounds.json"), "w", encoding="utf-8") as file:
        json.dump(found, file, indent=2)
    images[0][0].store.write(os.path.join(output, "certificates.jsonl"))
    page.write(os.path.join(output, "report.html"), gathered, observed, masked_seen)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(show(gathered, observed, masked_seen)))
        print(f"\n{len(gathered['refused'])} refused; all of it: {output}/bounds.json, {output}/report.html")
    if options.update and not problems:
        try:
            update(gathered, observed, masked_seen, options.toolchain)
        except budget.BudgetError as error:
            print(f"bounds: {error}", file=sys.stderr)
            return 2
        print(f"written to {budget.FILE}")
    for line in problems:
        print(f"bounds: {line}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
