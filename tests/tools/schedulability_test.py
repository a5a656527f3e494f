# SPDX-License-Identifier: MIT
"""Schedulability: thousands of random task sets, on which kernel/sched/admission.c, tools/analyze and an oracle in C++
that goes through time tick by tick agree; and a simulation, in which what is admitted never misses, and of what is
only just refused a share does.

Everything comes from seeds, which are printed: SCHEDULABILITY_SEED=N replays one. BOUNDS_LONG=1: ten times as many.
"""

import copy
import dataclasses
import math
import os
import random
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOM = os.path.join(ROOT, "tests", "schedulability")
OUTPUT = os.path.join(ROOT, "build", "schedulability")
sys.path.insert(0, ROOM)
import sets  # noqa: E402
from simulator import Simulator  # noqa: E402

import decision  # noqa: E402
import response  # noqa: E402
import supply  # noqa: E402
from meaning import Reader  # noqa: E402
from task_file import TaskFile  # noqa: E402
from task_model import EDF, FIXED, Costs, Task  # noqa: E402

FACTOR = 10 if os.environ.get("BOUNDS_LONG") else 1
SEED = int(os.environ.get("SCHEDULABILITY_SEED", "20240229"))
AGREE_SETS, LARGE_SETS, RUN_SETS, EDGE_SETS = 10_000 * FACTOR, 2_000 * FACTOR, 1_500 * FACTOR, 400 * FACTOR
MISTAKE_SETS, SERVER_SETS = 6_000, 300 * FACTOR
RELEASES_MOST, RELEASES_RUN = 10 ** 6, 10 ** 5 * FACTOR  # of a run, should its hyperperiod have more; of a long one


def build():
    """(admission_host, oracle): programs of this machine."""
    os.makedirs(OUTPUT, exist_ok=True)
    host, oracle = os.path.join(OUTPUT, "admission_host"), os.path.join(OUTPUT, "oracle")
    strict = ["-Wall", "-Wextra", "-Werror", "-O2"]
    # Unsigned sums that wrap are no error in C; here they would be one.
    subprocess.run(["clang", "-std=gnu17", *strict, "-fsanitize=undefined,unsigned-integer-overflow",
                    "-fno-sanitize-recover=all", f"-I{ROOT}", os.path.join(ROOM, "admission_host.c"),
                    os.path.join(ROOT, "kernel", "sched", "admission.c"), "-o", host], check=True)
    subprocess.run(["clang++", "-std=c++17", *strict, os.path.join(ROOM, "oracle.cpp"), "-o", oracle], check=True)
    return host, oracle


def ask(program, some):
    """The lines that a program answers to sets."""
    text = "".join(sets.lines_of(tasks, costs) for tasks, costs in some)
    lines = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == len(some), f"{program}: {len(lines)} answers to {len(some)} sets"
    return lines


def file_of(tasks, costs, server):
    """The text of a file in which one of the tasks is a server."""
    lines = ["[costs]", *(f"{key} = {value}" for key, value in dataclasses.asdict(costs).items())]
    for task in tasks:
        kind, budget = ("server", "budget") if task is server else ("task", "execution")
        lines += [f"[[{kind}]]", f'name = "{task.name}"', f"period = {task.period}", f"{budget} = {task.execution}",
                  f"priority = {task.priority}", f'order = "{task.order}"']
        if task is not server:
            lines += [f"{key} = {getattr(task, key)}" for key in ("deadline", "blocking", "jitter")]
    return "\n".join(lines) + "\n"


def system_of_file(text):
    """What tools/analyze makes of it; all costs are in the text."""
    return Reader(TaskFile(text), None, None).system()


def holds(answers):
    return all(answer.holds for answer in answers.values())


