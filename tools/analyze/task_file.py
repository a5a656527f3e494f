# SPDX-License-Identifier: MIT
"""A file that describes a task set (docs/analysis.md), read with every reason why it may be malformed, and the line.

tomllib gives values without their places. Lines are found by a second, plain look at the text: the headers of tables in
their order, and the keys behind each."""

import re
import tomllib

CLOCK_HZ = 1_000_000_000  # of the emulated machine in exact mode: a tick is a nanosecond and an instruction
TICKS_MAX = 1 << 48
PRIORITY_MAX = 63
UNITS = {"ticks": None, "ns": 10 ** 9, "us": 10 ** 6, "ms": 10 ** 3, "s": 1}
_TIME = re.compile(r"\s*([0-9]{1,15})(?:\.([0-9]{1,9}))?\s*([a-z]+)\s*")
_HEADER = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")


class Malformed(Exception):
    """What is wrong; str() is `line N: reason`, or the reason alone where there is no line."""

    def __init__(self, line, reason):
        super().__init__(f"line {line}: {reason}" if line else reason)


class Places:
    """Line numbers of tables and keys."""

    def __init__(self, text):
        self._lines, counts, table = {}, {}, ("", 0)
        for number, line in enumerate(text.split("\n"), 1):
            header, key = _HEADER.fullmatch(line), _KEY.match(line)
            if header:
                counts[header[1]] = counts.get(header[1], -1) + 1
                table = (header[1], counts[header[1]])
                self._lines.setdefault((*table, None), number)
            elif key:
                self._lines.setdefault((*table, key[1]), number)

    def of(self, kind, index, key=None):
        """The line of a key, or of its table, or None."""
        found = self._lines.get((kind, index, key)) or self._lines.get((kind, index, None))
        return found or self._lines.get(("", 0, kind))


class Table:
    """One table: its values are taken one by one, and what is left is unknown."""

    def __init__(self, places, kind, index, values):
        self._places, self.kind, self.index = places, kind, index
        if not isinstance(values, dict):
            raise Malformed(places.of(kind, index), f"'{kind}' is not a table")
        self._values = dict(values)
        self._known = []

    def fail(self, key, reason):
        """Raises, with the line of the key."""
        raise Malformed(self._places.of(self.kind, self.index, key), reason)

    def has(self, key):
        return key in self._values

    def _take(self, key, default, is_right, words):
        self._known.append(key)
        if key not in self._values:
            return default
        value = self._values[key]
        if not is_right(value):
            self.fail(key, f"{key}: {_shown(value)} is not {words}")
        return value

    def text(self, key, default=None, among=None):
        """A string, which is not empty; one of `among` if that is given."""
        value = self._take(key, default, lambda value: isinstance(value, str) and value.strip(), "a name")
        if among and value not in among:
            self.fail(key, f"{key}: '{value}' is not one of: {', '.join(among)}")
        return value

    def number(self, key, default, low, high):
        """A whole number."""
        return self._take(key, default, lambda value: type(value) is int and low <= value <= high,
                          f"a whole number from {low} to {high}")

    def names(self, key):
        """A list of names."""
        return self._take(key, [], lambda value: _is_list(value, str) and all(value), "a list of names")

    def tables(self, key):
        """A list of tables, as Tables of the same place."""
        values = self._take(key, [], lambda value: _is_list(value, dict), "a list of tables")
        return [Inner(self, key, value) for value in values]

    def time(self, key, clock_hz, default=None, low=1):
        """A length of time in ticks, rounded up: a whole number of them, or words such as "2.5 ms"."""
        value = self._take(key, None, lambda value: type(value) in (int, str), "a length of time")
        if value is None:
            return default
        ticks = value if type(value) is int else _ticks(value, clock_hz)
        if ticks is None:
            self.fail(key, f"{key}: {_shown(value)} is not a length of time such as 400 (ticks), \"2.5 ms\", \"30 us\"")
        if not low <= ticks < TICKS_MAX:
            self.fail(key, f"{key}: {ticks} ticks are not from {low} to {TICKS_MAX - 1}")
        return ticks

    def needs(self, key):
        """Raises if the key is not there."""
        if key not in self._values:
            self.fail(None, f"'{self.kind}' has no {key}")

    def end(self):
        """Raises if there is a key that nobody took."""
        for key in self._values:
            if key not in self._known:
                self.fail(key, f"unknown key '{key}' in '{self.kind}'; known: {', '.join(sorted(self._known))}")


class Inner(Table):
    """A table within a value: its place is that of the value's key."""

    def __init__(self, outer, key, values):
        super().__init__(outer._places, outer.kind, outer.index, values)
        self._key = key

    def fail(self, key, reason):
        raise Malformed(self._places.of(self.kind, self.index, self._key), f"{self._key}: {reason}")


def _is_list(value, kind):
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _shown(value):
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _ticks(words, clock_hz):
    match = _TIME.fullmatch(words)
    if not match or match[3] not in UNITS:
        return None
    parts = 10 ** len(match[2] or "")
    count = int(match[1]) * parts + int(match[2] or 0)
    per_second = UNITS[match[3]]
    if per_second is None:
        return count if parts == 1 else None
    return -(-count * clock_hz // (per_second * parts))


class TaskFile:
    """The tables of a file, still without their meaning: `system` and `costs` are one each, others are lists."""

    LISTS = ("task", "lock", "mailbox", "server")

    def __init__(self, text):
        places = Places(text)
        values = _parse(text)
        for key in values:
            if key not in ("system", "costs", *self.LISTS):
                raise Malformed(places.of(key, 0) or places.of("", 0, key),
                                f"unknown table '{key}'; known: system, costs, {', '.join(self.LISTS)}")
        self.system = Table(places, "system", 0, values.get("system", {}))
        self.costs = Table(places, "costs", 0, values.get("costs", {}))
        self.lists = {kind: self._list(places, kind, values.get(kind, [])) for kind in self.LISTS}

    @staticmethod
    def _list(places, kind, values):
        if not isinstance(values, list):
            raise Malformed(places.of(kind, 0), f"'{kind}' is one table of a list: write [[{kind}]]")
        return [Table(places, kind, index, value) for index, value in enumerate(values)]


def _parse(text):
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        if not match:
            raise Malformed(None, str(error)) from error
        raise Malformed(match[2] or text.count("\n") + 1, match[1]) from error
    except (RecursionError, ValueError) as error:
        raise Malformed(None, f"not TOML: {error}") from error
