# SPDX-License-Identifier: MIT
"""Where the ticks of a late wake went, from the moment when it was due to its thread's first instruction.

Every tick has one row:

  above    another thread of a higher priority: all it executes, its task calls and masked stretches too
  level    the same of a thread of the same priority, unmasked
  masked   with interrupts masked, in a call that a thread which is not above makes, or in a door that was open already
           when the wake was due; by the function that masked
  below    a thread of a lower priority, unmasked: its way to give the CPU up, or the wake's own thread was suspended
  kernel   the kernel's own path: doors that opened since, and are no task call of a thread above
  asleep   the CPU waited for an interrupt

Whole and parts come from different facts: the whole is the difference of two moments of the clock, one of them what the
thread asked for; the parts are counted, segment by segment. left_over is what is missing.
"""

from dataclasses import dataclass, field

from recording import BOOT, FAULT, IRQ, RUNS

KINDS = ("masked", "above", "level", "below", "kernel", "asleep")


@dataclass(frozen=True)
class Row:
    """What some ticks went to. thread: (name, index, generation), or None."""

    kind: str
    what: str
    thread: "tuple | None" = None
    priority: "int | None" = None


@dataclass
class Account:
    """A wake, and its ticks by row."""

    wake: object
    ticks: dict = field(default_factory=dict)

    def add(self, row, ticks):
        if ticks:
            self.ticks[row] = self.ticks.get(row, 0) + ticks

    @property
    def total(self):
        return sum(self.ticks.values())

    @property
    def left_over(self):
        return self.wake.late - self.total

    def of_kind(self, kind):
        return sum(ticks for row, ticks in self.ticks.items() if row.kind == kind)


class Accountant:
    """Makes accounts of the wakes of one recording. image: elf.Image, or anything with function_of(); calls: the task
    calls' names, by number; idle: the frames of threads that idle."""

    def __init__(self, recording, image, calls=(), idle=()):
        self._recording, self._image, self._calls, self._idle = recording, image, calls, idle

    def account(self, wake):
        account = Account(wake)
        for segment in self._recording.between(wake.at_due, wake.at_began):
            begin, end = max(segment.begin, wake.at_due), min(segment.end, wake.at_began)
            if segment.door == RUNS:
                self._running(account, segment, begin, end)
            elif segment.door == BOOT:
                account.add(Row("kernel", "boot"), end - begin)
            else:
                account.add(self._door(wake, segment), end - begin)
        account.add(Row("asleep", "the CPU waits"), self._recording.clock.slept(wake.due, wake.began))
        return account

    # --- Rows ----------------------------------------------------------------------------------

    def function(self, address):
        function = self._image.function_of(address)
        return function.name if function else f"{address:#x}"

    def _whose(self, frame, at):
        """(thread, its priority) for a row."""
        return self._recording.name(frame, at), self._recording.priority(frame, at)

    def _stands(self, wake, frame, at):
        """How a thread stands to that of the wake."""
        if frame in self._idle:
            return "below"
        priority, own = self._recording.priority(frame, at), self._recording.priority(wake.frame, at)
        return "above" if priority > own else "level" if priority == own else "below"

    def _running(self, account, segment, begin, end):
        """A thread runs."""
        stands = self._stands(account.wake, segment.frame, begin)
        whose = self._whose(segment.frame, begin)
        masked = 0
        if stands != "above":
            for start, stop, pc in self._recording.stretches_between(begin, end):
                account.add(Row("masked", self.function(pc), *whose), stop - start)
                masked += stop - start
        account.add(Row(stands, "runs", *whose), end - begin - masked)

    def _door_name(self, segment):
        if segment.door == IRQ:
            return "interrupt"
        if segment.door < len(self._calls):
            return self._calls[segment.door]
        return "fault" if segment.door == FAULT else f"exception {segment.door}"

    def _door(self, wake, segment):
        """The row of a door."""
        is_call, name = segment.door < IRQ, self._door_name(segment)
        own = segment.frame == wake.frame
        if is_call and not own and segment.end != wake.at_began and self._stands(
                wake, segment.frame, segment.begin) == "above":
            return Row("above", name, *self._whose(segment.frame, segment.begin))
        if segment.end == wake.at_began:
            return Row("kernel", f"{name}, the way to it")
        if segment.begin < wake.at_due:
            return Row("masked", name, *(self._whose(segment.frame, segment.begin) if is_call else ()))
        return Row("kernel", name)