class Agreement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"# seed {SEED}, factor {FACTOR}")
        cls.host, cls.oracle = build()

    def compare(self, seed, tasks, line, answers):
        """The kernel's answer against tools/analyze: the verdict, the task that is named, and the margin."""
        verdict, task, margin = line.split()
        task, margin = int(task), int(margin)
        words = f"seed {seed}: {line}: {answers}"
        self.assertEqual(verdict == "admitted", holds(answers), words)
        if verdict == "late":
            self.assertFalse(answers[tasks[task].name].holds, words)
            self.assertLess(margin, 0, words)
        if verdict == "admitted":
            spare = [(task.deadline - answers[task.name].response, i)
                     for i, task in enumerate(tasks) if task.order == FIXED]
            self.assertEqual((margin, task), min(spare, default=(0, -1)), words)

    def test_all_three_agree(self):
        seeds = range(SEED, SEED + AGREE_SETS)
        some = [sets.any_set(seed) for seed in seeds]
        counts = {}
        for seed, (tasks, costs), line, word in zip(seeds, some, ask(self.host, some), ask(self.oracle, some)):
            answers = response.everything(tasks, costs)
            self.assertEqual(word == "holds", holds(answers), f"seed {seed}: oracle {word}: {answers}")
            self.compare(seed, tasks, line, answers)
            key = (line.split()[0], word)
            counts[key] = counts.get(key, 0) + 1
        words = (f"{kernel} and {word}: {count}" for (kernel, word), count in sorted(counts.items()))
        print(f"# {AGREE_SETS} sets: " + ", ".join(words))
        for verdict in ("admitted", "late"):
            found = sum(count for (kernel, _), count in counts.items() if kernel == verdict)
            self.assertGreater(found, AGREE_SETS // 5)

    def test_a_server_is_a_task(self):
        """In a file, and by EDF a constant bandwidth: the kernel, asked with its budget and period, and the oracle agree."""
        some, files = [], []
        for seed in range(SEED, SEED + AGREE_SETS):
            tasks, costs = sets.any_set(seed)
            server = next((task for task in tasks if task.order == EDF and task.execution <= task.period), None)
            if server is None or any(task.execution > task.period for task in tasks):
                continue
            server.deadline, server.blocking, server.jitter = server.period, 0, 0
            some.append((tasks, costs))
            files.append(file_of(tasks, costs, server))
        verdicts = {True: 0, False: 0}
        for text, line, word in zip(files, ask(self.host, some), ask(self.oracle, some)):
            found = holds(decision.decide(system_of_file(text)))
            self.assertEqual((line.startswith("admitted"), word == "holds"), (found, found), text)
            verdicts[found] += 1
        print(f"# {len(files)} files with a constant bandwidth: {verdicts[True]} hold")
        self.assertGreater(min(verdicts.values()), len(files) // 10)

    def test_large_numbers(self):
        """Periods of up to days, in nanoseconds: what no oracle goes through."""
        some = []
        for seed in range(SEED, SEED + LARGE_SETS):
            tasks, costs = sets.any_set(seed)
            scale = random.Random(seed).choice((10 ** 5, 10 ** 9, 10 ** 11))
            for task in tasks:
                for attribute in ("period", "deadline", "execution", "blocking", "jitter"):
                    setattr(task, attribute, getattr(task, attribute) * scale)
            some.append((tasks, costs))
        undecided = 0
        for seed, (tasks, costs), line in zip(range(SEED, SEED + LARGE_SETS), some, ask(self.host, some)):
            answers = response.everything(tasks, costs)
            if line.startswith("undecided") and holds(answers):
                undecided += 1
            else:
                self.compare(seed, tasks, line, answers)
        print(f"# {LARGE_SETS} sets of large numbers: the kernel did not decide {undecided} that hold")
        self.assertLess(undecided, LARGE_SETS // 50)


    def test_extreme_numbers(self):
        """The least and the greatest that are legal: whatever is answered, no sum wraps (the program would stop)."""
        some = []
        for seed in range(SEED, SEED + LARGE_SETS):
            chance = random.Random(seed)
            top = (1 << 48) - 1

            def number(low=0, chance=chance, top=top):
                return chance.choice((low, low + 1, chance.randint(low, 1 << chance.randint(2, 47)), top // 2, top - 1, top))

            costs = Costs(0, 0, 0, number())
            if chance.random() < 0.3:
                costs = Costs(number(), 0, chance.randint(0, 9), top)
                costs = dataclasses.replace(costs, release_below=chance.choice((0, costs.release)))
            edf = chance.choice((0, 1, 7))
            tasks = []
            for i in range(chance.randint(1, 20)):
                priority = chance.randint(0, 2)
                period = number(1)
                execution = chance.choice((1, period, max(1, period // 3), number(1)))
                tasks.append(Task(f"t{i}", period, number(1), execution, priority, EDF if edf >> priority & 1 else FIXED,
                                  chance.choice((0, number())), chance.choice((0, number()))))
            some.append((tasks, costs))
        verdicts = [line.split()[0] for line in ask(self.host, some)]
        self.assertEqual({"admitted", "late", "undecided"}, set(verdicts))


def runs(system, seed, until):
    """Simulations of a system: all at once with lateness that hurts most, all at once, and anyhow."""
    chance = random.Random(seed)
    together, anyhow = [0] * len(system.tasks), [chance.randint(0, task.period) for task in system.tasks]
    for number, (offsets, is_worst) in enumerate(((together, True), (together, False), (anyhow, False))):
        yield Simulator(system, seed * 3 + number, offsets, is_worst).run(until, RELEASES_MOST)


def hyperperiod(system):
    return math.lcm(*(task.period for task in system.tasks))


def analysed(seed):
    """(System with its blocking filled in, its answers) of a seed."""
    system = sets.system_with_locks(seed)
    return system, decision.decide(system)


def just_refused(system):
    """The same with the execution of one task longer, by no more than makes it refused; None if it never is."""
    edge = copy.deepcopy(system)
    task = edge.tasks[-1]
    while task.execution < task.period:
        task.execution += 1
        if not holds(decision.settle(edge)):
            return edge
    return None


def _without(attribute):
    def forget(system):
        for task in system.tasks:
            setattr(task, attribute, 0)
    return forget


def _without_costs(**changes):
    def forget(system):
        costs = {name: getattr(system.costs, name) for name in ("release", "release_below", "finish", "masked")}
        system.costs = Costs(**{**costs, **changes})
    return forget


def _nothing_handed_on(system):
    for name in system.chains:
        next(task for task in system.tasks if task.name == name).jitter = 0


# Mistakes an analysis could make; the simulation must tell each from the truth.
MISTAKES = {
    "no blocking": _without("blocking"),
    "no jitter": _without("jitter"),
    "no masked stretch": _without_costs(masked=0),
    "releases cost nothing": _without_costs(release=0, release_below=0),
    "releases below cost nothing": _without_costs(release_below=0),
    "ends cost nothing": _without_costs(finish=0),
    "mailboxes hand nothing on": _nothing_handed_on,
}


class Simulation(unittest.TestCase):
    def test_admitted_never_misses(self):
        admitted = releases = 0
        near = []
        for seed in range(SEED, SEED + RUN_SETS):
            system, answers = analysed(seed)
            if not holds(answers):
                continue
            admitted += 1
            for run in runs(system, seed, hyperperiod(system)):
                releases += run.count
                self.assertEqual(run.misses, [], f"seed {seed}: admitted, and late at {run.now}: {system} {answers}")
                for name, seen in run.responses.items():
                    self.assertLessEqual(seen, answers[name].response, f"seed {seed}: {name}")
                    near.append(seen / answers[name].response)
        print(f"# {admitted} admitted sets, {releases} releases in three runs each: no deadline missed")
        reached = sum(share == 1 for share in near) / len(near)
        middle = sorted(near)[len(near) // 2]
        print(f"# no response above what was computed; {reached:.0%} came up to it, half of all to {middle:.0%} of it")
        self.assertGreater(admitted, RUN_SETS // 3)
        self.assertGreater(reached, 0.1)

    def test_many_releases(self):
        """Where jitter and what jobs do in their time differ each time, a hyperperiod is not the end of it."""
        left = 3
        for seed in range(SEED + 10 ** 6, SEED + 10 ** 6 + RUN_SETS):
            system, answers = analysed(seed)
            if left == 0:
                break
            if holds(answers) and len(system.tasks) > 2 and any(task.jitter for task in system.tasks):
                left -= 1
                offsets = [task.period // 3 for task in system.tasks]
                run = Simulator(system, seed, offsets, False).run(math.inf, RELEASES_RUN)
                self.assertEqual((run.misses, run.count), ([], RELEASES_RUN), f"seed {seed}")
        self.assertEqual(left, 0)

    def test_some_of_the_just_refused_miss(self):
        refused = missed = 0
        for seed in range(SEED, SEED + EDGE_SETS):
            system, answers = analysed(seed)
            edge = just_refused(system) if holds(answers) else None
            if edge:
                refused += 1
                missed += any(run.misses for run in runs(edge, seed, hyperperiod(edge)))
        print(f"# {refused} sets refused for a tick: {missed} miss in the simulation ({missed / refused:.0%})")
        self.assertGreater(missed, refused // 4)

    def test_mistakes_are_found(self):
        """An analysis that forgets something admits sets that miss: the runs are hard enough."""
        missing = set(MISTAKES)
        for seed in range(SEED, SEED + MISTAKE_SETS):
            system, answers = analysed(seed)
            for name in sorted(missing) if not holds(answers) else ():
                wrong = copy.deepcopy(system)
                MISTAKES[name](wrong)
                if not holds(response.everything(wrong.tasks, wrong.costs)):
                    continue
                if any(run.misses for run in runs(system, seed, hyperperiod(system))):
                    missing.discard(name)
            if not missing:
                return
        self.assertEqual(missing, set(), "no run showed what these lead to")


class Supply(unittest.TestCase):
    """A server's budget, tick by tick: given anywhere in each period, lost when nobody has work, taken in any order."""

    def serve(self, chance, server, members, ticks):
        """The longest response of each member."""
        offsets = [chance.randint(0, member.period) for member in members]
        pending, longest = [], [0] * len(members)
        for now in range(ticks):
            if now % server.period == 0:
                latest = server.period - server.execution
                begin = now + (0 if now == 0 else chance.choice((0, latest, latest, chance.randint(0, latest))))
            pending += [[i, now, members[i].execution] for i, offset in enumerate(offsets)
                        if now >= offset and (now - offset) % members[i].period == 0]
            if pending and begin <= now < begin + server.execution:
                # Jobs of one member in their order, members in any.
                chosen = chance.choice(pending) if chance.random() < 0.2 else pending[-1]
                job = next(job for job in pending if job[0] == chosen[0])
                job[2] -= 1
                if job[2] == 0:
                    longest[job[0]] = max(longest[job[0]], now + 1 - job[1])
                    pending.remove(job)
        return longest

    def test_members_respond_as_computed(self):
        near, held = [], 0
        for seed in range(SEED, SEED + SERVER_SETS):
            chance = random.Random(seed)
            period = chance.randint(2, 12)
            server = Task("s", period, period, chance.randint(1, period), 1)
            share = server.execution / period
            members = []
            for part in sets.loads(chance, chance.randint(1, 3), chance.uniform(0.2, 0.9) * share):
                long = chance.randint(10, 120)
                members.append(Task(f"m{len(members)}", long, long, max(1, int(long * part)), 0))
            answers = [supply.respond(member, [peer for peer in members if peer is not member], server, Costs())
                       for member in members]
            if any(answer.response is None for answer in answers) or not all(answer.holds for answer in answers):
                continue
            held += 1
            for seen, answer in zip(self.serve(chance, server, members, 1500), answers):
                self.assertLessEqual(seen, answer.response, f"seed {seed}: {server} {members}")
                near.append(seen / answer.response)
        middle = sorted(near)[len(near) // 2]
        print(f"# {held} servers: no response of their tasks above what was computed; half of all to {middle:.0%} of it")
        self.assertGreater(held, SERVER_SETS // 4)
        self.assertGreater(middle, 0.5)

class Bandwidth(unittest.TestCase):
    """The same of a constant bandwidth, by its own rules (ADR 0024), in a level that gives it some budgets at once, and others no sooner than it must by
    their deadline."""

    def serve(self, chance, server, members, ticks, postpones):
        """The longest response of each member."""
        offsets = [chance.randint(0, member.period) for member in members]
        pending, longest = [], [0] * len(members)
        budget, period = server.execution, server.period
        left = deadline = 0
        look = None  # when an arrival is looked at, which what is above may delay
        for now in range(ticks):
            come = [i for i, offset in enumerate(offsets) if now >= offset and (now - offset) % members[i].period == 0]
            if come and not pending:
                look = now + chance.choice((0, period - budget))
            pending += [[i, now, members[i].execution] for i in come]
            if not pending or now < look:
                continue
            renewed = None
            if now == look and left * period >= (deadline - now) * budget:
                renewed = now + period
            if not renewed and left == 0 and (postpones or now >= deadline):
                renewed = deadline + period
            if renewed:
                left, deadline, soon = budget, renewed, chance.choice((0, 0, 0.5, 1))
            if left == 0 or (deadline - now > left and chance.random() >= soon):
                continue
            chosen = chance.choice(pending) if chance.random() < 0.2 else pending[-1]
            job = next(job for job in pending if job[0] == chosen[0])
            left -= 1
            job[2] -= 1
            if job[2] == 0:
                longest[job[0]] = max(longest[job[0]], now + 1 - job[1])
                pending.remove(job)
        return longest

    def test_members_respond_as_computed(self):
        near = []
        for seed in range(SEED, SEED + 2 * SERVER_SETS):
            chance = random.Random(seed)
            period = chance.randint(2, 12)
            server = Task("s", period, period, chance.randint(1, period), 1, EDF)
            members = []
            for part in sets.loads(chance, chance.randint(1, 3), chance.uniform(0.2, 0.9) * server.execution / period):
                long = chance.randint(10, 120)
                members.append(Task(f"m{len(members)}", long, long, max(1, int(long * part)), 0))
            answers = [supply.respond(member, [peer for peer in members if peer is not member], server, Costs())
                       for member in members]
            if any(answer.response is None for answer in answers) or not holds(dict(enumerate(answers))):
                continue
            for seen, answer in zip(self.serve(chance, server, members, 1500, seed % 2 != 0), answers):
                self.assertLessEqual(seen, answer.response, f"seed {seed}: {server} {members}")
                near.append(seen / answer.response)
        middle = sorted(near)[len(near) // 2]
        print(f"# constant bandwidth: no response of {len(near)} tasks above what was computed; half of all to {middle:.0%} of it")
        self.assertGreater(len(near), SERVER_SETS // 4)
        self.assertGreater(middle, 0.5)


if __name__ == "__main__":
    unittest.main()
