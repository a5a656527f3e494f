# SPDX-License-Identifier: MIT
"""Instruction bounds from a linked image: python3 tools/bounds IMAGE.elf [--entry NAME ...] [--json FILE].

A line for each function that gets no bound, then a table. Of an entry that is named, called with interrupts unmasked,
the masked stretches and the stack are asked for too. Exit status 1 if anything was refused.
"""

import argparse
import json
import os
import sys

import elf
from analysis import Analysis
from facts import Refusal
from masked import Masked
from stack import Stack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Questions:
    """What is asked of each function that is wanted, and every refusal, once, at the function where it arises."""

    def __init__(self, analysis, lines, is_entry):
        self.analysis, self.lines, self.image = analysis, lines, analysis.image
        self._refused = {}
        self.masked, self.rows = Masked(analysis), {}
        stack = Stack(analysis, lines)
        for refusal in analysis.facts.refusals:
            self._refuse(refusal, None)
        for function in analysis.functions:
            answers = {"bound": self._try(function, analysis.bound)}
            if is_entry:
                self._try(function, lambda address: self.masked.root(address, False))
                depth = self._try(function, stack.depth)
                answers["stack"] = depth.own if depth else None
            if function.name not in self._refused.values() and answers["bound"] is not None:
                self.rows[function.name] = answers

    def _refuse(self, refusal, function):
        reason, address, text = self._blamed(refusal)
        where = self.image.function_of(address) or function
        self._refused[reason, address, text] = where.name if where else "-"

    def _blamed(self, refusal):
        """What is wrong in a library's code, of which there is no source, is the matter of who calls it."""
        for address in refusal.callers if not self.lines.of(refusal.address)[1] else ():
            if self.lines.of(address)[1]:
                return "helper", address, f"{self.image.place(refusal.address)} has no source here; {refusal.text}"
        return refusal.reason, refusal.address, refusal.text

    def _try(self, function, question):
        try:
            return question(function.address)
        except Refusal as refusal:
            self._refuse(refusal, function)
            return None

    def refused(self):
        """A row for each refusal."""
        self.lines.prepare(address for _, address, _ in self._refused)
        return [{"function": name, "file": self.lines.of(address)[0], "line": self.lines.of(address)[1], "reason": reason,
                 "text": text} for (reason, address, text), name in sorted(self._refused.items(), key=str)]

    def stretches(self):
        """A row for each masked stretch."""
        return [{"start": self.image.place(start), "bound": self.analysis.store.bounds[name]}
                for start, name in sorted(self.masked.stretches.items())]


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bounds", description="Instruction bounds from a linked image.")
    parser.add_argument("image", help="an ELF file, linked")
    parser.add_argument("--entry", action="append", default=[], metavar="NAME", help="only this function; may be repeated")
    parser.add_argument("--json", metavar="FILE", help="write what was found")
    parser.add_argument("--certificates", metavar="FILE", help="write the certificates, for certificate.py")
    return parser.parse_args()


def main():
    options = parse_arguments()
    sys.setrecursionlimit(10000)
    try:
        image = elf.Image(options.image)
        analysis = Analysis(image, (lambda function: function.name in options.entry) if options.entry else None)
    except (elf.ElfError, Refusal) as error:
        print(f"bounds: {error}", file=sys.stderr)
        return 2
    missing = [name for name in options.entry if name not in image.by_name]
    if missing:
        print(f"bounds: no function {missing[0]} in {options.image}", file=sys.stderr)
        return 2
    asked = Questions(analysis, elf.Lines(image, ROOT), bool(options.entry))
    refusals = asked.refused()
    for each in refusals:
        print(f"refused {each['function']}: {each['file']}:{each['line']}: {each['reason']}: {each['text']}")
    for name, row in sorted(asked.rows.items()):
        print(f"{name:<40} {row['bound']:>12}")
    print(f"{len(asked.rows)} bounded, {len(refusals)} refused")
    try:
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump({"refused": refusals, "functions": asked.rows, "masked": asked.stretches()}, file, indent=2)
        if options.certificates:
            analysis.store.write(options.certificates)
    except OSError as error:
        print(f"bounds: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 1 if refusals else 0


if __name__ == "__main__":
    sys.exit(main())
