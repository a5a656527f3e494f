# SPDX-License-Identifier: MIT
"""Random task sets, each from a seed: loads by UUniFast (Bini and Buttazzo, 2005), and many kinds of all else."""

import math
import os
import random
import sys
from dataclasses import dataclass, field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "analyze"))
from task_model import EDF, FIXED, Costs, Lock, Section, System, Task  # noqa: E402

# Divisors of 5,040: what repeats soon.
SHORT_PERIODS = tuple(period for period in range(20, 253) if 5040 % period == 0)
FREE = Costs()


def loads(chance, count, total):
    """Shares of the CPU that add up to `total`, every such choice as likely as any other."""
    found, rest = [], total
    for left in range(count - 1, 0, -1):
        following = rest * chance.random() ** (1 / left)
        found.append(rest - following)
        rest = following
    return [*found, rest]


@dataclass
class Kind:
    """What a set is like. chance: of jitter, blocking and costs."""

    count: int
    load: float
    deadlines: str        # equal, short, long, any
    orders: str           # fixed, edf, mixed
    extras: float = 0.3
    repeats: bool = True  # periods from SHORT_PERIODS
    costs: Costs = field(default_factory=Costs)


def kind_of(chance):
    """Any kind."""
    costs = FREE
    if chance.random() < 0.4:
        release = chance.randint(0, 2)
        below = chance.choice((0, release))
        costs = Costs(release, below, chance.randint(0, 1), release - below + chance.choice((0, 1, 3, 6)))
    return Kind(chance.randint(1, 7), chance.uniform(0.5, 1.04), chance.choice(("equal", "short", "long", "any")),
                chance.choice(("fixed", "edf", "mixed", "mixed")), chance.choice((0, 0.3)), chance.random() < 0.7,
                costs)


def _deadline(chance, kind, period, execution):
    kinds = {"equal": (period, period), "short": (max(execution, period // 2), period), "long": (period, 2 * period),
             "any": (execution, 2 * period)}
    low, high = kinds[kind.deadlines]
    return chance.randint(low, max(low, high))


def _period(chance, kind):
    if kind.repeats:
        return chance.choice(SHORT_PERIODS)
    return round(math.exp(chance.uniform(math.log(10), math.log(1000))))


def tasks_of(chance, kind):
    """The tasks of one set, the more urgent first or not."""
    tasks = []
    for share in loads(chance, kind.count, kind.load):
        period = _period(chance, kind)
        execution = max(1, round(period * share) - kind.costs.release - kind.costs.finish)
        tasks.append(Task("", period, _deadline(chance, kind, period, execution), execution, 0))
        for attribute in ("jitter", "blocking"):
            if chance.random() < kind.extras:
                setattr(tasks[-1], attribute, chance.randint(1, max(1, period // 8)))
    _give_priorities(chance, kind, tasks)
    chance.shuffle(tasks)
    for i, task in enumerate(tasks):
        task.name = f"t{i}"
    return tasks


def _give_priorities(chance, kind, tasks):
    """By deadline, or anyhow; levels of their own, or shared; EDF at all of them, at one, or at none."""
    if chance.random() < 0.8:
        tasks.sort(key=lambda task: -task.deadline)
    width = {"fixed": 1, "edf": len(tasks)}.get(kind.orders, chance.randint(1, 3))
    if kind.orders == "fixed" and chance.random() < 0.2:
        width = 2
    first = 63 - (len(tasks) - 1) // width if chance.random() < 0.1 else chance.randint(0, 50)
    levels = {level for level in range(len(tasks))
              if kind.orders == "edf" or kind.orders == "mixed" and chance.random() < 0.5}
    for i, task in enumerate(tasks):
        task.priority = first + i // width
        task.order = EDF if i // width in levels else FIXED


def any_set(seed):
    """(tasks, costs) of a seed."""
    chance = random.Random(seed)
    kind = kind_of(chance)
    return tasks_of(chance, kind), kind.costs


def lines_of(tasks, costs):
    """A set as admission_host.c and oracle.cpp read it."""
    lines = [f"{len(tasks)} {costs.release} {costs.release_below} {costs.finish} {costs.masked}"]
    lines += [f"{task.period} {task.deadline} {task.execution} {task.blocking} {task.jitter} {task.priority} "
              f"{int(task.order == EDF)}" for task in tasks]
    return "\n".join(lines) + "\n"


def system_with_locks(seed):
    """A System for the simulator, whose blocking comes from locks, and whose periods repeat soon."""
    chance = random.Random(seed)
    kind = kind_of(chance)
    kind.repeats, kind.extras, kind.count = True, 0, chance.randint(2, 5)
    tasks = tasks_of(chance, kind)
    for task in tasks:
        if chance.random() < 0.25:
            task.jitter = chance.randint(1, max(1, task.period // 8))
    system = System(kind.costs, 10 ** 9, tasks)
    top = max(task.priority for task in tasks) + 1
    for name in ("a", "b")[:chance.randint(0, 2)] if top <= 63 else ():
        system.locks[name] = Lock(name, top if chance.random() < 0.5 else None)
    if chance.random() < 0.3 and tasks[1].order == FIXED:
        # The message of one releases the other.
        system.chains[tasks[1].name] = tasks[0].name
        tasks[1].period, tasks[1].jitter = tasks[0].period, 0
        tasks[1].deadline = chance.randint(tasks[0].period // 2, 2 * tasks[0].period)
    for task in tasks:
        system.sections[task.name] = []
        for name in system.locks:
            if task.execution > 4 and chance.random() < 0.6:
                system.sections[task.name].append(Section(name, chance.randint(1, task.execution // 4)))
    return system
