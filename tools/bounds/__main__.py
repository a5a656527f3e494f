# SPDX-License-Identifier: MIT
"""Instruction bounds from a linked image: python3 tools/bounds IMAGE.elf [--entry NAME ...] [--json FILE].

A line for each function that gets no bound, then a table. Exit status 1 if anything was refused.
"""

import argparse
import json
import os
import sys

import elf
from analysis import Analysis
from facts import Refusal

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def refused(analysis, lines, wanted):
    """Every refusal, once, at the function where it arises."""
    found = {}
    for refusal in analysis.facts.refusals:
        found[refusal.reason, refusal.address, refusal.text] = analysis.image.place(refusal.address)
    for function in wanted:
        try:
            analysis.bound(function.address)
        except Refusal as refusal:
            where = analysis.image.function_of(refusal.address)
            found[refusal.reason, refusal.address, refusal.text] = where.name if where else function.name
    lines.prepare(address for _, address, _ in found)
    return [{"function": name, "file": lines.of(address)[0], "line": lines.of(address)[1], "reason": reason, "text": text}
            for (reason, address, text), name in sorted(found.items(), key=str)]


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
    lines = elf.Lines(image, ROOT)
    refusals = refused(analysis, lines, analysis.functions)
    for each in refusals:
        print(f"refused {each['function']}: {each['file']}:{each['line']}: {each['reason']}: {each['text']}")
    bounds = {function.name: analysis.results[function.address].bound for function in analysis.functions
              if analysis.results[function.address].bound is not None}
    for name, bound in sorted(bounds.items()):
        print(f"{name:<40} {bound:>12}")
    print(f"{len(bounds)} bounded, {len(refusals)} refused")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"refused": refusals, "functions": {name: {"bound": bound} for name, bound in bounds.items()}},
                      file, indent=2)
    if options.certificates:
        analysis.store.write(options.certificates)
    return 1 if refusals else 0


if __name__ == "__main__":
    sys.exit(main())
