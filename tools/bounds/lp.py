# SPDX-License-Identifier: MIT
"""Linear programs: solved by GLPK, believed only as far as exact arithmetic confirms.

maximise c x, subject to rows a x = b and a x <= b, x >= 0. The solver's floating point answer is used for its dual
alone: any y with y >= 0 on the inequalities and y a >= c says that no x reaches more than y b, whoever found it.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from fractions import Fraction

SOLVER = "glpsol"
# Duals are fractions of small denominators, and come as decimals of 15 digits: which they are is tried, and confirmed.
_DENOMINATORS = (1, 60, 5000, 10 ** 6)
_solved = {}  # by their text and how they were solved: images share much of their code


class Unbounded(Exception):
    """Nothing keeps the objective from growing."""


class Infeasible(Exception):
    """Nothing keeps all rows."""


class SolverError(Exception):
    """The solver, not the problem, is at fault."""


@dataclass
class Row:
    """{column: coefficient} = rhs, or <= rhs if not equal."""

    terms: dict
    rhs: int
    equal: bool


@dataclass
class Solution:
    """The dual, one value a row, and what was found for the columns."""

    dual: list
    primal: list


def _terms(terms):
    return " ".join(f"{value:+d} x{column}" for column, value in sorted(terms.items()) if value)


def _problem(objective, rows):
    lines = ["Maximize", f" obj: {_terms(objective) or '0 x0'}", "Subject To"]
    lines += [f" r{index}: {_terms(row.terms) or '0 x0'} {'=' if row.equal else '<='} {row.rhs}"
              for index, row in enumerate(rows)]
    return "\n".join(lines + ["End", ""])


def _read(path, rows, columns):
    """Rows and columns of glpsol's solution file."""
    dual, primal = [Fraction(0)] * rows, [0.0] * columns
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[:2] == ["s", "bas"] and words[4:6] != ["f", "f"]:
                raise Unbounded() if words[4] == "f" else Infeasible()
            if words[:1] == ["i"]:
                dual[int(words[1]) - 1] = Fraction(float(words[4]))
            if words[:1] == ["j"]:
                primal[int(words[1]) - 1] = float(words[3])
    return dual, primal


def _column_order(text):
    """GLPK numbers columns as it meets them."""
    order, seen = [], set()
    for word in text.split():
        if word[0] == "x" and word[1:].isdigit() and word not in seen:
            seen.add(word)
            order.append(int(word[1:]))
    return order


def _run(text, rows, columns, exact):
    """(dual, what was found for the columns in their order), as glpsol says it."""
    with tempfile.TemporaryDirectory() as directory:
        problem, answer = os.path.join(directory, "p.lp"), os.path.join(directory, "answer")
        with open(problem, "w", encoding="ascii") as file:
            file.write(text)
        try:
            done = subprocess.run([SOLVER, "--lp", problem, "--nopresol", *(["--exact"] if exact else []), "-w", answer],
                                  capture_output=True, text=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SolverError(f"{SOLVER}: {error}") from error
        if "UNBOUNDED" in done.stdout or "NO DUAL FEASIBLE" in done.stdout:
            raise Unbounded()
        if done.returncode != 0 or not os.path.exists(answer):
            raise SolverError(f"{SOLVER}: {done.stdout[-300:]}")
        return _read(answer, rows, columns)


def solve(objective, rows, columns, exact=False):
    """The best x and its dual. Unbounded if there is no best, Infeasible if there is none at all."""
    text = _problem(objective, rows)
    key = text, columns, exact
    if key not in _solved:
        dual, found = _run(text, len(rows), columns, exact)
        primal = [0.0] * columns
        for place, column in enumerate(_column_order(text)):
            primal[column] = found[place]
        _solved[key] = Solution(_sharpen(objective, rows, dual), primal)
    return _solved[key]


def _sharpen(objective, rows, dual):
    """The fractions that decimals stand for, such that they show a bound; as they are, if none do."""
    for denominator in _DENOMINATORS:
        sharp = [value.limit_denominator(denominator) for value in dual]
        sharp = [value if row.equal else max(value, Fraction(0)) for value, row in zip(sharp, rows)]
        if confirm(objective, rows, sharp) is not None:
            return sharp
    return dual


def confirm(objective, rows, dual):
    """The bound that a dual shows, as an exact number; None if it shows none."""
    sums = {}
    for row, value in zip(rows, dual):
        if not row.equal and value < 0:
            return None
        for column, coefficient in row.terms.items() if value else ():
            sums[column] = sums.get(column, 0) + value * coefficient
    if any(sums.get(column, 0) < cost for column, cost in objective.items()):
        return None
    if any(value < 0 for column, value in sums.items() if column not in objective):
        return None
    return sum((value * row.rhs for row, value in zip(rows, dual)), Fraction(0))
