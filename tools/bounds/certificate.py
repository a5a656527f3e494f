#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the certificates of a bound analysis, in exact arithmetic, sharing no code with it.

A certificate is a linear program (maximise the instructions of a flow of one unit through a graph, under rows) and a
dual vector y. If y >= 0 on the inequalities and, for every column, y times the column is at least its cost, then no
flow costs more than y times the right sides: that is the bound. A cost names bounds of callees, which must stand, and
be right, above.
"""

import json
import sys
from fractions import Fraction


def problem(certificate, known):
    """What is wrong with one certificate, or None."""
    sums = [Fraction(0)] * len(certificate["costs"])
    total = Fraction(0)
    if len(certificate["rows"]) != len(certificate["dual"]):
        return "not one dual value a row"
    for (relation, right, terms), dual in zip(certificate["rows"], certificate["dual"]):
        dual = Fraction(dual)
        if relation not in ("=", "<=") or (relation == "<=" and dual < 0):
            return "a negative dual of an inequality"
        total += dual * right
        for column, coefficient in terms:
            sums[column] += dual * coefficient
    for column, (own, callees) in enumerate(certificate["costs"]):
        if any(callee not in known for callee in callees):
            return "a callee without a certificate above"
        cost = own + max((known[callee] for callee in callees), default=0)
        if sums[column] < cost:
            return f"column {column} costs {cost}, the dual covers {sums[column]}"
    if total >= certificate["bound"] + 1:
        return f"the dual shows {total}, not {certificate['bound']}"
    return None


def check(lines):
    """(how many certificates are right, what is wrong with the others)."""
    known, wrong = {}, []
    for line in lines:
        certificate = json.loads(line)
        found = problem(certificate, known)
        if certificate["name"] in known:
            found = "stands twice"
        if found:
            wrong.append(f"{certificate['name']}: {found}")
        else:
            known[certificate["name"]] = certificate["bound"]
    return len(known), wrong


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        right, wrong = check(file)
    for line in wrong:
        print(line)
    print(f"{right} certificates hold, {len(wrong)} do not")
    return 1 if wrong or not right else 0


if __name__ == "__main__":
    sys.exit(main())
