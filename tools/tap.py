# SPDX-License-Identifier: MIT
"""Records: the lines of a run that are evidence. All others are talk, and no test looks at them.

A record is a line of TAP (`1..N`, `ok N - name`, `not ok N - name`) or begins with `record `. Judging by records
alone means that a log message can be reworded without breaking a test, and cannot make one pass either.
"""

import re

_PLAN = re.compile(r"1\.\.(\d+)$")
_RESULT = re.compile(r"(not )?ok (\d+)(?: - (.*))?$")
_PANIC = re.compile(r"record panic (?:.* )?reason=(\S+)")


def records(output):
    """The record lines of a run's output (bytes), in order."""
    lines = output.decode("utf-8", errors="replace").replace("\r", "\n").split("\n")
    return [line.rstrip() for line in lines
            if _PLAN.match(line.rstrip()) or _RESULT.match(line.rstrip()) or line.startswith("record ")]


def panic_reason(lines):
    """The reason of the first panic record, or None."""
    for line in lines:
        match = _PANIC.match(line)
        if match:
            return match.group(1)
    return None


def judge(lines):
    """None when the lines are one complete TAP run in which all passed; else what is wrong with them."""
    plans = [int(match.group(1)) for match in map(_PLAN.match, lines) if match]
    results = [match for match in map(_RESULT.match, lines) if match]
    if not plans and not results:
        return "no TAP line at all"
    failed = [match.group(0) for match in results if match.group(1)]
    if failed:
        return "; ".join(failed)
    if panic_reason(lines) is not None:
        return f"panic: {panic_reason(lines)}"
    if len(plans) != 1:
        return f"{len(plans)} plan lines, expected one"
    if plans[0] == 0:
        return "the plan is 1..0: nothing was tested"
    numbers = [int(match.group(2)) for match in results]
    if numbers != list(range(1, plans[0] + 1)):
        return f"plan 1..{plans[0]}, but results {numbers if len(numbers) < 20 else len(numbers)}"
    return None
