# SPDX-License-Identifier: MIT
"""What is said of a recording: all threads and their worst wakes, or the account of one wake; as text and as JSON."""

import re

from account import KINDS, Accountant

WHY = {"time": "its time came", "line": "its interrupt", "resumed": "it was resumed", "call": "it was made ready"}
HEADS = {"masked": "interrupts masked", "above": "higher priority", "level": "same priority", "below": "lower priority",
         "kernel": "the kernel's own path", "asleep": "asleep"}
TASK_CALL = "task_call_"


class AnswerError(Exception):
    """There is nothing to be explained; in one line."""


def task_calls(image):
    """Names of the task calls by number: each is a function that begins with its SVC."""
    numbers = {}
    for function in image.symbols.functions:
        if function.name.startswith(TASK_CALL):
            numbers[image.word(function.address) >> 5 & 0xffff] = function.name
    return [numbers.get(number, f"{TASK_CALL}{number}") for number in range(max(numbers, default=-1) + 1)]


def accountant(recorded):
    """For a run.Recorded."""
    start, size = recorded.image.symbols.named.get("thread_idles", (0, 0))
    return Accountant(recorded.schedule, recorded.image, task_calls(recorded.image), range(start, start + size))


def shown(thread):
    """A thread's name and id, as the kernel's own reports say it."""
    name, index, generation = thread
    return f"'{name}' ({index}.{generation})"


class Answer:
    """recorded: run.Recorded."""

    def __init__(self, recorded):
        self._schedule = recorded.schedule
        self._accountant = accountant(recorded)

    def _thread(self, wake):
        return self._schedule.name(wake.frame, wake.at_began)

    def threads(self):
        """{thread: its wakes}, in the order in which they first ran."""
        found = {}
        for wake in self._schedule.wakes:
            found.setdefault(self._thread(wake), []).append(wake)
        return found

    def wakes(self, wanted):
        """All wakes of the threads of this name, or of this id (INDEX.GENERATION), in their order."""
        threads = self.threads()
        chosen = {thread for thread in threads if wanted in (thread[0], f"{thread[1]}.{thread[2]}")}
        if not chosen:
            if self._schedule.has_thread(wanted):
                raise AnswerError(f"thread '{wanted}' never waited and ran again{self.until()}")
            names = sorted({thread[0] for thread in threads})
            raise AnswerError(f"no thread '{wanted}'{self.until()}; there is {', '.join(names) or 'none'}")
        return [wake for wake in self._schedule.wakes if self._thread(wake) in chosen]

    def until(self):
        """Words for a recording that was ended."""
        return f" up to the limit, tick {self._schedule.end}" if self._schedule.is_cut else ""

    def choose(self, wanted, number):
        """(number, of how many, the account) of one wake; number: from 1, or None for the worst."""
        wakes = self.wakes(wanted)
        if number is None:
            number = max(range(len(wakes)), key=lambda index: wakes[index].late) + 1
        if not 1 <= number <= len(wakes):
            raise AnswerError(f"no wake {number} of '{wanted}': there are {len(wakes)}{self.until()}")
        return number, len(wakes), self._accountant.account(wakes[number - 1])

    # --- One wake ------------------------------------------------------------------------------

    @staticmethod
    def _rows(account):
        """(row, ticks): by kind, the most first."""
        return sorted(account.ticks.items(), key=lambda item: (KINDS.index(item[0].kind), -item[1]))

    def as_json(self, number, count, account):
        """For programs."""
        wake, thread = account.wake, self._thread(account.wake)
        rows = [{"kind": row.kind, "what": row.what, "thread": list(row.thread) if row.thread else None,
                 "priority": row.priority, "ticks": ticks} for row, ticks in self._rows(account)]
        return {"thread": list(thread), "priority": self._schedule.priority(wake.frame, wake.at_began), "wake": number,
                "wakes": count, "why": wake.why, "cause": self._accountant.function(wake.cause), "due": wake.due,
                "began": wake.began, "late": wake.late, "rows": rows, "sum": account.total,
                "left_over": account.left_over, "limit_reached": self._schedule.is_cut}

    def as_text(self, number, count, account):
        """The lines of a table."""
        wake = account.wake
        by = f", by {self._accountant.function(wake.cause)}" if wake.why in ("call", "resumed") else ""
        yield (f"thread {shown(self._thread(wake))}, priority {self._schedule.priority(wake.frame, wake.at_began)}: "
               f"wake {number} of {count}{self.until()}")
        yield f"due       at tick {wake.due:>13,}  {WHY[wake.why]}{by}"
        yield f"began     at tick {wake.began:>13,}  {wake.late:,} ticks late"
        yield ""
        for kind in KINDS:
            rows = [(row, ticks) for row, ticks in self._rows(account) if row.kind == kind]
            if rows:
                yield f"{account.of_kind(kind):>10,}  {HEADS[kind]}"
            for row, ticks in rows:
                whose = f"  {shown(row.thread)}, priority {row.priority}" if row.thread else ""
                yield f"{'':10}  {ticks:>10,}  {row.what}{whose}"
        yield f"{account.total:>10,}  sum; {account.left_over} left over"

    # --- All threads ---------------------------------------------------------------------------

    def summary(self):
        """One for each thread: its wakes and the worst."""
        for thread, wakes in self.threads().items():
            worst = max(range(len(wakes)), key=lambda index: wakes[index].late)
            wake = wakes[worst]
            yield {"thread": list(thread), "priority": self._schedule.priority(wake.frame, wake.at_began),
                   "wakes": len(wakes), "worst": worst + 1, "late": wake.late}

    def summary_text(self):
        """The same as lines."""
        yield f"{'thread':32} {'priority':>8} {'wakes':>8} {'worst':>8} {'ticks late':>11}"
        for row in self.summary():
            yield (f"{shown(row['thread']):32} {row['priority']:>8} {row['wakes']:>8,} {row['worst']:>8,} "
                   f"{row['late']:>11,}")


def wake_number(text):
    """Of --wake: None for the worst. Raises ValueError."""
    if text == "worst":
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise ValueError(text)
    return int(text)
