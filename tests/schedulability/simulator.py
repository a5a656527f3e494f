# SPDX-License-Identifier: MIT
"""One CPU, simulated event by event: tasks by fixed priority and by EDF, locks, masked stretches, the kernel's costs.

It knows nothing of the analysis. At each moment the most urgent job runs; if what it needs is held, the holder runs in
its place, which is what inheritance is."""

import heapq
import random
from collections import deque
from dataclasses import dataclass, field

from task_model import EDF


_ONCE = -1  # in place of a task's index: its releases do not go on by themselves


@dataclass
class Segment:
    """A part of a job."""

    length: int
    lock: str | None = None
    is_masked: bool = False


@dataclass
class Job:
    """One release of a task, and what of it is still to run."""

    task: object
    due: int  # the moment its release was due
    number: int
    segments: deque = field(default_factory=deque)

    def urgency(self, locks, holders):
        """Greater is more urgent; equals do not exist."""
        deadline = self.due + self.task.deadline if self.task.order == EDF else 0
        own = (self.task.priority, 0, -deadline, -self.number)
        ceilings = [locks[name].ceiling for name, holder in holders.items() if holder is self]
        return max([own, *((ceiling, 1, 0, 0) for ceiling in ceilings if ceiling is not None)])


class Releases:
    """When jobs are released. is_worst: the first as late as jitter lets it, all others when they are due."""

    def __init__(self, tasks, offsets, chance, is_worst):
        self._chance, self._is_worst = chance, is_worst
        self._heap = []
        for index, (task, offset) in enumerate(zip(tasks, offsets)):
            due = offset - task.jitter if is_worst else offset
            moment = offset if is_worst else self._late(task, due)
            heapq.heappush(self._heap, (moment, -task.priority, index, task, due))

    def _late(self, task, due):
        return due + (self._chance.randint(0, task.jitter) if task.jitter and not self._is_worst else 0)

    def add(self, task, due, moment):
        """A release that comes once, by a message."""
        heapq.heappush(self._heap, (moment, -task.priority, _ONCE, task, due))

    def next_time(self):
        return self._heap[0][0]

    def take(self, now):
        """(task, moment it was due) of the most urgent release that has come by `now`."""
        come = [entry for entry in self._heap if entry[0] <= now]
        entry = min(come, key=lambda entry: (entry[1], entry[0], entry[2]))
        self._heap.remove(entry)
        moment, urgency, index, task, due = entry
        if index != _ONCE:
            following = due + task.period
            self._heap.append((max(self._late(task, following), moment), urgency, index, task, following))
        heapq.heapify(self._heap)
        return task, due


class Simulator:
    """A run: `misses` are the names of tasks that were late, `responses` the longest of each, `count` is of jobs."""

    def __init__(self, system, seed, offsets, is_worst):
        self.system, self.costs = system, system.costs
        self.chance = random.Random(seed)
        by_clock = [(task, offset) for task, offset in zip(system.tasks, offsets) if task.name not in system.chains]
        self.releases = Releases(*zip(*by_clock), self.chance, is_worst)
        self.receivers = {task.name: [other for other in system.tasks if system.chains.get(other.name) == task.name]
                          for task in system.tasks}
        self.queues = {task.name: deque() for task in system.tasks}
        self.holders = {}
        self.now, self.count, self.misses, self.responses = 0, 0, [], {task.name: 0 for task in system.tasks}

    # --- Jobs ---

    def _segments(self, task):
        """Sections anywhere in the execution, a masked stretch somewhere outside them, and the end."""
        parts = [Segment(section.length, section.lock) for section in self.system.sections.get(task.name, [])]
        rest = task.execution - sum(part.length for part in parts)
        masked = min(self.costs.masked, rest)
        if masked:
            parts.append(Segment(masked, None, True))
        self.chance.shuffle(parts)
        cuts = sorted(self.chance.randint(0, rest - masked) for _ in parts)
        plain = [after - before for before, after in zip([0, *cuts], [*cuts, rest - masked])]
        found = [Segment(plain[0])]
        for part, length in zip(parts, plain[1:]):
            found += [part, Segment(length)]
        return [segment for segment in [*found, Segment(self.costs.finish)] if segment.length]

    def _running_priority(self):
        return max((queue[0].task.priority for queue in self.queues.values() if queue), default=-1)

    def _release(self, task, due):
        """A timer interrupt; where timers obey priority, one for a less urgent task is handled at its turn."""
        self.count += 1
        job = Job(task, due, self.count, deque(self._segments(task)))
        if self.costs.release_below == 0 and task.priority < self._running_priority():
            job.segments.appendleft(Segment(self.costs.release)) if self.costs.release else None
        else:
            self.now += self.costs.release
        self.queues[task.name].append(job)

    # --- Who runs ---

    def _chosen(self):
        """The most urgent job, or who holds what it needs."""
        heads = [queue[0] for queue in self.queues.values() if queue]
        if not heads:
            return None
        best = max(heads, key=lambda job: job.urgency(self.system.locks, self.holders))
        holder = self.holders.get(best.segments[0].lock)
        return best if holder is None else holder

    def _run(self, job):
        """Lets a job run to the end of its segment or to the next release; masked, releases wait."""
        segment = job.segments[0]
        if segment.lock:
            self.holders[segment.lock] = job
        room = segment.length if segment.is_masked else min(segment.length, self.releases.next_time() - self.now)
        segment.length -= room
        self.now += room
        if segment.length == 0:
            self.holders.pop(segment.lock, None)
            job.segments.popleft()
            if not job.segments:
                self.queues[job.task.name].popleft()
                self._judge(job)
                for receiver in self.receivers[job.task.name]:
                    self.releases.add(receiver, job.due, self.now)

    def _judge(self, job):
        self.responses[job.task.name] = max(self.responses[job.task.name], self.now - job.due)
        if self.now > job.due + job.task.deadline:
            self.misses.append(job.task.name)

    def run(self, until, releases_most=10 ** 6):
        """Goes on until that moment, or the first miss."""
        while self.now < until and self.count < releases_most and not self.misses:
            if self.releases.next_time() <= self.now:
                self._release(*self.releases.take(self.now))
                continue
            job = self._chosen()
            if job is None:
                self.now = self.releases.next_time()
            else:
                self._run(job)
        for queue in self.queues.values():
            for job in queue:
                self._judge(job)
        return self
