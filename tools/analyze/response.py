# SPDX-License-Identifier: MIT
"""Response times of tasks by fixed priority, and of tasks of an EDF level: the formulas of docs/analysis.md, as
admission.c has them, but told otherwise: with fractions, without limits that matter, and for every task, not only
until the first is late."""

from fractions import Fraction

from task_model import EDF, FIXED, RELEASES, Answer

STEPS_MAX = 200_000   # of all fixed points of one task, or of one EDF level
POINTS_MAX = 100_000  # deadlines of one EDF level
POINTS_MORE = 1_000   # behind the busy period, where they make a response closer and decide nothing


class Unending(Exception):
    """A fixed point that was not reached."""


class Steps:
    """How many steps are left to a question."""

    def __init__(self):
        self._left = STEPS_MAX

    def least_fixed_point(self, function, start):
        """The least w >= start with function(w) <= w, for a function that never falls."""
        while self._left > 0:
            self._left -= 1
            value = function(start)
            if value <= start:
                return start
            start = value
        raise Unending


def longest_response(task, ends):
    """The Answer for a task of which the jobs of a window end at ends(1), ends(2), ..., at the latest."""
    longest, jobs = 0, 1
    try:
        while True:
            response = ends(jobs) + task.jitter - (jobs - 1) * task.period
            longest = max(longest, response)
            if longest > task.deadline:
                return Answer(longest, "late")
            if response <= task.period:
                return Answer(longest)
            jobs += 1
    except Unending:
        return Answer(None, "no end of the window found")


class Question:
    """One task, or one EDF level, among all others."""

    def __init__(self, tasks, costs, priority):
        self.costs = costs
        interrupts = [task for task in tasks if task.order == RELEASES and task.priority == priority]
        self.above = [task for task in tasks if task.priority > priority] + interrupts
        self.level = [task for task in tasks if task.priority == priority and task.order != RELEASES]
        self.below = [task for task in tasks if task.priority < priority]

    def cost(self, task):
        if task.order == RELEASES:
            return self.costs.release
        return task.execution + self.costs.release + self.costs.finish

    def work(self, tasks, window):
        return sum(task.releases(window) * self.cost(task) for task in tasks)

    def interrupts(self, tasks, window, each):
        return sum(task.releases(window) for task in tasks) * each if each else 0

    def load(self, tasks):
        """The share of the CPU that these take, with what the releases below take of it."""
        share = sum(Fraction(self.cost(task), task.period) for task in tasks)
        return share + sum(Fraction(self.costs.release_below, task.period) for task in self.below)


def _alone(task, question):
    """What can be said of a task without looking at the others; None if nothing."""
    cost = question.cost(task)
    if cost > task.period:
        return Answer(None, f"a job takes {cost:,}, its period is {task.period:,}")
    if cost + task.jitter > task.deadline:
        return Answer(cost + task.jitter, "late even alone")
    return None


def fixed_priority(tasks, task, costs):
    """The Answer for one task of a fixed order."""
    question = Question(tasks, costs, task.priority)
    others = question.above + [other for other in question.level if other is not task]
    alone = _alone(task, question)
    if alone:
        return alone
    if question.load([*others, task]) > 1:
        return Answer(None, "its level and those above ask for more than the CPU")

    steps = Steps()

    def ends(jobs):
        base = task.blocking + costs.masked + jobs * question.cost(task)
        return steps.least_fixed_point(lambda window: base + question.work(others, window)
                                       + max(0, task.releases(window) - jobs) * costs.release
                                       + question.interrupts(question.below, window, costs.release_below), base)

    return longest_response(task, ends)


class Level(Question):
    """An EDF level."""

    def __init__(self, tasks, costs, priority):
        super().__init__(tasks, costs, priority)
        self._steps = Steps()

    def busy_period(self):
        """The longest time that it and what is above can be at work."""
        working = self.above + self.level
        base = max(task.blocking for task in self.level) + self.costs.masked
        return self._steps.least_fixed_point(lambda window: base + self.work(working, window)
                                             + self.interrupts(self.below, window, self.costs.release_below), 1)

    def horizon(self, longest):
        """How far to look: to the end of the busy period, or until each task was due once if that is not far behind."""
        last = max(task.deadline - task.jitter for task in self.level)
        count = sum((last - longest) // task.period for task in self.level)
        return last if last > longest and count <= POINTS_MORE else longest

    def deadlines(self, longest):
        """Moments up to `longest` by which something of the level is due."""
        moments = set()
        for task in self.level:
            moments.update(range(task.deadline - task.jitter, longest + 1, task.period))
            if len(moments) > POINTS_MAX:
                raise Unending
        return sorted(moments)

    def demand(self, moment):
        """What must have run by then, of the level alone."""
        due = [task for task in self.level if task.deadline - task.jitter <= moment]
        jobs = sum(((moment + task.jitter - task.deadline) // task.period + 1) * (task.execution + self.costs.finish)
                   for task in due)
        return jobs + max(task.blocking for task in due) + self.costs.masked

    def has_run(self, demand):
        """When `demand` has run at the latest."""
        return self._steps.least_fixed_point(lambda window: demand + self.work(self.above, window)
                                             + self.interrupts(self.level, window, self.costs.release)
                                             + self.interrupts(self.below, window, self.costs.release_below), 1)

    def excesses(self, longest, horizon):
        """[(moment, by how much the work that is due may be behind it; negative: before it)]; none is behind `longest`."""
        return [(moment, min(self.has_run(self.demand(moment)), longest) - moment)
                for moment in self.deadlines(horizon)]


def edf_level(tasks, priority, costs):
    """[(task, Answer)] of all tasks of an EDF level.

    A job that is due at `moment` has ended `excess` behind it at most, and none outlasts the busy period. So no job of
    a task responds later than its deadline plus the greatest excess of all moments at which one of it can be due."""
    level = Level(tasks, costs, priority)
    alone = [(task, _alone(task, level)) for task in level.level]
    if any(answer for _, answer in alone):
        return [(task, answer or Answer(None, "another task of its level cannot be in time")) for task, answer in alone]
    if level.load(level.above + level.level) > 1:
        return [(task, Answer(None, "its level and those above ask for more than the CPU")) for task in level.level]
    try:
        longest = level.busy_period()
        horizon = level.horizon(longest)
        excesses = level.excesses(longest, horizon)
    except Unending:
        return [(task, Answer(None, "no end of the busy period found")) for task in level.level]
    answers = []
    for task in level.level:
        first = task.deadline - task.jitter
        beyond = max(first, horizon + 1)  # a job of it can be due at any moment from its first on
        response = task.deadline + max([longest - beyond, *(excess for moment, excess in excesses if moment >= first)])
        answers.append((task, Answer(response, "" if response <= task.deadline else "late")))
    return answers


def everything(tasks, costs):
    """{name: Answer} of all tasks."""
    answers = {}
    for task in tasks:
        if task.order == FIXED:
            answers[task.name] = fixed_priority(tasks, task, costs)
        elif task.order == EDF and task.name not in answers:
            answers.update((peer.name, answer) for peer, answer in edf_level(tasks, task.priority, costs))
    return answers
