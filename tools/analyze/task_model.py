# SPDX-License-Identifier: MIT
"""What the analysis is about: tasks, servers, and what the kernel takes. All times are ticks; docs/analysis.md has the
model."""

from dataclasses import dataclass, field

FIXED, EDF = "fixed", "edf"
RELEASES = "releases"  # the order of what only interrupts: a task of a server, whose jobs run on the server's budget


@dataclass(frozen=True)
class Costs:
    """What the kernel takes of the CPU."""

    release: int = 0
    release_below: int = 0
    finish: int = 0
    masked: int = 0


@dataclass
class Task:
    """A thread that is released again and again, or a server."""

    name: str
    period: int
    deadline: int
    execution: int
    priority: int
    order: str = FIXED
    blocking: int = 0
    jitter: int = 0

    def releases(self, window):
        """How often it is released within a window that begins with a release as late as may be."""
        return -(-(window + self.jitter) // self.period)


@dataclass(frozen=True)
class Section:
    """A part of a job that holds a lock."""

    lock: str
    length: int


@dataclass(frozen=True)
class Lock:
    """Inherits the priority of who waits; or has a ceiling, which its holder runs at."""

    name: str
    ceiling: int | None = None


@dataclass(frozen=True)
class Answer:
    """What is known of one task. response None: no bound was found. `why` is empty if its deadline holds."""

    response: int | None
    why: str = ""

    @property
    def holds(self):
        return not self.why


@dataclass
class Member:
    """A task that runs on a server's budget."""

    task: Task
    server: str


@dataclass
class System:
    """All of a file. Tasks in its order; `sections` and `chains` by the name of a task."""

    costs: Costs
    clock_hz: int
    tasks: list = field(default_factory=list)
    members: list = field(default_factory=list)
    locks: dict = field(default_factory=dict)
    sections: dict = field(default_factory=dict)
    chains: dict = field(default_factory=dict)  # receiver: sender
    servers: set = field(default_factory=set)   # names of the tasks that are servers
    kernel: dict = field(default_factory=dict)  # where each cost comes from, for the reader
