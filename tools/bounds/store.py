# SPDX-License-Identifier: MIT
"""The certificates of an analysis: for every bound, the rows and the dual that show it.

They are written one a line, in an order in which each only names earlier ones, and checked by certificate.py, which
shares no code with the analysis.
"""

import json


def _exact(value):
    """A Fraction or int, as JSON that loses nothing."""
    return int(value) if value == int(value) else f"{value.numerator}/{value.denominator}"


class Store:
    """Bounds by name, and their certificates."""

    def __init__(self):
        self.bounds, self._certificates = {}, []

    def value(self, cost):
        """Instructions of a node: its own and those of the costliest that it may call."""
        own, names = cost
        return own + max((self.bounds[name] for name in names), default=0)

    def add(self, name, bound, costs, rows, dual):
        """A bound and what shows it."""
        self.bounds[name] = bound
        self._certificates.append({
            "name": name, "bound": bound, "costs": [[own, list(names)] for own, names in costs],
            "rows": [["=" if row.equal else "<=", row.rhs, [[column, value] for column, value in row.terms.items()]]
                     for row in rows],
            "dual": [_exact(value) for value in dual]})

    def write(self, path):
        """All certificates, one a line."""
        with open(path, "w", encoding="utf-8") as file:
            for certificate in self._certificates:
                file.write(json.dumps(certificate, separators=(",", ":")) + "\n")

    def __len__(self):
        return len(self._certificates)
